use super::*;
use crate::{config::Document, tokens::tests::Idms};

fn read(jwks: &[u8]) -> Result<Vec<IssuerConfig>, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), jwks).unwrap();
    of(file.path().to_str().unwrap())
}

fn of(file: &str) -> Result<Vec<IssuerConfig>, String> {
    let keys = format!("jwks = \"{file}\"\naudience = [\"mcx\"]\n");
    all(&format!("[[groups.issuer]]\nname = \"https://idms.a.example\"\n{keys}"))
}

fn all(text: &str) -> Result<Vec<IssuerConfig>, String> {
    let own = ["a.example".to_owned()];
    Document::parse("mcx.toml", text)
        .read(|root| {
            root.table("groups", |table| Some(IssuerConfig::read_all(table, &TlsProfiles::default(), &own)))
        })
        .map_err(|errors| errors.to_string())
}

#[test]
fn rfc7517_an_issuer_is_read_with_its_keys() {
    let issuers = read(&Idms::new().jwks()).unwrap();
    assert_eq!(issuers.first().map(|issuer| issuer.name.as_str()), Some("https://idms.a.example"));
    assert!(issuers.first().is_some_and(|issuer| issuer.domains == ["a.example"]), "it speaks for our users");
    assert!(!Tokens::configured(&issuers).unwrap().is_empty());
}

#[test]
fn ts33180_b_4_2_2_what_is_asked_of_scopes_is_said() {
    let jwks = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(jwks.path(), Idms::new().jwks()).unwrap();
    let of = |scopes: &str| {
        let keys = format!("jwks = \"{}\"\naudience = [\"mcx\"]\n{scopes}", jwks.path().display());
        all(&format!("[[groups.issuer]]\nname = \"i\"\n{keys}")).map(|issuers| issuers[0].scopes)
    };
    assert_eq!(of(""), Ok(Scopes::Required));
    assert_eq!(of("scopes = \"as-named\""), Ok(Scopes::AsNamed));
    assert!(of("scopes = \"any\"").is_err());
}

#[test]
fn keys_that_cannot_be_had_are_told_at_their_place() {
    let told = of("no-such-file.json").unwrap_err();
    assert!(told.starts_with("mcx.toml:3:8: \"jwks\" cannot be read"), "{told}");
    let told = read(b"{\"keys\":[]}").unwrap_err();
    assert!(told.contains("no key in it can verify a signature"), "{told}");
}

fn remote(keys: &str) -> Result<Vec<IssuerConfig>, String> {
    all(&format!("[[groups.issuer]]\nname = \"https://idms.a.example\"\naudience = [\"mcx\"]\n{keys}"))
}

const SERVER: &str =
    "server = { name = \"idms.a.example\", address = \"127.0.0.1:80\", transport = \"tcp\" }\n";

#[test]
fn rfc8414_2_keys_can_be_fetched() {
    let issuers =
        remote(&format!("jwks-uri = \"https://idms.a.example/jwks\"\n{SERVER}fetch-every = \"10s\"\n"))
            .unwrap();
    let KeySource::Fetched(remote) = &issuers[0].keys else { panic!("not fetched") };
    assert_eq!((remote.every, remote.revoked.as_deref()), (Duration::from_secs(10), None));
}

#[test]
fn what_belongs_to_fetching_goes_with_it() {
    let uri = "jwks-uri = \"https://idms.a.example/jwks\"\n";
    let wrong = [
        ("", "needs either"),
        (uri, "need \"server\""),
        (SERVER, "goes with \"jwks-uri\""),
        (&format!("{uri}{SERVER}fetch-every = \"0s\"\n"), "between 1s and 1h"),
        (&format!("jwks-uri = \"jwks\"\n{SERVER}"), "must be an absolute https URI"),
    ];
    for (keys, why) in wrong {
        let told = remote(keys).unwrap_err();
        assert!(told.contains(why), "{keys}: {told}");
    }
}

#[test]
fn an_issuer_without_audience_is_refused_since_its_id_tokens_would_count() {
    let of = |audience: &str| {
        let keys = format!("jwks-uri = \"https://i.example/jwks\"\n{SERVER}");
        all(&format!("[[groups.issuer]]\nname = \"i\"\n{audience}{keys}"))
    };
    assert!(of("audience = [\"mcx\"]\n").is_ok());
    for none in ["", "audience = []\n"] {
        let told = of(none).unwrap_err();
        assert!(told.contains("\"audience\""), "{told}");
    }
}

#[test]
fn what_may_not_be_meant_of_an_issuer_is_warned_of() {
    let warned = |text: &str| {
        let own = ["a.example".to_owned()];
        let examined = Document::parse("mcx.toml", text).examine(|root| {
            root.table("groups", |table| Some(IssuerConfig::read_all(table, &TlsProfiles::default(), &own)))
        });
        assert!(examined.value.is_ok(), "{text}");
        examined.warnings.to_string()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, jwks: &str| {
        std::fs::write(folder.path().join(name), jwks).unwrap();
        folder.path().join(name).display().to_string()
    };
    let jwks = String::from_utf8(Idms::new().jwks()).unwrap();
    let issuer = |name: &str, file: &str| {
        format!("[[groups.issuer]]\nname = \"{name}\"\naudience = [\"mcx\"]\njwks = \"{file}\"\n")
    };
    let (public, private) =
        (file("a", &jwks), file("b", &jwks.replacen("\"kty\"", "\"d\":\"AA\",\"kty\"", 1)));
    assert_eq!(warned(&format!("{}{}", issuer("i", &public), issuer("j", &public))), "");
    let twice = warned(&format!("{}{}", issuer("i", &public), issuer("i", &public)));
    assert!(
        twice.starts_with("mcx.toml:6:8: ") && twice.contains("another issuer is named \"i\""),
        "{twice}"
    );
    let told = warned(&issuer("i", &private));
    assert!(told.starts_with("mcx.toml:4:8: ") && told.contains("private key"), "{told}");
}
