//! Every method from every kind of peer: authentication is missing for none.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use wire::{AnchorId, Arrival, Decision, Inline as _, Transport};

const METHODS: [&str; 16] = [
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "REGISTER",
    "OPTIONS",
    "MESSAGE",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "INFO",
    "REFER",
    "UPDATE",
    "PRACK",
    "FOO",
    "message",
];

struct Peer {
    who: &'static str,
    arrival: Arrival,
    known: bool,
    uri: &'static str,
}

fn peers() -> Vec<Peer> {
    let (ours, theirs) = ("sip:lms_psi@primary.example", "sip:lms_psi@partner.example");
    let peer = |who, arrival, known, uri| Peer { who, arrival, known, uri };
    vec![
        peer("own server", from_lms(), true, theirs),
        peer("trusted address", from_stranger("inner-udp", Transport::Udp, "10.0.0.7:5060"), true, theirs),
        peer(
            "untrusted address",
            from_stranger("inner-udp", Transport::Udp, "203.0.113.7:5060"),
            false,
            theirs,
        ),
        peer("no certificate inside", from_stranger("inner", Transport::Tls, "10.0.0.7:1"), false, theirs),
        peer("foreign certificate inside", with_certificate("inner", "mcgw.partner.example"), false, theirs),
        peer("partner", from_partner(), true, ours),
        peer(
            "partner under another issuer",
            from_border("mcgw.partner.example", AnchorId([9; 32])),
            false,
            ours,
        ),
        peer("stranger with a certificate", from_border("mcgw.other.example", ANCHOR), false, ours),
        peer("stranger without", from_stranger("border", Transport::Tls, "203.0.113.7:1"), false, ours),
        peer("stranger over UDP", from_stranger("border", Transport::Udp, "203.0.113.7:1"), false, ours),
        peer("unknown listener", from_stranger("other", Transport::Udp, "10.0.0.7:1"), false, ours),
    ]
}

#[test]
fn every_method_from_every_kind_of_peer() {
    let border = primary_where(|partner| {
        partner.system.inbound = ["message", "options"].into_iter().collect();
        partner.system.outbound = ["message", "options"].into_iter().collect();
    });
    for peer in peers() {
        for method in METHODS {
            let message = parse(String::from_utf8_lossy(bare(method, peer.uri).bytes()).replace(
                "sip:lms_psi@primary.example>;tag",
                if peer.uri.contains("primary") {
                    "sip:x@partner.example>;tag"
                } else {
                    "sip:x@primary.example>;tag"
                },
            ));
            let passes = peer.known && matches!(method, "MESSAGE" | "OPTIONS");
            match border.gateway.request(&message, &peer.arrival) {
                Decision::Forward(_) => assert!(passes, "{method} from {}", peer.who),
                Decision::Respond(answer) => {
                    let expected = match method {
                        _ if !peer.known => 403,
                        // No dialog; no event package.
                        "NOTIFY" => 481,
                        "SUBSCRIBE" | "PUBLISH" => 489,
                        _ => 405,
                    };
                    assert!(!passes && answer.status() == expected, "{method} from {}: {answer:?}", peer.who);
                }
                other => panic!("{method} from {}: {other:?}", peer.who),
            }
        }
    }
}
