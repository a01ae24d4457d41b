//! SIPp is the terminal of a user of system B: logs on, is asked for a fresh position and reports it (TS 23.280 10.9.3.2
//! within 10.9.3.10.2 step 5). Who asks is `mcx location request` in system A.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use interop::{
    Lab, Running,
    sipp::{self, STOPPED, Sipp, Transport},
    stunnel,
    tools::{self, SIPP, STUNNEL},
};

/// Where SIPp says that it is.
const PLACE: &str = "sip:erin@partner.example  60.00000 25.00000";

/// A lab whose SIP core at system B takes SIPp's kind of digest, and may send long datagrams to it.
fn lab() -> Lab {
    let edit = |system: &interop::System<'_>, text: String| {
        sipp::with_long_datagrams(&sipp::with_md5(system.domain(), &system.users(), &text))
    };
    let lab = Lab::served().edit_servers("partner", edit);
    lab.edit_clients("partner", |_, text| sipp::answering_md5(&text)).start()
}

/// SIPp registers as erin, for whom the lab runs no terminal.
fn log_on(lab: &Lab, transport: Transport, via: &str, to: SocketAddr) -> Running {
    let partner = lab.system("partner");
    let erin = partner.user("erin");
    let local = sipp::port(partner.listener("sip-core", "clients-udp").ip());
    let parameter = if transport == Transport::Udp { "" } else { ";transport=tcp" };
    let mut sipp = Sipp::new("register", transport, local)
        .out_of_call("location_client")
        .to(to)
        .user(&erin)
        .key("via", via)
        .key("domain", partner.domain())
        .key("contact", &format!("sip:erin@{local}{parameter}"))
        .key("lms", partner.locations())
        .key("mcid", erin.mc_service_id())
        .start();
    sipp.line("registered");
    sipp
}

fn is_located(lab: &Lab, mut sipp: Running) {
    let told = tools::text(&tools::succeed(&mut lab.locate("alice", &["erin"])));
    assert!(told.contains(PLACE), "{told}");
    let (status, output) = sipp.end();
    assert_eq!(status.code(), Some(STOPPED), "{output}");
    lab.nothing_panicked();
}

#[test]
fn c10_9_3_2_sipp_reports_a_fresh_position_over_udp() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab();
    let core = lab.system("partner").listener("sip-core", "clients-udp");
    is_located(&lab, log_on(&lab, Transport::Udp, "UDP", core));
}

#[test]
fn c10_9_3_2_sipp_reports_a_fresh_position_over_tcp() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab();
    let core = lab.system("partner").listener("sip-core", "clients-tcp");
    is_located(&lab, log_on(&lab, Transport::Tcp, "TCP", core));
}

#[test]
fn c10_9_3_2_sipp_reports_a_fresh_position_over_tls() {
    if !tools::have(&[SIPP, STUNNEL]) {
        return;
    }
    let lab = lab();
    let partner = lab.system("partner");
    let core = partner.listener("sip-core", "clients-tls");
    let tunnel = stunnel::towards(core.ip(), core, partner.authority(), partner.name("sip-core"));
    is_located(&lab, log_on(&lab, Transport::Tcp, "TLS", tunnel.address));
}
