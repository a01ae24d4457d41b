//! RFC 4475 and RFC 5118: every message has the outcome that its row in `expected.tsv` names, as far as a parser decides it. So have
//! those of our own of the same classes (`torture/README.md`), which are there on every machine.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bytes::BytesMut;
use common::{Case, corpus, own, read};
use sip::{Edits, Frame, Framer, Limits, Message};

/// Outcomes that a later element decides on a message that the parser accepts.
const LATER: [&str; 4] = ["420", "483", "2xx", "401"];

/// Valid, and refused all the same: nobody can act on a Request-URI of such a scheme.
const SCHEMES: [&str; 4] = ["unkscm", "novelsc", "unknown-scheme", "foreign-scheme"];

fn allowed(outcomes: &[String], got: &str) -> bool {
    outcomes.iter().any(|want| {
        want == got
            || (want == "4xx" && got.starts_with('4'))
            || (got == "accept" && LATER.contains(&want.as_str()))
    })
}

/// What a server does over UDP on the strength of the parser alone.
fn over_udp(case: &Case) -> String {
    match read(&case.octets) {
        _ if !case.request => "none".to_owned(),
        Ok(_) => "accept".to_owned(),
        Err(malformed) => malformed.status.to_string(),
    }
}

/// What it does with a stream that brings the message in pieces of `size`.
fn over_tcp(case: &Case, size: usize) -> Vec<String> {
    let mut framer = Framer::new(Limits::STREAM);
    for piece in case.octets.chunks(size) {
        framer.push(piece);
        match framer.next() {
            Ok(Some(Frame::Message(message))) if case.request => {
                let outcome = message.check().map_or_else(|e| e.status.to_string(), |()| "accept".to_owned());
                return vec![outcome];
            }
            Ok(Some(Frame::Message(_))) => return vec!["none".to_owned()],
            Ok(_) => {}
            Err(_) if !case.request => return vec!["none".to_owned()],
            Err(malformed) => return vec![malformed.status.to_string(), "close".to_owned()],
        }
    }
    vec!["wait".to_owned()]
}

fn every_message_of(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let got = over_udp(case);
        if !allowed(&case.udp, &got) {
            wrong.push(format!(
                "{} over UDP: {got}, expected {:?}: {:?}",
                case.name,
                case.udp,
                read(&case.octets).err()
            ));
        }
        for size in [1, 7, 65_536] {
            let got = over_tcp(case, size);
            if !got.iter().any(|got| allowed(&case.tcp, got)) {
                wrong.push(format!("{} over TCP by {size}: {got:?}, expected {:?}", case.name, case.tcp));
            }
        }
        if case.valid && read(&case.octets).is_err() && !SCHEMES.contains(&case.name.as_str()) {
            wrong.push(format!("{} is valid: {:?}", case.name, read(&case.octets).err()));
        }
        if !case.request && !case.valid && read(&case.octets).is_ok() {
            wrong.push(format!("{} is an invalid response and was read", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rfc4475_has_the_expected_outcomes() {
    every_message_of(&corpus("rfc4475"));
}

#[test]
fn rfc5118_has_the_expected_outcomes() {
    every_message_of(&corpus("rfc5118"));
}

#[test]
fn messages_of_our_own_have_the_expected_outcomes() {
    every_message_of(&own());
}

/// One at least for each class of the RFCs.
#[test]
fn messages_of_our_own_are_of_every_class() {
    let (has, cases) = ([("3.1.1.", 13), ("3.1.2.", 19), ("3.2.", 1), ("3.3.", 15), ("3.4.", 1)], own());
    let of_4475 =
        has.iter().flat_map(|(group, last)| (1..=*last).map(move |n| format!("RFC 4475 {group}{n}")));
    let of_5118 = (1..=10).map(|n| format!("RFC 5118 4.{n}"));
    for clause in of_4475.chain(of_5118) {
        assert!(cases.iter().any(|case| case.clause == clause), "{clause}");
    }
}

/// RFC 4475 3.1.1.8: what follows a datagram's Content-Length is nothing; in a stream it is the next request.
#[test]
fn messages_of_our_own_second_behind_it_is_two_in_a_stream() {
    let cases = own();
    let case = cases.iter().find(|case| case.name == "second-behind-it").expect("is there");
    let mut framer = Framer::new(Limits::STREAM);
    framer.push(&case.octets);
    let mut methods = Vec::new();
    while let Some(frame) = framer.next().expect("both can be read") {
        if let Frame::Message(message) = frame {
            methods.push(message.method().as_bytes().to_vec());
        }
    }
    assert_eq!(methods, [b"REGISTER".to_vec(), b"OPTIONS".to_vec()]);
    let first = Message::parse(case.octets.clone(), &Limits::DATAGRAM).expect("parses");
    assert!(first.bytes().len() < case.octets.len() && first.body().is_empty());
}

#[test]
fn valid_messages_are_forwarded_octet_for_octet() {
    let all = [corpus("rfc4475"), corpus("rfc5118"), own()];
    for case in all.iter().flatten().filter(|case| case.valid && !SCHEMES[2..].contains(&case.name.as_str()))
    {
        let message = Message::parse(case.octets.clone(), &Limits::DATAGRAM).expect("a valid message parses");
        let mut out = BytesMut::new();
        Edits::new().apply(&message, &mut out);
        if message.header(sip::Name::ContentLength).is_some() {
            assert_eq!(&out[..], &message.bytes()[..], "{}", case.name);
        }
        let again = Message::parse(out.freeze(), &Limits::DATAGRAM).expect("what is written parses");
        assert_eq!(again.body(), message.body(), "{}", case.name);
    }
}

#[test]
fn a_request_that_is_refused_can_be_answered() {
    for case in corpus("rfc4475").iter().chain(&own()).filter(|case| case.request && !case.valid) {
        if Message::parse(case.octets.clone(), &Limits::DATAGRAM).is_ok() {
            continue;
        }
        let salvaged =
            Message::salvage(&case.octets).unwrap_or_else(|| panic!("{} is answerable", case.name));
        let mut out = BytesMut::new();
        sip::Response::new(400).print(&salvaged, "t1", &mut out);
        let answer =
            Message::parse(out.freeze(), &Limits::DATAGRAM).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        assert_eq!(answer.status(), Some(400));
        assert_eq!(
            answer.values(sip::Name::Via).next(),
            salvaged.values(sip::Name::Via).next(),
            "{}",
            case.name
        );
    }
}
