use super::*;
use crate::testing::{own, request};

const URI: &str = "sip:bob@partner.example";

fn hash(request: &Message) -> u64 {
    LoopHasher::new([1, 2, 3, 4]).hash(request).unwrap()
}

#[test]
fn c16_3_step_4_a_via_is_ours_by_host_and_port() {
    let is_ours = |sent_by: &str| {
        let request = request("MESSAGE", URI, &format!("Via: SIP/2.0/TCP {sent_by};branch=z9hG4bK1\n"));
        let via = request.all::<Via<'_>>().nth(1).unwrap().unwrap();
        own().sent(&via)
    };
    assert!(is_ours("proxy.example") && is_ours("PROXY.example") && is_ours("[2001:db8::1]:5070"));
    assert!(!is_ours("proxy.example:5060"), "may be another: RFC 3261 19.1.4");
    assert!(!is_ours("[2001:db8::1]") && !is_ours("other.example"));
}

#[test]
fn rfc5393_4_2_2_the_hash_is_that_of_the_request_and_not_of_the_hop() {
    let original = hash(&request("MESSAGE", URI, "Max-Forwards: 70\nRoute: <sip:r.example;lr>\n"));
    let again = "Max-Forwards: 60\nVia: SIP/2.0/UDP other.example;branch=z9hG4bKx\nRoute: <sip:r.example;lr>\n\
                 Record-Route: <sip:x.example;lr>\nUser-Agent: x\n";
    assert_eq!(original, hash(&request("MESSAGE", URI, again)));
}

#[test]
fn rfc5393_4_2_2_whatever_routes_or_identifies_changes_the_hash() {
    let original = hash(&request("MESSAGE", URI, ""));
    assert_ne!(original, hash(&request("MESSAGE", "sip:carol@partner.example", "")));
    assert_ne!(original, hash(&request("MESSAGE", URI, "Route: <sip:r.example;lr>\n")));
    assert_ne!(original, hash(&request("MESSAGE", URI, "Proxy-Require: x\n")));
    assert_ne!(original, hash(&request("OPTIONS", URI, "")), "CSeq has the method");
}

#[test]
fn the_hash_cannot_be_told_without_the_key() {
    let request = request("MESSAGE", URI, "");
    assert_ne!(hash(&request), LoopHasher::new([4, 3, 2, 1]).hash(&request).unwrap());
}
