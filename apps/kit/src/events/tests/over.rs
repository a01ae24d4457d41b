//! How subscriptions wait and end: RFC 6665 clauses 4.2.1, 4.2.2 and 4.2.3.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{FutureExt as _, executor::block_on, future::BoxFuture, stream::BoxStream};
use store::{Batch, Change, CommitError, Entry, Event, Record, Version};
use wire::{Tasks, WireError};

use super::*;

pub(super) fn kept(world: &World) -> Vec<Entry> {
    block_on(world.store.scan(b"events/", None, 10)).unwrap()
}

fn owner(entry: &Entry) -> String {
    let record: serde_json::Value = serde_json::from_slice(&entry.record.value).unwrap();
    record["owner"].as_str().unwrap().to_owned()
}

/// The same record, told by this replica.
fn owned_by(replica: &str, record: &[u8]) -> Vec<u8> {
    let mut record: serde_json::Value = serde_json::from_slice(record).unwrap();
    record["owner"] = replica.into();
    serde_json::to_vec(&record).unwrap()
}

#[test]
fn c4_2_2_a_notify_that_was_put_off_follows_once_the_wait_is_over() {
    let later = sip::Response::new(503).header(Name::RetryAfter, "5");
    for end in [End::Response(later), End::Fails(WireError::Overloaded), End::Fails(WireError::Closed)] {
        let world = World::new();
        world.subscribe("a", 3600);
        let _ = world.heard();
        world.lab.connect(GMS, MCS, end);
        world.change("a", "2");
        world.listen();
        world.lab.advance(Duration::from_secs(4));
        assert_eq!(world.heard(), [""; 0], "not before it may");
        world.lab.advance(Duration::from_secs(1));
        assert_eq!(world.heard(), ["a=2"]);
    }
}

#[test]
fn a_notify_that_could_not_be_made_follows_when_it_can() {
    let world = World::new();
    world.subscribe("a", 3600);
    let _ = world.heard();
    world.shelf.set("away", "1");
    world.change("a", "2");
    world.shelf.0.lock().unwrap().remove("away");
    world.lab.advance(Duration::from_secs(5));
    assert_eq!(world.heard(), ["a=2"]);
}

/// The answer to a refresh, before which something happens.
pub(super) fn refreshed(world: &World, expires: &str, meanwhile: impl FnOnce()) -> sip::Message {
    let to = subscribed(world);
    meanwhile();
    refresh_of(world, &to, "2 SUBSCRIBE", expires)
}

/// The answer to a refresh of a minute, with what the dialog's To is.
fn refreshed_after(world: &World, with: impl FnOnce(String)) -> sip::Message {
    let to = subscribed(world);
    with(to.clone());
    refresh_of(world, &to, "2 SUBSCRIBE", "60")
}

/// The To of a subscriber that answers every NOTIFY and says itself when it refreshes.
fn subscribed(world: &World) -> String {
    world.lab.connect(GMS, MCS, End::Response(sip::Response::new(200)));
    let (_, answer) = status(world, &[(Name::Event, "shelf"), (Name::Expires, "3600")], MCS);
    String::from_utf8_lossy(answer.header(Name::To).unwrap()).into_owned()
}

fn refresh_of(world: &World, to: &str, sequence: &str, expires: &str) -> sip::Message {
    let gms = entity(&world.lab, GMS, "sip:gms_psi@a.example", MCS).notifies(&world.notifier);
    world.lab.deliver(&gms, &refresh(to, sequence, expires), arrival("inner", MCS)).unwrap()
}

fn refresh(to: &str, sequence: &str, expires: &str) -> Request {
    Request::new(Method::Subscribe, "sip:gms_psi@a.example")
        .header(Name::From, "<sip:mcptt_psi@a.example>;tag=1")
        .header(Name::To, to)
        .header(Name::CallId, "c1")
        .header(Name::CSeq, sequence)
        .header(Name::Contact, "<sip:mcptt_psi@a.example>")
        .header(Name::Event, "shelf")
        .header(Name::Expires, expires)
}

#[test]
fn c4_2_1_1_a_refresh_that_shortens_a_subscription_ends_it_earlier() {
    let world = World::new();
    let answer = refreshed(&world, "60", || ());
    assert_eq!(answer.header(Name::Expires), Some(&b"60"[..]));
    world.lab.advance(Duration::from_secs(59));
    assert_eq!(world.notifier.len(), 1);
    world.lab.advance(Duration::from_secs(1));
    assert!(world.notifier.is_empty());
    let last = world.lab.sent(MCS).pop().unwrap();
    assert_eq!(last.header(Name::SubscriptionState), Some(&b"terminated;reason=timeout"[..]));
}

/// How many tasks have begun and not ended.
struct Counted {
    tasks: Arc<dyn Tasks>,
    alive: Arc<AtomicUsize>,
}

impl Tasks for Counted {
    fn spawn(&self, work: BoxFuture<'static, ()>) {
        let alive = Arc::clone(&self.alive);
        alive.fetch_add(1, Ordering::Relaxed);
        self.tasks.spawn(Box::pin(async move {
            work.await;
            alive.fetch_sub(1, Ordering::Relaxed);
        }));
    }
}

#[test]
fn c4_2_1_4_nothing_waits_for_the_end_of_a_subscription_that_is_over() {
    let world = World::new();
    let alive = Arc::new(AtomicUsize::new(0));
    let mut setup = setup(&world.lab, &world.store);
    setup.world.tasks = Arc::new(Counted { tasks: setup.world.tasks.clone(), alive: Arc::clone(&alive) });
    let notifier = Notifier::new(world.shelf.clone(), setup);
    serve(&world.lab, &notifier);
    for _ in 0..3 {
        let held = world.subscribe("a", 7200);
        assert_eq!((notifier.len(), alive.load(Ordering::Relaxed)), (1, 1));
        held.unsubscribe(&world.lab.world(MCS));
        world.lab.run();
        assert_eq!((notifier.len(), alive.load(Ordering::Relaxed)), (0, 0));
    }
    world.subscribe("a", 7200);
    let taken = owned_by("two", &kept(&world)[0].record.value);
    let key = kept(&world)[0].key.clone();
    block_on(world.store.commit(Batch::new().put(key.clone(), taken))).unwrap();
    block_on(notifier.written(&key)).unwrap();
    world.lab.run();
    assert_eq!((notifier.len(), alive.load(Ordering::Relaxed)), (0, 0), "another replica tells it");
}

#[test]
fn a_record_that_another_replica_has_taken_up_outlives_the_end_here() {
    let world = World::new();
    world.subscribe("a", 3600);
    let two = Setup { replica: "two".into(), ..setup(&world.lab, &world.store) };
    let other = Notifier::new(world.shelf.clone(), two);
    serve(&world.lab, &other);
    world.lab.advance(Duration::from_secs(3100));
    assert_eq!((world.notifier.len(), other.len()), (1, 1), "which has not heard of it yet");
    world.lab.connect(GMS, MCS, End::Response(sip::Response::new(481)));
    world.change("a", "2");
    assert!(world.notifier.is_empty());
    assert_eq!(kept(&world).iter().map(owner).collect::<Vec<_>>(), ["two"]);
}

/// Between a reading and the deletion that follows from it, another replica takes the record up.
struct Overtaken(Arc<dyn Store>);

impl Store for Overtaken {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, store::Fault>> {
        self.0.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, store::Fault>> {
        self.0.scan(prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        if let [Change::Delete { key }] = batch.changes() {
            let read = block_on(self.0.get(key)).unwrap().unwrap();
            block_on(self.0.commit(Batch::new().put(key.clone(), owned_by("two", &read.value)))).unwrap();
        }
        self.0.commit(batch)
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, store::Fault>> {
        self.0.watch(prefix)
    }
}

#[test]
fn a_record_is_deleted_only_as_it_was_read() {
    let world = World::new();
    let store: Arc<dyn Store> = Arc::new(Overtaken(Arc::clone(&world.store)));
    let notifier = notifier(&world.lab, &world.shelf, &store);
    serve(&world.lab, &notifier);
    world.subscribe("a", 3600);
    world.lab.connect(GMS, MCS, End::Response(sip::Response::new(481)));
    world.shelf.set("a", "2");
    notifier.changed("a");
    world.lab.run();
    assert!(notifier.is_empty());
    assert_eq!(kept(&world).iter().map(owner).collect::<Vec<_>>(), ["two"]);
}

#[test]
fn a_refresh_does_not_bring_back_what_another_replica_has_ended() {
    let world = World::new();
    let answer = refreshed(&world, "3600", || {
        let key = kept(&world)[0].key.clone();
        block_on(world.store.commit(Batch::new().delete(key))).unwrap();
    });
    assert_eq!(answer.status(), Some(481));
    assert!(world.notifier.is_empty() && kept(&world).is_empty());
}

#[test]
fn c4_2_2_a_refresh_is_told_the_whole_state_and_again_where_that_was_put_off() {
    let world = World::new();
    world.shelf.set("a", "1");
    world.subscribe("a b", 3600);
    assert_eq!(world.heard(), ["a=1 b=-"]);
    world.lab.advance(Duration::from_secs(3_500));
    assert_eq!(world.heard(), ["a=1 b=-"]);
    let later = sip::Response::new(503).header(Name::RetryAfter, "5");
    world.lab.connect(GMS, MCS, End::Response(later));
    world.lab.advance(Duration::from_secs(3_500));
    world.listen();
    world.lab.advance(Duration::from_secs(60));
    assert_eq!(world.heard(), ["a=1 b=-"]);
    world.change("b", "7");
    assert_eq!(world.heard(), ["b=7"], "and changes from then on");
}

#[test]
fn c4_2_2_whoever_puts_every_notify_off_for_no_time_is_told_ever_more_rarely() {
    for status in [503, 403] {
        let world = World::new();
        let _ = subscribed(&world);
        let at_once = sip::Response::new(status).header(Name::RetryAfter, "0");
        world.lab.connect(GMS, MCS, End::Response(at_once));
        let before = world.notifies();
        world.change("a", "2");
        world.lab.advance(Duration::from_secs(60));
        assert_eq!(world.notifies() - before, 6, "{status}: after 1, 2, 4, 8 and 16 seconds");
        world.lab.connect(GMS, MCS, End::Response(sip::Response::new(200)));
        world.lab.advance(Duration::from_secs(60));
        assert_eq!(world.notifies() - before, 7);
        assert_eq!(world.lab.sent(MCS).pop().unwrap().body(), b"a=2");
    }
}

#[test]
fn c4_4_1_a_notify_of_another_fork_has_no_subscription() {
    let world = World::new();
    world.subscribe("a", 3600);
    let _ = world.heard();
    let first = world.lab.sent(MCS).pop().unwrap();
    let text = |name: Name| String::from_utf8_lossy(first.header(name).unwrap()).into_owned();
    let of_fork = |from: &str| {
        let notify = Request::new(Method::Notify, "sip:mcptt_psi@a.example")
            .header(Name::From, from)
            .header(Name::To, text(Name::To))
            .header(Name::CallId, text(Name::CallId))
            .header(Name::CSeq, "900 NOTIFY")
            .header(Name::Contact, "<sip:gms_psi@a.example>")
            .header(Name::Event, "shelf")
            .header(Name::SubscriptionState, "active;expires=60");
        let mcs = entity(&world.lab, MCS, "sip:mcptt_psi@a.example", GMS).watches(&world.watcher);
        world.lab.deliver(&mcs, &notify, arrival("inner", GMS)).unwrap().status()
    };
    assert_eq!(of_fork("<sip:gms_psi@a.example>;tag=fork"), Some(481));
    assert_eq!(world.heard(), [""; 0]);
    assert_eq!(of_fork(&text(Name::From)), Some(200), "the dialog is as it was");
}

#[test]
fn rfc5057_5_1_a_transport_that_fails_ends_no_subscription_however_long_it_fails() {
    for error in [WireError::Unreachable("cut".into()), WireError::Interrupted("cut".into())] {
        let world = World::new();
        world.subscribe("a", 3600);
        let _ = world.heard();
        world.lab.connect(GMS, MCS, End::Fails(error.clone()));
        world.change("a", "2");
        world.lab.advance(Duration::from_secs(10));
        world.listen();
        world.lab.advance(Duration::from_secs(10));
        assert_eq!(world.heard(), ["a=2"], "{error}");
        world.lab.connect(GMS, MCS, End::Fails(error.clone()));
        world.change("a", "3");
        world.lab.advance(Duration::from_secs(600));
        world.listen();
        world.lab.advance(Duration::from_secs(60));
        assert_eq!(world.heard(), ["a=3"], "{error}");
    }
}

#[test]
fn rfc5057_5_1_a_subscriber_that_stays_out_of_reach_is_forgotten_at_the_end_of_its_subscription() {
    let world = World::new();
    world.subscribe("a", 3600);
    world.lab.connect(GMS, MCS, End::Fails(WireError::Unreachable("cut".into())));
    // Nor do its refreshes arrive.
    world.lab.connect(MCS, GMS, End::Fails(WireError::Unreachable("cut".into())));
    world.change("a", "2");
    world.lab.advance(Duration::from_secs(3_590));
    assert_eq!(world.notifier.len(), 1);
    // The NOTIFY that says so is tried for a few minutes.
    world.lab.advance(Duration::from_secs(260));
    assert!(world.notifier.is_empty() && kept(&world).is_empty());
}

#[test]
fn c4_2_2_a_notify_that_times_out_ends_the_subscription_at_once() {
    let world = World::new();
    world.subscribe("a", 3600);
    world.lab.connect(GMS, MCS, End::Fails(WireError::Timeout));
    world.change("a", "2");
    assert!(world.notifier.is_empty());
}

#[test]
fn c4_2_2_whoever_is_out_of_reach_when_his_subscription_ends_hears_of_it_later() {
    let world = World::new();
    let mut answer = None;
    let refused = refreshed_after(&world, |to| answer = Some(to));
    assert_eq!(refused.status(), Some(200));
    world.lab.connect(GMS, MCS, End::Fails(WireError::Unreachable("cut".into())));
    world.lab.advance(Duration::from_secs(60));
    assert_eq!(world.notifier.len(), 1, "its end has not been told");
    let again = refresh_of(&world, answer.as_deref().unwrap_or_default(), "3 SUBSCRIBE", "60");
    assert_eq!(again.status(), Some(481), "and is its end all the same");
    world.lab.connect(GMS, MCS, End::Response(sip::Response::new(200)));
    world.lab.advance(Duration::from_secs(30));
    let last = world.lab.sent(MCS).pop().unwrap();
    assert_eq!(last.header(Name::SubscriptionState), Some(&b"terminated;reason=timeout"[..]));
    assert!(world.notifier.is_empty() && kept(&world).is_empty());
}

#[test]
fn c4_2_1_1_a_refresh_does_not_prolong_what_ends_while_it_is_looked_at() {
    let world = World::new();
    assert_eq!(refreshed_after(&world, |_| ()).status(), Some(200));
    let to = String::from_utf8_lossy(world.lab.sent(MCS)[0].header(Name::From).unwrap()).into_owned();
    world.lab.connect(GMS, MCS, End::Fails(WireError::Unreachable("cut".into())));
    world.shelf.set("slow", "1");
    let refresh = parsed(&refresh(&to, "3 SUBSCRIBE", "3600"));
    let mut answering = Box::pin(world.notifier.subscribe(Peer::of_server(MCS.into()), &refresh));
    assert!((&mut answering).now_or_never().is_none());
    world.lab.advance(Duration::from_secs(60));
    assert_eq!(world.notifier.len(), 1, "its end has not been told");
    assert_eq!(block_on(answering).unwrap().response.status(), 481);
    world.lab.advance(Duration::from_secs(300));
    assert!(world.notifier.is_empty() && kept(&world).is_empty());
}

#[test]
fn c4_2_2_whoever_stays_out_of_reach_after_his_subscription_is_tried_a_few_times_only() {
    let world = World::new();
    assert_eq!(refreshed_after(&world, |_| ()).status(), Some(200));
    world.lab.connect(GMS, MCS, End::Fails(WireError::Unreachable("cut".into())));
    let before = world.lab.sent(MCS).len();
    world.lab.advance(Duration::from_secs(60 + 300));
    assert!(world.notifier.is_empty() && kept(&world).is_empty());
    let tries = world.lab.sent(MCS).len() - before;
    assert_eq!(tries, 5);
}

#[test]
fn a_subscription_that_nobody_takes_up_is_not_kept_for_ever() {
    let world = World::new();
    world.subscribe("a", 3600);
    let record = kept(&world).remove(0).record;
    let left = record.expires.unwrap().duration_since(world.lab.world(GMS).clock.wall()).unwrap();
    assert!(left > Duration::from_secs(3600) && left < Duration::from_secs(4 * 3600 / 3), "{left:?}");
}

/// By the time of day alone whatever waits would wait for as long again as that was ahead.
#[test]
fn c4_1_2_2_a_clock_that_is_put_back_holds_up_no_refresh_and_no_notify() {
    let world = World::new();
    world.subscribe("a", 3600);
    let (_, begun) = (world.heard(), world.lab.sent(GMS).len());
    world.lab.put_back(Duration::from_secs(7200));
    world.lab.advance(Duration::from_secs(3500));
    assert_eq!(world.lab.sent(GMS).len(), begun + 1, "it is refreshed when it was to be");
    let _ = world.heard();
    let later = sip::Response::new(503).header(Name::RetryAfter, "5");
    world.lab.connect(GMS, MCS, End::Response(later));
    world.change("a", "2");
    world.listen();
    world.lab.put_back(Duration::from_secs(7200));
    world.lab.advance(Duration::from_secs(5));
    assert_eq!(world.heard(), ["a=2"]);
}
