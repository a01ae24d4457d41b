//! A name as words of eight octets, so that it is compared without regard to case and without a loop.

/// Octets that a name in the table has at most.
const LONGEST: usize = 24;

const SPACES: u64 = 0x2020_2020_2020_2020;

/// Two tokens have equal keys exactly if they are equal without regard to case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    first: u64,
    middle: u64,
    last: u64,
    len: usize,
}

impl Key {
    /// No name at all.
    pub(super) const NONE: Self = Self { first: 0, middle: 0, last: 0, len: 0 };

    /// None for fewer than two and more than 24 octets, and where there is a control, which folding the case would make a
    /// visible octet.
    pub(super) const fn of(name: &[u8]) -> Option<Self> {
        let (first, last) = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (name, name.first_chunk::<4>(), name.last_chunk::<4>()) {
                (_, Some(first), Some(last)) => (pack(*first), pack(*last)),
                ([one, two], ..) => (pack([*one, *two, b' ', b' ']), SPACES),
                ([one, two, three], ..) => (pack([*one, *two, *three, b' ']), SPACES),
                _ => return None,
            },
        };
        let middle = if name.len() > 16 { second_word(name) } else { SPACES };
        if name.len() > LONGEST || has_control(first) || has_control(middle) || has_control(last) {
            return None;
        }
        Some(Self { first: first | SPACES, middle: middle | SPACES, last: last | SPACES, len: name.len() })
    }

    /// Spread over 64 bits; the upper ones are the better.
    pub(super) const fn hash(&self) -> u64 {
        (self.first ^ self.last.rotate_left(29) ^ self.len as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

const fn pack(four: [u8; 4]) -> u64 {
    u32::from_le_bytes(four) as u64 | (SPACES << 32)
}

const fn second_word(name: &[u8]) -> u64 {
    match name.split_first_chunk::<8>() {
        Some((_, rest)) => match rest.first_chunk::<8>() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => SPACES,
        },
        None => SPACES,
    }
}

/// Whether any octet is below 0x20.
const fn has_control(word: u64) -> bool {
    let upper = word & 0xe0e0_e0e0_e0e0_e0e0;
    upper.wrapping_sub(0x0101_0101_0101_0101) & !upper & 0x8080_8080_8080_8080 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_equal_keys_exactly_if_they_are_equal_in_any_case() {
        let longest = b"P-Access-Network-Info-X1";
        for len in 2..=LONGEST {
            let name = &longest[..len];
            for (at, octet) in (0..len).flat_map(|at| (0..=u8::MAX).map(move |octet| (at, octet))) {
                let mut other = name.to_vec();
                other[at] = octet;
                let equal = Key::of(name) == Key::of(&other);
                if crate::lex::is_token(octet) || octet <= b' ' {
                    assert_eq!(equal, name.eq_ignore_ascii_case(&other), "{len} {at} {octet:#x}");
                }
            }
        }
    }
}
