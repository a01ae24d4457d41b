use crate::Config;
use kit::config::{Document, TlsProfiles};

fn read(text: &str) -> Result<Config, String> {
    let document = Document::parse("mcx.toml", text);
    let read = document.read(|root| {
        let tls = TlsProfiles::read(root);
        root.required_table("groups", |table| Config::read(table, &tls))
    });
    read.map_err(|errors| errors.to_string())
}

const WHOLE: &str = r#"
[groups]
name = "gms1.core.a.example"
psi = "sip:gms_psi@a.example"
xcap-root = "https://xcap.a.example"
administrators = ["sip:admin@a.example"]
listen = [{ name = "inner", address = "127.0.0.1:5061", transport = "tcp" }]
http = [{ name = "servers", address = "127.0.0.1:8443", transport = "tcp" }]
http-gateway = { name = "mcgw.a.example", address = "127.0.0.1:8444", transport = "tcp" }

[[groups.partner]]
name = "b.example"
psi = "sip:gms_psi@b.example"
xcap-root = "https://xcap.b.example"
share = "listed"
may-be-provided = true

[[groups.partner.provide]]
name = "only their members"
remove = "group/list-service/list/entry"
unless = { attribute = "uri", domain = "partner" }

[[groups.partner.accept]]
name = "cap priority"
group = "sip:flood-*"
override = "//mcpttgi:on-network-group-priority"
at-most = 5
"#;

#[test]
fn everything_that_is_said_is_read_and_the_rest_is_no() {
    let config = read(WHOLE).expect("valid");
    let partner = &config.partners[0];
    assert_eq!((config.domains[0].as_str(), config.replica.as_str()), ("a.example", "gms1.core.a.example"));
    assert!(partner.may_be_provided && !partner.may_provide && !partner.may_request && !partner.may_be_asked);
    assert_eq!((partner.provide.len(), partner.accept.len()), (1, 1));
    assert_eq!(partner.accept[0].group.as_deref(), Some("sip:flood-*"));
    assert!(config.notify_provided);
}

#[test]
fn there_is_room_for_the_octets_of_as_many_subscriptions_as_there_may_be() {
    let octets = |keys: &str| {
        let text = WHOLE.replace("[groups]\n", &format!("[groups]\n{keys}"));
        read(&text).map(|config| config.subscription_octets)
    };
    assert_eq!(octets(""), Ok(2048 * 100_000));
    assert_eq!(octets("subscriptions = 10\n"), Ok(2048 * 10));
    assert_eq!(octets("subscriptions = 10\nsubscription-octets = 7\n"), Ok(7));
}

/// What is warned of, and nothing else is wrong.
fn warnings(text: &str) -> String {
    let document = Document::parse("mcx.toml", text);
    let examined = document.examine(|root| {
        let tls = TlsProfiles::read(root);
        root.required_table("groups", |table| Config::read(table, &tls))
    });
    assert!(examined.value.is_ok());
    examined.warnings.to_string()
}

#[test]
fn groups_that_are_requested_and_can_never_follow_are_warned_of() {
    let with = |keys: &str| warnings(&WHOLE.replace("may-be-provided = true", keys));
    let (ours, theirs) = ("what it requests of us never follows", "what we request of it never follows");
    for (keys, warned) in [
        ("may-request = true", [true, false]),
        ("may-request = true\nmay-be-provided = true", [false, false]),
        ("may-request = true\nmay-be-asked = true\nfollow = \"subscribe\"", [false, false]),
        ("may-be-asked = true\nfollow = \"provide\"", [false, true]),
        ("may-be-asked = true\nmay-provide = true", [false, false]),
    ] {
        let told = with(keys);
        assert_eq!([told.contains(ours), told.contains(theirs)], warned, "{keys}: {told}");
    }
}

#[test]
fn what_is_missing_or_contradicts_is_told() {
    for (from, to, says) in [
        ("xcap-root = \"https://xcap.a.example\"", "", "needs \"xcap-root\""),
        ("https://xcap.b.example", "xcap.b.example", "must be an absolute https URI"),
        ("name = \"b.example\"", "name = \"a.example\"", "is our own"),
        ("share = \"listed\"", "share = \"some\"", "\"members\", \"listed\""),
        ("http-gateway = {", "gateway = {", "needs [groups.http-gateway]"),
        ("override =", "overide =", "exactly one of keep, remove, override"),
        ("mcpttgi:on", "mcptt:on", "unknown prefix"),
        (
            "list-service/list",
            "list-srvice/list",
            "unknown element \"list-srvice\"; did you mean \"list-service\"?",
        ),
        ("attribute = \"uri\"", "attribute = \"ury\"", "unknown attribute \"ury\"; did you mean \"uri\"?"),
        (
            "domain = \"partner\"",
            "domain = \"partnr\"",
            "unknown MC system \"partnr\"; did you mean \"partner\"?",
        ),
    ] {
        let error = read(&WHOLE.replace(from, to)).err();
        assert!(error.as_ref().is_some_and(|error| error.contains(says)), "{says}: {error:?}");
    }
}

#[test]
fn a_condition_names_a_domain_of_a_system_that_is_known_or_one_below_it() {
    let with = |domain: &str| WHOLE.replace("domain = \"partner\"", &format!("domain = \"{domain}\""));
    for right in ["own", "a.example", "b.example", "fire.b.example"] {
        assert!(read(&with(right)).is_ok(), "{right}");
    }
    let wrong = read(&with("b.exampl")).err();
    let told =
        "mcx.toml:21:40: \"domain\" names an unknown MC system \"b.exampl\"; did you mean \"b.example\"?";
    assert_eq!(wrong.as_deref().map(str::trim), Some(told));
    // Where a system could not be read, that is what is wrong.
    for (from, to) in [("name = \"b.example\"\n", ""), ("psi = \"sip:gms_psi@a.example\"\n", "")] {
        let wrong = read(&with("b.exampl").replace(from, to)).err();
        assert!(wrong.as_ref().is_some_and(|wrong| !wrong.contains("unknown MC system")), "{wrong:?}");
    }
}

#[test]
fn c10_2_7_2_note_3_a_rule_that_leaves_no_group_is_refused_at_its_place() {
    let with = |rule: &str| format!("{WHOLE}\n[[groups.partner.accept]]\nname = \"all\"\n{rule}\n");
    for (rule, why) in [
        ("remove = \"group/list-service\"", "\"remove\" takes the group itself away"),
        ("remove = \"//list-service\"", "\"remove\" takes the group itself away"),
        ("remove = \"group/list-service/@uri\"", "\"remove\" takes the group's identity away"),
        (
            "override = \"//list-service/@uri\"\nwith = \"sip:x@a.example\"",
            "gives the group another identity",
        ),
        ("override = \"group/list-service\"\nwith = \"\"", "puts a text in the place"),
    ] {
        let refused = read(&with(rule)).expect_err(rule);
        assert!(
            refused.contains(why) && refused.contains("no valid document of the group is left"),
            "{refused}"
        );
    }
    for rule in ["keep = \"group/list-service\"", "remove = \"group/list-service/list/entry\""] {
        assert!(read(&with(rule)).is_ok(), "{rule}");
    }
}
