use super::*;
use crate::testing::{printed, request, values};

const URI: &str = "sip:bob@partner.example";

#[test]
fn c8_2_1_invite_is_refused_405_with_allow() {
    let invite = request("INVITE", URI, "");
    let Admission::Refuse(response) = admit(&invite, "MESSAGE, OPTIONS") else { panic!("not refused") };
    let response = printed(&response, &invite);
    assert_eq!(response.status(), Some(405));
    assert_eq!(values(&response, Name::Allow), ["MESSAGE", "OPTIONS"]);
}

#[test]
fn c17_2_1_the_ack_of_that_refusal_is_absorbed() {
    assert!(matches!(admit(&request("ACK", URI, ""), ""), Admission::Absorb));
}

#[test]
fn c9_2_cancel_finds_nothing_481() {
    let Admission::Refuse(response) = admit(&request("CANCEL", URI, ""), "") else { panic!("not refused") };
    assert_eq!(response.status(), 481);
}

#[test]
fn c16_every_other_method_gets_a_transaction() {
    for method in
        ["MESSAGE", "OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "BYE", "INFO", "FROBNICATE"]
    {
        assert!(matches!(admit(&request(method, URI, ""), ""), Admission::Transaction), "{method}");
    }
}

#[test]
fn c7_1_methods_are_told_apart_by_case() {
    assert!(matches!(admit(&request("invite", URI, ""), ""), Admission::Transaction));
}
