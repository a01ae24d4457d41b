use std::task::Wake;

use futures::FutureExt;

use super::*;

fn event(key: &str, version: u64) -> Event {
    Event { key: Bytes::copy_from_slice(key.as_bytes()), version: Version(version), change: Happened::Put }
}

fn next(stream: &mut BoxStream<'static, Result<Event, Fault>>) -> Option<Result<Event, Kind>> {
    stream.next().now_or_never()?.map(|seen| seen.map_err(|fault| fault.kind()))
}

#[test]
fn a_watcher_sees_its_prefix_and_no_other() {
    let hub = Hub::default();
    let mut stream = hub.watch(b"a/", Version(0));
    hub.publish(&[event("a", 1), event("a/1", 1), event("b", 2), event("a/2", 3)]);
    assert_eq!(next(&mut stream), Some(Ok(event("a/1", 1))));
    assert_eq!(next(&mut stream), Some(Ok(event("a/2", 3))));
    assert_eq!(next(&mut stream), None);
}

#[test]
fn a_watcher_is_not_told_what_it_could_know() {
    let hub = Hub::default();
    let mut stream = hub.watch(b"", Version(2));
    hub.publish(&[event("a", 1), event("a", 2), event("a", 3)]);
    assert_eq!(next(&mut stream), Some(Ok(event("a", 3))));
}

#[test]
fn a_slow_watcher_is_told_so_once_and_goes_on() {
    let hub = Hub::default();
    let mut stream = hub.watch(b"", Version(0));
    let many: Vec<Event> = (1..=WAITING as u64 + 10).map(|number| event("a", number)).collect();
    hub.publish(&many);
    hub.publish(&[event("a", 9000)]);
    assert_eq!(next(&mut stream), Some(Err(Kind::Lagged)));
    assert_eq!(next(&mut stream), None, "what was before the word is found by reading");
    hub.publish(&[event("a", 9001)]);
    assert_eq!(next(&mut stream), Some(Ok(event("a", 9001))));
}

#[test]
fn a_waiting_watcher_is_woken() {
    let hub = Hub::default();
    let mut stream = hub.watch(b"", Version(0));
    let seen = std::thread::spawn(move || futures::executor::block_on(stream.next()));
    hub.publish(&[event("a", 1)]);
    // Published before or after it began to wait.
    assert_eq!(seen.join().unwrap().unwrap().unwrap(), event("a", 1));
}

/// Looks whether what it is woken for can be fetched.
struct Looker {
    at: Weak<Mutex<Backlog>>,
    found: Mutex<Option<bool>>,
}

impl Wake for Looker {
    fn wake(self: Arc<Self>) {
        let backlog = self.at.upgrade().unwrap();
        *self.found.lock() = Some(backlog.try_lock().is_some_and(|backlog| !backlog.events.is_empty()));
    }
}

#[test]
fn who_is_woken_waits_for_nobody() {
    let hub = Hub::default();
    let mut stream = hub.watch(b"", Version(0));
    let at = hub.watchers.lock()[0].backlog.clone();
    let looker = Arc::new(Looker { at, found: Mutex::default() });
    let waker = Waker::from(Arc::clone(&looker));
    assert!(stream.as_mut().poll_next(&mut Context::from_waker(&waker)).is_pending());
    let told = hub.publish(&[event("a", 1)]);
    assert_eq!(*looker.found.lock(), None, "it is told, and sleeps");
    drop(told);
    assert_eq!(*looker.found.lock(), Some(true));
}

#[test]
fn streams_end_with_the_store_after_what_was_published() {
    let hub = Hub::default();
    let mut stream = hub.watch(b"", Version(0));
    hub.publish(&[event("a", 1)]);
    drop(hub);
    assert_eq!(next(&mut stream), Some(Ok(event("a", 1))));
    assert!(matches!(stream.next().now_or_never(), Some(None)));
}

#[test]
fn a_dropped_stream_is_forgotten() {
    let hub = Hub::default();
    drop(hub.watch(b"", Version(0)));
    hub.publish(&[event("a", 1)]);
    assert!(hub.watchers.lock().is_empty());
}
