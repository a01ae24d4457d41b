//! HTTP/2 octet by octet, as a peer writes it that no client library would be.
//! RFC 9113
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod http_support;
mod support;

use driver::HttpLimits;
use http_support::{
    http2::{get, *},
    *,
};
use support::{memory, world};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[test]
fn c3_3_whoever_knows_that_we_speak_it_may_begin_at_once_without_tls() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits::default());
        let mut peer = peer(&env, to).await;
        let asks = frame(HEADERS, END_STREAM | END_HEADERS, 1, &get("/a"));
        // However the preface is cut.
        for part in [begin(), asks].concat().chunks(7) {
            peer.0.io.write_all(part).await.unwrap();
        }
        let frames = frames(&mut peer).await;
        assert!(frames.iter().any(|(kind, stream, _)| (*kind, *stream) == (HEADERS, 1)), "{frames:?}");
        let (seen, _) = echo.last();
        assert_eq!((seen.version(), seen.uri().to_string().as_str()), (http::Version::HTTP_2, "http://a/a"));
        let settings = &frames.iter().find(|(kind, ..)| *kind == SETTINGS).unwrap().2;
        let streams = settings.chunks(6).find(|setting| setting[..2] == [0, 3]).unwrap();
        assert_eq!(streams[2..], 100_u32.to_be_bytes(), "RFC 9113 6.5.2: SETTINGS_MAX_CONCURRENT_STREAMS");
    });
}

/// RFC 9113 10.5: opening and resetting streams costs the peer less than us.
#[test]
fn c10_5_streams_that_are_reset_at_once_end_the_connection() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits::default());
        let mut peer = peer(&env, to).await;
        let mut flood = begin();
        for stream in (1..2000).step_by(2) {
            flood.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, &get("/wait")));
            flood.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        }
        let _ = peer.0.io.write_all(&flood).await;
        assert_eq!(went_away(&frames(&mut peer).await), Some(11), "ENHANCE_YOUR_CALM");
        assert!(echo.count() < 200, "{} were served", echo.count());
    });
}

/// RFC 9113 10.5.1: a head has an end.
#[test]
fn c10_5_1_a_head_without_an_end_is_cut_off() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits::default());
        let mut peer = peer(&env, to).await;
        let mut flood = [begin(), frame(HEADERS, END_STREAM, 1, &get("/a"))].concat();
        let field = [&[0x00, 1, b'x', 100][..], &[b'y'; 100]].concat();
        for _ in 0..2000 {
            flood.extend(frame(CONTINUATION, 0, 1, &field));
        }
        let _ = peer.0.io.write_all(&flood).await;
        assert!(went_away(&frames(&mut peer).await).is_some());
        assert_eq!(echo.count(), 0);
    });
}

/// RFC 9110 15.5.14 over RFC 9113 8.1: a client that takes an early answer for a broken stream reads it, too.
#[test]
fn c8_1_whoever_sends_too_much_is_answered_413_once_he_has_sent_it_unless_it_is_much_more() {
    for (announced, waits) in [(150_usize, true), (250, false)] {
        world(true, async {
            let (_net, env) = memory();
            let (_http, to, echo) = server(&env, HttpLimits { body: 100, ..HttpLimits::default() });
            let mut peer = peer(&env, to).await;
            // RFC 7541 appendix A: 28 is content-length.
            let length = [&[0x0f, 13, 3][..], announced.to_string().as_bytes()].concat();
            let head = frame(HEADERS, END_HEADERS, 1, &[post("/a"), length].concat());
            peer.0.io.write_all(&[begin(), head].concat()).await.unwrap();
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            let _ = peer.0.io.write_all(&frame(DATA, END_STREAM, 1, &vec![b'x'; announced])).await;
            let frames = frames(&mut peer).await;
            let (_, _, head) = frames.iter().find(|(kind, ..)| *kind == HEADERS).expect("an answer");
            // RFC 7541 appendix B: 413 in Huffman's code.
            assert!(head.windows(3).any(|octets| octets == [0x68, 0x2c, 0xff]), "{frames:?}");
            assert_eq!(frames.iter().any(|(kind, ..)| *kind == RST_STREAM), !waits, "{frames:?}");
            assert_eq!(echo.count(), 0);
        });
    }
}

#[test]
fn a_connection_without_requests_ends_however_lively_it_is() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, _) = server(&env, HttpLimits::default());
        let mut peer = peer(&env, to).await;
        peer.0.io.write_all(&begin()).await.unwrap();
        let ping = frame(6, 0, 0, &[0; 8]);
        for _ in 0..10 {
            tokio::time::sleep(seconds(2)).await;
            let _ = peer.0.io.write_all(&ping).await;
        }
        let mut octets = Vec::new();
        let ended = tokio::time::timeout(seconds(1), peer.0.io.read_to_end(&mut octets)).await;
        assert!(ended.is_ok(), "a first request has as long as a first head");
        assert_eq!(refused(&env, "head too slow"), 1);
    });
}

/// `:status: 413`, as it stands in a block of fields: in plain octets or in Huffman's (RFC 7541 appendix B).
fn says_413(block: &[u8]) -> bool {
    block.windows(3).any(|octets| octets == b"413" || octets == [0x68, 0x2c, 0xff])
}

/// RFC 9110 15.5.14, RFC 9113 8.1: whoever sends too much is told so, and only then that the rest is not wanted.
#[test]
fn c8_1_a_body_over_the_limit_is_answered_413_and_the_connection_goes_on() {
    world(true, async {
        let (_net, env) = memory();
        let (_http, to, echo) = server(&env, HttpLimits { body: 1000, ..HttpLimits::default() });
        let post = post("/a");
        let announced = [&post[..], &[0x0f, 0x0d, 5], b"49152"].concat();
        for head in [post, announced] {
            let mut peer = peer(&env, to).await;
            let body = frame(DATA, 0, 1, &[b'x'; 16 << 10]).repeat(3);
            let asks = [begin(), frame(HEADERS, END_HEADERS, 1, &head), body].concat();
            peer.0.io.write_all(&asks).await.unwrap();
            let first = frames(&mut peer).await;
            let of_stream = |kind| first.iter().position(|(is, stream, _)| (*is, *stream) == (kind, 1));
            let answered = of_stream(HEADERS).unwrap_or_else(|| panic!("no answer: {first:?}"));
            assert!(says_413(&first[answered].2), "{first:?}");
            let reset = of_stream(RST_STREAM).expect("the rest is not wanted");
            assert_eq!(
                (answered < reset, &first[reset].2[..]),
                (true, &[0; 4][..]),
                "NO_ERROR, after the answer"
            );
            assert_eq!(went_away(&first), None);
            let next = frame(HEADERS, END_STREAM | END_HEADERS, 3, &get("/b"));
            peer.0.io.write_all(&next).await.unwrap();
            let next = frames(&mut peer).await;
            assert!(next.iter().any(|(kind, stream, _)| (*kind, *stream) == (HEADERS, 3)), "{next:?}");
        }
        assert_eq!((echo.count(), refused(&env, "too large")), (2, 2));
    });
}

/// RFC 9113 6.8: what has been asked is answered, nothing else is taken, and the connection ends by itself.
#[test]
fn c6_8_a_drain_sends_goaway_and_answers_what_is_under_way() {
    world(true, async {
        let (_net, env) = memory();
        let (http, to, echo) = server(&env, HttpLimits::default());
        let (mut busy, mut idle) = (peer(&env, to).await, peer(&env, to).await);
        let asks = |path| [begin(), frame(HEADERS, END_STREAM | END_HEADERS, 1, &get(path))].concat();
        busy.0.io.write_all(&asks("/wait")).await.unwrap();
        idle.0.io.write_all(&asks("/a")).await.unwrap();
        tokio::time::sleep(seconds(1)).await;
        let began = tokio::time::Instant::now();
        let draining = tokio::spawn(async move { http.drain(seconds(60)).await });
        for peer in [&mut busy, &mut idle] {
            let told = frames(peer).await;
            assert_eq!(went_away(&told), Some(0), "NO_ERROR: {told:?}");
            let (_, _, ping) =
                told.iter().find(|(kind, ..)| *kind == PING).expect("a look at what is on its way");
            peer.0.io.write_all(&frame(PING, ACK, 0, ping)).await.unwrap();
        }
        let mut rest = Vec::new();
        idle.0.io.read_to_end(&mut rest).await.expect("closed in order");
        echo.released.notify_one();
        let answer = frames(&mut busy).await;
        for kind in [HEADERS, DATA] {
            assert!(answer.iter().any(|(is, stream, _)| (*is, *stream) == (kind, 1)), "{answer:?}");
        }
        draining.await.unwrap();
        assert!(began.elapsed() < seconds(30), "not the deadline ended it");
    });
}
