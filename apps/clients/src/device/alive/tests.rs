use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::channel::oneshot;
use kit::testing::Lab;
use parking_lot::Mutex;
use sip::{Message, Name, Response};
use wire::{Answer, BoxFuture, ConnectionId, Hop, Wire, WireError};

use super::super::{Device, Settings};
use crate::testing::{CORE, run, seconds, settings};

/// A core that knows a user by the stream of the last REGISTER, and a network that has just lost one.
#[derive(Default)]
struct Streams {
    lost_below: AtomicU64,
    registered: AtomicU64,
    methods: Mutex<Vec<String>>,
    /// Who waits for the end of which stream.
    watches: Mutex<Vec<(u64, oneshot::Sender<()>)>>,
}

impl Streams {
    /// The network loses every stream below this one, and says so.
    fn lose_below(&self, serial: u64) {
        self.lost_below.store(serial, Ordering::Relaxed);
        self.watches.lock().retain(|(watched, _)| *watched >= serial);
    }

    fn registers(&self) -> usize {
        self.methods.lock().iter().filter(|method| *method == "REGISTER").count()
    }
}

impl Wire for Streams {
    fn request(&self, request: sip::Request, hop: Hop) -> BoxFuture<'static, Result<Answer, WireError>> {
        let next = self.lost_below.load(Ordering::Relaxed);
        let serial =
            hop.connection.map(|stream| stream.serial).filter(|serial| *serial >= next).unwrap_or(next);
        self.methods.lock().push(request.method().to_string());
        let is_register = request.method() == sip::Method::Register;
        if is_register {
            self.registered.store(serial, Ordering::Relaxed);
        }
        let is_known = self.registered.load(Ordering::Relaxed) == serial;
        let answer = Response::new(if is_known { 200 } else { 403 });
        let mut out = bytes::BytesMut::new();
        request.print(b"SIP/2.0/TCP t.invalid;branch=z9hG4bK1", &mut out);
        let request = Message::parse(out.split().freeze(), &sip::Limits::default()).unwrap();
        answer.print(&request, "t", &mut out);
        let response = Message::parse(out.freeze(), &sip::Limits::default()).unwrap();
        let connection = Some(ConnectionId { shard: 0, serial });
        let arrival = wire::Arrival { connection, ..kit::testing::arrival("core", "x") };
        Box::pin(async move { Ok(Answer { response, arrival }) })
    }

    fn ended(&self, connection: ConnectionId) -> BoxFuture<'static, ()> {
        let (watch, ended) = oneshot::channel();
        if connection.serial >= self.lost_below.load(Ordering::Relaxed) {
            self.watches.lock().push((connection.serial, watch));
        }
        Box::pin(async {
            let _ = ended.await;
        })
    }
}

#[test]
fn rfc5626_4_4_a_lost_flow_is_registered_anew_before_anything_is_said_over_another() {
    let lab = Lab::new();
    let streams = Arc::new(Streams { lost_below: AtomicU64::new(1), ..Streams::default() });
    let world = wire::World { wire: streams.clone(), ..lab.world("alice") };
    let device = Device::new(settings(), world);
    run(&lab, {
        let device = device.clone();
        async move { device.register().await }
    });
    let send = || {
        let request = sip::Request::new(sip::Method::Message, "sip:lms_psi@primary.example")
            .header(Name::From, "<sip:alice.imsi@primary.example>;tag=1")
            .header(Name::To, "<sip:lms_psi@primary.example>")
            .header(Name::CallId, "c")
            .header(Name::CSeq, "1 MESSAGE");
        run(&lab, device.world().wire.request(request, kit::testing::hop(CORE))).ended()
    };
    let status = |answer: Option<Result<Answer, WireError>>| {
        answer.and_then(Result::ok).and_then(|a| a.response.status())
    };
    assert_eq!(status(send()), Some(200), "over the registered stream");
    streams.lost_below.store(2, Ordering::Relaxed);
    assert_eq!(status(send()), Some(200), "registered over the new stream, and sent again");
    assert_eq!(streams.registered.load(Ordering::Relaxed), 2);
}

#[test]
fn rfc5626_4_4_a_lost_flow_is_registered_anew_by_who_only_listens() {
    let lab = Lab::new();
    let streams = Arc::new(Streams { lost_below: AtomicU64::new(1), ..Streams::default() });
    let world = wire::World { wire: streams.clone(), ..lab.world("alice") };
    let device = Device::new(Settings { keep_alive: Some(seconds(30)), ..settings() }, world);
    run(&lab, {
        let device = device.clone();
        async move { device.stay_registered().await }
    });
    lab.advance(seconds(60));
    assert_eq!(streams.registered.load(Ordering::Relaxed), 1);
    streams.lost_below.store(2, Ordering::Relaxed);
    lab.advance(seconds(29));
    assert_eq!(streams.registered.load(Ordering::Relaxed), 1);
    lab.advance(seconds(1));
    assert_eq!(streams.registered.load(Ordering::Relaxed), 2);
}

#[test]
fn rfc5626_4_4_the_flow_is_tried_with_options_and_the_registration_refreshed_in_its_own_time() {
    let lab = Lab::new();
    let streams = Arc::new(Streams::default());
    let world = wire::World { wire: streams.clone(), ..lab.world("alice") };
    let kept = Settings { keep_alive: Some(seconds(40)), expires: seconds(200), ..settings() };
    let device = Device::new(kept, world);
    run(&lab, {
        let device = device.clone();
        async move { device.stay_registered().await }
    });
    lab.advance(seconds(100));
    assert_eq!(*streams.methods.lock(), ["REGISTER", "OPTIONS", "OPTIONS", "REGISTER"]);
}

/// A terminal that stays registered over the first stream, and is never tried.
fn registered(lab: &Lab) -> (Arc<Streams>, Device) {
    let streams = Arc::new(Streams { lost_below: AtomicU64::new(1), ..Streams::default() });
    let world = wire::World { wire: streams.clone(), ..lab.world("alice") };
    let device = Device::new(Settings { keep_alive: None, ..settings() }, world);
    run(lab, {
        let device = device.clone();
        async move { device.stay_registered().await }
    });
    (streams, device)
}

#[test]
fn rfc5626_4_5_a_stream_that_ends_is_registered_anew_one_to_two_seconds_later() {
    let lab = Lab::new();
    let (streams, _device) = registered(&lab);
    lab.advance(seconds(100));
    assert_eq!(streams.registers(), 1);
    streams.lose_below(2);
    lab.advance(Duration::from_millis(999));
    assert_eq!(streams.registers(), 1);
    lab.advance(Duration::from_millis(1001));
    assert_eq!((streams.registers(), streams.registered.load(Ordering::Relaxed)), (2, 2));
    lab.advance(seconds(100));
    assert_eq!(streams.registers(), 2, "and stays so");
}

#[test]
fn rfc5626_4_5_streams_that_do_not_last_are_registered_anew_at_growing_distances() {
    let lab = Lab::new();
    let (streams, _device) = registered(&lab);
    for bound in [2, 4, 8, 16, 32, 60, 60] {
        let before = streams.registers();
        streams.lose_below(1 + u64::try_from(before).unwrap());
        lab.advance(seconds(bound) / 2 - Duration::from_millis(1));
        assert_eq!(streams.registers(), before, "within half of {bound} s");
        lab.advance(seconds(bound) / 2 + Duration::from_millis(1));
        assert_eq!(streams.registers(), before + 1, "within {bound} s");
    }
    lab.advance(seconds(90));
    let before = streams.registers();
    streams.lose_below(1_000);
    lab.advance(seconds(2));
    assert_eq!(streams.registers(), before + 1, "one that has lasted is registered anew soon");
}

#[test]
fn rfc5626_4_5_a_core_that_loses_all_terminals_at_once_does_not_meet_them_at_once() {
    let lab = Lab::new();
    let terminals: Vec<_> = (0..200).map(|_| registered(&lab)).collect();
    let all = || terminals.iter().map(|(streams, _)| streams.registers()).sum::<usize>();
    terminals.iter().for_each(|(streams, _)| streams.lose_below(2));
    lab.advance(seconds(1));
    let mut met = Vec::new();
    for _ in 0..10 {
        let before = all();
        lab.advance(Duration::from_millis(100));
        met.push(all() - before);
    }
    assert_eq!(met.iter().sum::<usize>(), 200);
    assert!(met.iter().all(|met| (5..50).contains(met)), "some 20 in each tenth of a second: {met:?}");
}

#[test]
fn rfc5626_4_5_whoever_has_logged_off_is_not_registered_anew() {
    let lab = Lab::new();
    let (streams, device) = registered(&lab);
    run(&lab, async move { device.deregister().await });
    let before = streams.registers();
    streams.lose_below(9);
    lab.advance(seconds(100));
    assert_eq!(streams.registers(), before);
}

#[test]
fn the_wire_of_a_terminal_tells_of_ended_streams() {
    let lab = Lab::new();
    let (streams, device) = registered(&lab);
    let stream = ConnectionId { shard: 0, serial: 1 };
    let mut watched = run(&lab, device.world().wire.ended(stream));
    lab.run();
    assert!(watched.ended().is_none(), "it stands");
    streams.lose_below(2);
    assert!(run(&lab, device.world().wire.ended(stream)).ended().is_some());
}
