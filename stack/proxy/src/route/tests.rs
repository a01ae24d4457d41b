use super::*;
use crate::testing::{edited, own, request, values};

const TARGET: &str = "sip:bob@partner.example";

/// The next hop, the Request-URI and the Routes after preprocessing.
fn preprocessed(uri: &str, more: &str) -> (String, String, Vec<String>) {
    let request = request("MESSAGE", uri, more);
    let mut edits = Edits::new();
    let next = preprocess(&request, &own(), &mut edits).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let after = edited(&request, &edits);
    (text(next.uri()), text(after.request_uri()), values(&after, Name::Route))
}

fn expected(next: &str, uri: &str, routes: &[&str]) -> (String, String, Vec<String>) {
    (next.to_owned(), uri.to_owned(), routes.iter().map(|route| (*route).to_owned()).collect())
}

#[test]
fn c16_5_without_route_the_request_uri_decides() {
    assert_eq!(preprocessed(TARGET, ""), expected(TARGET, TARGET, &[]));
}

#[test]
fn c16_4_our_own_route_is_taken_off() {
    assert_eq!(preprocessed(TARGET, "Route: <sip:proxy.example;lr>\n"), expected(TARGET, TARGET, &[]));
    let more = "Route: <sip:proxy.example;lr>, <sip:next.example;lr>;x=1\n";
    assert_eq!(
        preprocessed(TARGET, more),
        expected("sip:next.example;lr", TARGET, &["<sip:next.example;lr>;x=1"])
    );
}

#[test]
fn c16_4_all_our_own_routes_on_top_are_taken_off() {
    let more =
        "Route: <sip:proxy.example;lr>\nRoute: <sips:[2001:db8::1]:5070;lr>\nRoute: <sip:next.example;lr>\n";
    assert_eq!(
        preprocessed(TARGET, more),
        expected("sip:next.example;lr", TARGET, &["<sip:next.example;lr>"])
    );
}

#[test]
fn c16_4_a_foreign_route_on_top_stays_and_decides() {
    let more = "Route: <sip:next.example;lr>, <sip:proxy.example;lr>\n";
    let routes = ["<sip:next.example;lr>", "<sip:proxy.example;lr>"];
    assert_eq!(preprocessed(TARGET, more), expected("sip:next.example;lr", TARGET, &routes));
}

#[test]
fn c16_4_what_a_strict_router_put_into_the_request_uri_is_put_back() {
    let ours = "sip:proxy.example;lr";
    assert_eq!(preprocessed(ours, &format!("Route: <{TARGET}>\n")), expected(TARGET, TARGET, &[]));
    let more = format!("Route: <sip:next.example;lr>, <{TARGET}>\n");
    assert_eq!(
        preprocessed(ours, &more),
        expected("sip:next.example;lr", TARGET, &["<sip:next.example;lr>"])
    );
}

#[test]
fn c16_4_a_request_to_ourselves_is_no_work_of_a_strict_router() {
    let ours = "sip:proxy.example";
    let more = "Route: <sip:next.example;lr>\n";
    assert_eq!(preprocessed(ours, more), expected("sip:next.example;lr", ours, &["<sip:next.example;lr>"]));
}

#[test]
fn c16_6_step_6_a_strict_next_hop_gets_the_request_uri() {
    let more = "Route: <sip:proxy.example;lr>, <sip:strict.example>, <sip:after.example;lr>\n";
    let routes = ["<sip:after.example;lr>", "<sip:bob@partner.example>"];
    assert_eq!(preprocessed(TARGET, more), expected("sip:strict.example", "sip:strict.example", &routes));
}

#[test]
fn c16_3_a_route_of_another_scheme_is_416() {
    let request = request("MESSAGE", TARGET, "Route: <tel:+1555>\n");
    let rejection = preprocess(&request, &own(), &mut Edits::new()).unwrap_err();
    assert_eq!((&rejection, rejection.status()), (&Rejection::Scheme, 416));
}

#[test]
fn c16_3_a_route_that_cannot_be_read_is_400() {
    let request = request("MESSAGE", TARGET, "Route: sip:next.example;lr\n");
    let rejection = preprocess(&request, &own(), &mut Edits::new()).unwrap_err();
    assert_eq!(rejection.status(), 400);
}
