//! A stream, cut where the input says: see README.md.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sip::{Frame, Framer, Limits, Malformed};

/// The messages of a stream that comes in these pieces, and the fault that ended it.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Bytes>, Option<Malformed>) {
    let mut framer = Framer::new(Limits { max_head: 2048, ..Limits::STREAM });
    let mut found = Vec::new();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(Frame::Message(message))) => found.push(message.bytes().clone()),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(fault) => {
                    framer.push(b"OPTIONS sip:a SIP/2.0\r\nl: 0\r\n\r\n");
                    assert_eq!(framer.next().expect_err("closed"), fault);
                    let _ = framer.refused();
                    return (found, Some(fault));
                }
            }
        }
    }
    (found, None)
}

fuzz_target!(|input: &[u8]| {
    let Some((cut, stream)) = input.split_first() else { return };
    let whole = read(std::iter::once(stream));
    let pieces = read(stream.chunks(usize::from(*cut).max(1)));
    assert_eq!(whole.0, pieces.0);
    assert_eq!(whole.1.is_some(), pieces.1.is_some());
});
