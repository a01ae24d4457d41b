//! Percent-encoding (RFC 3986 clause 2.1), once and strictly.

use super::BadUri;

/// Decodes every `%XX`. The result must be UTF-8 in its one shortest form, and hold no NUL.
pub(super) fn decode(text: &str) -> Result<String, BadUri> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let pair = (bytes.get(at + 1).copied().and_then(hex), bytes.get(at + 2).copied().and_then(hex));
            let (Some(high), Some(low)) = pair else {
                return Err(BadUri::new(400, "a percent-encoded octet is not two hexadecimal digits"));
            };
            decoded.push(high << 4 | low);
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    if decoded.contains(&0) {
        return Err(BadUri::new(400, "the URI holds a NUL"));
    }
    String::from_utf8(decoded).map_err(|_| BadUri::new(400, "the URI is not UTF-8"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The user of a SIP URI with the escapes that it needs, in upper case, and no others (RFC 3261 clauses 19.1.4 and 25.1).
pub(super) fn least(user: &str) -> String {
    let mut normal = String::with_capacity(user.len());
    let mut rest = user;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        normal.push_str(before);
        let pair = from.as_bytes().get(1..3).and_then(|pair| <[u8; 2]>::try_from(pair).ok());
        let octet = pair.and_then(|[high, low]| Some(hex(high)? << 4 | hex(low)?));
        let is_unreserved = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&octet);
        let taken = match octet {
            Some(octet) if is_unreserved(octet) => {
                normal.push(char::from(octet));
                3
            }
            Some(octet) => {
                normal.push_str(&format!("%{octet:02X}"));
                3
            }
            // No escape: kept, for whoever reads the name to refuse.
            None => {
                normal.push('%');
                1
            }
        };
        rest = from.get(taken..).unwrap_or_default();
    }
    normal + rest
}

/// Encodes what cannot stand in a path, and leaves `/`, `:`, `@` and the like, which can (RFC 3986 clause 3.3).
#[must_use]
pub fn encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.'
                    | b'_'
                    | b'~'
                    | b'/'
                    | b':'
                    | b'@'
                    | b'!'
                    | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b','
                    | b';'
                    | b'='
            );
        if plain {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for nibble in [byte >> 4, byte & 15] {
                encoded.push(DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from));
            }
        }
    }
    encoded
}
