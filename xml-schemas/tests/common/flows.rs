//! One exchange of location flows, and its bodies with a text changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use super::{compact, crate_path};
use xml_schemas::{
    body::{
        interconnection_info::McService,
        location_info::{Ecgi, Uncertainty},
    },
    flow::{BadBody, Flow, Part},
    ids::{FunctionalAlias, McServiceId, RequestId, SystemId},
    location::{
        ClientAnswer, ClientLocationReport, ClientLocationRequest, Coordinate, LocationReport,
        LocationRequest, Position, Refusal, TargetAnswer, TargetReport,
    },
};

pub fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

pub fn request_id() -> RequestId {
    RequestId::new("c1b0f1c2-0f7a-4d4e-8b3e-5f6f6f0c2a11").unwrap()
}

pub fn request() -> LocationRequest {
    LocationRequest {
        mc_service: Some(McService::Mcptt),
        requesting_system: Some(SystemId::new("primary.example").unwrap()),
        target_system: Some(SystemId::new("partner.example").unwrap()),
        ..LocationRequest::new(
            request_id(),
            id("sip:alice@primary.example"),
            vec![id("sip:bob@partner.example"), id("sip:carol@partner.example")],
        )
    }
}

pub fn position() -> Position {
    Position::new(
        Coordinate::from_degrees(40.4168, -3.7038).unwrap(),
        "2026-03-02T10:15:30Z".parse().unwrap(),
    )
    .with_altitude(657)
    .with_accuracy(Uncertainty::from_metres(45.0))
    .with_cell(Ecgi::new("2140010000000000000000000000000001").unwrap())
    .with_alias(FunctionalAlias::new("sip:incident-commander@partner.example").unwrap())
}

pub fn report() -> LocationReport {
    let refusal =
        Refusal { code: Some(403), text: Some("not authorized to report to the requesting system".into()) };
    LocationReport {
        request_id: request_id(),
        mc_service: Some(McService::Mcptt),
        requesting_system: Some(SystemId::new("primary.example").unwrap()),
        target_system: Some(SystemId::new("partner.example").unwrap()),
        requester: id("sip:alice@primary.example"),
        targets: vec![
            TargetReport {
                target: id("sip:bob@partner.example"),
                answer: TargetAnswer::Located(Box::new(position())),
            },
            TargetReport { target: id("sip:carol@partner.example"), answer: TargetAnswer::Refused(refusal) },
        ],
    }
}

pub fn golden(below: &str) -> String {
    compact(&std::fs::read(crate_path("samples/good").join(below)).unwrap())
}

pub fn part<'p>(parts: &'p mut [Part<'static>], media_type: &str) -> &'p mut Part<'static> {
    parts.iter_mut().find(|part| part.is(media_type)).unwrap()
}

/// The parts with one text replaced in one body; the text must be there.
pub fn with<F: Flow>(flow: &F, media_type: &str, from: &str, to: &str) -> Vec<Part<'static>> {
    let mut parts = flow.split();
    let changed = part(&mut parts, media_type);
    let text = String::from_utf8(changed.bytes.to_vec()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    changed.bytes = text.replacen(from, to, 1).into_bytes().into();
    parts
}

pub fn without<F: Flow>(flow: &F, media_type: &str) -> Vec<Part<'static>> {
    flow.split().into_iter().filter(|part| !part.is(media_type)).collect()
}

pub fn refusal<F: Flow>(parts: &[Part<'_>]) -> BadBody {
    F::join(parts).expect_err("the bodies were joined")
}

pub fn client_request() -> ClientLocationRequest {
    ClientLocationRequest {
        request_id: request_id(),
        target: id("sip:bob@partner.example"),
        requester: Some(id("sip:alice@primary.example")),
    }
}

pub fn client_report() -> ClientLocationReport {
    ClientLocationReport {
        request_id: request_id(),
        reporter: Some(id("sip:bob@partner.example")),
        answer: ClientAnswer::Located(Box::new(position())),
    }
}

pub fn client_refusal() -> ClientLocationReport {
    let refusal = Refusal { code: None, text: Some("the user does not permit it".into()) };
    ClientLocationReport { answer: ClientAnswer::Refused(refusal), ..client_report() }
}
