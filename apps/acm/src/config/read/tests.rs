use std::time::Duration;

use kit::config::{Document, TlsProfiles};

use super::super::{AliasChoice, Config, Handling};

const COMMON: &str = r#"
[acm]
name = "acm1.core.primary.example"
psi = "sip:acm_psi@primary.example"
"#;

const REST: &str = r#"
[acm.core]
name = "sip-core.core.primary.example"
address = "127.0.0.1:5060"
transport = "tcp"
[acm.gateway]
name = "mcgw.primary.example"
address = "127.0.0.1:5061"
transport = "tcp"
[[acm.listen]]
name = "inner"
address = "127.0.0.1:5062"
transport = "tcp"
"#;

fn read(keys: &str, tables: &str) -> Result<Config, String> {
    let document = Document::parse("mcx.toml", &format!("{COMMON}{keys}{REST}{tables}"));
    let read = document.read(|root| {
        let profiles = TlsProfiles::read(root);
        root.required_table("acm", |table| Config::read(table, &profiles))
    });
    read.map_err(|errors| errors.to_string())
}

#[test]
fn who_may_ask_and_how_partners_are_handled_is_read_in_order() {
    let keys = "interconnection-groups = [\"sip:*-ops@primary.example\"]\nalias-choice = \"latest\"\n";
    let tables = r#"
        [[acm.user]]
        mc-service-id = "sip:admin1@primary.example"
        impu = "sip:admin1.imsi@primary.example"
        handles = false
        [[acm.allow]]
        user = "sip:admin1@primary.example"
        flows = ["acm-user-profile-update-request"]
        [[acm.partner]]
        name = "partner.example"
        psi = "sip:acm_psi@partner.example"
        [[acm.partner.handle]]
        initiator = "sip:boss@partner.example"
        by = "person"
        person = "sip:admin1@primary.example"
        [[acm.partner.handle]]
        by = "refuse"
    "#;
    let config = read(keys, tables).expect("valid");
    assert_eq!(
        (config.domains.as_slice(), config.alias_choice),
        (&["primary.example".to_owned()][..], AliasChoice::Latest)
    );
    assert!(!config.users[0].handles && config.allow[0].allow);
    let rules: Vec<_> = config.partners[0].handle.iter().map(|rule| rule.by).collect();
    assert_eq!(rules, [Handling::Person, Handling::Refuse]);
    let partner = crate::partners(&config, |_| Err(())).expect("no issuer")[0].clone();
    assert_eq!(partner.hop.map(|hop| hop.name.to_string()), Some("mcgw.primary.example".into()));
}

#[test]
fn what_is_not_said_has_its_default() {
    let config = read("", "").expect("valid");
    assert!(config.tell_unauthorized && config.allow.is_empty() && config.interconnection_groups.is_empty());
    assert_eq!(config.keep_closed, Duration::from_secs(365 * 86_400));
    assert_eq!(config.alias_choice, AliasChoice::First);
}

#[test]
fn mistakes_are_told_at_once_with_their_places() {
    let tables = r#"
        [[acm.user]]
        mc-service-id = "sip:admin1@elsewhere.example"
        impu = "sip:admin1.imsi@primary.example"
        [[acm.partner]]
        name = "primary.example"
        psi = "sip:acm_psi@partner.example"
        [[acm.partner.handle]]
        by = "person"
        [[acm.partner.handle]]
        by = "nobody"
    "#;
    let errors = read("retry-after = \"2m\"\nborder = [\"nowhere\"]\n", tables).expect_err("has mistakes");
    for wrong in [
        "must lie between",
        "unknown listener",
        "another MC system",
        "is our own",
        "belongs to by = \"person\"",
        "must be one of",
    ] {
        assert!(errors.contains(wrong), "{wrong} in {errors}");
    }
}

/// A partner is known by its certificate alone.
#[test]
fn ts33180_5_12_partners_arrive_where_a_certificate_is_asked_for() {
    let errors = read("border = [\"inner\"]\n", "").expect_err("is plain TCP");
    assert!(errors.contains("names the listener \"inner\", which asks for no certificate"), "{errors}");
}

#[test]
fn a_rule_asks_none_but_a_user() {
    let tables = r#"
        [[acm.partner]]
        name = "partner.example"
        psi = "sip:acm_psi@partner.example"
        [[acm.partner.handle]]
        name = "four eyes"
        by = "person"
        person = "sip:boss@primary.example"
    "#;
    let errors = read("", tables).expect_err("he is none");
    assert!(errors.contains("the \"person\" of the rule \"four eyes\" is no [[acm.user]]"), "{errors}");
}

#[test]
fn who_admits_users_without_a_template_is_warned() {
    let server = |table: &str| {
        format!(
            "[acm.{table}]\nroot = \"https://x.primary.example\"\nname = \"x\"\naddress = \"127.0.0.1:5063\"\ntransport = \"tcp\"\n"
        )
    };
    let tables = ["identity-server", "service-server"].map(server).concat();
    let warnings = |tables: &str| {
        let document = Document::parse("mcx.toml", &format!("{COMMON}{REST}{tables}"));
        let examined = document.examine(|root| {
            let profiles = TlsProfiles::read(root);
            root.required_table("acm", |table| Config::read(table, &profiles))
        });
        examined.warnings.to_string()
    };
    assert!(warnings(&tables).contains("without a user profile"), "{}", warnings(&tables));
    let with = format!("{tables}[acm.users]\ntemplate = \"sip:visitor@primary.example\"\n");
    assert!(!warnings(&with).contains("without a user profile"));
    assert!(!warnings("").contains("without a user profile"), "who admits nobody is told nothing");
}
