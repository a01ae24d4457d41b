//! TS 23.280 10.17.7.2 step 4: a user whose contacts are not told apart, and none of whom takes what is for him, while an alias is active
//! for another who is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt as _;
use kit::{
    Cause,
    testing::{End, arrival},
};
use sip::{AcceptContact, Message, Response};
use systems::*;
use wire::{Arrival, BoxFuture, Clock, Reply, Service};
use xml_schemas::{acm::GroupInformationProvisionRequest as Provision, flow::Flow};

const DUTY: &str = "duty";
const OTHER: &str = "admin8";

/// How long whoever sends waits for one who does not answer (RFC 3261 17.1.2.2, timer F).
const PATIENCE: u64 = 32;

/// All pauses between the attempts.
const PAUSES: u64 = 2 + 8 + 32;

/// All attempts and the pauses between them.
const TRIED: u64 = 4 * PATIENCE + PAUSES;

/// What becomes of what is sent to a user.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Takes,
    /// The SIP core has no contact of his that is there.
    Gone,
    /// None but the one whose instance is required (RFC 3841).
    GoneButOne,
    /// His contacts answer that nobody listens.
    Refuses,
    Nothing,
    Fails,
}

/// The SIP core of `b.example`: each user as it is said, and who has taken which request.
#[derive(Clone)]
struct Core {
    does: Arc<Mutex<BTreeMap<&'static str, Does>>>,
    taken: Arc<Mutex<Vec<(String, String)>>>,
    clock: Arc<dyn Clock>,
}

impl Core {
    /// The alias is active for both, who are there by a terminal that says nothing of itself; the first does so.
    fn world(does: Does) -> (World, Self) {
        let world = World::new();
        let clock = world.lab.world("clock").clock;
        let core = Self { does: Arc::default(), taken: Arc::default(), clock };
        let service: Arc<dyn Service> = Arc::new(core.clone());
        let end = End::Service { service, arrival: arrival("inner", "acm1.core.b.example"), asserted: None };
        world.lab.connect("acm1.core.b.example", &crate::core(B), end);
        [DECIDER, OTHER].iter().for_each(|name| world.logs_on(B, name));
        world.holds(B, DUTY, &[DECIDER, OTHER]);
        core.now(DECIDER, does);
        (world, core)
    }

    fn now(&self, user: &'static str, does: Does) {
        self.does.lock().unwrap().insert(user, does);
    }

    /// Who has taken a request, in order.
    fn have(&self, request: &str) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken.iter().filter(|(_, what)| what == request).map(|(by, _)| by.clone()).collect()
    }
}

impl Service for Core {
    fn serve(&self, request: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        let uri = String::from_utf8_lossy(request.request_uri()).into_owned();
        let user = uri.trim_start_matches("sip:").split(['.', '@']).next().unwrap().to_owned();
        let does = self.does.lock().unwrap().get(user.as_str()).copied().unwrap_or(Does::Takes);
        let mut wishes = request.all::<AcceptContact<'_>>().map(Result::unwrap);
        let does = match does {
            Does::GoneButOne if wishes.any(|wish| wish.params.get("+sip.instance").is_some()) => Does::Takes,
            does => does,
        };
        drop(wishes);
        let (taken, clock) = (Arc::clone(&self.taken), Arc::clone(&self.clock));
        async move {
            let status = match does {
                Does::Takes => {
                    let asked = read::<Provision>(&request).map(|asked| (user, asked.heading.request_id));
                    taken.lock().unwrap().extend(asked.map(|(user, id)| (user, id.as_str().to_owned())));
                    200
                }
                Does::Gone | Does::GoneButOne => 480,
                Does::Refuses => return Reply::from(Cause::LoggedOff.response("client")),
                Does::Fails => 503,
                Does::Nothing => {
                    clock.sleep(Duration::from_secs(PATIENCE)).await;
                    408
                }
            };
            Reply::from(Response::new(status))
        }
        .boxed()
    }
}

fn read<F: Flow>(message: &Message) -> Option<F> {
    F::join(&kit::carriage::parts(message).unwrap()).ok()
}

fn asks(world: &World, request: &str) {
    world.says(A, ASKER, &provision_to_role(request, DUTY));
    world.lab.run();
}

fn with(world: &World, request: &str) -> Option<String> {
    Some(world.received(request)?.handler?.user().to_owned())
}

/// A terminal that was killed, or a command that has ended, has a registration that lasts; or a client nobody who listens.
#[test]
fn c10_17_7_2_step_4_where_no_contact_of_a_user_takes_anything_another_is_chosen() {
    for (does, tried) in [(Does::Gone, PAUSES), (Does::Refuses, PAUSES), (Does::Nothing, TRIED)] {
        let (world, core) = Core::world(does);
        asks(&world, "r-1");
        world.seconds(tried - 2);
        assert_eq!(with(&world, "r-1").as_deref(), Some(DECIDER), "he may be back");
        world.seconds(3);
        assert_eq!(core.have("r-1"), [OTHER]);
        let told = world.told::<Provision>(B).len();
        asks(&world, "r-2");
        assert_eq!(core.have("r-2"), [OTHER]);
        assert_eq!(world.told::<Provision>(B).len(), told + 1, "he is not tried first");
    }
}

/// What he has seen too: he has left without a word.
#[test]
fn c10_17_7_2_step_4_what_a_user_had_who_is_found_to_be_gone_goes_to_another() {
    let (world, core) = Core::world(Does::Takes);
    asks(&world, "r-1");
    assert_eq!(core.have("r-1"), [DECIDER]);
    core.now(DECIDER, Does::Gone);
    asks(&world, "r-2");
    world.seconds(PAUSES + 1);
    assert_eq!(
        (core.have("r-1"), core.have("r-2")),
        (vec![DECIDER.into(), OTHER.into()], vec![OTHER.into()])
    );
}

/// It says nothing of a client that is reached by itself.
#[test]
fn c10_17_7_2_step_4_what_another_client_of_a_user_has_stays_with_it() {
    let (world, core) = Core::world(Does::GoneButOne);
    let desk = ("urn:uuid:1", "<urn:uuid:00000000-0000-4000-8000-00000000000a>");
    world.registers_by(B, DECIDER, desk, false);
    world.is_active_on(B, DUTY, &[(DECIDER, Some("urn-uuid-1")), (OTHER, None)]);
    asks(&world, "r-1");
    assert_eq!(core.have("r-1"), [DECIDER]);
    world.says(A, ASKER, &provision("r-2"));
    world.seconds(TRIED);
    assert_eq!((core.have("r-2").len(), core.have("r-1")), (0, vec![DECIDER.to_owned()]));
    assert_eq!(with(&world, "r-1").as_deref(), Some(DECIDER));
}

#[test]
fn c10_17_7_2_step_4_what_fails_on_the_way_to_a_user_does_not_make_him_silent() {
    let (world, _) = Core::world(Does::Fails);
    asks(&world, "r-1");
    world.seconds(TRIED + 1);
    assert_eq!(with(&world, "r-1").as_deref(), Some(DECIDER));
}

#[test]
fn c10_17_7_2_step_4_who_registers_or_takes_something_is_there_again() {
    let (world, core) = Core::world(Does::Gone);
    let is_missed = |request: &str| {
        core.now(DECIDER, Does::Gone);
        asks(&world, request);
        world.seconds(PAUSES + 1);
        assert_eq!(core.have(request), [OTHER]);
        core.now(DECIDER, Does::Takes);
    };
    let is_there = |request: &str| {
        asks(&world, request);
        assert_eq!(core.have(request), [DECIDER]);
    };
    is_missed("r-1");
    world.logs_on(B, DECIDER);
    is_there("r-2");
    is_missed("r-3");
    world.says(B, DECIDER, &pending(DECIDER, B));
    world.lab.run();
    is_there("r-4");
    is_missed("r-5");
    world.says(A, ASKER, &provision("r-6"));
    world.lab.run();
    assert_eq!(core.have("r-6"), [DECIDER], "it is for him and nobody else");
    is_there("r-7");
}

/// It would go to and fro for as long as both are registered.
#[test]
fn c10_17_7_2_step_4_where_nobody_is_there_it_stays_with_one_and_goes_to_the_first_who_is_back() {
    let (world, core) = Core::world(Does::Gone);
    core.now(OTHER, Does::Gone);
    asks(&world, "r-1");
    world.seconds(2 * PAUSES + 1);
    let tried = world.told::<Provision>(B).len();
    world.seconds(1_800);
    assert_eq!(world.told::<Provision>(B).len(), tried);
    assert_eq!(with(&world, "r-1").as_deref(), Some(OTHER));
    core.now(DECIDER, Does::Takes);
    world.logs_on(B, DECIDER);
    assert_eq!((core.have("r-1"), with(&world, "r-1").as_deref()), (vec![DECIDER.into()], Some(DECIDER)));
}

/// A terminal at which nobody listens refreshes its registration.
#[test]
fn c10_17_7_2_step_4_who_registers_and_takes_no_notification_is_not_there() {
    for (does, tried) in [(Does::Refuses, PAUSES), (Does::Nothing, TRIED)] {
        let (world, core) = Core::world(does);
        world.logs_off(B, OTHER);
        asks(&world, "r-1");
        world.seconds(tried + 1);
        world.logs_on(B, DECIDER);
        world.seconds(tried + 1);
        assert_eq!(with(&world, "r-1").as_deref(), Some(DECIDER), "there is nobody else");
        world.logs_on(B, OTHER);
        assert_eq!(with(&world, "r-1").as_deref(), Some(OTHER));
        assert_eq!(core.have("r-1"), [OTHER]);
    }
}
