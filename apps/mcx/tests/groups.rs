//! `mcx groups` as a program against `mcx lab up`, over real sockets: the lines of the README, and every command that they do not show.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a real program over real sockets, in real time")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kit::documents::client::{Ask, Sender};
use serde_json::Value;
use support::{Up, mcx, web};

const GROUP: &str = "sip:flood-ops@primary.example";
const BOB: &str = "sip:bob@partner.example";
const PARTNERS_ADMINISTRATOR: &str = "sip:admin@partner.example";

/// Longer than a group takes to be provided.
const PATIENCE: Duration = Duration::from_secs(20);

struct Lab {
    folder: tempfile::TempDir,
    up: Up,
}

impl Lab {
    fn up() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let up = Up::start(folder.path());
        let lab = Self { folder, up };
        fs::write(lab.file("group.xml"), document()).expect("the folder is ours");
        lab
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a command comes to: its status, and what it says.
    fn try_to(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let endpoints = self.file("endpoints.json");
        let endpoints = endpoints.to_str().expect("a path in UTF-8");
        let output = mcx(&[&["groups"], arguments, &["--endpoints", endpoints]].concat());
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }

    /// What it prints.
    fn does(&self, arguments: &[&str]) -> String {
        let (status, text) = self.try_to(arguments);
        assert_eq!(status, Some(0), "mcx groups {}: {text}", arguments.join(" "));
        text
    }

    /// What it refuses, and why.
    fn refuses(&self, arguments: &[&str]) -> String {
        let (status, text) = self.try_to(arguments);
        assert_eq!(status, Some(1), "mcx groups {}: {text}", arguments.join(" "));
        text
    }

    /// The group as its administrator puts it, from a file.
    fn puts(&self) -> String {
        self.does(&["put", GROUP, self.file("group.xml").to_str().expect("a path in UTF-8")])
    }

    /// The administrator of the partner system gives its user Bob his first profile, with these group entries.
    fn gives_bob(&self, entries: &str) {
        let all: Value =
            serde_json::from_slice(&fs::read(self.file("endpoints.json")).expect("is there")).expect("JSON");
        let partner = &all["systems"][1];
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let is_it = |each: &&Value| {
            each["entity"] == "configuration" && each["protocol"] == "https" && each["listener"] == "clients"
        };
        let listener =
            partner["listeners"].as_array().expect("listeners").iter().find(is_it).expect("is there");
        let folder = self.folder.path().to_str().expect("a path in UTF-8");
        let token = mcx(&["lab", "token", "--as", PARTNERS_ADMINISTRATOR, "--dir", folder]);
        let (token, root) =
            (String::from_utf8_lossy(&token.stdout).trim().to_owned(), text(&partner["configuration_root"]));
        let body = format!(
            "<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" XUI-URI=\"{BOB}\" user-profile-index=\"1\"><OnNetwork \
             index=\"1\"><MCPTTGroupInfo>{entries}</MCPTTGroupInfo></OnNetwork></mcptt-user-profile>"
        );
        let uri = format!("{root}/org.3gpp.mcptt.user-profile/users/{BOB}/mcptt-user-profile-1.xml");
        let ask = Ask {
            method: http::Method::PUT,
            media_type: Some("application/vnd.3gpp.mcptt-user-profile+xml"),
            body: body.into(),
            ..Ask::get(&uri)
        };
        let request = ask.request(Sender::User(&token)).expect("a request");
        let host: http::Uri = root.parse().expect("a URI");
        let at = text(&listener["address"]).parse().expect("an address");
        let ca = fs::read_to_string(text(&partner["tls"]["ca"])).expect("is there");
        let answer = web::send(request, host.host().expect("a host"), at, ca);
        assert!(answer.status().is_success(), "{} {:?}", answer.status(), answer.body());
    }

    fn status(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.does(&[&["status", "--json"], arguments].concat())).expect("JSON")
    }

    /// The share with the partner, once it has come to this.
    fn share(&self, state: &str) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.status(&["--group", GROUP, "--partner", "partner.example"]);
            let share = status["shares"][0].clone();
            if share["state"] == state {
                return share;
            }
            assert!(begun.elapsed() < PATIENCE, "{status}");
        }
    }
}

fn document() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<group xmlns=\"urn:oma:xml:poc:list-service\" \
         xmlns:mcpttgi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\"><list-service uri=\"{GROUP}\"><display-name>Flood</display-name>\
         <list><entry uri=\"sip:alice@primary.example\"/><entry uri=\"sip:bob@partner.example\"/></list>\
         <mcpttgi:on-network-group-priority>7</mcpttgi:on-network-group-priority></list-service></group>"
    )
}

/// The lines of the README that begin so, with the folder of the lab.
fn of_readme(folder: &Path) -> Vec<Vec<String>> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(readme).expect("README.md is there");
    let path = |name: &str| folder.join(name).to_str().expect("a path in UTF-8").to_owned();
    let word = |word: &str| match word.strip_prefix("D/") {
        Some(name) => path(name),
        None if word == "group.xml" => path(word),
        None => word.to_owned(),
    };
    let lines = text.lines().filter_map(|line| line.strip_prefix("mcx groups "));
    lines.map(|line| line.split_whitespace().map(word).collect()).collect()
}

#[test]
fn every_line_of_the_readme_about_groups_does_what_it_says() {
    let mut lab = Lab::up();
    let lines = of_readme(lab.folder.path());
    let commands: Vec<&str> = lines.iter().map(|line| line[0].as_str()).collect();
    for command in ["put", "preview", "status", "share", "unshare", "subscribe"] {
        assert!(commands.contains(&command), "{commands:?}");
    }
    for line in &lines {
        let mut words: Vec<&str> = ["groups"].into_iter().chain(line.iter().map(String::as_str)).collect();
        // Else it prints until Ctrl-C.
        words.extend((line[0] == "subscribe").then_some("--once"));
        let output = mcx(&words);
        let (told, failed) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{}: {failed}", words.join(" "));
        let expected = match line[0].as_str() {
            "put" => "201",
            "preview" => "by \"only their members\"",
            "status" => GROUP,
            "share" | "unshare" => "202",
            _ => "there",
        };
        assert!(told.contains(expected), "{}: {told}", words.join(" "));
    }
    assert_eq!(lab.up.stop(), Some(0));
}

#[test]
fn c10_2_7_2_a_group_is_previewed_provided_withdrawn_and_shared_again() {
    let lab = Lab::up();
    let put = lab.puts();
    assert!(put.starts_with("201") && put.contains("entity tag"), "{put}");
    assert_eq!(lab.does(&["get", GROUP]).trim_end(), document());
    assert_eq!(lab.does(&["get", GROUP, "--as", "alice"]).trim_end(), document(), "a member reads it");
    let why = lab.refuses(&["get", GROUP, "--as", "dave"]);
    assert!(why.contains("403"), "{why}");

    let preview = lab.does(&["preview", "--partner", "partner.example", GROUP]);
    let (changes, sent) = preview.split_once("\n\n").expect("changes, and the document");
    assert!(changes.contains("removed  by \"only their members\""), "{preview}");
    assert!(sent.contains("bob@partner.example") && !sent.contains("alice@primary.example"), "{preview}");

    let share = lab.share("stored");
    assert!(share["ours"].is_string() && share["ours"] == share["provided"], "{share}");
    let table = lab.does(&["status"]);
    for version in [&share["ours"], &share["theirs"]] {
        assert!(version.as_str().is_some_and(|etag| table.contains(etag)), "both versions: {share}\n{table}");
    }
    let there = lab.does(&["get", GROUP, "--as", PARTNERS_ADMINISTRATOR]);
    assert!(there.contains(">5</mcpttgi:on-network-group-priority>"), "as their policy has it: {there}");
    let accepted = ["preview", "--accepted", "--partner", "primary.example", GROUP];
    let accepted = lab.does(&[&accepted[..], &["--as", PARTNERS_ADMINISTRATOR]].concat());
    assert!(accepted.contains("7 becomes 5  by \"cap priority\""), "{accepted}");

    assert!(lab.does(&["unshare", "--partner", "partner.example", GROUP]).starts_with("202"));
    lab.share("barred");
    let why = lab.refuses(&["request", GROUP, "--as", PARTNERS_ADMINISTRATOR]);
    assert!(why.contains("403"), "{why}");
    assert!(lab.does(&["share", "--partner", "partner.example", GROUP]).starts_with("202"));
    lab.share("stored");
    let held = lab.status(&["--group", GROUP, "--as", PARTNERS_ADMINISTRATOR]);
    assert_eq!(held["copies"][0]["how"], "provided", "{held}");
}

#[test]
fn c10_2_7_3_a_group_is_requested_of_its_primary_system() {
    let lab = Lab::up();
    let why = lab.refuses(&["request", GROUP, "--as", PARTNERS_ADMINISTRATOR]);
    assert!(why.contains("404"), "it is not defined: {why}");
    lab.puts();
    let requested = lab.does(&["request", GROUP, "--as", PARTNERS_ADMINISTRATOR]);
    assert!(requested.starts_with("200"), "{requested}");
    let held = lab.status(&["--as", PARTNERS_ADMINISTRATOR]);
    let copy = &held["copies"][0];
    assert_eq!((&copy["group"], &copy["partner"]), (&GROUP.into(), &"primary.example".into()), "{held}");
    let bobs = lab.does(&["get", GROUP, "--as", "bob"]);
    assert!(bobs.contains("bob@partner.example") && bobs.contains(">5<"), "{bobs}");
    let other = lab.status(&["--group", "sip:other@primary.example"]);
    assert_eq!(other["shares"], serde_json::json!([]), "of that group alone");
    assert!(lab.does(&["delete", GROUP]).starts_with("200"));
}

#[test]
fn c10_2_7_1_a_user_finds_the_server_of_a_group_by_his_profile() {
    let lab = Lab::up();
    lab.puts();
    lab.share("stored");
    let subscribe = ["subscribe", "--once", "--as", "bob", GROUP];
    // The configuration management server writes the own group management server into what names a partner's group.
    lab.gives_bob(&format!("<entry index=\"1\"><uri-entry>{GROUP}</uri-entry></entry>"));
    assert!(
        lab.does(&["get", GROUP, "--as", "bob"]).contains(">5<"),
        "the own system's, as its policy has it"
    );
    assert!(lab.does(&subscribe).contains("there"));
    // A group of the own system is where its entry says; the partner's server knows no token of this system.
    let own = "sip:own@partner.example";
    let named = |server: &str| {
        let list =
            |name: &str, uri: &str| format!("<{name}><entry><uri-entry>{uri}</uri-entry></entry></{name}>");
        let lists = [
            list("GMS-Serv-Id", server),
            list("IDMS-token-endpoint", "https://idms.example/token"),
            list("KMS-URI", "sip:kms@x.example"),
        ];
        format!(
            "<entry index=\"1\"><uri-entry>{own}</uri-entry><anyExt><GroupServerInfo>{}</GroupServerInfo></anyExt></entry>",
            lists.concat()
        )
    };
    lab.gives_bob(&named("sip:gms_psi@primary.example"));
    let why = lab.refuses(&["get", own, "--as", "bob"]);
    assert!(why.contains("401"), "{why}");
    lab.gives_bob(&named("sip:gms_psi@partner.example"));
    let why = lab.refuses(&["get", own, "--as", "bob"]);
    assert!(!why.contains("401"), "his own server has no such group: {why}");
    lab.gives_bob(&named("sip:gms_psi@elsewhere.example"));
    for command in [&["get", own, "--as", "bob"], &["subscribe", own, "--as", "bob"]] {
        let why = lab.refuses(command);
        assert!(
            why.contains("names sip:gms_psi@elsewhere.example") && why.contains("no such server"),
            "{why}"
        );
    }
}
