use kit::config::Document;

use super::*;

const RIGHT: &str = r#"
[identity]
name = "idms.a.example"
issuer = "https://idms.a.example"
domains = ["A.example"]
[[identity.http]]
name = "clients"
address = "127.0.0.1:0"
transport = "tcp"
[[identity.client]]
id = "mcx-ue"
redirect-uris = ["http://127.0.0.1/callback"]
[[identity.user]]
name = "alice"
password = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
mc-service-id = "sip:alice@a.example"
[[identity.partner]]
name = "https://idms.b.example"
domains = ["b.example"]
may-visit = ["*"]
"#;

fn read(text: &str) -> Result<Config, String> {
    let profiles = TlsProfiles::default();
    let read = Document::parse("mcx.toml", text)
        .read(|root| root.table("identity", |table| Config::read(table, &profiles)));
    read.map_err(|errors| errors.to_string())
}

#[test]
fn what_is_right_is_read() {
    let config = read(RIGHT).unwrap();
    assert_eq!(config.domains, ["a.example"]);
    assert_eq!(config.users[0].ids.first().map(|id| id.as_str()), Some("sip:alice@a.example"));
    let partner = &config.partners[0];
    assert_eq!(
        (partner.resources.as_slice(), partner.visitors.len()),
        (&["https://idms.b.example".to_owned()][..], 0)
    );
    assert!(!partner.scopes.iter().any(|scope| scope.contains("data")));
}

#[test]
fn each_mistake_is_told_at_its_place() {
    let wrong = [
        ("issuer = \"https://idms.a.example\"", "issuer = \"http://idms.a.example\"", "must be an https URI"),
        (
            "issuer = \"https://idms.a.example\"",
            "issuer = \"https://idms.a.example/\"",
            "must be an https URI",
        ),
        (
            "issuer = \"https://idms.a.example\"",
            "issuer = \"https://idms.a.example/x\"",
            "must be an https URI",
        ),
        ("[\"A.example\"]", "[]", "must name at least one"),
        ("domains = [\"b.example\"]", "domains = [\"a.example\"]", "is a domain of the own MC system"),
        ("may-visit = [\"*\"]", "visitors = [\"*\"]", "needs \"jwks\" or \"jwks-uri\""),
        ("may-visit = [\"*\"]", "scopes = [\"email\"]", "no scope that is known here"),
        (
            "may-visit = [\"*\"]",
            "[[identity.partner.visitor]]\nprimary = \"sip:b@b.example\"\nid = \"sip:b@b.example\"",
            "must lie in a domain of the own MC system",
        ),
        (
            "may-visit = [\"*\"]",
            "[[identity.partner.visitor]]\nprimary = \"sip:b@b.example\"\nid = \"sip:alice@a.example\"",
            "is allocated to a visitor, and a user has it",
        ),
        ("m=8,t=1", "m=8000000,t=1", "must be a hash of argon2id"),
        ("sip:alice@a.example", "sip:alice@b.example", "must lie in a domain"),
        ("http://127.0.0.1/callback", "javascript:alert(1)", "is no absolute URI"),
        (
            "[[identity.client]]",
            "[identity.lifetimes]\ncode = \"11m\"\n[[identity.client]]",
            "at most ten minutes",
        ),
        ("[[identity.client]]", "[identity.keys]\nahead = \"30d\"\n[[identity.client]]", "must be shorter"),
        (
            "[[identity.client]]",
            "[identity.lock-out]\nfirst = \"1h\"\n[[identity.client]]",
            "must not be longer",
        ),
    ];
    for (right, wrong, why) in wrong {
        assert!(RIGHT.contains(right), "{right}");
        let told = read(&RIGHT.replace(right, wrong)).unwrap_err();
        assert!(told.contains(why), "{wrong}: {told}");
    }
}

#[test]
fn a_missing_domain_is_told_once_and_not_of_each_id_that_would_lie_in_it() {
    let visitor = "[[identity.partner.visitor]]\nprimary = \"sip:b@b.example\"\nid = \"sip:guest@a.example\"";
    let right = RIGHT.replace("may-visit = [\"*\"]", visitor);
    read(&right).unwrap();
    for (domains, told) in [("", "missing key \"domains\""), ("domains = []", "must name at least one")] {
        let why = read(&right.replace("domains = [\"A.example\"]", domains)).unwrap_err();
        assert!(why.contains(told) && why.lines().count() == 1, "{why}");
    }
}
