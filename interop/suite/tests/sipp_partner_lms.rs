//! SIPp is the location management server of system B, behind its gateway: TS 23.280 10.9.3.10.2 steps 3 and 6. Who asks
//! is `mcx location request` in system A.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use interop::{
    Lab, Running, System,
    sipp::{self, Sipp, Transport},
    stunnel,
    tools::{self, SIPP, STUNNEL},
};

/// Where SIPp says that the target is.
const PLACE: &str = "sip:bob@partner.example  60.00000 25.00000";

/// A lab where gateway B hands what is for its location management server to `hop`, the keys of a hop in TOML.
fn lab(served: Lab, hop: &str) -> Lab {
    let edit = |system: &System<'_>, text: String| {
        sipp::with_long_datagrams(&sipp::led_to_hop(&text, system.locations(), hop))
    };
    served.edit_servers("partner", edit).start()
}

fn plain(transport: &str, address: SocketAddr) -> String {
    format!("name = \"sipp\"\naddress = \"{address}\"\ntransport = \"{transport}\"")
}

fn play(served: &Lab, transport: Transport, via: &str, local: SocketAddr) -> Running {
    let (primary, partner) = (served.system("primary"), served.system("partner"));
    Sipp::new("partner_lms", transport, local)
        .key("via", via)
        .key("psi", partner.locations())
        .key("peer", primary.locations())
        .start()
}

fn answers(lab: &Lab, mut sipp: Running) {
    let told = tools::text(&tools::succeed(&mut lab.locate("alice", &["bob"])));
    assert!(told.contains(PLACE), "{told}");
    sipp.succeed();
    lab.nothing_panicked();
}

fn over(transport: Transport, name: &str) {
    if !tools::have(&[SIPP]) {
        return;
    }
    let served = Lab::served();
    let local = sipp::port(served.system("partner").listener("gateway", "inner-udp").ip());
    let sipp = play(&served, transport, &name.to_uppercase(), local);
    answers(&lab(served, &plain(name, local)), sipp);
}

#[test]
fn c10_9_3_10_2_sipp_answers_as_the_partners_server_over_udp() {
    over(Transport::Udp, "udp");
}

#[test]
fn c10_9_3_10_2_sipp_answers_as_the_partners_server_over_tcp() {
    over(Transport::Tcp, "tcp");
}

#[test]
fn c10_9_3_10_2_sipp_answers_as_the_partners_server_over_tls() {
    if !tools::have(&[SIPP, STUNNEL]) {
        return;
    }
    let served = Lab::served();
    let partner = served.system("partner");
    let local = sipp::port(partner.listener("gateway", "inner-udp").ip());
    let sipp = play(&served, Transport::Tcp, "TLS", local);
    let own = partner.certificate("tester");
    let tunnel = stunnel::before(local.ip(), local, partner.authority(), own);
    let name = format!("tester.core.{}", partner.domain());
    let hop = format!(
        "name = \"{name}\"\naddress = \"{}\"\ntransport = \"tls\"\ntls = \"gateway\"",
        tunnel.address
    );
    answers(&lab(served, &hop), sipp);
}
