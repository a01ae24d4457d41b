//! Writers at once, over two replicas of one store: none lost, and never two on one condition.

use std::{sync::Barrier, thread};

use super::*;

/// A store that batches commits on a thread of its own, as in service.
fn grouped(folder: &tempfile::TempDir) -> Arc<dyn Store> {
    Arc::new(Redb::open(&folder.path().join("store"), Clock::still(UNIX_EPOCH)).expect("a store"))
}

/// Runs `work` on as many threads at once, by turns upon each of two replicas.
fn at_once<T: Send>(
    store: &Arc<dyn Store>,
    threads: usize,
    work: impl Fn(&Documents, usize) -> T + Sync,
) -> Vec<T> {
    let replicas = [documents(store), documents(store)];
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        let run = |number: usize| {
            barrier.wait();
            work(&replicas[number % 2], number)
        };
        let handles: Vec<_> = (0..threads).map(|number| scope.spawn(move || run(number))).collect();
        handles.into_iter().map(|handle| handle.join().expect("no panic")).collect()
    })
}

#[test]
fn parallel_edits_of_one_document_lose_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = grouped(&folder);
    assert_eq!(put(&documents(&store), LISTS, FRIENDS).status, 201);
    let (threads, each) = (8, 6);
    let statuses = at_once(&store, threads, |documents, thread| {
        let entry = |number: usize| {
            let uri = format!("sip:{thread}-{number}@example.com");
            let selector = format!("{LISTS}/~~/resource-lists/list/entry%5B@uri=%22{uri}%22%5D");
            put(documents, &selector, &format!("<entry uri=\"{uri}\"/>")).status
        };
        (0..each).map(entry).collect::<Vec<_>>()
    });
    assert!(statuses.iter().flatten().all(|status| *status == 201), "{statuses:?}");
    let body = get(&documents(&store), LISTS).body;
    assert_eq!(body.matches("<entry ").count(), 1 + threads * each);
    let tags = at_once(&store, threads, |documents, thread| {
        put(documents, &format!("{LISTS}/~~/resource-lists/list/@a{thread}"), "x").etag
    });
    assert_eq!(tags.iter().collect::<std::collections::BTreeSet<_>>().len(), threads);
    let body = get(&documents(&store), LISTS).body;
    assert!((0..threads).all(|thread| body.contains(&format!("a{thread}=\"x\""))));
}

#[test]
fn of_writers_on_one_condition_one_succeeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = grouped(&folder);
    let count = |statuses: &[u16], wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    let created = at_once(&store, 12, |documents, _| {
        send(documents, "PUT", LISTS, BILL, &[("if-none-match", "*")], FRIENDS).status
    });
    assert_eq!((count(&created, 201), count(&created, 412)), (1, 11));
    for _ in 0..5 {
        let tag = get(&documents(&store), LISTS).etag;
        let replaced = at_once(&store, 12, |documents, number| {
            let text = FRIENDS.replace("nancy", &format!("n{number}"));
            send(documents, "PUT", LISTS, BILL, &[("if-match", &tag)], &text).status
        });
        assert_eq!((count(&replaced, 200), count(&replaced, 412)), (1, 11));
    }
    let tag = get(&documents(&store), LISTS).etag;
    let deleted = at_once(&store, 12, |documents, _| {
        send(documents, "DELETE", LISTS, BILL, &[("if-match", &tag)], "").status
    });
    assert_eq!((count(&deleted, 200), count(&deleted, 412)), (1, 11));
}

#[test]
fn of_documents_with_one_value_one_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = grouped(&folder);
    let statuses = at_once(&store, 12, |documents, number| {
        let user = format!("sip:u{number}@example.com");
        let body =
            "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"sip:g@example.com\"/></group>";
        send(
            documents,
            "PUT",
            &format!("/org.openmobilealliance.groups/users/{user}/g"),
            Some(&user),
            &[],
            body,
        )
        .status
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 11, "{statuses:?}");
}
