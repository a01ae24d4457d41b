use std::{fs, os::unix::fs::PermissionsExt as _};

use super::*;
use crate::config::Document;

const SECRET: &str = "000102030405060708090a0b0c0d0e0f\n";

fn read(secret: &str, mode: u32, text: &str) -> Result<Option<Protection>, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.spk");
    fs::write(&file, secret).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    let text = format!("[partner]\n{text}\n");
    let document = Document::parse(folder.path().join("mcx.toml"), &text);
    let read = document.read(|root| root.required_table("partner", |each| Some(Protection::read(each))));
    let told =
        |error: &crate::config::ConfigError| format!("{}:{}: {}", error.line, error.column, error.text);
    read.map_err(|errors| errors.iter().map(told).collect())
}

#[test]
fn a_partner_signs_unless_told_otherwise_and_nothing_is_protected_without_the_table() {
    assert!(read(SECRET, 0o600, "").unwrap().is_none());
    let read = read(SECRET, 0o600, "protection = { keys = [{ id = \"30000001\", file = \"a.spk\" }] }");
    let shown = format!("{:?}", read.unwrap().unwrap());
    assert!(
        shown.contains("sending: Sign, required: true, confidential: false, key: Key(30000001)"),
        "{shown}"
    );
    assert!(!shown.contains("0, 1, 2"), "{shown}");
}

#[test]
fn a_secret_that_others_may_read_is_short_or_no_secret_is_told_at_its_place() {
    let keys = "protection = { keys = [{ id = \"30000001\", file = \"a.spk\" }] }";
    let told = |secret, mode| read(secret, mode, keys).err().unwrap_or_default().join("\n");
    assert!(told(SECRET, 0o640).contains("is open to others (mode 0640)"), "{}", told(SECRET, 0o640));
    for (secret, expected) in [
        ("0001", "2:50: a secret has 16 to 64 octets"),
        ("0001020304050607", "2:50: a secret has 16 to 64 octets"),
        ("000102030405060708090a0b0c0d0e0", "hexadecimal digits"),
        ("secret", "hexadecimal digits"),
        ("", "a secret has 16 to 64 octets"),
    ] {
        assert!(told(secret, 0o600).contains(expected), "{secret}: {}", told(secret, 0o600));
    }
}

#[test]
fn mistakes_are_told() {
    for (text, expected) in [
        ("protection = {}", "needs \"keys\""),
        (
            "protection = { required = false, encrypted = true, keys = [{ id = \"30000001\", file = \"a.spk\" }] }",
            "has to come signed",
        ),
        (
            "protection = { send = \"encrypt\", keys = [] }",
            "must be one of \"off\", \"sign\", \"sign-and-encrypt\"",
        ),
        ("protection = { keys = [{ id = \"1\", file = \"a.spk\" }] }", "must be an identifier of a key"),
        ("protection = { keys = [{ id = \"30000001\", file = \"b.spk\" }] }", "cannot be read"),
        (
            "protection = { keys = [{ id = \"30000001\", file = \"a.spk\" }, { id = \"30000001\", file = \"a.spk\" }] }",
            "another key has this identifier",
        ),
    ] {
        let told = read(SECRET, 0o600, text).err().unwrap_or_default().join("\n");
        assert!(told.contains(expected), "{text}: {told}");
    }
}
