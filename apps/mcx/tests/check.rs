//! `mcx check`: every mistake at once, with its place and the nearest right name.

#![allow(clippy::expect_used, reason = "a test")]

use std::{fs, path::Path, process::Command};

use driver::SystemIds;
use mcx::{
    SystemConfig,
    cli::Topology,
    lab::{files, plan::Plan},
};

fn lab(topology: Topology) -> (tempfile::TempDir, Plan) {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = Plan::in_memory(folder.path(), topology, &*SystemIds::shared());
    files::write(&plan).expect("the lab's files");
    (folder, plan)
}

fn check(file: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
    let output =
        command.args(["check".as_ref(), "--config".as_ref(), file.as_os_str()]).output().expect("mcx runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_labs_own_files_are_right_in_every_topology() {
    for topology in [Topology::On, Topology::Off, Topology::Direct] {
        let (_folder, plan) = lab(topology);
        for system in &plan.systems {
            for file in [system.servers_file(), system.clients_file()] {
                assert_eq!(check(&file), (Some(0), String::new()), "{}", file.display());
            }
        }
    }
}

#[test]
fn direct_mode_has_no_gateway() {
    let (_folder, plan) = lab(Topology::Direct);
    let config = SystemConfig::open(&plan.systems[0].servers_file()).expect("is right");
    assert!(config.gateway.is_none() && config.locations.is_some());
}

#[test]
fn unknown_keys_and_broken_references_are_told_at_once_with_line_column_and_the_nearest_right_one() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    let wrong = right
        .replacen("hiding-secrets", "hidden-secrets", 1)
        .replacen("tls = \"service\"", "tls = \"servise\"", 1)
        .replacen("[locations]", "[location]", 1);
    fs::write(&file, &wrong).expect("can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(1));
    let place = |text: &str| {
        let at = wrong.find(text).expect("is in the file");
        let line_start = wrong[..at].rfind('\n').map_or(0, |newline| newline + 1);
        (wrong[..at].matches('\n').count() + 1, at - line_start + 1)
    };
    let name = file.display();
    let (line, column) = place("hidden-secrets");
    let key = format!(
        "{name}:{line}:{column}: unknown key \"hidden-secrets\" in [gateway]; did you mean \"hiding-secrets\"?"
    );
    assert!(told.contains(&key), "{told}");
    let (line, column) = place("\"servise\"");
    let reference = format!(
        "{name}:{line}:{column}: \"tls\" names an unknown TLS profile \"servise\"; did you mean \"service\"?"
    );
    assert!(told.contains(&reference), "{told}");
    assert!(told.contains("unknown key \"location\"; did you mean \"locations\"?"), "{told}");
}

#[test]
fn keys_of_access_tokens_are_fetched_from_whom_the_issuer_is_and_over_tls() {
    let (_folder, plan) = lab(Topology::On);
    let (file, at) = (plan.systems[0].servers_file(), plan.systems[0].at.identity_servers);
    let right = fs::read_to_string(&file).expect("was written");
    let hop =
        |name: &str, more: &str| format!("server = {{ name = \"{name}\", address = \"{at}\", {more} }}");
    let tls = "transport = \"tls\", tls = \"service\"";
    let from = hop("idms.primary.example", tls);
    let wrong = [
        (hop("idm.primary.example", tls), "does not prove to be \"idm.primary.example\" there"),
        (hop("idms.primary.example", "transport = \"tcp\""), "keys of access tokens are fetched"),
        (from.replace(&at.to_string(), &plan.systems[0].at.core.to_string()), "not [identity]"),
    ];
    for (to, why) in wrong {
        assert!(right.contains(&from), "{from}");
        fs::write(&file, right.replacen(&from, &to, 1)).expect("can be written");
        let (code, told) = check(&file);
        assert!(code == Some(1) && told.contains(why), "{to}: {told}");
    }
}

#[test]
fn a_file_that_names_no_entity_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mcx.toml");
    fs::write(&file, "[admin]\nlisten = \"127.0.0.1:0\"\n").expect("can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(1));
    assert!(told.contains("mcx.toml:1:1: names no entity"), "{told}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let (code, told) = check(Path::new("/nonexistent/mcx.toml"));
    assert_eq!(code, Some(1));
    assert!(told.starts_with("/nonexistent/mcx.toml:1:1: cannot be read"), "{told}");
}

/// Changes one thing in a file of the primary's servers, and hands back what is told.
fn changed(from: &str, to: &str) -> (Option<i32>, String) {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    assert!(right.contains(from), "{from} in {right}");
    fs::write(&file, right.replacen(from, to, 1)).expect("can be written");
    let (code, told) = check(&file);
    (code, told.replace(&format!("{}:", file.display()), ""))
}

/// A change is refused with this, in one line, at a place.
fn refused(from: &str, to: &str, wrong: &str) {
    let (code, told) = changed(from, to);
    assert_eq!(code, Some(1), "{from} -> {to}: {told}");
    assert!(told.contains(wrong), "{from} -> {to}: {told}");
    assert!(
        told.starts_with(|c: char| c.is_ascii_digit()) && told.lines().count() == 1,
        "{from} -> {to}: {told}"
    );
}

#[test]
fn a_rule_about_nobody_is_refused() {
    refused("target = \"anyone\"", "target = \"anybody\"", "did you mean \"anyone\"?");
    refused(
        "requester = \"partner.example\"",
        "requester = \"partnr.example\"",
        "did you mean \"partner.example\"?",
    );
}

#[test]
fn whoever_is_taken_for_the_sip_core_is_the_core_of_the_file() {
    refused(
        "core = \"sip-core.core.primary.example\"",
        "core = \"sip-cor.core.primary.example\"",
        "names an unknown SIP core \"sip-cor.core.primary.example\"",
    );
    refused(
        "core = { name = \"sip-core.core.primary.example\"",
        "core = { name = \"sipcore.core.primary.example\"",
        "did you mean \"sip-core.core.primary.example\"?",
    );
}

#[test]
fn a_hop_within_the_file_leads_to_who_is_meant() {
    // The MC service server, where the location management server is meant.
    let (_folder, plan) = lab(Topology::On);
    let at = &plan.systems[0].at;
    let (locations, service) =
        (format!("address = \"{}\"", at.locations), format!("address = \"{}\"", at.service));
    let hop =
        format!("name = \"lms1.core.primary.example\"\n{locations}\ntransport = \"tls\"\ntls = \"service\"");
    refused(&hop, &hop.replace(&locations, &service), "[service] listens at");
    refused(
        &hop,
        &hop.replace("lms1", "lms2"),
        "[locations] does not prove to be \"lms2.core.primary.example\" there",
    );
    let plain = hop.replace("\"tls\"\ntls = \"service\"", "\"tcp\"");
    refused(&hop, &plain, "servers know each other by their certificates");
}

#[test]
fn a_service_identity_is_the_same_in_every_section() {
    let wrong = "but that of [locations] is \"sip:lms_psi@primary.example\"";
    refused("uri = \"sip:lms_psi@primary.example\"", "uri = \"sip:lms@primary.example\"", wrong);
    refused(
        "[service.location-server]\npsi = \"sip:lms_psi",
        "[service.location-server]\npsi = \"sip:lms",
        wrong,
    );
    refused(
        "services = [\"sip:mcptt_psi@primary.example\"]",
        "services = [\"sip:mcptt@primary.example\"]",
        "\"services\" lacks that of [service], \"sip:mcptt_psi@primary.example\"",
    );
}

#[test]
fn a_user_of_a_server_is_one_of_the_sip_core() {
    refused(
        "mc-service-id = \"sip:alice@primary.example\"\nimpu = \"sip:alice.imsi@primary.example\"",
        "mc-service-id = \"sip:alice@primary.example\"\nimpu = \"sip:alcie.imsi@primary.example\"",
        "is of no user in [[sip-core.users]]: \"sip:alcie.imsi@primary.example\"; did you mean \"sip:alice.imsi@primary.example\"?",
    );
}

#[test]
fn a_key_belongs_to_its_certificate_and_an_authority_is_one() {
    refused(
        "key = \"tls/border.key\"",
        "key = \"tls/gateway.key\"",
        "the key does not belong to the certificate",
    );
    refused("tls/border.pem", "tls/border.key", "no certificate in the PEM text");
    let (code, told) =
        changed("authorities = [\"tls/partner-ca.pem\"]", "authorities = [\"tls/border.key\"]");
    assert_eq!(code, Some(1));
    assert!(told.contains("tls/border.key: no certificate in the PEM text"), "{told}");
}

#[test]
fn a_partner_is_trusted_where_it_arrives_and_where_it_is_reached() {
    let (code, told) = changed("issuer = \"tls/partner-ca.pem\"", "issuer = \"tls/ca.pem\"");
    assert_eq!(code, Some(1));
    assert!(told.contains("not among the authorities of the listener for partners"), "{told}");
    assert!(
        told.contains("not among the authorities of the profile that the partner is reached under"),
        "{told}"
    );
    refused(
        "issuer = \"tls/partner-ca.pem\"",
        "issuer = \"tls/border.key\"",
        "no certificate in the PEM text",
    );
}

#[test]
fn no_two_listeners_share_an_address() {
    let (_folder, plan) = lab(Topology::On);
    let at = &plan.systems[0].at;
    let (code, told) = changed(
        &format!("name = \"inner\"\naddress = \"{}\"", at.service),
        &format!("name = \"inner\"\naddress = \"{}\"", at.locations),
    );
    assert_eq!(code, Some(1));
    assert!(
        told.contains(&format!("\"inner\" of [locations] listens at {} already", at.locations)),
        "{told}"
    );
    let (_, told) = changed(&format!("listen = \"{}\"", at.admin), &format!("listen = \"{}\"", at.core));
    assert!(told.contains(&format!("[sip-core] listens at {} already", at.core)), "{told}");
}

#[test]
fn a_secret_that_is_too_short_is_refused_as_at_a_start() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    fs::write(plan.systems[0].folder.join("tls/hiding.secret"), "short").expect("can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(1));
    assert!(told.starts_with(&format!("{}:", file.display())) && told.contains("secret"), "{told}");
}

#[test]
fn a_certificate_of_ours_that_does_not_hold_now_is_told_of_and_no_more() {
    let (_folder, plan) = lab(Topology::On);
    let system = &plan.systems[0];
    let authority = certs::Authority::new("another").expect("an authority");
    for (leaf, wrong) in [
        (certs::Leaf::new("x").dns_name(system.inner("mcs1")).expired(), "has expired"),
        (certs::Leaf::new("x").dns_name(system.inner("mcs1")).valid(certs::Validity::future()), "not yet"),
    ] {
        let issued = authority.issue(&leaf).expect("a certificate");
        issued.write(&system.folder.join("tls"), "service").expect("can be written");
        let (code, told) = check(&system.servers_file());
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("warning: ") && told.contains(wrong), "{told}");
    }
}

#[test]
fn a_store_that_is_damaged_is_refused_as_at_a_start() {
    let (_folder, plan) = lab(Topology::On);
    let system = &plan.systems[0];
    fs::write(system.folder.join("servers.redb"), "not a store\n".repeat(1000)).expect("can be written");
    let (code, told) = check(&system.servers_file());
    assert_eq!(code, Some(1));
    assert!(told.contains("servers.redb"), "{told}");
}

#[test]
fn a_store_in_no_folder_is_refused() {
    refused("store = \"servers.redb\"", "store = \"nowhere/servers.redb\"", "\"store\" lies in no folder");
}

#[test]
fn of_a_file_that_is_no_toml_the_first_mistakes_are_told_and_how_many_more_there_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("endpoints.json");
    let entries: Vec<String> = (0..200).map(|number| format!("  \"key{number}\": {{ }}")).collect();
    fs::write(&file, format!("{{\n{}\n}}\n", entries.join(",\n"))).expect("can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(told.lines().count(), 21, "{told}");
    let last = told.lines().last().unwrap_or_default();
    assert!(last.starts_with("and ") && last.ends_with(" more"), "{told}");
}
