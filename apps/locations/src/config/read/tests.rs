use kit::config::{Document, TlsProfiles};

use super::super::{Config, Tell, Whom};

const COMMON: &str = r#"
[locations]
name = "lms1.core.primary.example"
psi = "sip:lms_psi@primary.example"
[locations.core]
name = "sip-core.core.primary.example"
address = "127.0.0.1:5060"
transport = "tcp"
[[locations.listen]]
name = "inner"
address = "127.0.0.1:5062"
transport = "tcp"
"#;

fn read(text: &str) -> Result<Config, String> {
    let document = Document::parse("mcx.toml", &format!("{COMMON}{text}"));
    let read = document.read(|root| {
        let profiles = TlsProfiles::read(root);
        root.required_table("locations", |table| Config::read(table, &profiles))
    });
    read.map_err(|errors| errors.to_string())
}

#[test]
fn rules_users_and_their_own_rules_are_read_in_order() {
    let config = read(
        r#"
        [locations.gateway]
        name = "mcgw.primary.example"
        address = "127.0.0.1:5061"
        transport = "tcp"
        [[locations.partner]]
        name = "partner.example"
        psi = "sip:lms_psi@partner.example"
        merge = true
        [[locations.ask]]
        name = "to-b"
        requester = "anyone"
        target = "partner.example"
        allow = true
        [[locations.tell]]
        requester = "partner.example"
        answer = "ask-user"
        [[locations.user]]
        mc-service-id = "sip:alice@primary.example"
        impu = "sip:alice.imsi@primary.example"
        [[locations.user.share]]
        requester = "sip:mallory@partner.example"
        answer = "refuse"
        "#,
    )
    .expect("valid");
    assert_eq!(config.domains, ["primary.example"]);
    assert_eq!(config.ask[0].target, Whom::System("partner.example".into()));
    assert_eq!(config.tell[0].answer, Tell::AskUser);
    assert_eq!(config.users[0].share[0].answer, Tell::Refuse);
    let partner = crate::partners(&config, |_| Err(())).expect("no issuer")[0].clone();
    assert!(partner.merge_unknown_and_refused && partner.owns("sip:bob@partner.example"));
    assert_eq!(partner.hop.map(|hop| hop.name.to_string()), Some("mcgw.primary.example".into()));
}

#[test]
fn mistakes_are_told_at_once_with_their_places() {
    let errors = read(
        r#"
        [[locations.partner]]
        name = "partner.example"
        psi = "lms_psi"
        [[locations.tell]]
        requester = "tel:+34"
        answer = "perhaps"
        "#,
    )
    .expect_err("three mistakes");
    for part in ["public service identity", "MC service ID", "perhaps"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
}

fn partner(name: &str, rest: &str) -> String {
    format!("[[locations.partner]]\nname = \"{name}\"\npsi = \"sip:lms_psi@{name}\"\n{rest}")
}

#[test]
fn ts23280_5_2_10_a_partner_has_no_domain_of_ours_or_of_another_partner() {
    let gateway = "[locations.gateway]\nname = \"mcgw\"\naddress = \"127.0.0.1:5061\"\ntransport = \"tcp\"\n";
    for (second, wrong) in [
        (partner("Primary.Example", ""), "\"primary.example\" is our own"),
        (
            partner("c.example", "domains = [\"c.example\", \"b.example\"]\n"),
            "\"b.example\" belongs to another partner",
        ),
    ] {
        let errors = read(&format!("{gateway}{}{second}", partner("b.example", "")))
            .expect_err("one domain, two systems");
        assert!(errors.contains(wrong), "{errors}");
    }
    let both = [partner("b.example", ""), partner("c.example", "")].concat();
    assert!(read(&format!("{gateway}{both}")).is_ok());
}

#[test]
fn rfc5922_two_direct_partners_do_not_prove_one_identity_under_one_issuer() {
    let tls = "[tls.border]\ncertificate = \"a.pem\"\nkey = \"a.key\"\nauthorities = [\"ca.pem\"]\n";
    let direct = "[locations.partner.direct]\nname = \"lms1.b.example\"\naddress = \"127.0.0.1:5063\"\n\
                  transport = \"tls\"\ntls = \"border\"\n";
    let two =
        |second: &str| [partner("b.example", direct), partner("c.example", second), tls.to_owned()].concat();
    let clash = "another partner proves the same identity under the same issuer";
    let errors = read(&two(direct)).err().unwrap_or_default();
    assert!(errors.contains(clash), "{errors}");
    let errors = read(&two(&direct.replace("lms1.b", "lms1.c"))).err().unwrap_or_default();
    assert!(!errors.contains(clash), "{errors}");
}

#[test]
fn a_partner_that_is_not_direct_needs_the_gateway() {
    let partner = "[[locations.partner]]\nname = \"b.example\"\npsi = \"sip:lms_psi@b.example\"\n";
    let errors = read(partner).expect_err("no gateway");
    assert!(errors.contains("[locations.gateway]"), "{errors}");
}

const TWO_SYSTEMS: &str = r#"
[locations.gateway]
name = "mcgw.primary.example"
address = "127.0.0.1:5061"
transport = "tcp"
[[locations.partner]]
name = "partner.example"
psi = "sip:lms_psi@partner.example"
[[locations.user]]
mc-service-id = "sip:alice@primary.example"
impu = "sip:alice.imsi@primary.example"
"#;

#[test]
fn every_name_in_a_rule_is_one_that_the_section_knows_and_the_nearest_is_told() {
    let rule = |key: &str, name: &str| match key {
        "target" => format!("[[locations.ask]]\nrequester = \"anyone\"\ntarget = \"{name}\"\nallow = true\n"),
        _ => format!("[[locations.tell]]\nrequester = \"{name}\"\nanswer = \"allow\"\n"),
    };
    for (key, name, wrong) in [
        ("target", "anybody", "names nobody by \"anybody\"; did you mean \"anyone\"?"),
        (
            "requester",
            "partnr.example",
            "unknown MC system \"partnr.example\"; did you mean \"partner.example\"?",
        ),
        ("requester", "elsewhere.example", "names an unknown MC system \"elsewhere.example\""),
        ("target", "sip:bob@partnr.example", "\"partnr.example\"; did you mean \"partner.example\"?"),
        ("target", "sip:alcie@primary.example", "did you mean \"sip:alice@primary.example\"?"),
    ] {
        let errors = read(&format!("{TWO_SYSTEMS}{}", rule(key, name))).expect_err(name);
        assert!(errors.starts_with("mcx.toml:") && errors.contains(wrong), "{errors}");
        assert!(errors.contains(&format!("\"{key}\" ")) && errors.lines().count() == 1, "{errors}");
    }
    for (key, name) in [
        ("target", "Partner.Example"),
        ("requester", "primary.example"),
        ("target", "sip:anybody.at.all@partner.example"),
        ("requester", "sip:alice@primary.example"),
    ] {
        read(&format!("{TWO_SYSTEMS}{}", rule(key, name))).expect(name);
    }
}

#[test]
fn a_user_is_our_own_and_has_identities_of_its_own() {
    let user =
        |id: &str, impu: &str| format!("[[locations.user]]\nmc-service-id = \"{id}\"\nimpu = \"{impu}\"\n");
    for (more, wrong) in [
        (
            user("sip:alice@primary.example", "sip:other@primary.example"),
            "another user has this MC service ID",
        ),
        (
            user("sip:dave@primary.example", "sip:alice.imsi@primary.example"),
            "another user has this public user identity",
        ),
        (
            user("sip:dave@primry.example", "sip:dave@primary.example"),
            "not of ours (primary.example); did you mean",
        ),
    ] {
        let errors = read(&format!("{TWO_SYSTEMS}{more}")).expect_err("is wrong");
        assert!(errors.contains(wrong) && errors.lines().count() == 1, "{errors}");
    }
}

#[test]
fn a_section_without_a_service_identity_is_read_to_its_end() {
    let text = format!("{COMMON}{TWO_SYSTEMS}")
        .replace("psi = \"sip:lms_psi@primary.example\"\n", "domains = [\"primary.example\"]\n");
    let read = Document::parse("mcx.toml", &text)
        .read(|root| root.required_table("locations", |table| Config::read(table, &TlsProfiles::default())));
    let errors = read.err().map(|errors| errors.to_string()).unwrap_or_default();
    assert_eq!(errors, "mcx.toml:2:2: missing key \"psi\" in [locations]");
}
