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

#[test]
fn a_partner_that_is_not_direct_needs_the_gateway() {
    let partner = "[[locations.partner]]\nname = \"b.example\"\npsi = \"sip:lms_psi@b.example\"\n";
    let errors = read(partner).expect_err("no gateway");
    assert!(errors.contains("[locations.gateway]"), "{errors}");
}
