//! Bodies with parts (RFC 2046 clause 5.1, RFC 5621) and bodies that are messages (RFC 3261 clause 23.4).
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use bytes::{Bytes, BytesMut};
use sip::{Limits, Message, Method, MultipartBuilder, Name, Request, Response, multipart::split};

fn parts(content_type: &str, body: &str) -> Result<Vec<(String, String)>, String> {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    split(content_type.as_bytes(), body.as_bytes(), &Limits::default())
        .map(|parts| parts.iter().map(|part| (text(part.content_type), text(part.body))).collect())
        .map_err(|malformed| malformed.to_string())
}

fn pair(content_type: &str, body: &str) -> (String, String) {
    (content_type.to_owned(), body.to_owned())
}

#[test]
fn parts_are_split_with_quotes_or_without_preamble_or_epilogue() {
    let body = "preamble\r\n--b \t\r\nContent-Type: a/b\r\nContent-Length: 99\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b\r\nContent-Type: c/d\r\n--b--\r\nepilogue";
    let expected = vec![pair("a/b", "one"), pair("text/plain", "two\r\n"), pair("c/d", "")];
    assert_eq!(parts("multipart/mixed;boundary=b", body), Ok(expected.clone()));
    assert_eq!(parts("multipart/mixed; x=y; boundary=\"b\"", body), Ok(expected));
    assert_eq!(parts("multipart/related;boundary=b", "--b--"), Ok(vec![]));
}

#[test]
fn what_only_looks_like_a_boundary_is_not_one() {
    let body = "--b\r\n\r\nx--b\r\n\r\n--bb\r\n--b-\r\n--b--x\r\n--b\r\n\r\n2\r\n--b--";
    assert_eq!(
        parts("multipart/mixed;boundary=b", body),
        Ok(vec![pair("text/plain", "x--b\r\n\r\n--bb\r\n--b-\r\n--b--x"), pair("text/plain", "2")])
    );
}

#[test]
fn malformed_bodies_are_refused() {
    let kind = "multipart/mixed;boundary=b";
    for body in [
        "",
        "--b\r\n\r\nx",
        "--b\r\n\r\nx\r\n--b\r\n",
        "--b\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n\r\n--b--",
        "--b\r\nContent-Type: a/b\r\nc: a/b\r\n\r\n\r\n--b--",
        "--b\r\nContent-ID: <a>\r\nContent-ID: <b>\r\n\r\n\r\n--b--",
        "--b\r\nContent-Disposition: x\r\nContent-Disposition: y\r\n\r\n\r\n--b--",
        "--b\r\nContent-Transfer-Encoding: 8bit\r\nA: b\r\ncontent-transfer-encoding: base64\r\n\r\n\r\n--b--",
        "--b\r\nno colon\r\n\r\n\r\n--b--",
        "--b\r\nContent-Type: a\n/b\r\n\r\n\r\n--b--",
    ] {
        assert!(parts(kind, body).is_err(), "{body:?}");
    }
    let long = format!("multipart/mixed;boundary={}", "b".repeat(71));
    for kind in [
        "text/plain;boundary=b",
        "multipart/mixed",
        "multipart/mixed;boundary=\"\"",
        "multipart/mixed;boundary=\"b \"",
        &long,
    ] {
        assert!(parts(kind, "--b--").is_err(), "{kind}");
    }
    let many = "--b\r\n\r\n\r\n".repeat(65) + "--b--";
    assert_eq!(parts(kind, &many), Err("Multipart body with too many parts".to_owned()));
}

#[test]
fn rfc3261_c7_3_3_a_header_of_a_part_is_found_by_either_of_its_names() {
    let body = "--b\r\nE: gzip\r\nContent-Transfer-Encoding: binary\r\nX-Any: 1\r\n\r\n\r\n--b--";
    let parts = split(b"multipart/mixed;boundary=b", body.as_bytes(), &Limits::default()).expect("splits");
    let header = |name| parts.first().and_then(|part| part.header(name));
    assert_eq!(header("Content-Encoding"), Some(&b"gzip"[..]));
    assert_eq!(header("content-transfer-encoding"), Some(&b"binary"[..]));
    assert_eq!((header("x-any"), header("X-Other")), (Some(&b"1"[..]), None));
}

#[test]
fn a_part_that_holds_the_boundary_gets_another() {
    let evil = "x\r\n--b--\r\n--b\r\nContent-Type: evil/x\r\n\r\n";
    let (content_type, body) =
        MultipartBuilder::new("b").part("a/b", None, evil).part("c/d", Some("i>\r\nX: y"), "z").build();
    let split = split(content_type.as_bytes(), &body, &Limits::default());
    // The identifier is not well-formed, and that is said; it became no line of its own.
    assert_eq!(split.map(|_| ()).map_err(|e| e.header), Err(Some(Name::ContentId)));
    let (content_type, body) = MultipartBuilder::new("b").part("a/b", None, evil).build();
    assert_eq!(parts(&content_type, std::str::from_utf8(&body).expect("text")), Ok(vec![pair("a/b", evil)]));
}

#[test]
fn rfc3261_c23_4_a_message_sip_body_is_a_message() {
    let inner = "REGISTER sip:primary.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@primary.example>;tag=1\r\n\
        To: <sip:a@primary.example>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
    let outer = Request::new(Method::Register, "sip:mcs1.core.primary.example").body("message/sip", inner);
    let mut out = BytesMut::new();
    outer.print(b"SIP/2.0/TLS s-cscf;branch=z9hG4bK2", &mut out);
    let outer = Message::parse(out.freeze(), &Limits::DATAGRAM).expect("parses");
    let inner = Message::parse(outer.body_bytes(), &Limits::DATAGRAM).expect("the body parses");
    assert_eq!((inner.check(), inner.method(), inner.call_id()), (Ok(()), Method::Register, &b"1"[..]));
}

#[test]
fn rfc3261_c8_2_6_2_a_response_takes_from_its_request() {
    let request = "SUBSCRIBE sip:b@b.example SIP/2.0\r\nv: SIP/2.0/UDP h.example:5070;branch=z9hG4bK1;rport, SIP/2.0/UDP lower\r\nVia: SIP/2.0/TCP lowest\r\n\
        Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\nf: <sip:a@a.example>;tag=1\r\nt: <sip:b@b.example>\r\ni: x@h\r\nCSeq: 9 SUBSCRIBE\r\nl: 0\r\n\r\n";
    let request = Message::parse(Bytes::from_static(request.as_bytes()), &Limits::DATAGRAM).expect("parses");
    let print = |response: Response| {
        let mut out = BytesMut::new();
        response.print_from(&request, "t1", Some(([192, 0, 2, 9], 7000).into()), &mut out);
        Message::parse(out.freeze(), &Limits::DATAGRAM).expect("parses")
    };
    let ok = print(Response::new(200).header(Name::Expires, "60").header(Name::Via, "ignored"));
    let vias: Vec<&[u8]> = ok.values(Name::Via).collect();
    let top = &b"SIP/2.0/UDP h.example:5070;branch=z9hG4bK1;received=192.0.2.9;rport=7000"[..];
    assert_eq!(vias, [top, b"SIP/2.0/UDP lower", b"SIP/2.0/TCP lowest"]);
    assert_eq!(ok.header(Name::To), Some(&b"<sip:b@b.example>;tag=t1"[..]));
    assert_eq!((ok.call_id(), ok.header(Name::CSeq)), (&b"x@h"[..], Some(&b"9 SUBSCRIBE"[..])));
    assert_eq!((ok.values(Name::RecordRoute).count(), ok.check()), (2, Ok(())));
    let refusal = print(Response::new(403).warning("mcgw.b.example", "179 \"no\""));
    assert_eq!((refusal.count(Name::RecordRoute), refusal.reason()), (0, &b"Forbidden"[..]));
    assert_eq!(refusal.header(Name::Warning), Some(&br#"399 mcgw.b.example "179 \"no\"""#[..]));
    assert_eq!(print(Response::new(100)).header(Name::To), Some(&b"<sip:b@b.example>"[..]));
}
