//! The two ends of a subscription, as RFC 3261 12 has user agents keep a dialog: an MC service server of the primary system
//! subscribes at the group management server of the partner's.
#![allow(dead_code, missing_docs)]

use gateway::{Hosts, Partner, Sealer};
use sip::{Contact, Message, Name, RecordRoute};
use wire::{AnchorId, Arrival};

use super::{ANCHOR, Border, border_with, from_border, parse, partner, relay::Waiting, with_certificate};

pub const SUBSCRIBER: &str = "<sip:lms1.core.primary.example:5061;transport=tls>";
pub const NOTIFIER: &str = "<sip:lms1.core.partner.example:5061;transport=tls>";

/// Both gateways, each with its partner table: the primary may subscribe at the partner.
pub struct Pair {
    pub near: Border,
    pub far: Border,
    /// Whatever crossed between them.
    pub crossed: Vec<Message>,
}

pub fn agreed(name: &str, change: impl FnOnce(&mut Partner)) -> Partner {
    let mut other = partner(name).media(["application/xcap-diff+xml"]);
    let flows = || ["xcap-diff"].into_iter().collect();
    match name {
        "partner" => other.system.outbound = flows(),
        _ => other.system.inbound = flows(),
    }
    change(&mut other);
    other
}

pub fn near(secrets: &[&str], hide: bool) -> Border {
    let others = vec![agreed("partner", |other| other.hide = hide), agreed_third()];
    border_with("primary", others, sealer(secrets))
}

pub fn far(secrets: &[&str], hide: bool) -> Border {
    border_with("partner", vec![agreed("primary", |other| other.hide = hide)], sealer(secrets))
}

/// Another partner of the primary system, under the same agreement.
fn agreed_third() -> Partner {
    let mut third = partner("third").media(["application/xcap-diff+xml"]);
    third.system.outbound = ["xcap-diff"].into_iter().collect();
    third
}

fn sealer(secrets: &[&str]) -> Sealer {
    Sealer::new(secrets.iter().map(|secret| secret.repeat(16).into_bytes())).unwrap()
}

impl Pair {
    pub fn new(hide: bool) -> Self {
        Self { near: near(&["near"], hide), far: far(&["far!"], hide), crossed: Vec::new() }
    }

    pub fn hosts() -> Hosts {
        Hosts::new(["*.core.primary.example", "*.core.partner.example"]).unwrap()
    }

    /// A request of the subscriber, the answer that `answer` makes of what arrives, and that answer as it comes back.
    pub fn out(&mut self, request: &Message, answer: impl FnOnce(&Message) -> Message) -> (Message, Message) {
        let (between, first) = self.near.pass(&through_proxy(request), &from_subscriber()).unwrap();
        let (arrived, second) = self.far.pass(&between, &from_near()).unwrap();
        self.crossed.push(between);
        let answered = self.returned(&answer(&arrived), second, first, false);
        (arrived, answered)
    }

    /// A request of the notifier likewise.
    pub fn notify(
        &mut self,
        request: &Message,
        answer: impl FnOnce(&Message) -> Message,
    ) -> (Message, Message) {
        let (between, first) = self.far.pass(request, &from_notifier()).unwrap();
        let (arrived, second) = self.near.pass(&between, &from_far()).unwrap();
        self.crossed.push(between);
        let answered = self.returned(&answer(&arrived), second, first, true);
        (arrived, answered)
    }

    fn returned(&mut self, answer: &Message, second: Waiting, first: Waiting, to_notifier: bool) -> Message {
        let (own, other) = if to_notifier { (&self.near, &self.far) } else { (&self.far, &self.near) };
        let between = own.back(answer, &second);
        let back = other.back(&between, &first);
        self.crossed.push(between);
        back
    }
}

/// RFC 3261 16.4: the inner proxy takes its own Route off.
pub fn through_proxy(request: &Message) -> Message {
    let text = String::from_utf8_lossy(request.bytes());
    parse(text.replacen("Route: <sip:lms1.core.primary.example:5070;lr>\r\nRoute", "Route", 1))
}

pub fn from_subscriber() -> Arrival {
    with_certificate("inner", "lms1.core.primary.example")
}

pub fn from_notifier() -> Arrival {
    with_certificate("inner", "lms1.core.partner.example")
}

pub fn from_near() -> Arrival {
    from_border("mcgw.primary.example", ANCHOR)
}

pub fn from_far() -> Arrival {
    from_border("mcgw.partner.example", ANCHOR)
}

pub fn from_third() -> Arrival {
    from_border("mcgw.third.example", ANCHOR)
}

pub fn from_impostor() -> Arrival {
    from_border("mcgw.partner.example", AnchorId([9; 32]))
}

/// One end's view of a dialog (RFC 3261 12.1).
#[derive(Clone, Debug)]
pub struct Dialog {
    pub call_id: String,
    pub own: String,
    pub other: String,
    pub target: String,
    pub routes: Vec<String>,
    pub contact: &'static str,
    pub cseq: u32,
}

fn text(message: &Message, name: Name) -> String {
    message.header(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

fn contact(message: &Message) -> String {
    let contact = message.typed::<Contact<'_>>().unwrap().unwrap();
    String::from_utf8_lossy(contact.uri).into_owned()
}

fn recorded(message: &Message) -> Vec<String> {
    let all = message.all::<RecordRoute<'_>>().map(|route| route.unwrap().uri.to_vec());
    all.map(|uri| String::from_utf8(uri).unwrap()).collect()
}

impl Dialog {
    /// As the end that subscribed learns it from the answer.
    pub fn of_answer(answer: &Message) -> Self {
        Self {
            call_id: text(answer, Name::CallId),
            own: text(answer, Name::From),
            other: text(answer, Name::To),
            target: contact(answer),
            routes: recorded(answer).into_iter().rev().collect(),
            contact: SUBSCRIBER,
            cseq: 1,
        }
    }

    /// As the end that was subscribed at learns it from the request.
    pub fn of_request(request: &Message, tag: &str) -> Self {
        Self {
            call_id: text(request, Name::CallId),
            own: format!("{};tag={tag}", text(request, Name::To)),
            other: text(request, Name::From),
            target: contact(request),
            routes: recorded(request),
            contact: NOTIFIER,
            cseq: 1,
        }
    }

    pub fn request(&mut self, method: &str, more: &str, body: &str) -> Message {
        self.cseq += 1;
        let routes: String = self.routes.iter().map(|route| format!("Route: <{route}>\r\n")).collect();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/xcap-diff+xml\r\n" };
        parse(format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/TLS end.core.primary.example;branch=z9hG4bK{}\r\n{routes}\
             Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\nContact: {}\r\n\
             Event: xcap-diff\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
            self.target,
            self.cseq,
            self.own,
            self.other,
            self.call_id,
            self.cseq,
            self.contact,
            body.len(),
        ))
    }
}

/// The first SUBSCRIBE, with an inner proxy between the server and its gateway that stays in the way where `recorded`.
pub fn subscribe(recorded: &str) -> Message {
    parse(format!(
        "SUBSCRIBE sip:lms_psi@partner.example SIP/2.0\r\n\
         Via: SIP/2.0/TLS lms1.core.primary.example:5061;branch=z9hG4bKs1\r\n\
         Route: <sip:mcgw-int.primary.example;lr>\r\n{recorded}Max-Forwards: 70\r\n\
         From: <sip:mcptt_psi@primary.example>;tag=s1.lms1.core.primary.example\r\nTo: <sip:lms_psi@partner.example>\r\n\
         Call-ID: sub1@lms1.core.primary.example\r\nCSeq: 1 SUBSCRIBE\r\n\
         Contact: {SUBSCRIBER};+g.3gpp.mcptt;+sip.instance=\"<urn:uuid:1>\"\r\nEvent: xcap-diff;diff-processing=aggregate\r\n\
         Accept: application/xcap-diff+xml\r\nExpires: 3600\r\nUser-Agent: lms1.core.primary.example\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

/// The answer of an end to what arrived there (RFC 3261 8.2.6, 12.1.1).
pub fn answer(status: u16, arrived: &Message, tag: &str, contact: &str) -> Message {
    let copied = |name: Name| -> String {
        arrived.headers().filter(|h| h.name == name).fold(String::new(), |text, header| {
            text + &format!("{}: {}\r\n", name.canonical(), String::from_utf8_lossy(header.value))
        })
    };
    let to = text(arrived, Name::To);
    let to = if to.contains(";tag=") { to } else { format!("{to};tag={tag}") };
    parse(format!(
        "SIP/2.0 {status} X\r\n{}From: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n{}Contact: {contact}\r\n\
         Expires: 3600\r\nServer: lms1.core.partner.example\r\nContent-Length: 0\r\n\r\n",
        copied(Name::Via),
        text(arrived, Name::From),
        text(arrived, Name::CallId),
        text(arrived, Name::CSeq),
        copied(Name::RecordRoute),
    ))
}
