//! Base64 as XML Schema writes it: with white space anywhere.

use base64::{Engine as _, engine::general_purpose::STANDARD};

pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// None where it is not base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.contains(is_space) {
        let text: String = text.chars().filter(|c| !is_space(*c)).collect();
        return STANDARD.decode(text).ok();
    }
    STANDARD.decode(text).ok()
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
