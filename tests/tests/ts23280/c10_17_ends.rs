//! Roles, times, withdrawals and members over two whole systems: clients, SIP cores, ACM servers, functional alias controlling servers and
//! hiding gateways of both. TS 23.280 10.17.2, 10.17.3

use std::time::Duration;

use clients::acm::{Answer, Ask, Told, Wish};
use kit::Cause;
use mcx_tests::{Home, Topology, TwoSystems, flows};
use xml_schemas::{
    acm::{Addressee, GroupOperation, Outcome, Request, State, Urgency},
    ids::{GroupId, RequestId},
};

use crate::{
    BOB,
    administration::{Ear, answered, asks, asks_of, decides, fire, given},
    c10_17_aliases::{activates, role, with_roles},
};

fn bob() -> Addressee {
    Addressee::User(flows::user(BOB))
}

fn run(test: impl AsyncFnOnce(&mut TwoSystems)) {
    with_roles(TwoSystems::new().topology(Topology::Hidden).administration()).run(test);
}

/// Where a request stands, as this user's server lists it.
async fn state(world: &TwoSystems, who: &str, request: &RequestId) -> Option<State> {
    let status = world.acm_client(who).status(None).await.unwrap();
    status.items.into_iter().find(|item| item.heading.request_id == *request).map(|item| item.state)
}

/// Both servers say the same.
async fn both_say(world: &TwoSystems, request: &RequestId, end: State) {
    for who in ["alice", "bob"] {
        assert_eq!(state(world, who, request).await, Some(end), "{who}");
    }
}

async fn asks_with(world: &TwoSystems, urgency: Option<Urgency>, within: Option<Duration>) -> RequestId {
    let ask = Ask { target: bob(), alias: None, urgency, within, wish: fire(world) };
    let request = world.acm_client("alice").ask(ask).await.unwrap();
    world.quiet().await;
    request
}

#[test]
fn c10_17_2_who_asks_in_a_role_that_is_active_for_him_is_shown_in_it() {
    run(async |world| {
        let dispatcher = role(Home::Primary);
        let asked = asks_of(world, bob(), Some(dispatcher.clone()), fire(world)).await;
        assert_eq!(asked.err(), Some(Cause::AliasNotActive), "it is not his yet");
        activates(world, Home::Primary, "alice").await;
        let (mut alice, mut bobs) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        let request_id = asks_of(world, bob(), Some(dispatcher.clone()), fire(world)).await.unwrap();
        let request = given(world, "bob", &mut bobs).await;
        assert_eq!(request.heading().initiator.alias.as_ref(), Some(&dispatcher));
        decides(world, &request, Answer::yes()).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        both_say(world, &request_id, State::Success).await;
    });
}

#[test]
fn c10_17_2_who_handles_in_a_role_that_is_active_for_him_is_shown_in_it() {
    run(async |world| {
        let dispatcher = role(Home::Partner);
        let (mut alice, mut bobs) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        asks(world, fire(world)).await.unwrap();
        let request = given(world, "bob", &mut bobs).await;
        let mut yes = Answer::yes();
        yes.alias = Some(dispatcher.clone());
        let refused = world.acm_client("bob").answer(&request, yes.clone()).await;
        assert_eq!(refused.unwrap_err().cause(), Cause::AliasNotActive);
        activates(world, Home::Partner, "bob").await;
        decides(world, &request, yes).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(response.heading().handler.alias.as_ref(), Some(&dispatcher));
    });
}

#[test]
fn c10_17_a_request_that_hurries_and_runs_out_ends_alike_on_both_sides() {
    run(async |world| {
        let mut bobs = Ear::of(world, "bob");
        let request_id = asks_with(world, Some(Urgency::High), Some(Duration::from_secs(60))).await;
        let request = given(world, "bob", &mut bobs).await;
        assert_eq!(request.heading().urgency, Some(Urgency::High));
        assert!(request.heading().expires.is_some());
        world.advance(Duration::from_secs(90)).await;
        both_say(world, &request_id, State::Expired).await;
        let late = world.acm_client("bob").answer(&request, Answer::yes()).await;
        assert_eq!(late.unwrap_err().cause(), Cause::RequestExpired);
    });
}

#[test]
fn c10_17_what_is_taken_back_before_an_answer_is_withdrawn_on_both_sides() {
    run(async |world| {
        let (mut alice, mut bobs) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        let request_id = asks_with(world, None, None).await;
        let request = given(world, "bob", &mut bobs).await;
        world.acm_client("alice").withdraw(request_id.clone()).await.unwrap();
        world.quiet().await;
        both_say(world, &request_id, State::Withdrawn).await;
        let withdrawn = |told: Told| matches!(told, Told::Withdrawal(it) if it.state == State::Withdrawn);
        assert!(alice.heard().into_iter().any(withdrawn), "she is told");
        let late = world.acm_client("bob").answer(&request, Answer::yes()).await;
        assert_eq!(late.unwrap_err().cause(), Cause::RequestWithdrawn);
    });
}

#[test]
fn c10_17_what_is_taken_back_after_its_answer_stays_answered_on_both_sides() {
    run(async |world| {
        let (mut alice, mut bobs) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        let request_id = asks_with(world, None, None).await;
        let request = given(world, "bob", &mut bobs).await;
        decides(world, &request, Answer::no(Some("not now".into()))).await;
        world.acm_client("alice").withdraw(request_id.clone()).await.unwrap();
        world.quiet().await;
        both_say(world, &request_id, State::Fail).await;
        let response = answered(world, "alice", &mut alice).await;
        assert!(
            matches!(response.outcome(), Outcome::Failure(why) if why.text.as_deref() == Some("not now"))
        );
    });
}

#[test]
fn c10_17_4_members_are_asked_for_and_answered_over_both_systems() {
    let setup = with_roles(TwoSystems::new().topology(Topology::Hidden).administration());
    // The group is of a server that a test need not have.
    let setup = setup.with(Home::Partner, |config| {
        config.remove("acm.group-server");
    });
    setup.run(async |world| {
        let (mut alice, mut bobs) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        let group = GroupId::new("sip:harbour@partner.example").unwrap();
        let users = vec![flows::user(crate::ALICE)];
        let wish = Wish::UpdateMembers {
            group: group.clone(),
            users: users.clone(),
            operation: GroupOperation::Add,
        };
        let request_id = asks(world, wish).await.unwrap();
        let request = given(world, "bob", &mut bobs).await;
        let Request::GroupMembershipUpdate(update) = &request else { panic!("{request:?}") };
        assert_eq!((&update.group, &update.users, update.operation), (&group, &users, GroupOperation::Add));
        decides(world, &request, Answer::yes()).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        both_say(world, &request_id, State::Success).await;
    });
}
