//! What could be read in two ways is refused: RFC 3261 clauses 7.3.1, 18.3 and 20.14.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bytes::{Bytes, BytesMut};
use sip::{Edits, Frame, Framer, Limits, Malformed, Message, Name};

const HEAD: &str = "MESSAGE sip:a@b.example SIP/2.0\r\n\
    Via: SIP/2.0/TCP h.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:c@d.example>;tag=1\r\n\
    To: <sip:a@b.example>\r\nCall-ID: x@h\r\nCSeq: 1 MESSAGE\r\n";

fn datagram(lines: &str, body: &str) -> Result<Message, Malformed> {
    Message::parse(Bytes::from(format!("{HEAD}{lines}\r\n{body}")), &Limits::DATAGRAM)
}

fn stream(lines: &str, body: &str) -> Result<Option<Frame>, Malformed> {
    let mut framer = Framer::new(Limits::STREAM);
    framer.push(format!("{HEAD}{lines}\r\n{body}").as_bytes());
    framer.next()
}

/// Refused by datagram and stream alike, and the reason names the header field.
fn refused(lines: &str, status: u16, names: &str) {
    for fault in [datagram(lines, "12345").err(), stream(lines, "12345").err()] {
        let fault = fault.unwrap_or_else(|| panic!("{lines:?} was accepted"));
        assert_eq!(fault.status, status, "{lines:?}: {fault}");
        assert!(fault.to_string().starts_with(names), "{lines:?}: {fault}");
    }
}

#[test]
fn a_content_length_that_is_not_one_plain_number_is_refused() {
    let lines = [
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nl: 0\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: \r\n",
        "Content-Length: \"5\"\r\n",
        "Content-Length:\r\n 5\r\n",
        "Content-Length: 5\r\n \r\n",
        "Content-Length: 5\r\n 0\r\n",
        "Content-Length: 4294967296\r\n",
        "Content-Length: 18446744073709551621\r\n",
    ];
    lines.iter().for_each(|lines| refused(lines, 400, "Content-Length: "));
    refused("Content-Length: 4294967295\r\n", 413, "Content-Length: ");
}

#[test]
fn a_datagram_shorter_than_its_content_length_is_refused_and_a_longer_one_is_cut() {
    let fault = datagram("Content-Length: 6\r\n", "12345").expect_err("too short");
    assert_eq!((fault.status, fault.header), (400, Some(Name::ContentLength)));
    let message = datagram("Content-Length: 4\r\n", "12345").expect("parses");
    assert_eq!((message.body(), message.bytes().ends_with(b"\r\n1234")), (&b"1234"[..], true));
    assert_eq!(datagram("", "12345").expect("parses").body(), b"12345");
}

#[test]
fn a_stream_needs_a_content_length() {
    let fault = stream("", "12345").expect_err("none");
    assert_eq!(fault.header, Some(Name::ContentLength));
}

#[test]
fn a_bare_cr_lf_or_nul_in_a_header_is_refused() {
    let lines = [
        ("Subject: a\nX: b\r\nContent-Length: 0\r\n", "Subject: "),
        ("Subject: a\rX: b\r\nContent-Length: 0\r\n", "Subject: "),
        ("Subject: a\0b\r\nContent-Length: 0\r\n", "Subject: "),
        ("Subject: \"a\0b\"\r\nContent-Length: 0\r\n", "Subject: "),
        ("Subject: a\n\r\nContent-Length: 0\r\n", "Subject: "),
        ("Subject: a\r\r\nContent-Length: 0\r\n", "Subject: "),
        ("Content-Length: 0\n\r\n", "Content-Length: "),
    ];
    lines.iter().for_each(|(lines, names)| refused(lines, 400, names));
    assert!(
        datagram("Subject: \"a\\\0b\"\r\n", "").is_ok(),
        "a quoted pair may be a NUL (RFC 4475 clause 3.1.1.2)"
    );
}

#[test]
fn a_header_name_with_other_octets_is_refused() {
    for name in ["Sub ject", "Subject\x0b", "\u{e9}t\u{e9}", "Subject\0", "(c)", "", "a\"b"] {
        refused(&format!("{name}: x\r\nContent-Length: 0\r\n"), 400, "Header field name");
    }
    assert!(datagram("Subject \t : x\r\n", "").is_ok(), "HCOLON lets blanks stand before the colon");
    assert!(datagram("Subject\r\n : x\r\n", "").is_err(), "but no fold");
}

#[test]
fn a_fault_closes_the_stream_for_good() {
    let mut framer = Framer::new(Limits::STREAM);
    framer.push(format!("{HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n").as_bytes());
    let fault = framer.next().expect_err("refused");
    assert!(framer.refused().is_some_and(|request| request.call_id() == b"x@h"));
    framer.push(format!("{HEAD}Content-Length: 0\r\n\r\n").as_bytes());
    assert_eq!(framer.next().expect_err("still refused"), fault);
}

#[test]
fn a_body_is_never_the_next_request() {
    let inner = format!("{HEAD}Content-Length: 0\r\n\r\n");
    let outer = format!("{HEAD}Content-Length: {}\r\n\r\n{inner}", inner.len());
    let mut framer = Framer::new(Limits::STREAM);
    let mut found = 0;
    for octet in outer.as_bytes() {
        framer.push(&[*octet]);
        while let Some(frame) = framer.next().expect("no fault") {
            assert!(matches!(frame, Frame::Message(message) if message.body() == inner.as_bytes()));
            found += 1;
        }
    }
    assert_eq!((found, framer.pending()), (1, 0));
}

#[test]
fn limits_hold() {
    let many = |line: &str, count: usize| line.repeat(count);
    let fault = |lines: &str| datagram(lines, "").expect_err("too much");
    assert_eq!(fault(&many("X: y\r\n", 251)).rule, "Too many header fields");
    assert_eq!(fault(&many("Via: a\r\n", 100)).header, Some(Name::Via));
    assert_eq!(fault(&format!("Via: {}\r\n", many("SIP/2.0/UDP h,", 100))).header, Some(Name::Via));
    assert_eq!(
        fault(&many("Route: <sip:aa.example>, <sip:bb.example>, <sip:cc.example>\r\n", 30)).header,
        Some(Name::Route)
    );
    assert_eq!(fault(&format!("X: {}\r\n", "y".repeat(66_000))).status, 413);
    let mut framer = Framer::new(Limits::STREAM);
    framer.push(HEAD.as_bytes());
    framer.push(&vec![b'x'; 65_536]);
    assert_eq!(framer.next().expect_err("endless head").status, 413);
}

#[test]
fn keep_alives_are_told_from_messages() {
    let mut framer = Framer::new(Limits::STREAM);
    let mut names = Vec::new();
    let message = format!("{HEAD}Content-Length: 0\r\n\r\n");
    for piece in ["\r\n\r\n", "\r\n", "\r", "\n", &message, "\r\n", &message] {
        framer.push(piece.as_bytes());
        while let Some(frame) = framer.next().expect("no fault") {
            names.push(match frame {
                Frame::Message(_) => "message",
                Frame::KeepAlivePing => "ping",
                Frame::Pong => "pong",
            });
        }
    }
    assert_eq!(names, ["ping", "pong", "ping", "message", "pong", "message"]);
    framer.push(b"\nX");
    assert!(framer.next().is_err());
}

#[test]
fn no_value_of_an_edit_becomes_a_line_of_its_own() {
    let message = datagram("", "body").expect("parses");
    let evil = b"x\r\nRoute: <sip:evil.example>\r\n\r\nINVITE\0";
    let mut edits = Edits::new();
    edits
        .request_uri(b"sip:a@b\r\nRoute: <sip:evil.example>")
        .set(Name::Subject, evil)
        .append(Name::Warning, evil)
        .prepend(Name::Via, evil)
        .append_extension("X-Extension", evil)
        .append_extension("X\r\nRoute", b"<sip:evil.example>")
        .set(Name::ContentLength, b"0");
    let mut out = BytesMut::new();
    edits.apply(&message, &mut out);
    let again = Message::parse(out.freeze(), &Limits::DATAGRAM).expect("parses");
    assert_eq!((again.count(Name::Route), again.body()), (0, &b"body"[..]));
    assert_eq!(again.request_uri(), b"sip:a@b%0D%0ARoute:%20<sip:evil.example>");
    assert_eq!(again.headers().count(), message.headers().count() + 5);
}

#[test]
fn no_value_of_a_draft_becomes_a_line_of_its_own() {
    let evil = "x\r\nRoute: <sip:evil.example>\r\n\r\n";
    let request = sip::Request::new(sip::Method::Other(b"A\r\nB"), format!("sip:a@b {evil}"))
        .header(Name::Subject, evil)
        .extension("X-Extension", evil)
        .extension("X: y\r\nRoute", "<sip:evil.example>")
        .body(evil, "body");
    assert!(request.check().is_err());
    let mut out = BytesMut::new();
    request.print(evil.as_bytes(), &mut out);
    let again = Message::parse(out.freeze(), &Limits::DATAGRAM).expect("parses");
    assert_eq!((again.count(Name::Route), again.body(), again.headers().count()), (0, &b"body"[..], 6));
    let mut out = BytesMut::new();
    sip::Response::new(200)
        .reason(evil)
        .warning(evil, evil)
        .header(Name::Subject, evil)
        .print(&again, evil, &mut out);
    let answer = Message::parse(out.freeze(), &Limits::DATAGRAM).expect("parses");
    assert_eq!((answer.count(Name::Route), answer.body()), (0, &b""[..]));
}

#[test]
fn an_empty_line_holds_no_value_that_a_pop_could_take() {
    let message = datagram("Route:\r\nRoute:\r\n <sip:a>\r\n\t,\r\n <sip:b>\r\nRoute: <sip:c>\r\n", "")
        .expect("parses");
    let mut edits = Edits::new();
    edits.pop_first(Name::Route);
    let mut out = BytesMut::new();
    edits.apply(&message, &mut out);
    let again = Message::parse(out.freeze(), &Limits::DATAGRAM).expect("parses");
    assert!(again.values(Name::Route).eq([&b"<sip:b>"[..], b"<sip:c>"]));
}
