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
    let nowhere = br#"{"iss":"i","revoked":[],"next":"p"}"#;
    assert!(Revoked::read("i", nowhere).is_err(), "an empty page that has another behind it");
    let elsewhere = br#"{"iss":"i","revoked":[{"jti":"1"}],"next":"p&x=y"}"#;
    assert!(Revoked::read("i", elsewhere).is_err());
}

#[test]
fn what_a_user_was_granted_before_he_was_locked_counts_no_more_and_nothing_is_granted_to_him() {
    let id = McServiceId::new("sip:alice@a.example").expect("valid");
    let mark = mark_of(&id);
    let list = |locked: bool| {
        let entry = format!("{{\"sub\":\"u1\",\"before\":100,\"ids\":[\"{mark}\"],\"locked\":{locked}}}");
        Revoked::read("i", format!("{{\"iss\":\"i\",\"revoked\":[{entry}]}}").as_bytes()).unwrap()
    };
    assert!(list(false).has_lapsed(&mark, 99) && !list(false).has_lapsed(&mark, 100));
    assert!(list(true).has_lapsed(&mark, 120), "granted by a clock that is fast");
    assert!(
        list(true).locks(&mark) && !list(false).locks(&mark),
        "of one whose password was changed nothing is withheld"
    );
    assert!(!list(true).has_lapsed("another", 1) && !list(true).locks("another"));
}

#[test]
fn a_list_says_more_than_another_where_something_is_revoked_that_was_not() {
    let read = |entries: &str| {
        Revoked::read("i", format!("{{\"iss\":\"i\",\"revoked\":[{entries}]}}").as_bytes()).unwrap()
    };
    let user = |before: u64, locked: bool| {
        format!("{{\"sub\":\"u\",\"before\":{before},\"ids\":[\"m\"],\"locked\":{locked}}}")
    };
    let all = read(&format!("{{\"jti\":\"t\"}},{{\"sid\":\"s\"}},{}", user(100, true)));
    for less in
        ["", "{\"jti\":\"t\"}", "{\"sid\":\"s\"}", &user(100, true), &user(100, false), &user(99, true)]
    {
        assert!(!read(less).says_more_than(&all), "{less}: what has ended revokes nothing");
        assert!(all.says_more_than(&read(less)), "{less}");
    }
    for more in ["{\"jti\":\"t2\"}", "{\"sid\":\"s2\"}", &user(101, false)] {
        assert!(read(more).says_more_than(&all), "{more}");
    }
    assert!(read(&user(100, true)).says_more_than(&read(&user(100, false))), "he is locked now");
    assert!(!all.says_more_than(&all));
}
