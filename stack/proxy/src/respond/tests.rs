use super::*;
use crate::testing::{edited, message, request, response, values};

const URI: &str = "sip:bob@partner.example";

/// What a server behind a hiding proxy answers: it has never seen the client's own fields.
fn hidden(to: &str) -> Message {
    message(&format!(
        "SIP/2.0 200 OK\nVia: SIP/2.0/TLS proxy.example;branch=z9hG4bKp1\nFrom: <sip:hidden@b.example>;tag=h\n\
         To: {to}\nCall-ID: sealed\nCSeq: 1 MESSAGE\nServer: x\n"
    ))
}

fn restored(request: &Message, top: Option<&[u8]>, response: &Message) -> Message {
    let mut edits = Edits::new();
    restore(request, top, response, &mut edits).unwrap();
    edited(response, &edits)
}

#[test]
fn c16_7_step_3_our_via_is_taken_off() {
    let response = response(200, "Via: SIP/2.0/UDP client.example;branch=z9hG4bKc1\n");
    let mut edits = Edits::new();
    pop_via(&mut edits);
    assert_eq!(
        values(&edited(&response, &edits), Name::Via),
        ["SIP/2.0/UDP client.example;branch=z9hG4bKc1"]
    );
}

#[test]
fn c16_7_step_3_the_topmost_value_of_a_joined_line_is_taken_off() {
    let joined = message(
        "SIP/2.0 200 OK\nVia: SIP/2.0/UDP proxy.example;branch=z9hG4bKp1, SIP/2.0/UDP client.example;branch=z9hG4bKc1\n",
    );
    let mut edits = Edits::new();
    pop_via(&mut edits);
    assert_eq!(values(&edited(&joined, &edits), Name::Via), ["SIP/2.0/UDP client.example;branch=z9hG4bKc1"]);
}

#[test]
fn hidden_fields_come_back_as_the_client_sent_them() {
    let request =
        request("MESSAGE", URI, "v: SIP/2.0/TCP a.example;branch=z9hG4bKa, SIP/2.0/TCP b.example\n");
    let after = restored(&request, None, &hidden("<sip:hidden@partner.example>;tag=t1"));
    for name in [Name::Via, Name::From, Name::CallId, Name::CSeq] {
        assert_eq!(values(&after, name), values(&request, name), "{name}");
    }
    assert_eq!(after.header(Name::Server), Some(&b"x"[..]), "all else stays");
}

#[test]
fn c8_2_6_2_to_is_the_clients_with_the_servers_tag() {
    let request = request("MESSAGE", URI, "");
    let after = restored(&request, None, &hidden("<sip:hidden@partner.example>;tag=t1"));
    assert_eq!(values(&after, Name::To), ["<sip:bob@partner.example>;tag=t1"]);
    let untagged = restored(&request, None, &hidden("<sip:hidden@partner.example>"));
    assert_eq!(values(&untagged, Name::To), ["<sip:bob@partner.example>"]);
}

#[test]
fn c12_2_within_a_dialog_to_keeps_the_clients_tag() {
    let request = message(
        "BYE sip:b@c.example SIP/2.0\nVia: SIP/2.0/UDP client.example;branch=z9hG4bKc1\nFrom: <sip:a@b.example>;tag=f1\n\
         To: <sip:bob@partner.example>;tag=shown\nCall-ID: c1\nCSeq: 2 BYE\n",
    );
    let after = restored(&request, None, &hidden("<sip:hidden@partner.example>;tag=sealed"));
    assert_eq!(values(&after, Name::To), ["<sip:bob@partner.example>;tag=shown"]);
}

#[test]
fn c18_2_1_the_topmost_via_comes_back_stamped() {
    let request = request("MESSAGE", URI, "Via: SIP/2.0/TCP a.example;branch=z9hG4bKa\n");
    let stamped = b"SIP/2.0/UDP client.example;branch=z9hG4bKc1;received=192.0.2.1";
    let after = restored(&request, Some(stamped), &hidden("<sip:x@y.example>;tag=t1"));
    let expected = [std::str::from_utf8(stamped).unwrap(), "SIP/2.0/TCP a.example;branch=z9hG4bKa"];
    assert_eq!(values(&after, Name::Via), expected);
}

#[test]
fn c16_7_step_6_instead_of_a_503_goes_a_500_with_what_it_says() {
    let response = response(503, "Retry-After: 5\nWarning: 399 a \"one\", 399 b \"two, three\"\nX-Why: 51\n");
    let mut edits = Edits::new();
    instead_of_503(&mut edits);
    let instead = edited(&response, &edits);
    assert_eq!((instead.status(), instead.reason()), (Some(500), &b"Server Internal Error"[..]));
    assert_eq!(instead.header(Name::RetryAfter), Some(&b"5"[..]));
    assert_eq!(instead.extension("X-Why"), Some(&b"51"[..]));
    assert_eq!(values(&instead, Name::Warning), ["399 a \"one\"", "399 b \"two, three\""]);
}
