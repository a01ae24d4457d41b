//! The branch parameter that we put into a Via (RFC 3261 8.1.1.7 and 16.6 step 8).
//!
//! `z9hG4bK` `.` `llllllllllllllll` `pppppppppppppppp` `tttttttttttttttt`, in lower-case hexadecimal digits: the hash
//! that finds loops; the shard that sent the request and a number that counts up, so that a response that lands on
//! another shard is handed over and no two branches are equal; and a tag over all of it. The tag is a keyed hash
//! (SipHash-2-4) that nobody else can make, so that responses cannot be forged blindly; shard and number are sealed
//! under it, so that who sees our branches neither counts our requests nor our shards. The keys are those of one run.

use std::{hash::Hasher as _, str};

use siphasher::sip::SipHasher24;

/// What every branch of RFC 3261 begins with (8.1.1.7).
pub const COOKIE: &str = "z9hG4bK";

const LENGTH: usize = COOKIE.len() + 1 + 3 * 16;

/// Bits of the number.
const SERIAL: u32 = 48;

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
}

/// Makes the branches of one shard, and reads those of every shard with the same secret.
#[derive(Debug)]
pub struct BranchMaker {
    shard: u16,
    serial: u64,
    /// Of the tag.
    seal: SipHasher24,
    /// Of what hides shard and number.
    pad: SipHasher24,
}

impl BranchMaker {
    /// `secret` comes from the system's random source, once per run; in tests it is a seed.
    #[must_use]
    pub fn new(shard: u16, secret: [u64; 4]) -> Self {
        let [a, b, c, d] = secret;
        // The secret has other uses: these keys are derived from it for this one.
        let derived = |key: (u64, u64), which: u64| {
            let mut hasher = SipHasher24::new_with_keys(key.0, key.1);
            hasher.write(b"branch");
            hasher.write_u64(which);
            hasher.finish()
        };
        let keyed = |which| SipHasher24::new_with_keys(derived((a, b), which), derived((c, d), which));
        Self { shard, serial: 0, seal: keyed(0), pad: keyed(1) }
    }

    /// A branch that no other request has (RFC 3261 8.1.1.7). `loop_hash` is zero in requests of a user agent.
    pub fn next(&mut self, loop_hash: u64) -> Branch {
        self.serial += 1;
        let plain = u64::from(self.shard) << SERIAL | (self.serial & ((1 << SERIAL) - 1));
        let tag = self.tag(plain, loop_hash);
        let sealed = plain ^ self.pad(tag);
        let mut printed = [b'.'; LENGTH];
        let (cookie, rest) = printed.split_at_mut(COOKIE.len());
        cookie.copy_from_slice(COOKIE.as_bytes());
        let digits = rest.iter_mut().skip(1);
        let numbers = [loop_hash, sealed, tag].into_iter().flat_map(hexadecimal_digits);
        digits.zip(numbers).for_each(|(place, digit)| *place = digit);
        Branch(printed)
    }

    /// The shard that made a branch; none if it is not one of this run.
    #[must_use]
    pub fn shard(&self, branch: &[u8]) -> Option<u16> {
        self.read(branch).map(|(shard, _)| shard)
    }

    /// The loop hash that is written in a branch; none if it is not one of this run.
    #[must_use]
    pub fn loop_hash(&self, branch: &[u8]) -> Option<u64> {
        self.read(branch).map(|(_, loop_hash)| loop_hash)
    }

    fn read(&self, branch: &[u8]) -> Option<(u16, u64)> {
        let [loop_hash, sealed, tag] = fields(branch)?;
        let plain = sealed ^ self.pad(tag);
        let shard = u16::try_from(plain >> SERIAL).ok()?;
        (self.tag(plain, loop_hash) == tag).then_some((shard, loop_hash))
    }

    fn tag(&self, plain: u64, loop_hash: u64) -> u64 {
        let mut hasher = self.seal;
        hasher.write_u64(plain);
        hasher.write_u64(loop_hash);
        hasher.finish()
    }

    fn pad(&self, tag: u64) -> u64 {
        let mut hasher = self.pad;
        hasher.write_u64(tag);
        hasher.finish()
    }
}

/// The three numbers of a branch that has our form.
fn fields(branch: &[u8]) -> Option<[u64; 3]> {
    let digits = branch.strip_prefix(COOKIE.as_bytes())?.strip_prefix(b".")?;
    let (fields, []) = digits.as_chunks::<16>() else { return None };
    let [loop_hash, sealed, tag] = fields else { return None };
    Some([hexadecimal(loop_hash)?, hexadecimal(sealed)?, hexadecimal(tag)?])
}

fn hexadecimal_digits(number: u64) -> impl Iterator<Item = u8> {
    (0..16).rev().map(move |place| match (number >> (4 * place)) as u8 & 0xf {
        value @ 0..=9 => b'0' + value,
        value => b'a' + value - 10,
    })
}

fn hexadecimal(digits: &[u8; 16]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| {
        let value = value << 4;
        match digit {
            b'0'..=b'9' => Some(value | u64::from(digit - b'0')),
            b'a'..=b'f' => Some(value | u64::from(digit - b'a' + 10)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests;
