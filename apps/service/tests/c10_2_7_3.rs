//! TS 23.280 clauses 10.2.7.3 steps 1 and 6, and 10.2.7.2 step 4: the MC service server in the partner MC system.

mod servers;

use std::time::Duration;

use kit::Cause;
use servers::{BOB, FLOOD, World, issuer};

#[test]
fn step_1_a_log_on_whose_profile_names_a_group_requests_it() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    assert_eq!(world.documents.asked_for(FLOOD), 0, "nobody is there to be served");
    world.log_on();
    assert_eq!(world.members(FLOOD), [BOB]);
    assert_eq!(world.steps(), [("10.2.7.3", 1)], "a stored copy is answered, and nothing has to be notified");
    assert!(world.group(FLOOD).is_some_and(|group| group.is_subscribed));
}

#[test]
fn step_1_a_refresh_of_the_log_on_requests_nothing_anew() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    world.log_on();
    assert_eq!(world.documents.asked_for(FLOOD), 1);
}

#[test]
fn step_6_a_group_that_is_not_there_yet_comes_by_notification() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::Overloaded);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.members(FLOOD), Vec::<String>::new());
    world.put_group(FLOOD, BOB);
    assert_eq!(world.members(FLOOD), [BOB]);
    assert_eq!(world.steps(), [("10.2.7.3", 1), ("10.2.7.3", 6)]);
}

#[test]
fn step_1_is_repeated_when_the_server_says() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::Overloaded);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.documents.asked_for(FLOOD), 1);
    world.lab.advance(Duration::from_secs(2));
    assert_eq!(world.documents.asked_for(FLOOD), 2, "Retry-After was 2 s");
}

#[test]
fn step_1_a_refusal_of_the_primary_system_is_seen_with_its_cause_and_not_repeated() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::NotShared);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.group(FLOOD).and_then(|group| group.refused), Some(Cause::NotShared));
    world.lab.advance(Duration::from_secs(600 - 1));
    assert_eq!(world.documents.asked_for(FLOOD), 1);
}

#[test]
fn c10_2_7_2_step_4_a_group_that_is_provided_later_is_notified() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::NotShared);
    world.put_profile(&[FLOOD]);
    world.log_on();
    world.put_group(FLOOD, BOB);
    assert_eq!(world.members(FLOOD), [BOB]);
    assert_eq!(world.group(FLOOD).and_then(|group| group.refused), None);
    world.put_group(FLOOD, "sip:carol@b.example");
    assert_eq!(world.members(FLOOD), ["sip:carol@b.example"], "a change follows");
    assert_eq!(world.steps(), [("10.2.7.3", 1), ("10.2.7.2", 4), ("10.2.7.2", 4)]);
}

#[test]
fn a_group_that_is_withdrawn_is_no_longer_there() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    world.delete_group(FLOOD);
    assert!(world.group(FLOOD).is_some_and(|group| group.configuration.is_none()));
}

#[test]
fn precondition_the_profile_names_the_group() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[]);
    world.log_on();
    assert!(world.server.groups().is_empty());
    world.put_profile(&[FLOOD]);
    assert_eq!(world.members(FLOOD), [BOB], "a change of the profile is followed");
    world.put_profile(&[]);
    assert!(world.server.groups().is_empty(), "and let go again");
}

#[test]
fn precondition_the_user_is_service_authorized() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    let bob = |world: &World| {
        world.server.users().into_iter().next().map(|user| (user.is_logged_on, user.is_authorized))
    };
    assert_eq!(bob(&world), Some((true, false)), "a registration alone authorizes nobody");
    assert!(world.server.groups().is_empty());
    assert_eq!(world.registers(600, Some(&world.token(BOB))), 200);
    assert_eq!(bob(&world), Some((true, true)));
    assert_eq!(world.members(FLOOD), [BOB]);
    world.log_on();
    assert_eq!(bob(&world), Some((true, true)), "a refresh without the token keeps what holds");
}

#[test]
fn ts24379_7_3_2_a_token_that_does_not_count_or_is_another_users_is_refused() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    assert_eq!(world.registers(600, Some("a.b.c")), 403);
    assert_eq!(world.registers(600, Some(&world.token("sip:carol@b.example"))), 403);
    assert!(world.server.logged_on().is_empty());
}

#[test]
fn a_log_off_lets_the_groups_of_the_user_go() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.registers(0, None), 200);
    assert!(world.server.groups().is_empty());
    let asked = world.documents.asked_for(FLOOD);
    world.put_group(FLOOD, "sip:carol@b.example");
    assert_eq!(world.documents.asked_for(FLOOD), asked, "nobody listens any more");
}
