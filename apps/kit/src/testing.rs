//! An in-memory world for the tests of entities: a switchboard in place of sockets, a clock that only the test moves,
//! identifiers that count, and tasks that run when the test says so. Nothing here sleeps or depends on chance.
#![allow(clippy::expect_used, reason = "a test that cannot build its own messages has to fail loudly")]

mod board;
mod gateways;
mod tasks;
mod time;
mod web;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use wire::{
    AnchorId, Arrival, Certificate, Hop, Identity, Ids, Service, TlsPeer, Transport, World, web::WebService,
};

use crate::{Ladder, config::HopConfig};
pub use board::End;
use board::{Board, Wired};
pub use gateways::{Fate, Gateways, Servers, Way, asserted};
use tasks::Queue;
use time::Paused;
pub use web::WebEnd;
use web::{WebBoard, WebWired};

/// The world of a test. Cheap to clone.
#[derive(Clone)]
pub struct Lab {
    board: Arc<Board>,
    web: Arc<WebBoard>,
    clock: Arc<Paused>,
    tasks: Arc<Queue>,
    ids: Arc<Counting>,
    ladder: Arc<Ladder>,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// A world in which nothing is connected.
    #[must_use]
    pub fn new() -> Self {
        let (board, web) = (Arc::default(), Arc::default());
        let (tasks, ids) = (Arc::default(), Arc::default());
        Self { board, web, clock: Arc::new(Paused::new()), tasks, ids, ladder: Arc::new(Ladder::new()) }
    }

    /// What the entity of this name is given; its requests leave by [`Lab::connect`]ed hops.
    #[must_use]
    pub fn world(&self, entity: &str) -> World {
        let wire = Wired { from: entity.to_owned(), board: self.board.clone(), tasks: self.tasks.clone() };
        World {
            wire: Arc::new(wire),
            web: Arc::new(WebWired { from: entity.to_owned(), board: self.web.clone() }),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            tasks: self.tasks.clone(),
            recorder: self.ladder.clone(),
        }
    }

    /// What is found at the far end of a hop that this entity uses. Replaces what was there.
    pub fn connect(&self, from: &str, hop: &str, end: End) {
        self.board.connect(from, hop, end);
    }

    /// What HTTP requests find at the far end of a hop that this entity uses. Replaces what was there.
    pub fn connect_web(&self, from: &str, hop: &str, end: WebEnd) {
        self.web.connect(from, hop, end);
    }

    /// Every HTTP request that left by this hop so far, whoever sent it, in order.
    #[must_use]
    pub fn fetched(&self, hop: &str) -> Vec<http::Request<Bytes>> {
        self.web.sent(hop)
    }

    /// Gives an HTTP request to a service, runs, and returns the response; none where it waits for time to pass.
    #[must_use]
    pub fn fetch(
        &self,
        service: &Arc<dyn WebService>,
        request: http::Request<Bytes>,
        arrival: Arrival,
    ) -> Option<http::Response<Bytes>> {
        let mut answered = self.fetch_later(service, request, arrival);
        self.run();
        answered.try_recv().ok().flatten()
    }

    /// As [`Lab::fetch`], for one that waits: the response is received once time has passed.
    pub fn fetch_later(
        &self,
        service: &Arc<dyn WebService>,
        request: http::Request<Bytes>,
        arrival: Arrival,
    ) -> futures::channel::oneshot::Receiver<http::Response<Bytes>> {
        let (sender, receiver) = futures::channel::oneshot::channel();
        let service = Arc::clone(service);
        let serving = async move {
            let _ = sender.send(service.serve(request, arrival).await);
        };
        wire::Tasks::spawn(&*self.tasks, Box::pin(serving));
        receiver
    }

    /// Every request that left by this hop so far, whoever sent it, in order.
    #[must_use]
    pub fn sent(&self, hop: &str) -> Vec<sip::Message> {
        self.board.sent(hop)
    }

    /// Runs everything that can run, until nothing can without time passing.
    pub fn run(&self) {
        self.tasks.run();
    }

    /// Lets time pass, stopping at each moment at which somebody wakes.
    pub fn advance(&self, duration: Duration) {
        let end = self.clock.target(duration);
        self.run();
        while self.clock.wake_next(end) {
            self.run();
        }
        self.clock.arrive(end);
        self.run();
    }

    /// The time of day is put right by somebody, where it was ahead; whoever sleeps sleeps as long as he said.
    pub fn put_back(&self, by: Duration) {
        self.clock.put_back(by);
    }

    /// Gives a request to a service, runs, and returns the final response; none where it waits for time to pass.
    #[must_use]
    pub fn deliver(
        &self,
        service: &dyn Service,
        request: &sip::Request,
        arrival: Arrival,
    ) -> Option<sip::Message> {
        let message = board::on_the_wire(request, None);
        self.deliver_message(service, &message, arrival)
    }

    /// As [`Lab::deliver`], for a message that no draft can make.
    #[must_use]
    pub fn deliver_message(
        &self,
        service: &dyn Service,
        message: &sip::Message,
        arrival: Arrival,
    ) -> Option<sip::Message> {
        let (sender, mut receiver) = futures::channel::oneshot::channel();
        let serving = service.serve(message.clone(), arrival);
        let (tasks, message) = (self.tasks.clone(), message.clone());
        wire::Tasks::spawn(
            &*self.tasks,
            Box::pin(async move {
                let reply = serving.await;
                let _ = sender.send(board::answer(&reply.response, &message));
                if let Some(after) = reply.after {
                    wire::Tasks::spawn(&*tasks, after);
                }
            }),
        );
        self.run();
        receiver.try_recv().ok().flatten()
    }

    /// What was recorded.
    #[must_use]
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }
}

/// An arrival at this listener by TLS, from a peer whose certificate proves this domain.
#[must_use]
pub fn arrival(listener: &str, proves: &str) -> Arrival {
    let identities = vec![Identity::Dns(proves.to_owned())];
    let certificate = Certificate { identities, anchor: AnchorId([7; 32]), not_after: UNIX_EPOCH };
    Arrival {
        listener: listener.into(),
        transport: Transport::Tls,
        local: ([127, 0, 0, 1], 5061).into(),
        remote: ([127, 0, 0, 1], 40_000).into(),
        connection: None,
        certificate: Some(Arc::new(certificate)),
    }
}

/// A hop of this name, as [`Lab::connect`] knows it.
#[must_use]
pub fn hop(name: &str) -> Hop {
    Hop {
        name: name.into(),
        transport: Transport::Tls,
        address: ([127, 0, 0, 1], 5061).into(),
        tls: Some(TlsPeer { profile: "inner".into(), domain: name.into(), anchor: None }),
        connection: None,
        streams: wire::Streams::default(),
    }
}

/// The configuration of such a hop.
#[must_use]
pub fn hop_config(name: &str) -> HopConfig {
    HopConfig {
        name: name.to_owned(),
        address: ([127, 0, 0, 1], 5061).into(),
        transport: Transport::Tls,
        tls: Some("inner".to_owned()),
        identity: name.to_owned(),
        streams: wire::Streams::default(),
    }
}

/// Identifiers that count up.
#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Ids for Counting {
    fn token(&self) -> String {
        format!("t{:025}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn uuid(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}
