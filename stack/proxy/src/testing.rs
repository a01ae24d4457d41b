//! Messages for tests, written with bare line ends.

use bytes::{Bytes, BytesMut};
use sip::{Edits, Limits, Message, Response};

use crate::identity::{Own, SentBy};

/// A message of a start line and header lines.
pub(crate) fn message(text: &str) -> Message {
    let wire = text.replace('\n', "\r\n") + "\r\n";
    Message::parse(Bytes::from(wire), &Limits::default()).unwrap()
}

/// A request with what every request has, and `more` header lines, each with its line end.
pub(crate) fn request(method: &str, uri: &str, more: &str) -> Message {
    message(&format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP client.example;branch=z9hG4bKc1\nFrom: <sip:a@b.example>;tag=f1\n\
         To: <sip:bob@partner.example>\nCall-ID: c1\nCSeq: 1 {method}\n{more}"
    ))
}

/// A response to it with this status, and `more` header lines.
pub(crate) fn response(status: u16, more: &str) -> Message {
    message(&format!(
        "SIP/2.0 {status} X\nVia: SIP/2.0/UDP proxy.example;branch=z9hG4bKp1\nFrom: <sip:a@b.example>;tag=f1\n\
         To: <sip:bob@partner.example>;tag=t1\nCall-ID: c1\nCSeq: 1 MESSAGE\n{more}"
    ))
}

/// The node of these tests.
pub(crate) fn own() -> Own {
    let name = |host: &str, port| SentBy { host: host.to_owned(), port };
    Own::new(vec![name("proxy.example", None), name("2001:db8::1", Some(5070))])
}

/// What the edits make of a message.
pub(crate) fn edited(message: &Message, edits: &Edits) -> Message {
    let mut out = BytesMut::new();
    edits.apply(message, &mut out);
    Message::parse(out.freeze(), &Limits::default()).unwrap()
}

/// A response of our own as it goes out.
pub(crate) fn printed(response: &Response, request: &Message) -> Message {
    let mut out = BytesMut::new();
    response.print(request, "t9", &mut out);
    Message::parse(out.freeze(), &Limits::default()).unwrap()
}

/// All values of a header field, as text.
pub(crate) fn values(message: &Message, name: sip::Name) -> Vec<String> {
    message.values(name).map(|value| String::from_utf8(value.to_vec()).unwrap()).collect()
}
