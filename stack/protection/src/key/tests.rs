use super::*;

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn counting(length: u8) -> Vec<u8> {
    (0..length).collect()
}

/// The expected octets come from Python's `hmac`, over `FC || P0 || L0 || P1 || L1`.
#[test]
fn ts33180_f_1_4_both_keys_are_derived_from_secret_user_and_identifier() {
    let short = Key::new(KeyId::new(0x2000_0001), &counting(16), "sip:alice@primary.example").unwrap();
    let tag = octets("9d75b2ba49018d782a69bff60c722c7bea94966a304edc2271abff5143ae2bf9");
    assert_eq!(hmac::sign(short.integrity(), b"x").as_ref(), tag);

    let long = Key::new(KeyId::new(0x3000_0001), &counting(32), "").unwrap();
    let tag = octets("eb696fe0875bf6bcf28f7c1303a7efc336fdb4b8307c444eaabfe35660fde45c");
    assert_eq!(hmac::sign(long.integrity(), b"x").as_ref(), tag);
}

#[test]
fn ts33180_f_1_4_a_secret_has_at_least_128_bits() {
    for (length, expected) in [(0, false), (15, false), (16, true), (64, true), (65, false)] {
        assert_eq!(Key::new(KeyId::new(1), &counting(length), "").is_ok(), expected, "{length}");
    }
    assert_eq!(Key::new(KeyId::new(1), &[0; 16], &"u".repeat(65_536)).err(), Some(BadKey::User));
}

#[test]
fn an_identifier_is_eight_digits_and_four_octets() {
    let id = KeyId::parse("2000000a").unwrap();
    assert_eq!(
        (id, id.to_string().as_str(), id.name().as_str()),
        (KeyId::new(0x2000_000a), "2000000a", "IAAACg==")
    );
    assert_eq!((KeyId::named("IAAACg=="), KeyId::named(" IAAA\nCg== ")), (Some(id), Some(id)));
    for wrong in ["", "IAAA", "IAAACgA=", "IAAACg", "!"] {
        assert_eq!(KeyId::named(wrong), None, "{wrong}");
    }
    for wrong in ["", "1", "+2000001", "2000000g", "200000001"] {
        assert_eq!(KeyId::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_key_is_not_shown_and_the_last_of_an_identifier_stays() {
    let key = |secret: u8| Key::new(KeyId::new(1), &[secret; 16], "").unwrap();
    assert_eq!(format!("{:?}", key(0x41)), "Key(00000001)");
    let keys = Keys::from_iter([key(1), key(2)]);
    let kept = keys.get(KeyId::new(1)).unwrap();
    assert_eq!(hmac::sign(kept.integrity(), b"x").as_ref(), hmac::sign(key(2).integrity(), b"x").as_ref());
    assert!(keys.get(KeyId::new(2)).is_none());
}

/// NIST SP 800-38D 8: two texts under one vector would give both away.
#[test]
fn sp800_38d_8_a_vector_differs_with_the_salt_and_with_the_text() {
    let key = Key::new(KeyId::new(1), &[1; 16], "").unwrap();
    let first = key.vector(b"salt", b"text");
    assert_eq!(first, key.vector(b"salt", b"text"));
    for (salt, text) in
        [(&b"salt"[..], &b"test"[..]), (b"sale", b"text"), (b"saltt", b"ext"), (b"", b"salttext")]
    {
        assert_ne!(first, key.vector(salt, text));
    }
}
