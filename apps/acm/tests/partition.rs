//! TS 23.280 10.17 while neither system reaches the other for days: what is asked, answered, taken back and runs out meanwhile on both
//! sides ends the same on both, once they meet again, and nobody hears anything twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod neighbours;
mod systems;

use std::time::{Duration, UNIX_EPOCH};

use acm::{CaseKey, case::Stage};
use http::Method;
use neighbours::{Fake, configured};
use systems::*;
use xml_schemas::{
    Timestamp,
    acm::{
        Actor, AddMigrationUsersRequest as Add, AddMigrationUsersResponse as Added, Addressee, Admission,
        GroupInformationProvisionRequest as Provision, Heading, Outcome, PendingDataResponse, ProvidedGroup,
        Refusal, State, StatusResponse, UserAdmission, WithdrawalRequest,
    },
};

const CAROL: &str = "sip:carol@a.example";

/// The side that asks, and who asks whom there.
#[derive(Clone, Copy)]
struct Side {
    from: &'static str,
    by: &'static str,
    to: &'static str,
    whom: &'static str,
}

const SIDES: [Side; 2] = [
    Side { from: A, by: ASKER, to: B, whom: DECIDER },
    Side { from: B, by: "admin8", to: A, whom: "admin2" },
];

impl Side {
    fn name(self, request: &str) -> String {
        format!("{}-{request}", &self.from[..1])
    }

    fn heading(self, request: &str) -> Heading {
        let initiator = Actor::user(user(self.by, self.from));
        Heading::new(request_id(&self.name(request)), initiator, Addressee::User(user(self.whom, self.to)))
    }

    fn provision(self, request: &str) -> Provision {
        let groups = vec![ProvidedGroup { id: group("flood-ops", self.from), name: None }];
        Provision { heading: self.heading(request), groups }
    }

    fn asks(self, world: &World, request: &str) {
        assert_eq!(world.says(self.from, self.by, &self.provision(request)), (200, None), "{request}");
    }

    fn answers(self, world: &World, request: &str, outcome: Outcome) {
        let answer = self.provision(request).answer(Actor::user(user(self.whom, self.to)), outcome);
        assert_eq!(world.says(self.to, self.whom, &answer), (200, None), "{request}");
    }

    /// Where a request stands with who asked, and with whom was asked.
    fn stages(self, world: &World, request: &str) -> [Option<Stage>; 2] {
        let id = request_id(&self.name(request));
        let here = world.case(self.from, &CaseKey::asked(id.clone()));
        [here, world.case(self.to, &CaseKey::received(self.from, id))].map(stage)
    }

    fn withdraws(self, world: &World, request: &str) {
        let initiator = Actor::user(user(self.by, self.from));
        let flow = WithdrawalRequest { request_id: request_id(&self.name(request)), initiator, target: None };
        assert_eq!(world.says(self.from, self.by, &flow), (200, None));
    }
}

fn no() -> Outcome {
    Outcome::Failure(Refusal { code: None, text: Some("not now".into()) })
}

fn carol() -> Add {
    Add { heading: SIDES[0].heading("users"), users: vec![id(CAROL)] }
}

/// Before the systems part: three requests of each side have reached the other.
fn before(world: &World) {
    for side in SIDES {
        ["kept", "refused", "withdrawn"].iter().for_each(|request| side.asks(world, request));
    }
    world.says(A, ASKER, &carol());
    world.lab.run();
    for side in SIDES {
        assert_eq!(side.stages(world, "kept"), [Some(Stage::Stored), Some(Stage::Waiting)]);
    }
}

/// While they are apart: answers, refusals, withdrawals, new requests in order, and one whose time runs out.
fn apart(world: &World, day: u64) {
    for side in SIDES {
        side.answers(world, "kept", Outcome::Success);
        side.answers(world, "refused", no());
        side.withdraws(world, "withdrawn");
        ["first", "second", "third"].iter().for_each(|request| side.asks(world, request));
        side.withdraws(world, "third");
        let mut late = side.provision("late");
        let soon = (world.now() + Duration::from_secs(day)).duration_since(UNIX_EPOCH).unwrap().as_millis();
        late.heading.expires = Timestamp::from_unix_ms(i64::try_from(soon).unwrap());
        assert_eq!(world.says(side.from, side.by, &late), (200, None));
    }
    let admitted = vec![UserAdmission { primary: id(CAROL), admission: Admission::Approved }];
    let answer: Added = carol().answer(Actor::user(user(DECIDER, B)), admitted);
    assert_eq!(world.says(B, DECIDER, &answer), (200, None));
}

/// What each side is told of where its requests stand.
fn states(world: &World, side: Side) -> Vec<(String, State)> {
    world.logs_on(side.from, side.by);
    world.says(side.from, side.by, &status(side.by, side.from));
    world.lab.run();
    let told = world.told::<StatusResponse>(side.from).pop().expect("a status");
    told.items.iter().map(|item| (item.heading.request_id.to_string(), item.state)).collect()
}

/// Once they have met again: both say the same of every request, whoever asked finds each end once, and nothing is left.
fn settled(world: &World, what: &str) {
    for side in SIDES {
        for (request, end) in [
            ("kept", Stage::Answered),
            ("refused", Stage::Refused),
            ("withdrawn", Stage::Withdrawn),
            ("first", Stage::Answered),
            ("second", Stage::Refused),
            ("third", Stage::Withdrawn),
            ("late", Stage::Expired),
        ] {
            let name = side.name(request);
            assert_eq!(side.stages(world, request), [Some(end); 2], "{what}: {name}");
        }
        let seq = |request: &str| {
            let key = CaseKey::received(side.from, request_id(&side.name(request)));
            world.case(side.to, &key).expect("is there").seq
        };
        assert!(seq("first") < seq("second") && seq("second") < seq("third"), "{what}: in order");
        assert_eq!((world.records(side.from, "acm/letter/"), world.records(side.from, "acm/lane/")), (0, 0));
    }
    assert!(world.is_quiet(), "{what}: nothing is still to be told");
}

/// Everything that waits for who asked, as his client finds it: each end once.
fn found(world: &World, side: Side) -> Vec<String> {
    world.logs_on(side.from, side.by);
    let before = world.told::<PendingDataResponse>(side.from).len();
    world.says(side.from, side.by, &pending(side.by, side.from));
    world.lab.run();
    let answer = world.told::<PendingDataResponse>(side.from).swap_remove(before);
    let mut names: Vec<_> = answer.items.iter().map(|item| item.request_id().to_string()).collect();
    names.sort();
    names
}

fn all_of(side: Side) -> Vec<String> {
    let requests = ["first", "kept", "late", "refused", "second", "third", "withdrawn"];
    let mut names: Vec<_> = requests.iter().map(|request| side.name(request)).collect();
    if side.from == A {
        names.push(side.name("users"));
    }
    names.sort();
    names
}

#[test]
fn days_in_which_neither_system_reaches_the_other_end_alike_on_both_sides_and_nothing_happens_twice() {
    let (days, hours) = (43_200, 1_800);
    for (ways, day) in
        [([Way::Down, Way::Down], days), ([Way::Lossy, Way::Down], hours), ([Way::Down, Way::Lossy], hours)]
    {
        let what = format!("{ways:?}");
        let world = World::of(|system, config| {
            configured(system, config);
            config.retry = [Duration::from_secs(1), Duration::from_secs(300)];
        });
        let fake = Fake::beside(&world);
        before(&world);
        [A, B].into_iter().zip(ways).for_each(|(system, way)| world.way(system, way));
        apart(&world, day);
        world.seconds(3 * day);
        for system in [A, B] {
            assert!(world.oldest(system) > 3 * day - 60, "{what}: {} s", world.oldest(system));
        }
        // Both are started again while they are apart.
        let world = world.restart(Duration::from_secs(60));
        fake.join(&world);
        world.seconds(2 * day);
        for (system, side) in [A, B].into_iter().zip(SIDES) {
            assert!(world.oldest(system) > 5 * day - 60, "{what}: also after a restart");
            let late = states(&world, side).into_iter().find(|(id, _)| *id == side.name("late"));
            if ways == [Way::Down, Way::Down] {
                assert_eq!(
                    late.unwrap().1,
                    State::Unconfirmed,
                    "{what}: only the other says what came of it"
                );
            }
            world.logs_off(side.from, side.by);
        }
        // One direction is mended a day before the other.
        world.way(B, Way::Open);
        world.seconds(day);
        world.way(A, Way::Open);
        world.seconds(600);
        for side in SIDES {
            side.answers(&world, "first", Outcome::Success);
            side.answers(&world, "second", no());
        }
        world.seconds(600);
        settled(&world, &what);
        assert_eq!([A, B].map(|system| world.oldest(system)), [0, 0], "{what}");
        for side in SIDES {
            assert_eq!(found(&world, side), all_of(side), "{what}: each once");
            assert!(found(&world, side).is_empty(), "{what}: and not again");
        }
        assert_eq!(fake.count(&Method::PUT, &format!("visitors/{CAROL}")), 1, "{what}: admitted once");
        assert_eq!(stage(world.asked("a-users")), Some(Stage::Answered), "{what}");
    }
}
