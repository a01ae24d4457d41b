//! RFC 4648 clause 6 in lower case without padding: tags may be compared without regard to case.

use super::Value;

const ALPHABET: [u8; 32] = *b"abcdefghijklmnopqrstuvwxyz234567";

/// Writes `bytes` behind `out`.
pub(super) fn encode(bytes: &[u8], out: &mut Value) {
    let symbol = |value: u32| ALPHABET.get((value & 31) as usize).copied().unwrap_or(b'a');
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8 | u32::from(*byte)) & 0xfff;
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(symbol(bits >> held));
        }
    }
    if held > 0 {
        out.push(symbol(bits << (5 - held)));
    }
}

/// None where a character is foreign, or where bits beyond the last byte are set: one value has one form.
pub(super) fn decode(text: &[u8]) -> Option<Value> {
    let mut out = Value::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for symbol in text {
        let value = match symbol {
            b'a'..=b'z' => symbol - b'a',
            b'A'..=b'Z' => symbol - b'A',
            b'2'..=b'7' => symbol - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    (held < 5 && bits & ((1 << held) - 1) == 0).then_some(out)
}
