//! Collections of many documents: RFC 5875 clause 4.4.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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

/// A notifier at which nobody is admitted.
fn admitting_nobody(world: &World) -> XcapDiffPackage {
    let package = XcapDiffPackage::new(Arc::clone(&world.documents), Arc::clone(&world.store), may_read());
    package.admitting(Arc::new(|_, _| Box::pin(std::future::ready(Err(Cause::NotPermitted.into())))))
}

#[test]
fn c4_4_who_is_not_admitted_learns_not_how_much_there_is() {
    for documents in [1, 9_999, 10_001] {
        let world = filled(documents);
        let package = admitting_nobody(&world);
        let fetch = renewed::Subscriber::over(world).fetch(&wanted(&[FOLDER]));
        let refused =
            block_on(package.watch(&Peer::of_server(MCS.into()), &fetch)).map_err(|stop| stop.cause());
        assert_eq!(refused, Err(Cause::NotPermitted), "{documents}");
    }
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
    let is_last = |told: &String| heard.last() == Some(told);
    let told = heard.iter().flat_map(|told| {
        assert!(told.len() <= 192 << 10, "{}", told.len());
        assert!(is_last(told) || told.len() > 160 << 10, "as much as it holds: {}", told.len());
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
fn c4_7_of_a_refresh_that_is_told_by_several_nothing_that_goes_meanwhile_is_lost() {
    let world = filled(9_999);
    let (goes, store) = (Arc::new(AtomicBool::new(false)), Arc::clone(&world.store));
    let (is_time, gone) = (Arc::clone(&goes), format!("{FOLDER}09000"));
    let key = format!("gms/document/{gone}");
    world.subscribe_and("xcap-diff", &wanted(&[FOLDER]), move || {
        if is_time.swap(false, Ordering::Relaxed) {
            block_on(store.commit(Batch::new().delete(key.clone()))).unwrap();
        }
    });
    let before = world.etag(&format!("{FOLDER}09000"));
    let _ = world.heard();
    goes.store(true, Ordering::Relaxed);
    world.lab.advance(Duration::from_secs(3_100));
    let heard = world.heard();
    let told: Vec<_> = heard.iter().flat_map(|told| read(told).changes).collect();
    let is_it = |change: &&xcap::diff::Change| matches!(change, xcap::diff::Change::Document(document) if document.sel == gone);
    let [xcap::diff::Change::Document(told_of)] = told.iter().filter(is_it).collect::<Vec<_>>()[..] else {
        panic!("once, by {} notices", heard.len())
    };
    assert!(heard.len() > 1 && told_of.new.is_none(), "{told_of:?}");
    assert_eq!(told_of.previous, Some(xcap::Etag::new(&before)), "as it was told before");
    assert_eq!(told.len(), 9_999, "and each of the others is told once more");
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
