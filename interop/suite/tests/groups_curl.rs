//! curl as the XCAP client of a group management server (RFC 4825), against `mcx serve`: documents, elements and attributes,
//! conditions, refusals; and what the other system has of it (TS 23.280 10.2.7.2).
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{env, fs, os::unix::fs::symlink, path::Path, process::Command};

use interop::{
    Lab,
    curl::Client,
    process,
    tools::{self, CURL},
};

const GROUPS: &str = "org.openmobilealliance.groups";
const DOCUMENT: &str = "application/vnd.oma.poc.groups+xml";
const ELEMENT: &str = "application/xcap-el+xml";
const FIRE: &str = "sip:fire@primary.example";
/// `group/list-service/list/entry[@uri="…"]`, as a URI has it.
const BOB: &str = "~~/group/list-service/list/entry%5b@uri=%22sip:bob@partner.example%22%5d";

fn path(group: &str) -> String {
    format!("{GROUPS}/global/byGroupID/{group}")
}

fn group(id: &str, members: &[&str]) -> String {
    let entries: String = members.iter().map(|uri| format!("<entry uri=\"{uri}\"/>")).collect();
    format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"{id}\"><display-name>Fire</display-name>\
         <list>{entries}</list></list-service></group>"
    )
}

fn fire() -> String {
    group(FIRE, &["sip:alice@primary.example", "sip:bob@partner.example"])
}

#[test]
fn rfc4825_a_group_is_put_got_changed_by_element_and_deleted() {
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    let admin = Client::administrator(&lab, "primary");
    let made = admin.put(&path(FIRE), DOCUMENT, &fire(), &[]);
    assert_eq!((made.status, made.body.as_str()), (201, ""));
    let got = admin.ask("GET", &path(FIRE), &[]);
    assert_eq!((got.status, &got.body, &got.etag), (200, &fire(), &made.etag));
    assert_eq!(admin.ask("HEAD", &path(FIRE), &["--head"]).status, 200);
    let entry = admin.ask("GET", &format!("{}/{BOB}", path(FIRE)), &[]);
    assert_eq!((entry.status, entry.body.as_str()), (200, "<entry uri=\"sip:bob@partner.example\"/>"));
    let name = format!("{}/~~/group/list-service/display-name", path(FIRE));
    let renamed = admin.put(&name, ELEMENT, "<display-name>Brigade</display-name>", &[]);
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    assert_ne!(renamed.etag, made.etag);
    assert!(admin.ask("GET", &path(FIRE), &[]).body.contains("Brigade"));
    let attribute = admin.ask("GET", &format!("{}/~~/group/list-service/@uri", path(FIRE)), &[]);
    assert_eq!((attribute.status, attribute.body.as_str()), (200, FIRE));
    assert_eq!(admin.ask("DELETE", &format!("{}/{BOB}", path(FIRE)), &[]).status, 200);
    assert_eq!(admin.ask("GET", &format!("{}/{BOB}", path(FIRE)), &[]).status, 404);
    assert_eq!(admin.ask("DELETE", &path(FIRE), &[]).status, 200);
    assert_eq!(admin.ask("GET", &path(FIRE), &[]).status, 404);
    lab.nothing_panicked();
}

#[test]
fn rfc4825_7_11_conditions_hold_or_nothing_happens() {
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    let admin = Client::administrator(&lab, "primary");
    let made = admin.put(&path(FIRE), DOCUMENT, &fire(), &["--header", "If-None-Match: *"]);
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(admin.put(&path(FIRE), DOCUMENT, &fire(), &["--header", "If-None-Match: *"]).status, 412);
    let stale = ["--header", "If-Match: \"elsewhere\""];
    assert_eq!(admin.put(&path(FIRE), DOCUMENT, &fire(), &stale).status, 412);
    let fresh = format!("If-None-Match: {}", made.etag);
    assert_eq!(admin.ask("GET", &path(FIRE), &["--header", &fresh]).status, 304);
    let matching = format!("If-Match: {}", made.etag);
    assert_eq!(admin.ask("DELETE", &path(FIRE), &["--header", &matching]).status, 200);
}

#[test]
fn rfc4825_11_what_is_wrong_is_told_and_changes_nothing() {
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    let admin = Client::administrator(&lab, "primary");
    admin.put(&path(FIRE), DOCUMENT, &fire(), &[]);
    for (media_type, body, status, says) in [
        (DOCUMENT, "<group", 409, "not-well-formed"),
        (
            DOCUMENT,
            "<group xmlns=\"urn:oma:xml:poc:list-service\"><wrong/></group>",
            409,
            "schema-validation-error",
        ),
        ("text/plain", "hello", 415, ""),
        (DOCUMENT, &group("sip:other@primary.example", &["sip:bob@partner.example"]), 409, ""),
    ] {
        let refused = admin.put(&path(FIRE), media_type, body, &[]);
        assert_eq!(refused.status, status, "{body}: {}", refused.body);
        assert!(refused.body.contains(says), "{body}: {}", refused.body);
    }
    assert_eq!(admin.ask("GET", &path(FIRE), &[]).body, fire());
    let stranger = Client::administrator(&lab, "primary").with_token("nobody's");
    assert_eq!(stranger.ask("GET", &path(FIRE), &[]).status, 401);
    let member = Client::of(&lab, "primary", "alice");
    assert_eq!(member.ask("GET", &path(FIRE), &[]).status, 200);
    assert_eq!(member.put(&path(FIRE), DOCUMENT, &fire(), &[]).status, 403);
    lab.nothing_panicked();
}

#[test]
fn c10_2_7_2_a_group_that_curl_puts_is_at_the_partner_whose_members_get_it_there() {
    if !tools::have(&[CURL]) {
        return;
    }
    let mut lab = Lab::served().start();
    let body = lab.dir().join("fire.xml");
    fs::write(&body, fire()).expect("the folder is ours");
    let file = format!("@{}", body.display());
    assert_eq!(Client::administrator(&lab, "primary").put(&path(FIRE), DOCUMENT, &file, &[]).status, 201);
    let is_there = |lab: &Lab| Client::of(lab, "partner", "bob").ask("GET", &path(FIRE), &[]).status == 200;
    process::until("bob gets the group from his own system", || is_there(&lab));
    let told = Client::of(&lab, "partner", "bob").ask("GET", &path(FIRE), &[]);
    assert!(told.body.contains("bob@partner.example") && !told.body.contains("alice@"), "{}", told.body);
    // What was acknowledged outlives a crash, of either server.
    for system in ["partner", "primary"] {
        lab.kill(system, "servers");
        lab.serve(system, "servers");
    }
    assert!(is_there(&lab));
    assert_eq!(Client::administrator(&lab, "primary").ask("DELETE", &path(FIRE), &[]).status, 200);
    process::until("the group is withdrawn from the partner", || !is_there(&lab));
    lab.nothing_panicked();
}

/// The lines of README.md that talk to a group management server with curl.
fn readme() -> String {
    let text = fs::read_to_string(tools::workspace().join("README.md")).expect("README.md");
    let mut blocks = text.split("```").skip(1).step_by(2);
    blocks.find(|block| block.contains("curl -K D/curl.conf")).expect("lines for curl").to_owned()
}

#[test]
fn the_lines_of_the_readme_work_as_they_stand_there() {
    if !tools::have(&[CURL]) {
        return;
    }
    let lab = Lab::up();
    let lines: String = readme()
        .lines()
        .map(|line| match line.strip_prefix("AT=") {
            Some(_) => format!("AT={}\n", lab.system("primary").listener("groups", "clients")),
            // What a line prints is told from what the next one does.
            None if line.starts_with("curl") => format!("{} -w '\\n%{{http_code}}\\n'\n", plain(line)),
            None => format!("{}\n", plain(line)),
        })
        .collect();
    let folder = lab.dir().join("pasted");
    fs::create_dir(&folder).expect("the folder is ours");
    symlink(lab.dir(), folder.join("D")).expect("the folder is ours");
    let mcx = tools::mcx();
    let beside = Path::new(mcx.get_program()).parent().expect("a file is in a folder");
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(std::iter::once(beside.to_path_buf()).chain(env::split_paths(&path)));
    let mut shell = Command::new("sh");
    shell.args(["-euc", &lines]).current_dir(&folder).env("PATH", path.expect("no colon in it"));
    let told = tools::text(&tools::succeed(&mut shell));
    let (answers, told): (Vec<&str>, Vec<&str>) =
        told.lines().filter(|line| !line.is_empty()).partition(|line| line.starts_with('{'));
    let statuses =
        ["201", "200", "<entry uri=\"sip:bob@partner.example\"/>", "200", "200", "202", "200", "202", "200"];
    assert_eq!(told, statuses);
    let [previewed, _, shares, _] = answers.as_slice() else { panic!("{answers:?}") };
    assert!(previewed.contains("only their members") && shares.contains("\"why\":\"listed\""), "{answers:?}");
    let (put, got) = (fs::read(folder.join("D/fire.xml")), fs::read(folder.join("D/got.xml")));
    assert_eq!(put.expect("was put"), got.expect("was got"));
    lab.nothing_panicked();
}

/// A line without what it says of itself.
fn plain(line: &str) -> &str {
    line.split_once("  #").map_or(line, |(line, _)| line)
}
