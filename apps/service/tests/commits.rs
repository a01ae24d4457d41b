//! What a migration costs the stores of both systems: a commit for each promise of TS 23.280 10.6.3.3, and one for whatever has been
//! heard of a promise, which those of a moment share.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use futures::FutureExt as _;
use store::Batch;
use systems::{ALICE, How, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{Outcome, Publication},
};

const A: &str = "a.example";
const B: &str = "b.example";

fn video(publication: &mut Publication) {
    publication.service = McService::McVideo;
}

/// How many commits each system has made meanwhile.
fn commits(world: &World, act: impl FnOnce(&World)) -> [usize; 2] {
    let before = [A, B].map(|system| world.faulty(system).commits());
    act(world);
    let after = [A, B].map(|system| world.faulty(system).commits());
    [after[0] - before[0], after[1] - before[1]]
}

#[test]
fn a_migration_is_one_commit_at_the_primary_and_two_at_the_partner_and_few_later() {
    let world = World::new();
    world.registers(B, "visitor", 86_400);
    let promises = commits(&world, |world| {
        world.publishes(B, "visitor", &world.publication(B, Some("r-1")));
        world.lab.run();
        assert!(world.is_authorized(B, &visitor(B)) && world.is_marked());
    });
    assert_eq!(promises, [1, 2], "step 7; steps 1 and 11");
    let later = commits(&world, |world| world.seconds(1));
    assert_eq!(later, [2, 1], "the answer has arrived, the own servers have heard; the client has heard");
    assert!(world.migrations(A).marks().iter().all(|mark| mark.is_confirmed));
    assert_eq!(commits(&world, |world| world.seconds(60)), [0, 0], "and nothing more");
}

#[test]
fn those_of_a_moment_share_the_later_one() {
    let world = World::new();
    world.registers(B, "visitor", 86_400);
    let all = commits(&world, |world| {
        let mut publication = world.publication(B, Some("r-1"));
        world.publishes(B, "visitor", &publication);
        video(&mut publication);
        publication.migrates.as_mut().unwrap().request_id = RequestId::new("r-2").ok();
        world.publishes(B, "visitor", &publication);
        world.seconds(1);
    });
    assert_eq!(all, [4, 5]);
    assert!(!world.migrations(A).has_letters() && !world.migrations(B).has_letters());
    assert_eq!(world.migrations(A).marks().iter().filter(|mark| mark.is_confirmed).count(), 2);
}

#[test]
fn where_the_mark_of_one_has_changed_meanwhile_the_others_are_confirmed_all_the_same() {
    let world = World::new();
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    assert_eq!(world.asks(B, "r-2", video), Some(Outcome::Success));
    // Another process of the server has written to one of the marks.
    let key = format!("service/migration/mark/mcptt/{ALICE}");
    let store = world.store(A);
    let kept = store.get(key.as_bytes()).now_or_never().unwrap().unwrap().unwrap();
    store.commit(Batch::new().put(key, kept.value.to_vec())).now_or_never().unwrap().unwrap();
    world.seconds(10);
    assert!(world.migrations(A).marks().iter().all(|mark| mark.is_confirmed));
    assert!(!world.migrations(A).has_letters() && world.agree(B));
}

#[test]
fn what_could_not_be_kept_of_it_is_tried_again() {
    for how in [How::Refused, How::Doubtful] {
        let world = World::new();
        assert_eq!(world.migrates(B), Some(Outcome::Success));
        world.faulty(A).at(1, how);
        world.seconds(1);
        assert!(world.faulty(A).was_hit(), "{how:?}");
        // What may have been kept all the same is told by then.
        world.seconds(60);
        assert!(world.migrations(A).mark(McService::Mcptt, &id(ALICE)).unwrap().is_confirmed, "{how:?}");
        assert!(!world.migrations(A).has_letters(), "{how:?}");
    }
}
