//! Strangers at one listener, and the descriptors of the whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use driver::{
    Admission, Env, HttpLimits, Memory, Net, Room,
    net::{Datagrams, Listener, Share, Stream},
};
use support::{strangers::*, *};
use wire::BoxFuture;

/// Descriptors that leave room for four connections.
const FEW: usize = 68;

async fn stranger(env: &Env, host: u8, to: &str) -> Peer {
    let mut peer = connect(env, &format!("10.0.1.{host}"), to).await;
    ping(&mut peer).await;
    peer
}

#[test]
fn strangers_at_one_listener_take_no_descriptors_from_another() {
    world(true, async {
        let (_, env) = memory();
        let env = Env { room: Room::of(FEW), ..env };
        let _server = server(&env, Admission::default());
        assert_eq!((env.room.budget(), env.room.promised()), (4, 20_000));
        let mut partner = stranger(&env, 1, PUBLIC).await;
        ask(&mut partner).await;
        let mut strangers = Vec::new();
        for host in 2..40 {
            strangers.push(stranger(&env, host, PUBLIC).await);
        }
        let mut inner = stranger(&env, 99, INNER).await;
        ask(&mut inner).await;
        ask(&mut partner).await;
        let mut gone = Vec::new();
        for stranger in &mut strangers {
            gone.push(is_closed(stranger).await);
        }
        let (left, last) = (gone.split_off(36), gone);
        assert!(last.iter().all(|gone| *gone), "whoever has been idle the longest makes room");
        assert_eq!(left, [false, false]);
        assert!(counts(&env, "evicted for descriptors"));
    });
}

#[test]
fn where_all_have_proved_something_the_next_is_turned_away() {
    world(true, async {
        let (_, env) = memory();
        let env = Env { room: Room::of(FEW), ..env };
        let _server = server(&env, Admission::default());
        let mut partners = Vec::new();
        for host in 1..5 {
            partners.push(stranger(&env, host, PUBLIC).await);
            ask(partners.last_mut().unwrap()).await;
        }
        let mut next = Peer::connect(&env, at(INNER)).await;
        assert_eq!(next.hear().await, "");
        assert!(counts(&env, "no descriptors"));
        drop(partners.pop());
        tokio::time::sleep(Duration::from_secs(1)).await;
        ask(&mut stranger(&env, 5, INNER).await).await;
    });
}

#[test]
fn strangers_over_http_make_room_for_sip() {
    world(true, async {
        let (_, env) = memory();
        let env = Env { room: Room::of(FEW), ..env };
        let _server = server(&env, Admission::default());
        let (_http, to, _) = http_support::server(&env, HttpLimits::default());
        let mut user = http_support::peer(&env, to).await;
        assert_eq!(http_support::ask(&mut user, &http_support::get("/a")).await.0, 200);
        let mut silent = Vec::new();
        for _ in 0..3 {
            silent.push(http_support::peer(&env, to).await);
            tokio::task::yield_now().await;
        }
        ask(&mut stranger(&env, 1, INNER).await).await;
        assert!(is_closed(&mut silent[0]).await && !is_closed(&mut silent[1]).await);
        assert_eq!(http_support::ask(&mut user, &http_support::get("/b")).await.0, 200);
    });
}

/// A machine that has no room for the next connection when it is told so.
struct Machine(Memory, Arc<AtomicBool>);

struct Tight(Box<dyn Listener>, Arc<AtomicBool>);

impl Net for Machine {
    fn listen(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(Tight(self.0.listen(address, share)?, self.1.clone())))
    }

    fn connect(&self, from: Option<IpAddr>, to: SocketAddr) -> BoxFuture<'static, io::Result<Stream>> {
        self.0.connect(from, to)
    }

    fn bind(&self, address: SocketAddr, share: Share) -> io::Result<Box<dyn Datagrams>> {
        self.0.bind(address, share)
    }
}

impl Listener for Tight {
    fn local(&self) -> SocketAddr {
        self.0.local()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Stream>>> {
        if self.1.swap(false, Ordering::Relaxed) {
            return Poll::Ready(Some(Err(io::ErrorKind::OutOfMemory.into())));
        }
        self.0.poll_accept(cx)
    }
}

#[test]
fn strangers_go_when_the_machine_has_no_room() {
    world(true, async {
        let is_full = Arc::new(AtomicBool::new(false));
        let env = env(Arc::new(Machine(Memory::new(), is_full.clone())));
        let _server = server(&env, Admission::default());
        let mut partner = stranger(&env, 1, PUBLIC).await;
        ask(&mut partner).await;
        let mut idle = stranger(&env, 2, PUBLIC).await;
        is_full.store(true, Ordering::Relaxed);
        ask(&mut stranger(&env, 3, INNER).await).await;
        assert!(is_closed(&mut idle).await);
        assert!(counts(&env, "no descriptors"));
        ask(&mut partner).await;
    });
}
