//! The entry over HTTP: from a partner to a server of the own system.
//! TS 24.379 clause 6.8.3 as it holds for CSC-16 · RFC 4825 clause 6.1
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
mod http_support;

use common::*;
use http::Method;
use http_support::*;
use wire::{AnchorId, Transport, WireError};

#[test]
fn a_request_goes_to_the_server_that_has_the_group_and_says_whose_it_is() {
    let world = World::new();
    world.answers(Ok(answer(200, &[("etag", "\"7\"")], "")));
    let mut sent = put(OURS, "<group/>");
    for (name, value) in [
        ("x-3gpp-asserted-identity", "\"sip:gms@primary.example\""),
        ("authorization", "Bearer stolen"),
        ("via", "1.1 mcgw.partner.example"),
        ("x-mcx-flow", REQUEST_ID),
        ("x-forwarded-for", "198.51.100.9"),
        ("if-none-match", "*"),
    ] {
        sent = with(sent, name, value);
    }
    assert_eq!(world.partner_asks(sent).status(), 200);
    let (asked, hop) = world.asked().unwrap();
    assert_eq!(&*hop.name, "gms1.core.primary.example");
    let inner = OURS.replace("xcap.primary.example/xcap", "gms1.core.primary.example/inner");
    assert_eq!(asked.uri().to_string(), inner);
    let asserted: Vec<_> = asked.headers().get_all("x-3gpp-asserted-identity").iter().collect();
    assert_eq!(asserted, ["\"sip:partner.example\""], "from the certificate, and from nothing else");
    assert_eq!(asked.headers()["via"], "1.1 mcgw.partner.example, 1.1 mcgw.primary.example");
    let mut names: Vec<_> = asked.headers().keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "if-none-match", "via", "x-3gpp-asserted-identity", "x-mcx-flow"]);
    world.partner_asks(get(&OURS.replace("sip:fire", "sip:police")));
    assert_eq!(&*world.asked().unwrap().1.name, "gms2.core.primary.example", "the others are at the other");
}

#[test]
fn rfc5922_7_2_whoever_the_certificate_does_not_prove_is_refused() {
    let world = World::new();
    for (what, arrival) in [
        ("no certificate", from_stranger("border", Transport::Tls, "198.51.100.1:1")),
        ("another name", from_border("mcgw.stranger.example", ANCHOR)),
        ("another issuer", from_border("mcgw.partner.example", AnchorId([9; 32]))),
        ("our own name under the partner's issuer", from_border("gms1.core.primary.example", ANCHOR)),
    ] {
        let (head, _) = get(OURS).into_parts();
        let on_head =
            wire::web::WebService::refusal(&world.proxy, &head, &arrival).expect("refused on its head");
        assert_eq!(refused(&on_head), (403, "12"), "{what}");
        assert_eq!(refused(&world.serve(get(OURS), arrival)), (403, "12"), "{what}");
    }
    let (head, _) = get(OURS).into_parts();
    assert!(wire::web::WebService::refusal(&world.proxy, &head, &from_partner()).is_none());
    assert!(world.asked().is_none());
}

#[test]
fn what_was_not_agreed_is_refused() {
    let world = World::agreed(|agreed| {
        agreed.inbound = gateway::Operations::new([format!("PUT {GROUPS}")]).unwrap();
    });
    assert_eq!(world.partner_asks(put(OURS, "<group/>")).status(), 200);
    world.asked();
    assert_eq!(refused(&world.partner_asks(get(OURS))), (403, "11"));
    assert_eq!(refused(&world.partner_asks(asks(Method::DELETE, OURS))), (403, "11"));
    assert_eq!(
        refused(&world.partner_asks(get(&OURS.replace(GROUPS, "org.3gpp.mcptt.user-profile")))),
        (403, "11")
    );
    let options = world.partner_asks(asks(Method::OPTIONS, OURS));
    assert_eq!((refused(&options), &options.headers()["allow"]), ((405, "45"), &"PUT".parse().unwrap()));
    assert!(world.asked().is_none());
    let none = World::with(|partner| partner.http = None);
    assert_eq!(refused(&none.partner_asks(get(OURS))), (403, "11"), "nothing agreed, nothing done");
}

#[test]
fn rfc9110_15_5_20_another_host_is_misdirected_and_another_path_is_nothing() {
    let world = World::new();
    assert_eq!(world.partner_asks(get(&OURS.replace("xcap.primary", "gms1.core.primary"))).status(), 421);
    assert_eq!(world.partner_asks(get(THEIRS)).status(), 421, "no partner is reached through us");
    assert_eq!(refused(&world.partner_asks(get(&OURS.replace("/xcap/", "/inner/")))), (404, "13"));
    let over_1 =
        with(get(OURS.strip_prefix("https://xcap.primary.example").unwrap()), "host", "xcap.primary.example");
    assert_eq!(world.partner_asks(over_1).status(), 200, "origin form with Host");
}

#[test]
fn a_usage_that_nobody_serves_is_nothing() {
    let both = [format!("GET {GROUPS}"), "GET resource-lists".to_owned()];
    let world = World::agreed(|agreed| agreed.inbound = gateway::Operations::new(&both).unwrap());
    assert_eq!(refused(&world.partner_asks(get(&OURS.replace(GROUPS, "resource-lists")))), (404, "13"));
    let merging = World::with(|partner| partner.system.merge_unknown_and_refused = true);
    assert_eq!(refused(&merging.partner_asks(get(&OURS.replace(GROUPS, "resource-lists")))), (403, "38"));
}

/// RFC 3986 6.2.2: no path leads past the agreement.
#[test]
fn rfc3986_6_2_2_paths_that_can_be_read_in_two_ways_are_refused() {
    let world = World::new();
    let root = "https://xcap.primary.example/xcap";
    for below in [
        "/org.openmobilealliance.groups/../org.3gpp.mcptt.user-profile/users/sip:a@b/c",
        "/org.openmobilealliance.groups/%2e%2e/xcap-caps/global/index",
        "/org.openmobilealliance.groups/global%2f..%2f..%2fadmin",
        "/org.openmobilealliance.groups//global/index",
        "/org.openmobilealliance.groups/global/%252e%252e/x",
        "/org.openmobilealliance.groups/global/a%00b",
        "//gms1.core.primary.example/x",
    ] {
        assert_eq!(refused(&world.partner_asks(get(&format!("{root}{below}")))), (400, "41"), "{below}");
    }
    assert!(world.asked().is_none());
}

#[test]
fn rfc9110_7_6_3_circles_end() {
    let world = World::new();
    assert_eq!(
        world
            .partner_asks(with(get(OURS), "via", "1.1 mcgw.partner.example, 1.1 mcgw.primary.example"))
            .status(),
        508
    );
    assert!(world.asked().is_none());
}

#[test]
fn what_a_server_of_ours_answers_shows_nothing_of_the_inside() {
    let world = World::new();
    const INNER: &str = "https://gms1.core.primary.example/inner/org.openmobilealliance.groups/x";
    let cases: [Case; 16] = [
        (
            200,
            &[("content-type", GROUP_XML), ("etag", "\"1\""), ("server", "mcx"), ("x-host", "gms1")],
            "<group/>",
            200,
            &["content-type", "etag"],
            "<group/>",
        ),
        (
            200,
            &[("content-type", GROUP_XML), ("etag", "\"gms1.core.primary.example-1\"")],
            "<group/>",
            200,
            &["content-type"],
            "<group/>",
        ),
        (201, &[("location", INNER)], "", 201, &["location"], ""),
        (201, &[("location", "https://gms2.core.primary.example/inner/x")], "", 201, &[], ""),
        (
            409,
            &[("content-type", "application/xcap-error+xml")],
            "<xcap-error><no-parent><ancestor>https://gms1.core.primary.example/</ancestor></no-parent></xcap-error>",
            409,
            &[],
            "",
        ),
        (
            409,
            &[("content-type", "application/xcap-error+xml")],
            "<xcap-error><no-parent><ancestor>https://gms1.core.primary.example/inner/org.openmobilealliance.groups/global</ancestor></no-parent></xcap-error>",
            409,
            &["content-type"],
            "<xcap-error><no-parent><ancestor>https://xcap.primary.example/xcap/org.openmobilealliance.groups/global</ancestor></no-parent></xcap-error>",
        ),
        (
            409,
            &[("content-type", "application/xcap-error+xml")],
            "<xcap-error><no-parent><ancestor>/inner/org.openmobilealliance.groups/global</ancestor></no-parent></xcap-error>",
            409,
            &["content-type"],
            "<xcap-error><no-parent><ancestor>/xcap/org.openmobilealliance.groups/global</ancestor></no-parent></xcap-error>",
        ),
        (
            409,
            &[("content-type", "application/problem+json")],
            "{\"detail\":\"/inner/org.openmobilealliance.groups is locked\"}",
            409,
            &[],
            "",
        ),
        (
            409,
            &[("content-type", "application/problem+json")],
            "{\"instance\":\"\\/inner\\/org.openmobilealliance.groups\\/x\"}",
            409,
            &[],
            "",
        ),
        (
            409,
            &[("content-type", "application/xcap-error+xml")],
            "<xcap-error><no-parent><ancestor>&#47;inner/org.openmobilealliance.groups</ancestor></no-parent></xcap-error>",
            409,
            &[],
            "",
        ),
        (
            200,
            &[("content-type", GROUP_XML), ("etag", "\"%2Finner%2F1\"")],
            "<group/>",
            200,
            &["content-type"],
            "<group/>",
        ),
        (
            200,
            &[("content-type", GROUP_XML), ("etag", "\"/inner/1\"")],
            "<group/>",
            200,
            &["content-type"],
            "<group/>",
        ),
        (
            409,
            &[("content-type", "application/xcap-error+xml")],
            "<xcap-error/>",
            409,
            &["content-type"],
            "<xcap-error/>",
        ),
        (
            500,
            &[("content-type", "application/problem+json")],
            "{\"detail\":\"10.0.0.7 refused\"}",
            500,
            &[],
            "",
        ),
        (405, &[("allow", "GET, PUT, PATCH")], "", 405, &["allow"], ""),
        (503, &[("retry-after", "7"), ("warning", "199 gms1 \"x\"")], "", 503, &["retry-after"], ""),
    ];
    for (status, fields, body, passed_status, passed_fields, passed_body) in cases {
        world.answers(Ok(answer(status, fields, body)));
        let response = world.partner_asks(get(OURS));
        let names: Vec<_> = response.headers().keys().map(|name| name.as_str()).collect();
        assert_eq!(response.status().as_u16(), passed_status);
        assert_eq!(
            (&names[..], &response.body()[..]),
            (passed_fields, passed_body.as_bytes()),
            "{status} {fields:?}"
        );
        if let Some(location) = response.headers().get("location") {
            assert_eq!(location, "https://xcap.primary.example/xcap/org.openmobilealliance.groups/x");
        }
        if let Some(allow) = response.headers().get("allow") {
            assert_eq!(allow, "GET, HEAD, PUT, DELETE", "what was agreed, not what the server says");
        }
    }
}

#[test]
fn a_document_that_names_the_inside_does_not_leave() {
    let world = World::new();
    let kind = [("content-type", GROUP_XML)];
    world.answers(Ok(answer(200, &kind, "<group><a>gms1.core.primary.example</a></group>")));
    let response = world.partner_asks(get(OURS));
    assert_eq!(refused(&response), (500, "52"));
    world.answers(Ok(answer(201, &kind, "gms1.core.primary.example")));
    let response = world.partner_asks(put(OURS, "<group/>"));
    assert_eq!(
        (response.status().as_u16(), response.body().len()),
        (201, 0),
        "it has been done, without a word"
    );
}

#[test]
fn servers_that_are_not_there_are_ours_to_blame() {
    let world = World::new();
    world.answers(Err(WireError::Unreachable("10.0.0.7".into())));
    let response = world.partner_asks(get(OURS));
    assert_eq!(refused(&response), (503, "53"));
    assert!(response.headers().contains_key("retry-after"));
    world.answers(Err(WireError::Timeout));
    assert_eq!(refused(&world.partner_asks(get(OURS))), (504, "36"));
}

#[test]
fn what_passes_is_seen_in_the_ladder_by_its_flow() {
    let world = World::new();
    world.partner_asks(with(get(OURS), "x-mcx-flow", REQUEST_ID));
    let notes = world.notes.take();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes.iter().all(|entry| entry.flow == REQUEST_ID));
    world.partner_asks(with(get(OURS), "x-mcx-flow", "sip:alice@primary.example"));
    assert!(world.notes.take().iter().all(|entry| entry.flow.is_empty()), "nobody's identity becomes a flow");
    assert!(!world.asked().unwrap().0.headers().contains_key("x-mcx-flow"));
}
