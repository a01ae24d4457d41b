use std::sync::Arc;

use futures::FutureExt as _;
use kit::testing::{End, Lab, arrival};
use sip::{Message, Name, Response};
use wire::{Arrival, BoxFuture, Reply, Service, WireError};

use crate::testing::{ALICE, Fixture, LMS, MCS, Register, seconds, udp};

/// Expires and CSeq of every third-party REGISTER to a server.
fn told(lab: &Lab, server: &str) -> Vec<(String, String)> {
    let text = |message: &Message, name| String::from_utf8_lossy(message.header(name).unwrap()).into_owned();
    lab.sent(server).iter().map(|message| (text(message, Name::Expires), text(message, Name::CSeq))).collect()
}

fn expiries(lab: &Lab, server: &str) -> Vec<String> {
    told(lab, server).into_iter().map(|(expires, _)| expires).collect()
}

#[test]
fn a_log_on_reaches_every_server_with_the_users_own_register() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    for server in [LMS, MCS] {
        assert_eq!(expiries(&at.lab, server), ["600"]);
    }
    let sent = at.lab.sent(MCS).remove(0);
    assert_eq!(sent.request_uri(), b"sip:mcptt_psi@primary.example");
    assert_eq!(sent.header(Name::To), Some(format!("<{ALICE}>").as_bytes()));
    assert_eq!(sent.header(Name::ContentType), Some(&b"message/sip"[..]));
    let inner = Message::parse(sent.body_bytes(), &sip::Limits::default()).unwrap();
    assert_eq!(inner.request_uri(), b"sip:primary.example");
    assert!(inner.header(Name::Contact).is_some());
    assert!(inner.header(Name::Authorization).is_none(), "credentials are nobody else's");
}

#[test]
fn the_servers_hear_of_it_after_the_user_does() {
    let at = Fixture::new();
    at.serve(&Register::of("alice").request(), udp(5070));
    assert!(at.lab.sent(LMS).is_empty(), "nothing is said of a user who has proved nothing");
}

#[test]
fn a_refresh_is_told_and_a_log_off_by_the_user_too() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    at.register(&Register::of("alice").later(), udp(5070));
    at.register(&Register { expires: Some(0), ..Register::of("alice").later().later() }, udp(5070));
    assert_eq!(expiries(&at.lab, LMS), ["600", "600", "0"]);
    let call_ids: Vec<_> = at.lab.sent(LMS).iter().map(|message| message.call_id().to_vec()).collect();
    assert!(call_ids.windows(2).all(|pair| pair[0] == pair[1]), "RFC 3261 10.2: one Call-ID, rising CSeq");
    let cseqs: Vec<_> = told(&at.lab, LMS).into_iter().map(|(_, cseq)| cseq).collect();
    assert_eq!(cseqs, ["1 REGISTER", "2 REGISTER", "3 REGISTER"]);
}

#[test]
fn an_expiry_is_a_log_off() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    at.lab.advance(seconds(599));
    assert_eq!(expiries(&at.lab, LMS), ["600"]);
    at.lab.advance(seconds(1));
    assert_eq!(expiries(&at.lab, LMS), ["600", "0"]);
    assert!(at.lab.sent(LMS).last().unwrap().body().is_empty());
    assert_eq!(at.core.registered(), (0, 0));
}

#[test]
fn a_refreshed_registration_does_not_end_at_its_first_time() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    at.lab.advance(seconds(500));
    at.register(&Register::of("alice").later(), udp(5070));
    at.lab.advance(seconds(500));
    assert_eq!(expiries(&at.lab, LMS), ["600", "600"]);
    at.lab.advance(seconds(100));
    assert_eq!(expiries(&at.lab, LMS), ["600", "600", "0"]);
}

#[test]
fn one_of_two_devices_going_is_no_log_off() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    let second = Register {
        contact: Some("<sip:alice@192.0.2.1:5080>".to_owned()),
        call_id: "call-9",
        expires: Some(1200),
        ..Register::of("alice")
    };
    at.register(&second, udp(5080));
    at.lab.advance(seconds(700));
    assert_eq!(expiries(&at.lab, LMS), ["600", "1200"]);
    assert_eq!(at.core.registered(), (1, 1));
}

#[test]
fn an_outage_is_waited_out_with_growing_pauses() {
    let at = Fixture::new();
    at.lab.connect("core", LMS, End::Fails(WireError::Timeout));
    at.register(&Register::of("alice"), udp(5070));
    assert_eq!(told(&at.lab, LMS).len(), 1);
    at.lab.advance(seconds(1));
    assert_eq!(told(&at.lab, LMS).len(), 2);
    at.lab.advance(seconds(1));
    assert_eq!(told(&at.lab, LMS).len(), 2, "the second pause is two seconds");
    at.lab.connect("core", LMS, End::Response(Response::new(200)));
    at.lab.advance(seconds(60));
    assert_eq!(told(&at.lab, LMS).last().unwrap(), &("597".to_owned(), "3 REGISTER".to_owned()));
    assert_eq!(expiries(&at.lab, MCS), ["600"], "the others are not held up");
}

#[test]
fn the_time_that_a_server_names_is_kept() {
    let at = Fixture::new();
    at.lab.connect("core", LMS, End::Response(Response::new(503).header(Name::RetryAfter, "20")));
    at.register(&Register::of("alice"), udp(5070));
    at.lab.advance(seconds(19));
    assert_eq!(told(&at.lab, LMS).len(), 1);
    at.lab.advance(seconds(1));
    assert_eq!(told(&at.lab, LMS).len(), 2);
}

#[test]
fn a_server_that_refuses_is_not_asked_again_and_hears_of_the_log_off() {
    let at = Fixture::new();
    at.lab.connect("core", LMS, End::Response(Response::new(403)));
    at.register(&Register::of("alice"), udp(5070));
    at.lab.advance(seconds(590));
    assert_eq!(expiries(&at.lab, LMS), ["600"]);
    at.lab.advance(seconds(10));
    assert_eq!(expiries(&at.lab, LMS), ["600", "0"]);
}

#[test]
fn a_log_on_that_nobody_took_ends_as_a_log_off() {
    let at = Fixture::new();
    at.lab.connect("core", LMS, End::Fails(WireError::Timeout));
    at.register(&Register::of("alice"), udp(5070));
    at.lab.advance(seconds(660));
    assert_eq!(expiries(&at.lab, LMS).last().unwrap(), "0");
    at.lab.connect("core", LMS, End::Response(Response::new(200)));
    at.lab.advance(seconds(120));
    let told = told(&at.lab, LMS).len();
    at.lab.advance(seconds(3600));
    assert_eq!(at.lab.sent(LMS).len(), told, "said once, it is said");
}

#[test]
fn what_was_pending_is_told_after_a_restart() {
    let at = Fixture::new();
    at.lab.connect("core", LMS, End::Fails(WireError::Timeout));
    at.register(&Register::of("alice"), udp(5070));
    let at = at.restart(seconds(60), End::Response(Response::new(200)));
    assert_eq!(expiries(&at.lab, LMS), ["540"]);
    let inner = Message::parse(at.lab.sent(LMS)[0].body_bytes(), &sip::Limits::default()).unwrap();
    assert_eq!(inner.method(), sip::Method::Register);
    assert!(at.lab.sent(MCS).is_empty(), "this one had acknowledged");
}

#[test]
fn what_expired_while_the_core_was_down_is_told_when_it_starts() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    let at = at.restart(seconds(700), End::Response(Response::new(200)));
    assert_eq!(expiries(&at.lab, LMS), ["0"]);
    assert_eq!(expiries(&at.lab, MCS), ["0"]);
}

/// What one device says of itself no other does: TS 24.379 7.3.2.
#[test]
fn of_two_devices_that_register_while_a_server_is_away_each_is_told() {
    let at = Fixture::new();
    at.lab.connect("core", LMS, End::Fails(WireError::Timeout));
    let of = |port: u16, instance: &str, call_id| Register {
        contact: Some(format!("<sip:alice@192.0.2.1:{port}>;+sip.instance=\"<urn:uuid:{instance}>\"")),
        call_id,
        ..Register::of("alice")
    };
    let (one, other) = (of(5070, "one", "call-1"), of(5080, "other", "call-9"));
    at.register(&one, udp(5070));
    at.register(&other, udp(5080));
    at.register(&one.later(), udp(5070));
    let before = told(&at.lab, LMS).len();
    let at = at.restart(seconds(60), End::Response(Response::new(200)));
    let contacts = |server| {
        let inner =
            |message: &Message| Message::parse(message.body_bytes(), &sip::Limits::default()).unwrap();
        let contact = |message: &Message| inner(message).header(Name::Contact).unwrap().to_vec();
        at.lab.sent(server).iter().map(contact).collect::<Vec<_>>()
    };
    let told_of: Vec<_> =
        contacts(LMS).iter().map(|contact| contact.windows(5).any(|it| it == b"other")).collect();
    assert_eq!(
        (before, told_of),
        (1, vec![true, false]),
        "the last of each, in the order in which they came"
    );
    let cseqs: Vec<u32> =
        told(&at.lab, LMS).iter().map(|(_, cseq)| cseq.split(' ').next().unwrap().parse().unwrap()).collect();
    assert!(cseqs.windows(2).all(|pair| pair[0] < pair[1]), "{cseqs:?}");
    at.lab.advance(seconds(300));
    assert_eq!(contacts(LMS).len(), 2, "said once, it is said");
}

/// A server that fails at one device, and takes all others.
struct Stumbles(&'static str);

impl Service for Stumbles {
    fn serve(&self, request: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        let status = if String::from_utf8_lossy(request.body()).contains(self.0) { 500 } else { 200 };
        async move { Response::new(status).into() }.boxed()
    }
}

/// What a server fails at again and again keeps no other device from it.
#[test]
fn of_a_device_that_cannot_be_told_the_server_is_told_no_more_once_it_takes_another() {
    let at = Fixture::new();
    let stumbles =
        End::Service { service: Arc::new(Stumbles("5070")), arrival: arrival("core", LMS), asserted: None };
    at.lab.connect("core", LMS, stumbles);
    let of = |port: u16, call_id| Register {
        contact: Some(format!("<sip:alice@192.0.2.1:{port}>;+sip.instance=\"<urn:uuid:{port}>\"")),
        call_id,
        ..Register::of("alice")
    };
    at.register(&of(5070, "call-1"), udp(5070));
    at.lab.advance(seconds(1));
    assert_eq!(told(&at.lab, LMS).len(), 2, "it is said again");
    at.register(&of(5080, "call-9"), udp(5080));
    at.lab.advance(seconds(60));
    let is_taken =
        |message: &Message| String::from_utf8_lossy(message.body_bytes().as_ref()).contains("5080");
    assert_eq!(at.lab.sent(LMS).iter().filter(|message| is_taken(message)).count(), 1);
    let said = at.lab.sent(LMS).len();
    at.lab.advance(seconds(300));
    assert_eq!(at.lab.sent(LMS).len(), said, "and of the first no more");
    let cseqs: Vec<u32> =
        told(&at.lab, LMS).iter().map(|(_, cseq)| cseq.split(' ').next().unwrap().parse().unwrap()).collect();
    assert!(cseqs.windows(2).all(|pair| pair[0] < pair[1]), "{cseqs:?}");
}
