//! SIPp migrates: TS 23.280 10.6.3.3, as somebody else's SIP stack sees it, once as the client of a user who goes to work in system B, and
//! once as the MC service server of his primary system A, behind its gateway.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, net::SocketAddr};

use interop::{
    Lab, System,
    sipp::{self, STOPPED, Sipp, Transport},
    tools::{self, SIPP},
};

fn service(system: &System<'_>) -> String {
    format!("sip:mcptt_psi@{}", system.domain())
}

/// A lab whose SIP core at system B takes SIPp's kind of digest.
fn lab() -> Lab {
    let edit = |system: &System<'_>, text: String| {
        let visitor = system.visitor();
        let mut users = system.users();
        users.push(visitor.user());
        sipp::with_md5(system.domain(), &users, &text)
    };
    let lab = Lab::served().edit_servers("partner", edit);
    lab.edit_clients("partner", |_, text| sipp::answering_md5(&text)).start()
}

#[test]
fn c10_6_3_3_sipp_migrates_as_a_client_without_a_companion_body_and_is_told_the_outcome() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab();
    let partner = lab.system("partner");
    let (core, visitor) = (partner.listener("sip-core", "clients-tcp"), partner.visitor());
    let local = sipp::port(core.ip());
    let token = fs::read_to_string(visitor.access_token()).expect("the lab wrote it");
    let sipp = Sipp::new("migrating_client", Transport::Tcp, local)
        .to(core)
        .user(&visitor.user())
        .key("via", "TCP")
        .key("domain", partner.domain())
        .key("contact", &format!("sip:visitor@{local};transport=tcp"))
        .key("mcs", &service(&partner))
        .key("partner", visitor.user().mc_service_id())
        .key("primary", visitor.primary_mc_service_id())
        .key("token", token.trim());
    let (status, output) = sipp.out_of_call("migration_receiver").start().end();
    assert_eq!(status.code(), Some(STOPPED), "no outcome arrived:\n{output}");
    lab.nothing_panicked();
}

/// A lab where gateway A hands what is for its MC service server to SIPp.
fn led_to(served: Lab, address: SocketAddr) -> Lab {
    let edit = |system: &System<'_>, text: String| {
        let service = format!("[[gateway.service]]\nuri = \"{}\"\n", service(system));
        let (before, after) = text.split_once(&service).expect("the gateway has the service");
        let (_, rest) = after.split_once("\n\n").expect("the table ends");
        let hop = format!("name = \"sipp\"\naddress = \"{address}\"\ntransport = \"tcp\"");
        format!("{before}{service}{hop}\n\n{rest}")
    };
    served.edit_servers("primary", edit).start()
}

#[test]
fn c10_6_3_3_sipp_says_yes_as_the_primary_mc_service_server_by_both_ids() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let served = Lab::served();
    let local = sipp::port(served.system("primary").listener("gateway", "inner-udp").ip());
    let (primary, partner) = (served.system("primary"), served.system("partner"));
    let mut sipp = Sipp::new("primary_mcs", Transport::Tcp, local)
        .key("via", "TCP")
        .key("psi", &service(&primary))
        .key("peer", &service(&partner))
        .start();
    let lab = led_to(served, local);
    let visitor = lab.system("partner").visitor();
    let mut migrate = tools::mcx();
    migrate.args(["migrate", "--to", "partner.example", "--profile", "3", "--as", visitor.user().username()]);
    migrate.args(["--primary", visitor.primary_mc_service_id(), "--config"]);
    migrate.arg(lab.dir().join("partner/clients.toml"));
    let told = tools::text(&tools::succeed(&mut migrate));
    sipp.succeed();
    assert!(told.contains("igrated"), "{told}");
    lab.nothing_panicked();
}
