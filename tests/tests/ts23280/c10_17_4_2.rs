//! Group information provision between users of two systems, from client to client: SIP cores, ACM servers and gateways of both
//! systems. Each of the two users is there, or comes later.

use std::time::Duration;

use clients::acm::Answer;
use kit::Cause;
use mcx_tests::{Home, Setup, Topology, TwoSystems, ladder};
use xml_schemas::{
    acm::{Outcome, Progress, Response},
    ids::GroupId,
};

use crate::{
    ACM_A, ACM_B, BOB, GATEWAY_A, GATEWAY_B, GMS_A, GMS_B, MCS_B,
    administration::{Ear, answered, asks, decides, fire, given, logs_off, logs_on},
    groups::adapted,
};

const CLAUSE: &str = "10.17.4.2";

/// Who only passes it on.
const BORDER: [&str; 2] = [GATEWAY_A, GATEWAY_B];

/// Steps 5 and 11: the pauses that the notes speak of.
const LONG: Duration = Duration::from_secs(20 * 60);

/// Who is there while the other acts.
#[derive(Clone, Copy)]
struct There {
    /// Alice waits for the answer.
    initiator: bool,
    /// Bob is there when he is asked.
    target: bool,
}

fn setup(topology: Topology, there: There) -> Setup {
    let setup = TwoSystems::new().topology(topology).administration();
    if there.target { setup } else { setup.logged_off(Home::Partner, "bob") }
}

/// All of it, with a pause wherever somebody is away.
async fn provided(world: &TwoSystems, there: There) -> Response {
    let mut alice = Ear::of(world, "alice");
    let mut bob = Ear::of(world, "bob");
    asks(world, fire(world)).await.unwrap();
    assert_eq!(alice.progress(), [Progress::Stored], "step 4b");
    if !there.initiator {
        logs_off(world, "alice").await;
    }
    if !there.target {
        world.advance(LONG).await;
        logs_on(world, "bob").await;
    }
    let request = given(world, "bob", &mut bob).await;
    decides(world, &request, Answer::yes()).await;
    if !there.initiator {
        world.advance(LONG).await;
        logs_on(world, "alice").await;
    }
    let response = answered(world, "alice", &mut alice).await;
    world.quiet().await;
    response
}

/// Who takes which step within the systems, in their order: one who is away is waited for.
fn steps(there: There) -> Vec<(&'static str, u8)> {
    let mut steps = vec![("alice", 1), (ACM_A, 1), (ACM_A, 2), (ACM_A, 3), (ACM_B, 3), (ACM_B, 4)];
    if there.target {
        // He is sent it while the indication is on its way.
        steps.extend([(ACM_B, 8), (ACM_A, 4), ("bob", 8)]);
    } else {
        steps.push((ACM_A, 4));
    }
    if !there.initiator {
        steps.push((ACM_A, 5));
    }
    if !there.target {
        steps.extend([(ACM_B, 6), (ACM_B, 7), (ACM_B, 7), (ACM_B, 8), ("bob", 8)]);
    }
    steps.extend([("bob", 9), (ACM_B, 9), (ACM_B, 10), (ACM_A, 10), (ACM_A, 11)]);
    if !there.initiator {
        steps.extend([(ACM_A, 12), (ACM_A, 13), (ACM_A, 13)]);
    }
    steps.extend([(ACM_A, 14), ("alice", 14)]);
    steps
}

fn whole(topology: Topology, there: There, drawn: &str) {
    setup(topology, there).run(async |world| {
        world.recording().ladder().clear();
        let response = provided(world, there).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        assert_eq!(response.heading().handler.id.as_str(), BOB);
        let taken = world.steps(CLAUSE);
        let taken = taken.iter().map(|(who, step)| (who.as_str(), *step));
        let (border, within): (Vec<_>, Vec<_>) = taken.partition(|(who, _)| BORDER.contains(who));
        assert_eq!(within, steps(there));
        let through = [(GATEWAY_A, 3), (GATEWAY_B, 3), (GATEWAY_B, 10), (GATEWAY_A, 10)];
        assert_eq!(border, if topology == Topology::Direct { &[][..] } else { &through });
        ladder::is_golden(drawn, &world.ladder());
    });
}

/// As the text has it: he is asked while he is away, and she has left when he answers.
const AWAY: There = There { initiator: false, target: false };

#[test]
fn c10_17_4_2_steps_1_to_14_through_gateways_that_hide() {
    whole(Topology::Hidden, AWAY, "acm_groups_hidden");
}

#[test]
fn c10_17_4_2_steps_1_to_14_through_gateways_that_do_not_hide() {
    whole(Topology::Open, AWAY, "acm_groups_open");
}

#[test]
fn c10_17_4_2_steps_1_to_14_server_to_server() {
    whole(Topology::Direct, AWAY, "acm_groups_direct");
}

#[test]
fn c10_17_4_2_without_steps_6_and_7_where_the_target_is_there() {
    whole(Topology::Hidden, There { initiator: false, target: true }, "acm_groups_target_there");
}

#[test]
fn c10_17_4_2_without_steps_12_and_13_where_the_initiator_waits() {
    whole(Topology::Hidden, There { initiator: true, target: false }, "acm_groups_initiator_there");
}

#[test]
fn c10_17_4_2_at_once_where_both_are_there() {
    whole(Topology::Hidden, There { initiator: true, target: true }, "acm_groups_both_there");
}

#[test]
fn c10_17_4_2_after_step_14_the_group_goes_into_a_profile_and_10_2_7_3_runs() {
    TwoSystems::new().profiles().on_request().administration().logged_off(Home::Partner, "bob").run(
        async |world| {
            let body = world.fire();
            assert!(world.define(&body).await.unwrap().status().is_success());
            world.quiet().await;
            world.recording().ladder().clear();
            let response = provided(world, AWAY).await;
            assert_eq!(*response.outcome(), Outcome::Success);
            assert_eq!(world.stored(Home::Partner).await, None, "so far its name is known, and nothing else");
            // What bob was told is what his administrator puts into his profile.
            let told = world.acm_client("bob").status(None).await.unwrap();
            let group = told.items[0].groups[0].as_str().to_owned();
            world.name_this_group(Home::Partner, BOB, &group).await;
            world.advance(Duration::from_secs(5)).await;
            let steps = world.steps("10.2.7.3");
            let expected = [(MCS_B, 1), (GMS_B, 2), (GMS_A, 3), (GMS_B, 4), (GMS_B, 5), (GMS_B, 6)];
            for (who, step) in expected {
                assert!(steps.contains(&(who.to_owned(), step)), "{who} {step}: {steps:?}");
            }
            assert_eq!(world.stored(Home::Partner).await, Some(adapted(&body)));
            ladder::is_golden("acm_groups_then_requested", &world.ladder());
        },
    );
}

#[test]
fn c10_17_4_2_step_2_neither_foreign_groups_nor_own_ones_that_are_for_nobody_else_are_provided() {
    use clients::acm::Wish;
    use xml_schemas::acm::ProvidedGroup;
    setup(Topology::Hidden, AWAY).run(async |world| {
        for group in ["sip:secret@primary.example", "sip:fire@partner.example"] {
            let groups = vec![ProvidedGroup { id: GroupId::new(group).unwrap(), name: None }];
            let refused = asks(world, Wish::ProvideGroups(groups)).await;
            assert_eq!(refused, Err(Cause::NotInterconnectionGroup), "{group}");
        }
        assert!(world.steps(CLAUSE).iter().all(|(_, step)| *step <= 2), "it stops there");
    });
}

#[test]
fn c10_17_4_2_step_2_the_group_management_server_says_which_groups_are_interconnection_groups() {
    let asked =
        setup(Topology::Hidden, There { initiator: true, target: true }).with(Home::Primary, |config| {
            config.remove("acm.interconnection-groups");
        });
    asked.run(async |world| {
        assert_eq!(asks(world, fire(world)).await, Err(Cause::NotInterconnectionGroup), "there is none");
        let body = world.fire();
        let of_theirs = |line: &&str| !(line.contains("<entry") && line.contains("@partner.example"));
        let ours: String = body.lines().filter(of_theirs).flat_map(|line| [line, "\n"]).collect();
        assert!(world.define(&ours).await.unwrap().status().is_success());
        assert_eq!(
            asks(world, fire(world)).await,
            Err(Cause::NotInterconnectionGroup),
            "it is for nobody there"
        );
        assert!(world.define(&body).await.unwrap().status().is_success());
        world.quiet().await;
        let response = provided(world, There { initiator: true, target: true }).await;
        assert_eq!(*response.outcome(), Outcome::Success);
    });
}

#[test]
fn c10_17_4_2_either_server_ends_between_any_two_steps_and_another_goes_on() {
    for server in [ACM_A, ACM_B] {
        setup(Topology::Hidden, AWAY).run(async |world| {
            asks(world, fire(world)).await.unwrap();
            world.restart(server).await;
            logs_off(world, "alice").await;
            world.restart(server).await;
            let mut bob = Ear::of(world, "bob");
            logs_on(world, "bob").await;
            let request = given(world, "bob", &mut bob).await;
            world.restart(server).await;
            decides(world, &request, Answer::yes()).await;
            world.restart(server).await;
            // What was under way to the server that ended is tried again.
            world.advance(Duration::from_secs(120)).await;
            let mut alice = Ear::of(world, "alice");
            logs_on(world, "alice").await;
            let response = answered(world, "alice", &mut alice).await;
            assert_eq!(*response.outcome(), Outcome::Success, "{server}");
        });
    }
}
