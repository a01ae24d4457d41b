//! RFC 3325 5: who the user is, is the core's to say.

use sip::{Method, Name};
use wire::Vias;

use super::{SERVICE, header, registered};
use crate::testing::{ALICE, BOB, EDGE, LMS, Register, request, tls, udp};

#[test]
fn rfc3325_5_the_users_identity_is_asserted_and_its_own_claims_are_gone() {
    let at = registered();
    let claims = request(Method::Message, SERVICE, ALICE)
        .header(Name::PAssertedIdentity, format!("<{BOB}>"))
        .header(Name::PAssertedIdentity, "<tel:+34911>")
        .header(Name::PPreferredIdentity, format!("<{BOB}>"))
        .header(Name::PAssertedService, "urn:urn-7:3gpp-service.ims.icsi.police")
        .header(Name::PPreferredService, "urn:urn-7:3gpp-service.ims.icsi.mcptt")
        .extension("X-3GPP-Asserted-Identity", "\"sip:lms_psi@primary.example\"");
    let (sent, forward) = at.forwarded(&claims, &udp(5070));
    assert_eq!(&*forward.hop.name, LMS);
    assert_eq!(forward.vias, Vias::Add);
    assert_eq!(sent.count(Name::PAssertedIdentity), 1);
    assert_eq!(header(&sent, Name::PAssertedIdentity), Some(format!("<{ALICE}>")));
    assert_eq!(header(&sent, Name::PPreferredIdentity), None);
    assert_eq!(
        header(&sent, Name::PAssertedService).as_deref(),
        Some("urn:urn-7:3gpp-service.ims.icsi.mcptt")
    );
    assert_eq!(header(&sent, Name::PPreferredService), None);
    assert_eq!(sent.extension("X-3GPP-Asserted-Identity"), None);
}

#[test]
fn a_user_who_writes_another_from_is_refused() {
    let at = registered();
    assert_eq!(at.refused(&request(Method::Message, SERVICE, BOB), &udp(5070)), Some(403));
}

#[test]
fn rfc3325_5_two_users_of_one_flow_are_told_apart_by_from_and_preference() {
    let at = registered();
    at.register(&Register { call_id: "b", ..Register::of("bob") }, udp(5070));
    let (sent, _) = at.forwarded(&request(Method::Message, SERVICE, BOB), &udp(5070));
    assert_eq!(header(&sent, Name::PAssertedIdentity), Some(format!("<{BOB}>")));
    let preferring =
        request(Method::Message, SERVICE, BOB).header(Name::PPreferredIdentity, format!("<{ALICE}>"));
    let (sent, _) = at.forwarded(&preferring, &udp(5070));
    assert_eq!(header(&sent, Name::PAssertedIdentity), Some(format!("<{ALICE}>")));
}

#[test]
fn an_edge_speaks_only_for_users_who_are_registered_through_it() {
    let at = registered();
    let for_bob = request(Method::Message, SERVICE, BOB).header(Name::PAssertedIdentity, format!("<{BOB}>"));
    let (sent, _) = at.forwarded(&for_bob, &tls(EDGE));
    assert_eq!(header(&sent, Name::PAssertedIdentity), Some(format!("<{BOB}>")));
    let for_alice =
        request(Method::Message, SERVICE, ALICE).header(Name::PAssertedIdentity, format!("<{ALICE}>"));
    assert_eq!(at.refused(&for_alice, &tls(EDGE)), Some(403));
    assert_eq!(at.refused(&request(Method::Message, SERVICE, BOB), &tls(EDGE)), Some(403), "asserts nobody");
}

#[test]
fn a_contact_that_looks_like_another_users_address_takes_nothing_over() {
    let at = registered();
    let claim = Register { contact: Some(format!("<{BOB}>")), ..Register::of("alice").later() };
    at.register(&claim, udp(5070));
    let (sent, _) = at.forwarded(&request(Method::Message, BOB, SERVICE), &tls(LMS));
    assert_eq!(sent.request_uri(), b"sip:bob@192.0.2.1:5070");
}
