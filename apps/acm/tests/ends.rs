//! How requests end without an answer: their time runs out, or they are taken back. Provisional: TS 23.280 10.17 knows neither.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use acm::case::Stage;
use futures::FutureExt as _;
use kit::Cause;
use systems::*;
use xml_schemas::{
    Timestamp,
    acm::{
        Addressee, GroupInformationProvisionRequest as Provision,
        GroupInformationProvisionResponse as Provided, Outcome, PendingDataResponse, PendingItem, Refusal,
        State, StatusResponse, WithdrawalResponse,
    },
};

/// One that expires so many seconds from now.
fn until(world: &World, request: &str, seconds: u64) -> Provision {
    let at = world.now() + Duration::from_secs(seconds);
    let at = at.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let mut asked = provision(request);
    asked.heading.expires = Timestamp::from_unix_ms(i64::try_from(at).unwrap());
    asked
}

fn stages(world: &World) -> (Option<Stage>, Option<Stage>) {
    (stage(world.asked("r-1")), stage(world.received("r-1")))
}

/// Why the initiator's client finds that it has failed.
fn finds(world: &World) -> Vec<Option<Cause>> {
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &pending(ASKER, A));
    world.lab.run();
    let responses: Vec<PendingDataResponse> = world.told(A);
    let cause = |item: &PendingItem| match item {
        PendingItem::Response(response) => match response.outcome() {
            Outcome::Failure(why) => why.code.and_then(Cause::from_code),
            _ => None,
        },
        PendingItem::Request(_) => None,
    };
    responses.last().unwrap().items.iter().map(cause).collect()
}

fn shows(world: &World) -> State {
    world.says(A, ASKER, &status(ASKER, A));
    world.lab.run();
    world.told::<StatusResponse>(A).last().unwrap().items[0].state
}

#[test]
fn a_request_expires_where_it_waits_and_both_sides_say_so() {
    let world = World::new();
    world.says(A, ASKER, &until(&world, "r-1", 3_600));
    world.seconds(3_590);
    assert_eq!(stages(&world), (Some(Stage::Stored), Some(Stage::Waiting)));
    world.seconds(20);
    assert_eq!(stages(&world), (Some(Stage::Expired), Some(Stage::Expired)));
    assert_eq!(finds(&world), [Some(Cause::RequestExpired)]);
    let late = world.says(B, DECIDER, &yes(&provision("r-1")));
    assert_eq!(late, (403, Some(Cause::RequestExpired)));
    world.says(B, DECIDER, &pending(DECIDER, B));
    world.lab.run();
    assert!(world.told::<PendingDataResponse>(B)[0].items.is_empty(), "nothing waits for him any more");
}

#[test]
fn an_answer_in_time_stays_one_however_late_it_arrives() {
    let world = World::new();
    let asked = until(&world, "r-1", 3_600);
    world.says(A, ASKER, &asked);
    world.lab.run();
    world.way(A, Way::Down);
    world.says(B, DECIDER, &yes(&asked));
    world.seconds(2 * 3_600);
    world.logs_on(A, ASKER);
    assert_eq!(shows(&world), State::Unconfirmed, "its time is over, and nobody has said what came of it");
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Answered), Some(Stage::Answered)));
}

#[test]
fn a_request_that_could_not_be_sent_in_time_expires_when_it_arrives() {
    let world = World::new();
    world.way(B, Way::Down);
    world.says(A, ASKER, &until(&world, "r-1", 3_600));
    world.seconds(2 * 3_600);
    assert_eq!(stages(&world), (Some(Stage::Asked), None));
    world.way(B, Way::Open);
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Expired), Some(Stage::Expired)));
}

#[test]
fn requests_expire_over_a_restart_and_one_whose_time_is_over_is_refused() {
    let world = World::new();
    world.says(A, ASKER, &until(&world, "r-1", 3_600));
    world.lab.run();
    let world = world.restart(Duration::from_secs(2 * 3_600));
    world.seconds(10);
    assert_eq!(stages(&world), (Some(Stage::Expired), Some(Stage::Expired)));
    let over = until(&world, "r-2", 0);
    assert_eq!(world.says(A, ASKER, &over), (403, Some(Cause::RequestExpired)));
}

#[test]
fn a_request_is_withdrawn_when_the_partner_says_so_and_not_before() {
    let world = World::new();
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.way(B, Way::Down);
    assert_eq!(world.says(A, ASKER, &withdrawal("r-1")), (200, None));
    world.seconds(10);
    assert_eq!(stages(&world), (Some(Stage::Stored), Some(Stage::Waiting)));
    assert_eq!(shows(&world), State::Unconfirmed);
    world.way(B, Way::Open);
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Withdrawn), Some(Stage::Withdrawn)));
    let last = world.told::<WithdrawalResponse>(A).pop().unwrap();
    assert_eq!(last.state, State::Withdrawn);
    assert_eq!(world.says(B, DECIDER, &yes(&provision("r-1"))), (403, Some(Cause::RequestWithdrawn)));
}

#[test]
fn what_has_been_answered_is_not_withdrawn() {
    let world = World::new();
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    world.lab.run();
    world.way(A, Way::Down);
    world.says(B, DECIDER, &yes(&asked));
    world.says(A, ASKER, &withdrawal("r-1"));
    world.way(A, Way::Open);
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Answered), Some(Stage::Answered)));
    world.logs_on(A, ASKER);
    assert_eq!(world.says(A, ASKER, &withdrawal("r-1")), (200, None));
    world.lab.run();
    assert_eq!(world.told::<WithdrawalResponse>(A).pop().unwrap().state, State::Success);
}

#[test]
fn a_withdrawal_does_not_overtake_its_request_and_is_the_initiators_alone() {
    let world = World::new();
    world.way(B, Way::Down);
    world.says(A, ASKER, &provision("r-1"));
    assert_eq!(world.says(A, ASKER, &withdrawal("r-1")), (200, None));
    let mut others = withdrawal("r-1");
    others.initiator.id = user("admin2", A);
    assert_eq!(world.says(A, "admin2", &others), (404, Some(Cause::NoSuchRequest)));
    world.way(B, Way::Open);
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Withdrawn), Some(Stage::Withdrawn)));
    assert_eq!(finds(&world), [Some(Cause::RequestWithdrawn)]);
}

#[test]
fn an_end_that_is_presumed_is_withdrawn_where_the_partner_has_the_request_after_all() {
    let world = World::new();
    let asked = provision("r-1");
    // It gets through, and who asks does not hear so; then a gateway refuses it.
    world.nth(1, Way::Lossy);
    world.says(A, ASKER, &asked);
    world.lab.run();
    world.way(B, Way::Refused(Cause::NotPermitted));
    world.way(A, Way::Down);
    world.seconds(60);
    assert_eq!(stages(&world), (Some(Stage::Refused), Some(Stage::Waiting)));
    world.logs_on(A, ASKER);
    assert_eq!(shows(&world), State::Fail);
    world.way(B, Way::Down);
    assert_eq!(world.says(A, ASKER, &withdrawal("r-1")), (200, None));
    assert_eq!(shows(&world), State::Unconfirmed);
    world.way(B, Way::Open);
    world.way(A, Way::Open);
    world.seconds(300);
    assert_eq!(stages(&world), (Some(Stage::Withdrawn), Some(Stage::Withdrawn)));
    assert_eq!(shows(&world), State::Withdrawn);
    let told = world.told::<Provided>(A).pop().unwrap();
    let Outcome::Failure(why) = told.result else { panic!("it is withdrawn") };
    assert_eq!(why.code.and_then(Cause::from_code), Some(Cause::RequestWithdrawn), "he is told again");
}

#[test]
fn a_presumed_end_stays_where_the_partner_never_had_the_request() {
    let world = World::new();
    world.way(B, Way::Refused(Cause::NotPermitted));
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    assert_eq!(stages(&world), (Some(Stage::Refused), None));
    world.way(B, Way::Open);
    world.says(A, ASKER, &withdrawal("r-1"));
    world.lab.run();
    assert_eq!(stages(&world), (Some(Stage::Refused), None));
    world.logs_on(A, ASKER);
    assert_eq!(shows(&world), State::Fail);
}

#[test]
fn a_request_that_the_partner_has_lost_is_withdrawn() {
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let key = "acm/case/i/a.example/r-1";
    let gone = world.stores[B].commit(store::Batch::new().delete(key)).now_or_never();
    gone.expect("never busy").expect("is kept");
    world.says(A, ASKER, &withdrawal("r-1"));
    world.lab.run();
    assert_eq!(stages(&world), (Some(Stage::Withdrawn), None));
}

#[test]
fn a_request_that_names_no_time_waits_no_longer_than_the_targets_server_lets_it() {
    let world = World::of(|_, config| config.longest_wait = Duration::from_secs(2 * 86_400));
    world.says(A, ASKER, &provision("r-1"));
    world.says(A, ASKER, &until(&world, "r-2", 9 * 86_400));
    world.seconds(2 * 86_400 - 60);
    assert_eq!(stages(&world), (Some(Stage::Stored), Some(Stage::Waiting)));
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Expired), Some(Stage::Expired)));
    assert_eq!(stage(world.asked("r-2")), Some(Stage::Expired), "nor does one that names a later one");
}

#[test]
fn what_the_rules_refuse_since_ends_where_somebody_would_say_yes() {
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.reload(B, |config| {
        config.partners[0].handle = vec![acm::config::HandleRule {
            name: "no more".into(),
            flows: Vec::new(),
            initiator: "*".into(),
            by: acm::config::Handling::Refuse,
            person: None,
        }];
    });
    let answer = world.says(B, DECIDER, &yes(&provision("r-1")));
    assert_eq!(answer, (403, Some(Cause::PolicyRefuses)));
    world.lab.run();
    assert_eq!(stages(&world), (Some(Stage::Refused), Some(Stage::Refused)));
    let decision = world.received("r-1").unwrap().decision.unwrap();
    assert_eq!((decision.is_yes, decision.by, &*decision.rule), (false, None, "no more"));
}

#[test]
fn a_partner_who_says_again_what_came_of_a_withdrawal_is_heard_once() {
    let world = World::new();
    world.logs_on(A, ASKER);
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    world.says(A, ASKER, &withdrawal("r-1"));
    world.lab.run();
    let said: WithdrawalResponse = world.sent("mcgw.b.example").pop().unwrap();
    let told = world.told::<WithdrawalResponse>(A).len();
    for _ in 0..10 {
        assert_eq!(world.between(B, A, &said), (200, None));
    }
    assert_eq!(world.told::<WithdrawalResponse>(A).len(), told);
    assert_eq!(stages(&world), (Some(Stage::Withdrawn), Some(Stage::Withdrawn)));
}

#[test]
fn what_was_asked_of_a_system_that_is_no_partner_any_more_ends_and_its_word_counts_when_it_is_one_again() {
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    assert_eq!(stages(&world), (Some(Stage::Stored), Some(Stage::Waiting)));
    world.reload(A, |config| config.partners.clear());
    world.seconds(300);
    assert_eq!(stages(&world), (Some(Stage::Stored), Some(Stage::Waiting)), "it may be a mistake");
    world.seconds(301);
    assert_eq!(stages(&world), (Some(Stage::Refused), Some(Stage::Waiting)));
    assert_eq!(finds(&world), [Some(Cause::UnknownPartner)]);
    assert_eq!((shows(&world), world.records(A, "acm/open/")), (State::Fail, 0));
    world.says(B, DECIDER, &yes(&provision("r-1")));
    world.seconds(600);
    assert_eq!(stages(&world), (Some(Stage::Refused), Some(Stage::Answered)));
    world.reload(A, |_| ());
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Answered), Some(Stage::Answered)));
    assert_eq!(shows(&world), State::Success);
}

#[test]
fn a_server_that_starts_without_a_partner_ends_what_was_asked_of_it() {
    let world = World::new();
    world.says(A, ASKER, &provision("r-1"));
    world.lab.run();
    let other = world.second_of(A, |config| config.partners.clear());
    world.seconds(601);
    let case = world.asked("r-1").unwrap();
    assert_eq!(
        (case.stage, case.cause, case.is_presumed),
        (Stage::Refused, Some(Cause::UnknownPartner), true)
    );
    drop(other);
}

#[test]
fn a_request_waits_for_a_partner_that_is_missing_for_a_moment() {
    let world = World::new();
    world.way(B, Way::Down);
    world.says(A, ASKER, &provision("r-1"));
    world.reload(A, |config| config.partners.clear());
    world.way(B, Way::Open);
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Asked), None));
    world.reload(A, |_| ());
    world.seconds(120);
    assert_eq!(stages(&world), (Some(Stage::Stored), Some(Stage::Waiting)));
}

#[test]
fn a_partner_takes_nothing_back_that_its_initiator_did_not() {
    let world = World::new();
    let asked = provision("r-1");
    world.says(A, ASKER, &asked);
    world.lab.run();
    for state in [State::Withdrawn, State::Expired, State::Success] {
        let said = WithdrawalResponse {
            request_id: request_id("r-1"),
            target: Addressee::User(user(ASKER, A)),
            state,
            why: Refusal::default(),
        };
        assert_eq!(world.between(B, A, &said).1, Some(Cause::UnmatchedReport));
        assert_eq!(stages(&world), (Some(Stage::Stored), Some(Stage::Waiting)));
    }
    world.says(B, DECIDER, &yes(&asked));
    world.lab.run();
    assert_eq!(stages(&world), (Some(Stage::Answered), Some(Stage::Answered)));
}
