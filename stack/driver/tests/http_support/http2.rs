//! HTTP/2, octet by octet: RFC 9113.

use tokio::io::AsyncReadExt as _;

use super::seconds;
use crate::support::Peer;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;
pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// GET http://a/PATH (RFC 7541 appendix A).
pub fn get(path: &str) -> Vec<u8> {
    let length = u8::try_from(path.len()).unwrap();
    [&[0x82, 0x86, 0x41, 1, b'a', 0x04, length][..], path.as_bytes()].concat()
}

/// POST http://a/PATH.
pub fn post(path: &str) -> Vec<u8> {
    [&[0x83][..], &get(path)[1..]].concat()
}

/// What a peer sends first.
pub fn begin() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// Every frame that comes until the connection ends or falls silent: kind, stream and payload.
pub async fn frames(peer: &mut Peer) -> Vec<(u8, u32, Vec<u8>)> {
    let mut octets = Vec::new();
    let _ = tokio::time::timeout(seconds(5), peer.0.io.read_to_end(&mut octets)).await;
    let (mut rest, mut frames) = (&octets[..], Vec::new());
    while let Some((head, after)) = rest.split_first_chunk::<9>() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let (payload, next) = after.split_at(length.min(after.len()));
        frames.push((head[3], stream, payload.to_vec()));
        rest = next;
    }
    frames
}

pub fn went_away(frames: &[(u8, u32, Vec<u8>)]) -> Option<u32> {
    let (_, _, payload) = frames.iter().find(|(kind, ..)| *kind == GOAWAY)?;
    payload.get(4..8).map(|code| u32::from_be_bytes(code.try_into().unwrap()))
}
