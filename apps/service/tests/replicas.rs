//! Two processes over one database are one MC service server: what one of them has begun the other goes on with. TS 23.280 10.6.3.3
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod systems;

use systems::{ALICE, World, id, visitor};
use xml_schemas::{
    body::interconnection_info::McService,
    migration::{MigrationServiceAuthorizationResponse as Answered, Outcome},
};

const A: &str = "a.example";
const B: &str = "b.example";

#[test]
fn the_answer_reaches_another_process_than_the_one_that_asked() {
    let world = World::new();
    let second = world.second(B);
    assert_eq!(world.migrates(B), Some(Outcome::Success), "the client is told");
    world.seconds(60);
    assert!(world.agree(B) && world.is_authorized(B, &visitor(B)), "the first one knows");
    assert!(second.authorizations().is_authorized(&visitor(B), world.now()), "and so does the second");
    let visit = second.migrations().unwrap().visit(McService::Mcptt, &visitor(B));
    assert!(visit.is_some_and(|visit| visit.is_admitted()));
    assert_eq!(world.told::<Answered>(B).len(), 1, "once");
}

#[test]
fn the_request_reaches_another_process_than_the_one_where_the_user_is_authorized() {
    let world = World::new();
    assert_eq!(world.returns(), (200, None));
    let second = world.second(A);
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.seconds(60);
    assert!(!world.is_authorized(A, &id(ALICE)), "10.6.2: not in the first process either");
    assert!(
        second.migrations().unwrap().mark(McService::Mcptt, &id(ALICE)).is_some_and(|mark| mark.is_confirmed)
    );
    assert!(world.agree(B));
    // He returns at the first process, and leaves a partner that the second one has told.
    assert_eq!(world.returns(), (200, None));
    world.seconds(60);
    assert!(!world.is_marked() && second.migrations().unwrap().mark(McService::Mcptt, &id(ALICE)).is_none());
    assert!(world.agree(B) && !world.is_authorized(B, &visitor(B)));
}

#[test]
fn a_visitor_who_leaves_at_one_process_has_left_the_other() {
    let world = World::new();
    let second = world.second(B);
    assert_eq!(world.migrates(B), Some(Outcome::Success));
    world.registers(B, "visitor", 0);
    world.seconds(60);
    assert!(!world.is_marked());
    assert!(!second.authorizations().is_authorized(&visitor(B), world.now()));
    assert!(second.migrations().unwrap().visits().is_empty());
}
