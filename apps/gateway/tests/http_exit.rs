//! The exit over HTTP: from a server of the own system to a partner.
//! TS 24.379 clause 6.8.2 as it holds for CSC-16 · RFC 9110 clause 7.6
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
mod http_support;

use common::*;
use http::Method;
use http_support::*;
use wire::{Transport, WireError};

#[test]
fn step_1_the_root_says_which_partner_and_the_request_is_made_anew() {
    let world = World::new();
    world.answers(Ok(answer(201, &[("etag", "\"7\""), ("server", "x/1")], "")));
    let mut request = put(&format!("{THEIRS}/~~/group%5b1%5d?xmlns(a=urn:b)"), "<group/>");
    for (name, value) in [
        ("host", "xcap.partner.example"),
        ("if-match", "\"6\""),
        ("authorization", "Bearer secret"),
        ("cookie", "a=b"),
        ("user-agent", "gms/1"),
        ("via", "1.1 squid.core.primary.example"),
        ("x-3gpp-asserted-identity", "\"sip:gms1@primary.example\""),
        ("x-3gpp-intended-identity", "sip:alice@primary.example"),
        ("x-mcx-flow", REQUEST_ID),
        ("x-forwarded-for", "10.0.0.7"),
        ("accept-encoding", "gzip"),
    ] {
        request = with(request, name, value);
    }
    let response = world.gms_asks(request);
    let (asked, hop) = world.asked().unwrap();
    assert_eq!(&*hop.name, "mcgw.partner.example");
    assert_eq!(asked.uri().to_string(), format!("{THEIRS}/~~/group%5b1%5d?xmlns(a=urn:b)"), "octet by octet");
    let mut names: Vec<_> = asked.headers().keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "if-match", "via", "x-3gpp-asserted-identity", "x-mcx-flow"]);
    assert_eq!(asked.headers()["via"], "1.1 mcgw.primary.example");
    assert_eq!(asked.headers()["x-3gpp-asserted-identity"], "\"sip:mcgw@primary.example\"");
    assert_eq!(asked.headers()["x-mcx-flow"], REQUEST_ID);
    assert_eq!((response.status().as_u16(), &response.headers()["etag"]), (201, &"\"7\"".parse().unwrap()));
    assert!(!response.headers().contains_key("server"));
}

/// TS 23.280 has one identifier from end to end; it may be any that a body may hold (`RequestId`).
#[test]
fn a_flow_keeps_its_name_over_the_border_whatever_identifier_it_is() {
    let longest: String = ('!'..='~').filter(|letter| *letter != '@').cycle().take(128).collect();
    let passes = |flow: &str| {
        let world = World::new();
        let response = world.gms_asks(with(get(THEIRS), "x-mcx-flow", flow));
        let sent = world.asked().unwrap().0.headers().get("x-mcx-flow").cloned();
        assert_eq!(sent, response.headers().get("x-mcx-flow").cloned(), "and its answer has the same");
        sent.is_some_and(|sent| sent == flow)
    };
    assert!(passes(REQUEST_ID) && passes(&longest) && passes("1/2:3_4"));
    for flow in ["sip:alice@primary.example", &format!("{longest}x"), "two words"] {
        assert!(!passes(flow), "{flow}");
    }
    let world = World::new();
    world.gms_asks(with(get(THEIRS), "x-mcx-flow", "7.gms1.core.primary.example"));
    assert!(
        !world.asked().unwrap().0.headers().contains_key("x-mcx-flow"),
        "what names the inside stays there"
    );
}

#[test]
fn step_1_whoever_is_no_partner_is_not_asked() {
    let world = World::new();
    let elsewhere = THEIRS.replace("partner.example/", "stranger.example/");
    assert_eq!(refused(&world.gms_asks(get(&elsewhere))), (403, "12"));
    assert_eq!(
        refused(&world.gms_asks(get("/org.openmobilealliance.groups/global/x"))),
        (403, "12"),
        "no host"
    );
    assert!(world.asked().is_none());
}

#[test]
fn step_1_below_another_path_there_is_nothing() {
    let world =
        World::agreed(|agreed| agreed.root = gateway::Root::new("https://xcap.partner.example/x").unwrap());
    assert_eq!(refused(&world.gms_asks(get(THEIRS))), (404, "13"));
}

#[test]
fn step_2_what_was_not_agreed_is_refused() {
    let world = World::agreed(|agreed| {
        agreed.outbound = gateway::Operations::new([format!("GET {GROUPS}")]).unwrap();
    });
    assert_eq!(world.gms_asks(get(THEIRS)).status(), 200);
    assert_eq!(world.gms_asks(asks(Method::HEAD, THEIRS)).status(), 200, "who may GET may HEAD");
    world.asked();
    world.asked();
    assert_eq!(refused(&world.gms_asks(put(THEIRS, "<group/>"))), (403, "11"));
    let other = THEIRS.replace(GROUPS, "resource-lists");
    assert_eq!(refused(&world.gms_asks(get(&other))), (403, "11"));
    let patch = world.gms_asks(asks(Method::PATCH, THEIRS));
    assert_eq!((refused(&patch), &patch.headers()["allow"]), ((405, "45"), &"GET, HEAD".parse().unwrap()));
    assert!(world.asked().is_none());
}

#[test]
fn step_2_without_an_agreement_nothing_passes() {
    let world = World::with(|partner| partner.http = None);
    assert_eq!(refused(&world.gms_asks(get(THEIRS))), (403, "12"), "its root is not known either");
}

#[test]
fn step_3_neither_target_nor_body_names_the_inside() {
    let world = World::new();
    for body in [
        "<a>gms1.core.primary.example</a>",
        "<a>10.0.0.7</a>",
        "<a>gms1&#46;core.primary.example</a>",
        "<a>gms1.core.pri<![CDATA[mary.example]]></a>",
        "<a>gms1.core.pri<!-- -->mary.example</a>",
        "<a>::ffff:a00:7</a>",
    ] {
        assert_eq!(refused(&world.gms_asks(put(THEIRS, body))), (403, "17"), "{body}");
    }
    let target = format!("{THEIRS}/~~/a%5b@b=%22gms1%2ecore.primary.example%22%5d");
    assert_eq!(refused(&world.gms_asks(get(&target))), (403, "17"));
    assert_eq!(refused(&world.gms_asks(get(&format!("{THEIRS}?xmlns(a=10.0.0.7)")))), (403, "17"));
    assert!(world.asked().is_none());
    let open = World::with(|partner| partner.hide = false);
    assert_eq!(open.gms_asks(put(THEIRS, "<a>gms1.core.primary.example</a>")).status(), 200);
}

#[test]
fn xml_2_8_a_document_type_declaration_leaves_with_neither_request_nor_response() {
    let world = World::new();
    let declares = "<!DOCTYPE a [<!ENTITY e 'mary.example'>]><a>gms1.core.pri&e;</a>";
    assert_eq!(refused(&world.gms_asks(put(THEIRS, declares))), (400, "42"));
    assert_eq!(world.partner_asks(put(OURS, declares)).status(), 400);
    assert!(world.asked().is_none());
    world.answers(Ok(answer(200, &[("content-type", GROUP_XML)], declares)));
    assert_eq!(refused(&world.partner_asks(get(OURS))).0, 500);
}

#[test]
fn only_our_own_servers_are_let_out() {
    let world = World::new();
    let stranger = from_stranger("inner", Transport::Tls, "10.0.0.9:40000");
    assert_eq!(refused(&world.serve(get(THEIRS), stranger)), (403, "12"));
    let other = with_certificate("inner", "gms.partner.example");
    assert_eq!(refused(&world.serve(get(THEIRS), other)), (403, "12"));
    let plain = from_stranger("inner", Transport::Tcp, "10.0.0.9:40000");
    assert_eq!(world.serve(get(THEIRS), plain).status(), 200, "where no TLS is spoken the address counts");
    let far = from_stranger("inner", Transport::Tcp, "10.9.0.9:40000");
    assert_eq!(refused(&world.serve(get(THEIRS), far)), (403, "12"));
}

#[test]
fn bodies_are_of_an_agreed_kind_and_size() {
    let world = World::new();
    let kind = |kind: &str| {
        let mut request = put(THEIRS, "<group/>");
        request.headers_mut().insert("content-type", kind.parse().unwrap());
        world.gms_asks(request)
    };
    assert_eq!(kind("application/vnd.oma.poc.groups+xml; charset=utf-8").status(), 200);
    assert_eq!(refused(&kind("text/plain")), (415, "43"));
    let mut without = put(THEIRS, "<group/>");
    without.headers_mut().remove("content-type");
    assert_eq!(refused(&world.gms_asks(without)), (415, "43"));
    let twice = with(put(THEIRS, "<group/>"), "content-type", "text/plain");
    assert_eq!(refused(&world.gms_asks(twice)), (415, "43"));
    let coded = with(put(THEIRS, "<group/>"), "content-encoding", "gzip");
    assert_eq!(refused(&world.gms_asks(coded)), (415, "43"), "nobody here can look into it");
    let large: &'static str = Box::leak("x".repeat(4097).into_boxed_str());
    assert_eq!(refused(&world.gms_asks(put(THEIRS, large))), (413, "48"));
    let mut odd = put(THEIRS, "<group/>");
    *odd.method_mut() = Method::GET;
    assert_eq!(refused(&world.gms_asks(odd)), (400, "41"), "a GET has no body");
}

#[test]
fn rfc9110_7_6_3_what_has_been_here_is_not_passed_on_again() {
    let world = World::new();
    for via in ["1.1 mcgw.primary.example", "1.1 a, 2.0 MCGW.primary.example (x)"] {
        assert_eq!(world.gms_asks(with(get(THEIRS), "via", via)).status(), 508, "{via}");
    }
    let long = "1.1 a, ".repeat(9);
    assert_eq!(world.gms_asks(with(get(THEIRS), "via", &long)).status(), 508);
    assert!(world.asked().is_none());
}

#[test]
fn a_partner_that_is_not_there_is_said_to_be_so_with_when_to_try_again() {
    let world = World::new();
    let refuses = |error| {
        world.answers(Err(error));
        let response = world.gms_asks(get(THEIRS));
        assert!(!String::from_utf8_lossy(response.body()).contains("198.51"), "no detail of the fault");
        let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
        let (status, cause) = refused(&response);
        (status, cause.to_owned(), wait)
    };
    let unreachable = WireError::Unreachable("198.51.100.1 refused".into());
    assert_eq!(refuses(unreachable), (503, "14".into(), Some("5".into())));
    assert_eq!(refuses(WireError::Overloaded), (503, "51".into(), Some("2".into())));
    assert_eq!(refuses(WireError::Timeout), (504, "36".into(), None), "it may have taken effect");
    assert_eq!(refuses(WireError::Interrupted("198.51.100.1".into())), (504, "36".into(), None));
    let none = World::agreed(|agreed| agreed.hop = None);
    assert_eq!(refused(&none.gms_asks(get(THEIRS))), (503, "14"));
}

#[test]
fn a_partners_answer_brings_in_what_is_on_the_list() {
    let world = World::new();
    let cases: [Case; 7] = [
        (
            200,
            &[("content-type", GROUP_XML), ("etag", "\"1\""), ("set-cookie", "a"), ("via", "1.1 x")],
            "<group/>",
            200,
            &["content-type", "etag"],
            "<group/>",
        ),
        (
            403,
            &[("content-type", "application/problem+json"), ("x-mcx-cause", "11")],
            "{}",
            403,
            &["content-type", "x-mcx-cause"],
            "{}",
        ),
        (
            409,
            &[("content-type", "application/xcap-error+xml")],
            "<xcap-error/>",
            409,
            &["content-type"],
            "<xcap-error/>",
        ),
        (500, &[("content-type", "text/html")], "<html>stack trace</html>", 500, &[], ""),
        (503, &[("retry-after", "99999999")], "", 503, &["retry-after"], ""),
        (
            201,
            &[("location", "https://xcap.partner.example/a"), ("content-location", "/b")],
            "",
            201,
            &["location"],
            "",
        ),
        (201, &[("location", "https://evil.example/a")], "", 201, &[], ""),
    ];
    for (status, fields, body, passed_status, passed_fields, passed_body) in cases {
        world.answers(Ok(answer(status, fields, body)));
        let response = world.gms_asks(get(THEIRS));
        let names: Vec<_> = response.headers().keys().map(|name| name.as_str()).collect();
        assert_eq!(response.status().as_u16(), passed_status);
        assert_eq!(
            (&names[..], &response.body()[..]),
            (passed_fields, passed_body.as_bytes()),
            "{status} {fields:?}"
        );
    }
}

#[test]
fn a_partners_answer_that_cannot_be_used_is_its_failure() {
    let world = World::new();
    for (status, fields, body) in [
        (302, &[("location", "https://evil.example/")][..], ""),
        (401, &[("www-authenticate", "Basic realm=x")], ""),
        (200, &[("content-type", "text/html")], "<html/>"),
        (200, &[("content-type", GROUP_XML), ("content-encoding", "gzip")], "x"),
        (200, &[], "<group/>"),
    ] {
        world.answers(Ok(answer(status, fields, body)));
        let response = world.gms_asks(get(THEIRS));
        assert_eq!(refused(&response), (500, "99"), "{status} {fields:?}");
        assert!(
            !response.headers().contains_key("location")
                && !response.headers().contains_key("www-authenticate")
        );
    }
}
