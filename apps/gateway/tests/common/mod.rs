//! The border of `primary.example`, its neighbours, and what they send.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic)]

pub mod drafts;
pub mod ends;
pub mod leaving;
pub mod relay;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use bytes::{Bytes, BytesMut};
#[allow(unused_imports, reason = "each test binary uses its own part")]
pub use drafts::*;
use gateway::{Gateway, Hosts, Identity, Inside, Metrics, Partner, Parts, Sealer, Services};
use kit::partner::{self, Way};
use sip::{Limits, Message, Name, Response};
use wire::{
    AnchorId, Arrival, Certificate, ConnectionId, Decision, Entry, Forward, Hop, Inline as _, Kind, Recorder,
    TlsPeer, Transport,
};

pub const REQUEST: &str = "location-information-request";
pub const REPORT: &str = "location-information-report";
pub const ANCHOR: AnchorId = AnchorId([7; 32]);
pub const REQUEST_ID: &str = "c1b0f1c2-0f7a-4d4e-8b3e-5f6f6f0c2a11";

/// Keeps every entry.
#[derive(Default)]
pub struct Notes(Mutex<Vec<Entry>>);

impl Recorder for Notes {
    fn record(&self, entry: Entry) {
        self.0.lock().unwrap().push(entry);
    }
}

impl Notes {
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A gateway and what it was heard to say.
pub struct Border {
    pub gateway: Gateway,
    pub notes: Arc<Notes>,
    pub metrics: Metrics,
}

pub fn hop(name: &str, address: &str) -> Hop {
    let tls = TlsPeer { profile: "border".into(), domain: name.into(), anchor: Some(ANCHOR) };
    Hop {
        name: name.into(),
        transport: Transport::Tls,
        address: address.parse().unwrap(),
        tls: Some(tls),
        connection: None,
        streams: wire::Streams::default(),
    }
}

/// The system `NAME.example` with its gateway `mcgw.NAME.example`, as a partner: location in both directions.
pub fn partner(name: &str) -> Partner {
    let domain = format!("{name}.example");
    let gateway = format!("mcgw.{domain}");
    let system = partner::Partner {
        name: domain.as_str().into(),
        domains: vec![domain.as_str().into()],
        identities: vec![gateway.as_str().into()],
        anchor: Some(ANCHOR),
        inbound: [REQUEST, REPORT].into_iter().collect(),
        outbound: [REQUEST, REPORT].into_iter().collect(),
        merge_unknown_and_refused: false,
        way: Way::Gateway,
        services: HashMap::new(),
        hop: Some(hop(&gateway, "198.51.100.1:5061")),
    };
    Partner::new(system).media([
        "application/vnd.3gpp.mcptt-info+xml",
        "application/vnd.3gpp.mcptt-location-info+xml",
        "application/x.mcx.interconnection-info+xml",
    ])
}

/// The border of the system `NAME.example`.
pub fn border(name: &str, partners: Vec<Partner>) -> Border {
    let notes = Arc::new(Notes::default());
    watched_border(name, partners, sealer(name), notes.clone(), notes)
}

/// The same with these keys.
pub fn border_with(name: &str, partners: Vec<Partner>, sealer: Sealer) -> Border {
    let notes = Arc::new(Notes::default());
    watched_border(name, partners, sealer, notes.clone(), notes)
}

fn sealer(name: &str) -> Sealer {
    Sealer::new([name.repeat(16).into_bytes()]).unwrap()
}

/// The same with these services behind it, beside the location management server.
pub fn border_of_services(name: &str, partners: Vec<Partner>, add: impl FnOnce(&mut Services)) -> Border {
    let notes = Arc::new(Notes::default());
    assembled(name, partners, sealer(name), (notes.clone(), notes), add)
}

fn watched_border(
    name: &str,
    partners: Vec<Partner>,
    sealer: Sealer,
    notes: Arc<Notes>,
    recorder: Arc<dyn Recorder>,
) -> Border {
    assembled(name, partners, sealer, (notes, recorder), |_| ())
}

fn assembled(
    name: &str,
    partners: Vec<Partner>,
    sealer: Sealer,
    (notes, recorder): (Arc<Notes>, Arc<dyn Recorder>),
    add: impl FnOnce(&mut Services),
) -> Border {
    let domain = format!("{name}.example");
    let host = format!("mcgw.{domain}");
    let core = format!("*.core.{domain}");
    let internal = Hosts::new([core.as_str(), "10.0.0.0/8", "2001:db8:c0::/48"]).unwrap();
    let mut services = Services::default();
    let lms = hop(&format!("lms1.core.{domain}"), "10.0.0.5:5061");
    services.add(&format!("sip:lms_psi@{domain}"), lms).unwrap();
    add(&mut services);
    let metrics = Metrics::default();
    let parts = Parts {
        identity: Identity {
            name: host.as_str().into(),
            host: host.clone(),
            aliases: vec![format!("mcgw-int.{domain}")],
            uri: format!("sip:mcgw@{domain}"),
            domains: vec![domain.clone()],
            border: format!("{host}:5061;transport=tls"),
            inner: format!("mcgw-int.{domain}:5062;transport=tls"),
        },
        inside: Inside {
            listeners: vec!["inner".into(), "inner-udp".into()],
            certificates: Hosts::new([core.as_str()]).unwrap(),
            addresses: Hosts::new(["10.0.0.0/24"]).unwrap(),
            internal,
        },
        border: vec!["border".into()],
        services,
        sealer,
        metrics: metrics.clone(),
        recorder,
    };
    Border { gateway: Gateway::new(parts, partners), notes, metrics }
}

pub fn primary() -> Border {
    border("primary", vec![partner("partner")])
}

/// The same with the partner changed.
pub fn primary_where(change: impl FnOnce(&mut Partner)) -> Border {
    let mut other = partner("partner");
    change(&mut other);
    border("primary", vec![other])
}

fn arrival(listener: &str, transport: Transport, remote: &str, proves: Option<(&str, AnchorId)>) -> Arrival {
    let certificate = proves.map(|(domain, anchor)| Certificate {
        identities: vec![wire::Identity::Dns(domain.to_owned())],
        anchor,
        not_after: SystemTime::UNIX_EPOCH,
    });
    Arrival {
        listener: listener.into(),
        transport,
        local: "10.0.0.1:5061".parse().unwrap(),
        remote: remote.parse().unwrap(),
        connection: transport.is_reliable().then_some(ConnectionId { shard: 0, serial: 1 }),
        certificate: certificate.map(Arc::new),
    }
}

/// Our own location management server, by TLS.
pub fn from_lms() -> Arrival {
    arrival("inner", Transport::Tls, "10.0.0.5:40000", Some(("lms1.core.primary.example", AnchorId([1; 32]))))
}

/// The partner's gateway.
pub fn from_partner() -> Arrival {
    from_border("mcgw.partner.example", ANCHOR)
}

pub fn from_border(domain: &str, anchor: AnchorId) -> Arrival {
    arrival("border", Transport::Tls, "198.51.100.1:40000", Some((domain, anchor)))
}

/// Somebody, somewhere.
pub fn from_stranger(listener: &str, transport: Transport, remote: &str) -> Arrival {
    arrival(listener, transport, remote, None)
}

pub fn with_certificate(listener: &str, domain: &str) -> Arrival {
    arrival(listener, Transport::Tls, "10.0.0.9:40000", Some((domain, AnchorId([1; 32]))))
}

pub fn parse(text: impl Into<Bytes>) -> Message {
    Message::parse(text.into(), &Limits::default()).unwrap()
}

impl Border {
    /// The same border of the primary system with nobody listening, as in operation.
    pub fn silent(self) -> Self {
        let partners = self.gateway.partners().iter().cloned().collect();
        watched_border("primary", partners, sealer("primary"), self.notes, Arc::new(wire::Silent))
    }

    pub fn forwarded(&self, message: &Message, arrival: &Arrival) -> (Forward, Message) {
        match self.gateway.request(message, arrival) {
            Decision::Forward(forward) => {
                let written = apply(&forward, message);
                (*forward, written)
            }
            other => panic!("not forwarded: {other:?} {:?}", self.notes.take()),
        }
    }

    /// Status and the step that ended the chain.
    pub fn refused(&self, message: &Message, arrival: &Arrival) -> (Response, String) {
        self.notes.take();
        let Decision::Respond(response) = self.gateway.request(message, arrival) else {
            panic!("not refused");
        };
        let rule = self.notes.take().into_iter().find_map(|entry| match entry.kind {
            Kind::Decided { rule, .. } => Some(rule),
            _ => None,
        });
        (response, rule.unwrap_or_default())
    }

    /// Asserts a refusal by step, status and `cause-code`.
    #[track_caller]
    pub fn assert_refused(&self, message: &Message, arrival: &Arrival, step: &str, status: u16, cause: &str) {
        let (response, rule) = self.refused(message, arrival);
        let printed = print(&response, message);
        let code = printed.extension(kit::refusal::CAUSE_HEADER).map(String::from_utf8_lossy);
        assert_eq!(
            (rule.as_str(), response.status(), code.as_deref().unwrap_or_default()),
            (step, status, cause)
        );
    }
}

/// What the driver would write, but for Via and Max-Forwards.
pub fn apply(forward: &Forward, message: &Message) -> Message {
    let mut out = BytesMut::new();
    let mut edits = forward.edits.clone();
    if forward.vias == wire::Vias::Replace {
        edits.set(Name::Via, b"SIP/2.0/TLS mcgw.primary.example:5061;branch=z9hG4bKg1");
    }
    edits.apply(message, &mut out);
    parse(out.freeze())
}

pub fn print(response: &Response, request: &Message) -> Message {
    let mut out = BytesMut::new();
    response.print(request, "gw", &mut out);
    parse(out.freeze())
}

pub fn value(message: &Message, name: Name) -> String {
    message.header(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}
