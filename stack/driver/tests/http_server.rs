//! What a listener answers, what it bears, and how it ends.
//! RFC 9110 · RFC 9112
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use std::time::Duration;

use driver::{Admission, HttpLimits};
use http_support::*;
use support::{memory, world};

fn plain() -> HttpLimits {
    HttpLimits::default()
}

#[test]
fn requests_are_answered_one_after_the_other_on_one_connection() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, plain());
        let mut peer = peer(&env, to).await;
        for path in ["/one", "/two?x=%7e%7E~", "/~~/a%5b1%5d"] {
            let (status, fields, body) = ask(&mut peer, &get(path)).await;
            assert_eq!(status, 200);
            assert!(fields.contains_key("date"), "RFC 9110 6.6.1");
            assert_eq!(body, format!("GET {}\n", path.split('?').next().unwrap()));
            let (seen, arrival) = echo.last();
            assert_eq!(seen.uri().to_string(), path, "octet by octet as it came");
            assert_eq!((&*arrival.listener, arrival.local), ("xcap", to));
            assert!(arrival.certificate.is_none());
        }
    });
}

#[test]
fn c9112_9_3_2_pipelined_requests_are_answered_in_order() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server(&env, plain());
        let mut peer = peer(&env, to).await;
        let put = "PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na\nb";
        peer.say(&format!("{}{put}{}", get("/a"), get("/c"))).await;
        let mut text = String::new();
        while !text.contains("GET /c") {
            text += &peer.hear().await;
        }
        let at = |part: &str| text.find(part).unwrap();
        assert!(at("GET /a") < at("PUT /b") && at("PUT /b") < at("GET /c"));
    });
}

#[test]
fn c9110_5_3_a_request_that_means_two_things_is_refused_with_the_fields_name() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, plain());
        let mut peer = peer(&env, to).await;
        let twice = "Content-Type: a/b\r\nContent-Type: c/d\r\n";
        let put = format!("PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n{twice}\r\n");
        let (status, fields, body) = ask(&mut peer, &put).await;
        assert_eq!((status, fields["content-type"].as_bytes()), (400, &b"application/problem+json"[..]));
        assert!(body.contains("content-type stands there more than once"), "{body}");
        assert_eq!(echo.count(), 0, "no service sees it");
    });
}

#[test]
fn c9110_9_3_2_head_says_what_get_would_and_no_more() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server(&env, plain());
        let mut peer = peer(&env, to).await;
        peer.say(&get("/large").replace("GET", "HEAD")).await;
        let head = peer.hear().await;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-length: 100000\r\n"), "{head}");
        assert!(head.ends_with("\r\n\r\n"));
        let (status, _, body) = ask(&mut peer, &get("/large")).await;
        assert_eq!((status, body.len()), (200, 100_000), "and the connection goes on");
        peer.say(&get("/announced").replace("GET", "HEAD")).await;
        let head = peer.hear().await;
        assert!(
            head.contains("content-length: 7\r\n"),
            "a length without a body is what GET would bring: {head}"
        );
    });
}

#[test]
fn framing_is_ours_whatever_a_service_says() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server(&env, plain());
        let mut peer = peer(&env, to).await;
        let (status, fields, body) = ask(&mut peer, &get("/framed")).await;
        assert_eq!((status, body.as_str()), (200, "GET /framed\n"));
        assert!(!fields.contains_key("transfer-encoding") && !fields.contains_key("connection"));
        let (status, fields, body) = ask(&mut peer, &get("/none")).await;
        assert_eq!((status, body.as_str()), (204, ""));
        assert!(!fields.contains_key("content-length"), "RFC 9110 8.6");
    });
}

#[test]
fn bodies_come_whole_however_they_were_cut() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, plain());
        let mut peer = peer(&env, to).await;
        peer.say("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab").await;
        peer.say("cd").await;
        assert_eq!(ask(&mut peer, "ef").await.0, 200);
        assert_eq!(echo.last().0.body(), "abcdef");
        let chunked =
            "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        let (status, fields, _) = ask(&mut peer, chunked).await;
        assert_eq!((status, fields["connection"].as_bytes()), (200, &b"close"[..]));
        assert_eq!(echo.last().0.body(), "abcd");
        assert_eq!(peer.hear().await, "", "the heads behind chunks are not looked at, so there are none");
    });
}

/// RFC 9112 clauses 2.2, 3.2, 6.1, 6.3: what two readers could take for two things is refused, and the connection ends.
#[test]
fn c9112_what_can_be_read_in_two_ways_is_refused() {
    let refused = [
        ("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n"),
        (
            "a bare line feed in a field",
            "GET / HTTP/1.1\r\nHost: a\r\nX: b\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (
            "length and encoding",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("two lengths", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        ("a signed length", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"),
        ("an unknown encoding", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ("chunked not last", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"),
        ("an encoding over 1.0", "PUT / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        ("a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"),
        ("a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"),
        ("a bare CR", "GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n"),
        ("no Host", "GET / HTTP/1.1\r\n\r\n"),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("another Host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a user in the target", "GET http://x@a/ HTTP/1.1\r\nHost: x@a\r\n\r\n"),
        ("no version", "GET /\r\n\r\n"),
        ("no protocol of ours", "GET / SIP/2.0\r\nHost: a\r\n\r\n"),
    ];
    for (what, request) in refused {
        world(true, async move {
            let (_net, env) = memory();
            let (_http, to, echo) = server(&env, plain());
            let mut peer = peer(&env, to).await;
            let (status, _, body) = ask(&mut peer, request).await;
            assert_eq!((status, body.as_str()), (400, ""), "{what}");
            assert_eq!(echo.count(), 0, "{what}");
        });
    }
}

#[test]
fn c9110_9_3_methods_of_proxies_are_not_implemented() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, plain());
        for request in ["CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"] {
            assert_eq!(ask(&mut peer(&env, to).await, request).await.0, 501);
        }
        assert_eq!(echo.count(), 0);
    });
}

#[test]
fn c9110_15_5_14_a_body_beyond_the_limit_is_refused_announced_or_not() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits { body: 8, ..plain() });
        let announced = "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
        assert_eq!(ask(&mut peer(&env, to).await, announced).await.0, 413, "before the body is asked for");
        let chunked =
            "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nabcde\r\n";
        assert_eq!(ask(&mut peer(&env, to).await, chunked).await.0, 413);
        assert_eq!(echo.count(), 0);
        assert_eq!(refused(&env, "too large"), 2);
    });
}

#[test]
fn heads_beyond_the_limits_are_refused() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits { head: 1000, fields: 10, ..plain() });
        let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(1000));
        assert_eq!(ask(&mut peer(&env, to).await, &long).await.0, 431);
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(10));
        assert_eq!(ask(&mut peer(&env, to).await, &many).await.0, 431);
        assert_eq!(echo.count(), 0);
    });
}

#[test]
fn slow_and_silent_peers_are_cut_off() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server(&env, plain());
        let began = tokio::time::Instant::now();
        let took = || began.elapsed().as_secs();
        let mut silent = peer(&env, to).await;
        assert_eq!(silent.hear().await, "");
        assert!((10..=15).contains(&took()), "{}", took());
        let mut slow = peer(&env, to).await;
        slow.say("GET / HT").await;
        for _ in 0..3 {
            tokio::time::sleep(seconds(4)).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut slow.0.io, b"T").await;
        }
        assert_eq!(slow.hear().await, "");
        assert!((20..=30).contains(&took()), "{}", took());
        let mut idle = peer(&env, to).await;
        assert_eq!(ask(&mut idle, &get("/a")).await.0, 200);
        let began = tokio::time::Instant::now();
        tokio::time::sleep(seconds(60)).await;
        assert_eq!(ask(&mut idle, &get("/a")).await.0, 200, "idle for less than the limit");
        tokio::time::sleep(seconds(50)).await;
        assert_eq!(idle.hear().await, "");
        assert!((135..=145).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    });
}

#[test]
fn c9110_15_5_9_a_body_that_does_not_come_is_not_waited_for() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, plain());
        let mut stuck = peer(&env, to).await;
        let began = tokio::time::Instant::now();
        assert_eq!(ask(&mut stuck, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na").await.0, 408);
        assert_eq!(began.elapsed().as_secs(), 10);
        assert_eq!((echo.count(), refused(&env, "body too slow")), (0, 1));
    });
}

#[test]
fn a_peer_that_does_not_read_is_cut_off() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server(&env, plain());
        let mut deaf = peer(&env, to).await;
        for _ in 0..6 {
            deaf.say(&get("/large")).await;
        }
        tokio::time::sleep(seconds(60)).await;
        assert_eq!(refused(&env, "unread"), 1);
    });
}

#[test]
fn requests_beyond_a_peers_share_are_put_off() {
    world(true, async {
        let (_net, env) = memory();
        let limits = HttpLimits { requests: 3, requests_per_peer: 2, ..plain() };
        let (_http, to, echo) = server(&env, limits);
        let mut waiting = [peer(&env, to).await, peer(&env, to).await];
        for peer in &mut waiting {
            peer.say(&get("/wait")).await;
        }
        tokio::time::sleep(seconds(1)).await;
        let (status, fields, body) = ask(&mut peer(&env, to).await, &get("/a")).await;
        assert_eq!((status, body.as_str(), fields["retry-after"].as_bytes()), (503, "", &b"5"[..]));
        assert_eq!(echo.count(), 2);
        for peer in &mut waiting {
            echo.released.notify_one();
            tokio::time::sleep(seconds(1)).await;
            let _ = peer;
        }
        for peer in &mut waiting {
            assert_eq!(answer(peer).await.0, 200);
        }
        assert_eq!(ask(&mut peer(&env, to).await, &get("/a")).await.0, 200);
    });
}

#[test]
fn connections_beyond_a_peers_share_are_closed() {
    world(true, async {
        let (_net, env) = memory();
        let admission = Admission { per_address: 2, ..Admission::default() };
        let (_http, to, _) = server_at(&env, plain(), admission);
        let first = peer(&env, to).await;
        let mut second = peer(&env, to).await;
        assert_eq!(ask(&mut second, &get("/a")).await.0, 200);
        assert_eq!(peer(&env, to).await.hear().await, "");
        assert_eq!(refused(&env, "too many connections of one address"), 1);
        drop(first);
        tokio::time::sleep(seconds(1)).await;
        assert_eq!(ask(&mut peer(&env, to).await, &get("/a")).await.0, 200);
    });
}

#[test]
fn a_panic_is_a_500_without_a_word_and_is_counted() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server(&env, plain());
        let mut peer = peer(&env, to).await;
        for (path, count) in [("/panic", 1), ("/panic-at-once", 2)] {
            let (status, fields, body) = ask(&mut peer, &get(path)).await;
            assert_eq!((status, body.as_str()), (500, ""));
            assert!(!fields.contains_key("server"));
            assert_eq!(env.metrics.panics(), count);
        }
        assert_eq!(ask(&mut peer, &get("/a")).await.0, 200, "the connection goes on");
    });
}

#[test]
fn what_a_service_has_begun_it_finishes_though_the_client_is_gone() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, plain());
        let mut gone = peer(&env, to).await;
        gone.say(&get("/wait")).await;
        tokio::time::sleep(seconds(1)).await;
        drop(gone);
        tokio::time::sleep(seconds(1)).await;
        echo.released.notify_one();
        tokio::time::sleep(seconds(1)).await;
        assert_eq!(*echo.done.lock(), 1);
    });
}

#[test]
fn a_drain_finishes_what_is_under_way_and_takes_nothing_new() {
    world(true, async {
        let (_net, env) = memory();
        let (http, to, echo) = server(&env, plain());
        let (mut busy, mut idle) = (peer(&env, to).await, peer(&env, to).await);
        assert_eq!(ask(&mut idle, &get("/a")).await.0, 200);
        busy.say(&get("/wait")).await;
        tokio::time::sleep(seconds(1)).await;
        let draining = tokio::spawn({
            let http = http.clone();
            async move { http.drain(seconds(30)).await }
        });
        assert_eq!(idle.hear().await, "", "who waits for nothing is let go");
        assert!(env.net.connect(None, to).await.is_err(), "nobody listens any more");
        echo.released.notify_one();
        let (status, fields, _) = answer(&mut busy).await;
        assert_eq!((status, fields["connection"].as_bytes()), (200, &b"close"[..]));
        draining.await.unwrap();
        assert_eq!(busy.hear().await, "");
    });
}

/// RFC 9112 9.6: whoever is about to send the next request cannot know that it will not be taken.
#[test]
fn c9112_9_6_a_drain_leaves_no_request_without_an_answer() {
    world(true, async {
        let (_net, env) = memory();
        let (http, to, echo) = server(&env, plain());
        let writers: Vec<_> = (0..32)
            .map(|number| {
                let env = env.clone();
                tokio::spawn(async move {
                    let mut peer = peer(&env, to).await;
                    for count in 1_usize.. {
                        let (status, fields, _) = ask(&mut peer, &get("/a")).await;
                        assert_eq!(status, 200);
                        if fields.get("connection").is_some_and(|value| value == "close") {
                            assert_eq!(peer.hear().await, "");
                            return count;
                        }
                        tokio::time::sleep(Duration::from_millis(1 + number)).await;
                    }
                    0
                })
            })
            .collect();
        tokio::time::sleep(seconds(1)).await;
        let mut late = peer(&env, to).await;
        let (mut half, began) = (peer(&env, to).await, tokio::time::Instant::now());
        half.say("GET /a HTTP/1.1\r\n").await;
        let draining = tokio::spawn(async move { http.drain(seconds(30)).await });
        assert_eq!(ask(&mut late, &get("/a")).await.0, 200, "the kernel had taken its connection");
        tokio::time::sleep(seconds(2)).await;
        assert_eq!(ask(&mut half, "Host: a\r\n\r\n").await.0, 200, "what has begun to come is awaited");
        draining.await.unwrap();
        assert!(began.elapsed() < seconds(4), "{:?}", began.elapsed());
        let mut answered = 2;
        for writer in writers {
            answered += writer.await.unwrap();
        }
        assert_eq!(answered, echo.count());
    });
}

#[test]
fn a_drain_ends_at_its_deadline() {
    world(true, async {
        let (_net, env) = memory();
        let (http, to, echo) = server(&env, plain());
        let mut busy = peer(&env, to).await;
        busy.say(&get("/wait")).await;
        tokio::time::sleep(seconds(1)).await;
        let began = tokio::time::Instant::now();
        http.drain(seconds(7)).await;
        assert_eq!(began.elapsed().as_secs(), 7);
        assert_eq!(busy.hear().await, "");
        assert_eq!(*echo.done.lock(), 0);
    });
}
