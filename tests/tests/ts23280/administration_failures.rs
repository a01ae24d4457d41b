//! The fourteen steps of group information provision while somebody is killed: ACM servers, functional alias controlling servers and
//! gateways of both systems, at every commit that a server makes, before it is kept and after. In the end both systems say the same of
//! every request: whatever was accepted is answered, once. TS 23.280 10.17.4.2

use std::{collections::BTreeMap, time::Duration};

use clients::acm::{Answer, Told};
use kit::Cause;
use mcx_tests::{Home, Killed, TwoSystems};
use xml_schemas::acm::{Addressee, PendingItem, Request, Response, State};

use crate::{
    ACM_A, ACM_B, ALIASES_A, ALIASES_B, GATEWAY_A, GATEWAY_B,
    administration::{Ear, asks_of, fire},
    c10_17_aliases::{role, with_roles},
};

/// More commits than a server makes, so that a procedure that does not end is noticed.
const TOO_MANY: usize = 100;

/// Steps 5 and 11: the pauses that the notes speak of, as long as something may be tried again and again.
const LONG: Duration = Duration::from_secs(90);

/// How often somebody tries what is not done.
const ATTEMPTS: usize = 8;

/// Two systems, somebody who is killed, and what alice was promised.
struct Drill<'w> {
    world: &'w mut TwoSystems,
    killed: Option<Killed>,
    accepted: Vec<String>,
    /// What alice is told when she is back.
    told: Option<Ear>,
}

impl Drill<'_> {
    /// What is done has its consequences; what has failed is tried again, when whoever was killed is back.
    async fn pause(&mut self) {
        if self.killed.as_ref().is_none_or(|killed| !killed.has_happened() || killed.is_back()) {
            return self.world.advance(Duration::from_secs(2)).await;
        }
        self.world.advance(Duration::from_secs(35)).await;
        if let Some(killed) = &mut self.killed {
            self.world.revive(killed).await;
        }
        self.world.quiet().await;
    }

    async fn registers(&mut self, who: &str, is_there: bool) {
        for _ in 0..ATTEMPTS {
            let client = self.world.client(who).clone();
            let done = if is_there { client.log_on().await.is_ok() } else { client.log_off().await.is_ok() };
            self.pause().await;
            if done {
                return;
            }
        }
        panic!("{who} cannot register");
    }

    /// Step 1, until it is accepted; of what was not answered nobody knows whether it was.
    async fn asks(&mut self) {
        for _ in 0..ATTEMPTS {
            let own = Some(role(Home::Primary));
            let asked =
                asks_of(self.world, Addressee::Alias(role(Home::Partner)), own, fire(self.world)).await;
            self.pause().await;
            if let Ok(request) = asked {
                return self.accepted.push(request.to_string());
            }
        }
        panic!("nobody accepts it");
    }

    async fn activates(&mut self, who: &str, home: Home) {
        for _ in 0..ATTEMPTS {
            let client = self.world.client(who).aliases().expect("a client of aliases").clone();
            let done = client.activate(&[role(home)], false).await.is_ok();
            self.pause().await;
            if done {
                return;
            }
        }
        panic!("{who} cannot activate the role");
    }

    /// Steps 7 and 13: what somebody finds when he asks what waits.
    async fn finds(&mut self, who: &str) -> Vec<PendingItem> {
        for _ in 0..ATTEMPTS {
            let client = self.world.acm_client(who).clone();
            let found = client.pending().await;
            self.pause().await;
            if let Ok(found) = found {
                return found.items;
            }
        }
        panic!("{who} is told nothing");
    }

    /// Steps 7 to 9: bob says yes to all that waits for him.
    async fn decides(&mut self) {
        for _ in 0..ATTEMPTS {
            let requests: Vec<Request> = self.finds("bob").await.into_iter().filter_map(request).collect();
            if requests.is_empty() && self.is_answered().await {
                return;
            }
            for request in requests {
                let client = self.world.acm_client("bob").clone();
                if let Err(unheard) = client.answer(&request, Answer::yes()).await {
                    assert!(may_come_again(unheard.cause()), "{unheard:?}");
                }
            }
            self.pause().await;
            // As long as a server waits at most before it tries again.
            self.world.advance(Duration::from_secs(40)).await;
        }
        panic!("bob is never done");
    }

    /// Where each request stands, as this user's server lists it.
    async fn states(&mut self, who: &str) -> BTreeMap<String, State> {
        for _ in 0..ATTEMPTS {
            let client = self.world.acm_client(who).clone();
            if let Ok(status) = client.status(None).await {
                let items = status.items.into_iter();
                return items.map(|item| (item.heading.request_id.to_string(), item.state)).collect();
            }
            self.pause().await;
        }
        panic!("{who} sees nothing");
    }

    /// Whatever bob has been given he has answered.
    async fn is_answered(&mut self) -> bool {
        let states = self.states("bob").await;
        states.len() >= self.accepted.len() && states.values().all(|state| *state == State::Success)
    }

    /// All fourteen, each user away while the other acts.
    async fn carries_out(&mut self) {
        self.activates("alice", Home::Primary).await;
        self.asks().await;
        self.registers("alice", false).await;
        self.world.advance(LONG).await;
        self.registers("bob", true).await;
        self.activates("bob", Home::Partner).await;
        self.decides().await;
        self.world.advance(LONG).await;
        self.told = Some(Ear::of(self.world, "alice"));
        self.registers("alice", true).await;
    }

    async fn is_settled(&mut self, what: &str) {
        let found = self.finds("alice").await.into_iter().filter_map(response);
        let heard =
            self.told.as_mut().map(Ear::heard).unwrap_or_default().into_iter().filter_map(
                |told| match told {
                    Told::Response(response) => Some(response),
                    _ => None,
                },
            );
        let mut told: Vec<String> =
            found.chain(heard).map(|response| response.heading().request_id.to_string()).collect();
        told.sort();
        let (hers, his) = (self.states("alice").await, self.states("bob").await);
        assert_eq!(hers, his, "{what}: the systems disagree");
        assert!(hers.values().all(|state| *state == State::Success), "{what}: {hers:?}");
        for request in &self.accepted {
            assert!(hers.contains_key(request), "{what}: {request} was accepted and is lost");
        }
        assert!(told.iter().eq(hers.keys()), "{what}: alice is told {told:?} of {hers:?}");
    }
}

/// Whoever was not heard asks again; whoever was heard, and not answered, is told so then.
fn may_come_again(cause: Cause) -> bool {
    cause == Cause::AlreadyAnswered || cause.status() >= 500
}

fn request(item: PendingItem) -> Option<Request> {
    match item {
        PendingItem::Request(request) => Some(request),
        PendingItem::Response(_) => None,
    }
}

fn response(item: PendingItem) -> Option<Response> {
    match item {
        PendingItem::Response(response) => Some(response),
        PendingItem::Request(_) => None,
    }
}

/// What each server commits while all fourteen steps are gone through and nobody is killed: one that is lost would show.
const OF_ACM_A: (&str, usize) = (ACM_A, 14);
const OF_ACM_B: (&str, usize) = (ACM_B, 17);
const OF_ALIASES_A: (&str, usize) = (ALIASES_A, 4);
const OF_ALIASES_B: (&str, usize) = (ALIASES_B, 2);

/// Somebody is killed at each commit of a server in turn.
fn each_commit(victim: &str, (server, commits): (&str, usize), is_kept: bool) {
    for commit in 0..TOO_MANY {
        let mut has_happened = false;
        with_roles(TwoSystems::new().administration()).logged_off(Home::Partner, "bob").run(async |world| {
            let killed = Some(world.kill_at(victim, (server, commit), is_kept));
            let mut drill = Drill { world, killed, accepted: Vec::new(), told: None };
            drill.carries_out().await;
            has_happened = drill.killed.as_ref().is_some_and(Killed::has_happened);
            let when = if is_kept { "after" } else { "before" };
            drill.is_settled(&format!("{victim} killed {when} commit {commit} of {server}")).await;
        });
        if !has_happened {
            assert_eq!(commit, commits, "so many commits of {server} were gone through");
            return;
        }
    }
    panic!("{server} never stops to commit");
}

/// Before each of them, and after.
fn around_each_commit(victim: &str, of: (&str, usize)) {
    each_commit(victim, of, false);
    each_commit(victim, of, true);
}

#[test]
fn c10_17_4_2_the_initiators_acm_server_is_killed_before_each_of_its_commits() {
    each_commit(ACM_A, OF_ACM_A, false);
}

#[test]
fn c10_17_4_2_the_initiators_acm_server_is_killed_after_each_of_its_commits() {
    each_commit(ACM_A, OF_ACM_A, true);
}

#[test]
fn c10_17_4_2_the_targets_acm_server_is_killed_before_each_of_its_commits() {
    each_commit(ACM_B, OF_ACM_B, false);
}

#[test]
fn c10_17_4_2_the_targets_acm_server_is_killed_after_each_of_its_commits() {
    each_commit(ACM_B, OF_ACM_B, true);
}

#[test]
fn c10_17_4_2_an_alias_server_is_killed_around_each_of_its_commits() {
    around_each_commit(ALIASES_A, OF_ALIASES_A);
    around_each_commit(ALIASES_B, OF_ALIASES_B);
}

#[test]
fn c10_17_4_2_an_alias_server_is_killed_after_each_commit_of_either_acm_server() {
    for victim in [ALIASES_A, ALIASES_B] {
        each_commit(victim, OF_ACM_A, true);
        each_commit(victim, OF_ACM_B, true);
    }
}

#[test]
fn c10_17_4_2_the_initiators_gateway_is_killed_around_each_commit_of_either_acm_server() {
    around_each_commit(GATEWAY_A, OF_ACM_A);
    around_each_commit(GATEWAY_A, OF_ACM_B);
}

#[test]
fn c10_17_4_2_the_targets_gateway_is_killed_around_each_commit_of_either_acm_server() {
    around_each_commit(GATEWAY_B, OF_ACM_A);
    around_each_commit(GATEWAY_B, OF_ACM_B);
}
