//! What every entity answers alike: RFC 3261 8.2, 11; RFC 3428; the list of refusals.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use wire::{Arrival, WireError};
use xml_schemas::{
    flow::Flow as _,
    ids::{McServiceId, Psi, RequestId},
    location::{ClientAnswer, ClientLocationReport, ClientLocationRequest, LocationReport, Refusal as Said},
    mime,
};

use super::{Accepted, Entity, Inbound};
use crate::{
    Cause, Cx, Done, Impu, Partner, PartnerTable, Permitted, Profile, Stop, To, Trust, carriage,
    partner::{Flows, Way},
    testing::{End, Lab, arrival, hop},
};

/// What the handler does with a report, and the reports that it has seen.
#[derive(Default)]
struct State {
    verdict: Mutex<Option<Stop>>,
    seen: Mutex<Vec<ClientLocationReport>>,
    later: Mutex<u32>,
}

async fn handle(cx: Cx<State>, req: Inbound<ClientLocationReport>) -> Done<Accepted> {
    cx.seen.lock().expect("lock").push(req.flow);
    let verdict = cx.verdict.lock().expect("lock").clone();
    match verdict {
        Some(stop) => Err(stop),
        None => Ok(Accepted::then(async move { *cx.later.lock().expect("lock") += 1 })),
    }
}

struct World {
    lab: Lab,
    entity: Entity<State>,
}

const CORE: &str = "sip-core.a.example";

fn world_of(change: impl FnOnce(&mut Profile), partners: Vec<Partner>) -> World {
    let lab = Lab::new();
    let psi = Psi::new("sip:lms_psi@a.example").expect("valid");
    let mut profile = Profile::new("lms.a", "locations", psi);
    profile.accept = vec![mime::MCPTT_INFO, mime::LOCATION_INFO];
    profile.core = Some(hop(CORE));
    profile.trust = Trust { core: Some(CORE.into()), ..Trust::default() };
    change(&mut profile);
    let partners = PartnerTable::new(partners).border(["border".into()]);
    let cx = Cx::new(profile, State::default(), partners, lab.world("lms.a"));
    let entity = Entity::new(cx).on(handle).awaits::<LocationReport>();
    World { lab, entity }
}

fn world() -> World {
    world_of(|_| (), Vec::new())
}

fn report(id: &str, code: u16) -> ClientLocationReport {
    ClientLocationReport {
        request_id: RequestId::new(id).expect("valid"),
        reporter: None,
        answer: ClientAnswer::Refused(Said { code: Some(code), text: None }),
    }
}

fn from_core() -> Arrival {
    arrival("inner", CORE)
}

impl World {
    fn message(&self, parts: &[xml_schemas::flow::Part<'_>]) -> sip::Request {
        let world = self.lab.world("alice");
        let own = Psi::new("sip:alice@a.example").expect("valid");
        let envelope =
            carriage::Envelope { uri: "sip:lms_psi@a.example", own: &own, asserts: true, ids: &*world.ids };
        carriage::compose(&envelope, parts).expect("valid")
    }

    fn send(&self, flow: &ClientLocationReport) -> sip::Message {
        self.give(&self.message(&xml_schemas::flow::Carriage::split(flow)), from_core())
    }

    fn give(&self, request: &sip::Request, arrival: Arrival) -> sip::Message {
        self.lab.deliver(&self.entity, request, arrival).expect("answered at once")
    }

    fn raw(&self, method: &str, lines: &str, body: &str) -> sip::Message {
        let text = format!(
            "{method} sip:lms_psi@a.example SIP/2.0\r\nVia: SIP/2.0/TLS x;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
             From: <sip:alice@a.example>;tag=1\r\nTo: <sip:lms_psi@a.example>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\
             P-Asserted-Identity: <sip:alice@a.example>\r\n{lines}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let message = sip::Message::parse(text.into_bytes().into(), &sip::Limits::STREAM).expect("valid");
        self.lab.deliver_message(&self.entity, &message, from_core()).expect("answered at once")
    }
}

fn status(answer: &sip::Message) -> u16 {
    answer.status().expect("a response")
}

fn text(answer: &sip::Message, name: sip::Name) -> String {
    String::from_utf8_lossy(answer.header(name).unwrap_or_default()).into_owned()
}

#[test]
fn rfc3261_8_2_1_another_method_is_405_with_allow() {
    let answer = world().raw("INVITE", "", "");
    assert_eq!((status(&answer), text(&answer, sip::Name::Allow)), (405, "MESSAGE, OPTIONS".into()));
    let answer = world().raw("REGISTER", "Expires: 60\r\n", "");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (405, Cause::MethodNotAllowed));
}

#[test]
fn rfc6665_8_3_2_an_event_package_is_489_with_the_packages_that_are_supported() {
    for method in ["SUBSCRIBE", "NOTIFY", "PUBLISH"] {
        let answer = world().raw(method, "Event: presence\r\n", "");
        assert_eq!((status(&answer), Cause::from_response(&answer)), (489, Cause::BadEvent), "{method}");
        assert_eq!(answer.header(sip::Name::AllowEvents), Some(&b""[..]), "{method}");
    }
}

#[test]
fn rfc3261_8_2_2_1_another_request_uri_is_404_at_a_server_and_no_matter_at_a_client() {
    let parts = xml_schemas::flow::Carriage::split(&report("1", 33));
    for (asserts, expected) in [(true, 404), (false, 200)] {
        let world = world_of(|profile| profile.asserts = asserts, Vec::new());
        let own = Psi::new("sip:alice@a.example").expect("valid");
        let ids = world.lab.world("alice").ids;
        let uri = "sip:mcptt_psi@a.example";
        let envelope = carriage::Envelope { uri, own: &own, asserts: true, ids: &*ids };
        let request = carriage::compose(&envelope, &parts).expect("valid");
        assert_eq!(status(&world.give(&request, from_core())), expected);
    }
}

#[test]
fn rfc3261_19_1_4_a_server_knows_its_identity_however_it_is_escaped() {
    let parts = xml_schemas::flow::Carriage::split(&report("1", 33));
    for (uri, expected) in [("sip:lm%73_psi@A.example", 200), ("sip:lm%2573_psi@a.example", 404)] {
        let world = world();
        let own = Psi::new("sip:alice@a.example").expect("valid");
        let ids = world.lab.world("alice").ids;
        let envelope = carriage::Envelope { uri, own: &own, asserts: true, ids: &*ids };
        let request = carriage::compose(&envelope, &parts).expect("valid");
        assert_eq!(status(&world.give(&request, from_core())), expected, "{uri}");
    }
}

#[test]
fn rfc3261_11_2_options_is_answered_with_what_is_supported() {
    let answer = world().raw("OPTIONS", "", "");
    assert_eq!((status(&answer), text(&answer, sip::Name::Allow)), (200, "MESSAGE, OPTIONS".into()));
    assert!(text(&answer, sip::Name::Accept).starts_with("multipart/mixed, application/vnd.3gpp"));
}

#[test]
fn rfc3261_8_2_2_3_a_required_extension_is_420_with_its_name() {
    let answer = world().raw("MESSAGE", "Require: foo, bar\r\n", "");
    assert_eq!((status(&answer), text(&answer, sip::Name::Unsupported)), (420, "foo, bar".into()));
}

#[test]
fn rfc3261_8_2_3_an_unsupported_body_is_415_with_accept() {
    for lines in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x.mcx.interconnection-info+xml\r\nContent-Encoding: gzip\r\n",
    ] {
        let answer = world().raw("MESSAGE", lines, "x");
        assert_eq!(
            (status(&answer), Cause::from_response(&answer)),
            (415, Cause::UnsupportedBody),
            "{lines}"
        );
        assert!(!text(&answer, sip::Name::Accept).is_empty());
    }
}

#[test]
fn malformed_xml_is_400_with_a_warning_that_names_the_place() {
    let lines = "Content-Type: application/vnd.3gpp.mcptt-location-info+xml\r\n";
    let answer = world().raw("MESSAGE", lines, "<location-info>\n  <Report");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (400, Cause::MalformedBody));
    let warning = text(&answer, sip::Name::Warning);
    assert!(warning.starts_with("399 a.example \"malformed body: "), "{warning}");
    assert!(warning.contains("location-info") && warning.contains(" 2:"), "{warning}");
}

#[test]
fn a_broken_multipart_is_400_with_a_warning_that_names_the_header() {
    let answer = world().raw("MESSAGE", "Content-Type: multipart/mixed\r\n", "x");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (400, Cause::MalformedMessage));
    assert!(text(&answer, sip::Name::Warning).contains("Content-Type"));
}

#[test]
fn an_unknown_request_type_is_403_with_a_warning_and_never_200() {
    let companion = "<interconnection-info xmlns=\"urn:x-mcx:ns:interconnection-info:1.0\"><icx-Params><req-type><mcsString>\
                     later</mcsString></req-type><request-id>1</request-id></icx-Params></interconnection-info>";
    let answer =
        world().raw("MESSAGE", "Content-Type: application/x.mcx.interconnection-info+xml\r\n", companion);
    assert_eq!((status(&answer), Cause::from_response(&answer)), (403, Cause::UnknownRequestType));
    assert!(text(&answer, sip::Name::Warning).starts_with("399 a.example \"unknown request type"));
}

#[test]
fn a_flow_without_a_handler_is_403() {
    let world = world();
    let request = ClientLocationRequest {
        request_id: RequestId::new("1").expect("valid"),
        target: McServiceId::new("sip:bob@a.example").expect("valid"),
        requester: None,
    };
    let message = world.message(&xml_schemas::flow::Carriage::split(&request));
    assert_eq!(Cause::from_response(&world.give(&message, from_core())), Cause::UnknownRequestType);
}

#[test]
fn a_request_is_accepted_first_and_worked_on_after() {
    let world = world();
    assert_eq!(status(&world.send(&report("1", 33))), 200);
    assert_eq!(*world.entity.cx().later.lock().expect("lock"), 1);
}

#[test]
fn a_refusal_is_answered_with_its_cause_and_a_fault_without_detail() {
    let world = world();
    let set = |stop: Stop| *world.entity.cx().verdict.lock().expect("lock") = Some(stop);
    set(Cause::ForeignIdentity.into());
    assert_eq!(Cause::from_response(&world.send(&report("1", 33))), Cause::ForeignIdentity);
    set(crate::Fault::new("the disk of lms1.core is full").into());
    let answer = world.send(&report("2", 33));
    assert_eq!((status(&answer), Cause::from_response(&answer)), (500, Cause::Fault));
    assert!(!String::from_utf8_lossy(answer.bytes()).contains("core"));
}

#[test]
fn a_refused_request_may_be_repeated_and_an_accepted_one_is_handled_once() {
    let world = world();
    *world.entity.cx().verdict.lock().expect("lock") = Some(Cause::Overloaded.into());
    let refused = world.send(&report("1", 33));
    assert_eq!((status(&refused), text(&refused, sip::Name::RetryAfter)), (503, "2".into()));
    *world.entity.cx().verdict.lock().expect("lock") = None;
    assert_eq!(status(&world.send(&report("1", 33))), 200);
    assert_eq!(status(&world.send(&report("1", 33))), 200);
    assert_eq!(Cause::from_response(&world.send(&report("1", 34))), Cause::RepeatedRequest);
    assert_eq!(world.entity.cx().seen.lock().expect("lock").len(), 2);
}

#[test]
fn too_much_at_work_is_503_with_retry_after() {
    let world = world_of(|profile| profile.limit = 0, Vec::new());
    let answer = world.send(&report("1", 33));
    assert_eq!((status(&answer), Cause::from_response(&answer)), (503, Cause::Overloaded));
    assert_eq!(text(&answer, sip::Name::RetryAfter), "2");
    let entity = Entity::new(world.entity.cx().clone()).on_report(handle);
    let message = world.message(&xml_schemas::flow::Carriage::split(&report("2", 33)));
    let heard = world.lab.deliver(&entity, &message, from_core()).expect("answered at once");
    assert_eq!(status(&heard), 200, "a report is heard however much is at work");
}

/// Asks three users at once, and keeps what became of it.
async fn fan_out(cx: Cx<State>, _: Inbound<ClientLocationReport>) -> Done<Accepted> {
    let ask = async |name: &str| {
        let target = McServiceId::new(name).expect("valid");
        let request = ClientLocationRequest { request_id: cx.fresh_request_id()?, target, requester: None };
        cx.ask(To::User(&Impu::new(name).expect("valid")), &Permitted::open(request)).await
    };
    let names = ["sip:b@a.example", "sip:c@a.example", "sip:d@a.example"];
    let asked = futures::future::join_all(names.map(ask)).await;
    let overloaded = |asked: &Done<_>| asked.as_ref().is_err_and(|stop| stop.cause() == Cause::Overloaded);
    let refused = asked.iter().filter(|asked| overloaded(asked)).count();
    *cx.later.lock().expect("lock") = u32::try_from(refused).expect("three at most");
    Ok(Accepted::done())
}

#[test]
fn ts23280_10_9_3_10_2_a_long_list_of_one_sender_leaves_half_of_the_open_questions_to_others() {
    let world = world_of(|profile| profile.limit = 4, Vec::new());
    world.lab.connect("lms.a", CORE, End::Silent);
    let entity = Entity::new(world.entity.cx().clone()).on(fan_out);
    let message = world.message(&xml_schemas::flow::Carriage::split(&report("1", 33)));
    assert!(world.lab.deliver(&entity, &message, from_core()).is_none(), "two await their answer");
    let own = asked_in(&world, End::Silent, |_| (), Duration::ZERO);
    assert_eq!(own, None, "the entity's own question is open");
    world.lab.advance(Duration::from_secs(10));
    assert_eq!(*entity.cx().later.lock().expect("lock"), 1, "the third was refused");
}

#[test]
fn rfc3261_21_5_4_behind_a_closed_gate_questions_are_503_and_what_was_accepted_ends() {
    let world = world();
    world.lab.connect("lms.a", CORE, End::Silent);
    let entity = Entity::new(world.entity.cx().clone()).on(fan_out);
    let question = world.message(&xml_schemas::flow::Carriage::split(&report("1", 33)));
    assert!(world.lab.deliver(&entity, &question, from_core()).is_none(), "at work");
    let (gate, ended) = (entity.gate(), Arc::new(Mutex::new(false)));
    gate.close();
    let end = ended.clone();
    world.lab.world("x").tasks.spawn(Box::pin(async move {
        gate.idle().await;
        *end.lock().expect("lock") = true;
    }));
    let new = world.message(&xml_schemas::flow::Carriage::split(&report("2", 33)));
    let refused = world.lab.deliver(&entity, &new, from_core()).expect("answered at once");
    assert_eq!((status(&refused), text(&refused, sip::Name::RetryAfter)), (503, "2".into()));
    world.lab.advance(Duration::from_millis(9_999));
    assert!(!*ended.lock().expect("lock"), "the answers are still awaited");
    world.lab.advance(Duration::from_millis(1));
    assert!(*ended.lock().expect("lock"));
}

#[test]
fn rfc3325_9_1_a_request_that_the_core_asserts_nobody_for_is_refused() {
    let world = world();
    let parts = xml_schemas::flow::Carriage::split(&report("1", 33));
    let own = Psi::new("sip:alice@a.example").expect("valid");
    let ids = world.lab.world("alice").ids;
    let envelope = carriage::Envelope { uri: "sip:lms_psi@a.example", own: &own, asserts: false, ids: &*ids };
    let preferred = carriage::compose(&envelope, &parts).expect("valid");
    assert_eq!(Cause::from_response(&world.give(&preferred, from_core())), Cause::RequesterUnknown);
}

fn direct(inbound: &[&str], outbound: &[&str]) -> Partner {
    Partner {
        name: "b.example".into(),
        domains: vec!["b.example".into()],
        identities: vec!["lms1.b.example".into()],
        anchor: None,
        inbound: inbound.iter().copied().collect::<Flows>(),
        outbound: outbound.iter().copied().collect::<Flows>(),
        merge_unknown_and_refused: false,
        way: Way::Direct,
        services: [("locations".into(), "sip:lms_psi@b.example".into())].into(),
        hop: Some(hop("lms1.b.example")),
    }
}

#[test]
fn ts24379_6_8_2_without_gateways_the_entity_enforces_the_agreement_itself() {
    let flow = report("1", 33);
    let name = ClientLocationReport::NAME;
    for (inbound, cause) in [(vec![], Some(Cause::NotPermitted)), (vec![name], None)] {
        let world = world_of(|_| (), vec![direct(&inbound, &[])]);
        let message = world.message(&xml_schemas::flow::Carriage::split(&flow));
        let answer = world.give(&message, arrival("border", "lms1.b.example"));
        assert_eq!((status(&answer) != 200).then(|| Cause::from_response(&answer)), cause);
    }
    let world = world_of(|_| (), vec![direct(&[], &[])]);
    let partner = world.entity.cx().partners().named("b.example").expect("known").clone();
    let outcome = Arc::new(Mutex::new(None));
    let (cx, kept) = (world.entity.cx().clone(), outcome.clone());
    world.lab.world("x").tasks.spawn(Box::pin(async move {
        let told = cx.tell(To::Partner(&partner), &Permitted::open(report("1", 33))).await;
        *kept.lock().expect("lock") = Some(told);
    }));
    world.lab.run();
    assert_eq!(*outcome.lock().expect("lock"), Some(Err(Cause::NotPermitted.into())));
}

/// Asks a user's client, and what came of it after this much time.
fn asked(end: End, wait: Duration) -> Option<Done<ClientLocationReport>> {
    asked_in(&world(), end, |_| (), wait)
}

/// As [`asked`]; `meanwhile` happens once the question has left.
fn asked_in(
    world: &World,
    end: End,
    meanwhile: impl FnOnce(&World),
    wait: Duration,
) -> Option<Done<ClientLocationReport>> {
    world.lab.connect("lms.a", CORE, end);
    let outcome = Arc::new(Mutex::new(None));
    let (cx, kept) = (world.entity.cx().clone(), outcome.clone());
    world.lab.world("x").tasks.spawn(Box::pin(async move {
        let request = ClientLocationRequest {
            request_id: RequestId::new("1").expect("valid"),
            target: McServiceId::new("sip:bob@a.example").expect("valid"),
            requester: None,
        };
        let bob = Impu::new("sip:bob@a.example").expect("valid");
        let answer = cx.ask(To::User(&bob), &Permitted::open(request)).await;
        *kept.lock().expect("lock") = Some(answer);
    }));
    world.lab.run();
    meanwhile(world);
    world.lab.advance(wait);
    outcome.lock().expect("lock").clone()
}

#[test]
fn rfc3428_an_answer_that_comes_while_the_200_is_lost_is_taken() {
    let answer = |world: &World| {
        let bob = Impu::new("sip:bob@a.example").expect("valid");
        let handed = world.entity.cx().hand_over(&crate::Peer::of_user(bob), report("1", 33));
        assert_eq!(handed, Ok(()));
    };
    let outcome = asked_in(&world(), End::Silent, answer, Duration::ZERO);
    assert_eq!(outcome, Some(Ok(report("1", 33))));
}

#[test]
fn an_answer_is_awaited_for_the_deadline_whether_or_not_the_question_is_accepted() {
    for end in [End::Silent, End::Response(sip::Response::new(200))] {
        assert_eq!(asked(end.clone(), Duration::from_millis(9_999)), None);
        assert_eq!(asked(end, Duration::from_secs(10)), Some(Err(Cause::TimedOut.into())));
    }
}

#[test]
fn a_question_that_is_refused_or_does_not_arrive_fails_at_once() {
    let refused = End::Response(Cause::LoggedOff.response("a.example"));
    assert_eq!(asked(refused, Duration::ZERO), Some(Err(Cause::LoggedOff.into())));
    let unreachable = End::Fails(WireError::Unreachable("refused".into()));
    assert_eq!(asked(unreachable, Duration::ZERO), Some(Err(Cause::PartnerUnreachable.into())));
}

#[test]
fn requests_are_counted_by_flow_and_cause() {
    let (metrics, world) = (crate::Metrics::default(), world());
    let world = World { entity: world.entity.clone().counted_by(&metrics), ..world };
    world.send(&report("1", 33));
    world.send(&report("1", 34));
    world.raw("MESSAGE", "Content-Type: text/plain\r\n", "x");
    world.raw("REGISTER", "Expires: 60\r\n", "");
    for (flow, cause) in [
        (ClientLocationReport::NAME, ""),
        (ClientLocationReport::NAME, "repeated-request"),
        ("", "unsupported-body"),
        ("third-party-registration", "method-not-allowed"),
    ] {
        let line = format!("mcx_requests_total{{entity=\"lms.a\",flow=\"{flow}\",cause=\"{cause}\"}} 1\n");
        assert!(metrics.text().contains(&line), "{line}in\n{}", metrics.text());
    }
}
