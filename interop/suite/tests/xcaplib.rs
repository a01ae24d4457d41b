//! AG Projects' xcaplib as the XCAP client of a group management server. RFC 4825
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    process::{Command, Stdio},
};

use interop::{
    Lab,
    tools::{self, CURL},
};

const FIRE: &str = "sip:fire@primary.example";

/// No archive that the suite installs from has the library: see `interop/xcaplib/README.md`.
fn is_installed() -> bool {
    let import = ["-c", "import xcaplib.client"];
    let found = Command::new("python3").args(import).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = found.is_ok_and(|status| status.success());
    if !is_there {
        eprintln!("skipped: python3 has no xcaplib (interop/xcaplib/README.md)");
    }
    is_there
}

#[test]
fn rfc4825_7_and_8_a_library_that_is_not_ours_does_what_clients_do() {
    if !tools::have(&[CURL]) || !is_installed() {
        return;
    }
    let lab = Lab::up();
    let system = lab.system("primary");
    let mut token = tools::mcx();
    token.args(["lab", "token", "--as", system.administrator(), "--dir"]).arg(lab.dir());
    let file = lab.dir().join("admin.token");
    fs::write(&file, tools::succeed(&mut token).stdout).expect("the folder is ours");
    let at = system.listener("groups", "clients");
    let mut client = Command::new("python3");
    client.arg(tools::workspace().join("interop/xcaplib/groups.py"));
    client.args([format!("{}:{}", system.xcap_root(), at.port()), at.to_string()]);
    client.arg(&file).args([FIRE, "sip:alice@primary.example", "sip:bob@partner.example"]);
    let told = tools::text(&tools::succeed(&mut client));
    assert_eq!(told.lines().filter(|line| line.starts_with("ok ")).count(), 11, "{told}");
    lab.nothing_panicked();
}
