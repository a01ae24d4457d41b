//! TS 23.280 10.17.4.2 step 2, where the group management server is asked which groups are interconnection groups.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use acm::{case::Stage, config::WebServer};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{
    Cause,
    testing::{WebEnd, arrival, hop_config},
};
use systems::*;
use wire::{Arrival, BoxFuture, WireError, web::WebService};
use xml_schemas::acm::{
    Actor, Addressee, GroupInformationProvisionRequest as Provision, GroupMembershipUpdateRequest as Update,
    GroupOperation, Heading, Outcome, ProvidedGroup, Refusal, StatusResponse,
};

const GMS: &str = "gms.a.example";
const REFUSED: (u16, Option<Cause>) = (403, Some(Cause::NotInterconnectionGroup));

/// Group documents, by their paths.
#[derive(Clone, Default)]
struct Groups(Arc<Mutex<HashMap<String, String>>>);

impl Groups {
    fn has(&self, name: &str, members: &[&str]) {
        self.has_in(A, name, members);
    }

    fn has_in(&self, system: &str, name: &str, members: &[&str]) {
        let id = format!("sip:{name}@{system}");
        let entries: String = members.iter().map(|uri| format!("<entry uri=\"{uri}\"/>")).collect();
        let document = format!(
            "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"{id}\"><list>{entries}</list>\
             </list-service></group>"
        );
        self.0.lock().unwrap().insert(path(&id), document);
    }
}

fn path(id: &str) -> String {
    format!("/org.openmobilealliance.groups/global/byGroupID/{id}")
}

impl WebService for Groups {
    fn serve(&self, request: Request<Bytes>, _: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        assert_eq!(request.method(), Method::GET);
        let found = self.0.lock().unwrap().get(request.uri().path()).cloned();
        let mut response = Response::new(Bytes::from(found.clone().unwrap_or_default()));
        if found.is_none() {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        Box::pin(async move { response })
    }
}

fn world() -> (World, Groups) {
    let world = World::of(|system, config| {
        config.interconnection_groups.clear();
        if system == A {
            config.neighbours.groups =
                Some(WebServer { root: format!("https://{GMS}"), hop: hop_config(GMS) });
        }
    });
    let groups = Groups::default();
    let end = WebEnd::Service {
        service: Arc::new(groups.clone()),
        arrival: arrival("inner", "acm1.core.a.example"),
        asserted: None,
    };
    world.lab.connect_web("acm1.core.a.example", GMS, end);
    (world, groups)
}

fn of(request: &str, groups: &[&str]) -> Provision {
    let groups = groups.iter().map(|name| ProvidedGroup { id: group(name, A), name: None });
    Provision { groups: groups.collect(), ..provision(request) }
}

#[test]
fn a_group_with_a_member_in_the_system_that_is_asked_is_provided() {
    let (world, groups) = world();
    groups.has("flood", &["sip:alice@a.example", "sip:bob@b.example"]);
    groups.has("storm", &["sip:bob@B.example"]);
    assert_eq!(world.says(A, ASKER, &of("r-1", &["flood", "storm"])), (200, None));
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
    assert_eq!(world.lab.fetched(GMS).len(), 2);
}

#[test]
fn a_group_without_one_or_that_is_not_there_or_is_homed_elsewhere_is_not() {
    let (world, groups) = world();
    groups.has("flood", &["sip:bob@b.example"]);
    groups.has("ours", &["sip:alice@a.example"]);
    groups.has("theirs", &["sip:eve@c.example"]);
    for name in ["ours", "theirs", "nothing"] {
        assert_eq!(world.says(A, ASKER, &of("r-1", &["flood", name])), REFUSED, "{name}");
    }
    let asked = world.lab.fetched(GMS).len();
    let mut elsewhere = of("r-1", &["flood"]);
    elsewhere.groups.push(ProvidedGroup { id: group("flood", B), name: None });
    assert_eq!(world.says(A, ASKER, &elsewhere), REFUSED);
    assert_eq!(world.lab.fetched(GMS).len(), asked, "nobody is asked for groups of others");
    // A document that stands where another's would is none.
    let other = groups.0.lock().unwrap()[&path("sip:flood@a.example")].clone();
    groups.0.lock().unwrap().insert(path("sip:ours@a.example"), other);
    assert_eq!(world.says(A, ASKER, &of("r-1", &["ours"])), REFUSED);
    assert!(world.asked("r-1").is_none());
}

#[test]
fn a_server_that_cannot_be_asked_decides_nothing() {
    let (world, groups) = world();
    groups.has("flood", &["sip:bob@b.example"]);
    for end in [
        WebEnd::Status(StatusCode::SERVICE_UNAVAILABLE),
        WebEnd::Fails(WireError::Unreachable("away".into())),
    ] {
        world.lab.connect_web("acm1.core.a.example", GMS, end);
        let (status, _) = world.says(A, ASKER, &of("r-1", &["flood"]));
        assert!(status >= 500, "{status}: he may come again");
        assert!(world.asked("r-1").is_none());
    }
}

#[test]
fn where_patterns_name_the_groups_nobody_is_asked_and_without_either_there_are_none() {
    let (world, _groups) = world();
    world.reload(A, |config| config.interconnection_groups = vec!["sip:*-ops@a.example".into()]);
    assert_eq!(world.says(A, ASKER, &of("r-1", &["flood-ops"])), (200, None));
    assert!(world.lab.fetched(GMS).is_empty());
    world.reload(A, |config| config.neighbours.groups = None);
    assert_eq!(world.says(A, ASKER, &of("r-2", &["flood-ops"])), REFUSED);
}

/// `b.example` has a group management server, and `flood` is there.
fn at_home() -> (World, Groups) {
    at_home_of(|_| ())
}

/// The same, with what its operator says otherwise.
fn at_home_of(change: impl Fn(&mut acm::Config)) -> (World, Groups) {
    let host = "gms.b.example";
    let world = World::of(|system, config| {
        if system == B {
            change(config);
            config.neighbours.groups =
                Some(WebServer { root: format!("https://{host}"), hop: hop_config(host) });
        }
    });
    let groups = Groups::default();
    groups.has_in(B, "flood", &[]);
    let end = WebEnd::Service {
        service: Arc::new(groups.clone()),
        arrival: arrival("inner", "acm1.core.b.example"),
        asserted: None,
    };
    world.lab.connect_web("acm1.core.b.example", host, end);
    (world, groups)
}

/// A user of ours shall become a member of this group of theirs.
fn membership_of(request: &str, name: &str) -> Update {
    let target = Addressee::User(user(DECIDER, B));
    Update {
        heading: Heading::new(request_id(request), Actor::user(user(ASKER, A)), target),
        group: group(name, B),
        users: vec![user("admin2", A)],
        operation: GroupOperation::Add,
    }
}

#[test]
fn c10_17_4_step_6_a_yes_to_a_group_that_is_deleted_by_then_comes_to_nothing() {
    for is_deleted in [false, true] {
        let (world, groups) = at_home();
        world.logs_on(B, DECIDER);
        let asked = membership_of("r-1", "flood");
        assert_eq!(world.says(A, ASKER, &asked), (200, None));
        world.lab.run();
        if is_deleted {
            groups.0.lock().unwrap().clear();
        }
        let yes = asked.answer(Actor::user(user(DECIDER, B)), Outcome::Success);
        assert_eq!(world.says(B, DECIDER, &yes), (200, None));
        world.lab.run();
        let (stage, cause) =
            if is_deleted { (Stage::Refused, Some(Cause::UnknownGroup)) } else { (Stage::Answered, None) };
        for case in [world.received("r-1"), world.asked("r-1")] {
            let case = case.unwrap();
            assert_eq!((case.stage, case.cause), (stage, cause), "both sides are told");
        }
    }
}

/// His client has not heard that his answer was taken, and tells it again: he has said it, whatever has come of it.
#[test]
fn c10_17_4_step_6_a_yes_that_came_to_nothing_may_be_said_again_and_a_no_after_it_may_not() {
    let (world, groups) = at_home();
    let asked = membership_of("r-1", "flood");
    assert_eq!(world.says(A, ASKER, &asked), (200, None));
    world.lab.run();
    groups.0.lock().unwrap().clear();
    let answer = |outcome| asked.answer(Actor::user(user(DECIDER, B)), outcome);
    assert_eq!(world.says(B, DECIDER, &answer(Outcome::Success)), (200, None));
    world.lab.run();
    assert_eq!(stage(world.received("r-1")), Some(Stage::Refused));
    assert_eq!(world.says(B, DECIDER, &answer(Outcome::Success)), (200, None), "the same again");
    let no = answer(Outcome::Failure(Refusal::default()));
    assert_eq!(world.says(B, DECIDER, &no), (403, Some(Cause::AlreadyAnswered)));
}

/// The agreement's privacy switch: what is not told when the request comes is not told when somebody says yes either.
#[test]
fn c10_17_4_step_8_does_not_tell_unknown_from_refused_where_the_agreement_merges_them() {
    for (merge, told) in [(false, Cause::UnknownGroup), (true, Cause::NotDisclosed)] {
        let (world, groups) = at_home_of(|config| config.partners[0].merge = merge);
        let asked = membership_of("r-1", "flood");
        assert_eq!(world.says(A, ASKER, &asked), (200, None));
        world.lab.run();
        groups.0.lock().unwrap().clear();
        let yes = asked.answer(Actor::user(user(DECIDER, B)), Outcome::Success);
        assert_eq!(world.says(B, DECIDER, &yes), (200, None));
        world.lab.run();
        assert_eq!(world.asked("r-1").and_then(|case| case.cause), Some(told), "{merge}");
        assert_eq!(world.received("r-1").and_then(|case| case.cause), Some(Cause::UnknownGroup));
        world.logs_on(B, DECIDER);
        world.says(B, DECIDER, &status(DECIDER, B));
        world.lab.run();
        let told = world.told::<StatusResponse>(B).pop().expect("a status");
        assert_eq!(told.items[0].why.code, Some(Cause::UnknownGroup.code()), "who decided is told why");
    }
}

#[test]
fn c10_17_4_step_4a_of_a_group_that_its_home_does_not_have_nobody_becomes_a_member() {
    let (world, groups) = at_home();
    let anothers = groups.0.lock().unwrap().values().next().cloned();
    groups.0.lock().unwrap().extend(anothers.map(|document| (path(&format!("sip:anothers@{B}")), document)));
    for (request, name, became) in [
        ("r-1", "flood", Some(Stage::Waiting)),
        ("r-2", "nothing", Some(Stage::Refused)),
        ("r-3", "anothers", Some(Stage::Refused)),
    ] {
        let asked = membership_of(request, name);
        assert_eq!(world.says(A, ASKER, &asked), (200, None));
        world.lab.run();
        assert_eq!(stage(world.received(request)), became, "{name}");
    }
    for request in ["r-2", "r-3"] {
        assert_eq!(world.asked(request).and_then(|case| case.cause), Some(Cause::UnknownGroup), "{request}");
    }
}
