//! Users who log in at the identity management servers of both systems ([`crate::Setup::identity`]).

use std::{fs, net::SocketAddr, sync::Arc};

use clients::{
    IdentityClient,
    identity::{SCOPE, Settings},
};
use driver::{Http, HttpConfig, LateWire, TlsProfile};
use kit::private::Private;
use mcx::lab::{files::identity, idms, pki::files};
use wire::{Hop, Streams, TlsPeer, Transport, World};
use xml_schemas::body::mcptt_info::AccessToken;

use super::TwoSystems;
use crate::{Home, plan};

/// The trust profile of the client.
const PROFILE: &str = "servers";

/// An identity management client, and what it sends by.
pub struct Visitor {
    client: IdentityClient,
    _http: Http,
}

impl std::ops::Deref for Visitor {
    type Target = IdentityClient;

    fn deref(&self) -> &IdentityClient {
        &self.client
    }
}

impl TwoSystems {
    /// The identity management client of somebody, at the server of this system.
    pub fn identity_client(&mut self, home: Home, name: &str) -> Visitor {
        let system = &self.plan.systems[usize::from(home.place())];
        let (host, issuer) = (system.identity_host(), system.issuer());
        let address = SocketAddr::new(plan::inner(home.place(), plan::IDENTITY), 443);
        let pem = fs::read_to_string(system.folder.join(files::AUTHORITY)).expect("the lab wrote it");
        let env = self.env_of_played(plan::inner(home.place(), 98));
        let profile = TlsProfile {
            name: PROFILE.into(),
            certificate: None,
            key: None,
            anchors: vec![pem],
            crls: Vec::new(),
        };
        let http =
            Http::new(HttpConfig { tls: vec![profile], ..HttpConfig::new(name) }, &env).expect("starts");
        let settings = Settings {
            name: name.into(),
            issuer,
            server: Hop {
                name: host.as_str().into(),
                transport: Transport::Tls,
                address,
                tls: Some(TlsPeer { profile: PROFILE.into(), domain: host.as_str().into(), anchor: None }),
                connection: None,
                streams: Streams::default(),
            },
            client_id: identity::CLIENT.to_owned(),
            redirect_uri: identity::REDIRECT.to_owned(),
            scope: SCOPE.to_owned(),
        };
        let world = World { web: http.web(), ..env.world(LateWire::new()) };
        Visitor { client: IdentityClient::new(settings, world), _http: http }
    }

    /// A token that the lab's own key of a system signs: of a visitor where `primary` says who he is at home.
    ///
    /// # Panics
    /// Where one of the two is no MC service ID.
    #[must_use]
    pub fn token(&self, home: Home, user: &str, primary: Option<&str>) -> AccessToken {
        let system = &self.plan.systems[usize::from(home.place())];
        AccessToken::new(idms::lasting_token(system, user, primary).expect("the lab has a key"))
    }

    /// A token that the lab's own key of a system signs, an hour long from now on as the primary system's clocks have it.
    ///
    /// # Panics
    /// Where this is no MC service ID.
    #[must_use]
    pub fn token_of_an_hour(&self, home: Home, user: &str) -> AccessToken {
        let system = &self.plan.systems[usize::from(home.place())];
        AccessToken::new(idms::token(system, user, self.now()).expect("the lab has a key"))
    }

    /// The password of a user.
    #[must_use]
    pub fn password(&self, user: &str) -> Private<String> {
        let all = self.plan.systems.iter().flat_map(|system| &system.users);
        let found = all.into_iter().find(|known| known.name == user);
        Private::new(found.map(|found| found.password.clone()).unwrap_or_default())
    }

    /// The issuer identifier of a system's identity management server.
    #[must_use]
    pub fn issuer(&self, home: Home) -> Arc<str> {
        self.plan.systems[usize::from(home.place())].issuer().into()
    }
}
