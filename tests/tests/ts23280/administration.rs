//! What the tests of clause 10.17 have in common: alice asks, and bob decides.

use clients::acm::{Answer, Ask, Told, Wish};
use futures::{FutureExt as _, StreamExt as _, channel::mpsc::Receiver};
use kit::Cause;
use mcx_tests::{TwoSystems, flows};
use xml_schemas::{
    acm::{Addressee, PendingItem, Progress, ProvidedGroup, Request, Response},
    ids::{FunctionalAlias, GroupId, RequestId},
};

use crate::BOB;

/// What a client is told from now on.
pub struct Ear(Receiver<Told>);

impl Ear {
    pub fn of(world: &TwoSystems, who: &str) -> Self {
        Self(world.acm_client(who).told())
    }

    /// What has come since.
    pub fn heard(&mut self) -> Vec<Told> {
        std::iter::from_fn(|| self.0.next().now_or_never().flatten()).collect()
    }

    /// How far a request has been said to be.
    pub fn progress(&mut self) -> Vec<Progress> {
        let progress = |told| match told {
            Told::Indication(indication) => Some(indication.progress),
            _ => None,
        };
        self.heard().into_iter().filter_map(progress).collect()
    }
}

/// Alice asks bob.
pub async fn asks(world: &TwoSystems, wish: Wish) -> Result<RequestId, Cause> {
    asks_of(world, Addressee::User(flows::user(BOB)), None, wish).await
}

/// Alice asks whoever this is, perhaps in a role of hers.
pub async fn asks_of(
    world: &TwoSystems,
    target: Addressee,
    alias: Option<FunctionalAlias>,
    wish: Wish,
) -> Result<RequestId, Cause> {
    let ask = Ask { target, alias, urgency: None, within: None, wish };
    let asked = world.acm_client("alice").ask(ask).await.map_err(|stop| stop.cause());
    world.quiet().await;
    asked
}

/// The lab's group, to be made known.
pub fn fire(world: &TwoSystems) -> Wish {
    let id = GroupId::new(&world.group()).unwrap();
    Wish::ProvideGroups(vec![ProvidedGroup { id, name: None }])
}

/// What a user is to decide: as it came, or as he finds it when he asks what waits.
pub async fn given(world: &TwoSystems, who: &str, ear: &mut Ear) -> Request {
    for told in ear.heard() {
        match told {
            Told::Request(request) => return request,
            Told::Waiting => {
                let found = world.acm_client(who).pending().await.unwrap();
                let request = found.items.into_iter().find_map(|item| match item {
                    PendingItem::Request(request) => Some(request),
                    PendingItem::Response(_) => None,
                });
                return request.expect("a request waits");
            }
            _ => {}
        }
    }
    panic!("{who} was given nothing");
}

/// Bob decides.
pub async fn decides(world: &TwoSystems, request: &Request, answer: Answer) -> Response {
    decides_as(world, "bob", request, answer).await
}

/// This user decides.
pub async fn decides_as(world: &TwoSystems, who: &str, request: &Request, answer: Answer) -> Response {
    let response = world.acm_client(who).answer(request, answer).await.unwrap();
    world.quiet().await;
    response
}

/// What a user hears of his request: as it came, or as he finds it when he asks what waits.
pub async fn answered(world: &TwoSystems, who: &str, ear: &mut Ear) -> Response {
    for told in ear.heard() {
        match told {
            Told::Response(response) => return response,
            Told::Waiting => {
                let found = world.acm_client(who).pending().await.unwrap();
                let response = found.items.into_iter().find_map(|item| match item {
                    PendingItem::Response(response) => Some(response),
                    PendingItem::Request(_) => None,
                });
                return response.expect("a response waits");
            }
            _ => {}
        }
    }
    panic!("{who} was told nothing");
}

/// Alice asks, bob says so, and alice hears of it, both of them there.
pub async fn arranged(world: &TwoSystems, wish: Wish, answer: Answer) -> Response {
    let (mut alice, mut bob) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
    asks(world, wish).await.unwrap();
    let request = given(world, "bob", &mut bob).await;
    decides(world, &request, answer).await;
    answered(world, "alice", &mut alice).await
}

pub async fn logs_on(world: &TwoSystems, who: &str) {
    world.client(who).log_on().await.unwrap();
    world.quiet().await;
}

pub async fn logs_off(world: &TwoSystems, who: &str) {
    world.client(who).log_off().await.unwrap();
    world.quiet().await;
}
