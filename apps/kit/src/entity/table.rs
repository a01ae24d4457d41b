//! From a flow's name to the handler whose argument it is.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
    sync::Arc,
};

use futures::FutureExt as _;
use wire::BoxFuture;
use xml_schemas::{
    flow::{Flow, Part},
    ids::RequestId,
};

use super::{Accepted, Inbound};
use crate::{
    carriage,
    cx::Cx,
    events::{Answered, Watcher},
    metrics::Counters,
    peer::{Impu, Peer},
    publication::{Lifetimes, Publish, Published},
    refusal::Cause,
    registration::Registration,
    stop::{Done, Stop},
};

/// What becomes of a flow's bodies.
pub(super) enum Route {
    /// They were an answer, which has been handed to whoever awaits it, or to nobody.
    Answer(Result<(), Cause>),
    /// They are a question, which this handles.
    Question(Question),
}

/// A question that was read, with its handling, which has not begun.
pub(super) struct Question {
    pub(super) peer: Peer,
    pub(super) request_id: RequestId,
    /// Whether it may be refused because too much is at work.
    pub(super) bounded: bool,
    /// Whether a repeat is handled like the first: the handler knows what it has done.
    pub(super) again: bool,
    pub(super) handling: BoxFuture<'static, Done<Accepted>>,
}

type Router<S> = Arc<dyn Fn(&Cx<S>, Peer, &[Part<'_>]) -> Done<Route> + Send + Sync>;
type StandIn<S> = Arc<dyn Fn(Cx<S>, Impu) -> BoxFuture<'static, Stop> + Send + Sync>;
type Registered<S> = Arc<dyn Fn(Cx<S>, Registration) -> BoxFuture<'static, Done<Accepted>> + Send + Sync>;

pub(super) type Subscribed =
    Arc<dyn Fn(Peer, sip::Message) -> BoxFuture<'static, Done<Answered>> + Send + Sync>;

/// What notifies of one event package.
#[derive(Clone)]
pub(super) struct Noticed {
    pub(super) subscribed: Subscribed,
    /// From now on it counts into these.
    pub(super) count: Arc<dyn Fn(&Counters) + Send + Sync>,
}

type Composer<S> = Arc<dyn Fn(Cx<S>, Publish) -> BoxFuture<'static, Done<Published>> + Send + Sync>;

/// An event package whose state is published here.
pub(super) struct Compositor<S> {
    pub(super) lifetimes: Lifetimes,
    pub(super) handler: Composer<S>,
}

impl<S> Clone for Compositor<S> {
    fn clone(&self) -> Self {
        Self { lifetimes: self.lifetimes, handler: Arc::clone(&self.handler) }
    }
}

/// The table of an entity.
pub(super) struct Table<S> {
    routes: HashMap<&'static str, Router<S>>,
    registered: Option<Registered<S>>,
    /// Who says why a user is not there.
    stand_in: Option<StandIn<S>>,
    /// Who answers SUBSCRIBE, by event package.
    packages: BTreeMap<&'static str, Noticed>,
    /// Who answers PUBLISH, by event package.
    publications: BTreeMap<&'static str, Compositor<S>>,
    /// Who answers NOTIFY.
    watcher: Option<Watcher>,
}

impl<S> Default for Table<S> {
    fn default() -> Self {
        let (packages, publications) = (BTreeMap::new(), BTreeMap::new());
        let (registered, stand_in) = (None, None);
        Self { routes: HashMap::new(), registered, stand_in, packages, publications, watcher: None }
    }
}

impl<S> Clone for Table<S> {
    fn clone(&self) -> Self {
        let Self { routes, registered, stand_in, packages, publications, watcher } = self;
        Self {
            routes: routes.clone(),
            registered: registered.clone(),
            stand_in: stand_in.clone(),
            packages: packages.clone(),
            publications: publications.clone(),
            watcher: watcher.clone(),
        }
    }
}

impl<S: Send + Sync + 'static> Table<S> {
    pub(super) fn on<F, H, Fut>(&mut self, bounded: bool, handler: H)
    where
        F: Flow,
        H: Fn(Cx<S>, Inbound<F>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        self.question(bounded, false, handler);
    }

    pub(super) fn on_again<F, H, Fut>(&mut self, bounded: bool, handler: H)
    where
        F: Flow,
        H: Fn(Cx<S>, Inbound<F>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        self.question(bounded, true, handler);
    }

    fn question<F, H, Fut>(&mut self, bounded: bool, again: bool, handler: H)
    where
        F: Flow,
        H: Fn(Cx<S>, Inbound<F>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        let route: Router<S> = Arc::new(move |cx, peer, parts| {
            let flow: F = carriage::read(parts)?;
            let request_id = flow.request_id().clone();
            let handling =
                handler(cx.for_request(&request_id, &peer), Inbound { peer: peer.clone(), flow }).boxed();
            Ok(Route::Question(Question { peer, request_id, bounded, again, handling }))
        });
        self.routes.insert(F::NAME, route);
    }

    pub(super) fn awaits<F: Flow>(&mut self) {
        let route: Router<S> = Arc::new(|cx, peer, parts| {
            let flow: F = carriage::read(parts)?;
            let cx = cx.for_flow(flow.request_id());
            let handed = cx.hand_over(&peer, flow);
            if handed.is_err() {
                cx.drop_report(F::NAME, &peer, "nobody awaits it");
            }
            Ok(Route::Answer(handed))
        });
        self.routes.insert(F::NAME, route);
    }

    pub(super) fn registered<H, Fut>(&mut self, handler: H)
    where
        H: Fn(Cx<S>, Registration) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Accepted>> + Send + 'static,
    {
        self.registered = Some(Arc::new(move |cx, registration| handler(cx, registration).boxed()));
    }

    pub(super) fn stands_in<H, Fut>(&mut self, handler: H)
    where
        H: Fn(Cx<S>, Impu) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Stop> + Send + 'static,
    {
        self.stand_in = Some(Arc::new(move |cx, user| handler(cx, user).boxed()));
    }

    pub(super) fn stand_in(&self) -> Option<&StandIn<S>> {
        self.stand_in.as_ref()
    }

    pub(super) fn route(&self, name: &str) -> Option<&Router<S>> {
        self.routes.get(name)
    }

    pub(super) fn registration(&self) -> Option<&Registered<S>> {
        self.registered.as_ref()
    }

    pub(super) fn notifies(&mut self, package: &'static str, noticed: Noticed) {
        self.packages.insert(package, noticed);
    }

    /// What is subscribed to counts into these from now on.
    pub(super) fn counted_by(&self, counters: &Counters) {
        self.packages.values().for_each(|noticed| (noticed.count)(counters));
    }

    pub(super) fn publishes<H, Fut>(&mut self, package: &'static str, lifetimes: Lifetimes, handler: H)
    where
        H: Fn(Cx<S>, Publish) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Done<Published>> + Send + 'static,
    {
        let handler: Composer<S> = Arc::new(move |cx, publish| handler(cx, publish).boxed());
        self.publications.insert(package, Compositor { lifetimes, handler });
    }

    /// Who answers a PUBLISH for this package, with the package's name.
    pub(super) fn publication(&self, name: &[u8]) -> Option<(&'static str, &Compositor<S>)> {
        let name = std::str::from_utf8(name).ok()?;
        self.publications.get_key_value(name).map(|(name, package)| (*name, package))
    }

    pub(super) fn watches(&mut self, watcher: Watcher) {
        self.watcher = Some(watcher);
    }

    /// Who answers a SUBSCRIBE for this package.
    pub(super) fn package(&self, name: &[u8]) -> Option<&Subscribed> {
        self.packages.get(std::str::from_utf8(name).ok()?).map(|noticed| &noticed.subscribed)
    }

    pub(super) fn watcher(&self) -> Option<&Watcher> {
        self.watcher.as_ref()
    }

    /// The value of Allow-Events (RFC 6665 8.2.2).
    pub(super) fn allow_events(&self) -> String {
        let names: BTreeSet<_> = self.packages.keys().chain(self.publications.keys()).copied().collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// The value of Allow (RFC 3261 20.5).
    pub(super) fn allow(&self) -> String {
        let methods = [
            ("MESSAGE", true),
            ("REGISTER", self.registered.is_some()),
            ("PUBLISH", !self.publications.is_empty()),
            ("SUBSCRIBE", !self.packages.is_empty()),
            ("NOTIFY", self.watcher.is_some()),
            ("OPTIONS", true),
        ];
        methods
            .into_iter()
            .filter_map(|(name, allowed)| allowed.then_some(name))
            .collect::<Vec<_>>()
            .join(", ")
    }
}
