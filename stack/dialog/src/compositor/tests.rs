use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use sip::{Limits, Message};

use super::{Publication, Refused, Request};

fn publish(lines: &str, body: &str) -> Message {
    let text = format!(
        "PUBLISH sip:mcptt_psi@a.example SIP/2.0\r\nVia: SIP/2.0/TCP u;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:u@a.example>;tag=f\r\nTo: <sip:mcptt_psi@a.example>\r\nCall-ID: c\r\nCSeq: 1 PUBLISH\r\n\
         Event: poc-settings\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Message::parse(Bytes::from(text), &Limits::default()).unwrap()
}

#[test]
fn table_1_the_four_operations() {
    let of = |lines: &str, body: &str| Request::read(&publish(lines, body)).unwrap().0;
    assert_eq!(of("Expires: 60\r\n", "<a/>"), Request::Initial);
    assert_eq!(of("SIP-If-Match: x1\r\n", ""), Request::Refresh("x1".into()));
    assert_eq!(of("SIP-If-Match: x1\r\nExpires: 60\r\n", "<a/>"), Request::Modify("x1".into()));
    assert_eq!(of("SIP-If-Match: x1\r\nExpires: 0\r\n", ""), Request::Remove("x1".into()));
}

#[test]
fn c6_neither_tag_nor_body_is_refused() {
    assert!(Request::read(&publish("Expires: 60\r\n", "")).is_err());
}

#[test]
fn c11_3_2_more_than_one_tag_is_refused() {
    assert!(Request::read(&publish("SIP-If-Match: a\r\nSIP-If-Match: b\r\n", "")).is_err());
}

#[test]
fn c6_only_the_last_tag_counts_and_only_until_it_expires() {
    let now = UNIX_EPOCH + Duration::from_secs(1000);
    let mut publication = Publication::new(now, "one", Duration::from_secs(60));
    assert_eq!(publication.matches(now, "one"), Ok(()));
    publication.renew(now, "two", Duration::from_secs(60));
    assert_eq!(publication.matches(now, "one"), Err(Refused::NoSuchTag));
    assert_eq!(publication.matches(now + Duration::from_secs(59), "two"), Ok(()));
    assert_eq!(publication.matches(now + Duration::from_secs(60), "two"), Err(Refused::NoSuchTag));
}
