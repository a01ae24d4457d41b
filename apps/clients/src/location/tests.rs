use std::{sync::Arc, time::Duration};

use kit::{
    Cause, Stop,
    testing::{End, Lab, arrival},
};
use sip::{Name, Response};
use xml_schemas::{
    flow::Flow,
    ids::{McServiceId, RequestId},
    location::{ClientAnswer, ClientLocationReport, ClientLocationRequest, LocationReport, TargetReport},
};

use super::*;
use crate::{
    position::Fix,
    testing::{CORE, device, run},
};

const LMS: &str = "sip:lms_psi@primary.example";

fn settings(permission: Permission) -> Settings {
    Settings {
        server: Psi::new(LMS).unwrap(),
        core_identity: Some(CORE.into()),
        source: Source::Fixed(Fix { latitude: 40.4168, longitude: -3.7038, altitude: None }),
        permission,
        permission_deadline: Duration::from_secs(8),
        deadline: Duration::from_secs(15),
    }
}

fn client(lab: &Lab, permission: Permission) -> LocationClient {
    LocationClient::new(&device(lab), settings(permission)).unwrap()
}

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

fn question(target: &str) -> ClientLocationRequest {
    ClientLocationRequest {
        request_id: RequestId::new("r1").unwrap(),
        target: id(target),
        requester: Some(id("sip:bob@partner.example")),
    }
}

/// A flow as it reaches the client, asserted by its core to be from this identity.
fn message<F: Flow>(lab: &Lab, flow: &F, asserted: &str) -> sip::Request {
    let (psi, world) = (Psi::new(asserted).unwrap(), lab.world("lms1"));
    let uri = "sip:alice.imsi@primary.example";
    let envelope = kit::carriage::Envelope { uri, own: &psi, asserts: true, ids: &*world.ids };
    kit::carriage::compose(&envelope, &flow.split()).unwrap()
}

fn deliver<F: Flow>(lab: &Lab, client: &LocationClient, flow: &F, from: &str, proves: &str) -> u16 {
    let request = message(lab, flow, from);
    let answer = lab.deliver(&*client.service(), &request, arrival(CORE, proves));
    answer.and_then(|answer| answer.status()).expect("is answered")
}

/// The report that the client sent to its server.
fn reported(lab: &Lab) -> ClientAnswer {
    let sent = lab.sent(CORE);
    let message = sent.last().expect("a report was sent");
    assert_eq!(message.request_uri(), LMS.as_bytes());
    let parts = kit::carriage::parts(message).unwrap();
    let report: ClientLocationReport = kit::carriage::read(&parts).unwrap();
    assert_eq!((report.request_id.as_str(), report.reporter), ("r1", Some(id("sip:alice@primary.example"))));
    report.answer
}

fn refusal(answer: ClientAnswer) -> Option<u16> {
    match answer {
        ClientAnswer::Refused(refusal) => refusal.code,
        ClientAnswer::Located(_) => None,
    }
}

fn steps(lab: &Lab) -> Vec<(&'static str, u8)> {
    lab.ladder().steps().into_iter().map(|(_, clause, number)| (clause, number)).collect()
}

#[test]
fn c10_9_3_2_the_client_reports_where_it_is() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let client = client(&lab, Permission::Allow);
    assert_eq!(deliver(&lab, &client, &question("sip:alice@primary.example"), LMS, CORE), 200);
    let ClientAnswer::Located(position) = reported(&lab) else { panic!("refused") };
    let point = position.coordinate().unwrap();
    assert!((point.latitude.degrees() - 40.4168).abs() < 1e-4);
    assert_eq!(position.taken_at().map(|at| at.to_string()).as_deref(), Some("2026-03-02T10:00:00Z"));
    assert_eq!(steps(&lab).last(), Some(&("10.9.3.2", 3)));
}

#[test]
fn c10_9_3_2_a_user_who_never_permits_is_not_reported_and_the_cause_says_so() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let client = client(&lab, Permission::Deny);
    assert_eq!(deliver(&lab, &client, &question("sip:alice@primary.example"), LMS, CORE), 200);
    assert_eq!(refusal(reported(&lab)), Some(Cause::UserDenied.code()));
}

#[test]
fn c10_9_3_2_a_user_is_asked_each_time_and_told_who_asks() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let yes = |who: Option<McServiceId>| -> wire::BoxFuture<'static, bool> {
        Box::pin(async move { who == Some(id("sip:bob@partner.example")) })
    };
    let client = client(&lab, Permission::Ask(Arc::new(yes)));
    deliver(&lab, &client, &question("sip:alice@primary.example"), LMS, CORE);
    assert!(matches!(reported(&lab), ClientAnswer::Located(_)));
    assert_eq!(steps(&lab), [("10.9.3.2", 2), ("10.9.3.2", 3)]);
}

#[test]
fn c10_9_3_2_a_user_who_does_not_answer_is_asked_no_longer_than_anybody_waits() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let silent = |_| -> wire::BoxFuture<'static, bool> { Box::pin(std::future::pending()) };
    let client = client(&lab, Permission::Ask(Arc::new(silent)));
    deliver(&lab, &client, &question("sip:alice@primary.example"), LMS, CORE);
    lab.advance(Duration::from_secs(7));
    assert!(lab.sent(CORE).is_empty(), "he may still answer");
    lab.advance(Duration::from_secs(2));
    assert_eq!(refusal(reported(&lab)), Some(Cause::TimedOut.code()));
}

#[test]
fn a_terminal_that_does_not_know_where_it_is_says_so() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let unknown = Settings { source: Source::Unknown, ..settings(Permission::Allow) };
    let client = LocationClient::new(&device(&lab), unknown).unwrap();
    deliver(&lab, &client, &question("sip:alice@primary.example"), LMS, CORE);
    assert_eq!(refusal(reported(&lab)), Some(Cause::NoPosition.code()));
}

#[test]
fn nobody_but_the_own_server_through_the_own_core_is_answered() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let client = client(&lab, Permission::Allow);
    let question = |target| question(target);
    let alice = "sip:alice@primary.example";
    assert_eq!(deliver(&lab, &client, &question(alice), "sip:mallory@primary.example", CORE), 403);
    assert_eq!(deliver(&lab, &client, &question(alice), LMS, "elsewhere.example"), 403);
    assert_eq!(deliver(&lab, &client, &question("sip:carol@primary.example"), LMS, CORE), 404);
    assert!(lab.sent(CORE).is_empty(), "nothing was said");
}

#[test]
fn a_report_that_the_server_does_not_take_ends_there() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(503)));
    let client = client(&lab, Permission::Allow);
    assert_eq!(deliver(&lab, &client, &question("sip:alice@primary.example"), LMS, CORE), 200);
    assert_eq!(lab.sent(CORE).len(), 1);
}

/// The report that answers the client's last request.
fn answer(lab: &Lab) -> LocationReport {
    let sent = lab.sent(CORE);
    let parts = kit::carriage::parts(sent.last().unwrap()).unwrap();
    let request: xml_schemas::location::LocationRequest = kit::carriage::read(&parts).unwrap();
    let refused = xml_schemas::location::Refusal { code: Some(Cause::LoggedOff.code()), text: None };
    let report = |target| TargetReport {
        target,
        answer: xml_schemas::location::TargetAnswer::Refused(refused.clone()),
    };
    LocationReport {
        request_id: request.request_id,
        mc_service: None,
        requesting_system: None,
        target_system: None,
        requester: request.requester,
        targets: request.targets.into_iter().map(report).collect(),
    }
}

#[test]
fn c10_9_3_10_2_steps_1_and_7_a_request_is_answered_by_the_report_that_belongs_to_it() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let client = client(&lab, Permission::Allow);
    let asking = client.clone();
    let mut located =
        run(&lab, async move { asking.locate(vec![id("sip:bob@partner.example")], true).await });
    assert!(located.ended().is_none(), "the 200 is acceptance only");
    let sent = lab.sent(CORE);
    assert_eq!((sent.len(), sent[0].request_uri()), (1, LMS.as_bytes()));
    assert_eq!(
        sent[0].header(Name::From).map(|from| from.starts_with(b"<sip:alice.imsi@primary.example>")),
        Some(true)
    );
    let report = answer(&lab);
    assert_eq!(deliver(&lab, &client, &report, LMS, CORE), 200);
    assert_eq!(located.ended(), Some(Ok(report)));
    assert_eq!(steps(&lab), [("10.9.3.10.2", 1), ("10.9.3.10.2", 7)]);
}

#[test]
fn a_report_of_somebody_else_is_not_taken() {
    let lab = Lab::new();
    lab.connect("alice", CORE, End::Response(Response::new(200)));
    let client = client(&lab, Permission::Allow);
    let asking = client.clone();
    let mut located =
        run(&lab, async move { asking.locate(vec![id("sip:bob@partner.example")], true).await });
    assert_ne!(deliver(&lab, &client, &answer(&lab), "sip:mallory@primary.example", CORE), 200);
    lab.advance(Duration::from_secs(15));
    assert_eq!(located.ended(), Some(Err(Stop::from(Cause::TimedOut))));
}

#[test]
fn a_request_that_the_server_refuses_ends_with_its_cause() {
    let lab = Lab::new();
    let refused = kit::Refusal::from(Cause::RequesterUnknown).response("primary.example");
    lab.connect("alice", CORE, End::Response(refused));
    let client = client(&lab, Permission::Allow);
    let located =
        run(&lab, async move { client.locate(vec![id("sip:bob@partner.example")], true).await }).ended();
    assert_eq!(located.and_then(Result::err).map(|stop| stop.cause()), Some(Cause::RequesterUnknown));
}
