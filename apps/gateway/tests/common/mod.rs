//! The border of `primary.example`, its neighbours, and what they send.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic)]

pub mod ends;
pub mod leaving;
pub mod relay;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use bytes::{Bytes, BytesMut};
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

/// What stands among the characters of an identity, and makes two texts of one.
pub const AMONG: [&str; 3] = ["<x/>", "<q:x xmlns:q='urn:q'/>", "<x xmlns=''>y</x>"];

/// A location request, or a report of it, as the sending server writes it.
#[derive(Clone)]
pub struct Draft {
    pub method: &'static str,
    pub uri: String,
    pub from: String,
    pub to: String,
    pub call_id: String,
    pub headers: Vec<String>,
    pub calling: Option<String>,
    pub companion: String,
    pub extra_parts: String,
}

fn identity(element: &str, uri: &str) -> String {
    format!("<{element} type=\"Normal\"><mcsURI>{uri}</mcsURI></{element}>")
}

pub fn companion(kind: &str, flow: &str, system: &str, requester: &str, targets: &[&str]) -> String {
    let targets: String =
        targets.iter().map(|t| format!("<target>{}</target>", identity("mcs-id", t))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <interconnection-info xmlns=\"urn:x-mcx:ns:interconnection-info:1.0\">\n  <icx-Params>\n    \
         <{kind} type=\"Normal\"><mcsString>{flow}</mcsString></{kind}>\n    <request-id>{REQUEST_ID}</request-id>\n    \
         {}\n    {}\n    <target-list>{targets}</target-list>\n  </icx-Params>\n</interconnection-info>\r\n",
        identity("requesting-mc-system-id", system),
        identity("requesting-mcs-id", requester),
    )
}

/// Sample 06: alice's location management server asks where bob and carol are.
pub fn request() -> Draft {
    Draft {
        method: "MESSAGE",
        uri: "sip:lms_psi@partner.example".into(),
        from: "<sip:lms_psi@primary.example>;tag=f1.lms1.core.primary.example".into(),
        to: "<sip:lms_psi@partner.example>".into(),
        call_id: "loc1@lms1.core.primary.example".into(),
        headers: [
            "Via: SIP/2.0/TLS lms1.core.primary.example:5061;branch=z9hG4bKl1",
            "Route: <sip:mcgw-int.primary.example:5061;transport=tls;lr>",
            "Contact: <sip:lms1.core.primary.example:5061;transport=tls>",
            "User-Agent: mcx-lms/0.1 (lms1.core.primary.example)",
            "P-Asserted-Identity: <sip:lms1_psi@core.primary.example>",
            "P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mcptt",
            "Accept-Contact: *;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt\";require;explicit",
        ]
        .map(str::to_owned)
        .to_vec(),
        calling: None,
        companion: companion(
            "req-type",
            REQUEST,
            "sip:primary.example",
            "sip:alice@primary.example",
            &["sip:bob@partner.example", "sip:carol@partner.example"],
        ),
        extra_parts: String::new(),
    }
}

/// Sample 07, as the partner asks us: bob's server asks where alice is.
pub fn partners_request() -> Draft {
    Draft {
        uri: "sip:lms_psi@primary.example".into(),
        from: "<sip:lms_psi@partner.example>;tag=gwf1".into(),
        to: "<sip:lms_psi@primary.example>".into(),
        call_id: "gw-77b1@mcgw.partner.example".into(),
        headers: vec![
            "Via: SIP/2.0/TLS mcgw.partner.example:5061;branch=z9hG4bKg1".into(),
            "P-Asserted-Identity: <sip:mcgw@partner.example>".into(),
        ],
        companion: companion(
            "req-type",
            REQUEST,
            "sip:partner.example",
            "sip:bob@partner.example",
            &["sip:alice@primary.example"],
        ),
        ..request()
    }
}

/// Sample 08: the partner reports on bob and carol to alice.
pub fn partners_report() -> Draft {
    Draft {
        companion: companion(
            "resp-type",
            REPORT,
            "sip:primary.example",
            "sip:alice@primary.example",
            &["sip:bob@partner.example", "sip:carol@partner.example"],
        ),
        ..partners_request()
    }
}

impl Draft {
    pub fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }

    pub fn text(&self) -> String {
        let calling = self.calling.as_deref().map(|uri| {
            format!(
                "<mcptt-calling-user-id type=\"Normal\"><mcpttURI>{uri}</mcpttURI></mcptt-calling-user-id>"
            )
        });
        let part = |media: &str, body: &str| format!("--mcs-1\r\nContent-Type: {media}\r\n\r\n{body}\r\n");
        let body = [
            part(
                "application/vnd.3gpp.mcptt-info+xml",
                &format!(
                    "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params>{}</mcptt-Params></mcpttinfo>",
                    calling.unwrap_or_default()
                ),
            ),
            part(
                "application/vnd.3gpp.mcptt-location-info+xml",
                &format!(
                    "<location-info xmlns=\"urn:3gpp:ns:mcpttLocationInfo:1.0\"><Request RequestId=\"{REQUEST_ID}\" \
                     refresh=\"true\"/></location-info>"
                ),
            ),
            part("application/x.mcx.interconnection-info+xml", &self.companion),
            self.extra_parts.clone(),
            "--mcs-1--\r\n".to_owned(),
        ]
        .concat();
        let headers: String = self.headers.iter().map(|line| format!("{line}\r\n")).collect();
        format!(
            "{method} {} SIP/2.0\r\n{headers}Max-Forwards: 68\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: 1 {method}\r\nContent-Type: multipart/mixed;boundary=\"mcs-1\"\r\nContent-Length: {}\r\n\r\n{body}",
            self.uri,
            self.from,
            self.to,
            self.call_id,
            body.len(),
            method = self.method,
        )
    }

    pub fn message(&self) -> Message {
        parse(self.text())
    }
}

/// A request of that method without a body.
pub fn bare(method: &str, uri: &str) -> Message {
    parse(format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS h.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:lms_psi@primary.example>;tag=1\r\nTo: <{uri}>\r\nCall-ID: 1@h\r\nCSeq: 1 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    ))
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
