//! What is kept, and what becomes of it when the store or the configuration changes.

use kit::testing::End;
use sip::{Method, Name, Request};

use super::status;
use crate::testing::{ALICE, Fixture, LMS, Register, config, request, seconds, tcp, udp};

#[test]
fn bindings_are_kept_before_they_are_promised() {
    let at = Fixture::new();
    at.disk.set_capacity(0);
    let refused = at.register(&Register::of("alice"), udp(5070));
    assert_eq!(
        (status(&refused), refused.header(Name::RetryAfter)),
        (503, Some(&b"5"[..])),
        "RFC 3261 21.5.4"
    );
    assert_eq!(at.core.registered(), (0, 0));
    at.disk.set_capacity(u64::MAX);
    assert_eq!(status(&at.register(&Register::of("alice").later(), udp(5070))), 200, "without a restart");
}

#[test]
fn bindings_survive_a_restart_without_their_streams() {
    let at = Fixture::new();
    at.register(&Register::of("alice"), udp(5070));
    at.register(&Register::of("bob"), tcp(1));
    let at = at.restart(seconds(10), End::Response(sip::Response::new(200)));
    assert_eq!(at.core.registered(), (2, 2));
    let service = "sip:lms_psi@primary.example";
    let message = |from: &str| -> Request { request(Method::Message, service, from) };
    assert_eq!(at.refused(&message(ALICE), &udp(5070)), None, "a source of datagrams is as good as before");
    assert_eq!(
        at.refused(&message(crate::testing::BOB), &tcp(1)),
        Some(403),
        "a stream of an earlier run is no proof"
    );
}

/// A store in which somebody else was first, so many times.
struct Contended(store::Redb, std::sync::atomic::AtomicUsize);

impl store::Store for Contended {
    fn get(&self, key: &[u8]) -> wire::BoxFuture<'_, Result<Option<store::Record>, store::Fault>> {
        self.0.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> wire::BoxFuture<'_, Result<Vec<store::Entry>, store::Fault>> {
        self.0.scan(prefix, after, limit)
    }

    fn commit(&self, batch: store::Batch) -> wire::BoxFuture<'_, Result<store::Version, store::CommitError>> {
        use std::sync::atomic::Ordering::Relaxed;
        if self.1.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            let conflict = store::Conflict { key: bytes::Bytes::new() };
            return Box::pin(async move { Err(conflict.into()) });
        }
        self.0.commit(batch)
    }

    fn watch(
        &self,
        prefix: &[u8],
    ) -> futures::stream::BoxStream<'static, Result<store::Event, store::Fault>> {
        self.0.watch(prefix)
    }
}

#[test]
fn rfc3261_10_3_step_7_an_update_that_came_second_is_computed_anew() {
    for (conflicts, expected) in [(3, 200), (100, 503)] {
        let at = Fixture::new();
        let disk =
            store::Redb::open_in_memory(store::Disk::new(), store::Clock::still(std::time::UNIX_EPOCH))
                .unwrap();
        let store = std::sync::Arc::new(Contended(disk, conflicts.into()));
        let core = crate::testing::open_over(&at.lab, &at.config, store);
        let at = Fixture { core, ..at };
        assert_eq!(status(&at.register(&Register::of("alice"), udp(5070))), expected);
    }
}

#[test]
fn a_user_who_is_taken_out_while_the_core_runs_is_registered_no_more_and_the_servers_are_told() {
    let at = Fixture::new();
    assert_eq!(status(&at.register(&Register::of("alice"), udp(5070))), 200);
    assert_eq!(status(&at.register(&Register::of("bob"), udp(5071))), 200);
    let told = at.lab.sent(LMS).len();

    let bob = config().users.named("bob").cloned();
    at.core.replace_users(bob.into_iter().collect());
    at.lab.run();
    assert_eq!(at.core.registered(), (1, 1));
    let notice = at.lab.sent(LMS).pop().unwrap();
    assert_eq!((at.lab.sent(LMS).len(), notice.header(Name::Expires)), (told + 1, Some(&b"0"[..])));
    let again = at.serve(&Register::of("alice").request(), udp(5070));
    assert_eq!(status(&at.serve(&Register::of("alice").answering(&again, 1), udp(5070))), 401);

    at.core.replace_users(config().users);
    assert_eq!(status(&at.register(&Register::of("alice"), udp(5070))), 200, "and may come back");
}
