//! TS 23.280 10.17 while a server that has to be asked is away: what depends on it waits, and nothing else does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use acm::case::Stage;
use systems::*;
use xml_schemas::acm::{Actor, Addressee, GroupMembershipUpdateRequest as Update, GroupOperation, Heading};

/// One request whose check needs a server that is away keeps no other waiting, in either direction, and runs out in its time.
#[test]
fn what_cannot_be_judged_now_blocks_nothing_else_that_goes_to_that_system() {
    let gms = "gms1.core.b.example";
    let world = World::of(|system, config| {
        if system == B {
            let hop = kit::testing::hop_config(gms);
            config.neighbours.groups = Some(acm::config::WebServer { root: format!("https://{gms}"), hop });
        }
    });
    let away = kit::testing::WebEnd::Fails(wire::WireError::Unreachable("down".into()));
    world.lab.connect_web("acm1.core.b.example", gms, away);
    for number in 1..=3 {
        let target = Addressee::User(user(DECIDER, B));
        let mut heading =
            Heading::new(request_id(&format!("m-{number}")), Actor::user(user(ASKER, A)), target);
        let late = world.now() + std::time::Duration::from_secs(3_600);
        let late = late.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        heading.expires = xml_schemas::Timestamp::from_unix_ms(i64::try_from(late).unwrap());
        let update = Update {
            heading,
            group: group("flood-ops", B),
            users: vec![user("alice", A)],
            operation: GroupOperation::Add,
        };
        assert_eq!(world.says(A, ASKER, &update), (200, None));
    }
    world.seconds(300);
    assert_eq!(stage(world.asked("m-1")), Some(Stage::Asked), "it cannot be judged");
    let others = provision_to("r-1", Addressee::User(user("admin8", B)));
    assert_eq!(world.says(A, ASKER, &others), (200, None));
    world.seconds(30);
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting), "another goes on");
    let mut asked = provision("b-1");
    asked.heading =
        Heading::new(request_id("b-1"), Actor::user(user(DECIDER, B)), Addressee::User(user(ASKER, A)));
    asked.groups.iter_mut().for_each(|each| each.id = group("flood-ops", B));
    assert_eq!(world.says(B, DECIDER, &asked), (200, None));
    world.seconds(30);
    assert_eq!(
        world.says(A, ASKER, &asked.answer(Actor::user(user(ASKER, A)), xml_schemas::acm::Outcome::Success)),
        (200, None)
    );
    world.seconds(30);
    let key = acm::CaseKey::asked(request_id("b-1"));
    assert_eq!(stage(world.case(B, &key)), Some(Stage::Answered), "and so do answers");
    world.seconds(2 * 3_600);
    assert_eq!(stage(world.asked("m-1")), Some(Stage::Expired), "though nobody could judge it");
}
