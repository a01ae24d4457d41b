//! A peer that lies about lengths, stalls, or takes more than its share, at a running gateway. It costs only itself.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "real programs over real sockets, in real time")]

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use interop::{Lab, Peer, message, peer::Heard, tools};

/// Longer than the gateway gives a message to arrive whole.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the hostile peer lives; others live elsewhere.
const HOSTILE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 66, 6, 6));

/// What must never run: it would be answered with 200.
fn smuggled(lab: &Lab, peer: &Peer) -> String {
    message::options(lab.system("primary").name("gateway"), "TCP", &peer.local().to_string(), "smuggled")
}

/// A MESSAGE that claims its body by these lines, the body being a request.
fn carrier(lab: &Lab, peer: &Peer, lengths: &str) -> String {
    let local = peer.local().to_string();
    let head = message::request("MESSAGE", "sip:nobody@nowhere.example", "TCP", &local, "carrier");
    format!("{head}Content-Type: message/sip\r\n{lengths}\r\n\r\n{}", smuggled(lab, peer))
}

fn inner(lab: &Lab) -> Peer {
    Peer::tcp(lab.system("primary").listener("gateway", "inner-tcp"))
}

/// A client that has done nothing wrong is served at once.
fn others_are_served(lab: &Lab) {
    let mut peer = inner(lab);
    let local = peer.local().to_string();
    peer.say(message::options(lab.system("primary").name("gateway"), "TCP", &local, "other"));
    let Heard::Message(answer) = peer.hear(Duration::from_secs(2)) else {
        panic!("no answer in two seconds")
    };
    assert_eq!(answer.status(), 200);
}

/// RFC 3261 18.3, 20.14: where the length is in doubt, the request is refused and the connection ends.
#[test]
fn rfc3261_18_3_the_octets_of_a_body_are_never_run_as_the_next_request() {
    if !tools::have(&[]) {
        return;
    }
    let lab = Lab::up();
    let doubtful = [
        "Content-Length: 0\r\nContent-Length: 400",
        "Content-Length: 400\r\nContent-Length: 0",
        "Content-Length: 0\r\nl: 400",
        "l: 0\r\nCONTENT-LENGTH: 400",
        "Content-Length: 0, 400",
        "Content-Length: +0",
        "Content-Length: -1",
        "Content-Length: 0x0",
        "Content-Length: 0 0",
        "Content-Length: zero",
        "Content-Length:",
        "Content-Length: 99999999999999999999",
        "Content-Length: 4294967296",
        "Content-Length: 18446744073709551616",
        "Content-Length: 0\r\n 400",
        "Content-Length: 4\r\n 0",
        "X-Folded: a\r\n Content-Length: 0",
        "Content-Length: 0\rX: y",
        "Content-Length: 0\nContent-Length: 400",
        "X: \0",
    ];
    for lengths in doubtful {
        let mut peer = inner(&lab);
        let carrier = carrier(&lab, &peer, lengths);
        peer.say(carrier);
        let mut statuses = Vec::new();
        loop {
            match peer.hear(PATIENCE) {
                Heard::Message(answer) => {
                    assert_eq!(
                        answer.header("Call-ID"),
                        Some("carrier"),
                        "{lengths:?} was run: {}",
                        answer.0
                    );
                    statuses.push(answer.status());
                }
                Heard::Close => break,
                Heard::Silence => panic!("{lengths:?}: neither refused nor closed"),
            }
        }
        assert!(matches!(statuses[..], [] | [400]), "{lengths:?}: {statuses:?}");
    }
    others_are_served(&lab);
    lab.nothing_panicked();
}

#[test]
fn rfc3261_18_3_a_body_of_the_right_length_is_a_body_and_the_connection_goes_on() {
    if !tools::have(&[]) {
        return;
    }
    let lab = Lab::up();
    let mut peer = inner(&lab);
    let length = smuggled(&lab, &peer).len();
    let carrier = carrier(&lab, &peer, &format!("Content-Length: {length}"));
    let next = smuggled(&lab, &peer).replace("smuggled", "next");
    let both = [carrier.as_bytes(), next.as_bytes()].concat();
    peer.say(&both);
    both.chunks(17).for_each(|piece| peer.say(piece));
    let answers = [peer.message(), peer.message(), peer.message(), peer.message()];
    let calls =
        answers.each_ref().map(|answer| (answer.header("Call-ID").unwrap_or_default(), answer.status()));
    assert_eq!(calls, [("carrier", 403), ("next", 200), ("carrier", 403), ("next", 200)]);
}

#[test]
fn a_sender_that_stalls_in_the_middle_is_cut_off_and_nobody_else_waits() {
    if !tools::have(&[]) {
        return;
    }
    let lab = Lab::up();
    let mut stalled = Vec::new();
    for size in [1, 20, 200] {
        let mut peer = inner(&lab);
        let request = carrier(&lab, &peer, "Content-Length: 4000");
        peer.say(request.get(..size).expect("it is longer"));
        stalled.push(peer);
    }
    others_are_served(&lab);
    lab.alice_finds_bob();
    for peer in &mut stalled {
        match peer.hear(PATIENCE) {
            Heard::Close => {}
            other => panic!("a sender that stalls is cut off: {other:?}"),
        }
    }
    others_are_served(&lab);
}

/// An octet now and then is not silence, and still no message.
#[test]
fn a_sender_that_drips_is_cut_off_and_nobody_else_waits() {
    if !tools::have(&[]) {
        return;
    }
    let lab = Lab::up();
    let mut peer = inner(&lab);
    let request = carrier(&lab, &peer, "Content-Length: 4000");
    let begun = Instant::now();
    let mut octets = request.as_bytes().iter();
    while peer.hear(Duration::from_millis(200)) == Heard::Silence {
        assert!(begun.elapsed() < PATIENCE, "a sender that drips is cut off");
        peer.say([*octets.next().expect("there are enough")]);
    }
    others_are_served(&lab);
}

/// Connections that never finish a TLS handshake, more than the gateway lets be in progress at once.
#[test]
fn a_flood_of_half_open_connections_leaves_the_partner_served() {
    if !tools::have(&[]) {
        return;
    }
    let lab = Lab::up();
    let border = lab.system("partner").listener("gateway", "border");
    let mut flood: Vec<Peer> = (0..400).map(|_| Peer::tcp_from(HOSTILE, border)).collect();
    // Gateway A has no connection to gateway B yet, and has to open one now: before any of those has timed out.
    let begun = Instant::now();
    lab.alice_finds_bob();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    for peer in &mut flood {
        assert_eq!(peer.hear(PATIENCE), Heard::Close, "a handshake that does not go on is given up");
    }
    lab.nothing_panicked();
}

#[test]
fn a_flood_of_idle_connections_leaves_others_served() {
    if !tools::have(&[]) {
        return;
    }
    let lab = Lab::up();
    let core = lab.system("primary").listener("sip-core", "clients-tcp");
    let flood: Vec<Peer> = (0..400).map(|_| Peer::tcp_from(HOSTILE, core)).collect();
    let begun = Instant::now();
    lab.alice_finds_bob();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(flood);
    lab.nothing_panicked();
}
