use super::*;

fn user() -> User {
    let hashing = crate::config::Hashing { memory: 8, passes: 1, threads: 0, waiting: 1 };
    let hash = password::hash(&hashing, "open sesame", b"0123456789abcdef").unwrap();
    User { ids: Ids::same(McServiceId::new("sip:alice@a.example").unwrap()), ..User::new("alice", hash) }
}

#[test]
fn each_rule_of_a_record() {
    let own = |domain: &str| domain == "a.example";
    assert_eq!(user().check(own), Ok(()));
    let changes: [fn(&mut User); 7] = [
        |user| user.name = String::new(),
        |user| user.name = "a b".into(),
        |user| user.name = "x".repeat(129),
        |user| user.password = "open sesame".into(),
        |user| user.ids = Ids::default(),
        |user| user.ids.mcdata = McServiceId::new("sip:alice@b.example").ok(),
        |user| {
            user.sip = Some(SipUser {
                ha1_sha_256: "00".into(),
                ..SipUser::of("a", "r", vec!["sip:a@r".into()], "p", false)
            })
        },
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut user = user();
        change(&mut user);
        assert!(user.check(own).is_err(), "{index}");
    }
}

#[test]
fn identities_are_told_once_each() {
    let mut ids = user().ids;
    assert_eq!(ids.all().count(), 1);
    ids.mcdata = McServiceId::new("sip:alice.d@a.example").ok();
    assert_eq!(ids.all().count(), 2);
    ids.mcptt = None;
    assert_eq!((ids.all().count(), ids.first()), (2, ids.mcvideo.as_ref()));
}

#[test]
fn a_record_shows_no_secret_in_a_log() {
    let mut user = user();
    user.sip =
        Some(SipUser::of("alice.imsi", "a.example", vec!["sip:alice@a.example".into()], "open sesame", true));
    let shown = format!("{user:?}{:?}", user.sip);
    for secret in ["alice", "argon2id", "imsi", &user.sip.as_ref().unwrap().ha1_sha_256] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn rfc8760_what_the_sip_core_needs_is_written_as_it_reads_it() {
    let mut user = user();
    user.sip =
        Some(SipUser::of("alice", "a.example", vec!["sip:alice.imsi@a.example".into()], "open sesame", true));
    let text = listed(std::slice::from_ref(&user));
    for line in [
        "[[sip-core.users]]",
        "username = \"alice\"",
        "identities = [\"sip:alice.imsi@a.example\"]",
        "ha1-sha-256 = \"",
        "ha1-md5 = \"",
    ] {
        assert!(text.contains(line), "{text}");
    }
    user.locked = true;
    assert_eq!(listed(&[user]), "", "who is locked does not register");
}

#[test]
fn lines_are_read_and_the_wrong_one_is_named() {
    let line = serde_json::to_string(&user()).unwrap();
    let own = |domain: &str| domain == "a.example";
    assert!(import(&format!("\n{line}\n\n"), own).unwrap() == [(2, user())]);
    let told = import(&format!("{line}\n{{\"name\":\"b\"}}\n"), own).unwrap_err();
    assert!(told.starts_with("line 2: "), "{told}");
    let unknown = line.replacen("{", "{\"admin\":true,", 1);
    assert!(import(&unknown, own).is_err(), "what nobody knows is a mistake");
    assert!(import(&line, |_| false).is_err());
}
