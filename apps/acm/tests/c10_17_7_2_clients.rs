//! TS 23.280 10.17.7.2 step 4: an alias is active on a client. Of several of one user, too, exactly one is sent what is for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use acm::{case::Stage, config::AliasChoice};
use futures::FutureExt as _;
use kit::testing::{End, arrival};
use sip::{AcceptContact, Message, Response};
use systems::*;
use wire::{Arrival, BoxFuture, Reply, Service};
use xml_schemas::{
    acm::{GroupInformationProvisionRequest as Provision, PendingDataNotification, PendingDataResponse},
    flow::Flow,
};

const DUTY: &str = "duty";

/// A client by its ID, and what its contact states.
type Client = (&'static str, &'static str);

const DESK: Client = ("urn:uuid:1", "<urn:uuid:00000000-0000-4000-8000-00000000000a>");
const FIELD: Client = ("urn:uuid:2", "<urn:uuid:00000000-0000-4000-8000-00000000000b>");

/// The terminals of a user at the SIP core of `b.example`: a message is for the one whose instance it requires (RFC 3841), or for any.
#[derive(Clone, Default)]
struct Terminals(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    there: BTreeSet<&'static str>,
    taken: Vec<(Option<String>, Message)>,
}

impl Terminals {
    /// A world in which the decider is there by both of his clients, in this order, and the alias is active on these.
    fn world(choice: AliasChoice, active: &[Client]) -> (World, Self) {
        let world = World::of(|_, config| config.alias_choice = choice);
        let terminals = Self::default();
        let service: Arc<dyn Service> = Arc::new(terminals.clone());
        let end = End::Service { service, arrival: arrival("inner", "acm1.core.b.example"), asserted: None };
        world.lab.connect("acm1.core.b.example", &core(B), end);
        for client in [DESK, FIELD] {
            terminals.0.lock().unwrap().there.insert(client.1);
            world.registers_by(B, DECIDER, client, false);
        }
        let active: Vec<_> = active.iter().map(|(id, _)| (DECIDER, Some(*id))).collect();
        world.is_active_on(B, DUTY, &active);
        (world, terminals)
    }

    /// The SIP core has no contact of it any more.
    fn loses(&self, (_, instance): Client) {
        self.0.lock().unwrap().there.remove(instance);
    }

    /// The instance of each that has taken a flow of this type; none for what any would have taken.
    fn have<F: Flow>(&self) -> Vec<Option<String>> {
        let is_it = |message: &Message| F::join(&kit::carriage::parts(message).unwrap()).is_ok();
        let state = self.0.lock().unwrap();
        state.taken.iter().filter(|(_, message)| is_it(message)).map(|(by, _)| by.clone()).collect()
    }
}

impl Service for Terminals {
    fn serve(&self, request: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        let wishes: Vec<AcceptContact<'_>> = request.all().map(Result::unwrap).collect();
        let instance = wishes.iter().find_map(|wish| {
            let instance = wish.params.get("+sip.instance")?;
            assert!(wish.is_required() && wish.is_explicit());
            Some(String::from_utf8(instance.to_vec()).unwrap())
        });
        let mut state = self.0.lock().unwrap();
        let is_there = instance.as_deref().is_none_or(|instance| state.there.contains(instance));
        if is_there {
            state.taken.push((instance, request.clone()));
        }
        let response = Response::new(if is_there { 200 } else { 480 });
        async move { Reply::from(response) }.boxed()
    }
}

fn asks(world: &World, request: &str) {
    world.says(A, ASKER, &provision_to_role(request, DUTY));
    world.lab.run();
}

fn instance((_, instance): Client) -> Option<String> {
    Some(instance.to_owned())
}

#[test]
fn c10_17_7_2_step_4_active_on_one_client_of_a_user_it_is_sent_to_that_alone() {
    for client in [DESK, FIELD] {
        let (world, terminals) = Terminals::world(AliasChoice::First, &[client]);
        asks(&world, "r-1");
        assert_eq!(terminals.have::<Provision>(), [instance(client)]);
        world.says(A, ASKER, &provision("r-2"));
        world.lab.run();
        assert_eq!(terminals.have::<Provision>()[1], None, "what is for him is for any of them");
    }
}

#[test]
fn c10_17_7_2_step_4_active_on_several_clients_of_one_user_exactly_one_has_it_by_the_local_choice() {
    for (choice, expected) in [
        (AliasChoice::First, [FIELD, FIELD, FIELD]),
        (AliasChoice::Latest, [DESK, DESK, DESK]),
        (AliasChoice::RoundRobin, [FIELD, DESK, FIELD]),
    ] {
        let (world, terminals) = Terminals::world(choice, &[FIELD, DESK]);
        ["r-1", "r-2", "r-3"].iter().for_each(|request| asks(&world, request));
        assert_eq!(terminals.have::<Provision>(), expected.map(instance), "{choice:?}");
    }
}

#[test]
fn c10_17_7_2_step_4_another_client_is_chosen_where_that_logs_off_unanswered_or_loses_the_alias() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    asks(&world, "r-1");
    asks(&world, "r-2");
    let asked = provision_to_role("r-2", DUTY);
    assert_eq!(world.says(B, DECIDER, &yes(&asked)), (200, None));
    terminals.loses(DESK);
    world.registers_by(B, DECIDER, DESK, true);
    world.lab.run();
    let sent = [DESK, DESK, FIELD].map(instance);
    assert_eq!(terminals.have::<Provision>(), sent, "what is answered is given to nobody any more");
    assert_eq!(world.received("r-1").unwrap().client.as_deref(), Some("urn-uuid-2"));
    world.is_active_on(B, DUTY, &[(DECIDER, Some(DESK.0))]);
    assert_eq!(terminals.have::<Provision>(), sent, "it waits for that one");
    assert_eq!(stage(world.received("r-1")), Some(Stage::Waiting));
}

#[test]
fn c10_17_7_2_step_4_a_client_that_has_gone_without_a_word_counts_as_logged_off() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[DESK, FIELD]);
    terminals.loses(DESK);
    ["r-1", "r-2"].iter().for_each(|request| asks(&world, request));
    assert_eq!(terminals.have::<Provision>(), [FIELD, FIELD].map(instance));
    terminals.0.lock().unwrap().there.insert(DESK.1);
    asks(&world, "r-3");
    assert_eq!(terminals.have::<Provision>()[2], instance(FIELD), "it has not said that it is back");
    world.registers_by(B, DECIDER, DESK, false);
    asks(&world, "r-4");
    assert_eq!(terminals.have::<Provision>()[3], instance(DESK));
}

#[test]
fn c10_17_7_2_step_4_where_it_is_active_on_none_that_is_there_it_waits_and_that_one_is_notified() {
    let (world, terminals) = Terminals::world(AliasChoice::First, &[FIELD]);
    terminals.loses(FIELD);
    asks(&world, "r-1");
    world.registers_by(B, DECIDER, DESK, false);
    world.seconds(120);
    assert!(terminals.have::<Provision>().is_empty(), "the other client is not the one");
    assert!(terminals.have::<PendingDataNotification>().is_empty());
    terminals.0.lock().unwrap().there.insert(FIELD.1);
    world.registers_by(B, DECIDER, FIELD, false);
    world.lab.run();
    assert_eq!(terminals.have::<PendingDataNotification>(), [instance(FIELD)]);
    world.says(B, DECIDER, &pending(DECIDER, B));
    world.lab.run();
    assert_eq!(world.told::<PendingDataResponse>(B)[0].items.len(), 1);
}
