//! Where identifiers come from: the system's random source, or a seed.

use std::sync::Arc;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::{SecureRandom as _, SystemRandom},
};
use parking_lot::Mutex;
use wire::Ids;

/// Identifiers that nobody can guess.
#[derive(Debug, Default)]
pub struct SystemIds(SystemRandom);

impl SystemIds {
    /// As what [`crate::Env`] takes.
    #[must_use]
    pub fn shared() -> Arc<dyn Ids> {
        Arc::new(Self::default())
    }
}

impl Ids for SystemIds {
    fn token(&self) -> String {
        base32(bytes(&self.0))
    }

    fn uuid(&self) -> String {
        uuid(bytes(&self.0))
    }
}

/// Sixteen random bytes. A system without them cannot go on: a guessable branch or nonce is worse than no service.
#[expect(clippy::expect_used, reason = "without a random source nothing safe can be sent")]
fn bytes(random: &SystemRandom) -> [u8; 16] {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).expect("the system's random source");
    bytes
}

/// The same identifiers in every run with the same seed. For lab and tests only: whoever knows the seed knows them all.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    drawn: Mutex<u64>,
}

impl SeededIds {
    /// A sequence of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: Mutex::new(0) }
    }

    fn bytes(&self) -> [u8; 16] {
        let mut drawn = self.drawn.lock();
        *drawn += 1;
        let mut input = [0; 16];
        let (seed, count) = input.split_at_mut(8);
        seed.copy_from_slice(&self.seed.to_be_bytes());
        count.copy_from_slice(&drawn.to_be_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest(&SHA256, &input).as_ref()).for_each(|(to, from)| *to = *from);
        bytes
    }
}

impl Ids for SeededIds {
    fn token(&self) -> String {
        base32(self.bytes())
    }

    fn uuid(&self) -> String {
        uuid(self.bytes())
    }
}

/// RFC 4648 clause 6 in lower case, without padding: 26 characters.
fn base32(bytes: [u8; 16]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bits = u128::from_be_bytes(bytes);
    (0..26)
        .map(|place| {
            let at = 123 - 5 * place;
            let five = if at >= 0 { bits >> at } else { bits << -at };
            ALPHABET.get((five & 31) as usize).copied().map_or('a', char::from)
        })
        .collect()
}

/// RFC 9562 clause 5.4.
fn uuid(bytes: [u8; 16]) -> String {
    let bits = u128::from_be_bytes(bytes);
    let bits = bits & !(0xf << 76) | (4 << 76);
    let bits = bits & !(3 << 62) | (2 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests;
