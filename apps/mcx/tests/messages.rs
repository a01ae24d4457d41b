//! What the commands say to whoever mistypes something.

#![allow(clippy::expect_used, reason = "a test")]

mod support;

use std::{fs, process::Command};

use support::{Up, mcx};

#[test]
fn somebody_who_is_no_user_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("endpoints.json");
    fs::write(&file, r#"{"topology_hiding":"on","key_log":"keys.log","systems":[]}"#)
        .expect("can be written");
    let file = file.to_str().expect("a file in UTF-8");
    let output =
        mcx(&["location", "request", "--as", "mallory", "--endpoints", file, "sip:bob@partner.example"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("names no user mallory"));
}

#[test]
fn whoever_ends_no_lab_is_told_of_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let down = mcx(&["lab", "down", "--dir", folder.path().to_str().expect("UTF-8")]);
    let told = String::from_utf8_lossy(&down.stderr);
    assert!(
        down.status.code() == Some(1) && told.contains("--dir D") && !told.contains("--endpoints"),
        "{told}"
    );
}

#[test]
fn whoever_has_no_lab_here_is_told_what_to_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
    let output = command.args(["location", "request", "--as", "alice", "sip:bob@partner.example"]);
    let output = output.current_dir(folder.path()).output().expect("mcx runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("--endpoints") && told.contains("--config") && told.contains("mcx lab up"),
        "{told}"
    );
}

#[test]
fn whoever_lets_go_of_a_role_twice_is_told_that_he_does_not_hold_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let file = folder.path().join("endpoints.json");
    let file = file.to_str().expect("UTF-8");
    let role = "sip:dispatcher@primary.example";
    for (word, says) in
        [("activate", "active for"), ("deactivate", "let go"), ("deactivate", "was not active")]
    {
        let output = mcx(&["alias", word, "--as", "alice", "--endpoints", file, role]);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.starts_with(&format!("{role}  {says}")), "{word}: {told}");
    }
}

#[test]
fn whoever_names_what_is_no_endpoints_json_is_told_what_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("UTF-8");
    let toml = folder.path().join("servers.toml");
    fs::write(&toml, "[process]\n").expect("can be written");
    let toml = toml.to_str().expect("UTF-8");
    for (named, why) in
        [(dir, "is a folder"), (toml, "expected value"), ("/nonexistent/e.json", "no such file")]
    {
        let output = mcx(&["location", "request", "--as", "alice", "--endpoints", named, "bob"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(
            told.starts_with(&format!("{named}: {why}")) && told.contains("`mcx lab up --dir D`"),
            "{told}"
        );
    }
}

#[test]
fn whoever_misspells_a_user_is_told_alike_by_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let file = folder.path().join("endpoints.json");
    let (file, dir) = (file.to_str().expect("UTF-8"), folder.path().to_str().expect("UTF-8"));
    let group = "sip:fire@primary.example";
    let all: [&[&str]; 8] = [
        &["location", "request", "--as", "alcie", "--endpoints", file, "bob"],
        &["login", "--as", "alcie", "--endpoints", file],
        &["groups", "get", "--as", "alcie", "--endpoints", file, group],
        &["groups", "subscribe", "--as", "alcie", "--endpoints", file, group],
        &["acm", "status", "--as", "alcie", "--endpoints", file],
        &["alias", "status", "--as", "alcie", "--endpoints", file],
        &["service", "status", "--as", "alcie", "--endpoints", file],
        &["lab", "token", "--as", "alcie", "--dir", dir],
    ];
    for arguments in all {
        let output = mcx(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(told, "the lab names no user alcie; did you mean \"alice\"?\n", "{arguments:?}");
    }
}

#[test]
fn whoever_misspells_a_partner_or_writes_what_is_no_xml_is_told_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (file, group) = (path("endpoints.json"), "sip:fire@primary.example");
    let partner = ["--partner", "partnr.example"];
    for words in [&["preview", group][..], &["share", group], &["unshare", group], &["status"]] {
        let output = mcx(&[&["groups"], words, &partner, &["--endpoints", &file]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert_eq!(
            told, "the lab has no system partnr.example; did you mean \"partner.example\"?\n",
            "{words:?}"
        );
    }
    fs::write(path("group.xml"), "<group>\n  <list-service>\n</group>\n").expect("can be written");
    let output = mcx(&["groups", "put", group, &path("group.xml"), "--endpoints", &file]);
    let told = String::from_utf8_lossy(&output.stderr);
    let place = format!("{}: ", path("group.xml"));
    assert!(output.status.code() == Some(1) && told.starts_with(&place) && told.contains("3"), "{told}");
}

#[test]
fn the_help_of_a_command_shows_no_default_that_is_nothing() {
    for words in [&["alias", "--help"][..], &["alias", "status", "--help"], &["users", "--help"]] {
        let help = String::from_utf8(mcx(words).stdout).expect("UTF-8");
        assert!(!help.contains("[default: ]"), "{help}");
    }
}

#[test]
fn whoever_names_what_is_no_level_of_the_log_is_told_and_nothing_starts() {
    for (said, told) in [
        (
            "wran",
            "MCX_LOG: \"wran\" is no level (off, error, warn, info, debug, trace); did you mean \"warn\"?\n",
        ),
        (
            "info,driver=debgu",
            "MCX_LOG: \"debgu\" in \"driver=debgu\" is no level (off, error, warn, info, debug, trace); did you mean \"debug\"?\n",
        ),
    ] {
        for words in [&["lab", "run", "location"][..], &["acm", "status", "--as", "alice"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
            let output = command.args(words).env("MCX_LOG", said).output().expect("mcx runs");
            assert_eq!(output.status.code(), Some(1), "{words:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), told, "{words:?}");
        }
    }
}

/// Where it was, and what to do: after `lab down` nobody is there.
#[test]
fn whoever_asks_in_a_lab_that_is_down_is_told_where_nobody_was_and_how_it_is_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("endpoints.json");
    let mut up = Up::start(folder.path());
    let endpoints = mcx::endpoints::Endpoints::open(&file).expect("was written");
    assert_eq!(up.stop(), Some(0));
    let (file, dir) = (file.to_str().expect("UTF-8"), folder.path().display());
    let hint = format!("nothing runs of the lab of {dir}: `mcx lab up --dir {dir} --fresh` starts it anew\n");
    let at = |entity: &str, listener: &str| {
        endpoints.systems[0].listener(entity, listener).expect("is there").address.clone()
    };
    for (words, address) in [
        (&["location", "request", "--as", "alice", "bob"][..], at("sip-core", "clients-tcp")),
        (&["groups", "get", "sip:fire@primary.example"], at("groups", "clients")),
        (&["login", "--as", "alice"], at("identity", "clients")),
        (&["service", "status", "--system", "primary.example"], at("service", "clients")),
    ] {
        let output = mcx(&[words, &["--endpoints", file]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(told.contains(&format!("unreachable: {address}: Connection refused")), "{words:?}: {told}");
        assert!(told.ends_with(&hint), "{words:?}: {told}");
        assert!(words[0] != "login" || told.starts_with(&endpoints.systems[0].identity.issuer), "{told}");
    }
}

#[test]
fn an_address_of_operators_that_is_taken_or_not_ours_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mcx.toml");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("is bound").to_string();
    for (address, why) in
        [(&*taken, "the address is in use"), ("192.0.2.1:9090", "no interface of this machine")]
    {
        let clients = "[client.alice]\nmc-service-id = \"sip:alice@a.example\"\nimpu = \"sip:alice@a.example\"\n\
             username = \"alice\"\npassword = \"p\"\nlocation-server = \"sip:lms@a.example\"\n\
             core = { name = \"core.a.example\", address = \"127.0.0.1:9\", transport = \"tcp\" }\n";
        fs::write(&file, format!("[admin]\nlisten = \"{address}\"\n\n{clients}")).expect("can be written");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&file, private).expect("is ours");
        let output = mcx(&["serve", "--config", file.to_str().expect("UTF-8")]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("[admin] listen: {address}: {why}")), "{told}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a-file");
    fs::write(&file, "").expect("can be written");
    let inside = file.join("lab");
    for dir in [&file, &inside] {
        let output = mcx(&["lab", "up", "--dir", dir.to_str().expect("UTF-8")]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with(&format!("{}: ", dir.display())), "{told}");
    }
}

#[test]
fn whoever_misspells_a_target_an_alias_or_somebody_in_the_audit_log_is_told_whom_he_may_mean() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let file = folder.path().join("endpoints.json");
    let file = file.to_str().expect("UTF-8");
    let told = |words: &[&str]| String::from_utf8_lossy(&mcx(words).stderr).into_owned();
    let location = ["location", "request", "--as", "alice", "--endpoints", file];
    let said = told(&[&location[..], &["bbo"]].concat());
    assert_eq!(said, "bbo: not a valid MC service ID: it has no scheme; did you mean \"bob\"?\n");
    let said = told(&[&location[..], &["somebody.else"]].concat());
    assert!(said.ends_with("it has no scheme, such as \"sip:bob@partner.example\"\n"), "{said}");
    let activate = ["alias", "activate", "--as", "alice", "--endpoints", file];
    let said = told(&[&activate[..], &["sip:dipatcher@primary.example"]].concat());
    assert!(said.contains("did you mean \"sip:dispatcher@primary.example\"?"), "{said}");
    assert!(said.contains("`mcx alias status`"), "{said}");
    assert!(mcx(&[&activate[..], &["sip:dispatcher@primary.example"]].concat()).status.success());
    let store = format!("redb:{}", folder.path().join("primary/servers.redb").display());
    // Entries are gathered for a moment before they are in the log.
    let show = || told(&["audit", "show", "--on", "alice", "--store", &store]);
    let said = (0..200).map(|_| show()).find(|said| said.contains("did you mean")).unwrap_or_else(show);
    assert!(said.ends_with("names alice; did you mean \"sip:alice@primary.example\"?\n"), "{said}");
}

#[test]
fn whoever_names_a_group_that_is_no_uri_is_told_what_was_meant() {
    for (group, hint) in [
        ("fire@a.example", "did you mean \"sip:fire@a.example\"?"),
        ("fire", "such as \"sip:fire@a.example\""),
    ] {
        let output = mcx(&["groups", "get", group, "--as", "alice", "--endpoints", "/nonexistent/e.json"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with(&format!("{group}: ")) && told.contains(hint), "{told}");
    }
}

#[test]
fn whoever_names_a_seed_that_is_no_number_is_told_what_one_is() {
    let output = mcx(&["lab", "run", "location", "--seed", "abc"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("a seed is a number from 0 to ") && told.contains("such as 7"), "{told}");
}
