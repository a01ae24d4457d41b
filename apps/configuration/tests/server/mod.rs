//! A configuration management server of the system `b.example`, with whoever talks to it.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use audit::Chain;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use bytes::Bytes;
use configuration::{
    Cms, Config,
    config::{GroupServer, User},
};
use futures::FutureExt as _;
use http::{HeaderMap, Method, Request, Response, header};
use kit::{
    Cx, Entity, Expected, Impu, OwnServer, PartnerTable, Profile, Trust,
    audit::Log,
    events::{Ask, Outcome, Watcher},
    testing::{End, Lab, arrival, hop, hop_config},
    tokens::{Grant, IssuerConfig, Signer},
};
use store::{Clock, Disk, Redb, Store};
use wire::web::WebService;
use xcap::{Root, diff::XcapDiff};
use xml_schemas::ids::{McServiceId, Psi};

pub const CMS: &str = "cms1.core.b.example";
pub const MCS: &str = "mcs1.core.b.example";
pub const CORE: &str = "sip-core.core.b.example";
pub const BOB: &str = "sip:bob@b.example";
pub const ADMIN: &str = "sip:admin@b.example";
pub const PROFILE: &str = "/org.3gpp.mcptt.user-profile/users/sip:bob@b.example/mcptt-user-profile-1.xml";
pub const PROFILE_TYPE: &str = "application/vnd.3gpp.mcptt-user-profile+xml";

const ISSUER: &str = "https://idms.b.example";

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub enum From<'f> {
    /// A client with an access token of this user.
    User(&'f str),
    /// A server whose certificate proves this.
    Server(&'f str),
    /// Somebody without certificate and token.
    Nobody,
}

pub struct World {
    pub lab: Lab,
    pub entity: Entity<Cms>,
    pub store: Arc<dyn Store>,
    pub heard: Arc<Mutex<Vec<XcapDiff>>>,
    site: Arc<dyn WebService>,
    signer: Signer,
    config: Config,
}

pub fn group_server() -> GroupServer {
    GroupServer {
        psi: Psi::new("sip:gms_psi@b.example").expect("an identity"),
        token_endpoint: "https://idms.b.example/token".into(),
        kms: "sip:kms@b.example".into(),
        partners: vec!["a.example".into()],
    }
}

/// Without issuers; [`World::of`] adds them.
pub fn config() -> Config {
    let psi = Psi::new("sip:cms_psi@b.example").expect("an identity");
    let root = Root::new("https://cms.b.example").expect("a root");
    let core = hop_config(CORE);
    Config {
        core: Some(core),
        servers: vec![OwnServer {
            identity: MCS.into(),
            psi: Psi::new("sip:mcptt_psi@b.example").expect("an identity"),
            hop: hop(MCS),
        }],
        users: vec![User {
            id: McServiceId::new(BOB).expect("an identity"),
            impu: Impu::new("sip:bob.imsi@b.example").expect("an identity"),
        }],
        administrators: vec![ADMIN.to_owned()],
        group_server: Some(group_server()),
        ..Config::new(CMS, psi, root)
    }
}

impl World {
    pub fn new() -> Self {
        Self::of(config())
    }

    pub fn of(mut config: Config) -> Self {
        let lab = Lab::new();
        let clock = lab.world("store").clock;
        let store: Arc<dyn Store> =
            Arc::new(Redb::open_in_memory(Disk::new(), Clock::new(move || clock.wall())).expect("opens"));
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let signer = Signer::new(ISSUER, key.as_ref()).expect("signs");
        let jwks = signer.jwks().into_bytes();
        config.issuers = vec![IssuerConfig::of_set(ISSUER, vec!["mcx".to_owned()], jwks)];
        let entity = begin(&lab, &config, &store);
        let site = configuration::web(&entity);
        Self { lab, entity, store, heard: Arc::default(), site, signer, config }
    }

    /// Another process takes over what the store holds, with what the operator says now.
    pub fn restart(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        self.entity = begin(&self.lab, &self.config, &self.store);
        self.site = configuration::web(&self.entity);
    }

    /// An access token of a user.
    pub fn token(&self, user: &str) -> String {
        self.token_for(user, &["3gpp:mc:ptt_service", "3gpp:mc:ptt_config_management_service"])
    }

    /// As [`World::token`], with these scopes.
    pub fn token_for(&self, user: &str, scopes: &[&str]) -> String {
        let user = McServiceId::new(user).expect("an identity");
        let grant = Grant {
            user: &user,
            audience: &["mcx"],
            scopes,
            issued: SystemTime::UNIX_EPOCH,
            lasts: Duration::from_secs(4_000_000_000),
        };
        self.signer.sign(&grant).expect("signs")
    }

    pub fn send(
        &self,
        from: From<'_>,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        body: &str,
    ) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let mut arrival = arrival("clients", "nobody");
        match from {
            From::Server(name) => arrival = kit::testing::arrival("servers", name),
            From::User(user) => {
                request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token(user)));
                arrival.certificate = None;
            }
            From::Nobody => arrival.certificate = None,
        }
        let request = request.body(Bytes::from(body.to_owned())).expect("valid");
        self.lab.fetch(&self.site, request, arrival).expect("answered without waiting")
    }

    pub fn get(&self, from: From<'_>, path: &str) -> Response<Bytes> {
        self.send(from, Method::GET, path, &[], "")
    }

    pub fn status(&self, from: From<'_>, path: &str) -> u16 {
        self.get(from, path).status().as_u16()
    }

    pub fn put(&self, from: From<'_>, path: &str, media_type: &str, body: &str) -> Response<Bytes> {
        self.send(from, Method::PUT, path, &[("content-type", media_type)], body)
    }

    pub fn put_profile(&self, entries: &str) -> Response<Bytes> {
        self.put(From::User(ADMIN), PROFILE, PROFILE_TYPE, &profile(entries))
    }

    /// Subscribes as the MC service server.
    pub fn subscribe(&self, selectors: &[&str]) {
        let psi = Psi::new("sip:mcptt_psi@b.example").expect("an identity");
        let world = self.lab.world(MCS);
        let watcher = Watcher::new(world.clone(), psi.clone());
        let profile = Profile {
            trust: Trust { servers: vec![CMS.into()], ..Trust::default() },
            ..Profile::new(MCS, "service", psi)
        };
        let mcs = Entity::new(Cx::new(profile, (), PartnerTable::default(), world)).watches(&watcher);
        let end = |service, from| End::Service { service, arrival: arrival("inner", from), asserted: None };
        self.lab.connect(MCS, CMS, end(Arc::new(self.entity.clone()), MCS));
        self.lab.connect(CMS, MCS, end(Arc::new(mcs), CMS));
        let heard = Arc::clone(&self.heard);
        watcher.subscribe(ask(selectors), move |outcome| {
            if let Outcome::Notified(message) = outcome {
                let diff = XcapDiff::read(message.body(), &xml::Limits::default());
                heard.lock().expect("no panic").extend(diff.ok());
            }
            Box::pin(async { Ok(()) })
        });
        self.lab.run();
    }
}

/// The audit log of the server.
fn log(lab: &Lab, store: &Arc<dyn Store>) -> Log {
    let clock = lab.world(CMS).clock;
    let chain = Chain::open(Arc::clone(store), CMS, None, CMS, clock.wall()).now_or_never();
    // A store that is away has no log.
    chain
        .expect("does not wait")
        .map_or_else(|_| Log::none(), |chain| Log::new(chain, Arc::clone(store), clock))
}

/// What stands in it.
pub fn entries(lab: &Lab, store: &Arc<dyn Store>) -> Vec<audit::Entry> {
    let log = log(lab, store);
    let sealed = log.chain().expect("is kept").seal(std::time::UNIX_EPOCH).now_or_never();
    sealed.expect("does not wait").expect("sealed");
    let sealed = audit::entries(&**store, CMS, 0, 10_000).now_or_never().expect("does not wait");
    sealed.expect("is read").into_iter().filter_map(|sealed| sealed.entry).collect()
}

fn begin(lab: &Lab, config: &Config, store: &Arc<dyn Store>) -> Entity<Cms> {
    let entity = configuration::entity(config.clone(), Arc::clone(store), lab.world(CMS), log(lab, store))
        .expect("starts");
    configuration::start(&entity);
    lab.run();
    entity
}

/// A subscription to these at the server.
pub fn ask(selectors: &[&str]) -> Ask {
    Ask {
        uri: "sip:cms_psi@b.example".to_owned(),
        hop: hop(CMS),
        peer: Expected::server(CMS),
        event: "xcap-diff;diff-processing=no-patching".to_owned(),
        accept: xcap::diff::MEDIA_TYPE,
        lifetime: Duration::from_secs(3600),
        body: Some(("application/resource-lists+xml".to_owned(), list(selectors).into())),
    }
}

pub fn list(selectors: &[&str]) -> String {
    let entries: String = selectors.iter().map(|uri| format!("<entry uri=\"{uri}\"/>")).collect();
    format!(
        "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list>{entries}</list></resource-lists>"
    )
}

pub fn etag(fields: &HeaderMap) -> &str {
    fields.get(header::ETAG).and_then(|value| value.to_str().ok()).expect("has an entity tag")
}

/// Bob's first profile with these group entries.
pub fn profile(entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" \
         XUI-URI=\"sip:bob@b.example\" user-profile-index=\"1\"><Name>Bob</Name><OnNetwork><MCPTTGroupInfo>{entries}</MCPTTGroupInfo>\
         </OnNetwork></mcptt-user-profile>"
    )
}

pub fn entry(group: &str) -> String {
    format!("<entry><uri-entry>{group}</uri-entry></entry>")
}
