//! Signing keys that follow each other. RFC 7517; TS 33.180 annex B.2
//!
//! One key signs at a time. The next is made, and told, a while before it signs, so that whoever fetches the set has it in time; the
//! last stays in the set until nothing that it signed counts any more. All of them are in the store: replicas sign with the same.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use kit::{
    Fault,
    audit::Log,
    tokens::{Issuer, Signer, Tokens},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Batch, CommitError, Store, Version};

use crate::{
    config::{Config, KeyTimes},
    keys,
    revoked::seconds,
};

/// What clocks may be apart, and what a set may be old that somebody has.
const GRACE: Duration = Duration::from_secs(300);

/// Makes a private key: ECDSA on P-256, PKCS#8 in DER. Chance comes in as an argument.
pub type NewKey = Arc<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>;

/// The keys as the store has them.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    keys: Vec<KeptKey>,
    /// By which log-in pages are told from forgeries.
    page: Vec<u8>,
}

#[derive(Clone, Serialize, Deserialize)]
struct KeptKey {
    pkcs8: Vec<u8>,
    /// From when on it signs: seconds since 1970.
    from: u64,
}

/// The keys as they are used.
pub(crate) struct Keys {
    signers: Vec<(u64, Signer)>,
    jwks: String,
    own: Tokens,
    page: hmac::Key,
}

/// The ring of keys.
pub(crate) struct Ring {
    store: Arc<dyn Store>,
    issuer: String,
    /// What its access tokens have in `aud`.
    audience: Vec<String>,
    times: KeyTimes,
    /// How long whatever was signed counts at most.
    lasts: Duration,
    new_key: NewKey,
    keys: ArcSwap<Option<Keys>>,
    log: Log,
    name: String,
}

impl Ring {
    pub(crate) fn new(config: &Config, store: Arc<dyn Store>, new_key: NewKey) -> Self {
        let lasts = config.lifetimes.access.max(config.lifetimes.security);
        let (issuer, audience, times) = (config.issuer.clone(), config.audience.clone(), config.keys);
        let (log, name) = (Log::none(), config.name.clone());
        Self { store, issuer, audience, times, lasts, new_key, keys: ArcSwap::default(), log, name }
    }

    /// Every change of keys stands in this log.
    pub(crate) fn audited(self, log: Log) -> Self {
        Self { log, ..self }
    }

    /// Which keys sign and which are gone, by the moment from which each signs; nothing of the keys themselves.
    fn entered(&self, batch: Batch, before: Option<&Kept>, after: &Kept) -> Batch {
        let moments =
            |kept: &Kept| kept.keys.iter().map(|key| key.from.to_string()).collect::<Vec<_>>().join(" ");
        let entry = self.log.act("identity.keys.changed", &*self.name).with("sign-from", moments(after));
        let entry = before.iter().fold(entry, |entry, before| entry.with("before", moments(before)));
        self.log.enter(batch, &entry.ruled("allow", "identity.keys"))
    }

    /// The keys as they were last seen in the store; there once [`Ring::look`] has succeeded.
    pub(crate) fn keys(&self) -> Arc<Option<Keys>> {
        self.keys.load_full()
    }

    /// Looks at the keys in the store, makes one where it is time, and drops those that nothing needs any more.
    pub(crate) async fn look(&self, now: SystemTime) -> Result<(), Fault> {
        let fault = |why: &dyn std::fmt::Display| Fault::new(format!("signing keys: {why}"));
        for _ in 0..8 {
            let record = self.store.get(keys::RING.as_bytes()).await.map_err(|why| fault(&why))?;
            let kept: Option<Kept> = record
                .as_ref()
                .map(|record| serde_json::from_slice(&record.value).map_err(|why| fault(&why)))
                .transpose()?;
            let changed = self.turned(kept.as_ref(), seconds(now)).map_err(|why| fault(&why))?;
            let Some(changed) = changed else {
                return kept.map_or(Ok(()), |kept| self.take(&kept)).map_err(|why| fault(&why));
            };
            let batch = batch(record.map(|record| record.version), &changed)?;
            match self.store.commit(self.entered(batch, kept.as_ref(), &changed)).await {
                Ok(_) => return self.take(&changed).map_err(|why| fault(&why)),
                Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Fault(why)) => return Err(fault(&why)),
            }
        }
        Err(fault(&"another process changes them all the time"))
    }

    /// What the keys are to become; none where they are right.
    fn turned(&self, kept: Option<&Kept>, now: u64) -> Result<Option<Kept>, String> {
        let make = |from| (self.new_key)().map(|pkcs8| KeptKey { pkcs8, from });
        let Some(kept) = kept else {
            // A secret for pages needs no form: a private key has enough of chance in it.
            return Ok(Some(Kept { keys: vec![make(now)?], page: (self.new_key)()? }));
        };
        let mut keys = kept.keys.clone();
        keys.sort_by_key(|key| key.from);
        let (rotation, ahead) = (self.times.rotation.as_secs(), self.times.ahead.as_secs());
        match keys.last() {
            None => keys.push(make(now)?),
            Some(last) => {
                let next = last.from.saturating_add(rotation);
                if now.saturating_add(ahead) >= next {
                    // After a long rest the next key is new to everybody: it signs once it has been told for long enough.
                    keys.push(make(next.max(now.saturating_add(ahead)))?);
                }
            }
        }
        let ends = (self.lasts + GRACE).as_secs();
        let superseded: Vec<u64> = keys.iter().skip(1).map(|key| key.from).chain([u64::MAX]).collect();
        let mut until = superseded.into_iter();
        keys.retain(|_| until.next().is_none_or(|until| now < until.saturating_add(ends)));
        let same = keys.len() == kept.keys.len()
            && keys.iter().zip(&kept.keys).all(|(new, old)| new.from == old.from);
        Ok((!same).then(|| Kept { keys, page: kept.page.clone() }))
    }

    fn take(&self, kept: &Kept) -> Result<(), String> {
        let signer = |key: &KeptKey| Signer::new(&self.issuer, &key.pkcs8).map(|signer| (key.from, signer));
        let signers: Vec<(u64, Signer)> = kept.keys.iter().map(signer).collect::<Result<_, _>>()?;
        let members: Vec<_> = signers.iter().map(|(_, signer)| signer.jwk()).collect::<Result<_, _>>()?;
        let jwks = json!({ "keys": members }).to_string();
        let own = Tokens::new(vec![Issuer::new(&self.issuer, self.audience.clone(), jwks.as_bytes())?]);
        let page = hmac::Key::new(hmac::HMAC_SHA256, &kept.page);
        self.keys.store(Arc::new(Some(Keys { signers, jwks, own, page })));
        Ok(())
    }
}

fn batch(version: Option<Version>, kept: &Kept) -> Result<Batch, Fault> {
    let json = serde_json::to_vec(kept).map_err(|why| Fault::new(format!("signing keys: {why}")))?;
    let batch = match version {
        Some(version) => Batch::new().expect_version(keys::RING, version),
        None => Batch::new().expect_absent(keys::RING),
    };
    Ok(batch.put(keys::RING, json))
}

impl Keys {
    /// The set by which others verify.
    pub(crate) fn jwks(&self) -> &str {
        &self.jwks
    }

    /// What verifies the server's own tokens.
    pub(crate) fn own(&self) -> &Tokens {
        &self.own
    }

    /// By which log-in pages are told from forgeries.
    pub(crate) fn page(&self) -> &hmac::Key {
        &self.page
    }

    /// The key that signs now.
    pub(crate) fn signer(&self, now: SystemTime) -> Option<&Signer> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let begun = self.signers.iter().filter(|(from, _)| *from <= now);
        let latest = begun.max_by_key(|(from, _)| *from);
        latest.or_else(|| self.signers.iter().min_by_key(|(from, _)| *from)).map(|(_, signer)| signer)
    }
}

#[cfg(test)]
mod tests;
