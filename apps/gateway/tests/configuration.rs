//! `[gateway]` of a configuration file: read whole, and refused with every mistake at its place.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use common::*;
use gateway::{BadGateway, Config, Metrics, Side};
use kit::config::{Document, Errors, TlsProfiles};
use tempfile::TempDir;
use wire::{Inline as _, Silent, Transport};

const TLS: &str = r#"
[tls.border]
certificate = "c.pem"
key = "k.pem"
authorities = ["c.pem"]

[tls.inner]
certificate = "c.pem"
key = "k.pem"
authorities = ["c.pem"]
"#;

const GATEWAY: &str = r#"
[gateway]
name = "mcgw.primary.example"
aliases = ["mcgw-int.primary.example"]
uri = "sip:mcgw@primary.example"
domains = ["primary.example"]
internal = ["*.core.primary.example", "10.0.0.0/8"]
trusted-addresses = ["10.0.0.0/24"]
hiding-secrets = ["hiding.key"]

[[gateway.listen]]
name = "border"
side = "border"
address = "127.0.0.1:5061"
transport = "tls"
tls = "border"

[[gateway.listen]]
name = "inner"
side = "inner"
address = "127.0.0.1:5062"
transport = "tls"
tls = "inner"

[[gateway.service]]
uri = "sip:lms_psi@primary.example"
name = "lms1.core.primary.example"
address = "10.0.0.5:5061"
transport = "tls"
tls = "inner"

[[gateway.partner]]
name = "partner.example"
issuer = "c.pem"
hop = { name = "mcgw.partner.example", address = "198.51.100.1:5061", transport = "tls", tls = "border" }
inbound = ["location-information-request", "location-information-report"]
outbound = ["location-information-request", "location-information-report"]
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.pem"), "certificate").unwrap();
    fs::write(folder.path().join("k.pem"), "key").unwrap();
    fs::write(folder.path().join("hiding.key"), [7; 32]).unwrap();
    for secret in ["k.pem", "hiding.key"] {
        fs::set_permissions(folder.path().join(secret), fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

fn read(folder: &TempDir, gateway: &str) -> Result<Config, Errors> {
    Document::parse(folder.path().join("mcx.toml"), &format!("{TLS}{gateway}")).read(|root| {
        let profiles = TlsProfiles::read(root);
        root.required_table("gateway", |table| Config::read(table, &profiles))
    })
}

fn mistakes(gateway: &str) -> String {
    read(&folder(), gateway).err().map(|errors| errors.to_string()).unwrap_or_default()
}

#[test]
fn a_whole_section_makes_a_gateway_that_passes_requests() {
    let folder = folder();
    let config = read(&folder, GATEWAY).unwrap();
    let gateway = config.gateway(|_| Ok(ANCHOR), &[0; 32], Metrics::default(), Arc::new(Silent)).unwrap();
    for (message, arrival) in [(request(), from_lms()), (partners_request(), from_partner())] {
        let decision = gateway.request(&message.message(), &arrival);
        assert!(matches!(decision, wire::Decision::Forward(_)), "{decision:?}");
    }
}

#[test]
fn what_is_not_said_is_the_careful_choice() {
    let config = read(&folder(), GATEWAY).unwrap();
    assert_eq!(config.host, "mcgw.primary.example");
    assert_eq!(config.trusted_certificates, config.internal);
    let [partner] = config.partners.as_slice() else { unreachable!("one partner") };
    assert!(partner.hide && !partner.merge && !partner.check_bodies);
    assert_eq!(
        (partner.domains.as_slice(), partner.identities.as_slice()),
        (["partner.example".to_owned()].as_slice(), ["mcgw.partner.example".to_owned()].as_slice())
    );
    let silent =
        GATEWAY.replace("inbound = [\"location-information-request\", \"location-information-report\"]", "");
    let config = read(&folder(), &silent).unwrap();
    assert!(config.partners.iter().all(|partner| partner.inbound.is_empty()));
}

#[test]
fn rfc5875_4_4_a_subscription_to_changes_brings_its_list_where_one_is_agreed() {
    let has_lists = |gateway: &str| {
        let config = read(&folder(), gateway).unwrap();
        config.partners[0].media.iter().any(|media| media == "application/resource-lists+xml")
    };
    let agreed = |key: &str| GATEWAY.replace(&format!("{key} = ["), &format!("{key} = [\"xcap-diff\", "));
    assert!(!has_lists(GATEWAY) && has_lists(&agreed("inbound")) && has_lists(&agreed("outbound")));
    let said = agreed("inbound").replace("\noutbound", "\nmedia = [\"text/plain\"]\noutbound");
    assert!(!has_lists(&said), "what is said is all");
}

#[test]
fn listeners_keep_their_side() {
    let config = read(&folder(), GATEWAY).unwrap();
    let sides: Vec<_> = config.listen.iter().map(|(side, listen)| (*side, listen.transport)).collect();
    assert_eq!(sides, [(Side::Border, Transport::Tls), (Side::Inner, Transport::Tls)]);
}

#[test]
fn the_hop_is_bound_to_the_partners_issuer() {
    let config = read(&folder(), GATEWAY).unwrap();
    let partners = config.partners(|_| Ok(ANCHOR)).unwrap();
    let anchors: Vec<_> =
        partners.iter().map(|p| p.system.hop.as_ref().and_then(|h| h.tls.as_ref()?.anchor)).collect();
    assert_eq!(anchors, [Some(ANCHOR)]);
}

#[test]
fn every_mistake_is_named() {
    for (right, wrong, expected) in [
        ("side = \"border\"", "side = \"boarder\"", "did you mean \"border\""),
        ("internal = [\"*.core", "internal = [\"lms1\", \"*.core", "`lms1` is neither a host name"),
        ("domains = [\"primary.example\"]", "domains = []", "must name at least one"),
        ("uri = \"sip:mcgw@", "uri = \"http://", "\"uri\" must be a sip: or sips: URI"),
        ("uri = \"sip:lms_psi@primary", "uri = \"sip:primary", "a sip: URI with a user"),
        ("issuer = \"c.pem\"", "issuer = \"missing.pem\"", "\"issuer\" must name a PEM file"),
        ("outbound = [", "outbond = [", "did you mean \"outbound\""),
        ("name = \"inner\"\n", "name = \"border\"\n", "another listener has the name"),
        (
            "transport = \"tls\"\ntls = \"border\"\n\n[[gateway.listen]]",
            "transport = \"udp\"\n\n[[gateway.listen]]",
            "a border listener speaks TLS",
        ),
        ("tls = \"border\" }", "tls = \"boarder\" }", "did you mean \"border\""),
    ] {
        let text = GATEWAY.replacen(right, wrong, 1);
        assert_ne!(text, GATEWAY, "{right}");
        let said = mistakes(&text);
        assert!(said.contains(expected) && said.contains("mcx.toml:"), "{wrong}: {said}");
    }
}

#[test]
fn a_domain_belongs_to_one_partner() {
    let second = "\n[[gateway.partner]]\nname = \"third.example\"\ndomains = [\"PARTNER.example\"]\nissuer = \"c.pem\"\n\
        identities = [\"mcgw.third.example\"]\n";
    assert!(mistakes(&format!("{GATEWAY}{second}")).contains("belongs to another partner"));
}

#[test]
fn ts24379_6_8_3_no_partner_has_our_own_domain() {
    let ours = "\n[[gateway.partner]]\nname = \"third.example\"\ndomains = [\"third.example\", \"PRIMARY.example.\"]\n\
        issuer = \"c.pem\"\nidentities = [\"mcgw.third.example\"]\n";
    let said = mistakes(&format!("{GATEWAY}{ours}"));
    assert!(said.contains("\"primary.example\" is our own"), "{said}");
    let named = GATEWAY.replace("name = \"partner.example\"", "name = \"primary.example\"");
    let said = mistakes(&named);
    assert!(said.contains("\"primary.example\" is our own"), "{said}");
}

#[test]
fn rfc5922_7_2_no_certificate_proves_two_partners() {
    let third = |identity: &str| {
        format!(
            "\n[[gateway.partner]]\nname = \"third.example\"\nissuer = \"c.pem\"\nidentities = [\"{identity}\"]\n"
        )
    };
    let said = mistakes(&format!("{GATEWAY}{}", third("MCGW.partner.example")));
    assert!(said.contains("under this issuer proves a partner already"), "{said}");
    assert_eq!(mistakes(&format!("{GATEWAY}{}", third("mcgw.third.example"))), "");
}

#[test]
fn rfc5922_7_2_two_files_with_one_issuer_are_one_issuer() {
    let folder = folder();
    fs::copy(folder.path().join("c.pem"), folder.path().join("d.pem")).unwrap();
    let third = "\n[[gateway.partner]]\nname = \"third.example\"\nissuer = \"d.pem\"\n\
        identities = [\"mcgw.partner.example\"]\n";
    let config = read(&folder, &format!("{GATEWAY}{third}")).unwrap();
    let fault = config.partners(|_| Ok(ANCHOR)).err().map(|fault| fault.to_string());
    assert!(fault.is_some_and(|fault| fault.contains("partner.example and third.example")));
}

#[test]
fn a_partner_that_nobody_could_prove_to_be_is_refused() {
    let nobody = "\n[[gateway.partner]]\nname = \"third.example\"\nissuer = \"c.pem\"\n";
    assert!(mistakes(&format!("{GATEWAY}{nobody}")).contains("nobody could prove to be it"));
}

#[test]
fn secrets_must_be_there_and_long_enough() {
    let folder = folder();
    let config = read(&folder, GATEWAY).unwrap();
    let make =
        |chance: &[u8]| config.gateway(|_| Ok(ANCHOR), chance, Metrics::default(), Arc::new(Silent)).err();
    fs::write(folder.path().join("hiding.key"), "short").unwrap();
    assert!(matches!(make(&[0; 32]), Some(BadGateway::Weak(_))));
    fs::remove_file(folder.path().join("hiding.key")).unwrap();
    assert!(matches!(make(&[0; 32]), Some(BadGateway::Secret(..))));
}

#[test]
fn a_secret_that_others_may_read_is_refused_at_its_place() {
    let folder = folder();
    fs::set_permissions(folder.path().join("hiding.key"), fs::Permissions::from_mode(0o640)).unwrap();
    let told = read(&folder, GATEWAY).unwrap_err().to_string();
    assert!(told.contains("hiding.key is open to others (mode 0640)"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn an_issuer_that_cannot_be_read_is_named() {
    let config = read(&folder(), GATEWAY).unwrap();
    let fault =
        config.partners(|_| Err("no certificate in it".to_owned())).err().map(|fault| fault.to_string());
    assert!(fault.is_some_and(|fault| fault.ends_with("c.pem: no certificate in it")));
}

#[test]
fn a_flow_that_is_almost_a_known_one_is_a_slip_and_a_foreign_one_is_not() {
    let slip = GATEWAY
        .replace("inbound = [\"location-information-request\"", "inbound = [\"location-information-reqest\"");
    let told = mistakes(&slip);
    assert!(told.contains("did you mean \"location-information-request\"?"), "{told}");
    let foreign =
        GATEWAY.replace("inbound = [\"location-information-request\"", "inbound = [\"x.vendor-dispatch\"");
    assert_eq!(mistakes(&foreign), "");
}

#[test]
fn header_fields_that_pass_are_names_that_an_agreement_may_add() {
    let with = |names: &str| format!("{GATEWAY}pass-headers = {names}\n");
    let folder = folder();
    let config = read(&folder, &with("[\"Session-ID\", \"Subject\"]")).unwrap();
    let gateway = config.gateway(|_| Ok(ANCHOR), &[0; 32], Metrics::default(), Arc::new(Silent)).unwrap();
    let message = request().header("Session-ID: ab30").header("Date: x").message();
    let wire::Decision::Forward(forward) = gateway.request(&message, &from_lms()) else { panic!("refused") };
    let sent = apply(&forward, &message);
    assert_eq!((sent.extension("Session-ID"), sent.header(sip::Name::Date)), (Some(&b"ab30"[..]), None));
    let said = mistakes(&with("[\"Via\", \"a b\", \"P-Served-User\"]"));
    for fault in [
        "\"Via\" is not an agreement's to add",
        "\"a b\" is no name of a header field",
        "\"P-Served-User\" says who somebody is",
    ] {
        assert!(said.contains(fault), "{said}");
    }
}

#[test]
fn an_event_that_is_almost_a_known_one_is_a_slip() {
    let flows = "inbound = [\"location-information-request\", \"location-information-report\"]";
    let slip = GATEWAY.replace(flows, "inbound = [\"xcap-dif\"]");
    assert!(mistakes(&slip).contains("did you mean \"xcap-diff\"?"), "{}", mistakes(&slip));
    let taken = GATEWAY.replace(flows, "inbound = [\"xcap-diff\", \"publish:poc-settings\"]");
    assert_eq!(mistakes(&taken), "");
}
