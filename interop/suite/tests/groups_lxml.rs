//! Group documents by requests and lxml: what a node selector names, and what an edit makes, by an XPath engine that is not ours.
//! RFC 4825
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, process::Command};

use interop::{
    Lab,
    tools::{self, CURL},
};

/// Debian's own: another one may be first in the path, without Debian's libraries.
const PYTHON: &str = "/usr/bin/python3";

const FIRE: &str = "sip:fire@primary.example";

#[test]
fn rfc4825_6_7_and_8_selectors_and_edits_are_what_another_xpath_engine_makes_of_them() {
    if !tools::have(&[CURL]) {
        return;
    }
    let libraries = tools::run(Command::new(PYTHON).args(["-c", "import lxml.etree, requests"]));
    assert!(libraries.status.success(), "install: apt-get install python3-lxml python3-requests");
    let lab = Lab::up();
    let system = lab.system("primary");
    let mut token = tools::mcx();
    token.args(["lab", "token", "--as", system.administrator(), "--dir"]).arg(lab.dir());
    let file = lab.dir().join("admin.token");
    fs::write(&file, tools::succeed(&mut token).stdout).expect("the folder is ours");
    let at = system.listener("groups", "clients");
    let mut client = Command::new(PYTHON);
    client.arg(tools::workspace().join("interop/xcaplib/generic.py"));
    client.args([format!("{}:{}", system.xcap_root(), at.port()), at.to_string()]);
    client.arg(&file).arg(system.authority());
    client.args([FIRE, "sip:alice@primary.example", "sip:dave@primary.example", "sip:bob@partner.example"]);
    let told = tools::text(&tools::succeed(&mut client));
    let steps = told.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(steps > 60 && !told.contains("not ok"), "{steps} steps: {told}");
    lab.nothing_panicked();
}
