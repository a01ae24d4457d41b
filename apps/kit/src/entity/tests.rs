//! What every entity does alike with what it takes: RFC 3428, TS 24.379 6.8.2.

mod asking;
mod refused;

use std::sync::{Arc, Mutex};

use wire::Arrival;
use xml_schemas::{
    flow::Flow as _,
    ids::{Psi, RequestId},
    location::{ClientAnswer, ClientLocationReport, LocationReport, Refusal as Said},
    mime,
};

use super::{Accepted, Entity, Inbound};
use crate::{
    Cause, Cx, Done, Partner, PartnerTable, Permitted, Profile, Stop, To, Trust, carriage,
    partner::{Flows, Way},
    testing::{Lab, arrival, hop},
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
