use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use wire::{AnchorId, Arrival, Certificate, Identity, Transport};

use super::{Caller, Stranger};
use crate::{
    partner::{ASSERTED_IDENTITY, Flows, Partner, PartnerTable, Way},
    peer::Trust,
    refusal::Cause,
    tokens::{
        Invalid,
        tests::{Idms, claims},
    },
};

const OURS: AnchorId = AnchorId([1; 32]);

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1500)
}

fn table() -> PartnerTable {
    let b = Partner {
        name: "b.example".into(),
        domains: vec!["b.example".into()],
        identities: vec!["gms.b.example".into()],
        anchor: None,
        inbound: Flows::default(),
        outbound: Flows::default(),
        merge_unknown_and_refused: false,
        way: Way::Gateway,
        services: HashMap::new(),
        hop: None,
    };
    PartnerTable::new(vec![b]).border([Arc::from("border")]).gateway("mcgw.a.example")
}

fn arrival(listener: &str, proves: Option<&str>) -> Arrival {
    let certificate = proves.map(|domain| {
        let identities = vec![Identity::Dns(domain.to_owned())];
        Arc::new(Certificate { identities, anchor: OURS, not_after: UNIX_EPOCH })
    });
    Arrival {
        listener: listener.into(),
        transport: Transport::Tls,
        local: ([127, 0, 0, 1], 443).into(),
        remote: ([127, 0, 0, 2], 40000).into(),
        connection: None,
        certificate,
    }
}

fn caller(idms: &Idms, fields: &[(header::HeaderName, &str)], arrival: &Arrival) -> Result<Caller, Stranger> {
    let trust = Trust { servers: vec!["mcs1.core.a.example".into()], ..Trust::default() };
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    trust.caller(&table(), &idms.tokens(), &headers, arrival, now())
}

fn partner_of(found: Result<Caller, Stranger>) -> Result<String, Stranger> {
    found.map(|caller| caller.peer().and_then(|peer| peer.partner()).unwrap().name().to_owned())
}

#[test]
fn ts24482_a_2_3_a_client_is_whom_its_token_names() {
    let idms = Idms::new();
    let token = format!("Bearer {}", idms.token(&claims()));
    let found = caller(&idms, &[(header::AUTHORIZATION, &token)], &arrival("ue", None)).unwrap();
    assert_eq!(found.user().unwrap().users[0].as_str(), "sip:alice@a.example");
}

#[test]
fn ts24482_a_2_3_a_missing_token_is_403_and_an_invalid_one_401() {
    let idms = Idms::new();
    let missing = caller(&idms, &[], &arrival("ue", None)).unwrap_err();
    assert_eq!((missing, missing.response().status()), (Stranger::NoToken, StatusCode::FORBIDDEN));
    let response = missing.response();
    let challenge = &response.headers()[header::WWW_AUTHENTICATE];
    assert_eq!(challenge, "Bearer realm=\"mission critical services\"", "RFC 6750 3: without an error");
    let foreign = format!("Bearer {}", Idms::new().token(&claims()));
    let invalid = caller(&idms, &[(header::AUTHORIZATION, &foreign)], &arrival("ue", None)).unwrap_err();
    assert_eq!(invalid, Stranger::BadToken(Invalid::Signature));
    let response = invalid.response();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
    assert!(
        challenge.starts_with("Bearer realm=") && challenge.contains(", error=\"invalid_token\""),
        "{challenge}"
    );
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
}

#[test]
fn two_tokens_are_none() {
    let idms = Idms::new();
    let token = format!("Bearer {}", idms.token(&claims()));
    let fields = [(header::AUTHORIZATION, token.as_str()), (header::AUTHORIZATION, token.as_str())];
    assert!(caller(&idms, &fields, &arrival("ue", None)).is_err());
}

#[test]
fn an_assertion_counts_from_our_own_gateway_only() {
    let idms = Idms::new();
    let asserted = [(ASSERTED_IDENTITY, "\"sip:gms_psi@b.example\"")];
    let through = caller(&idms, &asserted, &arrival("inner", Some("mcgw.a.example")));
    assert_eq!(partner_of(through), Ok("b.example".into()));
    let client = caller(&idms, &asserted, &arrival("ue", None)).unwrap_err();
    assert_eq!(client, Stranger::NoToken);
    let server = caller(&idms, &asserted, &arrival("inner", Some("mcs1.core.a.example"))).unwrap();
    assert!(server.peer().unwrap().partner().is_none(), "an own server speaks for itself alone");
    let silent = caller(&idms, &[], &arrival("inner", Some("mcgw.a.example"))).unwrap_err();
    assert_eq!(silent, Stranger::Unproved(Cause::UnknownPartner));
    let contradicting = [asserted[0].clone(), (ASSERTED_IDENTITY, "sip:x@c.example")];
    assert!(caller(&idms, &contradicting, &arrival("inner", Some("mcgw.a.example"))).is_err());
}

#[test]
fn at_a_border_only_the_certificate_counts() {
    let idms = Idms::new();
    assert_eq!(
        partner_of(caller(&idms, &[], &arrival("border", Some("gms.b.example")))),
        Ok("b.example".into())
    );
    let token = format!("Bearer {}", idms.token(&claims()));
    let fields = [(header::AUTHORIZATION, token.as_str()), (ASSERTED_IDENTITY, "sip:x@b.example")];
    assert!(caller(&idms, &fields, &arrival("border", Some("else.b.example"))).is_err());
    assert!(
        caller(&idms, &fields, &arrival("border", Some("mcgw.a.example"))).is_err(),
        "our own names prove nothing there"
    );
}

/// What may be read by anyone may be asked for without a body: one is wanted of those only who are somebody.
#[test]
fn rfc9110_15_5_2_nobody_is_refused_on_his_head() {
    let (idms, trust) = (Idms::new(), Trust::default());
    let refused = |token: Option<&str>| {
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
            headers.insert(header::AUTHORIZATION, value);
        }
        let caller = trust.caller(&table(), &idms.tokens(), &headers, &arrival("ue", None), now());
        caller.err().map(|stranger| stranger.response().status())
    };
    assert_eq!(refused(None), Some(StatusCode::FORBIDDEN));
    assert_eq!(refused(Some("x.y.z")), Some(StatusCode::UNAUTHORIZED));
    assert_eq!(refused(Some(&idms.token(&claims()))), None);
}
