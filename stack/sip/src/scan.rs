//! Finding an octet by words, inline. For the few dozen octets of a header line this is done before a call to a vector routine has
//! begun.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The first octet that equals `wanted`.
#[inline]
pub(crate) fn find_octet(input: &[u8], wanted: u8) -> Option<usize> {
    let pattern = ONES.wrapping_mul(u64::from(wanted));
    by_words(input, 0, |word| below(word ^ pattern, 1), |octet| octet == wanted)
}

/// The first octet that is a space or below.
#[inline]
pub(crate) fn find_blank(input: &[u8]) -> Option<usize> {
    by_words(input, 0, |word| below(word, 33), |octet| octet < 33)
}

/// The first CR, LF, NUL or other octet below 14; of these only HTAB may stand in a header line, and is seldom seen.
#[inline]
pub(crate) fn find_low(input: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    // The compiler makes one vector comparison of this.
    while let Some((block, _)) = input.get(at..).and_then(<[u8]>::split_first_chunk::<16>)
        && !block.iter().fold(false, |any, octet| any | (*octet < 14))
    {
        at = at.wrapping_add(16);
    }
    by_words(input, at, |word| below(word, 14), |octet| octet < 14)
}

/// The top bit of each octet of `word` that is below `bound`; above the lowest such octet there may be more bits than that.
#[inline]
const fn below(word: u64, bound: u64) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(bound)) & !word & TOPS
}

#[inline]
fn by_words(input: &[u8], from: usize, mark: impl Fn(u64) -> u64, is: impl Fn(u8) -> bool) -> Option<usize> {
    let mut at = from;
    while let Some((word, _)) = input.get(at..).and_then(<[u8]>::split_first_chunk::<8>) {
        let marks = mark(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(at.wrapping_add((marks.trailing_zeros() / 8) as usize));
        }
        at = at.wrapping_add(8);
    }
    let tail = input.get(at..).unwrap_or_default();
    tail.iter().position(|octet| is(*octet)).map(|found| at.wrapping_add(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_wherever_it_stands() {
        for len in 0..50 {
            for at in 0..len {
                for before in [b'a', 0xff, 0x80, b';', b'9', b'!'] {
                    let mut octets = vec![before; len];
                    octets[at..].fill(b':');
                    assert_eq!(find_octet(&octets, b':'), Some(at));
                    octets[at..].fill(b' ');
                    assert_eq!(find_blank(&octets), Some(at));
                    for low in [0, b'\t', b'\n', b'\r'] {
                        octets[at..].fill(low);
                        assert_eq!((find_low(&octets), find_blank(&octets)), (Some(at), Some(at)));
                    }
                }
            }
            assert_eq!((find_octet(&vec![b'a'; len], b':'), find_low(&vec![14; len])), (None, None));
            assert_eq!(find_blank(&vec![33; len]), None);
        }
    }
}
