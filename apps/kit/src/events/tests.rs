//! A notifier and a subscriber, entity to entity. RFC 6665.

mod fetch;
mod over;
mod restarts;
mod rights;

use std::{
    collections::BTreeMap,
    future,
    sync::{Arc, Mutex},
    task::Poll,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use sip::{Method, Name, Request};
use store::{Clock, Disk, Redb, Store};
use wire::BoxFuture;
use xml_schemas::ids::Psi;

use super::{Ask, Body, Held, Lifetimes, Notifier, Outcome, Package, Setup, Told, Watch, Watcher};
use crate::{
    Cause, Cx, Done, Entity, Expected, PartnerTable, Peer, Profile, Trust,
    stop::Fault,
    testing::{End, Lab, arrival, hop},
};

/// Resources with an entity tag each; `secret` is nobody's to watch.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<BTreeMap<String, String>>>);

impl Shelf {
    fn set(&self, name: &str, tag: &str) {
        self.0.lock().unwrap().insert(name.into(), tag.into());
    }
}

impl Package for Shelf {
    const NAME: &'static str = "shelf";
    const MEDIA_TYPE: &'static str = "text/plain";

    fn watch<'a>(&'a self, _: &'a Peer, request: &'a sip::Message) -> BoxFuture<'a, Done<Watch>> {
        let names = String::from_utf8_lossy(request.body()).into_owned();
        Box::pin(async move {
            let watch =
                Watch { resources: names.split(' ').map(str::to_owned).collect(), mode: String::new() };
            let closed = self.0.lock().unwrap().contains_key("closed");
            if closed || names.contains("secret") { Err(Cause::NotPermitted.into()) } else { Ok(watch) }
        })
    }

    fn may_still<'a>(&'a self, _: &'a Peer, _: &'a Watch) -> BoxFuture<'a, Done<()>> {
        let has = |name| self.0.lock().unwrap().contains_key(name);
        let (closed, mut slow) = (has("closed"), has("slow"));
        let moment = future::poll_fn(move |cx| {
            cx.waker().wake_by_ref();
            if std::mem::take(&mut slow) { Poll::Pending } else { Poll::Ready(()) }
        });
        Box::pin(async move {
            moment.await;
            if closed { Err(Cause::NotPermitted.into()) } else { Ok(()) }
        })
    }

    fn body<'a>(&'a self, watch: &'a Watch, told: &'a Told, is_whole: bool) -> BoxFuture<'a, Done<Body>> {
        let shelf = self.0.lock().unwrap();
        let now: Told = watch.resources.iter().map(|name| (name.clone(), shelf.get(name).cloned())).collect();
        let news = now.iter().filter(|(name, tag)| is_whole || told.get(*name) != Some(*tag));
        let lines: Vec<String> =
            news.map(|(name, tag)| format!("{name}={}", tag.as_deref().unwrap_or("-"))).collect();
        let is_news = !lines.is_empty();
        let body = Body { bytes: Some(Bytes::from(lines.join(" "))), told: now, is_news, is_part: false };
        let (is_away, is_full) = (shelf.contains_key("away"), shelf.contains_key("full"));
        Box::pin(async move {
            match () {
                () if is_away => Err(Fault::new("the shelf is away").into()),
                () if is_full => Err(Cause::TooLarge.into()),
                () => Ok(body),
            }
        })
    }
}

const GMS: &str = "gms.a";
const MCS: &str = "mcs.a";
const CORE: &str = "core.a";

struct World {
    lab: Lab,
    shelf: Shelf,
    store: Arc<dyn Store>,
    notifier: Notifier<Shelf>,
    watcher: Watcher,
    heard: Arc<Mutex<Vec<String>>>,
}

fn entity(lab: &Lab, name: &str, psi: &str, other: &str) -> Entity<()> {
    let mut profile = Profile::new(name, "events", Psi::new(psi).unwrap());
    profile.trust = Trust { core: Some(CORE.into()), servers: vec![other.into()], ..Trust::default() };
    Entity::new(Cx::new(profile, (), PartnerTable::new(Vec::new()), lab.world(name)))
}

fn setup(lab: &Lab, store: &Arc<dyn Store>) -> Setup {
    let seconds = Duration::from_secs;
    Setup {
        world: lab.world(GMS),
        store: Arc::clone(store),
        own: Psi::new("sip:gms_psi@a.example").unwrap(),
        hops: Arc::new(|peer| peer.server().map(|name| hop(name)).or(peer.user().map(|_| hop(CORE)))),
        partners: Arc::new(Arc::default),
        lifetimes: Lifetimes { default: seconds(3600), longest: seconds(7200), shortest: seconds(60) },
        limit: 20,
        octets: 40_000,
        replica: "one".into(),
    }
}

fn notifier(lab: &Lab, shelf: &Shelf, store: &Arc<dyn Store>) -> Notifier<Shelf> {
    Notifier::new(shelf.clone(), setup(lab, store))
}

fn end(entity: Entity<()>, from: &str) -> End {
    End::Service { service: Arc::new(entity), arrival: arrival("inner", from), asserted: None }
}

fn serve(lab: &Lab, notifier: &Notifier<Shelf>) {
    let gms = entity(lab, GMS, "sip:gms_psi@a.example", MCS).notifies(notifier);
    lab.connect(MCS, GMS, end(gms, MCS));
}

impl World {
    fn new() -> Self {
        let lab = Lab::new();
        let (shelf, store) = (
            Shelf::default(),
            Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).unwrap()) as Arc<dyn Store>,
        );
        let notifier = notifier(&lab, &shelf, &store);
        serve(&lab, &notifier);
        let watcher = Watcher::new(lab.world(MCS), Psi::new("sip:mcptt_psi@a.example").unwrap());
        let world = Self { lab, shelf, store, notifier, watcher, heard: Arc::default() };
        world.listen();
        world
    }

    /// NOTIFYs reach the subscriber.
    fn listen(&self) {
        let mcs = entity(&self.lab, MCS, "sip:mcptt_psi@a.example", GMS).watches(&self.watcher);
        self.lab.connect(GMS, MCS, end(mcs, GMS));
    }

    fn subscribe(&self, names: &str, lifetime: u64) -> Held {
        let ask = Ask {
            uri: "sip:gms_psi@a.example".into(),
            hop: hop(GMS),
            peer: Expected::server(GMS),
            event: "shelf".into(),
            accept: "text/plain",
            lifetime: Duration::from_secs(lifetime),
            body: Some(("text/plain".into(), Bytes::from(names.to_owned()))),
        };
        let heard = Arc::clone(&self.heard);
        let held = self.watcher.subscribe(ask, move |outcome| {
            let said = match outcome {
                Outcome::Notified(message) => String::from_utf8_lossy(message.body()).into_owned(),
                Outcome::Over(status) => format!("over {status:?}"),
            };
            heard.lock().unwrap().push(said);
            Box::pin(async { Ok(()) })
        });
        self.lab.run();
        held
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    fn change(&self, name: &str, tag: &str) {
        self.shelf.set(name, tag);
        self.notifier.changed(name);
        self.lab.run();
    }

    fn notifies(&self) -> usize {
        self.lab.sent(MCS).len()
    }
}

#[test]
fn c4_2_1_2_the_state_is_told_at_once_and_then_each_change() {
    let world = World::new();
    world.shelf.set("a", "1");
    let held = world.subscribe("a b", 3600);
    assert!(held.is_active());
    assert_eq!(world.heard(), ["a=1 b=-"]);
    world.change("b", "7");
    assert_eq!(world.heard(), ["b=7"]);
    world.change("c", "1");
    assert_eq!(world.heard(), [""; 0], "nobody watches it");
}

#[test]
fn c4_1_2_2_it_is_refreshed_for_as_long_as_it_is_wanted() {
    let world = World::new();
    world.subscribe("a", 3600);
    let _ = world.heard();
    world.lab.advance(Duration::from_secs(4 * 3600));
    assert_eq!(world.notifier.len(), 1);
    world.change("a", "2");
    assert_eq!(world.heard().last().map(String::as_str), Some("a=2"));
}

#[test]
fn c4_1_2_3_whoever_leaves_is_told_once_more_and_then_nothing() {
    let world = World::new();
    let held = world.subscribe("a", 3600);
    held.unsubscribe(&world.lab.world(MCS));
    world.lab.run();
    assert!(world.notifier.is_empty());
    assert_eq!(world.heard().last().map(String::as_str), Some("over None"));
    let before = world.notifies();
    world.change("a", "2");
    assert_eq!(world.notifies(), before);
    let kept = futures::executor::block_on(world.store.scan(b"events/", None, 10)).unwrap();
    assert!(kept.is_empty(), "nothing is kept of it");
}

#[test]
fn c4_1_2_1_a_refusal_is_heard_with_its_status() {
    let world = World::new();
    world.subscribe("secret", 3600);
    assert_eq!(world.heard(), ["over Some(403)"]);
}

#[test]
fn c4_2_1_1_a_lifetime_that_is_too_brief_is_asked_for_again() {
    let world = World::new();
    let held = world.subscribe("a", 5);
    assert!(held.is_active(), "for the sixty seconds that 423 named");
}

#[test]
fn c4_2_1_a_refresh_by_whoever_may_no_longer_is_refused() {
    let world = World::new();
    world.subscribe("a", 3600);
    let _ = world.heard();
    world.shelf.set("closed", "1");
    world.lab.advance(Duration::from_secs(3000));
    assert!(world.notifier.is_empty(), "and is over with that");
    assert_eq!(last_state(&world), "terminated;reason=rejected");
    assert_eq!(world.heard(), ["", "over Some(403)"], "no state is told with it");
}

/// The Subscription-State of the last NOTIFY.
fn last_state(world: &World) -> String {
    let last = world.lab.sent(MCS).pop().unwrap();
    String::from_utf8_lossy(last.header(Name::SubscriptionState).unwrap()).into_owned()
}

#[test]
fn a_notifier_that_restarts_tells_everybody_the_whole_state_again() {
    let world = World::new();
    world.shelf.set("a", "1");
    world.subscribe("a", 3600);
    let _ = world.heard();
    let again = notifier(&world.lab, &world.shelf, &world.store);
    serve(&world.lab, &again);
    let taken = futures::executor::block_on(again.resume(|owner| owner == "one")).unwrap();
    world.lab.run();
    assert_eq!(taken, 1);
    assert_eq!(world.heard(), ["a=1"]);
    world.shelf.set("a", "2");
    again.changed("a");
    world.lab.run();
    assert_eq!(world.heard(), ["a=2"]);
    world.lab.advance(Duration::from_secs(3100));
    assert_eq!(again.len(), 1, "refreshed at the new one");
}

#[test]
fn two_services_over_one_store_take_up_their_own_subscriptions_only() {
    let world = World::new();
    world.shelf.set("a", "1");
    world.subscribe("a", 3600);
    let _ = world.heard();
    let other = Setup { own: Psi::new("sip:cms_psi@a.example").unwrap(), ..setup(&world.lab, &world.store) };
    let other = Notifier::new(world.shelf.clone(), other);
    let again = notifier(&world.lab, &world.shelf, &world.store);
    serve(&world.lab, &again);
    for (one, count) in [(&other, 0), (&again, 1)] {
        assert_eq!(futures::executor::block_on(one.resume(|_| true)).unwrap(), count);
        world.lab.run();
    }
    assert_eq!(world.heard(), ["a=1"]);
}

#[test]
fn a_subscriber_that_forgot_is_forgotten() {
    let world = World::new();
    world.subscribe("a", 3600);
    let forgetful = entity(&world.lab, MCS, "sip:mcptt_psi@a.example", GMS)
        .watches(&Watcher::new(world.lab.world(MCS), Psi::new("sip:mcptt_psi@a.example").unwrap()));
    world.lab.connect(GMS, MCS, end(forgetful, GMS));
    world.change("a", "2");
    assert!(world.notifier.is_empty(), "481 ends it (RFC 6665 4.2.2)");
}

/// The first SUBSCRIBE of a call, by whoever this is.
fn first(by: &str, call_id: &str) -> Request {
    Request::new(Method::Subscribe, "sip:gms_psi@a.example")
        .header(Name::From, format!("{by};tag=1"))
        .header(Name::To, "<sip:gms_psi@a.example>")
        .header(Name::CallId, call_id)
        .header(Name::CSeq, "1 SUBSCRIBE")
        .header(Name::Contact, by)
}

/// As it arrives.
fn parsed(request: &Request) -> sip::Message {
    let mut octets = bytes::BytesMut::new();
    request.print(b"SIP/2.0/TLS mcs.a;branch=z9hG4bKarrives", &mut octets);
    sip::Message::parse(octets.freeze(), &sip::Limits::STREAM).unwrap()
}

fn subscribe(lines: &[(Name, &str)]) -> Request {
    let request = first("<sip:mcptt_psi@a.example>", "c1").body("text/plain", "a");
    lines.iter().fold(request, |request, (name, value)| request.header(*name, value))
}

fn status(world: &World, lines: &[(Name, &str)], from: &str) -> (u16, sip::Message) {
    let gms = entity(&world.lab, GMS, "sip:gms_psi@a.example", MCS).notifies(&world.notifier);
    let answer = world.lab.deliver(&gms, &subscribe(lines), arrival("inner", from)).unwrap();
    (answer.status().unwrap(), answer)
}

#[test]
fn c4_2_1_what_cannot_be_served_is_refused_by_name() {
    let world = World::new();
    let (bad_event, answer) = status(&world, &[(Name::Event, "presence")], MCS);
    assert_eq!(bad_event, 489);
    assert_eq!(answer.header(Name::AllowEvents), Some(&b"shelf"[..]));
    assert_eq!(status(&world, &[], MCS).0, 489, "without Event");
    for taken in ["text/*", "TEXT/* ;q=0.5", "*/*", "text/html, text/plain"] {
        let asked = [(Name::Event, "shelf"), (Name::Accept, taken), (Name::Expires, "3600")];
        assert_eq!(status(&world, &asked, MCS).0, 200, "{taken}");
    }
    assert_eq!(
        status(&world, &[(Name::Event, "shelf"), (Name::Accept, "text/html, application/*")], MCS).0,
        406
    );
    assert_eq!(status(&world, &[(Name::Event, "shelf"), (Name::Expires, "10")], MCS).0, 423);
    assert_eq!(status(&world, &[(Name::Event, "shelf")], "stranger.example").0, 403);
    assert_eq!(status(&world, &[(Name::Event, "shelf")], MCS).0, 200);
}

#[test]
fn a_subscription_is_its_subscribers_alone() {
    let world = World::new();
    world.lab.connect(GMS, MCS, End::Response(sip::Response::new(200)));
    let (_, answer) = status(&world, &[(Name::Event, "shelf")], MCS);
    let tag = answer.typed::<sip::To<'_>>().unwrap().unwrap().tag().map(<[u8]>::to_vec).unwrap();
    let refresh = |from: &str| {
        let request = Request::new(Method::Subscribe, "sip:gms_psi@a.example")
            .header(Name::From, "<sip:mcptt_psi@a.example>;tag=1")
            .header(Name::To, format!("<sip:gms_psi@a.example>;tag={}", String::from_utf8_lossy(&tag)))
            .header(Name::CallId, "c1")
            .header(Name::CSeq, "2 SUBSCRIBE")
            .header(Name::Contact, "<sip:mcptt_psi@a.example>")
            .header(Name::Event, "shelf");
        let mut profile = Profile::new(GMS, "events", Psi::new("sip:gms_psi@a.example").unwrap());
        profile.trust = Trust { servers: vec![MCS.into(), "other.a".into()], ..Trust::default() };
        let cx = Cx::new(profile, (), PartnerTable::new(Vec::new()), world.lab.world(GMS));
        let gms = Entity::new(cx).notifies(&world.notifier);
        world.lab.deliver(&gms, &request, arrival("inner", from)).unwrap().status()
    };
    assert_eq!(refresh("other.a"), Some(481));
    assert_eq!(refresh(MCS), Some(200));
    assert_eq!(refresh(MCS), Some(500), "the same number twice (RFC 3261 12.2.2)");
}

#[test]
fn an_own_server_has_half_of_the_places_and_anybody_else_a_tenth() {
    let world = World::new();
    for _ in 0..11 {
        world.subscribe("a", 3600);
    }
    assert_eq!(world.notifier.len(), 10, "half of twenty");
    world.lab.connect(GMS, CORE, End::Response(sip::Response::new(200)));
    let by_user = |name: &str, call_id: &str| {
        let user = format!("<sip:{name}@a.example>");
        let request = first(&user, call_id)
            .header(Name::PAssertedIdentity, &user)
            .header(Name::Event, "shelf")
            .body("text/plain", "a");
        let gms = entity(&world.lab, GMS, "sip:gms_psi@a.example", MCS).notifies(&world.notifier);
        world.lab.deliver(&gms, &request, arrival("inner", CORE)).unwrap().status()
    };
    assert_eq!([by_user("u", "1"), by_user("u", "2")], [Some(200); 2], "a tenth of twenty");
    assert_eq!(by_user("u", "3"), Some(503));
    assert_eq!(by_user("v", "4"), Some(200), "whose places are his own");
}

#[test]
fn a_refresh_that_reaches_another_replica_is_taken_up_there() {
    let world = World::new();
    world.shelf.set("a", "1");
    world.subscribe("a", 3600);
    let _ = world.heard();
    let other = notifier(&world.lab, &world.shelf, &world.store);
    serve(&world.lab, &other);
    world.lab.advance(Duration::from_secs(3100));
    assert_eq!(other.len(), 1);
    assert_eq!(world.heard(), ["a=1", ""], "the whole state, and then the refresh");
}
