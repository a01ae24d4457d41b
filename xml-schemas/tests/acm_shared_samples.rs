//! Documents and whole messages of administration between MC systems that others wrote, where they are at hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::shared;
use xml_schemas::{
    acm::{
        Addressee, Outcome, PendingDataResponse, PendingItem, ProcessIndication, ProfileContent, Progress,
        Request, Response,
    },
    body::{AcmInfo, Body as _},
    flow::{Carriage, Flow as _, Part, name_of},
    mime,
};

#[test]
fn the_sample_documents_are_read_and_mean_the_same_when_written() {
    let Some(folder) = shared("samples/xml") else { return };
    let mut count = 0;
    for (name, document) in common::samples(&folder).into_iter().filter(|(name, _)| name.starts_with("acm-"))
    {
        let body = AcmInfo::read(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(AcmInfo::read(&body.write()).as_ref(), Ok(&body), "{name}");
        let parts = [Part::borrowed(mime::ACM_INFO, &document)];
        let said = name_of(&parts).unwrap_or_else(|error| panic!("{name}: {error}"));
        match (Request::read(&parts), Response::read(&parts)) {
            (Ok(request), _) => assert_eq!(Request::read(&request.split()), Ok(request), "{name}"),
            (_, Ok(response)) => assert_eq!(Response::read(&response.split()), Ok(response), "{name}"),
            _ if said == ProcessIndication::NAME => again::<ProcessIndication>(&name, &parts),
            _ => again::<PendingDataResponse>(&name, &parts),
        }
        count += 1;
    }
    assert_eq!(count, 8);
}

fn again<F: Carriage + PartialEq + std::fmt::Debug>(name: &str, parts: &[Part<'_>]) {
    let flow = F::join(parts).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(F::join(&flow.split()), Ok(flow), "{name}");
}

/// What is written is valid by the schema that others proposed, too.
#[test]
fn the_proposed_schema_accepts_what_is_written() {
    let Some(schema) = shared("xsd/project/acm-info.xsd") else { return };
    let documents = common::samples(&common::crate_path("samples/good/acm-info"));
    // States that the proposal lists are open to extension; what we add stands under anyExt.
    let Some(verdicts) = common::valid_by_xmllint(&schema, &documents) else { return };
    for ((name, _), valid) in documents.iter().zip(verdicts) {
        assert!(valid, "{name}");
    }
}

/// The body of a message with a single one.
fn body_of(file: &str) -> Option<(String, Vec<u8>)> {
    let path = shared("samples/sip")?.join(file);
    let message = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let (head, body) = message.split_once("\n\n").unwrap();
    let content_type = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap();
    Some((content_type.to_owned(), body.as_bytes().to_vec()))
}

#[test]
fn c10_17_4_2_the_sample_messages_of_group_information_provision_are_read() {
    let Some((media, body)) = body_of("11-MESSAGE-acm-group-info-provision-request.sip") else { return };
    let request = Request::read(&[Part::borrowed(&media, &body)]).unwrap();
    let Request::GroupInformationProvision(asked) = &request else { panic!("{request:?}") };
    assert_eq!(asked.heading.target, Addressee::Alias("sip:acm-duty@partner.example".parse().unwrap()));
    assert_eq!(asked.groups[0].name.as_deref(), Some("Flood operations"));
    let Some((media, body)) = body_of("12-MESSAGE-acm-process-indication.sip") else { return };
    let indication = ProcessIndication::join(&[Part::borrowed(&media, &body)]).unwrap();
    assert_eq!((&indication.request_id, indication.progress), (&asked.heading.request_id, Progress::Stored));
    let Some((media, body)) = body_of("13-MESSAGE-acm-group-info-provision-response.sip") else { return };
    let response = Response::read(&[Part::borrowed(&media, &body)]).unwrap();
    assert_eq!(response.heading().request_id, asked.heading.request_id);
    assert_eq!(response.outcome(), &Outcome::Success);
    assert!(response.heading().handler.alias.is_some());
}

#[test]
fn c10_17_7_2_the_sample_messages_of_user_profile_update_are_read() {
    let Some((media, body)) = body_of("14-MESSAGE-acm-user-profile-update-request.sip") else { return };
    let request = Request::read(&[Part::borrowed(&media, &body)]).unwrap();
    let Request::UserProfileUpdate(asked) = &request else { panic!("{request:?}") };
    assert_eq!(asked.user.as_str(), "sip:m0417@partner.example");
    assert!(
        matches!(&asked.profile.content, ProfileContent::Document(raw) if raw.name() == "mcptt-user-profile")
    );
    assert!(asked.additional_information.is_some());
    let Some((media, body)) = body_of("15-MESSAGE-acm-user-profile-update-response.sip") else { return };
    let response = Response::read(&[Part::borrowed(&media, &body)]).unwrap();
    assert!(matches!(response.outcome(), Outcome::Failure(why) if why.code == Some(403)));
}

#[test]
fn c10_17_2_the_sample_of_what_is_pending_is_for_who_asked() {
    let Some(path) = shared("samples/xml/acm-pending-data-response.xml") else { return };
    let bytes = std::fs::read(path).unwrap();
    let pending = PendingDataResponse::join(&[Part::borrowed(mime::ACM_INFO, &bytes)]).unwrap();
    assert!(pending.is_all);
    let [PendingItem::Request(request)] = pending.items.as_slice() else { panic!("one request") };
    assert_eq!(request.heading().target.user(), Some(&pending.user));
}
