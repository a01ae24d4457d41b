//! RFC 4475 and RFC 5118 at a running gateway, from a peer that it trusts. Each message has an outcome that its row in
//! the corpus's `expected.tsv` allows for the transport. Those of our own are of the same classes, and there on every machine.
//!
//! How "accept" reads here: a message that is accepted is understood and met by the gateway's policy, which knows none
//! of the corpora's domains and no method but MESSAGE and OPTIONS. Its answers are 403 (no partner serves the target),
//! 404 (nobody is there) and 405 (no such method here). 400, 413, 416, 420, 482, 483, 505 and every 5xx are not among them:
//! they would say that the message was not understood. "none" is that no answer comes (a connection may be closed all the
//! same over a response whose start line cannot be read), "close" the end of the connection, "wait" a connection that stays
//! open for the rest of the message.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

use interop::{
    Lab, Peer, System, http, message,
    peer::Heard,
    tools,
    torture::{self, Case},
};

/// What the gateway's policy answers to what it understands.
const POLICY: [u16; 3] = [403, 404, 405];

/// How long a stream is listened to before it counts as silent.
const SILENCE: Duration = Duration::from_millis(400);

/// A gateway, and a peer that it trusts.
struct Bench {
    lab: Lab,
    /// The peer's own address, so that the ports that the corpora's Vias name are free on it.
    host: IpAddr,
}

impl Bench {
    fn new() -> Self {
        static PEERS: AtomicU8 = AtomicU8::new(1);
        let host = IpAddr::V4(Ipv4Addr::new(127, 44, 75, PEERS.fetch_add(1, Ordering::Relaxed)));
        let trust = |_: &System<'_>, text: String| {
            text.replacen("trusted-addresses = [", &format!("trusted-addresses = [\"{host}\", "), 1)
        };
        let mut lab = Lab::served().edit_servers("primary", trust);
        lab.serve("primary", "servers");
        lab.started();
        Self { lab, host }
    }

    fn listener(&self, name: &str) -> SocketAddr {
        self.lab.system("primary").listener("gateway", name)
    }

    /// The gateway answers to requests in order, so its answer to a probe that follows a message says that there was none
    /// to the message.
    fn probe(&self, peer: &mut Peer, transport: &str) {
        let gateway = self.lab.system("primary").name("gateway");
        peer.say(message::options(gateway, transport, &peer.local().to_string(), "probe"));
    }

    fn over_udp(&self, case: &Case) -> String {
        let from = SocketAddr::new(self.host, case.port());
        let mut peer = Peer::udp_from(from, self.listener("inner-udp"));
        peer.say(&case.octets);
        self.probe(&mut peer, "UDP");
        let outcome = match peer.message() {
            answer if is_probes(&answer) => return "none".to_owned(),
            answer => answer.status().to_string(),
        };
        let next = peer.message();
        assert!(is_probes(&next), "{}: one datagram was answered twice: {}", case.name, next.0);
        outcome
    }

    fn over_tcp(&self, case: &Case) -> String {
        let mut peer = self.connect();
        peer.say(&case.octets);
        match peer.hear(SILENCE) {
            Heard::Message(answer) => return answer.status().to_string(),
            Heard::Close => return "close".to_owned(),
            Heard::Silence => {}
        }
        self.probe(&mut peer, "TCP");
        match peer.hear(SILENCE) {
            Heard::Message(answer) if is_probes(&answer) => "none".to_owned(),
            Heard::Message(answer) => answer.status().to_string(),
            Heard::Close => "close".to_owned(),
            Heard::Silence => "wait".to_owned(),
        }
    }

    fn connect(&self) -> Peer {
        Peer::tcp_from(self.host, self.listener("inner-tcp"))
    }

    /// Who sent the last message, or closed the last connection, has cost nobody else anything.
    fn lives_on(&self) {
        let mut peer = self.connect();
        self.probe(&mut peer, "TCP");
        assert_eq!(peer.message().status(), 200);
        let panics = http::metric(self.lab.system("primary").admin("servers"), "mcx_panics_total");
        assert!(panics < 1.0, "{panics} panics");
    }
}

fn is_probes(message: &interop::peer::Message) -> bool {
    message.header("Call-ID") == Some("probe")
}

/// One of the outcomes that `expected` names for it.
fn is_allowed(expected: &[String], got: &str) -> bool {
    let status: Option<u16> = got.parse().ok();
    expected.iter().any(|expected| match (expected.as_str(), status) {
        ("accept", Some(status)) => POLICY.contains(&status),
        ("4xx", Some(status)) => (400..500).contains(&status),
        ("2xx", Some(status)) => (200..300).contains(&status),
        ("none", None) => got == "none" || got == "close",
        _ => expected == got,
    })
}

fn every_message(corpus: &str, expected: fn(&Case) -> &[String], outcome: fn(&Bench, &Case) -> String) {
    if let Some(cases) = torture::corpus(corpus).filter(|_| tools::have(&[])) {
        each(&cases, expected, outcome);
    }
}

fn each(cases: &[Case], expected: fn(&Case) -> &[String], outcome: fn(&Bench, &Case) -> String) {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    for case in cases {
        let got = outcome(&bench, case);
        println!("{}: {got}", case.name);
        if !is_allowed(expected(case), &got) {
            wrong.push(format!("{}: {got}, expected {}", case.name, expected(case).join(" or ")));
        }
        bench.lives_on();
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn rfc4475_over_udp_each_message_has_its_outcome_at_the_gateway() {
    every_message("rfc4475", |case| &case.udp, Bench::over_udp);
}

#[test]
fn rfc4475_over_tcp_each_message_has_its_outcome_at_the_gateway() {
    every_message("rfc4475", |case| &case.tcp, Bench::over_tcp);
}

#[test]
fn rfc5118_over_udp_each_message_has_its_outcome_at_the_gateway() {
    every_message("rfc5118", |case| &case.udp, Bench::over_udp);
}

#[test]
fn rfc5118_over_tcp_each_message_has_its_outcome_at_the_gateway() {
    every_message("rfc5118", |case| &case.tcp, Bench::over_tcp);
}

#[test]
fn messages_of_our_own_over_udp_each_has_its_outcome_at_the_gateway() {
    if tools::have(&[]) {
        each(&torture::own(), |case| &case.udp, Bench::over_udp);
    }
}

#[test]
fn messages_of_our_own_over_tcp_each_has_its_outcome_at_the_gateway() {
    if tools::have(&[]) {
        each(&torture::own(), |case| &case.tcp, Bench::over_tcp);
    }
}

/// RFC 4475 3.1.1.8: what follows a datagram's Content-Length is nothing; in a stream it is the next request.
#[test]
fn rfc4475_3_1_1_8_dblreq_is_one_request_in_a_datagram_and_two_in_a_stream() {
    if let Some(cases) = torture::corpus("rfc4475").filter(|_| tools::have(&[])) {
        are_two_in_a_stream(&cases, "dblreq", ["REGISTER", "INVITE"]);
    }
}

#[test]
fn messages_of_our_own_second_behind_it_is_one_request_in_a_datagram_and_two_in_a_stream() {
    if tools::have(&[]) {
        are_two_in_a_stream(&torture::own(), "second-behind-it", ["REGISTER", "OPTIONS"]);
    }
}

fn are_two_in_a_stream(cases: &[Case], name: &str, expected: [&str; 2]) {
    let case = cases.iter().find(|case| case.name == name).expect("it is in the corpus");
    let bench = Bench::new();
    let mut stream = bench.connect();
    stream.say(&case.octets);
    let methods = [stream.message(), stream.message()].map(|answer| {
        let sequence = answer.header("CSeq").unwrap_or_default();
        sequence.rsplit(' ').next().unwrap_or_default().to_owned()
    });
    assert_eq!(methods, expected);
    // That a datagram is answered once only is asserted wherever one is sent.
    assert!(is_allowed(&case.udp, &bench.over_udp(case)));
}
