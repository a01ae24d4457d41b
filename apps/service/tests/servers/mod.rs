//! An MC service server with a SIP core, and one server of documents that is its group management and its configuration
//! management server. Everything in memory, on a clock that the test moves.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod documents;
mod site;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use futures::FutureExt as _;
use kit::{
    Impu, OwnServer,
    documents::{Applied, Documents},
    testing::{End, Lab, arrival, hop},
    tokens::{Grant, IssuerConfig, Signer},
};
use service::{
    Config, GroupStatus, McServiceServer, Metrics,
    config::{AuthorizationConfig, DocumentServer, User},
};
use sip::{Method, Name, Request};
use store::{Clock, Disk, Redb};
use xcap::{Root, Target};
use xml_schemas::ids::{McServiceId, Psi};

pub use site::Site;

pub const CORE: &str = "sip-core.core.b.example";
pub const MCS: &str = "mcs1.core.b.example";
pub const DOCUMENTS: &str = "gms1.core.b.example";
pub const SECOND: &str = "gms2.core.b.example";
pub const SECOND_PSI: &str = "sip:gms2_psi@b.example";
pub const BOB: &str = "sip:bob@b.example";
pub const FLOOD: &str = "sip:flood@a.example";

const ISSUER: &str = "https://idms.b.example";

pub struct World {
    pub lab: Lab,
    pub disk: Disk,
    config: Config,
    pub server: McServiceServer,
    pub documents: Arc<Site>,
    pub signer: Signer,
}

impl World {
    pub fn new() -> Self {
        Self::of(|_, _| ())
    }

    /// With what the operator says otherwise.
    pub fn of(change: impl FnOnce(&mut Config, &Signer)) -> Self {
        let lab = Lab::new();
        let signer = signer(ISSUER);
        let mut config = config();
        change(&mut config, &signer);
        let (documents, disk) = (document_server(&lab), Disk::new());
        let server = open(&lab, &config, &disk);
        Self { lab, disk, config, server, documents, signer }
    }

    /// The server's process is killed, and another begins over what the first had kept, so much later.
    #[must_use]
    pub fn restart(self, later: Duration) -> Self {
        let Self { lab, server, disk, config, signer, .. } = self;
        let now = lab.world("clock").clock.wall();
        drop((server, lab));
        let lab = Lab::new();
        let passed = now.duration_since(lab.world("clock").clock.wall()).unwrap_or_default();
        lab.advance(passed + later);
        let documents = document_server(&lab);
        let server = open(&lab, &config, &disk);
        lab.run();
        Self { lab, disk, config, server, documents, signer }
    }

    /// A third-party registration, with the user's access token where there is one.
    pub fn registers(&self, expires: u32, token: Option<&str>) -> u16 {
        self.registers_as("sip:bob.imsi@b.example", expires, token)
    }

    /// As [`World::registers`], of another identity.
    pub fn registers_as(&self, impu: &str, expires: u32, token: Option<&str>) -> u16 {
        let mut request = Request::new(Method::Register, "sip:mcptt_psi@b.example")
            .header(Name::From, format!("<sip:{CORE}>;tag=1"))
            .header(Name::To, format!("<{impu}>"))
            .header(Name::CallId, "c")
            .header(Name::CSeq, "1 REGISTER")
            .header(Name::Contact, format!("<sip:{CORE}>"))
            .header(Name::Expires, expires.to_string());
        if let Some(token) = token {
            request = request.body("message/sip", users_register(token));
        }
        let answer = self.lab.deliver(&*self.server.service(), &request, arrival("inner", CORE));
        answer.and_then(|answer| answer.status()).expect("is answered")
    }

    /// The terminal of this client takes its contact back while others of the user stay.
    pub fn leaves(&self, client: &str) -> u16 {
        let info = format!(
            "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params><mcptt-client-id type=\"Normal\"><mcpttString>{client}\
             </mcpttString></mcptt-client-id></mcptt-Params></mcpttinfo>"
        );
        let register = format!(
            "REGISTER sip:b.example SIP/2.0\r\nVia: SIP/2.0/TCP ue:5060;branch=z9hG4bKr1\r\nMax-Forwards: 68\r\n\
             From: <sip:bob.imsi@b.example>;tag=f1\r\nTo: <sip:bob.imsi@b.example>\r\nCall-ID: reg1\r\nCSeq: 2 REGISTER\r\n\
             Contact: <sip:bob@ue>\r\nExpires: 0\r\n\
             Content-Type: application/vnd.3gpp.mcptt-info+xml\r\nContent-Length: {}\r\n\r\n{info}",
            info.len()
        );
        let request = Request::new(Method::Register, "sip:mcptt_psi@b.example")
            .header(Name::From, format!("<sip:{CORE}>;tag=1"))
            .header(Name::To, "<sip:bob.imsi@b.example>")
            .header(Name::CallId, "c")
            .header(Name::CSeq, "2 REGISTER")
            .header(Name::Contact, format!("<sip:{CORE}>"))
            .header(Name::Expires, "600")
            .body("message/sip", register);
        let answer = self.lab.deliver(&*self.server.service(), &request, arrival("inner", CORE));
        answer.and_then(|answer| answer.status()).expect("is answered")
    }

    pub fn log_on(&self) {
        assert_eq!(self.registers(600, None), 200);
    }

    pub fn token(&self, user: &str) -> String {
        self.token_for(user, "mcx", &["3gpp:mc:ptt_service"], Duration::from_secs(4_000_000_000))
    }

    /// A token for this audience, which lasts so long from the beginning of Unix time on.
    pub fn token_for(&self, user: &str, audience: &str, scopes: &[&str], lasts: Duration) -> String {
        let user = McServiceId::new(user).unwrap();
        let issued = SystemTime::UNIX_EPOCH;
        self.signer.sign(&Grant { user: &user, audience: &[audience], scopes, issued, lasts }).unwrap()
    }

    /// A token of a visitor, which says who he is at home.
    pub fn visitor_token(&self, user: &str, primary: &str) -> String {
        self.visitor_token_for(user, primary, &["3gpp:mc:ptt_service"], Duration::from_secs(4_000_000_000))
    }

    /// As [`World::visitor_token`], for these scopes, which lasts so long from the beginning of Unix time on.
    pub fn visitor_token_for(&self, user: &str, primary: &str, scopes: &[&str], lasts: Duration) -> String {
        let (user, primary) = (McServiceId::new(user).unwrap(), McServiceId::new(primary).unwrap());
        let issued = SystemTime::UNIX_EPOCH;
        let grant = Grant { user: &user, audience: &["mcx"], scopes, issued, lasts };
        self.signer.sign_for_visitor(&grant, &primary).unwrap()
    }

    /// The clock of the world.
    pub fn now(&self) -> SystemTime {
        self.lab.world("clock").clock.wall()
    }

    /// A second server of documents, which the MC service server knows or not.
    pub fn second(&self) -> Arc<Site> {
        let (service, from) = (self.server.service(), arrival("inner", SECOND));
        self.lab.connect(SECOND, MCS, End::Service { service, arrival: from, asserted: None });
        documents::server(&self.lab, SECOND, SECOND_PSI, "https://xcap2.b.example")
    }

    /// As [`World::put_group`], at another server.
    pub fn put_group_at(&self, site: &Site, group: &str, member: &str) {
        let (selector, body) = group_document(group, member);
        self.request_at(site, xcap::Method::Put, &selector, "application/vnd.oma.poc.groups+xml", &body);
    }

    fn request(&self, method: xcap::Method, selector: &str, media_type: &str, body: &str) {
        self.request_at(&self.documents, method, selector, media_type, body);
    }

    fn request_at(&self, site: &Site, method: xcap::Method, selector: &str, media_type: &str, body: &str) {
        let (documents, selector) = (Arc::clone(&site.documents), selector.to_owned());
        let (media_type, body) = (media_type.to_owned(), body.to_owned());
        let work = async move { apply(&documents, (method, &selector), &media_type, &body).await };
        self.lab.world(DOCUMENTS).tasks.spawn(Box::pin(work));
        self.lab.run();
    }

    pub fn put_profile(&self, groups: &[&str]) {
        self.put_profile_of(&groups.iter().map(|group| (*group, None)).collect::<Vec<_>>());
    }

    /// With the group management server that each entry names.
    pub fn put_profile_of(&self, groups: &[(&str, Option<&str>)]) {
        self.put_profile_with(1, groups);
    }

    /// As [`World::put_profile_of`], with this index.
    pub fn put_profile_with(&self, index: u8, groups: &[(&str, Option<&str>)]) {
        let info = |server: &str| {
            format!(
                "<anyExt><GroupServerInfo><GMS-Serv-Id><entry><uri-entry>{server}</uri-entry></entry></GMS-Serv-Id>\
                 </GroupServerInfo></anyExt>"
            )
        };
        let entry = |(group, server): &(&str, Option<&str>)| {
            let info = server.map(info).unwrap_or_default();
            format!("<entry><uri-entry>{group}</uri-entry>{info}</entry>")
        };
        let entries: String = groups.iter().map(entry).collect();
        let body = format!(
            "<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" XUI-URI=\"{BOB}\" user-profile-index=\"{index}\"><OnNetwork>\
             <MCPTTGroupInfo>{entries}</MCPTTGroupInfo></OnNetwork></mcptt-user-profile>"
        );
        let selector = format!("org.3gpp.mcptt.user-profile/users/{BOB}/mcptt-user-profile-{index}.xml");
        self.request(xcap::Method::Put, &selector, "application/vnd.3gpp.mcptt-user-profile+xml", &body);
    }

    pub fn delete_profile(&self, index: u8) {
        let selector = format!("org.3gpp.mcptt.user-profile/users/{BOB}/mcptt-user-profile-{index}.xml");
        self.request(xcap::Method::Delete, &selector, "", "");
    }

    /// NOTIFYs of the server of documents do not come through, or do again, those that were put off in five seconds.
    pub fn notifies(&self, from: &str, is_so: bool) {
        let (service, arrival) = (self.server.service(), arrival("inner", from));
        let end = if is_so {
            End::Service { service, arrival, asserted: None }
        } else {
            End::Fails(wire::WireError::Overloaded)
        };
        self.lab.connect(from, MCS, end);
    }

    pub fn put_group(&self, group: &str, member: &str) {
        self.put_group_at(&self.documents, group, member);
    }

    pub fn delete_group(&self, group: &str) {
        let selector = format!("org.openmobilealliance.groups/global/byGroupID/{group}");
        self.request(xcap::Method::Delete, &selector, "", "");
    }

    /// What the server knows of a group.
    pub fn group(&self, id: &str) -> Option<GroupStatus> {
        self.server.groups().into_iter().find(|group| group.id == id)
    }

    pub fn members(&self, id: &str) -> Vec<String> {
        let configuration = self.group(id).and_then(|group| group.configuration);
        configuration.into_iter().flat_map(|configuration| configuration.members).collect()
    }

    pub fn steps(&self) -> Vec<(&'static str, u8)> {
        self.lab.ladder().steps().into_iter().map(|(_, clause, number)| (clause, number)).collect()
    }
}

/// Puts a group at the site, as whoever gets it may have made it come.
pub async fn store_group(site: &Site, group: &str, member: &str) {
    let (selector, body) = group_document(group, member);
    apply(&site.documents, (xcap::Method::Put, &selector), "application/vnd.oma.poc.groups+xml", &body).await;
}

async fn apply(
    documents: &Documents,
    (method, selector): (xcap::Method, &str),
    media_type: &str,
    body: &str,
) {
    let target = Target::relative(selector, documents.usages()).unwrap();
    let request = xcap::Request {
        method,
        target: &target,
        content_type: Some(media_type),
        conditions: xcap::Conditions::default(),
        body: body.as_bytes(),
    };
    let applied = documents.apply(&request).await;
    assert!(matches!(applied, Ok(Applied::Kept { .. })), "{applied:?}");
}

/// An issuer of this name, with a key of its own.
pub fn signer(name: &str) -> Signer {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    Signer::new(name, key.as_ref()).unwrap()
}

/// A token of this issuer, for ages.
pub fn signed(signer: &Signer, user: &str) -> String {
    let user = McServiceId::new(user).unwrap();
    let grant = Grant {
        user: &user,
        audience: &["mcx"],
        scopes: &["3gpp:mc:ptt_service"],
        issued: SystemTime::UNIX_EPOCH,
        lasts: Duration::from_secs(4_000_000_000),
    };
    signer.sign(&grant).unwrap()
}

/// Selector and body.
fn group_document(group: &str, member: &str) -> (String, String) {
    let body = format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"{group}\"><list><entry uri=\"{member}\"/></list>\
         </list-service></group>"
    );
    (format!("org.openmobilealliance.groups/global/byGroupID/{group}"), body)
}

fn open(lab: &Lab, config: &Config, disk: &Disk) -> McServiceServer {
    let clock = lab.world("store").clock;
    let store = Redb::open_in_memory(disk.clone(), Clock::new(move || clock.wall())).unwrap();
    let partners = service::migration::partners(config, |_| Err("there is no file")).unwrap();
    let opened = McServiceServer::open(
        config.clone(),
        partners,
        lab.world(MCS),
        Arc::new(store),
        Metrics::default(),
        kit::audit::Log::none(),
    );
    let server = opened.now_or_never().expect("a store in memory is never busy").expect("the store opens");
    let end = |service, from| End::Service { service, arrival: arrival("inner", from), asserted: None };
    lab.connect(DOCUMENTS, MCS, end(server.service(), DOCUMENTS));
    server
}

pub fn issuer(signer: &Signer) -> IssuerConfig {
    IssuerConfig::of_set(ISSUER, vec!["mcx".into()], signer.jwks())
}

fn users_register(token: &str) -> String {
    let info = format!(
        "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params><mcptt-access-token type=\"Normal\"><mcpttString>{token}\
         </mcpttString></mcptt-access-token></mcptt-Params></mcpttinfo>"
    );
    format!(
        "REGISTER sip:b.example SIP/2.0\r\nVia: SIP/2.0/TCP ue:5060;branch=z9hG4bKr1\r\nMax-Forwards: 68\r\n\
         From: <sip:bob.imsi@b.example>;tag=f1\r\nTo: <sip:bob.imsi@b.example>\r\nCall-ID: reg1\r\nCSeq: 1 REGISTER\r\n\
         Content-Type: application/vnd.3gpp.mcptt-info+xml\r\nContent-Length: {}\r\n\r\n{info}",
        info.len()
    )
}

/// How a server of documents is configured.
pub fn reached(name: &str, psi: &str, root: &str) -> DocumentServer {
    DocumentServer {
        identity: name.into(),
        psi: Psi::new(psi).unwrap(),
        root: Root::new(root).unwrap(),
        sip: hop(name),
        http: hop(name),
    }
}

fn config() -> Config {
    let documents = reached(DOCUMENTS, "sip:gms_psi@b.example", "https://xcap.b.example");
    Config {
        name: MCS.into(),
        psi: Psi::new("sip:mcptt_psi@b.example").unwrap(),
        listen: Vec::new(),
        core: CORE.into(),
        locations: OwnServer {
            identity: "lms1.core.b.example".into(),
            psi: Psi::new("sip:lms_psi@b.example").unwrap(),
            hop: hop("lms1.core.b.example"),
        },
        users: vec![User {
            id: McServiceId::new(BOB).unwrap(),
            impu: Impu::new("sip:bob.imsi@b.example").unwrap(),
        }],
        deadline: Duration::from_secs(15),
        groups: Some(documents.clone()),
        named_groups: Vec::new(),
        profiles: Some(documents),
        issuers: Vec::new(),
        authorization: AuthorizationConfig::default(),
        migration: None,
        http: Vec::new(),
        http_limits: kit::config::HttpLimits::default(),
        protected: std::collections::HashMap::new(),
        administrators: vec!["sip:admin@b.example".into()],
    }
}

/// Both servers of documents in one.
fn document_server(lab: &Lab) -> Arc<Site> {
    documents::server(lab, DOCUMENTS, "sip:gms_psi@b.example", "https://xcap.b.example")
}
