//! TS 23.280 10.17.7.2 step 4: an alias is active on a client. Of several of one user, too, exactly one is sent what is for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;
mod terminals;

use acm::{case::Stage, config::AliasChoice};
use systems::*;
use terminals::*;
use xml_schemas::acm::{
    GroupInformationProvisionRequest as Provision, PendingDataNotification, PendingDataResponse,
};

#[test]
fn c10_17_7_2_step_4_active_on_one_client_of_a_user_it_is_sent_to_that_alone() {
    for client in [DESK, FIELD] {
        let (world, terminals) = Terminals::world(AliasChoice::First, &[client]);
        asks(&world, "r-1");
        assert_eq!(terminals.have::<Provision>(), [instance(client)]);
        world.says(A, ASKER, &provision("r-2"));
        world.lab.run();
        assert_eq!(terminals.have::<Provision>()[1], None, "what is for him is for any of them");
    }
}

#[test]
fn c10_17_7_2_step_4_active_on_several_clients_of_one_user_exactly_one_has_it_by_the_local_choice() {
    for (choice, expected) in [
        (AliasChoice::First, [FIELD, FIELD, FIELD]),
        (AliasChoice::Latest, [DESK, DESK, DESK]),
        (AliasChoice::RoundRobin, [FIELD, DESK, FIELD]),
    ] {
        let (world, terminals) = Terminals::world(choice, &[FIELD, DESK]);
        ["r-1", "r-2", "r-3"].iter().for_each(|request| asks(&world, request));
        assert_eq!(terminals.have::<Provision>(), expected.map(instance), "{choice:?}");
    }
}

#[test]
fn c10_17_7_2_step_4_another_client_is_chosen_where_that_logs_off_unanswered_or_loses_the_alias() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    asks(&world, "r-1");
    asks(&world, "r-2");
    let asked = provision_to_role("r-2", DUTY);
    assert_eq!(world.says(B, DECIDER, &yes(&asked)), (200, None));
    terminals.loses(DESK);
    world.registers_by(B, DECIDER, DESK, true);
    world.lab.run();
    let sent = [DESK, DESK, FIELD].map(instance);
    assert_eq!(terminals.have::<Provision>(), sent, "what is answered is given to nobody any more");
    assert_eq!(world.received("r-1").unwrap().client.as_deref(), Some("urn-uuid-2"));
    terminals.active_on(&world, DUTY, &[DESK]);
    assert_eq!(terminals.have::<Provision>(), sent, "it waits for that one");
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
}

#[test]
fn c10_17_7_2_step_4_a_client_that_has_gone_without_a_word_counts_as_logged_off() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    terminals.loses(DESK);
    ["r-1", "r-2"].iter().for_each(|request| asks(&world, request));
    assert_eq!(terminals.have::<Provision>(), [FIELD, FIELD].map(instance));
    terminals.does(DESK, Does::Takes(0));
    asks(&world, "r-3");
    assert_eq!(terminals.have::<Provision>()[2], instance(FIELD), "it has not said that it is back");
    world.registers_by(B, DECIDER, DESK, false);
    asks(&world, "r-4");
    assert_eq!(terminals.have::<Provision>()[3], instance(DESK));
}

#[test]
fn c10_17_7_2_step_4_where_it_is_active_on_none_that_is_there_it_waits_and_that_one_is_notified() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[FIELD]);
    terminals.loses(FIELD);
    asks(&world, "r-1");
    world.registers_by(B, DECIDER, DESK, false);
    world.seconds(120);
    assert!(terminals.have::<Provision>().is_empty(), "the other client is not the one");
    assert!(terminals.have::<PendingDataNotification>().is_empty());
    terminals.does(FIELD, Does::Takes(0));
    world.registers_by(B, DECIDER, FIELD, false);
    world.lab.run();
    assert_eq!(terminals.have::<PendingDataNotification>(), [instance(FIELD)]);
    queries(&world, 1, FIELD);
    assert_eq!(world.told::<PendingDataResponse>(B)[0].items.len(), 1);
    assert_eq!(terminals.have::<PendingDataResponse>(), [None], "whoever awaits it takes it");
}

/// The alias controlling server has the name that the client itself has written (RFC 3863 4.1.2).
#[test]
fn c10_17_7_2_step_4_a_client_is_the_same_however_its_name_is_written() {
    for name in ["urn:uuid:1", "urn-uuid-1", "1", "URN:UUID:1"] {
        let (world, terminals) = Terminals::world(AliasChoice::First, &[]);
        world.is_active_on(B, DUTY, &[(DECIDER, Some(name))]);
        asks(&world, "r-1");
        assert_eq!(terminals.have::<Provision>(), [instance(DESK)], "{name}");
    }
}

/// It registered while this server was away: of it nothing is known, and nothing is kept from it.
#[test]
fn c10_17_7_2_step_4_a_client_that_was_never_heard_of_may_be_any_of_his_contacts() {
    let (world, terminals) = Terminals::alone(AliasChoice::First);
    terminals.does(FIELD, Does::Takes(0));
    world.registers_by(B, DECIDER, FIELD, false);
    terminals.active_on(&world, DUTY, &[DESK]);
    asks(&world, "r-1");
    assert_eq!(terminals.have::<Provision>(), [None]);
    terminals.does(DESK, Does::Takes(0));
    world.registers_by(B, DECIDER, DESK, false);
    asks(&world, "r-2");
    assert_eq!(terminals.have::<Provision>()[1], instance(DESK), "now it is known which it is");
    world.registers_by(B, DECIDER, DESK, true);
    asks(&world, "r-3");
    assert_eq!(terminals.have::<Provision>().len(), 2, "and that it has left");
}

/// TS 24.379 7.2.1 asks for the client ID as it is first authorized alone.
#[test]
fn c10_17_7_2_step_4_a_client_that_names_itself_once_is_known_by_its_instance() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    let nameless = |lasts| Own { client: None, instance: Some(DESK.1), lasts };
    world.registers_as(B, DECIDER, Own { client: Some(DESK.0), lasts: 600, ..nameless(0) });
    world.seconds(500);
    world.registers_as(B, DECIDER, nameless(600));
    world.seconds(500);
    asks(&world, "r-1");
    assert_eq!(terminals.have::<Provision>(), [instance(DESK)]);
    world.registers_as(B, DECIDER, nameless(0));
    world.lab.run();
    assert_eq!(
        terminals.have::<Provision>()[1..],
        [instance(FIELD)],
        "it has left, and has not said so by name"
    );
}

#[test]
fn c10_17_7_2_step_4_of_a_client_at_two_terminals_either_may_have_it_and_the_one_that_stays() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    let second: Client = (DESK.0, "<urn:uuid:00000000-0000-4000-8000-00000000000c>");
    terminals.does(second, Does::Takes(0));
    world.registers_by(B, DECIDER, second, false);
    asks(&world, "r-1");
    assert_eq!(terminals.have::<Provision>(), [None]);
    world.registers_by(B, DECIDER, second, true);
    asks(&world, "r-2");
    assert_eq!(
        terminals.have::<Provision>()[1..],
        [instance(DESK)],
        "the client is where its other terminal is"
    );
    assert_eq!(with(&world, "r-1").as_deref(), Some("urn-uuid-1"));
}

/// A command of the same client, beside the terminal that is served.
#[test]
fn c10_17_7_2_step_4_a_terminal_that_says_nothing_of_itself_takes_nobody_with_it() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    asks(&world, "r-1");
    let command = |client, lasts| Own { client, instance: None, lasts };
    world.registers_as(B, DECIDER, command(Some(DESK.0), 3_600));
    for leaves in [Some(DESK.0), None] {
        world.registers_as(B, DECIDER, command(leaves, 0));
        asks(&world, "r-2");
        assert_eq!(with(&world, "r-1").as_deref(), Some("urn-uuid-1"));
    }
    assert_eq!(terminals.have::<Provision>(), [DESK, DESK].map(instance));
    world.registers_by(B, DECIDER, DESK, true);
    world.lab.run();
    assert_eq!(terminals.have::<Provision>()[2..], [FIELD, FIELD].map(instance), "nothing of it is left");
}

/// What others have of what waits is nothing to a client that comes, however much it is.
#[test]
fn c10_17_7_2_step_4_a_client_that_comes_is_notified_of_what_is_for_it_and_of_nothing_else() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK]);
    terminals.active_on(&world, "chief", &[FIELD]);
    world.registers_by(B, DECIDER, FIELD, true);
    (0..20).for_each(|number| asks(&world, &format!("r-{number}")));
    world.registers_by(B, DECIDER, FIELD, false);
    world.lab.run();
    assert!(terminals.have::<PendingDataNotification>().is_empty(), "nothing is for it");
    asks_of(&world, "r-20", "chief");
    world.registers_by(B, DECIDER, FIELD, true);
    world.registers_by(B, DECIDER, FIELD, false);
    world.lab.run();
    assert_eq!(terminals.have::<PendingDataNotification>(), [instance(FIELD)], "it stands behind all others");
}

#[test]
fn c10_17_3_1_the_answer_to_a_query_is_for_the_client_that_asks_and_tells_no_other_what_is_for_that() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[FIELD]);
    terminals.does(FIELD, Does::Nothing);
    asks(&world, "r-1");
    world.seconds(300);
    queries(&world, 1, DESK);
    assert_eq!(terminals.have::<PendingDataResponse>(), [None], "whoever awaits it takes it, wherever he is");
    assert_eq!(world.told::<PendingDataResponse>(B)[0].items.len(), 1, "he may answer by any of them");
    terminals.does(FIELD, Does::Takes(0));
    world.registers_by(B, DECIDER, FIELD, false);
    world.lab.run();
    assert_eq!(terminals.have::<PendingDataNotification>(), [instance(FIELD)], "it has not been told yet");
    queries(&world, 2, FIELD);
    world.registers_by(B, DECIDER, FIELD, false);
    world.lab.run();
    assert_eq!(terminals.have::<PendingDataNotification>().len(), 1, "now it has");
}

/// A command beside the terminal that is served.
#[test]
fn c10_17_3_1_the_answer_to_a_terminal_that_says_nothing_of_itself_is_not_sent_to_another_of_its_client() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK]);
    terminals.does(DESK, Does::Refuses);
    world.registers_as(B, DECIDER, Own { client: Some(DESK.0), instance: None, lasts: 600 });
    asks(&world, "r-1");
    assert_eq!(terminals.have::<Provision>(), [None], "it may listen itself");
    queries(&world, 1, DESK);
    assert_eq!(terminals.have::<PendingDataResponse>(), [None]);
    assert_eq!(world.told::<PendingDataResponse>(B)[0].items.len(), 1);
}

/// It would stand in the record of its user, and in that of each request.
#[test]
fn c10_17_7_2_step_4_a_client_whose_name_is_too_long_has_none() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[]);
    let long = "1".repeat(129);
    world.registers_as(B, DECIDER, Own { client: Some(&long), instance: Some("<urn:c>"), lasts: 600 });
    world.is_active_on(B, DUTY, &[(DECIDER, Some(&long))]);
    asks(&world, "r-1");
    assert_eq!((terminals.have::<Provision>(), with(&world, "r-1")), (vec![None], None));
}
