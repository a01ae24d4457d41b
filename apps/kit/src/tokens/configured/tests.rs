use super::*;
use crate::{config::Document, tokens::tests::Idms};

fn read(jwks: &[u8]) -> Result<Vec<IssuerConfig>, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), jwks).unwrap();
    of(file.path().to_str().unwrap())
}

fn of(file: &str) -> Result<Vec<IssuerConfig>, String> {
    let text = format!("[[groups.issuer]]\nname = \"https://idms.a.example\"\njwks = \"{file}\"\n");
    Document::parse("mcx.toml", &text)
        .read(|root| root.table("groups", |table| Some(IssuerConfig::read_all(table))))
        .map_err(|errors| errors.to_string())
}

#[test]
fn rfc7517_an_issuer_is_read_with_its_keys() {
    let issuers = read(&Idms::new().jwks()).unwrap();
    assert_eq!(issuers.first().map(|issuer| issuer.name.as_str()), Some("https://idms.a.example"));
    assert!(issuers.first().is_some_and(|issuer| issuer.audience.is_empty()));
    assert!(!Tokens::configured(&issuers).unwrap().is_empty());
}

#[test]
fn keys_that_cannot_be_had_are_told_at_their_place() {
    let told = of("no-such-file.json").unwrap_err();
    assert!(told.starts_with("mcx.toml:3:8: \"jwks\" cannot be read"), "{told}");
    let told = read(b"{\"keys\":[]}").unwrap_err();
    assert!(told.contains("no key in it can verify a signature"), "{told}");
}
