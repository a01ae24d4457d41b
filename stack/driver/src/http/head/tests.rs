use super::Heads;

/// What the parser gets of these octets, however they are cut.
fn passed(octets: &[u8]) -> Vec<u8> {
    let mut whole = octets.to_vec();
    Heads::default().pass(&mut whole);
    for size in [1, 2, 3, 7] {
        let mut heads = Heads::default();
        let mut cut = octets.to_vec();
        cut.chunks_mut(size).for_each(|chunk| heads.pass(chunk));
        assert_eq!(cut, whole, "in chunks of {size}");
    }
    whole
}

fn is_left_alone(octets: &[u8]) -> bool {
    passed(octets) == octets
}

/// RFC 9112 2.2: lines end with CR LF.
#[test]
fn c2_2_a_bare_lf_spoils_the_head_it_stands_in() {
    for spoilt in [
        &b"GET / HTTP/1.1\nHost: a\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\nHost: a\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\nbGET /\nHTTP/1.1\r\n\r\n",
    ] {
        let bare = (1..spoilt.len())
            .rfind(|at| spoilt[*at] == b'\n' && spoilt[at - 1] != b'\r')
            .expect("a bare line feed");
        let passed = passed(spoilt);
        assert_eq!(passed[bare], 0, "{}", spoilt.escape_ascii());
        let same = passed.iter().zip(spoilt).filter(|(passed, came)| passed == came).count();
        assert_eq!(same, spoilt.len() - 1, "nothing else is changed: {}", passed.escape_ascii());
    }
}

#[test]
fn c2_2_bodies_and_what_follows_them_are_left_alone() {
    for sound in [
        &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"PUT / HTTP/1.1\r\ncontent-length:4\r\n\r\na\n\nbGET / HTTP/1.1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\n",
    ] {
        assert!(is_left_alone(sound), "{}", sound.escape_ascii());
    }
}

/// RFC 9112 6.1: with both, somebody else may have framed the message by the other.
#[test]
fn c6_1_a_length_beside_an_encoding_spoils_the_head() {
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "TRANSFER-ENCODING:chunked\r\nX: y\r\ncontent-length:0",
    ] {
        let head = format!("PUT / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n0\r\n\r\n");
        assert!(!is_left_alone(head.as_bytes()), "{fields}");
    }
}
