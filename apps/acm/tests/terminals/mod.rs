//! The terminals of one user, and a SIP core that knows which of them is where.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use acm::config::AliasChoice;
use futures::FutureExt as _;
use kit::{
    Cause,
    aliases::client_name,
    testing::{End, arrival},
};
use sip::{AcceptContact, Message, Response};
use wire::{Arrival, BoxFuture, Clock, Reply, Service};
use xml_schemas::{
    acm::{ClientId, PendingDataRequest},
    flow::Flow,
};

use crate::systems::*;

pub const DUTY: &str = "duty";

/// How long whoever sends waits for one who does not answer (RFC 3261 17.1.2.2, timer F).
pub const PATIENCE: u64 = 32;

/// A client by its ID, and what its contact states.
pub type Client = (&'static str, &'static str);

pub const DESK: Client = ("urn:uuid:1", "<urn:uuid:00000000-0000-4000-8000-00000000000a>");
pub const FIELD: Client = ("urn:uuid:2", "<urn:uuid:00000000-0000-4000-8000-00000000000b>");

/// What one does with what it is sent, after so many seconds.
#[derive(Clone, Copy)]
pub enum Does {
    Takes(u64),
    /// It is bound, and does not answer.
    Nothing,
    /// The SIP core has no contact of it.
    Gone(u64),
    /// It answers that nobody listens.
    Refuses,
    /// It, or something on the way, fails at once.
    Fails,
}

/// The terminals of a user at the SIP core of `b.example`: a message is for the one whose instance it requires (RFC 3841), or for any.
#[derive(Clone)]
pub struct Terminals(Arc<Mutex<State>>, Arc<dyn Clock>);

#[derive(Default)]
struct State {
    there: BTreeMap<&'static str, Does>,
    taken: Vec<(Option<String>, Message)>,
}

impl Terminals {
    /// A world in which the decider is there by both of his clients, in this order, and the alias is active on these.
    pub fn world(choice: AliasChoice, active: &[Client]) -> (World, Self) {
        let (world, terminals) = Self::alone(choice);
        for client in [DESK, FIELD] {
            terminals.does(client, Does::Takes(0));
            world.registers_by(B, DECIDER, client, false);
        }
        terminals.active_on(&world, DUTY, active);
        (world, terminals)
    }

    /// Nobody is there, and nothing is active.
    pub fn alone(choice: AliasChoice) -> (World, Self) {
        let world = World::of(|_, config| config.alias_choice = choice);
        let terminals = Self(Arc::default(), world.lab.world("clock").clock);
        let service: Arc<dyn Service> = Arc::new(terminals.clone());
        let end = End::Service { service, arrival: arrival("inner", "acm1.core.b.example"), asserted: None };
        world.lab.connect("acm1.core.b.example", &core(B), end);
        (world, terminals)
    }

    /// An alias is active on these clients of the decider's, in this order.
    pub fn active_on(&self, world: &World, role: &str, clients: &[Client]) {
        let names: Vec<_> = clients.iter().map(|(id, _)| client_name(id)).collect();
        let active: Vec<_> = names.iter().map(|name| (DECIDER, Some(name.as_str()))).collect();
        world.is_active_on(B, role, &active);
    }

    pub fn does(&self, (_, instance): Client, what: Does) {
        self.0.lock().unwrap().there.insert(instance, what);
    }

    /// The SIP core has no contact of it any more.
    pub fn loses(&self, client: Client) {
        self.does(client, Does::Gone(0));
    }

    /// The instance of each that has taken a flow of this type; none for what any would have taken.
    pub fn have<F: Flow>(&self) -> Vec<Option<String>> {
        let is_it = |message: &Message| F::join(&kit::carriage::parts(message).unwrap()).is_ok();
        let state = self.0.lock().unwrap();
        state.taken.iter().filter(|(_, message)| is_it(message)).map(|(by, _)| by.clone()).collect()
    }

    fn takes(&self, instance: Option<String>, request: Message) -> u16 {
        let mut state = self.0.lock().unwrap();
        state.taken.push((instance, request));
        200
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
        let (this, request) = (self.clone(), request.clone());
        let does = {
            let state = self.0.lock().unwrap();
            match &instance {
                Some(instance) => state.there.get(instance.as_str()).copied().unwrap_or(Does::Gone(0)),
                // It goes on from whoever does not answer to whoever does.
                None if state.there.values().any(|does| matches!(does, Does::Takes(_))) => Does::Takes(0),
                None => Does::Nothing,
            }
        };
        async move {
            let wait = |seconds| this.1.sleep(Duration::from_secs(seconds));
            let status = match does {
                Does::Takes(0) => this.takes(instance, request),
                Does::Takes(later) => {
                    let status = this.takes(instance, request);
                    wait(later).await;
                    status
                }
                Does::Nothing => {
                    wait(PATIENCE).await;
                    408
                }
                Does::Refuses => return Reply::from(Cause::LoggedOff.response("client")),
                Does::Fails => 503,
                Does::Gone(0) => 480,
                Does::Gone(later) => {
                    wait(later).await;
                    480
                }
            };
            Reply::from(Response::new(status))
        }
        .boxed()
    }
}

/// Whoever has the alias is asked.
pub fn asks(world: &World, request: &str) {
    asks_of(world, request, DUTY);
}

pub fn asks_of(world: &World, request: &str, role: &str) {
    world.says(A, ASKER, &provision_to_role(request, role));
    world.lab.run();
}

pub fn instance((_, instance): Client) -> Option<String> {
    Some(instance.to_owned())
}

/// With which client of his a request is.
pub fn with(world: &World, request: &str) -> Option<String> {
    world.received(request)?.client
}

/// A client asks what waits, and says which it is.
pub fn queries(world: &World, number: u8, (client, _): Client) {
    let question = PendingDataRequest {
        request_id: request_id(&format!("q-{number}")),
        client: ClientId::new(client),
        ..pending(DECIDER, B)
    };
    assert_eq!(world.says(B, DECIDER, &question), (200, None));
    world.lab.run();
}
