//! TS 23.280 10.17.4: what a client will not have keeps nothing else from its user, however much of it there is, and whenever that comes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod systems;

use std::sync::{Arc, Mutex};

use futures::{FutureExt as _, channel::oneshot};
use kit::{
    Cause,
    testing::{End, arrival},
};
use sip::Message;
use systems::*;
use wire::{Arrival, BoxFuture, Reply, Service};
use xml_schemas::acm::GroupInformationProvisionRequest as Provision;

/// A client that knows nothing of group membership updates.
#[derive(Clone, Default)]
struct Picky(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    refused: usize,
    /// What the answer to the next one waits for.
    gate: Option<oneshot::Receiver<()>>,
}

impl Service for Picky {
    fn serve(&self, request: Message, _: Arrival) -> BoxFuture<'static, Reply> {
        let is_update = String::from_utf8_lossy(request.body()).contains("group-membership");
        if !is_update {
            return async { sip::Response::new(200).into() }.boxed();
        }
        let mut heard = self.0.lock().unwrap();
        heard.refused += 1;
        let gate = heard.gate.take();
        async move {
            if let Some(gate) = gate {
                gate.await.unwrap();
            }
            sip::Response::new(415).into()
        }
        .boxed()
    }
}

fn world() -> (World, Picky) {
    let (world, client) = (World::new(), Picky::default());
    let end = End::Service {
        service: Arc::new(client.clone()),
        arrival: arrival("inner", &core(B)),
        asserted: None,
    };
    world.lab.connect("acm1.core.b.example", &core(B), end);
    world.logs_on(B, DECIDER);
    (world, client)
}

#[test]
fn more_than_a_page_of_what_a_client_refuses_keeps_nothing_else_from_its_user() {
    let (world, client) = world();
    for number in 0..70 {
        assert_eq!(world.between(A, B, &membership(&format!("m-{number}"))), (200, None));
    }
    world.seconds(60);
    assert!(client.0.lock().unwrap().refused >= 70);
    assert_eq!(world.between(A, B, &provision("r-1")), (200, None));
    world.seconds(60);
    assert!(!world.told::<Provision>(B).is_empty());
}

#[test]
fn what_comes_while_something_is_tried_for_the_last_time_is_told() {
    let (world, client) = world();
    assert_eq!(world.between(A, B, &membership("m-1")), (200, None));
    world.seconds(41);
    let (open, gate) = oneshot::channel();
    let before = {
        let mut heard = client.0.lock().unwrap();
        heard.gate = Some(gate);
        heard.refused
    };
    world.seconds(1);
    assert_eq!(client.0.lock().unwrap().refused, before + 1, "its last attempt is under way");
    assert_eq!(world.between(A, B, &provision("r-1")), (200, None));
    world.lab.run();
    assert!(world.told::<Provision>(B).is_empty());
    open.send(()).unwrap();
    world.lab.run();
    assert_eq!(world.told::<Provision>(B).len(), 1);
}

/// TS 24.229 5.4.3.3: while he is still taken to be logged on, his home says that he works in another system.
#[test]
fn who_works_elsewhere_is_not_sent_all_that_waits_for_him() {
    let world = World::new();
    world.logs_on(B, DECIDER);
    let away = Cause::MigratedAway.response("mcs1.core.b.example");
    world.lab.connect("acm1.core.b.example", &core(B), End::Response(away));
    let before = world.lab.sent(&core(B)).len();
    for number in 0..20 {
        assert_eq!(world.between(A, B, &membership(&format!("m-{number}"))), (200, None));
    }
    world.seconds(120);
    assert_eq!(world.lab.sent(&core(B)).len() - before, 4, "the first of them, and three times again");
}
