//! Edits of what is no header field: the reason phrase, and the body as a whole.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::{Bytes, BytesMut};
use sip::{Edits, Limits, Message, Name};

fn parse(text: &'static str) -> Message {
    Message::parse(Bytes::from_static(text.as_bytes()), &Limits::default()).unwrap()
}

fn edited(message: &Message, edits: &Edits) -> String {
    let mut out = BytesMut::new();
    edits.apply(message, &mut out);
    String::from_utf8(out.to_vec()).unwrap()
}

const ANSWER: &str = "SIP/2.0 404 not at lms1\r\nCSeq: 1 MESSAGE\r\nc: text/plain\r\nl: 5\r\nContent-Language: en\r\n\r\nlms1!";

#[test]
fn a_reason_phrase_becomes_the_customary_one() {
    let mut edits = Edits::new();
    edits.customary_reason();
    assert!(!edits.is_empty());
    assert_eq!(edited(&parse(ANSWER), &edits), ANSWER.replace("not at lms1", "Not Found"));
}

#[test]
fn a_status_code_comes_with_its_customary_reason_phrase() {
    let mut edits = Edits::new();
    edits.status(500);
    assert!(!edits.is_empty());
    let expected = ANSWER.replace("404 not at lms1", "500 Server Internal Error");
    assert_eq!(edited(&parse(ANSWER), &edits), expected);
}

#[test]
fn a_request_has_no_reason_phrase() {
    let text = "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    let mut edits = Edits::new();
    edits.customary_reason();
    assert_eq!(edited(&parse(text), &edits), text);
}

#[test]
fn a_body_is_left_out_with_what_describes_it() {
    let mut edits = Edits::new();
    edits.drop_body().append(Name::Server, b"x");
    let expected = "SIP/2.0 404 not at lms1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\nServer: x\r\n\r\n";
    assert_eq!(edited(&parse(ANSWER), &edits), expected);
}

#[test]
fn a_body_is_left_out_where_no_content_length_tells_of_it() {
    let text = "SIP/2.0 404 x\r\nContent-Type: text/plain\r\n\r\nlms1!";
    let mut edits = Edits::new();
    edits.drop_body();
    assert_eq!(edited(&parse(text), &edits), "SIP/2.0 404 x\r\nContent-Length: 0\r\n\r\n");
}
