use super::*;
use crate::testing::{edited, request, values};

const URI: &str = "sip:bob@partner.example";

#[test]
fn c16_6_step_3_max_forwards_is_one_less() {
    for (before, after) in [(255, "254"), (101, "100"), (100, "99"), (70, "69"), (10, "9"), (1, "0")] {
        let request = request("MESSAGE", URI, &format!("Max-Forwards: {before}\n"));
        let mut edits = Edits::new();
        max_forwards(&request, &mut edits).unwrap();
        assert_eq!(values(&edited(&request, &edits), Name::MaxForwards), [after]);
    }
}

#[test]
fn c16_6_step_3_a_missing_max_forwards_becomes_70() {
    let request = request("MESSAGE", URI, "");
    let mut edits = Edits::new();
    max_forwards(&request, &mut edits).unwrap();
    assert_eq!(values(&edited(&request, &edits), Name::MaxForwards), ["70"]);
}

#[test]
fn c16_6_step_8_our_via_asks_for_rport() {
    let value = via("TLS", "proxy.example:5061", b"z9hG4bKp");
    assert_eq!(&value[..], b"SIP/2.0/TLS proxy.example:5061;rport;branch=z9hG4bKp");
}
