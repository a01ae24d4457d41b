//! What the book of migrations says and what is bound to clients changes in one commit: whichever commit is the last that a process
//! makes, or fails, no moment finds a visitor authorized whom his primary system has refused or told to be over, nor one who is
//! admitted and has no client. TS 23.280 10.6.3.3, 10.6.2
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use std::time::Duration;

use systems::{ALICE, How, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::RequestId,
    migration::{MigrationEnded, Outcome, Refusal},
};

const A: &str = "a.example";
const B: &str = "b.example";

/// More than there are commits in any of these procedures.
const COMMITS: usize = 12;

const HOWS: [How; 4] = [How::Refused, How::Doubtful, How::Last, How::Never];

/// Both books of both systems say the same of alice, and nothing is under way.
fn agrees(world: &World, what: &str) {
    assert!(world.agree(B), "{what}: the systems disagree");
    let visit = world.migrations(B).visit(McService::Mcptt, &visitor(B));
    assert!(visit.as_ref().is_none_or(|visit| !visit.is_asking()), "{what}: still asking");
    let is_admitted = visit.is_some_and(|visit| visit.is_admitted());
    assert_eq!(world.is_authorized(B, &visitor(B)), is_admitted, "{what}: authorized as recorded");
    assert!(!(world.is_marked() && world.is_authorized(A, &id(ALICE))), "{what}: authorized in both systems");
    for system in [A, B] {
        assert!(!world.migrations(system).has_letters(), "{what}: {system} has still something to tell");
    }
}

/// Of the commits of one system's process each goes wrong in turn while `act` is under way, in each way; the process is killed then, or
/// goes on.
fn each(
    system: &'static str,
    prepare: impl Fn() -> World,
    act: impl Fn(&World),
    then: impl Fn(&World, &str),
) {
    for how in HOWS {
        for number in 1..=COMMITS {
            let what = format!("commit {number} of {system}: {how:?}");
            let world = prepare();
            world.faulty(system).at(number, how);
            act(&world);
            world.seconds(3);
            let was_hit = world.faulty(system).was_hit();
            let world = match how {
                How::Last | How::Never => {
                    let world = world.restart_at_once(Duration::from_secs(1));
                    let is_admitted = world
                        .migrations(B)
                        .visit(McService::Mcptt, &visitor(B))
                        .is_some_and(|visit| visit.is_admitted());
                    assert_eq!(
                        world.is_authorized(B, &visitor(B)),
                        is_admitted,
                        "{what}: from the first moment"
                    );
                    world.lab.run();
                    world
                }
                _ => world,
            };
            world.seconds(600);
            agrees(&world, &what);
            then(&world, &what);
            if !was_hit {
                assert!(number > 1, "{what}: nothing was written");
                break;
            }
            assert!(number < COMMITS, "{what}: the procedure does not end");
        }
    }
}

fn migrated() -> World {
    let world = World::new();
    assert_eq!(world.returns(), (200, None));
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(5);
    world
}

fn asks(world: &World) {
    world.registers(B, "visitor", 86_400);
    world.publishes(B, "visitor", &world.publication(B, Some("r-1")));
    world.lab.run();
}

#[test]
fn a_migration_each_commit_at_the_partner() {
    each(B, World::new, asks, |_, _| ());
}

#[test]
fn a_migration_each_commit_at_the_primary() {
    let at_home = || {
        let world = World::new();
        assert_eq!(world.returns(), (200, None));
        world
    };
    each(A, at_home, asks, |_, _| ());
}

#[test]
fn a_refusal_of_the_primary_each_commit_at_the_partner() {
    let refusing = || {
        World::of(|system, migration| {
            if system == A {
                migration.partners.iter_mut().for_each(|partner| partner.allow.clear());
            }
        })
    };
    each(B, refusing, asks, |world, what| {
        assert!(!world.is_authorized(B, &visitor(B)) && !world.is_marked(), "{what}: nobody said yes");
    });
}

#[test]
fn leaving_each_commit_at_the_partner() {
    let leaves = |world: &World| {
        world.registers(B, "visitor", 0);
        world.lab.run();
    };
    each(B, migrated, leaves, |_, _| ());
}

#[test]
fn a_notice_that_it_is_over_each_commit_at_the_partner() {
    let ended = |world: &World| {
        let _ = world.revokes(A, ALICE);
    };
    each(B, migrated, ended, |world, what| {
        assert!(!world.is_authorized(B, &visitor(B)) && !world.is_marked(), "{what}: it was revoked");
    });
}

#[test]
fn a_renewal_that_is_refused_each_commit_at_the_partner() {
    let asks_for_another = |world: &World| {
        let mut publication = world.publication(B, Some("r-2"));
        publication.profile = Some(xml_schemas::migration::ProfileIndex(4));
        publication.settings = None;
        world.publishes(B, "visitor", &publication);
        world.lab.run();
    };
    each(B, migrated, asks_for_another, |_, _| ());
}

#[test]
fn returning_home_each_commit_at_the_primary() {
    let returns = |world: &World| {
        world.registers(A, "alice", 86_400);
        let _ = world.returns();
    };
    each(A, migrated, returns, |_, _| ());
}

#[test]
fn who_was_forgotten_while_no_process_ran_has_left() {
    let world = migrated();
    // Longer than the registration lasts, and than an end that nobody has seen is remembered.
    let world = world.restart(Duration::from_secs(3 * 86_400));
    world.seconds(60);
    assert!(
        world.migrations(B).visits().is_empty() && !world.is_marked(),
        "nobody is here whose client is not"
    );
    agrees(&world, "three days later");
}

#[test]
fn nobody_is_authorized_without_a_visit_whatever_is_bound() {
    let world = migrated();
    let key = format!("service/migration/visit/mcptt/{}", visitor(B).as_str());
    let store = world.store(B);
    let gone = store.commit(store::Batch::new().delete(key));
    futures::FutureExt::now_or_never(gone).unwrap().unwrap();
    let world = world.restart_at_once(Duration::from_secs(1));
    assert!(!world.is_authorized(B, &visitor(B)), "the book has no visit");
    world.lab.run();
    assert!(!world.is_authorized(B, &visitor(B)));
    let bound = world.systems[B].authorizations().count();
    assert_eq!(bound.1, 0, "and the client is bound no more");
}

#[test]
fn another_process_goes_on_with_what_one_has_begun_that_was_killed() {
    for number in 1..=4 {
        let world = World::new();
        world.returns();
        let second = world.second(B);
        world.faulty(B).at(number, How::Last);
        asks(&world);
        world.seconds(300);
        let visit = second.migrations().unwrap().visit(McService::Mcptt, &visitor(B));
        let is_admitted = visit.is_some_and(|visit| visit.is_admitted());
        let is_authorized = second.authorizations().is_authorized(&visitor(B), world.now());
        assert_eq!(
            (is_authorized, world.is_marked()),
            (is_admitted, is_admitted),
            "killed at commit {number}"
        );
        assert!(!second.migrations().unwrap().has_letters(), "killed at commit {number}: all is told");
    }
}

#[test]
fn each_mc_service_ends_for_itself() {
    let world = migrated();
    let video =
        |publication: &mut xml_schemas::migration::Publication| publication.service = McService::McVideo;
    assert_eq!(world.asks(B, "r-2", video), Some(Outcome::Success));
    let services = |world: &World| {
        let all = world.systems[B].authorizations().of(&visitor(B), world.now());
        let mut services: Vec<_> =
            all.into_iter().filter_map(|one| one.service).map(|one| one as u8).collect();
        services.sort_unstable();
        services
    };
    assert_eq!(services(&world), [McService::Mcptt as u8, McService::McVideo as u8]);
    let notice = MigrationEnded {
        request_id: RequestId::new("r-2").unwrap(),
        service: McService::McVideo,
        partner: visitor(B),
        primary: id(ALICE),
        reason: Refusal::default(),
    };
    assert_eq!(world.says(A, B, &notice), (200, None));
    world.lab.run();
    assert_eq!(services(&world), [McService::Mcptt as u8], "the other goes on");
    assert!(world.is_authorized(B, &visitor(B)) && world.is_marked());
}

#[test]
fn one_mc_services_no_does_not_touch_the_other() {
    let world = migrated();
    let refused = world.asks(B, "r-2", |publication| {
        publication.service = McService::McVideo;
        publication.profile = Some(xml_schemas::migration::ProfileIndex(4));
        publication.settings = None;
    });
    assert_eq!(systems::cause(refused), Some(kit::Cause::WrongProfile));
    assert!(world.is_authorized(B, &visitor(B)) && world.agree(B) && world.is_marked());
}
