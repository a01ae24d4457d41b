use std::net::{Ipv4Addr, SocketAddr};

use wire::Transport;

use super::*;
use crate::ListenerConfig;

fn listener(names: &[&str]) -> HttpListener {
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 443);
    let mut listener = HttpListener::new(ListenerConfig::new("xcap", address, Transport::Tcp));
    listener.names = names.iter().map(|name| (*name).into()).collect();
    listener
}

fn status(method: &str, target: &str, hosts: &[&str], names: &[&str]) -> u16 {
    let mut request = Request::builder().method(method).uri(target);
    for host in hosts {
        request = request.header(header::HOST, *host);
    }
    check(&request.body(()).expect("a request"), &listener(names)).err().map_or(200, |status| status.as_u16())
}

/// RFC 9112 3.2: exactly one Host.
#[test]
fn c3_2_host_is_there_once() {
    assert_eq!(status("GET", "/a", &["a.example"], &[]), 200);
    assert_eq!(status("GET", "/a", &[], &[]), 400);
    assert_eq!(status("GET", "/a", &["a.example", "a.example"], &[]), 400);
    assert_eq!(status("GET", "/a", &["a.example/"], &[]), 400);
    assert_eq!(status("GET", "/a", &["user@a.example"], &[]), 400);
}

/// RFC 9112 3.2.2: an absolute target and Host name the same.
#[test]
fn c3_2_2_an_absolute_target_agrees_with_host() {
    assert_eq!(status("GET", "https://a.example/a", &["A.example:443"], &[]), 200);
    assert_eq!(status("GET", "http://a.example:80/a", &["a.example"], &[]), 200);
    assert_eq!(status("GET", "https://a.example/a", &["b.example"], &[]), 400);
    assert_eq!(status("GET", "https://a.example:444/a", &["a.example"], &[]), 400);
    assert_eq!(status("GET", "https://a.example/a", &[], &[]), 400);
}

/// RFC 9110 15.5.20.
#[test]
fn c15_5_20_a_request_for_another_host_is_misdirected() {
    assert_eq!(status("GET", "/a", &["xcap.a.example"], &["xcap.a.example"]), 200);
    assert_eq!(status("GET", "/a", &["XCAP.a.example:8443"], &["xcap.a.example"]), 200);
    assert_eq!(status("GET", "/a", &["xcap.b.example"], &["xcap.a.example"]), 421);
}

#[test]
fn c9_3_methods_for_proxies_and_odd_targets_are_refused() {
    assert_eq!(status("CONNECT", "a.example:443", &["a.example:443"], &[]), 501);
    assert_eq!(status("TRACE", "/a", &["a.example"], &[]), 501);
    assert_eq!(status("OPTIONS", "*", &["a.example"], &[]), 200);
    assert_eq!(status("GET", "*", &["a.example"], &[]), 400);
}

/// RFC 9110 14.5: a part is not taken for the whole.
#[test]
fn c14_5_a_put_of_a_part_is_refused() {
    let put = |method: &str| {
        let request = Request::builder().method(method).uri("/a").header(header::HOST, "a.example");
        let request = request.header(header::CONTENT_RANGE, "bytes 0-3/10").body(()).expect("a request");
        check(&request, &listener(&[])).err()
    };
    assert_eq!((put("PUT"), put("GET")), (Some(StatusCode::BAD_REQUEST), None));
}

#[test]
fn c5_3_a_field_of_one_value_that_stands_there_twice_is_refused_by_name() {
    let with = |fields: &[(&'static str, &'static str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_static(value));
        }
        repeated(&headers)
    };
    let named = with(&[("content-type", "a/b"), ("etag", "1"), ("content-type", "a/b")]).expect("is refused");
    assert_eq!(*named, header::CONTENT_TYPE);
    assert_eq!(with(&[("content-type", "a/b"), ("accept", "a/b"), ("accept", "c/d")]), None);
    let response = refuse_repeated(named);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let body = String::from_utf8_lossy(response.body());
    assert!(body.contains("\"content-type stands there more than once\""), "{body}");
}
