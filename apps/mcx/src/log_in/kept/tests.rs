use super::*;

fn tokens(issuer: &str, expires: u64) -> Tokens {
    Tokens {
        issuer: issuer.to_owned(),
        user: "alice".to_owned(),
        id: Some("sip:alice@a.example".to_owned()),
        access_token: "secret".to_owned(),
        expires,
        refresh_token: None,
    }
}

#[test]
fn what_is_kept_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    let mut book = Book::open(&file).unwrap();
    book.put(tokens("https://idms.a.example", 100)).unwrap();
    book.put(tokens("https://idms.b.example", 100)).unwrap();
    book.put(tokens("https://idms.a.example", 200)).unwrap();
    drop(book);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut book = Book::open(&file).unwrap();
    let found = book.get("https://idms.a.example", "sip:alice@a.example").unwrap();
    assert!(
        found.lasts(UNIX_EPOCH + Duration::from_secs(169))
            && !found.lasts(UNIX_EPOCH + Duration::from_secs(170))
    );
    assert!(book.get("https://idms.a.example", "bob").is_none());
    book.remove("https://idms.a.example", "alice").unwrap();
    drop(book);
    let left = Book::open(&file).unwrap();
    assert!(left.get("https://idms.a.example", "alice").is_none());
    assert!(left.get("https://idms.b.example", "alice").is_some());
}

#[test]
fn a_file_that_others_may_read_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    fs::write(&file, "[]").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(Book::open(&file).is_err());
}
