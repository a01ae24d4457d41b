//! The event package `presence` for functional aliases: RFC 3856, TS 24.379 clauses 9A.2.1.3 and 9A.2.2.2.4
//!
//! A user is told of the aliases that he may hold, and how each stands; an own server of all that are held, first of all of them
//! and then of what has changed since it answered last.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use kit::{
    Cause, Done, Fault, Impu, PartnerTable, Peer,
    events::{self, Body, Lifetimes, Setup, Told, Watch},
};
use store::Store;
use wire::{BoxFuture, Clock, World};
use xml_schemas::{
    Timestamp,
    body::{
        Body as _, Presence,
        presence::{AliasStatus, Scope, Standing, Tuple},
    },
    ids::{FunctionalAlias, McServiceId},
    mime,
};

use crate::{
    Held,
    config::{Alias, Config},
    state::Shared,
};

/// What an own server watches: every alias.
const ALL: &str = "aliases/";

/// For how long a subscription lasts that does not say.
const USUAL: Duration = Duration::from_secs(3600);
const LONGEST: Duration = Duration::from_secs(86_400);
const SHORTEST: Duration = Duration::from_secs(60);

/// What is watched of one alias.
pub(crate) fn alias(alias: &FunctionalAlias) -> String {
    format!("{ALL}{}", alias.as_str())
}

/// What is watched of one user.
pub(crate) fn user(user: &McServiceId) -> String {
    format!("users/{}", user.as_str())
}

/// The package.
pub struct Package {
    shared: Arc<Shared>,
    entity: String,
    clock: Arc<dyn Clock>,
}

impl Package {
    pub(crate) fn new(shared: Arc<Shared>, entity: &str, clock: Arc<dyn Clock>) -> Self {
        Self { shared, entity: entity.to_owned(), clock }
    }

    fn now(&self) -> SystemTime {
        self.clock.wall()
    }

    /// Every alias that is held, or what has changed of them.
    fn of_all(&self, told: &Told, is_whole: bool) -> Body {
        let (now, held) = (self.now(), self.shared.kept.all());
        let state: Told = held
            .iter()
            .map(|(alias, version)| (alias.as_str().to_owned(), Some(version.to_string())))
            .collect();
        let is_whole = is_whole || told.is_empty();
        let is_new =
            |alias: &&FunctionalAlias| is_whole || told.get(alias.as_str()) != state.get(alias.as_str());
        let mut aliases: BTreeMap<FunctionalAlias, Vec<AliasStatus>> = BTreeMap::new();
        for alias in held.keys().filter(is_new) {
            aliases.insert(alias.clone(), standing(alias, &self.shared.kept.holders(alias, now)));
        }
        let gone = told.keys().filter(|alias| !is_whole && !state.contains_key(*alias));
        for alias in gone.filter_map(|alias| FunctionalAlias::new(alias).ok()) {
            aliases.insert(alias.clone(), standing(&alias, &[]));
        }
        let scope = if is_whole { Scope::Whole } else { Scope::Changes };
        let is_news = !aliases.is_empty();
        let tuple = |(number, aliases)| Tuple { id: format!("a{number}"), aliases, ..Tuple::default() };
        let tuples = aliases.into_values().enumerate().map(tuple).collect();
        self.body(&self.entity, scope, tuples, (state, is_news))
    }

    /// How the aliases stand that a user may hold: those that he holds on the client, and what he could do about the others.
    fn of_user(&self, user: &McServiceId, watched: &str, told: &Told) -> Body {
        let (now, rules) = (self.now(), self.shared.rules());
        let mut clients: BTreeMap<String, Vec<AliasStatus>> = BTreeMap::new();
        let mut others = Vec::new();
        for alias in rules.of_user(user) {
            let holders = self.shared.kept.holders(&alias.id, now);
            let his: Vec<&Held> = holders.iter().filter(|held| held.user == *user).collect();
            if his.is_empty() {
                others.push(AliasStatus {
                    status: Some(could(alias, &holders)),
                    ..AliasStatus::of(alias.id.clone())
                });
            }
            for held in his {
                clients.entry(held.client.clone()).or_default().push(active(&alias.id, held));
            }
        }
        let of_client = |(id, aliases)| Tuple { id, aliases, ..Tuple::default() };
        let mut tuples: Vec<Tuple> = clients.into_iter().map(of_client).collect();
        if !others.is_empty() {
            tuples.push(Tuple { id: "others".to_owned(), aliases: others, ..Tuple::default() });
        }
        // The document itself is the state: what it says of others' aliases changes with theirs.
        let state = format!("{tuples:?}");
        let state: Told = [(watched.to_owned(), Some(state))].into();
        let is_news = state != *told;
        self.body(user.as_str(), Scope::Whole, tuples, (state, is_news))
    }

    fn body(&self, entity: &str, scope: Scope, tuples: Vec<Tuple>, (told, is_news): (Told, bool)) -> Body {
        let presence = Presence { entity: entity.to_owned(), scope, tuples, ..Presence::default() };
        Body { bytes: Some(Bytes::from(presence.write())), told, is_news, is_part: false }
    }

    fn watched(&self, peer: &Peer) -> Done<Watch> {
        let resource = match (peer.server(), peer.user()) {
            (Some(_), _) => ALL.to_owned(),
            (None, Some(impu)) => user(&self.user(impu)?),
            (None, None) => return Err(Cause::NotPermitted.into()),
        };
        Ok(Watch { resources: vec![resource], mode: String::new() })
    }

    fn user(&self, impu: &Impu) -> Result<McServiceId, Cause> {
        self.shared.rules().user(impu).cloned().ok_or(Cause::NotBound)
    }
}

impl events::Package for Package {
    const NAME: &'static str = kit::aliases::EVENT;
    const MEDIA_TYPE: &'static str = mime::PIDF;

    fn watch<'a>(&'a self, peer: &'a Peer, _: &'a sip::Message) -> BoxFuture<'a, Done<Watch>> {
        Box::pin(async move { self.watched(peer) })
    }

    fn may_still<'a>(&'a self, peer: &'a Peer, watch: &'a Watch) -> BoxFuture<'a, Done<()>> {
        Box::pin(
            async move { if self.watched(peer)? == *watch { Ok(()) } else { Err(Cause::NotBound.into()) } },
        )
    }

    fn body<'a>(&'a self, watch: &'a Watch, told: &'a Told, is_whole: bool) -> BoxFuture<'a, Done<Body>> {
        Box::pin(async move {
            let watched = watch.resources.first().map(String::as_str).unwrap_or_default();
            match watched.strip_prefix("users/").map(McServiceId::new) {
                Some(Ok(user)) => Ok(self.of_user(&user, watched, told)),
                Some(Err(why)) => Err(Fault::new(why.to_string()).into()),
                None => Ok(self.of_all(told, is_whole)),
            }
        })
    }
}

/// What could be done about an alias that one does not hold.
fn could(alias: &Alias, holders: &[Held]) -> Standing {
    let users: std::collections::HashSet<_> = holders.iter().map(|held| &held.user).collect();
    if alias.take_over && users.len() >= alias.limit {
        Standing::TakeOverPossible
    } else {
        Standing::Deactivated
    }
}

/// An alias with all of its holders, in the order of activation.
fn standing(alias: &FunctionalAlias, holders: &[Held]) -> Vec<AliasStatus> {
    if holders.is_empty() {
        return vec![AliasStatus { status: Some(Standing::Deactivated), ..AliasStatus::of(alias.clone()) }];
    }
    holders.iter().map(|held| active(alias, held)).collect()
}

fn active(alias: &FunctionalAlias, held: &Held) -> AliasStatus {
    AliasStatus {
        user: Some(held.user.clone()),
        status: Some(Standing::Activated),
        expires: Some(Timestamp::from(held.until)),
        since: Some(Timestamp::from(held.since)),
        client: Some(held.client.clone()),
        ..AliasStatus::of(alias.clone())
    }
}

pub(crate) fn setup(config: &Config, store: &Arc<dyn Store>, world: &World) -> Setup {
    let (servers, core) = (config.servers.clone(), config.core.hop());
    let hops = move |peer: &Peer| match peer.server() {
        Some(identity) => {
            servers.iter().find(|server| server.identity == *identity).map(|server| server.hop.clone())
        }
        None => peer.user().map(|_| core.clone()),
    };
    let nobody = Arc::new(PartnerTable::default());
    Setup {
        world: world.clone(),
        store: Arc::clone(store),
        own: config.psi.clone(),
        hops: Arc::new(hops),
        partners: Arc::new(move || Arc::clone(&nobody)),
        lifetimes: Lifetimes { default: USUAL, longest: LONGEST, shortest: SHORTEST },
        limit: config.subscriptions,
        octets: config.subscription_octets,
        replica: config.replica.clone(),
    }
}
