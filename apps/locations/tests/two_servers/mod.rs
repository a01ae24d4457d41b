//! Two location management servers, A and B, behind gateways that only assert, each with a SIP core that only relays, and the
//! clients of their users. Everything in memory, on a clock that the test moves.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use kit::{
    Accepted, Cx, Done, Entity, Impu, Inbound, Metrics, OwnServer, Partner, PartnerTable, Permitted, Profile,
    To,
    partner::{Flows, Way},
    testing::{End, Lab, arrival, hop, hop_config},
};
use locations::{
    Config, Lms,
    config::{AskRule, Tell, TellRule, User, Whom},
};
use prometheus_client::{encoding::text, registry::Registry};
use xml_schemas::{
    Timestamp,
    ids::{McServiceId, Psi, RequestId},
    location::{
        ClientAnswer, ClientLocationReport, ClientLocationRequest, Coordinate, LocationReport,
        LocationRequest, Position, Refusal, TargetAnswer,
    },
};

/// What a client does when it is asked where it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Mood {
    /// It reports this point.
    At(f64, f64),
    /// Its user denies, with this cause code.
    Denies(Option<u16>),
    /// It accepts the request and never reports.
    Silent,
}

/// The client of one user: what it was asked, and what was reported to it.
pub struct Client {
    pub id: McServiceId,
    pub lms: Impu,
    pub mood: Mutex<Mood>,
    pub asked: Mutex<Vec<ClientLocationRequest>>,
    pub reports: Mutex<Vec<LocationReport>>,
}

pub struct World {
    pub lab: Lab,
    pub servers: HashMap<&'static str, Entity<Lms>>,
    pub clients: HashMap<&'static str, Entity<Client>>,
    pub metrics: Metrics,
}

pub fn id(name: &str) -> McServiceId {
    McServiceId::new(&format!("sip:{name}")).expect("valid")
}

pub fn impu(name: &str) -> Impu {
    Impu::new(&format!("sip:{name}")).expect("valid")
}

pub fn anyone(answer: Tell) -> TellRule {
    TellRule { name: "anyone".into(), requester: Whom::Anyone, answer }
}

pub fn user(name: &str) -> User {
    User { id: id(name), impu: impu(name), share: Vec::new() }
}

/// Everybody may ask for everybody, and everything is told. The users' domain is the server's.
pub fn open(users: &[&str]) -> Config {
    let domain = users[0].split('@').nth(1).expect("valid");
    let psi = Psi::new(&format!("sip:lms_psi@{domain}")).expect("valid");
    let ask = AskRule { name: "anyone".into(), requester: Whom::Anyone, target: Whom::Anyone, allow: true };
    Config {
        users: users.iter().map(|name| user(name)).collect(),
        ask: vec![ask],
        tell: vec![anyone(Tell::Allow)],
        core: Some(hop_config(&format!("sip-core.{domain}"))),
        gateway: Some(hop_config(&format!("mcgw.{domain}"))),
        ..Config::new(format!("lms1.core.{domain}"), psi)
    }
}

/// The agreement that a server has with the other system.
pub fn partner(name: &str, own: &str) -> Partner {
    Partner {
        name: name.into(),
        domains: vec![name.into()],
        identities: Vec::new(),
        anchor: None,
        inbound: Flows::default(),
        outbound: Flows::default(),
        merge_unknown_and_refused: false,
        way: Way::Gateway,
        services: [("locations".into(), format!("sip:lms_psi@{name}").into())].into(),
        hop: Some(hop(&format!("mcgw.{own}"))),
    }
}

impl World {
    /// Alice and Anna in A, Bob and Carol in B; all open, all logged on.
    pub fn new() -> Self {
        Self::of(open(&["alice@a.example", "anna@a.example"]), open(&["bob@b.example", "carol@b.example"]))
    }

    pub fn of(a: Config, b: Config) -> Self {
        let (a_to_b, b_to_a) = (partner("b.example", "a.example"), partner("a.example", "b.example"));
        Self::with_partners(a, b, a_to_b, b_to_a)
    }

    pub fn with_partners(a: Config, b: Config, a_to_b: Partner, b_to_a: Partner) -> Self {
        let (servers, clients) = (HashMap::new(), HashMap::new());
        let mut world = Self { lab: Lab::new(), servers, clients, metrics: Metrics::default() };
        world.server("a.example", a, a_to_b);
        world.server("b.example", b, b_to_a);
        world.through_gateways("a.example", "b.example");
        world.through_gateways("b.example", "a.example");
        for name in ["alice@a.example", "anna@a.example", "bob@b.example", "carol@b.example"] {
            world.client(name);
        }
        world
    }

    fn server(&mut self, domain: &'static str, config: Config, partner: Partner) {
        let world = self.lab.world(&config.name);
        let entity = locations::entity(config, vec![partner], world).counted_by(&self.metrics);
        self.servers.insert(domain, entity);
    }

    /// What came of the targets of location requests, as a scraper reads it: without the name of the metric.
    pub fn parts(&self) -> Vec<String> {
        let (mut registry, mut out) = (Registry::default(), String::new());
        self.metrics.register(&mut registry);
        text::encode(&mut out, &registry).expect("a string takes everything");
        let mut parts: Vec<String> =
            out.lines().filter_map(|line| line.strip_prefix("mcx_parts_total")).map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    }

    /// The server of this system starts again, and knows nothing of what was before but who is logged on.
    pub fn restart(&mut self, domain: &'static str, config: Config) {
        let other = if domain == "a.example" { "b.example" } else { "a.example" };
        self.server(domain, config, partner(other, domain));
        self.through_gateways(other, domain);
        let names: Vec<&'static str> =
            self.clients.keys().copied().filter(|name| name.ends_with(domain)).collect();
        for name in names {
            self.client(name);
        }
    }

    /// What the gateways do as far as a server sees it: the other system's gateway is asserted by the own one.
    fn through_gateways(&self, from: &str, to: &'static str) {
        let end = End::Service {
            service: Arc::new(self.servers[to].clone()),
            arrival: arrival("inner", &format!("mcgw.{to}")),
            asserted: Some(format!("sip:mcgw@{from}")),
        };
        self.lab.connect(&format!("lms1.core.{from}"), &format!("mcgw.{from}"), end);
    }

    fn client(&mut self, name: &'static str) {
        let domain = name.split('@').nth(1).expect("valid");
        let lms = impu(&format!("lms_psi@{domain}"));
        let mut profile = Profile::new(name, "client", Psi::new(&format!("sip:{name}")).expect("valid"));
        profile.core = Some(hop(&format!("sip-core.{domain}")));
        profile.trust.core = Some(format!("sip-core.{domain}").into());
        profile.asserts = false;
        let client = Client {
            id: id(name),
            lms,
            mood: Mutex::new(Mood::At(40.4168, -3.7038)),
            asked: Mutex::default(),
            reports: Mutex::default(),
        };
        let cx = Cx::new(profile, client, PartnerTable::default(), self.lab.world(name));
        let entity = Entity::new(cx).on(asked).on(reported);
        let server = End::Service {
            service: Arc::new(self.servers[domain].clone()),
            arrival: arrival("inner", &format!("sip-core.{domain}")),
            asserted: Some(format!("sip:{name}")),
        };
        self.lab.connect(name, &format!("sip-core.{domain}"), server);
        self.clients.insert(name, entity);
        self.log_on(name, 600);
        self.relay(domain);
    }

    /// The core relays the server's messages to the client that the Request-URI names.
    fn relay(&self, domain: &'static str) {
        let clients = self.clients.iter().filter(|(name, _)| name.ends_with(domain));
        let clients = clients.map(|(name, client)| (format!("sip:{name}"), client.clone())).collect();
        let end = End::Service {
            service: Arc::new(Core(clients)),
            arrival: arrival("inner", &format!("sip-core.{domain}")),
            asserted: None,
        };
        self.lab.connect(&format!("lms1.core.{domain}"), &format!("sip-core.{domain}"), end);
    }

    /// Third-party registration of a user, as the core sends it; 0 is log-off.
    pub fn log_on(&self, name: &str, expires: u32) -> u16 {
        let domain = name.split('@').nth(1).expect("valid");
        let request = sip::Request::new(sip::Method::Register, format!("sip:lms_psi@{domain}"))
            .header(sip::Name::From, format!("<sip:sip-core.{domain}>;tag=1"))
            .header(sip::Name::To, format!("<sip:{name}>"))
            .header(sip::Name::CallId, "tpr")
            .header(sip::Name::CSeq, "1 REGISTER")
            .header(sip::Name::Expires, expires.to_string());
        let arrival = arrival("inner", &format!("sip-core.{domain}"));
        let answer = self.lab.deliver(&self.servers[domain], &request, arrival).expect("answered");
        answer.status().expect("a response")
    }

    pub fn client_of(&self, name: &str) -> &Client {
        self.clients[name].cx()
    }

    pub fn mood(&self, name: &str, mood: Mood) {
        *self.client_of(name).mood.lock().expect("lock") = mood;
    }

    pub fn request(&self, requester: &str, targets: &[&str]) -> LocationRequest {
        let targets = targets.iter().map(|target| id(target)).collect();
        LocationRequest::new(RequestId::new("flow-1").expect("valid"), id(requester), targets)
    }

    /// The client of this user sends a request to its server, and everything runs that can without time passing.
    pub fn ask(&self, name: &str, request: LocationRequest) -> sip::Message {
        self.send(name, &request)
    }

    pub fn send<F: xml_schemas::flow::Flow>(&self, name: &str, flow: &F) -> sip::Message {
        let domain = name.split('@').nth(1).expect("valid");
        let answer = self.deliver(
            domain,
            flow,
            arrival("inner", &format!("sip-core.{domain}")),
            &format!("sip:{name}"),
        );
        answer.expect("answered")
    }

    /// A flow arrives at the server of this system, with this identity asserted.
    pub fn deliver<F: xml_schemas::flow::Flow>(
        &self,
        domain: &str,
        flow: &F,
        arrival: wire::Arrival,
        asserted: &str,
    ) -> Option<sip::Message> {
        let world = self.lab.world("test");
        let own = Psi::new(asserted).expect("valid");
        let uri = format!("sip:lms_psi@{domain}");
        let envelope = kit::carriage::Envelope { uri: &uri, own: &own, asserts: true, ids: &*world.ids };
        let request = kit::carriage::compose(&envelope, &flow.split()).expect("valid");
        self.lab.deliver(&self.servers[domain], &request, arrival)
    }

    /// The one report that this user's client has received.
    pub fn report(&self, name: &str) -> LocationReport {
        let reports = self.client_of(name).reports.lock().expect("lock");
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports[0].clone()
    }

    pub fn has_report(&self, name: &str) -> bool {
        !self.client_of(name).reports.lock().expect("lock").is_empty()
    }

    /// The steps of this clause that were taken, with who took them.
    pub fn steps(&self, clause: &str) -> Vec<(String, u8)> {
        let steps = self.lab.ladder().steps().into_iter();
        steps.filter(|(_, of, _)| *of == clause).map(|(who, _, number)| (who, number)).collect()
    }
}

/// The cause code of each target in a report, none for a position.
pub fn codes(report: &LocationReport) -> Vec<Option<u16>> {
    let code = |answer: &TargetAnswer| match answer {
        TargetAnswer::Located(_) => None,
        TargetAnswer::Refused(refusal) => refusal.code,
    };
    report.targets.iter().map(|target| code(&target.answer)).collect()
}

/// An MC service server that asks for a user that it names.
pub fn mc_service_server() -> OwnServer {
    OwnServer {
        identity: "mcs1.core.a.example".into(),
        psi: Psi::new("sip:mcptt_psi@a.example").expect("valid"),
        hop: hop("mcs1.core.a.example"),
    }
}

struct Core(HashMap<String, Entity<Client>>);

impl wire::Service for Core {
    fn serve(&self, request: sip::Message, arrival: wire::Arrival) -> wire::BoxFuture<'static, wire::Reply> {
        let uri = String::from_utf8_lossy(request.request_uri()).into_owned();
        match self.0.get(&uri) {
            Some(client) => client.serve(request, arrival),
            None => Box::pin(async { sip::Response::new(404).into() }),
        }
    }
}

async fn asked(cx: Cx<Client>, req: Inbound<ClientLocationRequest>) -> Done<Accepted> {
    cx.asked.lock().expect("lock").push(req.flow.clone());
    let mood = *cx.mood.lock().expect("lock");
    let answer = match mood {
        Mood::Silent => return Ok(Accepted::done()),
        Mood::At(latitude, longitude) => {
            let point = Coordinate::from_degrees(latitude, longitude).expect("on earth");
            ClientAnswer::Located(Box::new(Position::new(point, Timestamp::from(cx.world().clock.wall()))))
        }
        Mood::Denies(code) => ClientAnswer::Refused(Refusal { code, text: None }),
    };
    Ok(Accepted::then(async move {
        let report =
            ClientLocationReport { request_id: req.flow.request_id, reporter: Some(cx.id.clone()), answer };
        let _ = cx.tell(To::User(&cx.lms), &Permitted::open(report)).await;
    }))
}

async fn reported(cx: Cx<Client>, req: Inbound<LocationReport>) -> Done<Accepted> {
    cx.reports.lock().expect("lock").push(req.flow);
    Ok(Accepted::done())
}
