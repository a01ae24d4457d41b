//! What `endpoints.json` says.

use std::{fs, net::SocketAddr, path::Path};

use serde_json::Value;

/// The whole file.
pub struct Endpoints(Value);

/// One system of a lab, as `endpoints.json` describes it.
pub struct System<'l>(&'l Value);

/// A user of a system.
pub struct User<'l>(&'l Value);

/// A user of another system, who works here.
pub struct Visitor<'l>(&'l Value);

impl Endpoints {
    /// Reads the file.
    ///
    /// # Panics
    /// It is not there, or is no JSON.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        Self(serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display())))
    }

    /// `primary` or `partner`.
    ///
    /// # Panics
    /// There is no such system.
    #[must_use]
    pub fn system(&self, name: &str) -> System<'_> {
        System(named(&self.0["systems"], "name", name))
    }
}

impl<'l> System<'l> {
    /// Its domain.
    #[must_use]
    pub fn domain(&self) -> &'l str {
        string(&self.0["domain"])
    }

    /// Where a listener of an entity is.
    ///
    /// # Panics
    /// There is no such listener.
    #[must_use]
    pub fn listener(&self, entity: &str, listener: &str) -> SocketAddr {
        let all = self.listeners();
        let found = all.iter().find(|each| each["entity"] == entity && each["listener"] == listener);
        address(&found.unwrap_or_else(|| panic!("no {entity} {listener} in {all:#?}"))["address"])
    }

    /// The name of an entity: its host name, which its certificate proves.
    ///
    /// # Panics
    /// It has no listener.
    #[must_use]
    pub fn name(&self, entity: &str) -> &'l str {
        let found = self.listeners().iter().find(|each| each["entity"] == entity);
        string(&found.unwrap_or_else(|| panic!("no {entity}"))["name"])
    }

    /// Every listener, as `endpoints.json` has it.
    ///
    /// # Panics
    /// It has none.
    #[must_use]
    pub fn listeners(&self) -> &'l [Value] {
        self.0["listeners"].as_array().expect("listeners")
    }

    /// The admin listener of `servers` or `clients`.
    #[must_use]
    pub fn admin(&self, process: &str) -> SocketAddr {
        address(&named(&self.0["processes"], "name", process)["admin"])
    }

    /// The location management server's public service identity.
    #[must_use]
    pub fn locations(&self) -> &'l str {
        string(&self.0["services"]["locations"])
    }

    /// Below which URI its group documents are.
    #[must_use]
    pub fn xcap_root(&self) -> &'l str {
        string(&self.0["xcap_root"])
    }

    /// Who may do everything with its groups.
    #[must_use]
    pub fn administrator(&self) -> &'l str {
        string(&self.0["administrator"])
    }

    /// Its users.
    ///
    /// # Panics
    /// It has no list of them.
    #[must_use]
    pub fn users(&self) -> Vec<User<'l>> {
        self.0["users"].as_array().expect("users").iter().map(User).collect()
    }

    /// A user, by his name in the lab.
    #[must_use]
    pub fn user(&self, name: &str) -> User<'l> {
        User(named(&self.0["users"], "name", name))
    }

    /// Who comes from the other system.
    ///
    /// # Panics
    /// Nobody does.
    #[must_use]
    pub fn visitor(&self) -> Visitor<'l> {
        Visitor(self.0["visitors"].get(0).expect("a visitor"))
    }

    /// The system's own authority.
    #[must_use]
    pub fn authority(&self) -> &'l str {
        string(&self.0["tls"]["ca"])
    }

    /// Certificate and key of `border`, `gateway`, `tester`, ….
    #[must_use]
    pub fn certificate(&self, holder: &str) -> (&'l str, &'l str) {
        let found = named(&self.0["tls"]["certificates"], "holder", holder);
        (string(&found["certificate"]), string(&found["key"]))
    }
}

impl<'l> User<'l> {
    /// The MC service ID.
    #[must_use]
    pub fn mc_service_id(&self) -> &'l str {
        string(&self.0["mc_service_id"])
    }

    /// The public user identity.
    #[must_use]
    pub fn impu(&self) -> &'l str {
        string(&self.0["impu"])
    }

    /// For digest authentication.
    #[must_use]
    pub fn username(&self) -> &'l str {
        string(&self.0["username"])
    }

    /// For digest authentication.
    #[must_use]
    pub fn password(&self) -> &'l str {
        string(&self.0["password"])
    }
}

impl<'l> Visitor<'l> {
    /// Who he is here.
    #[must_use]
    pub fn user(&self) -> User<'l> {
        User(self.0)
    }

    /// The MC service ID in his primary system.
    #[must_use]
    pub fn primary_mc_service_id(&self) -> &'l str {
        string(&self.0["primary_mc_service_id"])
    }

    /// The file that holds his access token here.
    #[must_use]
    pub fn access_token(&self) -> &'l str {
        string(&self.0["access_token"])
    }
}

fn named<'v>(list: &'v Value, key: &str, name: &str) -> &'v Value {
    let all = list.as_array().into_iter().flatten();
    all.into_iter().find(|each| each[key] == name).unwrap_or_else(|| panic!("no {name} in {list:#}"))
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

fn address(value: &Value) -> SocketAddr {
    string(value).parse().unwrap_or_else(|why| panic!("{value}: {why}"))
}
