//! openssl at the border of system A, as partners with every kind of certificate (RFC 5922; TS 33.180 5.12).
//!
//! The lab's authority for system B is replaced by one of this test's own, which can issue what no lab should hold.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use certs::{Authority, Leaf, Usage};
use interop::{
    Lab, Running, message,
    tools::{self, OPENSSL},
};

/// The name that system B's gateway has, and the only one that the agreement knows.
const PARTNER: &str = "mcgw.partner.example";

/// A lab whose gateway A takes certificates of `authority` for system B.
struct Border {
    lab: Lab,
    authority: Authority,
    folder: PathBuf,
}

impl Border {
    fn new() -> Self {
        let mut lab = Lab::served();
        let authority = Authority::new("partner.example test").expect("an authority");
        let folder = lab.dir().join("shown");
        fs::create_dir(&folder).expect("the lab's folder is ours");
        fs::write(lab.dir().join("primary/tls/partner-ca.pem"), authority.pem()).expect("writable");
        lab.serve("primary", "servers");
        lab.started();
        Self { lab, authority, folder }
    }

    /// Certificate and key in files.
    fn shown(&self, authority: &Authority, leaf: &Leaf) -> (PathBuf, PathBuf) {
        let written = authority.issue(leaf).expect("issued").write(&self.folder, "shown").expect("written");
        (written.certificate, written.key)
    }

    /// Connects, and sends an OPTIONS for the gateway itself.
    fn connect(&self, shown: Option<(&Path, &Path)>, options: &[&str]) -> Running {
        let primary = self.lab.system("primary");
        let border = primary.listener("gateway", "border");
        let mut command = tools::OPENSSL.command();
        command.args(["s_client", "-connect", &border.to_string(), "-quiet", "-verify_return_error"]);
        command.args(["-CAfile", primary.authority(), "-verify_hostname", primary.name("gateway")]);
        if let Some((certificate, key)) = shown {
            command.arg("-cert").arg(certificate).arg("-key").arg(key);
        }
        command.args(options);
        let ask = message::options(primary.name("gateway"), "TLS", "openssl.partner.example", "border");
        Running::start_with(&mut command, ask.as_bytes())
    }

    fn is_refused_in_the_handshake(&self, authority: &Authority, leaf: &Leaf, alert: &str) {
        let (certificate, key) = self.shown(authority, leaf);
        for version in ["-tls1_3", "-tls1_2"] {
            let mut peer = self.connect(Some((&certificate, &key)), &[version]);
            ended_by(&mut peer, alert);
        }
        self.serves_the_partner();
    }

    /// Whatever came before, who shows the right certificate is answered.
    fn serves_the_partner(&self) {
        let (certificate, key) = self.shown(&self.authority, &right());
        for version in ["-tls1_3", "-tls1_2"] {
            self.connect(Some((&certificate, &key)), &[version]).line("SIP/2.0 200 OK");
        }
    }
}

fn right() -> Leaf {
    Leaf::new(PARTNER).dns_name(PARTNER)
}

/// The connection ends with this alert, and nothing was said in SIP.
fn ended_by(peer: &mut Running, alert: &str) {
    let (status, output) = peer.end();
    assert!(!output.contains("SIP/2.0"), "was answered:\n{output}");
    assert!(!status.success() && output.contains(alert), "not refused by {alert:?}:\n{output}");
}

#[test]
fn rfc5922_the_right_certificate_is_answered() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    Border::new().serves_the_partner();
}

#[test]
fn ts33180_5_12_a_missing_certificate_ends_the_handshake() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    ended_by(&mut border.connect(None, &["-tls1_3"]), "certificate required");
    ended_by(&mut border.connect(None, &["-tls1_2"]), "alert");
    border.serves_the_partner();
}

#[test]
fn rfc5280_an_expired_certificate_ends_the_handshake() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    border.is_refused_in_the_handshake(&border.authority, &right().expired(), "certificate expired");
}

#[test]
fn rfc5280_a_certificate_for_servers_only_ends_the_handshake() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    border.is_refused_in_the_handshake(&border.authority, &right().usage(Usage::Server), "alert");
}

#[test]
fn ts33180_5_12_a_foreign_authority_ends_the_handshake() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    let foreign = Authority::new("stranger.example").expect("an authority");
    border.is_refused_in_the_handshake(&foreign, &right(), "unknown ca");
    let impostor = border.authority.impostor().expect("an authority");
    border.is_refused_in_the_handshake(&impostor, &right(), "alert");
}

#[test]
fn ts33180_5_12_a_certificate_of_the_own_system_ends_the_handshake() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    let (certificate, key) = border.lab.system("primary").certificate("locations");
    let mut peer = border.connect(Some((Path::new(certificate), Path::new(key))), &[]);
    ended_by(&mut peer, "unknown ca");
    border.serves_the_partner();
}

#[test]
fn rfc5922_7_2_another_name_under_the_right_authority_is_refused_at_its_first_request() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    let others = [
        Leaf::new("mcgw.stranger.example").dns_name("mcgw.stranger.example"),
        Leaf::new(PARTNER).dns_name("sub.mcgw.partner.example"),
    ];
    for other in others {
        let (certificate, key) = border.shown(&border.authority, &other);
        for version in ["-tls1_3", "-tls1_2"] {
            let mut peer = border.connect(Some((&certificate, &key)), &[version]);
            let answer = peer.line("SIP/2.0 ");
            assert!(answer.starts_with("SIP/2.0 403 "), "{other:?}: {answer}");
            let why = peer.line("Warning: ");
            assert!(why.contains(" \"179 service not authorized"), "{other:?}: {why}");
        }
    }
    border.serves_the_partner();
}

/// RFC 5922 7.1 and 7.2: no wildcard counts, no URI of another scheme, and not the common name. The chain is good, so that the alert is
/// access_denied (RFC 8446 6.2).
#[test]
fn rfc5922_7_1_a_certificate_that_names_nobody_ends_the_handshake() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    let nobody = [
        Leaf::new(PARTNER).dns_name("*.partner.example"),
        Leaf::new(PARTNER).uri("https://mcgw.partner.example"),
        Leaf::new(PARTNER),
    ];
    for leaf in nobody {
        border.is_refused_in_the_handshake(&border.authority, &leaf, "alert access denied");
    }
}

#[test]
fn rfc8996_tls_1_1_is_not_spoken() {
    if !tools::have(&[OPENSSL]) {
        return;
    }
    let border = Border::new();
    let (certificate, key) = border.shown(&border.authority, &right());
    let old = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];
    ended_by(&mut border.connect(Some((&certificate, &key)), &old), "alert");
    border.serves_the_partner();
}
