use std::time::Duration;

use super::*;
use crate::{limits::Overload, timer::T4};

const REQUEST: Bytes = Bytes::from_static(b"OPTIONS sip:b.example SIP/2.0\r\n\r\n");

/// The one clock reading of these tests; all else is counted from it.
#[allow(clippy::disallowed_methods)]
fn start() -> Instant {
    Instant::now()
}

fn clients(epoch: Instant) -> Clients<&'static str> {
    Clients::new(epoch, Limits::default(), [1, 2, 3, 4])
}

fn key(branch: &str) -> ClientKey {
    ClientKey::new(branch.as_bytes(), b"OPTIONS")
}

fn begin(clients: &mut Clients<&'static str>, now: Instant, user: &'static str) -> ClientId {
    clients.begin(now, &key(user), REQUEST, Reliability::Unreliable, user).unwrap()
}

/// Whether what is due is nothing that anybody has to be told.
fn quiet<U: PartialEq>(expire: impl FnMut() -> Option<Expired<U>>) -> bool {
    std::iter::from_fn(expire).all(|expired| expired == Expired::Ended)
}

#[test]
fn c17_1_3_a_response_finds_its_transaction() {
    let now = start();
    let mut clients = clients(now);
    let first = begin(&mut clients, now, "first");
    begin(&mut clients, now, "second");
    assert_eq!(clients.response(now, &key("first"), 100), Received::Provisional(first));
    assert_eq!(clients.response(now, &key("second"), 200), Received::Final("second"));
    assert_eq!(clients.response(now, &key("first"), 404), Received::Final("first"));
    assert_eq!((clients.pending(), clients.len()), (0, 2));
}

#[test]
fn c18_1_2_a_stray_response_is_told_apart_from_a_copy() {
    let now = start();
    let mut clients = clients(now);
    begin(&mut clients, now, "first");
    clients.response(now, &key("first"), 200);
    assert_eq!(clients.response(now, &key("first"), 200), Received::Absorbed);
    assert_eq!(clients.response(now, &key("other"), 200), Received::Stray);
    let late = now + T4 + Duration::from_millis(10);
    assert!(quiet(|| clients.expire(late)));
    assert_eq!(clients.response(late, &key("first"), 200), Received::Stray);
}

#[test]
fn c17_1_2_2_requests_are_sent_again_and_then_given_up() {
    let now = start();
    let mut clients = clients(now);
    let id = begin(&mut clients, now, "first");
    let mut resent = 0;
    let end = loop {
        let next = clients.next_timeout().unwrap();
        match clients.expire(next) {
            Some(Expired::Retransmit(which, request)) => {
                assert_eq!((which, request), (id, REQUEST));
                assert_eq!(clients.user(id), Some(&"first"), "needed to know where to send it");
                resent += 1;
            }
            Some(Expired::TimedOut(user)) => break (next, user),
            Some(Expired::Ended) | None => {}
        }
    };
    assert_eq!(resent, 10);
    assert_eq!(end.1, "first");
    assert!(end.0 - now >= Duration::from_secs(32) && end.0 - now < Duration::from_millis(32_050));
    assert_empty(&clients);
}

#[test]
fn c17_1_4_a_failed_transport_hands_the_user_back_once() {
    let now = start();
    let mut clients = clients(now);
    let id = begin(&mut clients, now, "first");
    *clients.user_mut(id).unwrap() = "changed";
    assert_eq!(clients.transport_failed(now, id), Some("changed"));
    assert_eq!(clients.transport_failed(now, id), None);
    assert_eq!(clients.user(id), None);
    assert_empty(&clients);
}

#[test]
fn a_full_table_refuses_and_recovers() {
    let now = start();
    let limits = Limits { transactions: 2, bytes: 1 << 20 };
    let mut clients: Clients<&str> = Clients::new(now, limits, [0; 4]);
    let id = begin(&mut clients, now, "first");
    begin(&mut clients, now, "second");
    let refused = clients.begin(now, &key("third"), REQUEST, Reliability::Unreliable, "third");
    assert_eq!(refused, Err(Refused(Overload, "third")));
    clients.transport_failed(now, id);
    begin(&mut clients, now, "third");
}

#[test]
fn a_table_is_bounded_in_bytes() {
    let now = start();
    let limits = Limits { transactions: 1000, bytes: 2 * REQUEST.len() + 70 };
    let mut clients: Clients<&str> = Clients::new(now, limits, [0; 4]);
    begin(&mut clients, now, "first");
    begin(&mut clients, now, "second");
    assert!(clients.begin(now, &key("third"), REQUEST, Reliability::Unreliable, "third").is_err());
    clients.response(now, &key("first"), 200);
    clients
        .begin(now, &key("third"), REQUEST, Reliability::Unreliable, "third")
        .expect("the request is forgotten");
}

#[test]
fn streams_leave_nothing_behind() {
    let now = start();
    let mut clients = clients(now);
    clients.begin(now, &key("first"), REQUEST, Reliability::Reliable, "first").unwrap();
    assert_eq!(clients.response(now, &key("first"), 200), Received::Final("first"));
    assert_empty(&clients);
}

#[test]
fn ten_thousand_come_and_go() {
    let now = start();
    let mut clients = clients(now);
    for number in 0..10_000 {
        clients.begin(now, &key(&number.to_string()), REQUEST, Reliability::Unreliable, "x").unwrap();
    }
    for number in 0..10_000 {
        assert_eq!(clients.response(now, &key(&number.to_string()), 200), Received::Final("x"));
    }
    assert!(quiet(|| clients.expire(now + Duration::from_secs(6))));
    assert_empty(&clients);
}

#[track_caller]
fn assert_empty(clients: &Clients<&'static str>) {
    let left = (clients.len(), clients.pending(), clients.bytes(), clients.timers());
    assert_eq!(left, (0, 0, 0, 0));
    assert!(clients.is_empty() && clients.next_timeout().is_none());
}
