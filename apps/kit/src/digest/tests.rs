use super::*;

/// The example of RFC 7616 3.9.1, whose numbers are printed there for both algorithms.
fn exchange() -> Exchange<'static> {
    Exchange {
        method: b"GET",
        uri: b"/dir/index.html",
        nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        count: b"00000001",
        cnonce: b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    }
}

fn mufasa(algorithm: Algorithm) -> Ha1 {
    Ha1::of(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
}

#[test]
fn rfc7616_3_9_1_sha256_gives_the_printed_response() {
    let response = mufasa(Algorithm::Sha256).response(&exchange());
    assert_eq!(response, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

#[test]
fn rfc7616_3_9_1_md5_gives_the_printed_response() {
    assert_eq!(mufasa(Algorithm::Md5).response(&exchange()), "8ca523f5e9506fed4657c9700eebdbec");
}

#[test]
fn a_response_proves_only_its_own_exchange() {
    let ha1 = mufasa(Algorithm::Sha256);
    let response = ha1.response(&exchange());
    assert!(ha1.proves(&exchange(), response.as_bytes()));
    assert!(ha1.proves(&exchange(), response.to_uppercase().as_bytes()), "hexadecimal digits have no case");
    assert!(!ha1.proves(&Exchange { method: b"PUT", ..exchange() }, response.as_bytes()));
    assert!(!ha1.proves(&Exchange { count: b"00000002", ..exchange() }, response.as_bytes()));
    assert!(!ha1.proves(&exchange(), &response.as_bytes()[..63]));
    assert!(!ha1.proves(&exchange(), b""));
}

#[test]
fn rfc8760_2_1_the_algorithm_token_has_no_case_and_no_session_variant() {
    assert_eq!(Algorithm::from_name(b"sha-256"), Some(Algorithm::Sha256));
    assert_eq!(Algorithm::from_name(b"md5"), Some(Algorithm::Md5));
    assert_eq!(Algorithm::from_name(b"MD5-sess"), None);
    assert!(Algorithm::Sha256 < Algorithm::Md5, "SHA-256 is offered first");
}

#[test]
fn a_configured_hash_must_have_the_form_of_its_algorithm() {
    let hash = mufasa(Algorithm::Sha256).reveal().to_owned();
    assert!(Ha1::from_hash(Algorithm::Sha256, &hash.to_uppercase()).is_some_and(|ha1| ha1.reveal() == hash));
    assert!(Ha1::from_hash(Algorithm::Md5, &hash).is_none());
    assert!(Ha1::from_hash(Algorithm::Sha256, &hash.replace('a', "g")).is_none());
    assert_eq!(format!("{:?}", mufasa(Algorithm::Md5)), "Ha1(MD5)");
}
