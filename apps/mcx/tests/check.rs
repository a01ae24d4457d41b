//! `mcx check`: every mistake at once, with its place and the nearest right name.

#![allow(clippy::expect_used, reason = "a test")]

use std::{fs, path::Path, process::Command};

use driver::SystemIds;
use mcx::{
    SystemConfig,
    cli::Topology,
    lab::{files, plan::Plan},
};

mod check {
    mod agreements;
    mod answers;
    mod fits;
    mod once;
    mod systems;
    mod told;
    mod trust;
}

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

/// 10.2.7.1: a misspelt rule would keep nothing back, and the members whom it is about would go to the partner.
#[test]
fn c10_2_7_1_a_rule_about_what_no_group_document_has_is_refused() {
    refused(
        "remove = \"group/list-service/list/entry\"",
        "remove = \"group/list-srvice/list/entry\"",
        "\"remove\" names an unknown element \"list-srvice\"; did you mean \"list-service\"?",
    );
    let condition = "unless = { attribute = \"uri\", domain = \"partner\" }";
    refused(
        condition,
        &condition.replace("\"uri\"", "\"ury\""),
        "\"attribute\" names an unknown attribute \"ury\"; did you mean \"uri\"?",
    );
    refused(
        condition,
        &condition.replace("\"partner\"", "\"partner.exampel\""),
        "\"domain\" names an unknown MC system \"partner.exampel\"; did you mean \"partner.example\"?",
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

/// RFC 8760: no error, for a terminal may know nothing else.
#[test]
fn rfc8760_users_who_have_md5_alone_are_told_of_each_at_its_place() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    let hash = "0123456789abcdef0123456789abcdef";
    let both: Vec<&str> = right.lines().filter(|line| line.starts_with("ha1-sha-256")).collect();
    assert_eq!(both.len(), 2, "alice and dave");
    let head = "[sip-core.registration]\nalgorithms = [\"SHA-256\", \"MD5\"]\n\n[[sip-core.listen]]";
    let beside = right.replacen("[[sip-core.listen]]", head, 1);
    let beside = beside.replacen(both[0], &format!("{}\nha1-md5 = \"{hash}\"", both[0]), 1);
    fs::write(&file, &beside).expect("can be written");
    assert_eq!(check(&file), (Some(0), String::new()), "beside SHA-256 it is no worse");

    let alone = beside.replacen(both[1], &format!("ha1-md5 = \"{hash}\""), 1);
    let line = 1 + alone.lines().position(|line| line.starts_with("ha1-md5")).expect("is there");
    let line =
        line + 1 + alone.lines().skip(line).position(|line| line.starts_with("ha1-md5")).expect("a second");
    fs::write(&file, &alone).expect("can be written");
    let (code, told) = check(&file);
    let place = format!("{}:{line}:11: warning: ", file.display());
    assert!(code == Some(0) && told.lines().count() == 1 && told.starts_with(&place), "{told}");
    assert!(told.contains("MD5 alone") && told.contains("RFC 8760"), "{told}");

    fs::write(&file, beside.replacen("[\"SHA-256\", \"MD5\"]", "[\"MD5\"]", 1)).expect("can be written");
    let (code, told) = check(&file);
    assert!(code == Some(0) && told.lines().count() == 2, "{told}");
    assert!(told.contains("\"algorithms\" offers MD5 alone; SHA-256 is wanted"), "{told}");
    assert!(told.contains("the user cannot register: "), "dave has SHA-256 alone: {told}");
}

#[test]
fn of_many_warnings_the_first_are_told_and_how_many_more_there_are() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    let head = "[sip-core.registration]\nalgorithms = [\"SHA-256\", \"MD5\"]\n\n[[sip-core.listen]]";
    let user = |number| {
        let name = format!("terminal{number}");
        format!(
            "\n[[sip-core.users]]\nusername = \"{name}\"\nidentities = [\"sip:{name}@primary.example\"]\nha1-md5 = \"{:032x}\"\n",
            number
        )
    };
    let many: String = (0..30).map(user).collect();
    fs::write(&file, right.replacen("[[sip-core.listen]]", head, 1) + &many).expect("can be written");
    let (code, told) = check(&file);
    assert!(code == Some(0) && told.lines().count() == 21 && told.ends_with("and 10 more\n"), "{told}");
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
fn a_user_of_the_configuration_who_keeps_one_of_the_store_out_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let (file, store) = (plan.systems[0].servers_file(), plan.systems[0].folder.join("servers.redb"));
    drop(store::Redb::open(&store, store::Clock::still(std::time::UNIX_EPOCH)).expect("a store"));
    let password = plan.systems[0].folder.join("password");
    fs::write(&password, "sesame\n").expect("can be written");
    for (name, told_of) in [("frank", false), ("alice", true)] {
        let id = format!("sip:{name}.too@primary.example");
        let mut add = Command::new(env!("CARGO_BIN_EXE_mcx"));
        add.args([
            "users",
            "add",
            name,
            "--mc-service-id",
            &id,
            "--store",
            &format!("redb:{}", store.display()),
        ]);
        let added = add.arg("--password-file").arg(&password).output().expect("mcx runs");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let (code, told) = check(&file);
        let wrong = format!("{}: warning: [[identity.user]] \"{name}\" stands before", file.display());
        assert!(code == Some(0) && told.starts_with(&wrong) == told_of, "{told}");
    }
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

/// What is promised for days is forgotten with the process that keeps it in memory.
#[test]
fn entities_that_keep_things_are_told_of_where_there_is_no_store() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    let without: String =
        right.lines().filter(|line| !line.starts_with("store = ")).map(|line| format!("{line}\n")).collect();
    assert_ne!(right, without);
    fs::write(&file, &without).expect("can be written");
    let (code, told) = check(&file);
    assert!(
        code == Some(0) && told.lines().count() == 1 && told.contains(": warning: no \"store\" in [process]"),
        "{told}"
    );
    for section in ["[acm]", "[identity]", "[groups]", "[configuration]", "[service]", "[aliases]"] {
        assert!(told.contains(section), "{section}: {told}");
    }
    // A process that keeps nothing needs none.
    let clients = plan.systems[0].clients_file();
    assert!(!fs::read_to_string(&clients).expect("was written").contains("store = "));
    assert_eq!(check(&clients), (Some(0), String::new()));
}

/// A log that nobody signs can be written anew by whoever has the store.
#[test]
fn entities_whose_audit_logs_nobody_signs_are_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    let (before, rest) = right.split_once("[audit]\n").expect("is there");
    let (key, after) = rest.split_once('\n').expect("and its key");
    assert!(key.starts_with("key = "), "{key}");
    for (section, place) in [("", "1:1"), ("[audit]\n", "")] {
        fs::write(&file, format!("{before}{section}{after}")).expect("can be written");
        let (code, told) = check(&file);
        let warned = format!("{}:{place}", file.display());
        assert!(code == Some(0) && told.lines().count() == 1 && told.starts_with(&warned), "{told}");
        assert!(
            told.contains("warning: no \"key\" in [audit]: nobody signs the audit logs of [acm]"),
            "{told}"
        );
    }
}

/// 10.17.5: the two servers that the ACM server tells of a removal are told the same by the operator.
#[test]
fn who_is_to_stay_at_one_server_and_to_leave_by_the_other_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    let says = |sections: &[&str]| {
        let add = |text: String, section: &&str| {
            let with = format!("{section}\nremoved-leave = false\n");
            let changed = text.replacen(&format!("{section}\n"), &with, 1);
            assert_ne!(changed, text, "{section}");
            changed
        };
        fs::write(&file, sections.iter().fold(right.clone(), add)).expect("can be written");
        check(&file)
    };
    let (code, told) = says(&["[service.migration]"]);
    assert!(code == Some(0) && told.lines().count() == 1, "{told}");
    assert!(told.contains("warning: whoever is removed leaves all the same"), "{told}");
    for sections in [&["[identity]"][..], &["[service.migration]", "[identity]"]] {
        assert_eq!(says(sections), (Some(0), String::new()));
    }
}
