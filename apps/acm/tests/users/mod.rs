//! Requests that users of `a.example` may migrate to `b.example`, and may no longer.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use xml_schemas::acm::{
    Actor, AddMigrationUsersRequest as Add, AddMigrationUsersResponse as Added, Addressee, Admission,
    Heading, RemoveMigrationUsersRequest as Remove, UserAdmission,
};

use crate::{
    neighbours::{Fake, configured},
    systems::*,
};

pub const CAROL: &str = "sip:carol@a.example";
pub const DAVE: &str = "sip:dave@a.example";

pub fn heading(request: &str) -> Heading {
    Heading::new(request_id(request), Actor::user(user(ASKER, A)), Addressee::User(user(DECIDER, B)))
}

pub fn add(request: &str, users: &[&str]) -> Add {
    Add { heading: heading(request), users: users.iter().map(|user| id(user)).collect() }
}

pub fn remove(request: &str, users: &[&str]) -> Remove {
    Remove { heading: heading(request), users: users.iter().map(|user| id(user)).collect() }
}

pub fn decider() -> Actor {
    Actor::user(user(DECIDER, B))
}

/// Everything is handled by a rule that says yes.
pub fn by_rule() -> (World, Fake) {
    let world = World::of(|system, config| {
        configured(system, config);
        config.partners[0].handle = vec![always()];
    });
    let fake = Fake::beside(&world);
    (world, fake)
}

pub fn by_person() -> (World, Fake) {
    let world = World::of(configured);
    let fake = Fake::beside(&world);
    (world, fake)
}

/// What the server of `b.example` answered last.
pub fn answered(world: &World) -> Added {
    world.sent::<Added>("mcgw.b.example").pop().expect("an answer")
}

pub fn admission(response: &Added, user: &str) -> Admission {
    let user = response.users.iter().find(|each| each.primary == id(user)).unwrap();
    user.admission.clone()
}

pub fn ruling(user: &str, admission: Admission) -> UserAdmission {
    UserAdmission { primary: id(user), admission }
}
