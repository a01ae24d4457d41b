//! A body with parts: see README.md.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::{Limits, MultipartBuilder, multipart::split};

fuzz_target!(|input: &[u8]| {
    let limits = Limits::default();
    let Some((length, rest)) = input.split_first() else { return };
    let (boundary, body) = rest.split_at(usize::from(*length).min(rest.len()));
    let content_type = [b"multipart/mixed;boundary=\"", boundary, b"\""].concat();
    if let Ok(parts) = split(&content_type, body, &limits) {
        let mut end = body.as_ptr();
        let line = [b"\r\n--", boundary, b"\r\n"].concat();
        for part in &parts {
            assert!(part.body.is_empty() || end <= part.body.as_ptr());
            assert!(!part.body.windows(line.len()).any(|octets| octets == line));
            end = if part.body.is_empty() { end } else { part.body.as_ptr_range().end };
            let _ = part.header("Content-Type");
            let _ = part.is("text/plain");
        }
        let builder = parts.iter().fold(MultipartBuilder::new("b"), |builder, part| {
            builder.part("text/plain", None, part.body.to_vec())
        });
        let (content_type, built) = builder.build();
        let again = split(content_type.as_bytes(), &built, &limits).expect("what is built splits");
        assert!(
            parts.is_empty() || again.iter().map(|part| part.body).eq(parts.iter().map(|part| part.body))
        );
    }
});
