mod away;
mod lagging;

use std::time::Duration;

use futures::FutureExt as _;
use kit::{
    Cause, Impu, OwnServer, Stop,
    testing::{End, Lab, arrival, hop},
};
use sip::{Method, Name, Request, Response};
use store::{Disk, Redb};
use xml_schemas::{
    flow::Carriage as _,
    ids::Psi,
    location::{LocationRequest, Refusal, TargetAnswer, TargetReport},
};

use super::*;
use crate::{config::User, migration::MigrationConfig};

const CORE: &str = "sip-core.core.primary.example";
const LMS: &str = "lms1.core.primary.example";

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

fn alice() -> McServiceId {
    id("sip:alice@primary.example")
}

fn server(lab: &Lab) -> McServiceServer {
    server_of(lab, config::Returning::Welcome)
}

fn server_of(lab: &Lab, returning: config::Returning) -> McServiceServer {
    let clock = lab.world("store").clock;
    let store = Redb::open_in_memory(Disk::new(), store::Clock::new(move || clock.wall())).unwrap();
    server_over(lab, returning, Arc::new(store))
}

/// As [`server_of`], of a system from which users migrate.
fn migrating(lab: &Lab, returning: config::Returning) -> McServiceServer {
    let clock = lab.world("store").clock;
    let store = Redb::open_in_memory(Disk::new(), store::Clock::new(move || clock.wall())).unwrap();
    server_with(lab, returning, Arc::new(store), Some(MigrationConfig::default()))
}

fn server_over(lab: &Lab, returning: config::Returning, store: Arc<dyn Store>) -> McServiceServer {
    server_with(lab, returning, store, None)
}

fn server_with(
    lab: &Lab,
    returning: config::Returning,
    store: Arc<dyn Store>,
    migration: Option<MigrationConfig>,
) -> McServiceServer {
    let config = Config {
        name: "mcs1.core.primary.example".into(),
        psi: Psi::new("sip:mcptt_psi@primary.example").unwrap(),
        listen: Vec::new(),
        core: CORE.into(),
        locations: OwnServer {
            identity: LMS.into(),
            psi: Psi::new("sip:lms_psi@primary.example").unwrap(),
            hop: hop(LMS),
        },
        users: vec![User { id: alice(), impu: Impu::new("sip:alice.imsi@primary.example").unwrap() }],
        deadline: Duration::from_secs(15),
        groups: None,
        named_groups: Vec::new(),
        profiles: None,
        issuers: Vec::new(),
        authorization: config::AuthorizationConfig { returning, ..Default::default() },
        migration,
        http: Vec::new(),
        http_limits: kit::config::HttpLimits::default(),
        protected: std::collections::HashMap::new(),
        administrators: Vec::new(),
    };
    let opened = McServiceServer::open(
        config,
        Vec::new(),
        lab.world("mcs1"),
        store,
        Metrics::default(),
        kit::audit::Log::none(),
    );
    opened.now_or_never().expect("a store in memory is never busy").expect("the store opens")
}

fn third_party(impu: &str, expires: u32) -> Request {
    Request::new(Method::Register, "sip:mcptt_psi@primary.example")
        .header(Name::From, format!("<sip:{CORE}>;tag=1"))
        .header(Name::To, format!("<{impu}>"))
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 REGISTER")
        .header(Name::Contact, format!("<sip:{CORE}>"))
        .header(Name::Expires, expires.to_string())
}

fn registers(lab: &Lab, server: &McServiceServer, impu: &str, expires: u32, from: &str) -> u16 {
    let answer = lab.deliver(&*server.service(), &third_party(impu, expires), arrival("inner", from));
    answer.and_then(|answer| answer.status()).expect("is answered")
}

fn log_on(lab: &Lab, server: &McServiceServer) {
    assert_eq!(registers(lab, server, "sip:alice.imsi@primary.example", 600, CORE), 200);
}

#[test]
fn ts24229_5_4_1_7_a_registration_logs_on_and_its_end_logs_off() {
    let lab = Lab::new();
    let server = server(&lab);
    assert!(server.logged_on().is_empty());
    log_on(&lab, &server);
    assert_eq!(server.logged_on(), [alice()]);
    assert_eq!(registers(&lab, &server, "sip:alice.imsi@primary.example", 0, CORE), 200);
    assert!(server.logged_on().is_empty());
}

#[test]
fn a_log_on_ends_with_its_registration_even_if_nobody_says_so() {
    let lab = Lab::new();
    let server = server(&lab);
    log_on(&lab, &server);
    lab.advance(Duration::from_secs(599));
    assert_eq!(server.logged_on(), [alice()]);
    lab.advance(Duration::from_secs(1));
    assert!(server.logged_on().is_empty());
}

#[test]
fn a_refresh_makes_it_last() {
    let lab = Lab::new();
    let server = server(&lab);
    log_on(&lab, &server);
    lab.advance(Duration::from_secs(500));
    log_on(&lab, &server);
    lab.advance(Duration::from_secs(500));
    assert_eq!(server.logged_on(), [alice()]);
}

#[test]
fn ts24379_7_3_2_an_identity_of_nobody_is_not_logged_on() {
    let lab = Lab::new();
    let server = server(&lab);
    assert_eq!(registers(&lab, &server, "sip:mallory@primary.example", 600, CORE), 404);
    assert!(server.logged_on().is_empty());
}

#[test]
fn only_the_own_core_says_who_is_registered() {
    let lab = Lab::new();
    let server = server(&lab);
    for stranger in [LMS, "sip-core.core.partner.example"] {
        assert_eq!(
            registers(&lab, &server, "sip:alice.imsi@primary.example", 600, stranger),
            403,
            "{stranger}"
        );
    }
    assert!(server.logged_on().is_empty());
}

/// What `locate` resolves to once `then` has happened.
fn located(
    lab: &Lab,
    server: &McServiceServer,
    who: McServiceId,
    then: impl FnOnce(),
) -> Done<LocationReport> {
    let (sender, mut receiver) = futures::channel::oneshot::channel();
    let asking = server.clone();
    lab.world("mcs1").tasks.spawn(Box::pin(async move {
        let _ = sender.send(asking.locate(&who, vec![id("sip:bob@partner.example")], true).await);
    }));
    lab.run();
    then();
    lab.run();
    receiver.try_recv().expect("is not dropped").expect("has ended")
}

/// The request that the location management server received, and a report that answers it.
fn answer(lab: &Lab) -> LocationReport {
    let sent = lab.sent(LMS);
    let message = sent.last().expect("a request was sent");
    assert_eq!(message.request_uri(), b"sip:lms_psi@primary.example");
    let request = LocationRequest::join(&kit::carriage::parts(message).unwrap()).unwrap();
    assert_eq!(request.requester, alice(), "in the user's name");
    let refused = TargetAnswer::Refused(Refusal { code: Some(Cause::LoggedOff.code()), text: None });
    let report = |target| TargetReport { target, answer: refused.clone() };
    LocationReport {
        request_id: request.request_id,
        mc_service: None,
        requesting_system: None,
        target_system: None,
        requester: request.requester,
        targets: request.targets.into_iter().map(report).collect(),
    }
}

fn report_from(lab: &Lab, server: &McServiceServer, from: &str) -> u16 {
    let (psi, world) = (Psi::new("sip:lms_psi@primary.example").unwrap(), lab.world("lms1"));
    let uri = "sip:mcptt_psi@primary.example";
    let envelope = kit::carriage::Envelope { uri, own: &psi, asserts: true, ids: &*world.ids };
    let message = kit::carriage::compose(&envelope, &answer(lab).split()).unwrap();
    let answer = lab.deliver(&*server.service(), &message, arrival("inner", from));
    answer.and_then(|answer| answer.status()).expect("is answered")
}

#[test]
fn c10_9_3_10_2_steps_1_and_7_a_server_asks_in_a_users_name() {
    let lab = Lab::new();
    lab.connect("mcs1", LMS, End::Response(Response::new(200)));
    let server = server(&lab);
    log_on(&lab, &server);
    let report = located(&lab, &server, alice(), || assert_eq!(report_from(&lab, &server, LMS), 200));
    assert_eq!(report, Ok(answer(&lab)));
    let steps: Vec<_> =
        lab.ladder().steps().into_iter().map(|(_, clause, number)| (clause, number)).collect();
    assert_eq!(steps, [("10.9.3.10.2", 1), ("10.9.3.10.2", 7)]);
}

#[test]
fn c10_9_3_10_2_step_1_only_for_a_user_of_the_server_who_is_logged_on() {
    let lab = Lab::new();
    lab.connect("mcs1", LMS, End::Response(Response::new(200)));
    let server = server(&lab);
    let refused = |who| located(&lab, &server, who, || ()).map_err(|stop| stop.cause());
    assert_eq!(refused(alice()), Err(Cause::RequesterNotAuthorized), "logged off");
    assert_eq!(refused(id("sip:bob@partner.example")), Err(Cause::RequesterUnknown));
    assert!(lab.sent(LMS).is_empty());
}

#[test]
fn c10_9_3_10_2_step_7_a_report_from_anybody_else_is_not_taken() {
    let lab = Lab::new();
    lab.connect("mcs1", LMS, End::Response(Response::new(200)));
    let server = server(&lab);
    log_on(&lab, &server);
    let report = located(&lab, &server, alice(), || {
        assert_ne!(report_from(&lab, &server, "lms1.core.partner.example"), 200);
        lab.advance(Duration::from_secs(15));
    });
    assert_eq!(report, Err(Stop::from(Cause::TimedOut)));
}

#[test]
fn a_refusal_of_the_location_management_server_ends_it_with_its_cause() {
    let lab = Lab::new();
    let refused = kit::Refusal::from(Cause::RequesterNotAuthorized).response("primary.example");
    lab.connect("mcs1", LMS, End::Response(refused));
    let server = server(&lab);
    log_on(&lab, &server);
    let report = located(&lab, &server, alice(), || ());
    assert_eq!(report.map_err(|stop| stop.cause()), Err(Cause::RequesterNotAuthorized));
}
