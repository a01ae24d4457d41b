//! A SIP core of `primary.example` in memory, its users alice and bob, and what they send.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use futures::FutureExt as _;
use kit::{
    digest::{Algorithm, Exchange, Ha1},
    testing::{End, Lab, arrival, hop},
};
use sip::{Message, Method, Name, Request, WwwAuthenticate};
use store::{Clock, Disk, Redb};
use wire::{Arrival, ConnectionId, Decision, Forward, Inline as _, Transport};

use crate::{
    Config, Metrics, SipCore,
    config::{Edge, Registration, Server, User},
};

pub(crate) const ALICE: &str = "sip:alice@primary.example";
pub(crate) const BOB: &str = "sip:bob@primary.example";
pub(crate) const PASSWORD: &str = "circle of life";
pub(crate) const REALM: &str = "primary.example";
pub(crate) const LMS: &str = "lms1.core.primary.example";
pub(crate) const MCS: &str = "mcs1.core.primary.example";
pub(crate) const EDGE: &str = "edge.primary.example";

/// A world with one core in it.
pub(crate) struct Fixture {
    pub(crate) lab: Lab,
    pub(crate) core: SipCore,
    pub(crate) disk: Disk,
    pub(crate) config: Config,
}

fn user(name: &str) -> User {
    let secret = |algorithm| Ha1::of(algorithm, name, REALM, PASSWORD);
    User {
        username: name.to_owned(),
        identities: vec![format!("sip:{name}@primary.example")],
        secrets: vec![secret(Algorithm::Sha256), secret(Algorithm::Md5)],
    }
}

fn server(name: &str, psi: &str) -> Server {
    Server {
        hop: hop(name),
        identity: name.to_owned(),
        services: vec![psi.to_owned()],
        third_party: true,
        unregistered: false,
    }
}

pub(crate) fn config() -> Config {
    Config {
        name: "sip-core.core.primary.example".into(),
        domain: "primary.example".to_owned(),
        realm: REALM.to_owned(),
        uri: "sip:sip-core.core.primary.example:5061;transport=tls".to_owned(),
        users: ["alice", "bob"].map(user).into_iter().collect(),
        servers: vec![
            server(LMS, "sip:lms_psi@primary.example"),
            server(MCS, "sip:mcptt_psi@primary.example"),
        ],
        edges: vec![Edge { hop: hop(EDGE), identity: EDGE.to_owned() }],
        registration: Registration { contacts: 2, ..Registration::default() },
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        let (lab, disk) = (Lab::new(), Disk::new());
        for server in [LMS, MCS] {
            lab.connect("core", server, End::Response(sip::Response::new(200)));
        }
        let core = open(&lab, &config, &disk);
        Self { lab, core, disk, config }
    }

    /// The core ends, and another begins over what the first had committed, so much later.
    pub(crate) fn restart(self, later: Duration, servers: End) -> Self {
        let Self { lab, core, disk, config } = self;
        drop((core, lab));
        let lab = Lab::new();
        lab.advance(later);
        for server in [LMS, MCS] {
            lab.connect("core", server, servers.clone());
        }
        let core = open(&lab, &config, &disk);
        lab.run();
        Self { lab, core, disk, config }
    }

    /// What is answered to a REGISTER as it is.
    pub(crate) fn serve(&self, request: &Request, from: Arrival) -> Message {
        self.lab.deliver(&self.core, request, from).expect("is answered")
    }

    /// What is answered to a REGISTER with credentials for a fresh challenge.
    pub(crate) fn register(&self, register: &Register, from: Arrival) -> Message {
        let challenged = self.serve(&register.request(), from.clone());
        assert_eq!(challenged.status(), Some(401));
        self.serve(&register.answering(&challenged, 1), from)
    }

    pub(crate) fn decide(&self, request: &Request, from: &Arrival) -> Decision {
        self.core.request(&message(request), from)
    }

    /// The status with which the chain answers, or none where it does not.
    pub(crate) fn refused(&self, request: &Request, from: &Arrival) -> Option<u16> {
        match self.decide(request, from) {
            Decision::Respond(response) => Some(response.status()),
            _ => None,
        }
    }

    pub(crate) fn forwarded(&self, request: &Request, from: &Arrival) -> (Message, Box<Forward>) {
        match self.decide(request, from) {
            Decision::Forward(forward) => {
                let mut out = bytes::BytesMut::new();
                forward.edits.apply(&message(request), &mut out);
                (Message::parse(out.freeze(), &sip::Limits::default()).expect("is a message"), forward)
            }
            other => panic!("not forwarded: {other:?}"),
        }
    }
}

fn open(lab: &Lab, config: &Config, disk: &Disk) -> SipCore {
    let store = Redb::open_in_memory(disk.clone(), Clock::still(UNIX_EPOCH)).expect("a disk in memory opens");
    open_over(lab, config, Arc::new(store))
}

pub(crate) fn open_over(lab: &Lab, config: &Config, store: Arc<dyn store::Store>) -> SipCore {
    let core = SipCore::open(config.clone(), lab.world("core"), store, &Metrics::default()).now_or_never();
    core.expect("the store in memory is never busy").expect("the store opens")
}

pub(crate) fn message(request: &Request) -> Message {
    message_by(request, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
}

/// As it is after it has taken these hops.
pub(crate) fn message_by(request: &Request, vias: &str) -> Message {
    let mut out = bytes::BytesMut::new();
    request.print(vias.as_bytes(), &mut out);
    Message::parse(out.freeze(), &sip::Limits::default()).expect("a draft prints a message")
}

/// A REGISTER, as a user writes it.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) user: &'static str,
    pub(crate) to: String,
    pub(crate) contact: Option<String>,
    pub(crate) expires: Option<u32>,
    pub(crate) call_id: &'static str,
    pub(crate) cseq: u32,
    pub(crate) more: Vec<(Name, String)>,
    pub(crate) algorithm: Algorithm,
    pub(crate) password: &'static str,
    pub(crate) from: Option<&'static str>,
    pub(crate) digest_uri: &'static str,
}

impl Register {
    pub(crate) fn of(user: &'static str) -> Self {
        Self {
            user,
            to: format!("sip:{user}@primary.example"),
            contact: Some(format!("<sip:{user}@192.0.2.1:5070>;+g.3gpp.mcptt")),
            expires: Some(600),
            call_id: "call-1",
            cseq: 1,
            more: Vec::new(),
            algorithm: Algorithm::Sha256,
            password: PASSWORD,
            from: None,
            digest_uri: "sip:primary.example",
        }
    }

    pub(crate) fn later(mut self) -> Self {
        self.cseq += 1;
        self
    }

    pub(crate) fn request(&self) -> Request {
        let mut request = Request::new(Method::Register, "sip:primary.example")
            .header(Name::From, format!("<{}>;tag=1", self.from.unwrap_or(&self.to)))
            .header(Name::To, format!("<{}>", self.to))
            .header(Name::CallId, self.call_id)
            .header(Name::CSeq, format!("{} REGISTER", self.cseq));
        if let Some(contact) = &self.contact {
            request = request.header(Name::Contact, contact);
        }
        if let Some(expires) = self.expires {
            request = request.header(Name::Expires, expires.to_string());
        }
        self.more.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    /// The REGISTER with an answer to a challenge, as the `count`-th with its nonce.
    pub(crate) fn answering(&self, challenged: &Message, count: u32) -> Request {
        let challenges = challenged.all::<WwwAuthenticate<'_>>().map(|challenge| challenge.expect("is read"));
        let mut nonces = challenges.filter(|c| c.get("algorithm") == Some(self.algorithm.name().as_bytes()));
        let nonce = nonces.next().and_then(|c| c.get("nonce")).expect("the algorithm is offered");
        self.proving(std::str::from_utf8(nonce).expect("is text"), count)
    }

    pub(crate) fn proving(&self, nonce: &str, count: u32) -> Request {
        let (uri, count) = (self.digest_uri, format!("{count:08x}"));
        let exchange = Exchange {
            method: b"REGISTER",
            uri: uri.as_bytes(),
            nonce: nonce.as_bytes(),
            count: count.as_bytes(),
            cnonce: b"c",
        };
        let response = Ha1::of(self.algorithm, self.user, REALM, self.password).response(&exchange);
        self.request().header(
            Name::Authorization,
            format!(
                "Digest username=\"{}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
                 algorithm={}, cnonce=\"c\", qop=auth, nc={count}",
                self.user,
                self.algorithm.name()
            ),
        )
    }
}

/// A MESSAGE of one of the methods, with the headers that a forwarded request has.
pub(crate) fn request(method: Method<'_>, uri: &str, from: &str) -> Request {
    let cseq = format!("1 {method}");
    Request::new(method, uri)
        .header(Name::From, format!("<{from}>;tag=1"))
        .header(Name::To, format!("<{uri}>"))
        .header(Name::CallId, "call-2")
        .header(Name::CSeq, cseq)
}

/// By datagram, from this port of 192.0.2.1.
pub(crate) fn udp(port: u16) -> Arrival {
    let remote: SocketAddr = ([192, 0, 2, 1], port).into();
    Arrival { transport: Transport::Udp, remote, certificate: None, ..arrival("clients", "") }
}

/// Over this stream.
pub(crate) fn tcp(serial: u64) -> Arrival {
    let connection = Some(ConnectionId { shard: 0, serial });
    Arrival { transport: Transport::Tcp, connection, ..udp(40_000) }
}

/// From whoever proves this domain.
pub(crate) fn tls(domain: &str) -> Arrival {
    arrival("inner", domain)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
