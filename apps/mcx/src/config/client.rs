//! `[client.NAME]`: a user's terminal.
//!
//! ```toml
//! [client.bob]
//! mc-service-id = "sip:bob@partner.example"
//! impu = "sip:bob.imsi@partner.example"
//! username = "bob"
//! password = "…"
//! location-server = "sip:lms_psi@partner.example"
//! service-server = "sip:mcptt_psi@partner.example"
//! acm-server = "sip:acm_psi@partner.example"     # optional: the user's ACM server (TS 23.280 7.4.2.5)
//! alias-server = "sip:alias_psi@partner.example"  # optional: where the user activates functional aliases (TS 24.379 9A)
//! core = { name = "sip-core.core.partner.example", address = "127.0.0.2:5060", transport = "tcp" }
//! track = "bob.gpx"            # or: position = [60.17, 24.94]
//! access-token = "bob.token"   # optional: what the MC service server authorizes the user by (TS 24.379 7.2.1)
//! protection = { keys = [{ id = "10000007", file = "bob.csk" }] }   # optional: shared with the MC service server (TS 33.180 5.4)
//! permission = "allow"         # or "deny", "ask": whether the user lets the position be told
//! ```

use std::{path::PathBuf, sync::Arc, time::Duration};

use clients::{Account, Permission, Source, Track, acm, aliases, device, location, position::Fix, service};
use kit::{
    Impu,
    carriage::Protection,
    config::{HopConfig, HostPort, Listen, Named, Raw, Table, TlsProfiles, Value},
    digest::Algorithm,
    private::Private,
};
use xml_schemas::body::mcptt_info::AccessToken;

/// A terminal, its user, and where it listens.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The terminal at its SIP core.
    pub device: device::Settings,
    /// Its location management client.
    pub location: location::Settings,
    /// Its MC service client, where its server is named.
    pub service: Option<service::Settings>,
    /// Its ACM client, where its server is named.
    pub acm: Option<acm::Settings>,
    /// Its client of functional aliases, where the server is named.
    pub aliases: Option<aliases::Settings>,
    /// Its listeners; without any it is reached by the flow that it registered over.
    pub listen: Vec<Listen>,
    /// Whether the user is logged on as soon as the process runs.
    pub log_on: bool,
}

#[derive(Clone, Copy, Debug)]
enum Permitted {
    Allow,
    Deny,
    Ask,
}

impl Named for Permitted {
    const NAMES: &'static [(&'static str, Self)] =
        &[("allow", Self::Allow), ("deny", Self::Deny), ("ask", Self::Ask)];
}

/// What all clients of a terminal know of their servers.
struct Reached {
    core_identity: Option<Arc<str>>,
    deadline: Duration,
}

impl ClientConfig {
    /// Reads one `[client.NAME]`.
    pub fn read(table: &Table<'_>, profiles: &TlsProfiles) -> Option<Self> {
        let core_identity =
            table.optional::<HostPort>("core-identity").map(|identity| Arc::from(identity.host));
        let reached = Reached { core_identity, deadline: table.or("deadline", Duration::from_secs(15)) };
        let listen = if table.has("listen") { Listen::read_all(table, profiles) } else { Vec::new() };
        let device = device(table, profiles, &listen);
        let location = location(table, &reached);
        let Reached { core_identity, deadline } = reached;
        let service = table.optional("service-server").map(|server| service::Settings {
            server,
            core_identity: core_identity.clone(),
            deadline,
        });
        let acm = table.optional("acm-server").map(|server| acm::Settings {
            server,
            core_identity: core_identity.clone(),
            deadline,
        });
        let aliases = table.optional("alias-server").map(|server| aliases::Settings {
            server,
            core_identity,
            deadline,
        });
        let log_on = table.or("log-on", true);
        Some(Self { device: device?, location: location?, service, acm, aliases, listen, log_on })
    }
}

/// A URN, as it stands between the angle brackets of a contact (RFC 5626 4.1), that every server takes for one.
struct Instance(String);

/// In octets.
const LONGEST_INSTANCE: usize = 128;

impl Value for Instance {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let is_urn = |text: &&str| {
            let named = text.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("urn:"));
            let parts = named.and_then(|_| text.get(4..)?.split_once(':'));
            let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | ',');
            let is_whole = parts.is_some_and(|(space, name)| !space.is_empty() && !name.is_empty());
            is_whole && text.len() <= LONGEST_INSTANCE && text.chars().all(is_plain)
        };
        let urn = raw.as_str().filter(is_urn).map(|urn| Self(urn.to_owned()));
        urn.or_else(|| {
            raw.expected(
                "a URN such as \"urn:uuid:00000000-0000-4000-8000-000000000001\", without angle brackets",
            )
        })
    }
}

fn device(table: &Table<'_>, profiles: &TlsProfiles, listen: &[Listen]) -> Option<device::Settings> {
    let account = account(table);
    let core = table.required_table("core", |core| HopConfig::read(core, profiles));
    let contact: Option<String> = table.optional("contact");
    let instance = table.optional("instance").map(|Instance(urn)| urn);
    let expires = table.or("expires", Duration::from_secs(3600));
    let keep_alive = table.or("keep-alive", Duration::from_secs(30));
    let protection = Protection::read(table).map(Arc::new);
    let account = account?;
    Some(device::Settings {
        name: table.name().into(),
        contact: contact
            .unwrap_or_else(|| usual_contact(table.name(), &account, (listen, instance.as_deref()))),
        account,
        core: core?.hop(),
        instance,
        expires,
        protection,
        keep_alive: (!keep_alive.is_zero()).then_some(keep_alive),
    })
}

fn location(table: &Table<'_>, reached: &Reached) -> Option<location::Settings> {
    let server = table.required("location-server");
    let permission = match table.or("permission", Permitted::Allow) {
        Permitted::Allow => Permission::Allow,
        Permitted::Deny => Permission::Deny,
        Permitted::Ask => crate::ask::permission(table.name()),
    };
    let (source, core_identity) = (source(table), reached.core_identity.clone());
    let permission_deadline = table.or("permission-deadline", Duration::from_secs(8));
    Some(location::Settings {
        server: server?,
        core_identity,
        source: source?,
        permission,
        permission_deadline,
        deadline: reached.deadline,
    })
}

/// The first listener; for a terminal without one a host that is nowhere, since only the flow counts (RFC 5626 4.2.1). Two
/// terminals of one user have two contacts: by their names in one file, and by their instances in two.
fn usual_contact(name: &str, account: &Account, (listen, instance): (&[Listen], Option<&str>)) -> String {
    let user = &account.username;
    if let Some(listen) = listen.first() {
        let transport = listen.transport.via_name().to_ascii_lowercase();
        return format!("sip:{user}@{};transport={transport}", listen.address);
    }
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let marks = [(name != user).then(|| plain(name)), instance.map(plain)];
    let marks: String = marks.into_iter().flatten().map(|mark| format!(".{mark}")).collect();
    format!("sip:{user}{marks}@device.invalid")
}

fn account(table: &Table<'_>) -> Option<Account> {
    let impu: Option<Impu> = table.required("impu");
    let mc_id = table.required("mc-service-id");
    let username = table.required("username");
    let password: Option<String> = table.required("password");
    let client_id = table.optional("client-id");
    let realm: Option<String> = table.optional("realm");
    let algorithms = table.or("algorithms", vec![Algorithm::Sha256]);
    let access_token = access_token(table);
    let impu = impu?;
    Some(Account {
        username: username?,
        password: Private::new(password?),
        realm: realm.unwrap_or_else(|| impu.domain().to_owned()),
        algorithms,
        impu,
        mc_id: mc_id?,
        client_id,
        access_token,
    })
}

/// What a file holds, as the identity management server gave it.
fn access_token(table: &Table<'_>) -> Option<AccessToken> {
    let file: PathBuf = table.optional("access-token")?;
    match std::fs::read_to_string(&file) {
        Ok(text) if !text.trim().is_empty() => Some(AccessToken::new(text.trim())),
        Ok(_) => {
            table.error_at_value("access-token", format!("{} is empty", file.display()));
            None
        }
        Err(why) => {
            table.error_at_value("access-token", format!("{} cannot be read: {why}", file.display()));
            None
        }
    }
}

fn source(table: &Table<'_>) -> Option<Source> {
    if table.has("position") && table.has("track") {
        table.error_at("track", "a terminal has a \"position\" or a \"track\", not both");
    }
    if let Some(point) = table.optional::<Vec<f64>>("position") {
        return fixed(table, &point);
    }
    let Some(file) = table.optional::<PathBuf>("track") else { return Some(Source::Unknown) };
    let text = std::fs::read(&file).map_err(|why| format!("{} cannot be read: {why}", file.display()));
    match text.and_then(|text| Track::parse(&text).map_err(|why| format!("{}: {why}", file.display()))) {
        Ok(track) => Some(Source::Track(Arc::new(track))),
        Err(why) => {
            table.error_at_value("track", why);
            None
        }
    }
}

fn fixed(table: &Table<'_>, point: &[f64]) -> Option<Source> {
    match *point {
        [latitude, longitude] if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 => {
            Some(Source::Fixed(Fix { latitude, longitude, altitude: None }))
        }
        _ => {
            table.error_at_value(
                "position",
                "\"position\" must be two numbers: latitude and longitude in degrees",
            );
            None
        }
    }
}
