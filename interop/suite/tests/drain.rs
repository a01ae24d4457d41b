//! SIGTERM while clients write documents without a pause: every request that was taken is answered, what was answered is
//! stored, and the process ends by itself. RFC 9112 clause 9.6
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "real programs over real sockets, in real time")]

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use interop::{Lab, process::until, tools, xcap::Client};
use nix::sys::signal::Signal;

const WRITERS: usize = 16;

/// How long they write before the server is told to stop.
const BEFORE: usize = 20;

fn selector(name: &str) -> String {
    format!("org.openmobilealliance.groups/global/byGroupID/sip:{name}@primary.example")
}

fn group(name: &str, count: usize) -> String {
    format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"sip:{name}@primary.example\">\
         <display-name>{count}</display-name><list/></list-service></group>"
    )
}

/// The group management server's clients speak TCP without TLS here: what is watched are the requests.
fn plain(text: &str) -> String {
    let tls = "transport = \"tls\"\ntls = \"xcap\"\nclient-certificate = \"none\"";
    text.replacen(tls, "transport = \"tcp\"", 1)
}

struct Written {
    name: String,
    /// The last that was answered with success.
    last: usize,
    /// Whether the connection ended without an answer, though nothing had said that it would.
    is_lost: bool,
}

/// Writes until it is told that the connection ends, or nobody answers.
fn writes(at: SocketAddr, host: &str, token: &str, name: String) -> Written {
    let mut client = Client::new(at, host, token);
    let mut last = 0;
    for count in 1.. {
        let Some(answer) = client.put(&selector(&name), None, &group(&name, count)) else {
            return Written { name, last, is_lost: true };
        };
        assert!(answer.is_success(), "{}: {}", answer.status, answer.body);
        last = count;
        if answer.field("connection").eq_ignore_ascii_case("close") {
            break;
        }
    }
    Written { name, last, is_lost: false }
}

#[test]
fn rfc9112_9_6_sigterm_leaves_no_request_without_an_answer() {
    if !tools::have(&[]) {
        return;
    }
    let mut lab = Lab::served().edit_servers("primary", |_, text| plain(&text));
    lab.serve("primary", "servers");
    lab.started();
    let mut token = tools::mcx();
    token.args(["lab", "token", "--as", lab.system("primary").administrator(), "--dir"]).arg(lab.dir());
    let token = String::from_utf8_lossy(&tools::succeed(&mut token).stdout).trim().to_owned();
    let system = lab.system("primary");
    let (at, host) =
        (system.listener("groups", "clients"), system.xcap_root().trim_start_matches("https://"));
    let (host, token) = (host.to_owned(), &token);
    let mut server = lab.take("primary", "servers");
    let written: Vec<Written> = thread::scope(|scope| {
        let begin = |number: usize| {
            let host = &host;
            scope.spawn(move || writes(at, host, token, format!("drain{number}")))
        };
        let writers: Vec<_> = (0..WRITERS).map(begin).collect();
        until("all of them write", || {
            let mut reader = Client::new(at, &host, token);
            (0..WRITERS).all(|number| {
                let found = reader.get(&selector(&format!("drain{number}")));
                found.is_some_and(|answer| displayed(&answer.body) > BEFORE)
            })
        });
        let told = Instant::now();
        server.signal(Signal::SIGTERM);
        let written = writers.into_iter().map(|writer| writer.join().expect("it only writes")).collect();
        let (status, output) = server.end();
        assert!(status.success(), "{status}\n{output}");
        assert!(told.elapsed() < Duration::from_secs(8), "{:?}", told.elapsed());
        written
    });
    let lost: Vec<_> =
        written.iter().filter(|written| written.is_lost).map(|written| &written.name).collect();
    assert!(lost.is_empty(), "without an answer: {lost:?}");
    lab.serve("primary", "servers");
    let mut reader = Client::new(at, &host, token);
    for Written { name, last, .. } in &written {
        let found = reader.get(&selector(name)).expect("an answer");
        assert_eq!(displayed(&found.body), *last, "{name}: what was answered is stored, and nothing else");
    }
}

/// The number that stands in a document; none in one that is not there.
fn displayed(body: &str) -> usize {
    let (_, rest) = body.split_once("<display-name>").unwrap_or_default();
    rest.split('<').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
