//! SIPp administers: TS 23.280 10.17.4.2 and 10.17.7.2, as somebody else's SIP stack sees it, once as the ACM client of a user of system A, and once as
//! the ACM server of the partner system B, behind its gateway; there also with the bodies of the samples as they were given.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod profile;

use std::{fs, net::SocketAddr, path::Path};

use interop::{
    Lab, System,
    process::until,
    sipp::{self, STOPPED, Sipp, Transport},
    tools::{self, SIPP},
};
use serde_json::Value;

const GROUP: &str = "sip:fire@primary.example";
const REQUEST: &str = "0d3e1a52-8f0e-4b6a-9c5e-2f3a0a7b9c01";

fn acm(system: &System<'_>) -> String {
    format!("sip:acm_psi@{}", system.domain())
}

/// A lab of servers, whose SIP core at system A takes SIPp's kind of digest. Nobody is logged on.
fn servers() -> Lab {
    let edit = |system: &System<'_>, text: String| sipp::with_md5(system.domain(), &system.users(), &text);
    let mut lab = Lab::served().edit_servers("primary", edit);
    ["primary", "partner"].into_iter().for_each(|system| lab.serve(system, "servers"));
    lab.started();
    lab
}

/// SIPp as alice's ACM client at her SIP core, by this scenario: she asks bob, and names the request so.
fn client(lab: &Lab, scenario: &str, request: &str) -> Sipp {
    let (primary, partner) = (lab.system("primary"), lab.system("partner"));
    let core = primary.listener("sip-core", "clients-tcp");
    let (alice, bob, local) = (primary.user("alice"), partner.user("bob"), sipp::port(core.ip()));
    Sipp::new(scenario, Transport::Tcp, local)
        .to(core)
        .user(&alice)
        .key("via", "TCP")
        .key("domain", primary.domain())
        .key("contact", &format!("sip:alice@{local};transport=tcp"))
        .key("acm", &acm(&primary))
        .key("request", request)
        .key("initiator", alice.mc_service_id())
        .key("target", bob.mc_service_id())
        .key("group", GROUP)
}

/// Bob finds a request that alice, or whoever asks in her name, has named so.
fn waits(lab: &Lab, request: &str) {
    until("it waits for bob", || {
        tools::text(&tools::run(&mut lab.acm("bob", &["pending"]))).contains(request)
    });
}

#[test]
fn c10_17_4_2_sipp_asks_as_an_acm_client_and_is_told_what_became_of_it() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = servers();
    let mut sipp = client(&lab, "acm_client", REQUEST).out_of_call("acm_receiver").start();
    waits(&lab, REQUEST);
    tools::succeed(&mut lab.acm("bob", &["approve", REQUEST]));
    let (status, output) = sipp.end();
    assert_eq!(status.code(), Some(STOPPED), "no response arrived:\n{output}");
    lab.nothing_panicked();
}

/// A lab where gateway B hands what is for its ACM server to SIPp.
fn led_to(served: Lab, address: SocketAddr) -> Lab {
    let edit = |system: &System<'_>, text: String| sipp::led_to(&text, &acm(system), Transport::Tcp, address);
    let mut lab = served.edit_servers("partner", edit);
    ["primary", "partner"].into_iter().for_each(|system| lab.serve(system, "servers"));
    lab.started();
    lab
}

/// Alice asks, SIPp answers for the partner's server: what her server says of it in the end.
fn answered_by(scenario: &Path, handler: &str, words: &[&str], expected: &str) {
    let served = Lab::served();
    let local = sipp::port(served.system("partner").listener("gateway", "inner-udp").ip());
    let (primary, partner) = (served.system("primary"), served.system("partner"));
    let mut sipp = Sipp::new(scenario.to_str().expect("a plain name"), Transport::Tcp, local)
        .key("via", "TCP")
        .key("psi", &acm(&partner))
        .key("peer", &acm(&primary))
        .key("handler", handler)
        .start();
    let lab = led_to(served, local);
    tools::succeed(&mut lab.acm("alice", words));
    sipp.succeed();
    let said = tools::succeed(&mut lab.acm("alice", &["status"]));
    let said: Value = serde_json::from_slice(&said.stdout).expect("one request");
    assert_eq!((&said["state"], &said["handler"]), (&expected.into(), &handler.into()), "{said}");
    lab.nothing_panicked();
}

const PROVIDES: [&str; 4] = ["provide-groups", "--to", "bob", GROUP];

#[test]
fn c10_17_4_2_sipp_stores_and_answers_as_the_partners_acm_server() {
    if tools::have(&[SIPP]) {
        answered_by(Path::new("partner_acm"), "sip:bob@partner.example", &PROVIDES, "success");
    }
}

/// The body of a sample, with the names of the lab in place of its own.
fn sample(folder: &Path, file: &str, names: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(folder.join(file)).expect("a sample").replace("\r\n", "\n");
    let (_, body) = text.split_once("\n\n").expect("a body");
    names.iter().fold(body.to_owned(), |body, (theirs, ours)| {
        assert!(body.contains(theirs), "{theirs} is not in {file}");
        body.replace(theirs, ours)
    })
}

/// The body between the empty line after a MESSAGE of this CSeq and the end of it.
fn with_body(scenario: &str, cseq: &str, body: &str) -> String {
    let (before, rest) = scenario.split_once(cseq).expect("it is sent");
    let (head, rest) = rest.split_once("\n\n").expect("a head");
    let (_, after) = rest.split_once("]]>").expect("an end");
    format!("{before}{cseq}{head}\n\n{}\n]]>{after}", body.trim_end())
}

#[test]
fn c10_17_4_2_sipp_answers_with_the_samples_bodies_as_the_partners_acm_server() {
    let Some(folder) = tools::shared("samples/sip") else { return };
    if !tools::have(&[SIPP]) {
        return;
    }
    let scenario =
        fs::read_to_string(tools::workspace().join("interop/sipp/partner_acm.xml")).expect("it is there");
    let names = [(REQUEST, "[$3]"), ("sip:admin1@primary.example", "[$5]")];
    let indication = sample(&folder, "12-MESSAGE-acm-process-indication.sip", &names);
    let scenario = with_body(&scenario, "CSeq: 8 MESSAGE", &indication);
    let response = sample(&folder, "13-MESSAGE-acm-group-info-provision-response.sip", &names);
    let scenario = with_body(&scenario, "CSeq: 9 MESSAGE", &response);
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("partner_acm_samples.xml");
    fs::write(&file, scenario).expect("the folder is ours");
    answered_by(&file, "sip:admin9@partner.example", &PROVIDES, "success");
}
