//! What an entity asks itself: how much at once, and how long it waits.

use std::time::Duration;

use wire::WireError;
use xml_schemas::{flow::Carriage, ids::McServiceId, location::ClientLocationRequest};

use super::*;
use crate::{Impu, testing::End};

#[test]
fn too_much_at_work_is_503_with_retry_after() {
    let world = world_of(|profile| profile.limit = 0, Vec::new());
    let answer = world.send(&report("1", 33));
    assert_eq!((status(&answer), Cause::from_response(&answer)), (503, Cause::Overloaded));
    assert_eq!(text(&answer, sip::Name::RetryAfter), "2");
    let entity = Entity::new(world.entity.cx().clone()).on_report(handle);
    let message = world.message(&Carriage::split(&report("2", 33)));
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
    let message = world.message(&Carriage::split(&report("1", 33)));
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
    let question = world.message(&Carriage::split(&report("1", 33)));
    assert!(world.lab.deliver(&entity, &question, from_core()).is_none(), "at work");
    let (gate, ended) = (entity.gate(), Arc::new(Mutex::new(false)));
    gate.close();
    let end = ended.clone();
    world.lab.world("x").tasks.spawn(Box::pin(async move {
        gate.idle().await;
        *end.lock().expect("lock") = true;
    }));
    let new = world.message(&Carriage::split(&report("2", 33)));
    let refused = world.lab.deliver(&entity, &new, from_core()).expect("answered at once");
    assert_eq!((status(&refused), text(&refused, sip::Name::RetryAfter)), (503, "2".into()));
    world.lab.advance(Duration::from_millis(9_999));
    assert!(!*ended.lock().expect("lock"), "the answers are still awaited");
    world.lab.advance(Duration::from_millis(1));
    assert!(*ended.lock().expect("lock"));
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
