//! A listener of HTTP that bears no more connections, and who makes room for whoever comes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use driver::{Admission, HttpLimits};
use http_support::*;
use support::{memory, strangers::is_closed, world};

fn full_with(connections: usize) -> Admission {
    Admission { connections, ..Admission::default() }
}

#[test]
fn strangers_make_room_for_each_other_and_none_for_them_who_was_served() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server_at(&env, HttpLimits::default(), full_with(3));
        let mut user = peer(&env, to).await;
        assert_eq!(ask(&mut user, &get("/a")).await.0, 200);
        let mut silent = Vec::new();
        for _ in 0..20 {
            silent.push(peer(&env, to).await);
            tokio::task::yield_now().await;
        }
        let mut next = peer(&env, to).await;
        assert_eq!(ask(&mut next, &get("/b")).await.0, 200);
        assert_eq!(ask(&mut user, &get("/c")).await.0, 200);
        let mut gone = 0;
        for stranger in &mut silent {
            gone += u32::from(is_closed(stranger).await);
        }
        assert_eq!((gone, refused(&env, "evicted connection")), (19, 19));
        assert_eq!(refused(&env, "too many connections"), 0);
    });
}

#[test]
fn where_all_were_served_the_one_that_has_rested_the_longest_makes_room() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server_at(&env, HttpLimits::default(), full_with(2));
        let (mut first, mut second) = (peer(&env, to).await, peer(&env, to).await);
        for path in ["/a", "/b"] {
            assert_eq!(ask(&mut first, &get(path)).await.0, 200);
            assert_eq!(ask(&mut second, &get(path)).await.0, 200);
        }
        assert_eq!(ask(&mut first, &get("/c")).await.0, 200, "the second has rested for longer now");
        assert_eq!(ask(&mut peer(&env, to).await, &get("/d")).await.0, 200);
        assert!(is_closed(&mut second).await && !is_closed(&mut first).await);
        assert_eq!(ask(&mut first, &get("/e")).await.0, 200);
    });
}

#[test]
fn whoever_waits_for_an_answer_is_left_alone() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server_at(&env, HttpLimits::default(), full_with(1));
        let mut busy = peer(&env, to).await;
        assert_eq!(ask(&mut busy, &get("/a")).await.0, 200);
        busy.say(&get("/wait")).await;
        tokio::time::sleep(seconds(1)).await;
        assert_eq!(peer(&env, to).await.hear().await, "", "there is nobody to make room");
        assert_eq!(refused(&env, "too many connections"), 1);
        echo.released.notify_one();
        assert_eq!(answer(&mut busy).await.0, 200);
        assert_eq!(ask(&mut peer(&env, to).await, &get("/b")).await.0, 200);
        assert_eq!(busy.hear().await, "");
    });
}

#[test]
fn an_answer_that_is_not_read_keeps_nobody_out() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server_at(&env, HttpLimits::default(), full_with(1));
        let mut lazy = peer(&env, to).await;
        lazy.say(&get("/large")).await;
        tokio::time::sleep(seconds(1)).await;
        assert_eq!(ask(&mut peer(&env, to).await, &get("/a")).await.0, 200);
        assert_eq!(refused(&env, "evicted connection"), 1);
    });
}
