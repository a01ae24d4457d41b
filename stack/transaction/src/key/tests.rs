use bytes::Bytes;
use sip::Limits;

use super::*;

fn message(text: &str) -> Message {
    let wire = text.replace('\n', "\r\n") + "\r\n";
    Message::parse(Bytes::from(wire), &Limits::default()).unwrap()
}

fn request(method: &str, via: &str) -> Message {
    rfc2543_request(method, via, "sip:bob@partner.example", "t1", "c1", 1)
}

fn rfc2543_request(method: &str, via: &str, uri: &str, tag: &str, call: &str, cseq: u32) -> Message {
    message(&format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP {via}\nFrom: <sip:a@b.example>;tag={tag}\n\
         To: <sip:bob@partner.example>\nCall-ID: {call}\nCSeq: {cseq} {method}\n"
    ))
}

fn key(method: &str, via: &str) -> ServerKey {
    ServerKey::of(&request(method, via), b"192.0.2.1").unwrap()
}

#[test]
fn c17_1_3_a_response_matches_by_branch_and_cseq_method() {
    let response = message(
        "SIP/2.0 200 OK\nVia: SIP/2.0/TCP a.example;branch=z9hG4bK1, SIP/2.0/TCP b.example;branch=z9hG4bK2\n\
         CSeq: 1 MESSAGE\n",
    );
    let key = ClientKey::of(&response).unwrap();
    assert_eq!(key, Some(ClientKey::new(b"z9hG4bK1", b"MESSAGE")));
    assert_ne!(key, Some(ClientKey::new(b"z9hG4bK1", b"OPTIONS")));
    assert_ne!(key, Some(ClientKey::new(b"z9hG4bK2", b"MESSAGE")));
}

#[test]
fn c17_1_3_a_response_without_a_branch_matches_nothing() {
    let response = message("SIP/2.0 200 OK\nVia: SIP/2.0/UDP a.example\nCSeq: 1 MESSAGE\n");
    assert_eq!(ClientKey::of(&response), Ok(None));
}

#[test]
fn c17_1_3_a_response_without_via_or_cseq_is_malformed() {
    let without_via = message("SIP/2.0 200 OK\nCSeq: 1 MESSAGE\n");
    assert_eq!(ClientKey::of(&without_via).unwrap_err().header, Some(Name::Via));
    let without_cseq = message("SIP/2.0 200 OK\nVia: SIP/2.0/UDP a.example;branch=z9hG4bK1\n");
    assert_eq!(ClientKey::of(&without_cseq).unwrap_err().header, Some(Name::CSeq));
}

#[test]
fn c17_2_3_a_copy_has_the_same_branch_sent_by_and_method() {
    let original = key("MESSAGE", "a.example:5070;branch=z9hG4bK1");
    assert_eq!(original, key("MESSAGE", "A.EXAMPLE:5070;rport;branch=z9hG4bK1"));
    assert_ne!(original, key("OPTIONS", "a.example:5070;branch=z9hG4bK1"), "method");
    assert_ne!(original, key("MESSAGE", "b.example:5070;branch=z9hG4bK1"), "host");
    assert_ne!(original, key("MESSAGE", "a.example:5071;branch=z9hG4bK1"), "port");
    assert_ne!(original, key("MESSAGE", "a.example;branch=z9hG4bK1"), "no port");
    assert_ne!(original, key("MESSAGE", "a.example:5070;branch=z9hG4bK2"), "branch");
}

#[test]
fn c17_2_3_with_the_cookie_nothing_else_is_looked_at() {
    let via = "a.example;branch=z9hG4bK1";
    let other = rfc2543_request("MESSAGE", via, "sip:carol@partner.example", "t2", "c2", 2);
    assert_eq!(ServerKey::of(&other, b"192.0.2.1").unwrap(), key("MESSAGE", via));
}

#[test]
fn c17_2_3_the_same_branch_from_somebody_else_is_no_copy() {
    for via in ["a.example;branch=z9hG4bK1", "a.example"] {
        let request = request("MESSAGE", via);
        let (one, other) = (ServerKey::of(&request, b"192.0.2.1"), ServerKey::of(&request, b"192.0.2.2"));
        assert_eq!(one, ServerKey::of(&request, b"192.0.2.1"));
        assert_ne!(one, other, "{via}");
    }
}

#[test]
fn c17_1_3_the_branch_is_read_back() {
    assert_eq!(ClientKey::new(b"z9hG4bK1", b"MESSAGE").branch(), b"z9hG4bK1");
    assert_eq!(ClientKey::new(b"", b"").branch(), b"");
}

#[test]
fn c17_2_3_without_the_cookie_everything_of_rfc_2543_is_looked_at() {
    for via in ["a.example", "a.example;branch=1", "a.example;branch=z9hG4bK"] {
        let make = |uri, tag, call, cseq| {
            ServerKey::of(&rfc2543_request("MESSAGE", via, uri, tag, call, cseq), b"").unwrap()
        };
        let original = make("sip:b@c.example", "t1", "c1", 1);
        assert_eq!(original, make("sip:b@c.example", "t1", "c1", 1));
        assert_ne!(original, make("sip:x@c.example", "t1", "c1", 1), "Request-URI");
        assert_ne!(original, make("sip:b@c.example", "t2", "c1", 1), "From tag");
        assert_ne!(original, make("sip:b@c.example", "t1", "c2", 1), "Call-ID");
        assert_ne!(original, make("sip:b@c.example", "t1", "c1", 2), "CSeq");
    }
    assert_ne!(key("MESSAGE", "a.example"), key("MESSAGE", "b.example"), "topmost Via");
    assert_ne!(key("MESSAGE", "a.example"), key("OPTIONS", "a.example"), "method");
}

#[test]
fn c8_1_1_7_a_bare_cookie_identifies_nothing() {
    assert_eq!(ServerKey::new(b"", b"z9hG4bK", b"a.example", None, b"MESSAGE"), None);
    assert_eq!(ServerKey::new(b"", b"z9hG4b", b"a.example", None, b"MESSAGE"), None);
}

#[test]
fn parts_cannot_run_into_each_other() {
    let key = |branch: &[u8], host: &[u8]| ServerKey::new(b"", branch, host, None, b"MESSAGE").unwrap();
    assert_ne!(key(b"z9hG4bK1a", b"b"), key(b"z9hG4bK1", b"ab"));
    assert_ne!(ClientKey::new(b"ab", b"c"), ClientKey::new(b"a", b"bc"));
}
