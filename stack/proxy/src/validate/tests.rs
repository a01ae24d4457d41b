use super::*;
use crate::testing::{own, request};

const URI: &str = "sip:bob@partner.example";

fn with(more: &str) -> Message {
    request("MESSAGE", URI, more)
}

fn written(branch: &[u8]) -> Option<u64> {
    std::str::from_utf8(branch.strip_prefix(b"z9hG4bK")?).ok()?.parse().ok()
}

#[test]
fn c16_3_step_3_no_hop_left_is_483() {
    let rejection = max_forwards(&with("Max-Forwards: 0\n")).unwrap_err();
    assert_eq!((&rejection, rejection.status()), (&Rejection::TooManyHops, 483));
    assert_eq!(rejection.response().status(), 483);
}

#[test]
fn c16_3_step_3_a_hop_left_or_no_max_forwards_passes() {
    for more in ["Max-Forwards: 1\n", "Max-Forwards: 255\n", ""] {
        assert_eq!(max_forwards(&with(more)), Ok(()));
    }
}

#[test]
fn c16_3_step_1_max_forwards_that_cannot_be_read_is_400() {
    let rejection = max_forwards(&with("Max-Forwards: 300\n")).unwrap_err();
    assert_eq!(rejection.status(), 400);
    assert!(rejection.response().phrase().contains("Max-Forwards"), "{}", rejection.response().phrase());
}

#[test]
fn c16_3_step_4_our_via_with_the_same_hash_is_482() {
    let looped = with("Via: SIP/2.0/TCP PROXY.example;branch=z9hG4bK7\n");
    let rejection = no_loop(&looped, &own(), 7, written).unwrap_err();
    assert_eq!((&rejection, rejection.status()), (&Rejection::Loop, 482));
}

#[test]
fn c16_3_step_4_a_spiral_passes() {
    let spiral = with("Via: SIP/2.0/TCP proxy.example;branch=z9hG4bK7\n");
    assert_eq!(no_loop(&spiral, &own(), 8, written), Ok(()));
}

#[test]
fn c16_3_step_4_a_foreign_via_with_the_same_hash_passes() {
    let foreign = with(
        "Via: SIP/2.0/TCP other.example;branch=z9hG4bK7, SIP/2.0/TCP proxy.example:5999;branch=z9hG4bK7\n",
    );
    assert_eq!(no_loop(&foreign, &own(), 7, written), Ok(()));
}

#[test]
fn c16_3_step_4_our_via_is_found_at_any_depth_and_past_unreadable_ones() {
    let deep = with("Via: SIP/2.0/TCP a.example, nonsense, SIP/2.0/TLS [2001:db8::1]:5070;branch=z9hG4bK7\n");
    assert_eq!(no_loop(&deep, &own(), 7, written), Err(Rejection::Loop));
}

#[test]
fn c16_3_step_5_every_option_that_is_not_supported_is_named_in_order() {
    let request = with("Proxy-Require: privacy, PATH\nProxy-Require: foo\nRequire: bar\n");
    let named = |field, supported: &[&str]| -> Vec<Vec<u8>> {
        unsupported(&request, field, supported).map(<[u8]>::to_vec).collect()
    };
    assert_eq!(named(Name::ProxyRequire, &[]), [b"privacy".to_vec(), b"PATH".to_vec(), b"foo".to_vec()]);
    assert_eq!(named(Name::ProxyRequire, &["path", "foo"]), [b"privacy".to_vec()]);
    assert_eq!(named(Name::Require, &["bar"]), Vec::<Vec<u8>>::new());
    assert_eq!(unsupported(&with(""), Name::ProxyRequire, &[]).count(), 0);
    assert_eq!(
        unsupported(&with("Require: , ,\n"), Name::Require, &[]).count(),
        0,
        "a comma asks for nothing"
    );
}
