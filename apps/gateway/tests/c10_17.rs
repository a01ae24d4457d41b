//! TS 23.280 clause 10.17: administration between MC systems at the border.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use gateway::Partner;
use sip::Message;
use wire::{Arrival, Kind};
use xml_schemas::{
    acm::{
        Actor, AddMigrationUsersRequest, Addressee, Admission, GroupInformationProvisionRequest,
        GroupMembershipUpdateRequest, Heading, Outcome, ProcessIndication, Progress, ProvidedGroup, Refusal,
        Request, Response, UserAdmission, WithdrawalRequest,
    },
    body::acm_info::GroupOperation,
    flow::{Carriage as _, Part},
    ids::{McServiceId, RequestId},
    mime::{self, kind},
};

const PRIMARY: &str = "primary.example";
const PARTNER: &str = "partner.example";

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

fn request_id() -> RequestId {
    RequestId::new(REQUEST_ID).unwrap()
}

/// From an administrator of one system to one of the other.
fn heading(from: &str, to: &str) -> Heading {
    let initiator = Actor {
        id: id(&format!("sip:admin1@{from}")),
        alias: Some(format!("sip:dispatcher@{from}").parse().unwrap()),
    };
    Heading::new(request_id(), initiator, Addressee::User(id(&format!("sip:admin9@{to}"))))
}

fn groups(from: &str, to: &str) -> GroupInformationProvisionRequest {
    let group = ProvidedGroup { id: format!("sip:flood-ops@{from}").parse().unwrap(), name: None };
    GroupInformationProvisionRequest { heading: heading(from, to), groups: vec![group] }
}

fn users(from: &str, to: &str) -> AddMigrationUsersRequest {
    AddMigrationUsersRequest { heading: heading(from, to), users: vec![id(&format!("sip:carol@{from}"))] }
}

fn handler(of: &str) -> Actor {
    Actor::user(id(&format!("sip:admin9@{of}")))
}

fn admitted(request: &AddMigrationUsersRequest, by: &str, partner: &str) -> Response {
    let admission = Admission::Admitted { partner: id(partner), profiles: Vec::new() };
    let users = vec![UserAdmission { primary: request.users[0].clone(), admission }];
    request.answer(handler(by), users).into()
}

fn message(from: &str, to: &str, parts: &[Part<'_>]) -> Message {
    let [only] = parts else { panic!("one body") };
    written(from, to, std::str::from_utf8(&only.bytes).unwrap())
}

fn written(from: &str, to: &str, body: &str) -> Message {
    parse(format!(
        "MESSAGE sip:acm_psi@{to} SIP/2.0\r\nVia: SIP/2.0/TLS h.{from};branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:acm_psi@{from}>;tag=1\r\nTo: <sip:acm_psi@{to}>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\
         Content-Type: {}\r\nContent-Length: {}\r\n\r\n{body}",
        mime::ACM_INFO,
        body.len()
    ))
}

fn leaves(parts: &[Part<'_>]) -> Message {
    message(PRIMARY, PARTNER, parts)
}

fn enters(parts: &[Part<'_>]) -> Message {
    message(PARTNER, PRIMARY, parts)
}

fn from_acm() -> Arrival {
    with_certificate("inner", "acm1.core.primary.example")
}

const FLOWS: [&str; 7] = [
    kind::ACM_GROUP_PROVISION_REQUEST,
    kind::ACM_GROUP_PROVISION_RESPONSE,
    kind::ACM_USERS_ADD_REQUEST,
    kind::ACM_USERS_ADD_RESPONSE,
    kind::ACM_PROFILE_UPDATE_REQUEST,
    kind::ACM_PROCESS_INDICATION,
    kind::ACM_WITHDRAWAL_REQUEST,
];

fn border_where(change: impl FnOnce(&mut Partner)) -> Border {
    let mut other = partner("partner");
    other.system.inbound = FLOWS.into_iter().collect();
    other.system.outbound = FLOWS.into_iter().collect();
    other.media.push(mime::ACM_INFO.into());
    change(&mut other);
    border_of_services("primary", vec![other], |services| {
        services
            .add("sip:acm_psi@primary.example", hop("acm1.core.primary.example", "10.0.0.9:5061"))
            .unwrap();
    })
}

fn border() -> Border {
    border_where(|_| ())
}

fn step(border: &Border) -> Option<(&'static str, u8)> {
    border.notes.take().into_iter().find_map(|entry| match entry.kind {
        Kind::Step { clause, number, .. } => Some((clause, number)),
        _ => None,
    })
}

#[test]
fn requests_and_responses_cross_in_both_directions_and_say_their_step() {
    let border = border();
    let (out, back) = (groups(PRIMARY, PARTNER), groups(PARTNER, PRIMARY));
    border.forwarded(&leaves(&out.split()), &from_acm());
    assert_eq!(step(&border), Some(("10.17.4.2", 3)));
    let (forward, _) = border.forwarded(&enters(&back.split()), &from_partner());
    assert_eq!((step(&border), &*forward.hop.name), (Some(("10.17.4.2", 3)), "acm1.core.primary.example"));
    border.forwarded(&leaves(&back.answer(handler(PRIMARY), Outcome::Success).split()), &from_acm());
    assert_eq!(step(&border), Some(("10.17.4.2", 10)));
    border.forwarded(&enters(&out.answer(handler(PARTNER), Outcome::Success).split()), &from_partner());
    assert_eq!(step(&border), Some(("10.17.4.2", 10)));
    let request = users(PRIMARY, PARTNER);
    border.forwarded(&leaves(&request.split()), &from_acm());
    assert_eq!(step(&border), Some(("10.17.5.2", 3)));
    border.forwarded(
        &enters(&admitted(&request, PARTNER, "sip:m0417@partner.example").split()),
        &from_partner(),
    );
    assert_eq!(step(&border), Some(("10.17.5.2", 8)));
}

#[test]
fn a_process_indication_and_a_withdrawal_cross() {
    let target = Addressee::User(id("sip:admin1@primary.example"));
    let (request_id, progress, why) = (request_id(), Progress::Stored, Refusal::default());
    let indication = ProcessIndication { request_id, target, progress, why };
    border().forwarded(&enters(&indication.split()), &from_partner());
    let Heading { request_id, initiator, target, .. } = heading(PRIMARY, PARTNER);
    let withdrawal = WithdrawalRequest { request_id, initiator, target: Some(target) };
    border().forwarded(&leaves(&withdrawal.split()), &from_acm());
}

#[test]
fn an_agreement_names_each_flow_in_each_direction() {
    let border = border_where(|partner| {
        partner.system.inbound = [kind::ACM_USERS_ADD_RESPONSE, "message"].into_iter().collect();
        partner.system.outbound = [kind::ACM_USERS_ADD_REQUEST, "message"].into_iter().collect();
    });
    let request = users(PRIMARY, PARTNER);
    border.forwarded(&leaves(&request.split()), &from_acm());
    border.forwarded(
        &enters(&admitted(&request, PARTNER, "sip:m0417@partner.example").split()),
        &from_partner(),
    );
    border.assert_refused(&leaves(&groups(PRIMARY, PARTNER).split()), &from_acm(), "agreement", 403, "11");
    let back = users(PARTNER, PRIMARY);
    border.assert_refused(&enters(&back.split()), &from_partner(), "agreement", 403, "11");
    let answer = admitted(&back, PRIMARY, "sip:m0418@primary.example");
    border.assert_refused(&leaves(&answer.split()), &from_acm(), "agreement", 403, "11");
}

#[test]
fn the_body_of_administration_must_be_agreed_too() {
    let border = border_where(|partner| partner.media.retain(|media| &**media != mime::ACM_INFO));
    border.assert_refused(
        &enters(&groups(PARTNER, PRIMARY).split()),
        &from_partner(),
        "agreement",
        415,
        "43",
    );
}

/// The bodies with one text replaced.
fn changed(parts: &[Part<'_>], from: &str, to: &str) -> String {
    let body = std::str::from_utf8(&parts[0].bytes).unwrap();
    assert!(body.contains(from), "{from} is not in {body}");
    body.replacen(from, to, 1)
}

#[test]
fn a_partner_asks_for_its_own_users_and_groups_of_users_of_ours() {
    let groups = groups(PARTNER, PRIMARY).split();
    let users = users(PARTNER, PRIMARY).split();
    let foreign = [
        (&groups, "sip:admin1@partner.example", "sip:admin1@primary.example"),
        (&groups, "sip:dispatcher@partner.example", "sip:dispatcher@other.example"),
        (&groups, "sip:admin9@primary.example", "sip:admin9@other.example"),
        (&groups, "sip:flood-ops@partner.example", "sip:flood-ops@primary.example"),
        (&users, "sip:carol@partner.example", "sip:carol@other.example"),
        (&users, "sip:carol@partner.example", "sip:carol@primary.example"),
    ];
    for (parts, from, to) in foreign {
        let message = written(PARTNER, PRIMARY, &changed(parts, from, to));
        border().assert_refused(&message, &from_partner(), "partners-identities", 403, "15");
    }
}

#[test]
fn a_partner_asks_for_its_own_users_to_be_members_of_groups_of_ours() {
    let request = GroupMembershipUpdateRequest {
        heading: heading(PARTNER, PRIMARY),
        group: "sip:flood-ops@primary.example".parse().unwrap(),
        users: vec![id("sip:carol@partner.example")],
        operation: GroupOperation::Add,
    };
    let parts = request.split();
    let border = || {
        border_where(|partner| {
            let flows = [kind::ACM_GROUP_MEMBERSHIP_REQUEST, "message"];
            partner.system.inbound = flows.into_iter().collect();
        })
    };
    let foreign = [
        ("sip:flood-ops@primary.example", "sip:flood-ops@partner.example"),
        ("sip:flood-ops@primary.example", "sip:flood-ops@other.example"),
        ("sip:carol@partner.example", "sip:carol@primary.example"),
        ("sip:carol@partner.example", "sip:carol@other.example"),
    ];
    for (from, to) in foreign {
        let message = written(PARTNER, PRIMARY, &changed(&parts, from, to));
        border().assert_refused(&message, &from_partner(), "partners-identities", 403, "15");
    }
    border().forwarded(&written(PARTNER, PRIMARY, &changed(&parts, "carol", "dora")), &from_partner());
}

#[test]
fn a_partner_answers_for_its_own_users_and_with_ids_that_it_gave() {
    let request = users(PRIMARY, PARTNER);
    let answer = admitted(&request, PARTNER, "sip:m0417@partner.example").split();
    let foreign = [
        ("sip:admin9@partner.example", "sip:admin9@primary.example"),
        ("sip:m0417@partner.example", "sip:m0417@primary.example"),
        ("sip:admin1@primary.example", "sip:admin1@other.example"),
        ("sip:carol@primary.example", "sip:carol@partner.example"),
    ];
    for (from, to) in foreign {
        let message = written(PARTNER, PRIMARY, &changed(&answer, from, to));
        border().assert_refused(&message, &from_partner(), "partners-identities", 403, "15");
    }
}

#[test]
fn our_servers_speak_for_our_users_only() {
    let parts = groups(PRIMARY, PARTNER).split();
    let message = written(
        PRIMARY,
        PARTNER,
        &changed(&parts, "sip:admin1@primary.example", "sip:admin1@partner.example"),
    );
    border().assert_refused(&message, &from_acm(), "own-identities", 403, "15");
}

/// Later releases put their elements under `anyExt`, and readers look there: so does the border.
#[test]
fn an_identity_under_any_ext_is_looked_at_too() {
    let parts = groups(PARTNER, PRIMARY).split();
    let body = changed(&parts, "<initiating-party>", "<anyExt><initiating-party>");
    let body = body.replacen("</initiating-party>", "</initiating-party></anyExt>", 1);
    border().forwarded(&written(PARTNER, PRIMARY, &body), &from_partner());
    let body = body.replacen("sip:admin1@partner.example", "sip:admin1@primary.example", 1);
    let message = written(PARTNER, PRIMARY, &body);
    border().assert_refused(&message, &from_partner(), "partners-identities", 403, "15");
}

#[test]
fn what_a_border_cannot_read_or_must_not_pass_is_refused() {
    let parts = groups(PARTNER, PRIMARY).split();
    let body = std::str::from_utf8(&parts[0].bytes).unwrap().to_owned();
    let id = format!("<request-id>{REQUEST_ID}</request-id>");
    let sealed = "<e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>";
    let params = &body[body.find("<acm-Params>").unwrap()..body.find("</acm-info>").unwrap()];
    let bad = [
        (body.replacen(&id, &format!("{id}{id}"), 1), 400, "42"),
        (body.replace("acm-info:1.0", "acm-info:2.0"), 400, "42"),
        (body.replace("req-type", "x-type"), 400, "42"),
        (body.replacen(params, &format!("{params}{params}"), 1), 400, "42"),
        (
            body.replacen(
                &id,
                &format!("{id}<mcs-access-token><mcsString>e30</mcsString></mcs-access-token>"),
                1,
            ),
            400,
            "42",
        ),
        (body.replacen("<mcsURI>sip:admin1@partner.example</mcsURI>", sealed, 1), 403, "16"),
    ];
    for (body, status, code) in bad {
        let message = written(PARTNER, PRIMARY, &body);
        border().assert_refused(&message, &from_partner(), "content", status, code);
    }
}

/// TS 23.280 10.17.2: parties that the tables mark M.
#[test]
fn a_party_that_must_be_named_is_seen_or_the_message_is_refused() {
    let request = groups(PARTNER, PRIMARY).split();
    let response = groups(PRIMARY, PARTNER).answer(handler(PARTNER), Outcome::Success).split();
    for (parts, party) in [
        (&request, "initiating-party"),
        (&request, "target-party"),
        (&response, "handling-party"),
        (&response, "target-party"),
    ] {
        let body = std::str::from_utf8(&parts[0].bytes).unwrap().replace(party, "x-party");
        let message = written(PARTNER, PRIMARY, &body);
        border().assert_refused(&message, &from_partner(), "partners-identities", 400, "42");
    }
}

#[test]
fn an_identity_among_which_elements_stand_is_read_by_no_border() {
    for among in AMONG {
        let beside = |from| format!("sip:admin1@{from}{among}</mcsURI>");
        let out = changed(
            &groups(PRIMARY, PARTNER).split(),
            "sip:admin1@primary.example</mcsURI>",
            &beside(PRIMARY),
        );
        border().assert_refused(&written(PRIMARY, PARTNER, &out), &from_acm(), "content", 400, "42");
        let back = changed(
            &groups(PARTNER, PRIMARY).split(),
            "sip:admin1@partner.example</mcsURI>",
            &beside(PRIMARY),
        );
        border().assert_refused(&written(PARTNER, PRIMARY, &back), &from_partner(), "content", 400, "42");
    }
}

#[test]
fn what_a_client_and_its_own_server_say_to_each_other_is_agreed_with_nobody() {
    let parts = groups(PARTNER, PRIMARY).split();
    for flow in [kind::ACM_PENDING_REQUEST, kind::ACM_STATUS_REQUEST] {
        let body = changed(&parts, kind::ACM_GROUP_PROVISION_REQUEST, flow);
        let message = written(PARTNER, PRIMARY, &body);
        border().assert_refused(&message, &from_partner(), "agreement", 403, "11");
    }
    assert!(Request::read(&parts).is_ok());
}
