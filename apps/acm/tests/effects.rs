//! TS 23.280 10.17.5.2 and 10.17.7.2: the target's server is killed before and after each commit of what a yes means in other servers.
//! Another process goes on, and everything has had its effect once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod failing;
mod neighbours;
mod systems;

use std::time::Duration;

use acm::{Config, case::Stage};
use failing::Failing;
use neighbours::{Fake, configured, given, profile, profile_of};
use systems::*;
use xml_schemas::{
    acm::{
        Actor, AddMigrationUsersRequest as Add, Addressee, Heading, ProfileContent,
        RemoveMigrationUsersRequest as Remove, Request, UserProfile, UserProfileUpdateRequest as Update,
    },
    migration::ProfileIndex,
};

const CAROL: &str = "sip:carol@a.example";

/// Everything is decided by a rule that says yes.
fn by_rule(system: &str, config: &mut Config) {
    configured(system, config);
    config.partners[0].handle = vec![always()];
}

fn heading() -> Heading {
    Heading::new(request_id("r-1"), Actor::user(user(ASKER, A)), Addressee::User(user(DECIDER, B)))
}

fn add() -> Request {
    Add { heading: heading(), users: vec![id(CAROL)] }.into()
}

fn remove() -> Request {
    Remove { heading: heading(), users: vec![id(CAROL)] }.into()
}

/// Carol's profile is to name her otherwise.
fn update() -> Request {
    let text = profile(&given(CAROL), "Night watch");
    let document = xml::Document::parse(text.as_bytes(), &xml::Limits::default()).unwrap();
    let content = ProfileContent::Document(document.root().to_raw());
    let profile = UserProfile { index: Some(ProfileIndex(1)), content };
    Update { heading: heading(), user: id(&given(CAROL)), profile, additional_information: None }.into()
}

fn says(world: &World, request: &Request) -> u16 {
    match request {
        Request::AddMigrationUsers(request) => world.says(A, ASKER, request).0,
        Request::RemoveMigrationUsers(request) => world.says(A, ASKER, request).0,
        Request::UserProfileUpdate(request) => world.says(A, ASKER, request).0,
        _ => panic!("nothing else is asked here"),
    }
}

/// Asked while the process ends at each commit in turn; how it is then.
fn at_each_commit(request: &Request, before: impl Fn(&Fake), holds: impl Fn(&Fake, &str)) {
    for is_kept in [false, true] {
        for number in 1.. {
            let what = format!("killed at commit {number}, which is kept: {is_kept}");
            let failing = Failing::default();
            let world =
                World::of_over(by_rule, &|name, store| if name == B { failing.over(store) } else { store });
            let fake = Fake::beside(&world);
            before(&fake);
            if is_kept {
                failing.die_after_commit(number);
            } else {
                failing.die_at_commit(number);
            }
            assert_eq!(says(&world, request), 200, "{what}");
            world.seconds(5);
            let has_failed = failing.has_failed();
            let world = world.restart(Duration::from_secs(1));
            fake.join(&world);
            world.seconds(300);
            let stages = (stage(world.asked("r-1")), stage(world.received("r-1")));
            assert_eq!(stages, (Some(Stage::Answered), Some(Stage::Answered)), "{what}");
            assert_eq!(world.records(B, "acm/work/") + world.records(B, "acm/profile-turn/"), 0, "{what}");
            holds(&fake, &what);
            if !has_failed {
                assert!(number > 2, "{number} commits are too few to be all");
                break;
            }
        }
    }
}

#[test]
fn c10_17_5_2_a_user_is_admitted_whenever_the_process_ends() {
    let is_here = |fake: &Fake, what: &str| {
        fake.held(|held| {
            assert_eq!(
                (held.admitted.get(CAROL), held.expected.get(CAROL)),
                (Some(&true), Some(&true)),
                "{what}"
            );
            assert_eq!(held.documents[&profile_of(&given(CAROL))].0, 1, "{what}: his profile is made once");
        });
    };
    at_each_commit(&add(), |_| (), is_here);
}

#[test]
fn c10_17_5_2_a_user_is_removed_whenever_the_process_ends() {
    let was_here = |fake: &Fake| {
        fake.held(|held| {
            held.admitted.insert(CAROL.into(), true);
            held.expected.insert(CAROL.into(), true);
        });
    };
    let is_gone = |fake: &Fake, what: &str| {
        fake.held(|held| assert_eq!((held.admitted[CAROL], held.expected[CAROL]), (false, false), "{what}"));
    };
    at_each_commit(&remove(), was_here, is_gone);
}

#[test]
fn c10_17_7_2_a_profile_is_changed_once_whenever_the_process_ends() {
    let has_one = |fake: &Fake| {
        fake.held(|held| {
            held.admitted.insert(CAROL.into(), true);
            held.documents.insert(profile_of(&given(CAROL)), (7, profile(&given(CAROL), "Visitor")));
        });
    };
    let is_changed = |fake: &Fake, what: &str| {
        fake.held(|held| {
            let (number, text) = &held.documents[&profile_of(&given(CAROL))];
            assert!(*number == 8 && text.contains("Night watch"), "{what}: {number} {text}");
        });
    };
    at_each_commit(&update(), has_one, is_changed);
}
