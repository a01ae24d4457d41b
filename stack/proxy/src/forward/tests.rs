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
fn c16_6_step_4_our_record_route_is_on_top_and_loose() {
    let request = request("SUBSCRIBE", URI, "Record-Route: <sip:before.example;lr>\n");
    let mut edits = Edits::new();
    record_route("sip:proxy.example;transport=tls", &mut edits);
    let expected = ["<sip:proxy.example;transport=tls;lr>", "<sip:before.example;lr>"];
    assert_eq!(values(&edited(&request, &edits), Name::RecordRoute), expected);
}

#[test]
fn c16_6_step_8_our_via_is_on_top() {
    let request = request("MESSAGE", URI, "Via: SIP/2.0/TCP a.example;branch=z9hG4bKa\n");
    let mut edits = Edits::new();
    push_via("TLS", "proxy.example:5061", b"z9hG4bKp", &mut edits);
    let expected = [
        "SIP/2.0/TLS proxy.example:5061;rport;branch=z9hG4bKp",
        "SIP/2.0/UDP client.example;branch=z9hG4bKc1",
        "SIP/2.0/TCP a.example;branch=z9hG4bKa",
    ];
    assert_eq!(values(&edited(&request, &edits), Name::Via), expected);
}

#[test]
fn c16_6_step_8_our_via_stands_alone_where_topology_is_hidden() {
    let request = request("MESSAGE", URI, "Via: SIP/2.0/TCP a.example;branch=z9hG4bKa\n");
    let mut edits = Edits::new();
    replace_vias("UDP", "proxy.example", b"z9hG4bKp", &mut edits);
    let expected = ["SIP/2.0/UDP proxy.example;rport;branch=z9hG4bKp"];
    assert_eq!(values(&edited(&request, &edits), Name::Via), expected);
}
