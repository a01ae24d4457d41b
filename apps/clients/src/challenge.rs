//! Answering a digest challenge: RFC 3261 22.2, RFC 7616 3.4, RFC 8760 2.4.

use kit::digest::{Algorithm, Exchange, Ha1};
use sip::{Message, WwwAuthenticate, quote};

use crate::Account;

/// A challenge that can be answered, and how often it has been.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    count: u32,
}

impl Challenge {
    /// The topmost challenge of a 401 that this account answers: the server's order is its preference (RFC 8760 2.4).
    pub(crate) fn of(response: &Message, account: &Account) -> Option<Self> {
        response
            .all::<WwwAuthenticate<'_>>()
            .filter_map(Result::ok)
            .filter_map(|challenge| Self::read(&challenge))
            .find(|one| one.realm == account.realm && account.algorithms.contains(&one.algorithm))
    }

    fn read(challenge: &WwwAuthenticate<'_>) -> Option<Self> {
        let text = |name| {
            challenge.get(name).map(|value| String::from_utf8_lossy(&sip::unquote(value)).into_owned())
        };
        let has_auth = text("qop")?.split(',').any(|qop| qop.trim().eq_ignore_ascii_case("auth"));
        if !challenge.is_digest() || !has_auth {
            return None;
        }
        Some(Self {
            realm: text("realm")?,
            nonce: text("nonce")?,
            opaque: text("opaque"),
            algorithm: Algorithm::from_name(challenge.get("algorithm").unwrap_or(b"MD5"))?,
            count: 0,
        })
    }

    /// The Authorization that answers it, for this request, with the next count.
    pub(crate) fn answer(
        &mut self,
        (username, password): (&str, &str),
        (method, uri): (&str, &str),
        cnonce: &str,
    ) -> String {
        self.count += 1;
        let count = format!("{:08x}", self.count);
        let response = Ha1::of(self.algorithm, username, &self.realm, password).response(&Exchange {
            method: method.as_bytes(),
            uri: uri.as_bytes(),
            nonce: self.nonce.as_bytes(),
            count: count.as_bytes(),
            cnonce: cnonce.as_bytes(),
        });
        let opaque =
            self.opaque.as_deref().map(|opaque| format!(", opaque={}", quote(opaque))).unwrap_or_default();
        format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", algorithm={}, cnonce={}, \
             qop=auth, nc={count}{opaque}",
            quote(username),
            quote(&self.realm),
            quote(&self.nonce),
            quote(uri),
            self.algorithm.name(),
            quote(cnonce),
        )
    }
}

/// What a 401 asks for, in words. It is the server's text: what is no plain character is left out.
pub(crate) fn offered(response: &Message) -> String {
    let one = |challenge: WwwAuthenticate<'_>| {
        let text = |name, unsaid: &str| {
            let said =
                challenge.get(name).map(|value| String::from_utf8_lossy(&sip::unquote(value)).into_owned());
            let said = said.unwrap_or_else(|| unsaid.to_owned());
            said.chars().filter(|letter| letter.is_ascii_graphic()).take(64).collect::<String>()
        };
        format!("{} of the realm {}", text("algorithm", "MD5"), text("realm", ""))
    };
    let all: Vec<String> = response.all().filter_map(Result::ok).map(one).take(8).collect();
    all.join(" or ")
}
