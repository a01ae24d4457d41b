//! RFC 3261 10.3 step 3: who it is, by digest authentication (RFC 7616, RFC 8760).

use kit::digest::Algorithm;
use sip::{Message, Name, WwwAuthenticate};

use super::status;
use crate::{
    config::Registration,
    testing::{Fixture, Register, config, seconds, udp},
};

#[test]
fn rfc3261_10_3_step_3_nobody_registers_without_credentials() {
    let at = Fixture::new();
    assert_eq!(status(&at.serve(&Register::of("alice").request(), udp(5070))), 401);
    assert_eq!(at.core.registered(), (0, 0));
}

#[test]
fn rfc8760_2_4_sha_256_is_offered_alone_unless_configured_otherwise() {
    let offered = |response: Message| -> Vec<String> {
        let challenges = response.all::<WwwAuthenticate<'_>>().map(Result::unwrap);
        challenges.map(|c| String::from_utf8_lossy(c.get("algorithm").unwrap()).into_owned()).collect()
    };
    let at = Fixture::new();
    assert_eq!(offered(at.serve(&Register::of("alice").request(), udp(5070))), ["SHA-256"]);
    let algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
    let mut both = config();
    both.registration = Registration { algorithms, ..both.registration };
    let at = Fixture::with(both);
    assert_eq!(offered(at.serve(&Register::of("alice").request(), udp(5070))), ["SHA-256", "MD5"]);
    let md5 = Register { algorithm: Algorithm::Md5, ..Register::of("alice") };
    assert_eq!(status(&at.register(&md5, udp(5070))), 200);
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_answered_alike() {
    let at = Fixture::new();
    let wrong = Register { password: "guess", ..Register::of("alice") };
    let unknown = Register { user: "mallory", ..Register::of("alice") };
    for register in [wrong, unknown] {
        let refused = at.register(&register, udp(5070));
        let challenge = refused.typed::<WwwAuthenticate<'_>>().unwrap().unwrap();
        assert_eq!((status(&refused), challenge.get("stale")), (401, None));
    }
}

#[test]
fn rfc7616_3_4_5_a_replayed_request_is_challenged_as_stale() {
    let at = Fixture::new();
    let challenged = at.serve(&Register::of("alice").request(), udp(5070));
    let first = Register::of("alice").answering(&challenged, 1);
    assert_eq!(status(&at.serve(&first, udp(5070))), 200);
    let replayed = at.serve(&first, udp(6666));
    let challenge = replayed.typed::<WwwAuthenticate<'_>>().unwrap().unwrap();
    assert_eq!((status(&replayed), challenge.get("stale")), (401, Some(&b"true"[..])));
    let next = Register::of("alice").later().answering(&challenged, 2);
    assert_eq!(status(&at.serve(&next, udp(5070))), 200, "the nonce itself is still good");
}

#[test]
fn rfc7616_3_3_an_old_nonce_is_stale_and_not_a_wrong_password() {
    let at = Fixture::new();
    let challenged = at.serve(&Register::of("alice").request(), udp(5070));
    at.lab.advance(seconds(300));
    let late = at.serve(&Register::of("alice").answering(&challenged, 1), udp(5070));
    let challenge = late.typed::<WwwAuthenticate<'_>>().unwrap().unwrap();
    assert_eq!((status(&late), challenge.get("stale")), (401, Some(&b"true"[..])));
}

#[test]
fn credentials_that_cannot_be_read_are_a_bad_request() {
    let at = Fixture::new();
    let without_qop = "Digest username=\"alice\", realm=\"primary.example\", nonce=\"n\", uri=\"sip:primary.example\", response=\"r\"";
    let refused =
        at.serve(&Register::of("alice").request().header(Name::Authorization, without_qop), udp(5070));
    assert_eq!(status(&refused), 400);
    assert!(refused.reason().starts_with(b"Authorization"));
}

#[test]
fn rfc7616_3_4_6_credentials_for_another_uri_are_no_credentials_here() {
    let at = Fixture::new();
    let elsewhere = Register { digest_uri: "sip:partner.example", ..Register::of("alice") };
    assert_eq!(status(&at.register(&elsewhere, udp(5070))), 400);
    let by_address = Register { digest_uri: "sip:127.0.0.1:5061", ..Register::of("alice") };
    assert_eq!(status(&at.register(&by_address, udp(5070))), 200, "it knows us by address only");
}
