//! SIPp asks, as a location management client of system A, where a user of system B is: TS 23.280 10.9.3.10.2 as its
//! requester sees it, from somebody else's SIP stack. The other end is the lab's own terminal.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use interop::{
    Lab, Running, System,
    process::until,
    sipp::{self, STOPPED, Sipp, Transport},
    stunnel,
    tools::{self, SIPP, STUNNEL},
};

/// A lab whose SIP core at system A takes SIPp's kind of digest; `edit` may change more.
fn lab(edit: impl Fn(&str) -> String) -> Lab {
    let edit =
        |system: &System<'_>, text: String| edit(&sipp::with_md5(system.domain(), &system.users(), &text));
    let lab = Lab::served().edit_servers("primary", edit);
    lab.edit_clients("primary", |_, text| sipp::answering_md5(&text)).start()
}

/// SIPp registers as alice and asks; what comes out of call is left to `receiver`.
fn ask(lab: &Lab, transport: Transport, via: &str, local: SocketAddr, to: SocketAddr) -> Sipp {
    let (primary, partner) = (lab.system("primary"), lab.system("partner"));
    let alice = primary.user("alice");
    let parameter = if transport == Transport::Udp { "" } else { ";transport=tcp" };
    Sipp::new("requesting_client", transport, local)
        .to(to)
        .user(&alice)
        .key("via", via)
        .key("domain", primary.domain())
        .key("contact", &format!("sip:alice@{local}{parameter}"))
        .key("lms", primary.locations())
        .key("requester", alice.mc_service_id())
        .key("target", partner.user("bob").mc_service_id())
}

fn is_located(mut sipp: Running) {
    let (status, output) = sipp.end();
    assert_eq!(status.code(), Some(STOPPED), "no report of a position arrived:\n{output}");
}

#[test]
fn c10_9_3_10_2_sipp_asks_over_tcp_and_is_told_on_the_connection_that_it_registered() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab(str::to_owned);
    let core = lab.system("primary").listener("sip-core", "clients-tcp");
    let asking = ask(&lab, Transport::Tcp, "TCP", sipp::port(core.ip()), core).out_of_call("report_receiver");
    is_located(asking.start());
    lab.nothing_panicked();
}

/// The report is too long for a datagram (RFC 3261 18.1.1): it comes to the same port over TCP, where a user agent
/// listens too (18.2.1). SIPp needs a process for each.
#[test]
fn c10_9_3_10_2_sipp_asks_over_udp_and_a_long_report_comes_over_tcp() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab(str::to_owned);
    let core = lab.system("primary").listener("sip-core", "clients-udp");
    let local = sipp::port(core.ip());
    let told = Sipp::new("report_receiver", Transport::Tcp, local).start();
    // Where nobody listens the report goes over UDP after all.
    until("SIPp listens", || sipp::listens(local));
    let asking = ask(&lab, Transport::Udp, "UDP", local, core).start();
    is_located(told);
    drop(asking);
    lab.nothing_panicked();
}

#[test]
fn c10_9_3_10_2_sipp_asks_over_udp_and_is_told_in_a_datagram_where_none_is_too_long() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab(sipp::with_long_datagrams);
    let core = lab.system("primary").listener("sip-core", "clients-udp");
    let asking = ask(&lab, Transport::Udp, "UDP", sipp::port(core.ip()), core).out_of_call("report_receiver");
    is_located(asking.start());
    lab.nothing_panicked();
}

#[test]
fn c10_9_3_10_2_sipp_asks_over_tls_and_is_told_on_the_connection_that_it_registered() {
    if !tools::have(&[SIPP, STUNNEL]) {
        return;
    }
    let lab = lab(str::to_owned);
    let primary = lab.system("primary");
    let core = primary.listener("sip-core", "clients-tls");
    let name = primary.name("sip-core");
    let tunnel = stunnel::towards(core.ip(), core, primary.authority(), name);
    let asking = ask(&lab, Transport::Tcp, "TLS", sipp::port(core.ip()), tunnel.address);
    is_located(asking.out_of_call("report_receiver").start());
    lab.nothing_panicked();
}
