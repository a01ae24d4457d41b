//! What holds for every document and every flow.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{BODIES, crate_path, samples};
use proptest::{collection::vec, option, prelude::*};
use xml_schemas::{
    Timestamp,
    body::{
        AcmInfo, Body, InterconnectionInfo, LocationInfo, McpttInfo, interconnection_info::McService,
        location_info::Uncertainty,
    },
    flow::{Carriage, Part, name_of},
    ids::{FunctionalAlias, McServiceId, RequestId, SystemId},
    location::{
        ClientAnswer, ClientLocationReport, ClientLocationRequest, Coordinate, LocationItem, LocationReport,
        LocationRequest, Position, Refusal, TargetAnswer, TargetReport,
    },
    mime,
};

fn user() -> impl Strategy<Value = McServiceId> {
    "sip:[a-zA-Z0-9._~!$&'()*+,;=/?-]{1,12}(%[A-F0-9]{2})?@[a-z][a-z0-9]{0,8}\\.example"
        .prop_map(|text| McServiceId::new(&text).unwrap())
}

fn request_id() -> impl Strategy<Value = RequestId> {
    "[!-?A-~]{1,40}".prop_map(|text| RequestId::new(&text).unwrap())
}

fn system() -> impl Strategy<Value = SystemId> {
    "[a-z][a-z0-9]{0,8}\\.example".prop_map(|text| SystemId::new(&text).unwrap())
}

/// Text for people: no white space at its ends, which reading takes off; no character that XML cannot carry.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9é<>&\"'\\]\u{1f692}]([ -~é\r\n\t]{0,20}[a-z<>&\"'\\]])?"
}

fn service() -> impl Strategy<Value = McService> {
    prop_oneof![Just(McService::Mcptt), Just(McService::McVideo), Just(McService::McData)]
}

fn users(range: std::ops::Range<usize>) -> impl Strategy<Value = Vec<McServiceId>> {
    proptest::collection::hash_set(user(), range).prop_map(|set| set.into_iter().collect())
}

fn position() -> impl Strategy<Value = Position> {
    let point = (-90.0..=90.0_f64, -180.0..=180.0_f64, 0_i64..253_402_300_800_000);
    let extras =
        (option::of(any::<i16>()), option::of(0.0..1e6_f64), option::of(Just("sip:role@partner.example")));
    (point, extras, any::<bool>()).prop_map(
        |((latitude, longitude, ms), (altitude, radius, role), emergency)| {
            let coordinate = Coordinate::from_degrees(latitude, longitude).unwrap();
            let mut position = Position::new(coordinate, Timestamp::from_unix_ms(ms).unwrap());
            position = if let Some(metres) = altitude { position.with_altitude(metres) } else { position };
            position = if let Some(metres) = radius {
                position.with_accuracy(Uncertainty::from_metres(metres))
            } else {
                position
            };
            position = if let Some(role) = role {
                position.with_alias(FunctionalAlias::new(role).unwrap())
            } else {
                position
            };
            if emergency { position.in_emergency() } else { position }
        },
    )
}

fn refusal() -> impl Strategy<Value = Refusal> {
    (option::of(any::<u16>()), option::of(text())).prop_map(|(code, text)| Refusal { code, text })
}

fn request() -> impl Strategy<Value = LocationRequest> {
    let systems = (option::of(service()), option::of(system()), option::of(system()));
    let items = prop_oneof![Just(vec![]), Just(vec![LocationItem::Coordinate, LocationItem::ServingCell])];
    (request_id(), systems, user(), users(1..5), items, any::<bool>()).prop_map(
        |(
            request_id,
            (mc_service, requesting_system, target_system),
            requester,
            targets,
            requested,
            refresh,
        )| {
            LocationRequest {
                mc_service,
                requesting_system,
                target_system,
                requested,
                refresh,
                ..LocationRequest::new(request_id, requester, targets)
            }
        },
    )
}

fn report() -> impl Strategy<Value = LocationReport> {
    let answer = prop_oneof![
        position().prop_map(|position| TargetAnswer::Located(Box::new(position))),
        refusal().prop_map(TargetAnswer::Refused)
    ];
    let systems = (option::of(service()), option::of(system()), option::of(system()));
    (request_id(), systems, user(), users(1..5), vec(answer, 5)).prop_map(
        |(request_id, (mc_service, requesting_system, target_system), requester, users, answers)| {
            let targets =
                users.into_iter().zip(answers).map(|(target, answer)| TargetReport { target, answer });
            let targets = targets.collect();
            LocationReport { request_id, mc_service, requesting_system, target_system, requester, targets }
        },
    )
}

fn client_report() -> impl Strategy<Value = ClientLocationReport> {
    let answer = prop_oneof![
        position().prop_map(|position| ClientAnswer::Located(Box::new(position))),
        refusal().prop_map(ClientAnswer::Refused)
    ];
    (request_id(), option::of(user()), answer)
        .prop_map(|(request_id, reporter, answer)| ClientLocationReport { request_id, reporter, answer })
}

/// A document of the samples with some of its octets changed, or anything at all.
fn document() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<Vec<u8>> = BODIES
        .iter()
        .flat_map(|body| samples(&crate_path("samples/good").join(body)))
        .map(|(_, document)| document)
        .collect();
    let changed = (proptest::sample::select(known), vec((any::<prop::sample::Index>(), any::<u8>()), 0..4))
        .prop_map(|(mut document, changes)| {
            for (at, byte) in changes {
                let at = at.index(document.len());
                document[at] = byte;
            }
            document
        });
    prop_oneof![4 => changed, 1 => vec(any::<u8>(), 0..200)]
}

/// Writing puts elements in the schema's order; after that, reading and writing change nothing.
fn settles<B: Body>(document: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(body) = B::read(document) {
        let written = body.write();
        let again = B::read(&written).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (first, second) = (String::from_utf8_lossy(&written).into_owned(), again.write());
        prop_assert_eq!(String::from_utf8_lossy(&second), first);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_request_is_read_as_it_was_written(flow in request()) {
        prop_assert_eq!(LocationRequest::join(&flow.split()), Ok(flow));
    }

    #[test]
    fn a_report_is_read_as_it_was_written(flow in report()) {
        prop_assert_eq!(LocationReport::join(&flow.split()), Ok(flow));
    }

    #[test]
    fn a_client_request_is_read_as_it_was_written(id in request_id(), target in user(), requester in option::of(user())) {
        let flow = ClientLocationRequest { request_id: id, target, requester };
        prop_assert_eq!(ClientLocationRequest::join(&flow.split()), Ok(flow));
    }

    #[test]
    fn a_client_report_is_read_as_it_was_written(flow in client_report()) {
        prop_assert_eq!(ClientLocationReport::join(&flow.split()), Ok(flow));
    }

    #[test]
    fn no_document_panics_and_what_is_read_is_written_the_same_from_then_on(document in document()) {
        settles::<InterconnectionInfo>(&document)?;
        settles::<LocationInfo>(&document)?;
        settles::<McpttInfo>(&document)?;
        settles::<AcmInfo>(&document)?;
    }

    #[test]
    fn no_bodies_panic(first in document(), second in document(), third in document()) {
        let parts = [
            Part::borrowed(mime::MCPTT_INFO, &first),
            Part::borrowed(mime::LOCATION_INFO, &second),
            Part::borrowed(mime::INTERCONNECTION_INFO, &third),
        ];
        let _ = name_of(&parts);
        let _ = (LocationRequest::join(&parts), LocationReport::join(&parts));
        let _ = (ClientLocationRequest::join(&parts), ClientLocationReport::join(&parts));
    }

    #[test]
    fn no_identity_panics(text in "\\PC{0,60}", id in "sips?:[ -~]{0,20}@[ -~]{0,20}") {
        let _ = (McServiceId::new(&text), RequestId::new(&text), SystemId::new(&text));
        if let Ok(id) = McServiceId::new(&id) {
            prop_assert_eq!(McServiceId::new(id.as_str()), Ok(id));
        }
    }
}
