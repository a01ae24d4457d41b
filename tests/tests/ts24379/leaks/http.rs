//! Group sharing both ways, and its failures, as the partner's gateway receives them over HTTP; and whatever a server of ours
//! writes there.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use mcx_tests::{Home, PlayedWeb, TwoSystems};
use proptest::{
    collection::vec, prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner,
};
use wire::Hop;

use super::named;

const CASES: usize = 200;

const GMS_A: &str = "gms1.core.primary.example";
const ROOT: &str = "https://xcap.primary.example";
const MEDIA_TYPE: &str = "application/vnd.oma.poc.groups+xml";

fn request(method: &str, path: &str) -> Request<Bytes> {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let request = Request::builder().method(&method).uri(format!("{ROOT}{path}"));
    request.header(header::CONTENT_TYPE, MEDIA_TYPE).body(Bytes::new()).expect("valid")
}

fn nothing_internal(partner: &PlayedWeb, least: usize) {
    let received = partner.received();
    assert!(received.len() >= least, "only {} messages", received.len());
    for octets in received {
        assert_eq!(named(&octets), None);
    }
}

/// Each refused for another reason and at another place.
async fn refused(partner: &PlayedWeb, border: &Hop, group: &str) {
    let groups = "/org.openmobilealliance.groups/global/byGroupID";
    for (method, path) in [
        ("GET", group.to_owned()),
        ("GET", format!("{groups}/sip:none@primary.example")),
        ("GET", format!("{groups}/sip:none@partner.example")),
        ("PUT", group.to_owned()),
        ("PUT", format!("{groups}/sip:fire@partner.example")),
        ("DELETE", group.to_owned()),
        ("POST", group.to_owned()),
        ("PATCH", group.to_owned()),
        ("GET", "/xcap-caps/global/index".to_owned()),
        ("GET", "/mcx/groups/status".to_owned()),
        ("GET", "/".to_owned()),
        ("GET", format!("{group}/~~/group%5B")),
    ] {
        partner.send(request(method, &path), border).await.unwrap();
    }
}

#[test]
fn nothing_internal_leaves_over_http_in_the_procedures() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_web_border(Home::Partner);
        partner.answer(|_| {
            let stored = Response::builder().status(StatusCode::CREATED).header(header::ETAG, "\"1\"");
            stored.body(Bytes::new()).expect("valid")
        });
        let (fire, group, border) = (world.fire(), world.group_path(), world.web_border_of(Home::Primary));
        assert_eq!(world.define(&fire).await.unwrap().status(), StatusCode::CREATED);
        world.quiet().await;
        let provided = partner.requests();
        let [provided] = provided.as_slice() else { panic!("one PUT, not {provided:?}") };
        assert_eq!(provided.method(), Method::PUT);
        let told = partner.send(request("GET", &group), &border).await.unwrap();
        assert_eq!((told.status(), told.body()), (StatusCode::OK, provided.body()));
        refused(&partner, &border, &group).await;
        world.stop(GMS_A).await;
        refused(&partner, &border, &group).await;
        nothing_internal(&partner, 20);
    });
}

/// A field or a body in which a server may name the inside.
fn exposed() -> impl Strategy<Value = (&'static str, String)> {
    let fields = [
        "etag",
        "location",
        "content-location",
        "server",
        "via",
        "link",
        "x-mcx-flow",
        "warning",
        "set-cookie",
        "x-any",
    ];
    let hosts =
        ["gms1.core.primary.example", "GMS1.Core.primary.example", "core.primary.example", "10.0.1.7"];
    (select(fields.to_vec()), select(hosts.to_vec()), 0..4_u8).prop_map(|(field, host, form)| {
        let text = match form {
            0 => host.to_owned(),
            1 => format!("https://{host}:8443/xcap"),
            2 => format!("\"{host}\""),
            _ => format!("1.1 {host}"),
        };
        (field, text)
    })
}

#[test]
fn nothing_internal_leaves_over_http_in_whatever_a_server_answers() {
    TwoSystems::new().without(GMS_A).without_system(Home::Partner).run(async |world| {
        let (server, partner) = (world.play_groups(Home::Primary), world.play_web_border(Home::Partner));
        let (border, group) = (world.web_border_of(Home::Primary), world.group_path());
        let statuses = select(vec![200_u16, 201, 304, 400, 403, 404, 409, 412, 500, 503]);
        let (strategy, mut runner) =
            ((statuses, vec(exposed(), 1..4), any::<bool>()), TestRunner::deterministic());
        for _ in 0..CASES {
            let (status, fields, in_body) = strategy.new_tree(&mut runner).expect("a value").current();
            server.answer(move |_| {
                let mut response = Response::builder().status(status);
                for (name, value) in &fields {
                    response = response.header(*name, value);
                }
                let body = if in_body { format!("<group>{}</group>", fields[0].1) } else { String::new() };
                response.header(header::CONTENT_TYPE, MEDIA_TYPE).body(body.into()).expect("valid")
            });
            partner.send(request("GET", &group), &border).await.unwrap();
        }
        nothing_internal(&partner, CASES);
    });
}

#[test]
fn nothing_internal_leaves_over_http_in_whatever_a_server_asks() {
    TwoSystems::new().without(GMS_A).without_system(Home::Partner).run(async |world| {
        let (server, partner) = (world.play_groups(Home::Primary), world.play_web_border(Home::Partner));
        let gateway = world.web_gateway_of(Home::Primary);
        let path = "https://xcap.partner.example/org.openmobilealliance.groups/global/byGroupID/sip:fire@primary.example";
        let (strategy, mut runner) = ((vec(exposed(), 1..4), any::<bool>()), TestRunner::deterministic());
        for _ in 0..CASES {
            let (fields, in_body) = strategy.new_tree(&mut runner).expect("a value").current();
            let mut request = Request::builder().method(Method::PUT).uri(path);
            for (name, value) in &fields {
                request = request.header(*name, value);
            }
            let body = if in_body { format!("<group>{}</group>", fields[0].1) } else { "<group/>".to_owned() };
            let request = request.header(header::CONTENT_TYPE, MEDIA_TYPE).body(body.into()).expect("valid");
            server.send(request, &gateway).await.unwrap();
        }
        nothing_internal(&partner, CASES / 4);
    });
}
