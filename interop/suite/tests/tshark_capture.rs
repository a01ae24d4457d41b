//! tshark reads what was on the wire during one location exchange: nothing malformed, TLS opened by the lab's key log, SIP
//! and its bodies dissected, and nothing internal between the gateways.
//!
//! Capture filter and decoding are those of the line that `mcx lab up` prints to be pasted.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use interop::{
    Lab, Peer, Running, message, process,
    tools::{self, DUMPCAP, TSHARK},
};
use nix::sys::signal::Signal;

/// One location exchange, on disk.
struct Capture {
    lab: Lab,
    file: PathBuf,
    /// How tshark is to read it, as a shell does.
    decoding: String,
}

impl Capture {
    fn of_one_exchange() -> Self {
        let lab = Lab::up();
        let line = lab.pasted("tshark").next().expect("mcx lab up prints a line for tshark").to_owned();
        let (filter, decoding) = line
            .strip_prefix("tshark -l -i lo -f '")
            .and_then(|rest| rest.split_once("' "))
            .expect("it has a capture filter");
        let decoding = decoding.strip_suffix(" -Y 'sip or http or http2'").expect("it shows both").to_owned();
        let file = lab.dir().join("exchange.pcapng");
        let mut capture = capture(&file, filter);
        lab.alice_finds_bob();
        mark_the_end(&lab, &file);
        capture.signal(Signal::SIGINT);
        let told = capture.succeed();
        assert!(told.contains("(pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0)"), "packets were lost: {told}");
        Self { lab, file, decoding }
    }

    /// The named fields of each packet that a display filter lets through, a line each.
    fn packets(&self, filter: &str, fields: &[&str]) -> Vec<String> {
        let fields: String = fields.iter().map(|field| format!(" -e {field}")).collect();
        let file = self.file.display();
        let line = format!("tshark -r {file} {} -Y '{filter}' -T fields{fields}", self.decoding);
        let output = tools::succeed(Command::new("sh").args(["-c", &line]));
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// A display filter for what goes to the border of a system: by a connection to it, or back by one that it opened to the
    /// other system's border (RFC 5923).
    fn to_border(&self, system: &str) -> String {
        let other = if system == "primary" { "partner" } else { "primary" };
        let border = |system: &str| self.lab.system(system).listener("gateway", "border").port();
        format!("(tcp.dstport == {} || tcp.srcport == {})", border(system), border(other))
    }
}

/// Records packets on the loopback interface, from now on.
fn capture(file: &Path, filter: &str) -> Running {
    let mut dumpcap = tools::DUMPCAP.command();
    let mut running = Running::start(dumpcap.args(["-q", "-i", "lo", "-f", filter, "-w"]).arg(file));
    let started = running.line_or_end("File: ");
    assert!(
        started.is_some(),
        "{}\ncapturing on lo needs root, or dumpcap with the right to: \
         setcap cap_net_raw,cap_net_admin=eip /usr/bin/dumpcap",
        running.seen().join("\n")
    );
    running
}

/// What was captured is in the file once what came after it is.
fn mark_the_end(lab: &Lab, file: &Path) {
    let gateway = lab.system("primary").listener("gateway", "inner-udp");
    let mut peer = Peer::udp_from(SocketAddr::new(gateway.ip(), 0), gateway);
    let mark = "the-exchange-is-over";
    let local = peer.local().to_string();
    peer.say(message::options(lab.system("primary").name("gateway"), "UDP", &local, mark));
    process::until("the end is in the capture", || {
        let octets = fs::read(file).unwrap_or_default();
        octets.windows(mark.len()).any(|window| window == mark.as_bytes())
    });
}

#[test]
fn c10_9_3_10_2_on_the_wire_is_whole_decrypted_and_dissected() {
    if !tools::have(&[TSHARK, DUMPCAP]) {
        return;
    }
    let capture = Capture::of_one_exchange();
    let faults = "_ws.malformed || _ws.expert.severity >= 8388608";
    let marks = capture.packets(faults, &["frame.number", "_ws.col.Info", "_ws.expert.message"]);
    assert!(marks.is_empty(), "malformed, or marked as an error:\n{}", marks.join("\n"));

    let undissected = "sip.Method == \"MESSAGE\" && !(mime_multipart && xml)";
    let raw = capture.packets(undissected, &["frame.number", "_ws.col.Info"]);
    assert!(raw.is_empty(), "bodies that were not dissected:\n{}", raw.join("\n"));

    for (system, from) in [("partner", "the request"), ("primary", "the report")] {
        let filter = format!("{} && tls && sip.Method == \"MESSAGE\" && xml", capture.to_border(system));
        let seen = capture.packets(&filter, &["sip.r-uri"]);
        assert_eq!(
            seen,
            [capture.lab.system(system).locations()],
            "{from} is seen at the border of {system}"
        );
    }
}

/// The second pair of eyes for topology hiding: none of the property tests' code looks here.
#[test]
fn ts24379_6_8_2_nothing_internal_is_on_the_wire_between_the_gateways() {
    if !tools::have(&[TSHARK, DUMPCAP]) {
        return;
    }
    let capture = Capture::of_one_exchange();
    for (to, own) in [("partner", "primary"), ("primary", "partner")] {
        // Addresses of inner listeners, as Vias and Contacts have them on this side.
        let system = capture.lab.system(own);
        let inner = ["locations", "service", "sip-core"].map(|entity| system.listener(entity, "inner"));
        let border = capture.to_border(to);
        assert!(!capture.packets(&format!("{border} && sip"), &["frame.number"]).is_empty());
        for address in inner {
            let leaks =
                capture.packets(&format!("{border} && sip contains \"{address}\""), &["_ws.col.Info"]);
            assert!(leaks.is_empty(), "{address} is seen at the border of {to}: {leaks:?}");
        }
        let address = system.listener("locations", "inner");
        let inside =
            capture.packets(&format!("!({border}) && sip contains \"{address}\""), &["frame.number"]);
        assert!(!inside.is_empty(), "{address} is nowhere: the test sees nothing");
    }
}
