//! `[client.NAME]`: a user's terminal.

#![allow(clippy::expect_used, reason = "a test")]

use std::{fs, path::PathBuf, time::Duration};

use clients::{Permission, Source};
use kit::digest::Algorithm;
use mcx::SystemConfig;

const ALICE: &str = r#"[client.alice]
mc-service-id = "sip:alice@primary.example"
impu = "sip:alice.imsi@primary.example"
username = "alice"
password = "secret of hers"
location-server = "sip:lms_psi@primary.example"
core = { name = "sip-core.core.primary.example", address = "127.0.0.1:5060", transport = "tcp" }
"#;

const TRACK: &str = r#"<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="60.1" lon="24.9"/><trkpt lat="60.2" lon="24.9"/></trkseg></trk></gpx>"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("mcx.toml")
    }

    fn read(&self, more: &str) -> Result<SystemConfig, Vec<String>> {
        let read = SystemConfig::parse(&self.file(), &format!("{ALICE}{more}"));
        let place = format!("{}:", self.file().display());
        read.map_err(|why| why.to_string().lines().map(|line| line.replace(&place, "")).collect())
    }

    fn mistakes(&self, more: &str) -> Vec<String> {
        self.read(more).err().unwrap_or_default()
    }
}

#[test]
fn what_is_not_said_is_the_usual() {
    let config = Folder::new().read("").expect("is right");
    assert_eq!(config.clients.len(), 1);
    let alice = &config.clients[0];
    assert_eq!(&*alice.device.name, "alice");
    assert_eq!(alice.device.contact, "sip:alice@device.invalid");
    assert!(matches!(alice.location.source, Source::Unknown));
    assert!(matches!(alice.location.permission, Permission::Allow));
    assert!(alice.log_on && alice.listen.is_empty());
    assert_eq!(config.summary(), "client.alice");
}

/// Under one contact the log-off of either would be that of both (RFC 3261 10.3 step 7).
#[test]
fn rfc5626_4_1_two_devices_of_one_user_have_contacts_of_their_own() {
    let contact = |more: &str| Folder::new().read(more).expect("is right").clients[0].device.contact.clone();
    assert_eq!(contact("instance = \"urn:uuid:0-aa\"\n"), "sip:alice.urnuuid0aa@device.invalid");
    assert_ne!(contact("instance = \"urn:uuid:0-aa\"\n"), contact("instance = \"urn:uuid:0-bb\"\n"));
}

/// As RFC 5626 prints it in a contact it would be none there.
#[test]
fn rfc5626_4_1_an_instance_is_a_urn_without_angle_brackets() {
    let mistakes = |urn: &str| Folder::new().mistakes(&format!("instance = '{urn}'\n"));
    for urn in ["urn:uuid:00000000-0000-4000-8000-00000000000A", "URN:gsma:imei:90420156-025763-0"] {
        assert_eq!(mistakes(urn), Vec::<String>::new(), "{urn}");
    }
    for wrong in
        ["<urn:uuid:0-aa>", "uuid:0-aa", "urn:uuid:", "urn::aa", "urn:uuid:0 aa", "ürn:uuid:0-aa", ""]
    {
        let told = mistakes(wrong);
        let is_told = |why: &&String| why.contains("without angle brackets") && why.contains("urn:uuid:");
        assert!(told.first().is_some_and(|why| is_told(&why)), "{wrong}: {told:?}");
    }
}

#[test]
fn c10_9_3_2_a_user_can_be_asked_each_time() {
    let permission = |word: &str| {
        let config = Folder::new().read(&format!("permission = \"{word}\"\n")).expect("is right");
        config.clients[0].location.permission.clone()
    };
    assert!(matches!(permission("ask"), Permission::Ask(_)));
    assert!(matches!(permission("deny"), Permission::Deny));
    let wrong = Folder::new().mistakes("permission = \"aks\"\n");
    assert!(wrong.iter().any(|why| why.contains("\"ask\"")), "{wrong:?}");
}

#[test]
fn rfc7616_5_7_only_what_was_agreed_is_answered() {
    let account = |more: &str| Folder::new().read(more).expect("is right").clients[0].device.account.clone();
    let usual = account("");
    assert_eq!((usual.realm.as_str(), usual.algorithms), ("primary.example", vec![Algorithm::Sha256]));
    let other = account("realm = \"mcx\"\nalgorithms = [\"SHA-256\", \"MD5\"]\n");
    assert_eq!((other.realm.as_str(), other.algorithms.len()), ("mcx", 2));
    assert!(Folder::new().mistakes("algorithms = [\"SHA-1\"]\n")[0].contains("SHA-256"));
}

#[test]
fn rfc5626_4_4_a_stream_is_tried_every_30_s_unless_told_otherwise() {
    let kept = |more: &str| Folder::new().read(more).expect("is right").clients[0].device.keep_alive;
    assert_eq!(kept(""), Some(Duration::from_secs(30)));
    assert_eq!(kept("keep-alive = \"2m\"\n"), Some(Duration::from_secs(120)));
    assert_eq!(kept("keep-alive = \"0s\"\n"), None);
}

#[test]
fn a_password_is_not_shown() {
    let config = Folder::new().read("").expect("is right");
    assert!(!format!("{config:?}").contains("secret of hers"));
}

#[test]
fn a_terminal_moves_on_a_track_or_stands_at_a_point() {
    let folder = Folder::new();
    fs::write(folder.0.path().join("alice.gpx"), TRACK).expect("can be written");
    let source =
        |more: &str| folder.read(more).expect("is right").clients.pop().map(|alice| alice.location.source);
    assert!(matches!(source("track = \"alice.gpx\"\n"), Some(Source::Track(_))));
    assert!(
        matches!(source("position = [60.17, 24.94]\n"), Some(Source::Fixed(fix)) if fix.longitude == 24.94)
    );
    assert_eq!(
        folder.mistakes("track = \"alice.gpx\"\nposition = [60.17, 24.94]\n"),
        ["8:1: a terminal has a \"position\" or a \"track\", not both"]
    );
}

#[test]
fn a_point_that_is_none_and_a_track_that_is_none_are_told() {
    let folder = Folder::new();
    fs::write(folder.0.path().join("alice.gpx"), "<gpx/>").expect("can be written");
    for point in ["[60.17]", "[91, 0]", "[0, -181]", "[1, 2, 3]"] {
        assert_eq!(
            folder.mistakes(&format!("position = {point}\n")),
            ["8:12: \"position\" must be two numbers: latitude and longitude in degrees"]
        );
    }
    assert!(folder.mistakes("track = \"alice.gpx\"\n")[0].starts_with("8:9: "));
    assert!(folder.mistakes("track = \"nobody.gpx\"\n")[0].starts_with("8:9: "));
}

#[test]
fn a_listener_is_where_the_terminal_is_reached() {
    let listen =
        "[[client.alice.listen]]\nname = \"sip\"\naddress = \"127.0.0.1:5070\"\ntransport = \"udp\"\n";
    let config = Folder::new().read(listen).expect("is right");
    assert_eq!(config.clients[0].device.contact, "sip:alice@127.0.0.1:5070;transport=udp");
}

#[test]
fn an_identity_that_is_none_is_told_at_its_place() {
    let text = ALICE.replace("sip:alice@primary.example", "alice").replace("password", "pasword");
    let read = SystemConfig::parse(&Folder::new().file(), &text).err().map(|why| why.to_string());
    let told = read.unwrap_or_default();
    assert!(told.contains(":2:17: ") && told.contains("unknown key \"pasword\" in [client.alice]"), "{told}");
}

#[test]
fn ts24379_7_2_1_the_access_token_is_what_its_file_holds() {
    let folder = Folder::new();
    let token = folder.0.path().join("alice.token");
    assert!(folder.read("").expect("is right").clients[0].device.account.access_token.is_none());
    let mistakes = folder.mistakes("access-token = \"alice.token\"\n");
    assert!(mistakes.iter().any(|line| line.contains("cannot be read")), "{mistakes:?}");
    fs::write(&token, " \n").expect("the folder is ours");
    let mistakes = folder.mistakes("access-token = \"alice.token\"\n");
    assert!(mistakes.iter().any(|line| line.contains("is empty")), "{mistakes:?}");
    fs::write(&token, "a.b.c\n").expect("the folder is ours");
    let config = folder.read("access-token = \"alice.token\"\n").expect("is right");
    let held = config.clients[0].device.account.access_token.as_ref().expect("a token");
    assert_eq!(held.as_str(), "a.b.c");
    assert!(!format!("{config:?}").contains("a.b.c"), "a secret is never shown");
}
