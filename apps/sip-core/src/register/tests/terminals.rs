//! RFC 5626 5.3: several terminals of one user, of which few listen. Each is known and reached by its own stream, whatever the
//! others do.

use std::{sync::Arc, time::UNIX_EPOCH};

use futures::{FutureExt as _, executor::block_on};
use kit::testing::End;
use parking_lot::Mutex;
use sip::{Method, Name};
use store::{Clock, Disk, Redb};
use wire::{Answer, BoxFuture, Branch, ConnectionId, Hop, Service as _, Wire, WireError, World};

use super::{contacts, status};
use crate::{
    Metrics, SipCore,
    config::Registration,
    keep::Commit,
    testing::{ALICE, Fixture, LMS, Register, config, message, request, seconds, tcp, tls},
};

const SERVICE: &str = "sip:lms_psi@primary.example";

fn terminal(name: &str, call_id: &'static str) -> Register {
    let contact = Some(format!("<sip:alice.{name}@device.invalid>"));
    Register { contact, call_id, ..Register::of("alice") }
}

/// Alice at two terminals, the first over stream 1, the other over stream 2.
fn registered() -> Fixture {
    let at = Fixture::with(crate::Config {
        registration: Registration { contacts: 3, ..Registration::default() },
        ..config()
    });
    at.register(&terminal("one", "one"), tcp(1));
    at.register(&terminal("other", "other"), tcp(2));
    at
}

/// The streams by which alice is reached.
fn streams(at: &Fixture) -> Vec<Option<ConnectionId>> {
    let (_, forward) = at.forwarded(&request(Method::Message, ALICE, SERVICE), &tls(LMS));
    let others = forward.others.iter().map(|Branch { hop, .. }| hop.connection);
    let mut streams: Vec<_> = std::iter::once(forward.hop.connection).chain(others).collect();
    streams.sort_by_key(|stream| stream.map(|stream| stream.serial));
    streams
}

/// What she is answered over this stream; none where her request goes on.
fn refused(at: &Fixture, serial: u64) -> Option<u16> {
    at.refused(&request(Method::Message, SERVICE, ALICE), &tcp(serial))
}

#[test]
fn each_is_known_and_reached_by_its_own_stream() {
    let at = registered();
    assert_eq!([1, 2].map(|serial| refused(&at, serial)), [None, None]);
    assert_eq!(streams(&at), [tcp(1).connection, tcp(2).connection]);
}

#[test]
fn the_log_off_of_one_leaves_the_other_as_it_was() {
    let at = registered();
    let gone = at.register(&Register { expires: Some(0), ..terminal("other", "other").later() }, tcp(2));
    assert_eq!(status(&gone), 200);
    assert_eq!([1, 2].map(|serial| refused(&at, serial)), [None, Some(403)]);
    assert_eq!(streams(&at), [tcp(1).connection]);
}

#[test]
fn the_end_of_one_leaves_the_other_as_it_was() {
    let at = registered();
    at.register(&Register { expires: Some(60), ..terminal("brief", "brief") }, tcp(3));
    at.lab.advance(seconds(61));
    assert_eq!([1, 2, 3].map(|serial| refused(&at, serial)), [None, None, Some(403)]);
    assert_eq!(streams(&at), [tcp(1).connection, tcp(2).connection]);
}

#[test]
fn a_terminal_that_registers_over_a_new_stream_is_known_by_that_alone() {
    let at = registered();
    let moved = at.register(&terminal("one", "one").later(), tcp(4));
    assert_eq!(status(&moved), 200);
    assert_eq!([1, 2, 4].map(|serial| refused(&at, serial)), [Some(403), None, None]);
    at.register(
        &Register { more: vec![(Name::Supported, "path".to_owned())], ..terminal("other", "other").later() },
        tcp(2),
    );
    assert_eq!(streams(&at), [tcp(2).connection, tcp(4).connection]);
}

/// A wire on which streams end.
struct Ending {
    wire: Arc<dyn Wire>,
    ended: Mutex<Vec<ConnectionId>>,
}

impl Wire for Ending {
    fn request(&self, request: sip::Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>> {
        self.wire.request(request, hop)
    }

    fn ended(&self, connection: ConnectionId) -> BoxFuture<'static, ()> {
        let has_ended = self.ended.lock().contains(&connection);
        if has_ended { Box::pin(std::future::ready(())) } else { Box::pin(std::future::pending()) }
    }
}

#[test]
fn rfc5626_a_terminal_whose_stream_has_ended_makes_room_for_the_next_one() {
    let at = Fixture::with(config());
    let world = at.lab.world("core");
    let wire = Arc::new(Ending { wire: world.wire.clone(), ended: Mutex::default() });
    let store = Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).expect("opens"));
    let world = World { wire: wire.clone(), ..world };
    let core = SipCore::open(at.config.clone(), world, store, &Metrics::default()).now_or_never();
    let at = Fixture { core: core.expect("never busy").expect("opens"), ..at };
    for (name, serial) in [("one", 1), ("other", 2)] {
        assert_eq!(status(&at.register(&terminal(name, name), tcp(serial))), 200);
    }
    wire.ended.lock().extend(tcp(1).connection);
    assert_eq!(status(&at.register(&terminal("third", "third"), tcp(3))), 200);
    assert_eq!(streams(&at), [tcp(2).connection, tcp(3).connection]);
}

#[test]
fn rfc5626_streams_of_an_earlier_run_of_the_core_make_room_too_and_the_oldest_first() {
    let at = Fixture::with(config());
    at.register(&terminal("one", "one"), tcp(1));
    at.lab.advance(seconds(1));
    at.register(&terminal("other", "other"), tcp(2));
    let at = at.restart(seconds(1), End::Response(sip::Response::new(200)));
    let third = at.register(&terminal("third", "third"), tcp(3));
    let contact = |name: &str| contacts(&third).iter().any(|(uri, _)| uri.contains(name));
    assert_eq!((status(&third), ["one", "other", "third"].map(contact)), (200, [false, true, true]));
}

#[test]
fn rfc5626_whoever_can_be_reached_by_a_new_stream_makes_room_for_nobody() {
    let listening = |name: &str, call_id| {
        let contact = Some(format!("<sip:alice.{name}@192.0.2.1:5070;transport=tcp>"));
        Register { contact, ..terminal(name, call_id) }
    };
    for (other, expected) in [(listening("other", "other"), 403), (terminal("other", "other"), 200)] {
        let at = Fixture::with(config());
        at.register(&listening("one", "one"), tcp(1));
        at.lab.advance(seconds(1));
        at.register(&other, tcp(2));
        let at = at.restart(seconds(1), End::Response(sip::Response::new(200)));
        let third = at.register(&terminal("third", "third"), tcp(3));
        assert_eq!(status(&third), expected);
        let is_there = contacts(&third).iter().any(|(uri, _)| uri.contains("one"));
        assert_eq!(is_there, expected == 200, "the older one, by which she can be reached");
    }
}

#[test]
fn rfc5626_whoever_registers_at_the_same_moment_makes_room_for_nobody() {
    let at = Fixture::with(config());
    for (name, serial) in [("one", 1), ("other", 2)] {
        assert_eq!(status(&at.register(&terminal(name, name), tcp(serial))), 200);
    }
    // The first is refreshed: that is committed, and in a moment the registrar knows by which stream.
    let mut refreshed = at.core.registry().bindings(ALICE, at.core.now());
    refreshed.iter_mut().for_each(|binding| binding.cseq += 1);
    let read = block_on(at.core.0.keep.bindings(ALICE)).unwrap().version;
    let version = block_on(at.core.0.keep.commit(Commit::default().bindings(ALICE, read, &refreshed)));

    let (third, core) = (terminal("third", "third"), at.core.clone());
    let proved = third.answering(&at.serve(&third.request(), tcp(3)), 1);
    let answer = Arc::new(Mutex::new(None));
    let answered = Arc::clone(&answer);
    at.lab.world("core").tasks.spawn(Box::pin(async move {
        let reply = core.serve(message(&proved), tcp(3)).await;
        *answered.lock() = Some(reply.response.status());
    }));
    at.lab.run();
    assert_eq!(*answer.lock(), None, "nobody is taken for lost meanwhile");
    at.core.0.registry.put(ALICE, version.unwrap(), refreshed);
    at.lab.advance(seconds(1));
    assert_eq!(*answer.lock(), Some(403));
    assert_eq!(streams(&at), [tcp(1).connection, tcp(2).connection]);
}
