//! Collections of many documents: RFC 5875 clause 4.4.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{executor::block_on, future::BoxFuture, stream::BoxStream};
use store::{Batch, CommitError, Entry, Event, Fault, Record, Version};

use super::*;

const FOLDER: &str = "resource-lists/users/sip:u@a.example/";

fn filled(documents: usize) -> World {
    filled_over(in_memory(), documents)
}

fn filled_over(store: Arc<dyn Store>, documents: usize) -> World {
    let world = World::over(store);
    let list = "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"/>";
    let put = |batch: Batch, number: usize| batch.put(format!("gms/document/{FOLDER}{number:05}"), list);
    block_on(world.store.commit((0..documents).fold(Batch::new(), put))).unwrap();
    world
}

#[test]
fn c4_4_all_documents_are_told_however_many_pages_they_are_read_in() {
    let world = filled(1_500);
    world.subscribe("no-patching", &[FOLDER]);
    assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 1_500);
    let last = format!("{FOLDER}01499");
    world.request("DELETE", &last, "");
    let told = read(&world.heard().pop().unwrap());
    assert_eq!(told.changes.len(), 1, "one is gone, and no other");
}

#[test]
fn c4_4_a_collection_of_more_documents_than_can_be_told_is_refused() {
    let world = filled(10_001);
    world.subscribe("no-patching", &[FOLDER]);
    assert_eq!(world.heard(), ["over Some(413)"]);
}

#[test]
fn c4_2_2_a_collection_that_outgrows_what_can_be_told_ends_the_subscription() {
    let world = filled(9_999);
    world.subscribe("no-patching", &[FOLDER]);
    let heard: usize = world.heard().iter().map(|told| told.matches("new-etag").count()).sum();
    assert_eq!(heard, 9_999);
    world.put(&format!("{FOLDER}x"), &["one"]);
    assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 1);
    world.put(&format!("{FOLDER}y"), &["one"]);
    let last = world.lab.sent(MCS).pop().unwrap();
    assert_eq!(last.header(sip::Name::SubscriptionState), Some(&b"terminated;reason=rejected"[..]));
    assert!(last.body().is_empty());
}

/// What the NOTIFYs tell, each of which our own reader takes: the documents in the order of the NOTIFYs, and how many those were.
fn told_by_several(world: &World) -> (Vec<String>, usize) {
    let heard = world.heard();
    let sel = |change| match change {
        xcap::diff::Change::Document(document) => document.sel,
        other => panic!("{other:?}"),
    };
    let told = heard.iter().flat_map(|told| {
        assert!(told.len() <= 192 << 10, "{}", told.len());
        read(told).changes.into_iter().map(sel).collect::<Vec<_>>()
    });
    (told.collect(), heard.len())
}

#[test]
fn c4_4_what_is_more_than_one_notify_holds_is_told_by_several_that_our_own_reader_takes() {
    let world = filled(9_999);
    world.subscribe("no-patching", &[FOLDER]);
    let (told, notices) = told_by_several(&world);
    assert!(notices > 1, "{notices}");
    let all: Vec<String> = (0..9_999).map(|number| format!("{FOLDER}{number:05}")).collect();
    assert!(told == all, "each once, in their order");
    world.put(&format!("{FOLDER}05000"), &["one"]);
    assert_eq!(told_by_several(&world), (vec![format!("{FOLDER}05000")], 1));
    world.lab.advance(Duration::from_secs(3_100));
    let (told, notices) = told_by_several(&world);
    assert!(told == all && notices > 1, "a refresh is told everything again: {notices}");
}

#[test]
fn c4_4_of_what_is_told_by_several_nothing_that_goes_meanwhile_is_lost() {
    let world = filled(9_999);
    world.subscribe("no-patching", &[FOLDER]);
    let _ = world.heard();
    let batch = (0..9_999)
        .fold(Batch::new(), |batch: Batch, number| batch.delete(format!("gms/document/{FOLDER}{number:05}")));
    block_on(world.store.commit(batch)).unwrap();
    world.lab.advance(Duration::from_secs(2));
    let (mut told, notices) = told_by_several(&world);
    told.sort_unstable();
    told.dedup();
    assert!(told.len() == 9_999 && notices > 1, "{} by {notices}", told.len());
}

#[test]
fn c4_4_3_a_fetch_of_more_than_one_notify_holds_is_refused() {
    for (documents, answer) in [(100, 200), (9_999, 413)] {
        let subscriber = renewed::Subscriber::over(filled(documents));
        assert_eq!(subscriber.fetches(&wanted(&[FOLDER])).status(), Some(answer));
    }
}

/// How many records are read one by one.
pub(super) struct Counted(pub(super) Arc<dyn Store>, pub(super) AtomicUsize);

impl Store for Counted {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        self.0.scan(prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        self.0.commit(batch)
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.0.watch(prefix)
    }
}

#[test]
fn a_change_in_a_collection_reads_no_document_that_has_not_changed() {
    for processing in ["no-patching", "xcap-patching"] {
        let counted = Arc::new(Counted(in_memory(), AtomicUsize::new(0)));
        let world = filled_over(counted.clone(), 500);
        world.subscribe(processing, &[FOLDER]);
        let _ = world.heard();
        let before = counted.1.load(Ordering::Relaxed);
        world.put(&format!("{FOLDER}00007"), &["one"]);
        assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 1);
        let read = counted.1.load(Ordering::Relaxed) - before;
        assert!(read < 20, "{processing}: {read}");
    }
}
