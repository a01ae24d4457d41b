use super::*;

fn marks(token: &str, log_in: &str, user: &str, issued: u64) -> Marks {
    Marks {
        issuer: "i".into(),
        token: Some(token.into()),
        log_in: Some(log_in.into()),
        user: Some(user.into()),
        issued,
    }
}

#[test]
fn rfc7009_2_a_token_is_revoked_by_its_id_its_log_in_or_its_user() {
    let json = br#"{"iss":"i","revoked":[{"jti":"t1"},{"sid":"s1"},{"sub":"u1","before":100},{"sub":"u1","before":50}]}"#;
    let revoked = Revoked::read("i", json).unwrap();
    assert!(revoked.names(&marks("t1", "s", "u", 10)));
    assert!(revoked.names(&marks("t", "s1", "u", 10)));
    assert!(revoked.names(&marks("t", "s", "u1", 99)), "the later moment counts");
    assert!(!revoked.names(&marks("t", "s", "u1", 100)), "issued after it");
    assert!(!revoked.names(&marks("s1", "t1", "u", 10)), "a mark of one kind is none of another");
    assert!(!revoked.names(&Marks::default()));
}

#[test]
fn a_list_that_is_another_issuers_or_none_is_refused() {
    assert!(Revoked::read("i", br#"{"iss":"j","revoked":[]}"#).is_err());
    assert!(Revoked::read("i", br#"{"revoked":[]}"#).is_err());
    assert!(Revoked::read("i", b"[]").is_err());
    let many = format!("{{\"iss\":\"i\",\"revoked\":[{}{{}}]}}", "{},".repeat(MOST));
    assert!(Revoked::read("i", many.as_bytes()).is_err());
}
