//! The flows of migration service authorization on their bodies. TS 23.280 10.6.3.2

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{
    compact,
    flows::{golden, id, refusal, request_id, with, without},
    shared,
};
use xml_schemas::{
    body::{Body as _, McpttInfo, PocSettings, interconnection_info::McService, mcptt_info::AccessToken},
    flow::{BadBody, Carriage, Flow, Part, name_of},
    migration::{
        Correlation, Migrates, MigrationEnded, MigrationServiceAuthorizationRequest as Request,
        MigrationServiceAuthorizationResponse as Response, MigrationStatusRequest, MigrationStatusResponse,
        Outcome, ProfileIndex, Publication, Refusal,
    },
    mime,
};

const PARTNER: &str = "sip:m0417@partner.example";
const PRIMARY: &str = "sip:alice@primary.example";

fn request() -> Request {
    Request {
        correlation: Correlation::named(request_id()),
        service: McService::Mcptt,
        partner: id(PARTNER),
        primary: id(PRIMARY),
        profile: ProfileIndex(3),
    }
}

fn unnamed() -> Request {
    Request { correlation: Correlation::by_ids(&id(PARTNER), &id(PRIMARY)), ..request() }
}

fn refused() -> Response {
    let why = Refusal { code: Some(77), text: Some("user may not migrate to that system".into()) };
    request().answer(Outcome::Failure(why))
}

fn again<F: Flow + PartialEq>(flow: &F) {
    let parts = flow.split();
    assert_eq!(name_of(&parts), Ok(F::NAME));
    assert_eq!(F::join(&parts).as_ref(), Ok(flow));
}

#[test]
fn c10_6_3_2_each_flow_is_read_as_it_was_written() {
    for service in [McService::Mcptt, McService::McVideo] {
        for request in [request(), unnamed()] {
            let request = Request { service, ..request };
            again(&request);
            again(&request.answer(Outcome::Success));
        }
        again(&Response { service, ..refused() });
        let (request_id, partner, primary) = (request_id(), id(PARTNER), id(PRIMARY));
        let reason = Refusal { code: Some(84), text: None };
        again(&MigrationEnded {
            request_id: request_id.clone(),
            service,
            partner: partner.clone(),
            primary: primary.clone(),
            reason,
        });
        again(&MigrationStatusRequest {
            request_id: request_id.clone(),
            service,
            partner: partner.clone(),
            primary: primary.clone(),
        });
        again(&MigrationStatusResponse { request_id, service, partner, primary, is_migrated: true });
    }
}

#[test]
fn c10_6_3_2_the_bodies_stand_as_in_the_golden_documents() {
    for (service, body) in [(McService::Mcptt, "mcptt-info"), (McService::McVideo, "mcvideo-info")] {
        let request = Request { service, ..unnamed() };
        let first = |parts: Vec<Part<'static>>| compact(&parts[0].bytes);
        assert_eq!(first(request.split()), golden(&format!("{body}/migration-request.xml")));
        let response = request.answer(Outcome::Success);
        assert_eq!(first(response.split()), golden(&format!("{body}/migration-response.xml")));
    }
}

#[test]
fn c10_6_3_2_without_companion_body_it_is_correlated_by_both_ids_and_told_no_cause() {
    let request = unnamed();
    assert_eq!((request.split().len(), request.correlation.request_id()), (1, None));
    let refused = Response { correlation: request.correlation.clone(), ..refused() };
    let told = Response::join(&refused.split()).unwrap();
    assert_eq!(told.outcome, Outcome::Failure(Refusal::default()));
    assert_eq!(told.correlation, request.correlation, "the same IDs, the same correlation");
    let other = Correlation::by_ids(&id("sip:m0418@partner.example"), &id(PRIMARY));
    assert_ne!(other.key(), request.correlation.key());
}

/// Table 10.6.3.2.1-1.
#[test]
fn c10_6_3_2_1_a_request_without_one_of_its_elements_is_refused_with_the_place() {
    let elements = [
        format!("<partner-mcptt-id type=\"Normal\"><mcpttURI>{PARTNER}</mcpttURI></partner-mcptt-id>"),
        format!("<primary-mcptt-id type=\"Normal\"><mcpttURI>{PRIMARY}</mcpttURI></primary-mcptt-id>"),
        "<selected-user-profile-index><user-profile-index>3</user-profile-index></selected-user-profile-index>"
            .to_owned(),
    ];
    for element in &elements {
        let name = element.trim_start_matches('<').split([' ', '>']).next().unwrap();
        let error = refusal::<Request>(&with(&request(), mime::MCPTT_INFO, element, ""));
        assert_eq!(error.status(), 400);
        assert!(error.to_string().ends_with(&format!("a required element is missing: {name}")), "{error}");

        let twice = with(&request(), mime::MCPTT_INFO, element, &format!("{element}{element}"));
        assert!(refusal::<Request>(&twice).to_string().ends_with("the element appears twice"), "{name}");
    }
}

/// Table 10.6.3.2.2-1.
#[test]
fn c10_6_3_2_2_a_response_without_one_of_its_elements_is_refused_with_the_place() {
    let response = request().answer(Outcome::Success);
    let elements = [
        format!("<partner-mcptt-id type=\"Normal\"><mcpttURI>{PARTNER}</mcpttURI></partner-mcptt-id>"),
        format!("<primary-mcptt-id type=\"Normal\"><mcpttURI>{PRIMARY}</mcpttURI></primary-mcptt-id>"),
        "<migration-auth-result type=\"Normal\"><mcpttBoolean>true</mcpttBoolean></migration-auth-result>"
            .to_owned(),
    ];
    for element in &elements {
        let error = refusal::<Response>(&with(&response, mime::MCPTT_INFO, element, ""));
        assert!(error.to_string().contains("a required element is missing"), "{error}");
        let twice = with(&response, mime::MCPTT_INFO, element, &format!("{element}{element}"));
        assert!(refusal::<Response>(&twice).to_string().ends_with("the element appears twice"));
    }
}

#[test]
fn c10_6_3_2_wrong_values_are_refused_with_the_place() {
    let wrong = [
        with(&request(), mime::MCPTT_INFO, "index>3<", "index>256<"),
        with(&request(), mime::MCPTT_INFO, "index>3<", "index>three<"),
        with(&request(), mime::MCPTT_INFO, PARTNER, "tel:+4417"),
        with(&request(), mime::MCPTT_INFO, "index>3<", "index>3</user-profile-index><user-profile-index>4<"),
    ];
    for parts in wrong {
        assert!(matches!(refusal::<Request>(&parts), BadBody::Malformed { .. }));
    }
    let response = request().answer(Outcome::Success);
    let parts = with(&response, mime::MCPTT_INFO, "<mcpttBoolean>true", "<mcpttBoolean>perhaps");
    assert!(matches!(refusal::<Response>(&parts), BadBody::Malformed { .. }));
}

#[test]
fn c10_6_3_2_2_the_result_is_read_as_truth_value_and_as_string_and_written_as_truth_value() {
    let response = request().answer(Outcome::Success);
    for text in ["<mcpttString>true</mcpttString>", "<mcpttBoolean>1</mcpttBoolean>"] {
        let parts = with(&response, mime::MCPTT_INFO, "<mcpttBoolean>true</mcpttBoolean>", text);
        assert_eq!(Response::join(&parts).unwrap(), response);
    }
}

#[test]
fn c10_6_3_2_bodies_that_contradict_each_other_are_refused() {
    let contradictions = [
        with(&request(), mime::MCPTT_INFO, PRIMARY, "sip:mallory@primary.example"),
        with(&request(), mime::INTERCONNECTION_INFO, "mcptt</mc-service>", "mcvideo</mc-service>"),
    ];
    for parts in contradictions {
        assert!(matches!(refusal::<Request>(&parts), BadBody::Contradiction { .. }));
    }
    let said = with(&request().answer(Outcome::Success), mime::INTERCONNECTION_INFO, "success", "fail");
    assert!(matches!(refusal::<Response>(&said), BadBody::Contradiction { .. }));
    let kind = with(&request(), mime::MCPTT_INFO, mime::kind::MIGRATION_REQUEST, mime::kind::MIGRATION_ENDED);
    assert_eq!(refusal::<Request>(&kind), BadBody::OtherFlow);
    let mut two = request().split();
    two.extend(Request { service: McService::McVideo, ..unnamed() }.split());
    assert!(matches!(refusal::<Request>(&two), BadBody::Contradiction { .. }));
}

#[test]
fn c10_6_3_mcdata_is_refused_by_name() {
    let parts = with(&request(), mime::INTERCONNECTION_INFO, "mcptt</mc-service>", "mcdata</mc-service>");
    let error = refusal::<Request>(&parts);
    assert_eq!((error.status(), error.to_string().as_str()), (403, "MCData is not migrated"));
    let mut parts = without(&request(), mime::MCPTT_INFO);
    parts.push(Part::borrowed(mime::MCDATA_INFO, b"<mcdatainfo/>"));
    assert_eq!(refusal::<Request>(&parts), BadBody::UnsupportedService);
    assert_eq!(name_of(&parts[1..]), Err(BadBody::UnsupportedService));
}

#[test]
fn ts33180_ids_that_are_encrypted_are_refused_for_what_they_are() {
    let sealed = "type=\"Encrypted\"><e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>";
    for id in [PARTNER, PRIMARY] {
        let plain = format!("type=\"Normal\"><mcpttURI>{id}</mcpttURI></p");
        let plain = plain.trim_end_matches("</p");
        let name = if id == PARTNER { "partner-mcptt-id" } else { "primary-mcptt-id" };
        let (from, to) = (format!("<{name} {plain}"), format!("<{name} {sealed}"));
        let error = refusal::<Request>(&with(&request(), mime::MCPTT_INFO, &from, &to));
        assert_eq!(error, BadBody::Encrypted { media_type: mime::MCPTT_INFO, element: name });
    }
}

#[test]
fn an_information_document_of_another_flow_is_403_and_one_that_says_nothing_415() {
    let other = with(&unnamed(), mime::MCPTT_INFO, mime::kind::MIGRATION_REQUEST, "location-mind-reading");
    assert_eq!(name_of(&other), Err(BadBody::UnknownKind));
    let nothing = [Part::of(&McpttInfo::default())];
    assert_eq!(name_of(&nothing).unwrap_err().status(), 415);
}

fn publication() -> Publication {
    Publication {
        service: McService::Mcptt,
        access_token: Some(AccessToken::new("eyJhbGciOiJSUzI1NiJ9.e30.sig")),
        client_id: Some("urn:uuid:50f3b0a2-9c0e-4bd5-9a7e-1c2f0a6d7e11".into()),
        profile: Some(ProfileIndex(3)),
        migrates: Some(Migrates {
            partner: Some(id(PARTNER)),
            primary: id(PRIMARY),
            request_id: Some(request_id()),
        }),
        settings: Some(PocSettings::of_client(
            "urn:uuid:50f3b0a2-9c0e-4bd5-9a7e-1c2f0a6d7e11",
            Some(ProfileIndex(3)),
        )),
    }
}

#[test]
fn c10_6_3_3_step_1_a_publication_carries_the_request_and_the_credentials() {
    let publication = publication();
    assert_eq!(Publication::read(&publication.split()), Ok(publication.clone()));
    assert_eq!(publication.request(&id(PARTNER)), Ok(Some(request())));
    let at_home = Publication { migrates: None, ..publication };
    assert_eq!(Publication::read(&at_home.split()), Ok(at_home.clone()));
    assert_eq!(at_home.request(&id(PRIMARY)), Ok(None));
}

#[test]
fn c10_6_3_3_step_1_a_publication_that_contradicts_itself_or_says_half_is_refused() {
    let publication = publication();
    let other_profile = Publication {
        settings: Some(PocSettings::of_client(
            "urn:uuid:50f3b0a2-9c0e-4bd5-9a7e-1c2f0a6d7e11",
            Some(ProfileIndex(4)),
        )),
        ..publication.clone()
    };
    let other_client =
        Publication { settings: Some(PocSettings::of_client("urn:uuid:1", None)), ..publication.clone() };
    for contradiction in [other_profile, other_client] {
        let read = Publication::read(&contradiction.split());
        assert!(matches!(read, Err(BadBody::Contradiction { .. })), "{read:?}");
    }
    let mut half = publication.split();
    let text = String::from_utf8(half[0].bytes.to_vec()).unwrap();
    let primary =
        format!("<primary-mcptt-id type=\"Normal\"><mcpttURI>{PRIMARY}</mcpttURI></primary-mcptt-id>");
    assert!(text.contains(&primary));
    half[0].bytes = text.replace(&primary, "").into_bytes().into();
    assert!(matches!(Publication::read(&half), Err(BadBody::Malformed { .. })));
    let unselected = Publication { profile: None, settings: None, ..publication };
    assert!(matches!(unselected.request(&id(PARTNER)), Err(BadBody::Malformed { .. })));
}

/// The samples that others wrote: request and response without companion body, and the client's, which leaves one ID out.
#[test]
fn c10_6_3_3_the_sample_messages_are_read() {
    let body = |name: &str| shared(&format!("samples/xml/{name}")).map(|path| std::fs::read(path).unwrap());
    let Some(bytes) = body("mcptt-info-migration-request.xml") else { return };
    let parts = [Part::borrowed(mime::MCPTT_INFO, &bytes)];
    assert_eq!(name_of(&parts), Ok(Request::NAME));
    assert_eq!(Request::join(&parts), Ok(unnamed()));
    let Some(bytes) = body("mcptt-info-migration-response.xml") else { return };
    let parts = [Part::borrowed(mime::MCPTT_INFO, &bytes)];
    assert_eq!(Response::join(&parts), Ok(unnamed().answer(Outcome::Success)));
    let Some(bytes) = body("mcptt-info-migration-client-to-partner.xml") else { return };
    let asked = Publication::read(&[Part::borrowed(mime::MCPTT_INFO, &bytes)]).unwrap();
    assert_eq!(asked.migrates.as_ref().unwrap().partner, None);
    assert_eq!(asked.request(&id(PARTNER)), Ok(Some(unnamed())));
    let Some(bytes) = body("poc-settings.xml") else { return };
    let settings = PocSettings::read(&bytes).unwrap();
    assert_eq!(settings.entities[0].profile, Some(ProfileIndex(3)));
}
