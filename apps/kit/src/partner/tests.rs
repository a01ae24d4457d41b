use std::{collections::HashMap, sync::Arc, time::UNIX_EPOCH};

use wire::{AnchorId, Arrival, Certificate, Identity, Transport};

use super::{Flows, Partner, PartnerTable, Way, domain_of};
use crate::refusal::Cause;

const OURS: AnchorId = AnchorId([1; 32]);
const THEIRS: AnchorId = AnchorId([2; 32]);

fn partner(name: &str, identities: &[&str], anchor: Option<AnchorId>) -> Partner {
    Partner {
        name: name.into(),
        domains: vec![name.into()],
        identities: identities.iter().map(|identity| (*identity).into()).collect(),
        anchor,
        inbound: Flows::default(),
        outbound: Flows::default(),
        merge_unknown_and_refused: false,
        way: Way::Gateway,
        services: HashMap::new(),
        hop: None,
    }
}

fn table() -> PartnerTable {
    let b = partner("b.example", &["mcgw.b.example"], Some(THEIRS));
    let c = partner("c.example", &[], None);
    PartnerTable::new(vec![b, c]).border([Arc::from("border")]).gateway("mcgw.a.example")
}

fn arrival(listener: &str, proves: Option<(&str, AnchorId)>) -> Arrival {
    let certificate = proves.map(|(domain, anchor)| {
        let identities = vec![Identity::Dns(domain.to_owned())];
        Arc::new(Certificate { identities, anchor, not_after: UNIX_EPOCH })
    });
    Arrival {
        listener: listener.into(),
        transport: Transport::Tls,
        local: ([127, 0, 0, 1], 5061).into(),
        remote: ([127, 0, 0, 2], 40000).into(),
        connection: None,
        certificate,
    }
}

fn message(asserted: &str) -> sip::Message {
    let text = format!(
        "MESSAGE sip:lms_psi@a.example SIP/2.0\r\nVia: SIP/2.0/TLS x;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:x@b.example>;tag=1\r\nTo: <sip:lms_psi@a.example>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n{asserted}\
         Content-Length: 0\r\n\r\n"
    );
    sip::Message::parse(text.into_bytes().into(), &sip::Limits::STREAM).expect("valid")
}

#[test]
fn ts33180_5_12_a_certificate_counts_at_a_border_listener_only_and_under_its_anchor_only() {
    let table = table();
    let at = |listener, proves| table.from_certificate(&arrival(listener, proves));
    assert_eq!(
        at("border", Some(("mcgw.b.example", THEIRS))).map(|id| id.name().to_owned()),
        Ok("b.example".into())
    );
    assert_eq!(at("border", Some(("mcgw.b.example", OURS))), Err(Cause::UnknownPartner));
    assert_eq!(at("inner", Some(("mcgw.b.example", THEIRS))), Err(Cause::UnknownPartner));
    assert_eq!(at("border", Some(("b.example", THEIRS))), Err(Cause::UnknownPartner));
    assert_eq!(at("border", None), Err(Cause::UnknownPartner));
}

#[test]
fn rfc3325_9_1_an_assertion_counts_from_our_own_gateway_only() {
    let table = table();
    let request = message("P-Asserted-Identity: <sip:mcgw@c.example>\r\n");
    let from_gateway = arrival("inner", Some(("mcgw.a.example", OURS)));
    let from_other = arrival("inner", Some(("mcs1.core.a.example", OURS)));
    assert_eq!(
        table.from_gateway(&request, &from_gateway).map(|id| id.name().to_owned()),
        Ok("c.example".into())
    );
    assert_eq!(table.from_gateway(&request, &from_other), Err(Cause::UnknownPartner));
    assert_eq!(table.from_gateway(&request, &arrival("inner", None)), Err(Cause::UnknownPartner));
}

#[test]
fn rfc3325_9_1_an_assertion_of_two_systems_or_none_is_no_proof() {
    let (table, gateway) = (table(), arrival("inner", Some(("mcgw.a.example", OURS))));
    for asserted in [
        "",
        "P-Asserted-Identity: <sip:mcgw@unknown.example>\r\n",
        "P-Asserted-Identity: <sip:mcgw@b.example>, <sip:mcgw@c.example>\r\n",
        "P-Asserted-Identity: <sip:mcgw@b.example>\r\nP-Asserted-Identity: <sip:mcgw@c.example>\r\n",
        "P-Asserted-Identity: <tel:+34123>\r\n",
    ] {
        assert_eq!(
            table.from_gateway(&message(asserted), &gateway),
            Err(Cause::UnknownPartner),
            "{asserted:?}"
        );
    }
}

#[test]
fn a_domain_is_compared_exactly_and_without_case() {
    let b = partner("b.example", &[], None);
    assert!(b.owns("sip:bob@B.Example") && b.owns("sip:b.example"));
    assert!(!b.owns("sip:bob@evil-b.example") && !b.owns("sip:bob@x.b.example") && !b.owns("tel:+34123"));
    assert_eq!(domain_of("bob"), None);
}

/// RFC 3261 19.1.4: each of these would be another user to whoever compares URIs.
#[test]
fn a_user_has_one_name() {
    let b = partner("b.example", &[], None);
    for twin in [
        "sip:bob@b.example:5060",
        "sips:bob@b.example",
        "sip:bob@b.example;user=phone",
        "sip:bob@b.example?Subject=x",
        "sip:bob:secret@b.example",
    ] {
        assert!(domain_of(twin).is_none() && !b.owns(twin), "{twin}");
    }
}

#[test]
fn the_default_of_an_agreement_is_to_allow_nothing() {
    assert!(!Flows::default().allows("location-request"));
    let some: Flows = ["location-request"].into_iter().collect();
    assert!(some.allows("location-request") && !some.allows("location-report"));
}

#[test]
fn a_partners_authority_cannot_name_our_own_servers() {
    let table = table();
    let forged = arrival("border", Some(("mcgw.a.example", THEIRS)));
    let request = message("P-Asserted-Identity: <sip:mcgw@c.example>\r\n");
    assert_eq!(table.from_gateway(&request, &forged), Err(Cause::UnknownPartner));
    let trust = crate::Trust { core: Some("sip-core.a.example".into()), ..crate::Trust::default() };
    let forged = arrival("border", Some(("sip-core.a.example", THEIRS)));
    assert_eq!(trust.peer(&table, &request, &forged), Err(Cause::UnknownPartner));
    let inner = arrival("inner", Some(("sip-core.a.example", OURS)));
    assert!(trust.peer(&table, &request, &inner).is_ok());
}
