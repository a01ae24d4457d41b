//! The branch parameter that we put into a Via (RFC 3261 8.1.1.7 and 16.6 step 8).
//!
//! `z9hG4bK` `sssss` `llllllllllllllll` `nnnnnnnnnnnn` `tttttttttttttttt`, all in lower-case hexadecimal digits but the
//! first of `s`, a `.`: the shard that sent the request, so that a response that lands on another shard is handed over;
//! the hash that finds loops; a number that counts up; and a tag that an outsider cannot guess and that no other run of
//! the program shares, so that responses cannot be forged blindly.

use std::{fmt::Write as _, str};

use ahash::RandomState;

/// What every branch of RFC 3261 begins with (8.1.1.7).
pub const COOKIE: &str = "z9hG4bK";

const LENGTH: usize = COOKIE.len() + 5 + 16 + 12 + 16;

/// Our own branch, printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Branch([u8; LENGTH]);

impl Branch {
    /// The value as it stands after `branch=`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The shard that is written in a branch; none if it does not have our form.
    #[must_use]
    pub fn shard(branch: &[u8]) -> Option<u16> {
        let fields = fields(branch)?;
        u16::try_from(hexadecimal(fields.get(1..5)?)?).ok()
    }

    /// The loop hash that is written in a branch; none if it does not have our form. Means something only where the
    /// Via is our own.
    #[must_use]
    pub fn loop_hash(branch: &[u8]) -> Option<u64> {
        hexadecimal(fields(branch)?.get(5..21)?)
    }
}

/// Makes the branches of one shard.
#[derive(Debug)]
pub struct BranchMaker {
    shard: u16,
    serial: u64,
    secret: RandomState,
}

impl BranchMaker {
    /// `secret` comes from the system's random source, once per run; in tests it is a seed.
    #[must_use]
    pub fn new(shard: u16, secret: [u64; 4]) -> Self {
        let [a, b, c, d] = secret;
        Self { shard, serial: 0, secret: RandomState::with_seeds(a, b, c, d) }
    }

    /// A branch that no other request has (RFC 3261 8.1.1.7). `loop_hash` is zero in requests of a user agent.
    pub fn next(&mut self, loop_hash: u64) -> Branch {
        self.serial += 1;
        let tag = self.secret.hash_one((self.shard, self.serial));
        let mut printed = Printed { bytes: [0; LENGTH], filled: 0 };
        let serial = self.serial & 0xffff_ffff_ffff;
        // Cannot fail: the fields' widths add up to LENGTH.
        let _ = write!(printed, "{COOKIE}.{:04x}{loop_hash:016x}{serial:012x}{tag:016x}", self.shard);
        Branch(printed.bytes)
    }
}

/// Formats into a field of fixed size.
struct Printed {
    bytes: [u8; LENGTH],
    filled: usize,
}

impl std::fmt::Write for Printed {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.filled + text.len();
        self.bytes.get_mut(self.filled..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.filled = end;
        Ok(())
    }
}

/// What follows the cookie, where the whole has our form.
fn fields(branch: &[u8]) -> Option<&[u8]> {
    let rest = branch.strip_prefix(COOKIE.as_bytes())?;
    (branch.len() == LENGTH && rest.first() == Some(&b'.')).then_some(rest)
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests;
