use kit::config::{Document, Errors, TlsProfiles};

use super::*;
use crate::testing::PASSWORD;

fn read(text: &str) -> Result<Config, Errors> {
    let document = Document::parse("mcx.toml", text);
    document.read(|root| {
        let profiles = TlsProfiles::read(root);
        root.required_table("sip-core", |table| Config::read(table, &profiles))
    })
}

fn base(rest: &str) -> String {
    let head = "[sip-core]\nname = \"sip-core.core.primary.example\"\ndomain = \"Primary.example\"\n\
                uri = \"sip:sip-core.core.primary.example:5061\"\n";
    format!("{head}{rest}")
}

fn alice(rest: &str) -> String {
    let hash = Ha1::of(Algorithm::Sha256, "alice", "primary.example", PASSWORD);
    let hash = hash.reveal();
    base(&format!(
        "{rest}[[sip-core.users]]\nusername = \"alice\"\nidentities = [\"sip:alice@PRIMARY.example\"]\nha1-sha-256 = \"{hash}\"\n"
    ))
}

fn errors(text: &str) -> String {
    read(text).err().map(|errors| errors.to_string()).unwrap_or_default()
}

#[test]
fn users_servers_and_limits_are_read() {
    let server = "[[sip-core.servers]]\nname = \"lms1.core.primary.example\"\naddress = \"127.0.0.1:5061\"\n\
                  transport = \"tcp\"\nservices = [\"sip:lms_psi@primary.example\"]\nthird-party-registration = true\n";
    let limits = "[sip-core.registration]\nleast = \"10s\"\nmost = \"2h\"\n";
    let config = read(&alice(&format!("{server}{limits}"))).expect("is right");
    assert_eq!((config.domain.as_str(), config.realm.as_str()), ("primary.example", "primary.example"));
    assert_eq!(
        config.users.owner("sip:alice@primary.example").map(|user| user.username.as_str()),
        Some("alice")
    );
    assert_eq!(config.users.named("alice").map(|user| user.secrets.len()), Some(1));
    assert_eq!(config.servers[0].services, ["sip:lms_psi@primary.example"]);
    assert!(config.servers[0].third_party);
    assert_eq!((config.registration.least, config.registration.contacts), (Duration::from_secs(10), 8));
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let found = errors(&base(
        "realms = \"x\"\n[[sip-core.users]]\nusername = \"bob\"\nidentities = [\"sip:bob@partner.example\"]\nha1-sha-256 = \"12\"\n",
    ));
    assert!(
        found.contains("mcx.toml:5:1: unknown key \"realms\" in [sip-core]; did you mean \"realm\"?"),
        "{found}"
    );
    assert!(found.contains("\"sip:bob@partner.example\" is no SIP address of primary.example"), "{found}");
    assert!(found.contains("\"ha1-sha-256\" must be 64 hexadecimal digits"), "{found}");
}

#[test]
fn a_name_belongs_to_one() {
    let user = "[[sip-core.users]]\nusername = \"alice\"\nidentities = [\"sip:alice@primary.example\"]\n";
    let hash = "0".repeat(64);
    let found = errors(&alice(&format!("{user}ha1-sha-256 = \"{hash}\"\n")));
    assert!(found.contains("another user has this username"), "{found}");
    assert!(found.contains("sip:alice@primary.example is listed twice"), "{found}");
}

#[test]
fn no_registrar_calls_an_hour_too_brief() {
    let found = errors(&alice("[sip-core.registration]\nleast = \"2h\"\nusual = \"3h\"\n"));
    assert!(found.contains("at most an hour (RFC 3261 10.3)"), "{found}");
    let found = errors(&alice("[sip-core.registration]\nmost = \"5m\"\n"));
    assert!(found.contains("must not decrease"), "{found}");
    let found = errors(&alice("[sip-core.registration]\nalgorithms = [\"SHA-512\"]\n"));
    assert!(found.contains("\"SHA-256\", \"MD5\" or both"), "{found}");
}

#[test]
fn a_user_without_a_secret_is_a_mistake() {
    let user = "[[sip-core.users]]\nusername = \"bob\"\nidentities = [\"sip:bob@primary.example\"]\n";
    assert!(errors(&base(user)).contains("ha1-sha-256"));
}

#[test]
fn who_guesses_waits_as_configured() {
    let told = "[sip-core.registration.lock-out]\nuser = 3\naddress = 30\nfirst = \"2s\"\nlongest = \"1m\"\n";
    let (first, longest) = (Duration::from_secs(2), Duration::from_secs(60));
    let read = read(&alice(told)).expect("is right").registration.lock_out;
    assert_eq!(read, LockOut { user: 3, address: 30, first, longest });
    let found = errors(&alice("[sip-core.registration.lock-out]\nfirst = \"1h\"\n"));
    assert!(found.contains("longer than \"longest\""), "{found}");
}
