//! Documents and whole messages that others wrote, where they are at hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::shared;
use xml_schemas::{
    body::{Body, InterconnectionInfo, LocationInfo, McpttInfo},
    flow::{Carriage, Flow, Part, name_of},
    location::{LocationReport, LocationRequest, TargetAnswer},
};

/// The parts of a `multipart/mixed` message with the boundary that these samples use.
fn parts_of(message: &str) -> Vec<(String, String)> {
    let message = message.replace("\r\n", "\n");
    let parts = message.split("--mcs-boundary-1").skip(1).filter_map(|part| part.split_once("\n\n"));
    parts
        .map(|(head, body)| {
            let content_type = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap();
            (content_type.to_owned(), body.trim_end().to_owned())
        })
        .collect()
}

fn message(file: &str) -> Option<Vec<(String, String)>> {
    let path = shared("samples/sip")?.join(file);
    let parts = parts_of(&std::fs::read_to_string(path).unwrap());
    assert_eq!(parts.len(), 3, "{file}");
    Some(parts)
}

fn borrowed(parts: &[(String, String)]) -> Vec<Part<'_>> {
    parts.iter().map(|(content_type, body)| Part::borrowed(content_type, body.as_bytes())).collect()
}

#[test]
fn c10_9_3_10_2_the_sample_requests_are_read() {
    for file in
        ["06-MESSAGE-location-request-inside-primary.sip", "07-MESSAGE-location-request-between-gateways.sip"]
    {
        let Some(parts) = message(file) else { return };
        let parts = borrowed(&parts);
        assert_eq!(name_of(&parts), Ok(LocationRequest::NAME), "{file}");
        let request = LocationRequest::join(&parts).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(request.targets.len(), 2);
        assert_eq!(request.requester.as_str(), "sip:alice@primary.example");
        assert_eq!(LocationRequest::join(&request.split()), Ok(request));
    }
}

#[test]
fn c10_9_3_10_2_the_sample_report_is_read_though_it_names_a_public_service_identity() {
    let Some(parts) = message("08-MESSAGE-location-report-between-gateways.sip") else { return };
    let parts = borrowed(&parts);
    assert_eq!(name_of(&parts), Ok(LocationReport::NAME));
    let report = LocationReport::join(&parts).unwrap();
    let [bob, carol] = report.targets.as_slice() else { panic!("two targets") };
    assert!(matches!(&bob.answer, TargetAnswer::Located(position) if position.coordinate().is_some()));
    assert!(matches!(&carol.answer, TargetAnswer::Refused(refusal) if refusal.text.is_some()));
    assert_eq!(LocationReport::join(&report.split()), Ok(report));
}

#[test]
fn the_sample_documents_are_read_and_mean_the_same_when_written() {
    let Some(folder) = shared("samples/xml") else { return };
    for (name, document) in common::samples(&folder) {
        if name.starts_with("icx-") {
            same_again::<InterconnectionInfo>(&name, &document);
        } else if name.starts_with("location-") {
            same_again::<LocationInfo>(&name, &document);
        } else if name.starts_with("mcptt-info-") {
            same_again::<McpttInfo>(&name, &document);
        }
    }
}

fn same_again<B: Body + PartialEq + std::fmt::Debug>(name: &str, document: &[u8]) {
    let body = B::read(document).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(B::read(&body.write()).as_ref(), Ok(&body), "{name}");
}
