//! RFC 3261 22.1, RFC 7616 5.8: whoever guesses passwords waits, and nobody else for him.

use sip::{Message, Name, Request, RetryAfter};
use wire::Arrival;

use super::status;
use crate::testing::{EDGE, Fixture, Register, message_by, seconds, tcp, tls, udp};

fn elsewhere() -> Arrival {
    Arrival { remote: ([198, 51, 100, 1], 5070).into(), ..udp(5070) }
}

fn wrong(user: &'static str) -> Register {
    Register { password: "guess", ..Register::of(user) }
}

/// What is answered to credentials for a fresh challenge.
fn shown(at: &Fixture, register: &Register, from: &Arrival) -> Message {
    at.register(register, from.clone())
}

/// As many wrong ones as are borne.
fn guessed(at: &Fixture, user: &'static str, from: &Arrival) {
    for guess in 1..=5 {
        assert_eq!(status(&shown(at, &wrong(user), from)), 401, "{guess}");
    }
}

fn wait(response: &Message) -> Option<u32> {
    response.typed::<RetryAfter<'_>>().unwrap().map(|wait| wait.seconds)
}

#[test]
fn rfc3261_22_1_after_too_many_wrong_responses_none_is_looked_at_for_a_while() {
    let at = Fixture::new();
    guessed(&at, "alice", &udp(5070));
    for register in [wrong("alice"), Register::of("alice")] {
        let refused = shown(&at, &register, &udp(5070));
        assert_eq!((status(&refused), wait(&refused)), (503, Some(5)));
        assert!(refused.header(Name::Warning).is_some());
    }
    at.lab.advance(seconds(5));
    assert_eq!(status(&shown(&at, &wrong("alice"), &udp(5070))), 401);
    assert_eq!(wait(&shown(&at, &wrong("alice"), &udp(5070))), Some(10), "twice as long");
    at.lab.advance(seconds(10));
    assert_eq!(status(&shown(&at, &Register::of("alice"), &udp(5070))), 200);
    guessed(&at, "alice", &elsewhere());
}

#[test]
fn rfc3261_22_1_an_unknown_user_is_locked_out_alike() {
    let at = Fixture::new();
    guessed(&at, "mallory", &udp(5070));
    assert_eq!(status(&shown(&at, &wrong("mallory"), &udp(5070))), 503);
}

#[test]
fn rfc3261_22_1_one_address_has_fifty_guesses_whoever_they_are_about() {
    const USERS: [&str; 10] = ["u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"];
    let at = Fixture::new();
    USERS.iter().for_each(|user| guessed(&at, user, &tcp(1)));
    assert_eq!(status(&shown(&at, &Register::of("alice"), &tcp(2))), 503);
    assert_eq!(status(&shown(&at, &Register::of("alice"), &elsewhere())), 200);
}

#[test]
fn rfc3261_22_1_a_right_response_takes_back_the_wrong_ones_before_it() {
    let at = Fixture::new();
    for round in 0..5 {
        for _ in 0..4 {
            assert_eq!(status(&shown(&at, &wrong("alice"), &udp(5070))), 401, "{round}");
        }
        let right = Register { cseq: round + 1, ..Register::of("alice") };
        assert_eq!(status(&shown(&at, &right, &udp(5070))), 200, "{round}");
    }
}

#[test]
fn rfc7616_3_3_old_nonces_and_missing_credentials_are_no_guesses() {
    let at = Fixture::new();
    let challenged = at.serve(&Register::of("alice").request(), udp(5070));
    at.lab.advance(seconds(300));
    for _ in 0..20 {
        assert_eq!(status(&at.serve(&Register::of("alice").request(), udp(5070))), 401);
        for late in [Register::of("alice"), wrong("alice")] {
            let refused = at.serve(&late.answering(&challenged, 1), udp(5070));
            let challenge = refused.typed::<sip::WwwAuthenticate<'_>>().unwrap().unwrap();
            assert_eq!((status(&refused), challenge.get("stale")), (401, Some(&b"true"[..])));
        }
    }
    assert_eq!(status(&shown(&at, &Register::of("alice"), &udp(5070))), 200);
}

#[test]
fn rfc7616_3_3_nobody_guesses_in_the_name_of_an_address_at_which_he_does_not_receive() {
    let at = Fixture::new();
    let challenged = at.serve(&Register::of("alice").request(), elsewhere());
    for count in 1..20 {
        assert_eq!(status(&at.serve(&wrong("alice").answering(&challenged, count), udp(5070))), 401);
    }
    assert_eq!(status(&shown(&at, &Register::of("alice"), &udp(5070))), 200);
}

#[test]
fn rfc3261_22_1_a_user_is_locked_out_by_nobody_elsewhere_or_over_another_connection() {
    let at = Fixture::new();
    assert_eq!(status(&shown(&at, &Register::of("alice"), &tcp(1))), 200);
    guessed(&at, "alice", &elsewhere());
    guessed(&at, "alice", &tcp(2));
    assert_eq!(status(&shown(&at, &Register::of("alice"), &tcp(2))), 503, "the same address");
    assert_eq!(status(&shown(&at, &Register::of("alice").later(), &tcp(1))), 200, "her own stream");
}

#[test]
fn rfc3261_22_1_guesses_over_an_own_stream_are_counted_too() {
    let at = Fixture::new();
    assert_eq!(status(&shown(&at, &Register::of("alice"), &tcp(1))), 200);
    guessed(&at, "alice", &tcp(1));
    assert_eq!(status(&shown(&at, &wrong("alice"), &tcp(1))), 503);
    guessed(&at, "bob", &tcp(1));
    assert_eq!(status(&shown(&at, &Register::of("bob"), &tcp(2))), 503, "of another by the address");
}

#[test]
fn rfc3261_16_7_an_edge_is_not_told_that_nobody_can_register() {
    let at = Fixture::new();
    let serve = |request: &Request, address: &str| {
        let vias = format!("SIP/2.0/TLS {EDGE};branch=z9hG4bK1, SIP/2.0/UDP {address};branch=z9hG4bK2");
        at.lab.deliver_message(&at.core, &message_by(request, &vias), tls(EDGE)).expect("is answered")
    };
    let shown = |register: &Register, address: &str| {
        serve(&register.answering(&serve(&register.request(), address), 1), address)
    };
    for _ in 0..5 {
        assert_eq!(status(&shown(&wrong("alice"), "192.0.2.66")), 401);
    }
    let refused = shown(&wrong("alice"), "192.0.2.66");
    assert_eq!((status(&refused), wait(&refused)), (500, Some(5)));
    let alice = shown(&Register::of("alice"), "192.0.2.7");
    assert_eq!(status(&alice), 200, "somewhere else behind the same edge");
}
