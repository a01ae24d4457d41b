//! One URI: see README.md.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::{Typed, Uri, header::Contact};

fuzz_target!(|raw: &[u8]| {
    if let Ok(uri) = Uri::parse(raw) {
        let parts = [
            uri.user.unwrap_or_default(),
            uri.password.unwrap_or_default(),
            uri.host,
            uri.params.as_bytes(),
            uri.headers,
            uri.opaque,
        ];
        let range = raw.as_ptr_range();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            assert!(range.start <= part.as_ptr() && part.as_ptr_range().end <= range.end);
        }
        let length: usize = uri.params.iter().map(|param| param.raw.len() + 1).sum();
        assert_eq!(length, uri.params.as_bytes().len());
        assert!(uri.same_address(&uri));
        assert!(raw.is_ascii() && !raw.iter().any(u8::is_ascii_whitespace));
        let bracketed = [b"<", raw, b">;x=y"].concat();
        if let Ok(contact) = Contact::parse(&bracketed) {
            assert_eq!(contact.uri, raw);
        }
    }
});
