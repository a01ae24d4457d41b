//! 2,700 strangers at once at the doors of a running system: silent, slow, and half way through a TLS handshake. Whoever
//! belongs there is served meanwhile.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "real programs over real sockets, in real time")]

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use interop::{
    Lab, Peer,
    tools::{self, CURL},
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Of each kind, at each of the three doors.
const EACH: usize = 300;

/// How many hosts they come from.
const HOSTS: u8 = 30;

/// Between two octets of a slow one.
const DRIP: Duration = Duration::from_millis(200);

/// How long whoever belongs there may wait for an answer, program start and all.
const PATIENCE: Duration = Duration::from_secs(4);

/// A ClientHello of TLS 1.3 (RFC 8446 4.1.2): what follows it is owed by the client.
fn client_hello() -> Vec<u8> {
    let extension = |kind: u8, data: &[u8]| {
        let length = u8::try_from(data.len()).expect("short");
        [&[0, kind, 0, length], data].concat()
    };
    let mut share = vec![0, 36, 0, 29, 0, 32];
    share.extend([9; 32]);
    let extensions = [
        extension(43, &[2, 3, 4]),
        extension(10, &[0, 2, 0, 29]),
        extension(13, &[0, 6, 4, 3, 8, 4, 4, 1]),
        extension(51, &share),
    ]
    .concat();
    let random_and_session = [&[3, 3][..], &[7; 32], &[0]].concat();
    let suites_and_compression = [0, 4, 0x13, 0x01, 0x13, 0x02, 1, 0];
    let length = |octets: usize| u16::try_from(octets).expect("short").to_be_bytes();
    let body =
        [&random_and_session[..], &suites_and_compression, &length(extensions.len()), &extensions].concat();
    let handshake = [&[1, 0][..], &length(body.len()), &body].concat();
    [&[22, 3, 1][..], &length(handshake.len()), &handshake].concat()
}

fn host(number: usize) -> IpAddr {
    let last = u8::try_from(number % usize::from(HOSTS)).expect("a few");
    Ipv4Addr::new(127, 66, 0, last + 1).into()
}

/// Comes to a door in all three ways; gives those back that go on slowly, and all others.
fn besiege(door: SocketAddr, is_tls: bool) -> (Vec<Peer>, Vec<Peer>) {
    let (mut slow, mut others) = (Vec::new(), Vec::new());
    let begin: &[u8] = if is_tls { &[22] } else { b"M" };
    let hello = client_hello();
    for number in 0..EACH {
        let come = || Peer::tcp_from(host(number), door);
        others.push(come());
        let mut dripping = come();
        dripping.say(begin);
        slow.push(dripping);
        let mut half = come();
        half.say(if is_tls { &hello[..] } else { b"MESSAGE sip:bob@partner.example SIP/2.0\r\nVia: " });
        others.push(half);
    }
    (slow, others)
}

/// What a server can do is told to everybody (RFC 4825 12): a client without a token reads it at once.
fn a_client_reads(lab: &Lab) {
    let system = lab.system("partner");
    let (at, root) = (system.listener("groups", "clients"), system.xcap_root());
    let host = root.trim_start_matches("https://");
    let mut curl = CURL.command();
    curl.args(["--silent", "--show-error", "--fail", "--max-time", "20", "--cacert", system.authority()]);
    curl.args(["--resolve", &format!("{host}:{}:{}", at.port(), at.ip())]);
    let output = tools::succeed(curl.arg(format!("{root}:{}/xcap-caps/global/index", at.port())));
    assert!(tools::text(&output).contains("xcap-caps"), "{}", tools::text(&output));
}

/// This process holds the other end of each connection.
fn make_room() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("up to the hard limit anybody may go");
}

#[test]
fn a_crowd_of_2700_strangers_keeps_nobody_from_what_is_his() {
    if !tools::have(&[CURL]) {
        return;
    }
    make_room();
    let lab = Lab::up();
    let doors = [
        (lab.system("partner").listener("gateway", "border"), true),
        (lab.system("partner").listener("groups", "clients"), true),
        (lab.system("primary").listener("sip-core", "clients-tcp"), false),
    ];
    let (mut slow, mut others) = (Vec::new(), Vec::new());
    for (door, is_tls) in doors {
        let (dripping, silent) = besiege(door, is_tls);
        slow.extend(dripping);
        others.extend(silent);
    }
    assert_eq!(slow.len() + others.len(), 2_700);
    let (over, is_over) = channel::<()>();
    let drips = thread::spawn(move || {
        let mut octets = client_hello().into_iter().skip(1).cycle();
        while is_over.recv_timeout(DRIP) == Err(RecvTimeoutError::Timeout) {
            let octet = octets.next().expect("a cycle");
            slow.iter_mut().for_each(|peer| peer.say([octet]));
        }
    });
    for _ in 0..3 {
        let begun = Instant::now();
        // System A's gateway opens its connection to the besieged border where it has none.
        lab.alice_finds_bob();
        assert!(begun.elapsed() < PATIENCE, "a position took {:?}", begun.elapsed());
        let begun = Instant::now();
        a_client_reads(&lab);
        assert!(begun.elapsed() < PATIENCE, "a document took {:?}", begun.elapsed());
    }
    drop(over);
    drips.join().expect("it only drips");
    drop(others);
    lab.nothing_panicked();
}
