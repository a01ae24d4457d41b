//! The flows of administration between MC systems on their body. TS 23.280 10.17.2

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{crate_path, flows::refusal, samples};
use xml_schemas::{
    acm::{
        AddMigrationUsersRequest, AddMigrationUsersResponse, Addressee, Admission, AuditReceipt, ClientId,
        GroupInformationProvisionRequest, GroupInformationProvisionResponse, GroupMembershipUpdateRequest,
        GroupMembershipUpdateResponse, Kind, Mark, Outcome, PendingDataNotification, PendingDataRequest,
        PendingDataResponse, PendingItem, ProcessIndication, ProfileContent, Progress,
        RemoveMigrationUsersRequest, RemoveMigrationUsersResponse, Request, Response, State, StatusRequest,
        StatusResponse, UserProfileUpdateRequest, UserProfileUpdateResponse, WithdrawalRequest,
        WithdrawalResponse,
    },
    flow::{BadBody, Carriage as _, Flow, Part, name_of},
    mime,
};

/// A golden document.
fn golden(name: &str) -> String {
    let path = crate_path("samples/good/acm-info").join(format!("{name}.xml"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn part(document: &str) -> [Part<'_>; 1] {
    [Part::borrowed(mime::ACM_INFO, document.as_bytes())]
}

/// The flow of a golden document, which is written as it stands there.
fn of<F: Flow + PartialEq>(name: &str) -> F {
    let document = golden(name);
    assert_eq!(name_of(&part(&document)), Ok(F::NAME), "{name}");
    let flow = F::join(&part(&document)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let written = flow.split();
    assert_eq!(common::compact(&written[0].bytes), common::compact(document.as_bytes()), "{name}");
    assert_eq!(F::join(&written).as_ref(), Ok(&flow), "{name}");
    flow
}

/// The element of this name, from its start tag to its end.
fn element<'d>(document: &'d str, name: &str) -> &'d str {
    let start = document.find(&format!("<{name}>")).or_else(|| document.find(&format!("<{name} ")));
    let start = start.unwrap_or_else(|| panic!("no {name} in {document}"));
    let end = document[start..].find(&format!("</{name}>")).unwrap() + start + name.len() + 3;
    &document[start..end]
}

/// A document without an element, which the reader must refuse and name.
fn lacks<F: Flow>(name: &str, missing: &str, is_named: &str) {
    let document = golden(name);
    let without = document.replacen(element(&document, missing), "", 1);
    let error = refusal::<F>(&part(&without));
    assert_eq!(error.status(), 400, "{name} without {missing}");
    let text = error.to_string();
    assert!(text.contains("a required element is missing") && text.ends_with(is_named), "{name}: {text}");
}

/// A document with an element twice, which the reader must refuse.
fn doubled<F: Flow>(name: &str, twice: &str) {
    let document = golden(name);
    let one = element(&document, twice);
    let error = refusal::<F>(&part(&document.replacen(one, &format!("{one}{one}"), 1)));
    assert!(error.to_string().ends_with("the element appears twice"), "{name} with {twice} twice: {error}");
}

fn changed(name: &str, from: &str, to: &str) -> String {
    let document = golden(name);
    assert!(document.contains(from), "{from} is not in {name}");
    document.replacen(from, to, 1)
}

#[test]
fn c10_17_2_each_flow_is_read_and_written_as_in_its_golden_document() {
    of::<GroupInformationProvisionRequest>("group-provision-request");
    of::<GroupInformationProvisionResponse>("group-provision-response");
    of::<GroupMembershipUpdateRequest>("group-membership-request");
    of::<GroupMembershipUpdateResponse>("group-membership-response");
    of::<AddMigrationUsersRequest>("users-add-request");
    of::<AddMigrationUsersResponse>("users-add-response");
    of::<RemoveMigrationUsersRequest>("users-remove-request");
    of::<RemoveMigrationUsersResponse>("users-remove-response");
    of::<UserProfileUpdateRequest>("profile-update-request");
    of::<UserProfileUpdateRequest>("profile-update-request-by-reference");
    of::<UserProfileUpdateResponse>("profile-update-response");
    of::<ProcessIndication>("process-indication");
    of::<PendingDataNotification>("pending-notification");
    of::<PendingDataRequest>("pending-request");
    let part: PendingDataRequest = of("pending-request-continued");
    assert_eq!(part.from.as_ref().map(Mark::as_str), Some("0000019cb3e0a100"));
    let client = part.client.as_ref().map(ClientId::as_str);
    assert_eq!(client, Some("urn:uuid:00000000-0000-4000-8000-000000000001"));
    of::<PendingDataResponse>("pending-response");
    of::<WithdrawalRequest>("withdrawal-request");
    of::<WithdrawalResponse>("withdrawal-response");
    of::<StatusRequest>("status-request");
    of::<StatusResponse>("status-response");
    of::<AuditReceipt>("audit-receipt");
}

#[test]
fn c10_17_2_any_request_and_any_response_is_found_by_its_kind() {
    let documents = samples(&crate_path("samples/good/acm-info"));
    let (mut requests, mut responses) = (Vec::new(), Vec::new());
    for (name, bytes) in &documents {
        let parts = [Part::borrowed(mime::ACM_INFO, bytes)];
        if let Ok(request) = Request::read(&parts) {
            assert_eq!(Request::read(&request.split()).as_ref(), Ok(&request), "{name}");
            assert_eq!(name_of(&parts), Ok(request.kind().request()), "{name}");
            requests.push(request.kind());
        }
        if let Ok(response) = Response::read(&parts) {
            assert_eq!(Response::read(&response.split()).as_ref(), Ok(&response), "{name}");
            assert_eq!(name_of(&parts), Ok(response.kind().response()), "{name}");
            responses.push(response.kind());
        }
    }
    requests.sort_unstable();
    requests.dedup();
    responses.sort_unstable();
    assert_eq!((requests.as_slice(), responses.as_slice()), (&Kind::ALL[..], &Kind::ALL[..]));
    for kind in Kind::ALL {
        assert_eq!((Kind::of(kind.request()), Kind::of(kind.response())), (Some(kind), Some(kind)));
    }
}

/// The rows that every request's table begins with.
#[test]
fn c10_17_2_a_request_without_a_row_of_its_heading_is_refused_with_the_place() {
    lacks::<GroupInformationProvisionRequest>(
        "group-provision-request",
        "initiating-party",
        "initiating-party",
    );
    lacks::<GroupInformationProvisionRequest>("group-provision-request", "mcs-id", "mcs-id");
    lacks::<GroupInformationProvisionRequest>("group-provision-request", "target-party", "target-party");
    lacks::<UserProfileUpdateResponse>("profile-update-response", "handling-party", "handling-party");
    lacks::<UserProfileUpdateResponse>("profile-update-response", "target-party", "target-party");
    lacks::<UserProfileUpdateResponse>("profile-update-response", "result", "result");
    for element in
        ["initiating-party", "target-party", "time-of-request", "expires", "urgency-ind", "request-id"]
    {
        doubled::<GroupInformationProvisionRequest>("group-provision-request", element);
    }
    for element in ["handling-party", "target-party", "result", "migration-user-list"] {
        doubled::<UserProfileUpdateResponse>("profile-update-response", element);
    }
}

#[test]
fn c10_17_2_each_m_of_each_table_is_needed() {
    lacks::<GroupInformationProvisionRequest>("group-provision-request", "group-id-list", "group-id-list");
    lacks::<GroupInformationProvisionResponse>("group-provision-response", "result", "result");
    lacks::<GroupMembershipUpdateRequest>("group-membership-request", "group-id", "group-id");
    lacks::<GroupMembershipUpdateRequest>("group-membership-request", "group-operation", "group-operation");
    lacks::<GroupMembershipUpdateRequest>("group-membership-request", "user-id-list", "user-id-list");
    lacks::<GroupMembershipUpdateResponse>("group-membership-response", "result", "result");
    let list = "migration-user-list";
    lacks::<AddMigrationUsersRequest>("users-add-request", list, list);
    lacks::<AddMigrationUsersRequest>("users-add-request", "primary-mcs-id", "primary-mcs-id");
    lacks::<AddMigrationUsersResponse>("users-add-response", list, list);
    lacks::<RemoveMigrationUsersRequest>("users-remove-request", list, list);
    lacks::<RemoveMigrationUsersResponse>("users-remove-response", list, list);
    lacks::<UserProfileUpdateRequest>("profile-update-request", list, list);
    lacks::<UserProfileUpdateRequest>("profile-update-request", "partner-mcs-id", "partner-mcs-id");
    let profile = "mc-service-user-profile";
    lacks::<UserProfileUpdateRequest>("profile-update-request", profile, profile);
    lacks::<UserProfileUpdateRequest>(
        "profile-update-request",
        "mcptt-user-profile",
        &format!("in {profile}"),
    );
    lacks::<UserProfileUpdateResponse>("profile-update-response", list, list);
    lacks::<UserProfileUpdateResponse>("profile-update-response", "partner-mcs-id", "partner-mcs-id");
    lacks::<ProcessIndication>("process-indication", "result", "result");
    lacks::<ProcessIndication>("process-indication", "target-party", "target-party");
    for name in ["pending-notification", "pending-request"] {
        let document = golden(name);
        let without = document.replacen(element(&document, "target-party"), "", 1);
        let error = match name {
            "pending-notification" => refusal::<PendingDataNotification>(&part(&without)),
            _ => refusal::<PendingDataRequest>(&part(&without)),
        };
        assert!(error.to_string().ends_with("target-party"), "{name}: {error}");
    }
}

const BOB: &str = "<mcs-id type=\"Normal\"><mcsURI>sip:bob@partner.example</mcsURI></mcs-id>";
const DUTY: &str = "<functional-alias-URI type=\"Normal\"><mcsURI>sip:acm-duty@partner.example</mcsURI></functional-alias-URI>";

/// The NOTE of the tables: "either the MC service ID or the functional alias must be present".
#[test]
fn c10_17_2_15_note_an_id_or_an_alias_both_of_which_the_id_governs_and_never_neither() {
    let target = |party: &str| {
        let document = changed(
            "profile-update-request",
            &format!("<target-party>{BOB}"),
            &format!("<target-party>{party}"),
        );
        UserProfileUpdateRequest::join(&part(&document)).map(|request| request.heading.target)
    };
    let bob = Addressee::User("sip:bob@partner.example".parse().unwrap());
    let duty = Addressee::Alias("sip:acm-duty@partner.example".parse().unwrap());
    assert_eq!(target(BOB), Ok(bob.clone()));
    assert_eq!(target(DUTY), Ok(duty.clone()));
    assert_eq!(target(&format!("{BOB}{DUTY}")), Ok(bob.clone()));
    assert_eq!(target(&format!("{DUTY}{BOB}")), Ok(bob));
    let neither = target("").unwrap_err();
    assert!(neither.to_string().ends_with("mcs-id or functional-alias-URI"), "{neither}");
    assert!(target("<mcs-id><mcsURI>tel:+4417</mcsURI></mcs-id>").is_err());
    // We send one.
    let mut request: UserProfileUpdateRequest = of("profile-update-request");
    request.heading.target = duty;
    let written = String::from_utf8(request.split()[0].bytes.to_vec()).unwrap();
    assert!(written.contains(&format!("<target-party>{DUTY}</target-party>")));
}

#[test]
fn c10_17_2_16_note_a_response_goes_to_an_id_or_an_alias() {
    let role = changed(
        "profile-update-response",
        "<target-party><mcs-id type=\"Normal\"><mcsURI>sip:alice@primary.example</mcsURI></mcs-id>",
        "<target-party><functional-alias-URI><mcsURI>sip:dispatcher@primary.example</mcsURI></functional-alias-URI>",
    );
    let response = UserProfileUpdateResponse::join(&part(&role)).unwrap();
    assert_eq!(response.heading.target, Addressee::Alias("sip:dispatcher@primary.example".parse().unwrap()));
}

#[test]
fn c10_17_2_15_a_profile_is_embedded_or_referred_to_in_one_way() {
    let by_reference: UserProfileUpdateRequest = of("profile-update-request-by-reference");
    assert!(
        matches!(&by_reference.profile.content, ProfileContent::Reference { etag: Some(etag), .. } if etag == "a1")
    );
    let embedded: UserProfileUpdateRequest = of("profile-update-request");
    let ProfileContent::Document(document) = &embedded.profile.content else { panic!("embedded") };
    assert_eq!(
        (document.namespace(), document.name()),
        ("urn:3gpp:mcptt:user-profile:1.0", "mcptt-user-profile")
    );
    let both = changed(
        "profile-update-request",
        "<mc-service-user-profile user",
        "<mc-service-user-profile xcap-uri=\"https://x.example/d\" user",
    );
    assert!(matches!(refusal::<UserProfileUpdateRequest>(&part(&both)), BadBody::Contradiction { .. }));
    let elsewhere = changed("profile-update-request-by-reference", "xcap-uri=", "cid=");
    assert!(matches!(refusal::<UserProfileUpdateRequest>(&part(&elsewhere)), BadBody::Contradiction { .. }));
    let document = golden("profile-update-request");
    let user = element(&document, "migration-user");
    let two = document.replacen(user, &format!("{user}{user}"), 1);
    assert!(matches!(refusal::<UserProfileUpdateRequest>(&part(&two)), BadBody::Contradiction { .. }));
    let profile = element(&document, "mc-service-user-profile");
    let two = document.replacen(profile, &format!("{profile}{profile}"), 1);
    assert!(matches!(refusal::<UserProfileUpdateRequest>(&part(&two)), BadBody::Contradiction { .. }));
}

#[test]
fn c10_17_2_15_a_profile_that_stands_in_a_body_of_its_own_is_read_as_if_it_were_embedded() {
    let embedded: UserProfileUpdateRequest = of("profile-update-request");
    let ProfileContent::Document(document) = &embedded.profile.content else { panic!("embedded") };
    let golden = golden("profile-update-request");
    let profile = element(&golden, "mc-service-user-profile");
    let start = profile.find('>').unwrap();
    let referring = format!("{} cid=\"cid:profile-1@a.invalid\"/>", &profile[..start]);
    let referring = golden.replacen(profile, &referring, 1);
    let alone = document.as_str().as_bytes();
    let named = |media_type, id| {
        [
            Part::borrowed(mime::ACM_INFO, referring.as_bytes()),
            Part::borrowed(media_type, alone).named(Some(id)),
        ]
    };
    let parts = named(mime::MCPTT_USER_PROFILE, "profile-1@a.invalid");
    assert_eq!(UserProfileUpdateRequest::join(&parts).as_ref(), Ok(&embedded));
    let another = named(mime::MCPTT_USER_PROFILE, "profile-2@a.invalid");
    assert!(matches!(refusal::<UserProfileUpdateRequest>(&another), BadBody::Contradiction { .. }));
    let of_another_type = named("text/plain", "profile-1@a.invalid");
    assert_eq!(refusal::<UserProfileUpdateRequest>(&of_another_type).status(), 415);
}

#[test]
fn c10_17_5_2_what_came_of_each_user_agrees_with_what_came_of_all() {
    let response: AddMigrationUsersResponse = of("users-add-response");
    let [carol, dave] = response.users.as_slice() else { panic!("two users") };
    assert!(matches!(&carol.admission, Admission::Admitted { profiles, .. } if profiles.len() == 1));
    assert!(matches!(&dave.admission, Admission::Refused(why) if why.code == Some(403)));
    let over = "<result><outcome>partial</outcome></result>";
    let bad = [
        (over, "<result><outcome>success</outcome></result>"),
        (over, "<result><outcome>stored</outcome></result>"),
        ("<outcome>success</outcome>", "<outcome>fail</outcome>"),
        ("<outcome>success</outcome>", "<outcome>partial</outcome>"),
        ("sip:dave@", "sip:carol@"),
    ];
    for (from, to) in bad {
        let document = changed("users-add-response", from, to);
        let error = refusal::<AddMigrationUsersResponse>(&part(&document));
        assert!(matches!(error, BadBody::Contradiction { .. }), "{from} as {to}: {error}");
    }
    // A person approves to his own server without knowing the ID; who is not known at all is nobody.
    let document = golden("users-add-response");
    let anonymous = document.replacen(element(&document, "partner-mcs-id"), "", 1);
    let approved = AddMigrationUsersResponse::join(&part(&anonymous)).unwrap();
    assert_eq!(approved.users[0].admission, Admission::Approved);
    let nothing_said = anonymous.replacen("<result><outcome>success</outcome></result>", "", 1);
    assert!(
        refusal::<AddMigrationUsersResponse>(&part(&nothing_said)).to_string().ends_with("partner-mcs-id")
    );
}

#[test]
fn c10_17_5_2_a_refusal_as_a_whole_names_no_user_and_a_yes_names_some() {
    let request: AddMigrationUsersRequest = of("users-add-request");
    let no = Request::from(request).refused(
        xml_schemas::acm::Actor::user("sip:acm_psi@partner.example".parse().unwrap()),
        xml_schemas::acm::Refusal { code: Some(70), text: Some("no".into()) },
    );
    assert_eq!(Response::read(&no.split()).as_ref(), Ok(&no));
    let Response::AddMigrationUsers(no) = no else { panic!("the kind stays") };
    assert!(no.users.is_empty() && matches!(no.result, Outcome::Failure(_)));
    let document = golden("users-add-response");
    let yes = document.replacen(element(&document, "migration-user-list"), "", 1);
    assert!(refusal::<AddMigrationUsersResponse>(&part(&yes)).to_string().ends_with("migration-user-list"));
}

#[test]
fn c10_17_4_2_groups_that_are_named_twice_count_once() {
    let twice = changed("group-provision-request", "sip:border-ops@", "sip:flood-ops@");
    let request = GroupInformationProvisionRequest::join(&part(&twice)).unwrap();
    assert_eq!(request.groups.len(), 1);
    assert_eq!(request.groups[0].name.as_deref(), Some("Flood operations"));
}

#[test]
fn c10_17_2_what_waits_for_a_user_is_of_any_kind_and_his_where_it_does_not_say() {
    let pending: PendingDataResponse = of("pending-response");
    assert!(!pending.is_all);
    let [PendingItem::Request(request), PendingItem::Response(response)] = pending.items.as_slice() else {
        panic!("a request and a response")
    };
    assert_eq!(
        (request.kind(), response.kind()),
        (Kind::GroupInformationProvision, Kind::GroupMembershipUpdate)
    );
    let unaddressed = changed("pending-response", &format!("<target-party>{DUTY}</target-party>"), "");
    let pending = PendingDataResponse::join(&part(&unaddressed)).unwrap();
    let PendingItem::Request(request) = &pending.items[0] else { panic!("a request") };
    assert_eq!(request.heading().target, Addressee::User("sip:bob@partner.example".parse().unwrap()));
    let nested = changed("pending-response", "acm-group-information-provision-request", "acm-status-request");
    assert_eq!(refusal::<PendingDataResponse>(&part(&nested)), BadBody::OtherFlow);
}

#[test]
fn c10_17_7_2_step_4_a_process_indication_is_no_answer() {
    for (state, progress) in
        [("stored", Progress::Stored), ("in-process", Progress::InProcess), ("expired", Progress::Expired)]
    {
        let document = changed("process-indication", "stored", state);
        assert_eq!(ProcessIndication::join(&part(&document)).unwrap().progress, progress);
        assert_eq!(progress.state().name(), state);
    }
    for state in ["success", "fail", "partial", "withdrawn", "unconfirmed"] {
        let document = changed("process-indication", "stored", state);
        assert!(matches!(refusal::<ProcessIndication>(&part(&document)), BadBody::Contradiction { .. }));
    }
    assert!(!State::Stored.is_final() && State::Expired.is_final() && State::Withdrawn.is_final());
}

#[test]
fn c10_17_2_kinds_that_are_not_known_are_403_and_stand_in_their_own_element() {
    let unknown = changed("process-indication", "acm-process-indication", "acm-mind-reading");
    assert_eq!(name_of(&part(&unknown)), Err(BadBody::UnknownKind));
    let document = golden("process-indication");
    let elsewhere = document.replace("ind-type", "req-type");
    assert_eq!(name_of(&part(&elsewhere)), Err(BadBody::UnknownKind));
    assert_eq!(refusal::<PendingDataRequest>(&part(&document)), BadBody::OtherFlow);
    assert!(matches!(Request::read(&part(&document)), Err(BadBody::OtherFlow)));
    let params = element(&document, "acm-Params");
    let two = document.replacen(params, &format!("{params}{params}"), 1);
    assert!(matches!(refusal::<ProcessIndication>(&part(&two)), BadBody::Contradiction { .. }));
    let companion = golden_companion();
    let both = [part(&document)[0].clone(), Part::borrowed(mime::INTERCONNECTION_INFO, companion.as_bytes())];
    assert!(matches!(name_of(&both), Err(BadBody::Contradiction { .. })));
}

fn golden_companion() -> String {
    let path = crate_path("samples/good/interconnection-info/location-request.xml");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn ts33180_parties_that_are_encrypted_are_refused_for_what_they_are() {
    let sealed = "<mcs-id type=\"Encrypted\"><e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/></mcs-id>";
    let document = changed("profile-update-request", BOB, sealed);
    let error = refusal::<UserProfileUpdateRequest>(&part(&document));
    assert_eq!(error, BadBody::Encrypted { media_type: mime::ACM_INFO, element: "mcs-id" });
}
