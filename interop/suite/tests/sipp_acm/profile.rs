//! TS 23.280 10.17.7.2: a profile is suggested for a user whom the partner system has given an identity. SIPp is the client that asks, the
//! partner's server that is asked, and the initiator's server that asks; the last two also with the bodies of the samples as they
//! were given.

use std::{fs, path::PathBuf};

use interop::{
    Lab, Running, System,
    curl::Client,
    sipp::{self, STOPPED, Sipp, Transport},
    tools::{self, CURL, SIPP},
};
use serde_json::Value;

use super::{GROUP, acm, answered_by, client, sample, waits, with_body};

/// The request of the samples.
const REQUEST: &str = "c43b6c0a-06c1-4a35-9d3c-0b9fd0a3a901";

/// For whom the samples suggest a profile.
const VISITOR: &str = "sip:m0417@partner.example";

/// What is suggested in place of nothing.
const NAME: &str = "<Name>Night shift</Name>";

/// A user's profile at the partner's configuration management server.
fn path(user: &str) -> String {
    format!("org.3gpp.mcptt.user-profile/users/{user}/mcptt-user-profile-1.xml")
}

/// As the scenarios have it, without the name.
fn document(user: &str) -> String {
    format!(
        "<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" XUI-URI=\"{user}\" user-profile-index=\"1\">\
         <OnNetwork index=\"1\"><MCPTTGroupInfo><entry index=\"1\"><uri-entry>{GROUP}</uri-entry></entry></MCPTTGroupInfo>\
         </OnNetwork></mcptt-user-profile>"
    )
}

/// A lab of servers. Nobody is logged on.
fn servers() -> Lab {
    let mut lab = Lab::served();
    ["primary", "partner"].into_iter().for_each(|system| lab.serve(system, "servers"));
    lab.started();
    lab
}

/// The primary system's servers are started again, configured otherwise.
fn changed(mut lab: Lab, edit: impl Fn(&System<'_>, String) -> String) -> Lab {
    lab.kill("primary", "servers");
    lab = lab.edit_servers("primary", edit);
    lab.serve("primary", "servers");
    lab
}

/// The partner system gives dave an identity, and a profile: which.
fn admitted(lab: &Lab) -> String {
    let dave = lab.system("primary").user("dave").mc_service_id();
    let asked = tools::succeed(&mut lab.acm("alice", &["add-users", "--to", "bob", dave]));
    let asked = String::from_utf8_lossy(&asked.stdout).into_owned();
    let asked: Value = serde_json::from_str(asked.lines().next().unwrap_or_default()).expect("one request");
    let request = asked["request"].as_str().expect("a name").to_owned();
    waits(lab, &request);
    tools::succeed(&mut lab.acm("bob", &["approve", &request]));
    let user = lab.system("partner").visitor().user().mc_service_id().to_owned();
    let made = Client::configurator(lab, "partner").put(
        &path(&user),
        "application/vnd.3gpp.mcptt-user-profile+xml",
        &document(&user),
        &[],
    );
    // It may have one by now, of the template that the system has.
    assert!(matches!(made.status, 200 | 201), "{} {}", made.status, made.body);
    user
}

fn profile(lab: &Lab, user: &str) -> String {
    Client::configurator(lab, "partner").ask("GET", &path(user), &[]).body
}

/// SIPp has heard that the request is stored, and then this.
fn is_told(mut sipp: Running, outcome: &str) {
    let (status, output) = sipp.end();
    assert_eq!(status.code(), Some(STOPPED), "no response arrived:\n{output}");
    let [stored, answered] =
        ["stored", outcome].map(|what| output.find(&format!("<outcome>{what}</outcome>")));
    assert!(stored.is_some() && stored < answered, "stored, then {outcome}:\n{output}");
}

#[test]
fn c10_17_7_2_sipp_suggests_a_profile_as_an_acm_client_and_it_is_put_in_place() {
    if !tools::have(&[SIPP, CURL]) {
        return;
    }
    let lab = servers();
    let user = admitted(&lab);
    // From now on its SIP core takes SIPp's kind of digest, and no other.
    let lab = changed(lab, |system, text| sipp::with_md5(system.domain(), &system.users(), &text));
    let sipp = client(&lab, "acm_profile_client", REQUEST)
        .key("user", &user)
        .out_of_call("acm_profile_receiver")
        .start();
    waits(&lab, REQUEST);
    assert!(!profile(&lab, &user).contains(NAME), "nothing before bob says yes");
    tools::succeed(&mut lab.acm("bob", &["approve", REQUEST]));
    is_told(sipp, "success");
    assert!(profile(&lab, &user).contains(NAME), "{}", profile(&lab, &user));
    lab.nothing_panicked();
}

/// Alice suggests a profile for this user; SIPp refuses it in the name of the handler.
fn refused_by(scenario: &str, handler: &str, user: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("partner.xml"), scenario).expect("the folder is ours");
    fs::write(at("profile.xml"), document(user)).expect("the folder is ours");
    let file = at("profile.xml").display().to_string();
    let words = ["update-profile", "--to", "bob", "--user", user, "--profile", "1", "--file", &file];
    answered_by(&at("partner.xml"), handler, &words, "fail");
}

fn scenario(name: &str) -> String {
    let file: PathBuf = tools::workspace().join("interop/sipp").join(name).with_extension("xml");
    fs::read_to_string(file).expect("it is there")
}

#[test]
fn c10_17_7_2_sipp_stores_and_refuses_a_profile_as_the_partners_acm_server() {
    if tools::have(&[SIPP]) {
        refused_by(
            &scenario("partner_acm_profile"),
            "sip:bob@partner.example",
            "sip:dave-abroad@partner.example",
        );
    }
}

#[test]
fn c10_17_7_2_sipp_refuses_with_the_samples_body_as_the_partners_acm_server() {
    let Some(folder) = tools::shared("samples/sip") else { return };
    if !tools::have(&[SIPP]) {
        return;
    }
    let names = [(REQUEST, "[$3]"), ("sip:admin1@primary.example", "[$5]"), (VISITOR, "[$7]")];
    let response = sample(&folder, "15-MESSAGE-acm-user-profile-update-response.sip", &names);
    let scenario = with_body(&scenario("partner_acm_profile"), "CSeq: 9 MESSAGE", &response);
    refused_by(&scenario, "sip:admin9@partner.example", VISITOR);
}

/// SIPp asks in place of the primary system's server, by this scenario; bob says no.
fn asked_by(scenario: impl Fn(&str) -> String) {
    let lab = servers();
    let user = admitted(&lab);
    let local = sipp::port(lab.system("primary").listener("gateway", "inner-udp").ip());
    // From now on gateway A hands what is for its ACM server to SIPp.
    let lab = changed(lab, |system, text| {
        sipp::with_long_datagrams(&sipp::led_to(&text, &acm(system), Transport::Udp, local))
    });
    let (primary, partner) = (lab.system("primary"), lab.system("partner"));
    let file = lab.dir().join("asking_acm.xml");
    fs::write(&file, scenario(&user)).expect("the folder is ours");
    let sipp = Sipp::new(file.to_str().expect("a plain name"), Transport::Udp, local)
        .to(primary.listener("gateway", "inner-udp"))
        .key("via", "UDP")
        .key("psi", &acm(&primary))
        .key("peer", &acm(&partner))
        .key("request", REQUEST)
        .key("initiator", primary.user("alice").mc_service_id())
        .key("target", partner.user("bob").mc_service_id())
        .key("user", &user)
        .key("group", GROUP)
        .out_of_call("acm_profile_receiver")
        .start();
    waits(&lab, REQUEST);
    tools::succeed(&mut lab.acm("bob", &["refuse", REQUEST, "--because", "not now"]));
    is_told(sipp, "fail");
    assert!(!profile(&lab, &user).contains(NAME), "what was refused is not applied");
    lab.nothing_panicked();
}

#[test]
fn c10_17_7_2_sipp_asks_as_the_initiators_acm_server_and_is_answered() {
    if tools::have(&[SIPP, CURL]) {
        asked_by(|_| scenario("asking_acm"));
    }
}

#[test]
fn c10_17_7_2_sipp_asks_with_the_samples_body_as_the_initiators_acm_server() {
    let Some(folder) = tools::shared("samples/sip") else { return };
    if !tools::have(&[SIPP, CURL]) {
        return;
    }
    asked_by(|user| {
        let names = [(VISITOR, user), ("sip:admin9@partner.example", "sip:bob@partner.example")];
        let request = sample(&folder, "14-MESSAGE-acm-user-profile-update-request.sip", &names);
        with_body(&scenario("asking_acm"), "CSeq: 7 MESSAGE", &request)
    });
}
