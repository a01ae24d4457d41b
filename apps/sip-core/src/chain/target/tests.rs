use bytes::BytesMut;
use sip::{Message, Method, Name, Request};
use wire::{Arrival, Branch, Forward, Opened};

use crate::{
    config::Registration,
    testing::{ALICE, BOB, EDGE, Fixture, LMS, Register, config, message, request, seconds, tcp, tls, udp},
};

const SERVICE: &str = "sip:lms_psi@primary.example";

/// One of alice's devices, under its own contact.
fn device(contact: &str) -> Register {
    Register { contact: Some(contact.to_owned()), ..Register::of("alice") }
}

/// Alice with these devices, registered one after the other, a second between two.
fn with(devices: &[(&str, Arrival)]) -> Fixture {
    let contacts = devices.len();
    let at = Fixture::with(crate::Config {
        registration: Registration { contacts, ..Registration::default() },
        ..config()
    });
    for (contact, arrival) in devices {
        at.register(&device(contact), arrival.clone());
        at.lab.advance(seconds(1));
    }
    at
}

/// What each branch is sent, in the order in which they are tried.
fn branches(at: &Fixture, uri: &str) -> Vec<Message> {
    let asked = request(Method::Message, uri, SERVICE);
    let (first, forward) = at.forwarded(&asked, &tls(LMS));
    let Forward { others, .. } = *forward;
    let sent = |branch: Branch| {
        let mut out = BytesMut::new();
        branch.edits.apply(&message(&asked), &mut out);
        Message::parse(out.freeze(), &sip::Limits::default()).expect("is a message")
    };
    std::iter::once(first).chain(others.into_iter().map(sent)).collect()
}

fn contacts(at: &Fixture, asked: &str) -> Vec<String> {
    let contact = |sent: &Message| String::from_utf8_lossy(sent.request_uri()).into_owned();
    branches(at, asked).iter().map(contact).collect()
}

#[test]
fn rfc3261_16_6_every_device_of_a_user_is_a_branch_by_preference_then_the_latest_first() {
    let at = with(&[
        ("<sip:alice@192.0.2.1:5071>", udp(5071)),
        ("<sip:alice@192.0.2.1:5072>;q=0.5", udp(5072)),
        ("<sip:alice@192.0.2.1:5073>", udp(5073)),
    ]);
    let order = ["sip:alice@192.0.2.1:5073", "sip:alice@192.0.2.1:5071", "sip:alice@192.0.2.1:5072"];
    assert_eq!(contacts(&at, ALICE), order);
    at.register(&device("<sip:alice@192.0.2.1:5071>").later(), udp(5071));
    let order = ["sip:alice@192.0.2.1:5071", "sip:alice@192.0.2.1:5073", "sip:alice@192.0.2.1:5072"];
    assert_eq!(contacts(&at, ALICE), order, "the one that has just refreshed");
}

#[test]
fn rfc3261_16_6_each_branch_says_whose_it_is_and_has_the_path_of_its_own_device() {
    let at = with(&[("<sip:alice@192.0.2.1:5071>", udp(5071)), ("<sip:alice@192.0.2.1:5072>", udp(5072))]);
    let path = vec![(Name::Path, format!("<sip:{EDGE};lr>"))];
    let behind = Register { more: path, ..device("<sip:alice@192.0.2.1:5072>").later() };
    at.register(&behind, tls(EDGE));
    let branches = branches(&at, ALICE);
    for sent in &branches {
        assert_eq!(sent.header(Name::PCalledPartyId), Some(format!("<{ALICE}>").as_bytes()));
    }
    let routes: Vec<_> = branches.iter().map(|sent| sent.header(Name::Route).is_some()).collect();
    assert_eq!(routes, [true, false], "none has what is another's");
}

#[test]
fn rfc3261_12_2_a_contact_is_that_device_and_no_other() {
    let at = with(&[("<sip:alice@192.0.2.1:5071>", udp(5071)), ("<sip:alice@192.0.2.1:5072>", udp(5072))]);
    assert_eq!(contacts(&at, "sip:alice@192.0.2.1:5071"), ["sip:alice@192.0.2.1:5071"]);
}

/// Anybody may register any contact: it says who is meant only where To does not.
#[test]
fn rfc3261_12_2_of_two_users_with_one_contact_the_one_is_meant_whom_to_names() {
    let shared = "sip:device@192.0.2.1:5071";
    let at = Fixture::new();
    for (user, port) in [("bob", 5072), ("alice", 5071)] {
        at.register(&Register { contact: Some(format!("<{shared}>")), ..Register::of(user) }, udp(port));
    }
    let to = |whom: &str| {
        Request::new(Method::Message, shared)
            .header(Name::From, format!("<{SERVICE}>;tag=1"))
            .header(Name::To, format!("<{whom}>;tag=2"))
            .header(Name::CallId, "call-2")
            .header(Name::CSeq, "2 MESSAGE")
    };
    for whom in [ALICE, BOB] {
        let (sent, _) = at.forwarded(&to(whom), &tls(LMS));
        assert_eq!(sent.header(Name::PCalledPartyId), Some(format!("<{whom}>").as_bytes()));
    }
    assert_eq!(at.refused(&to("sip:nobody@elsewhere.example"), &tls(LMS)), Some(480), "either may be meant");
    at.register(
        &Register { expires: Some(0), contact: Some(format!("<{shared}>")), ..Register::of("alice") }.later(),
        udp(5071),
    );
    assert_eq!(at.refused(&to(ALICE), &tls(LMS)), Some(480), "what is hers is nobody else's");
    let (sent, _) = at.forwarded(&to("sip:nobody@elsewhere.example"), &tls(LMS));
    assert_eq!(sent.header(Name::PCalledPartyId), Some(format!("<{BOB}>").as_bytes()));
}

#[test]
fn rfc4320_no_more_devices_are_tried_than_can_answer_in_time() {
    let names: Vec<String> = (0..10).map(|n| format!("<sip:alice@192.0.2.1:{}>", 5071 + n)).collect();
    let devices: Vec<_> = names.iter().zip(5071..).map(|(name, port)| (name.as_str(), udp(port))).collect();
    assert_eq!(branches(&with(&devices), ALICE).len(), proxy::search::TARGETS);
}

#[test]
fn rfc3841_7_2_a_device_that_is_ruled_out_is_not_tried_either() {
    let at = with(&[
        ("<sip:alice@192.0.2.1:5071>", udp(5071)),
        ("<sip:alice@192.0.2.1:5072>;+g.3gpp.mcptt", udp(5072)),
    ]);
    let asked = request(Method::Message, ALICE, SERVICE)
        .header(Name::AcceptContact, "*;+g.3gpp.mcptt;require;explicit");
    let (sent, forward) = at.forwarded(&asked, &tls(LMS));
    assert_eq!((sent.request_uri(), forward.others.len()), (&b"sip:alice@192.0.2.1:5072"[..], 0));
}

#[test]
fn rfc3841_7_2_whoever_requires_an_instance_reaches_that_device_alone_or_nobody() {
    let [one, other] = ["one", "other"].map(|name| format!("+sip.instance=\"<urn:uuid:{name}>\""));
    let [desk, field] = [("5071", &one), ("5072", &other)]
        .map(|(port, instance)| format!("<sip:alice@192.0.2.1:{port}>;{instance};+g.3gpp.mcptt"));
    let at = with(&[(&desk, udp(5071)), (&field, udp(5072))]);
    let asked = |instance: &str| {
        request(Method::Message, ALICE, SERVICE)
            .header(Name::AcceptContact, "*;+g.3gpp.mcptt;require;explicit")
            .header(Name::AcceptContact, format!("*;{instance};require;explicit"))
    };
    for (instance, contact) in [(&one, "sip:alice@192.0.2.1:5071"), (&other, "sip:alice@192.0.2.1:5072")] {
        let (sent, forward) = at.forwarded(&asked(instance), &tls(LMS));
        assert_eq!((sent.request_uri(), forward.others.len()), (contact.as_bytes(), 0));
    }
    let nobody = asked("+sip.instance=\"<urn:uuid:third>\"");
    assert_eq!(at.refused(&nobody, &tls(LMS)), Some(480));
}

#[test]
fn rfc5626_5_3_a_device_that_listens_nowhere_is_reached_by_its_flow_or_not_at_all() {
    let opened = |contact: &str, arrival: Arrival| {
        let at = with(&[(contact, arrival)]);
        at.forwarded(&request(Method::Message, ALICE, SERVICE), &tls(LMS)).1.hop.streams.opened
    };
    assert_eq!(opened("<sip:alice.1@device.invalid>", tcp(3)), Opened::None);
    assert_eq!(opened("<sip:alice@203.0.113.9:7000>", tcp(3)), Opened::None);
    assert_eq!(opened("<sip:alice@192.0.2.1:7000>", tcp(3)), Opened::PerShard);
    assert_eq!(opened("<sip:alice@device.invalid>", udp(5071)), Opened::PerShard, "datagrams have no stream");
}

/// RFC 3261 19.1.1: neither stands in a Request-URI.
#[test]
fn rfc3261_16_6_step_2_a_contact_is_asked_for_without_method_and_header_fields() {
    let at = with(&[("<sip:alice@192.0.2.1:5071;method=BYE;ob?Route=%3Csip:x%3E>", udp(5071))]);
    assert_eq!(contacts(&at, ALICE), ["sip:alice@192.0.2.1:5071;ob"]);
}
