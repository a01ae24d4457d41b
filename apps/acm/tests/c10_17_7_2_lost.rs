//! TS 23.280 10.17.7.2 step 4: a client on which an alias is active, and which is not there, or does not answer, or leaves meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;
mod terminals;

use acm::config::AliasChoice;
use kit::testing::End;
use systems::*;
use terminals::*;
use xml_schemas::acm::{
    GroupInformationProvisionRequest as Provision, PendingDataNotification, PendingDataResponse,
};

const CHIEF: &str = "chief";

/// All attempts and the pauses between them.
const TRIED: u64 = 4 * PATIENCE + 2 + 8 + 32;

#[test]
fn c10_17_7_2_step_4_a_client_that_does_not_answer_keeps_nothing_from_its_user_nor_from_his_other_clients() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK]);
    terminals.active_on(&world, CHIEF, &[FIELD]);
    terminals.does(DESK, Does::Nothing);
    asks(&world, "r-1");
    asks_of(&world, "r-2", CHIEF);
    world.says(A, ASKER, &provision("r-3"));
    world.lab.run();
    assert_eq!(
        terminals.have::<Provision>(),
        [instance(FIELD), None],
        "at once, while the first is still tried"
    );
    terminals.does(FIELD, Does::Nothing);
    asks_of(&world, "r-4", CHIEF);
    world.seconds(TRIED);
    terminals.does(FIELD, Does::Takes(0));
    world.registers_by(B, DECIDER, FIELD, false);
    world.lab.run();
    assert_eq!(
        terminals.have::<PendingDataNotification>(),
        [instance(FIELD)],
        "whoever refreshes is notified"
    );
    terminals.does(DESK, Does::Takes(0));
    world.registers_by(B, DECIDER, DESK, false);
    world.lab.run();
    assert_eq!(terminals.have::<PendingDataNotification>(), [FIELD, DESK].map(instance));
}

#[test]
fn c10_17_7_2_step_4_where_a_client_does_not_answer_however_often_another_is_chosen() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    terminals.does(DESK, Does::Nothing);
    asks(&world, "r-1");
    world.seconds(TRIED - 2);
    assert!(terminals.have::<Provision>().is_empty());
    world.seconds(3);
    assert_eq!(terminals.have::<Provision>(), [instance(FIELD)]);
    asks(&world, "r-2");
    assert_eq!(terminals.have::<Provision>(), [FIELD, FIELD].map(instance), "it is not tried first");
    terminals.active_on(&world, CHIEF, &[DESK]);
    terminals.does(DESK, Does::Takes(0));
    asks_of(&world, "r-3", CHIEF);
    assert_eq!(terminals.have::<Provision>()[2..], [instance(DESK)], "what no other can have it is sent");
    world.registers_by(B, DECIDER, DESK, false);
    asks(&world, "r-4");
    assert_eq!(terminals.have::<Provision>()[3..], [instance(DESK)], "it has been heard of again");
}

/// It would go to and fro for as long as both are registered.
#[test]
fn c10_17_7_2_step_4_where_no_client_answers_it_stays_with_one_of_them() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    for client in [DESK, FIELD] {
        terminals.does(client, Does::Nothing);
    }
    asks(&world, "r-1");
    world.seconds(2 * TRIED + 1);
    assert_eq!(with(&world, "r-1").as_deref(), Some("urn-uuid-2"));
    let tried = world.told::<Provision>(B).len();
    world.seconds(3_600);
    assert_eq!(with(&world, "r-1").as_deref(), Some("urn-uuid-2"));
    assert_eq!((tried, world.told::<Provision>(B).len()), (8, 8));
}

/// Its 200 is still under way.
#[test]
fn c10_17_7_2_step_4_what_is_given_to_another_client_while_the_first_is_sent_it_is_sent_to_the_other_too() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    terminals.does(DESK, Does::Takes(20));
    asks(&world, "r-1");
    terminals.does(FIELD, Does::Nothing);
    world.registers_by(B, DECIDER, DESK, true);
    world.seconds(25);
    terminals.does(FIELD, Does::Takes(0));
    world.seconds(PATIENCE);
    assert_eq!(terminals.have::<Provision>(), [DESK, FIELD].map(instance));
}

/// The SIP core tells of the last registration of a user's that ends, and of no other.
#[test]
fn c10_17_7_2_step_4_where_the_registration_of_one_of_several_clients_runs_out_another_is_chosen() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    world.registers_as(B, DECIDER, Own { client: Some(DESK.0), instance: Some(DESK.1), lasts: 600 });
    asks(&world, "r-1");
    terminals.loses(DESK);
    world.seconds(590);
    assert_eq!(terminals.have::<Provision>(), [instance(DESK)]);
    // Something is always told of some alias.
    for number in 0..9 {
        let holders: &[&str] = if number % 2 == 0 { &["admin8"] } else { &[] };
        world.seconds(10);
        world.holds(B, CHIEF, holders);
    }
    assert_eq!(terminals.have::<Provision>(), [DESK, FIELD].map(instance));
}

/// What says that it is gone was said before it came.
#[test]
fn c10_17_7_2_step_4_a_client_that_has_registered_since_it_was_missed_is_there() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK]);
    terminals.does(DESK, Does::Gone(5));
    asks(&world, "r-1");
    world.seconds(1);
    terminals.does(DESK, Does::Takes(0));
    world.registers_by(B, DECIDER, DESK, false);
    world.seconds(10);
    assert_eq!(terminals.have::<Provision>(), [instance(DESK)]);
    asks(&world, "r-2");
    assert_eq!(terminals.have::<Provision>(), [DESK, DESK].map(instance));
}

/// The last attempt, to where it was before, ends when it has been told by another way.
#[test]
fn c10_17_7_2_step_4_a_client_that_is_back_while_it_is_tried_for_the_last_time_keeps_what_it_has() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    terminals.does(DESK, Does::Nothing);
    asks(&world, "r-1");
    world.seconds(TRIED - 10);
    terminals.does(DESK, Does::Takes(0));
    world.registers_by(B, DECIDER, DESK, false);
    world.lab.run();
    assert_eq!(terminals.have::<PendingDataNotification>(), [instance(DESK)]);
    queries(&world, 1, DESK);
    world.seconds(11);
    assert_eq!(with(&world, "r-1").as_deref(), Some("urn-uuid-1"));
    assert!(terminals.have::<Provision>().is_empty(), "it was in the answer, and no other is sent it");
    asks(&world, "r-2");
    assert_eq!(terminals.have::<Provision>(), [instance(DESK)], "it is chosen first");
}

/// That nobody listens at a terminal says that the terminal is there.
#[test]
fn c10_17_7_2_step_4_a_client_that_says_itself_that_nobody_listens_is_there() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK]);
    terminals.does(DESK, Does::Refuses);
    asks(&world, "r-1");
    terminals.does(DESK, Does::Takes(0));
    asks(&world, "r-2");
    world.seconds(2);
    assert_eq!(terminals.have::<Provision>(), [DESK, DESK].map(instance));
}

#[test]
fn c10_17_7_2_step_4_a_client_that_asks_and_takes_the_answer_is_there_again() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK]);
    terminals.loses(DESK);
    asks(&world, "r-1");
    terminals.does(DESK, Does::Takes(0));
    queries(&world, 1, DESK);
    assert_eq!(terminals.have::<PendingDataResponse>(), [None], "it has no contact that is known");
    asks(&world, "r-2");
    assert_eq!(terminals.have::<Provision>(), [instance(DESK)]);
    terminals.active_on(&world, DUTY, &[DESK, FIELD]);
    terminals.does(DESK, Does::Nothing);
    asks(&world, "r-3");
    world.seconds(TRIED + 1);
    assert_eq!(terminals.have::<Provision>()[1..], [FIELD, FIELD, FIELD].map(instance), "all that it had");
    terminals.does(DESK, Does::Takes(0));
    queries(&world, 2, DESK);
    asks(&world, "r-4");
    assert_eq!(terminals.have::<Provision>()[4..], [instance(DESK)], "it answers again");
}

/// A server that is away, or a notice that is overtaken: RFC 3261 10.2.4 lets the client refresh, and this server does not hear.
#[test]
fn c10_17_7_2_step_4_a_client_whose_refresh_was_not_heard_is_sent_what_no_other_can_have() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK]);
    world.registers_as(B, DECIDER, Own { client: Some(DESK.0), instance: Some(DESK.1), lasts: 600 });
    world.seconds(700);
    asks(&world, "r-1");
    assert_eq!(terminals.have::<Provision>(), [instance(DESK)]);
    queries(&world, 1, DESK);
    assert_eq!(terminals.have::<PendingDataResponse>(), [None], "by whichever contact it has now");
    world.registers_as(B, DECIDER, Own { client: Some(DESK.0), instance: Some(DESK.1), lasts: 600 });
    world.seconds(700);
    terminals.loses(DESK);
    asks(&world, "r-2");
    terminals.does(DESK, Does::Takes(0));
    asks(&world, "r-3");
    assert_eq!(terminals.have::<Provision>().len(), 1, "once there is no contact of it, it is not there");
}

/// What the way, the load, or the store does says nothing of a client.
#[test]
fn c10_17_7_2_step_4_what_fails_on_the_way_to_a_client_does_not_make_it_silent() {
    let away = |error: wire::WireError| {
        move |world: &World, _: &Terminals| {
            world.lab.connect("acm1.core.b.example", &core(B), End::Fails(error.clone()));
        }
    };
    let fails = |_: &World, terminals: &Terminals| terminals.does(DESK, Does::Fails);
    type Breaks<'b> = &'b dyn Fn(&World, &Terminals);
    let ways: [(Breaks<'_>, &str); 4] = [
        (&fails, "urn-uuid-1"),
        (&away(wire::WireError::Unreachable("refused".into())), "urn-uuid-1"),
        (&away(wire::WireError::Overloaded), "urn-uuid-1"),
        (&away(wire::WireError::Timeout), "urn-uuid-2"),
    ];
    for (breaks, expected) in ways {
        let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
        breaks(&world, &terminals);
        asks(&world, "r-1");
        world.seconds(TRIED + 1);
        assert_eq!(with(&world, "r-1").as_deref(), Some(expected));
    }
}

/// A terminal of the same client that has come meanwhile.
#[test]
fn c10_17_7_2_step_4_what_one_terminal_of_a_client_has_no_contact_for_the_other_is_sent() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    terminals.does(DESK, Does::Gone(5));
    asks(&world, "r-1");
    world.registers_as(B, DECIDER, Own { client: Some(DESK.0), instance: None, lasts: 600 });
    world.seconds(6);
    assert_eq!(terminals.have::<Provision>(), [None], "by whichever contact");
    assert_eq!(with(&world, "r-1").as_deref(), Some("urn-uuid-1"));
}
