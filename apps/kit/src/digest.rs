//! Digest access authentication as SIP uses it: the arithmetic that a registrar and a client share.
//!
//! RFC 3261 22, RFC 7616 and RFC 8760. Only `qop=auth` exists here: the older form without `qop` protects against no
//! replay and is neither offered nor accepted. Nothing in this module keeps a password: what is stored is `HA1`.

use std::fmt;

use md5::Md5;
use sha2::{Digest as _, Sha256};

/// The hash of a challenge (RFC 8760 2.1). The order of the variants is the order of preference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Algorithm {
    /// `SHA-256`, the default.
    Sha256,
    /// `MD5`, for user agents that know nothing else; offered only where configured, and never first.
    Md5,
}

impl crate::config::Named for Algorithm {
    const NAMES: &'static [(&'static str, Self)] = &[("SHA-256", Self::Sha256), ("MD5", Self::Md5)];
}

impl Algorithm {
    /// The token of the `algorithm` parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        }
    }

    /// Reads the `algorithm` parameter; tokens compare without regard to case. None for one that is not spoken here,
    /// the `-sess` variants among them.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Self> {
        [Self::Sha256, Self::Md5].into_iter().find(|known| known.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// How many hexadecimal digits a hash has.
    #[must_use]
    pub fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Md5 => 32,
        }
    }

    fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Sha256 => {
                let mut hasher = Sha256::new();
                parts.iter().for_each(|part| hasher.update(part));
                hexadecimal(&hasher.finalize())
            }
            Self::Md5 => {
                let mut hasher = Md5::new();
                parts.iter().for_each(|part| hasher.update(part));
                hexadecimal(&hasher.finalize())
            }
        }
    }
}

/// `H(username ":" realm ":" password)` (RFC 7616 3.4.2), in lower-case hexadecimal: as good as the password within its
/// realm, so it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Ha1 {
    algorithm: Algorithm,
    hash: String,
}

impl Ha1 {
    /// From the password itself.
    #[must_use]
    pub fn of(algorithm: Algorithm, username: &str, realm: &str, password: &str) -> Self {
        let parts = [username.as_bytes(), b":", realm.as_bytes(), b":", password.as_bytes()];
        Self { algorithm, hash: algorithm.hash(&parts) }
    }

    /// From a configured hash. None unless it has the algorithm's number of hexadecimal digits.
    #[must_use]
    pub fn from_hash(algorithm: Algorithm, hash: &str) -> Option<Self> {
        let right = hash.len() == algorithm.digits() && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        right.then(|| Self { algorithm, hash: hash.to_ascii_lowercase() })
    }

    /// Which hash it is.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hash, for whoever writes a configuration.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.hash
    }

    /// The `response` parameter for this exchange (RFC 7616 3.4.1, `qop=auth`).
    #[must_use]
    pub fn response(&self, exchange: &Exchange<'_>) -> String {
        let a2 = self.algorithm.hash(&[exchange.method, b":", exchange.uri]);
        self.algorithm.hash(&[
            self.hash.as_bytes(),
            b":",
            exchange.nonce,
            b":",
            exchange.count,
            b":",
            exchange.cnonce,
            b":auth:",
            a2.as_bytes(),
        ])
    }

    /// Whether `claimed` is the response for this exchange. Takes as long whatever the difference is.
    #[must_use]
    pub fn proves(&self, exchange: &Exchange<'_>, claimed: &[u8]) -> bool {
        let expected = self.response(exchange);
        let difference = expected
            .bytes()
            .zip(claimed)
            .fold(0, |seen, (ours, theirs)| seen | (ours ^ theirs.to_ascii_lowercase()));
        expected.len() == claimed.len() && difference == 0
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ha1({})", self.algorithm.name())
    }
}

/// What a response is computed over, each as it stands in the header, without its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The method of the request.
    pub method: &'a [u8],
    /// The `uri` parameter.
    pub uri: &'a [u8],
    /// The server's `nonce`.
    pub nonce: &'a [u8],
    /// The `nc` parameter: eight hexadecimal digits.
    pub count: &'a [u8],
    /// The client's `cnonce`.
    pub cnonce: &'a [u8],
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests;
