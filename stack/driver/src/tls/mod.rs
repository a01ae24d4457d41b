//! TLS between SIP entities: who may answer, who may call, and what a verified certificate proves.
//! RFC 3261 26.3 · RFC 5922 · RFC 8446 and 5246 by rustls

mod ends;
mod identity;
pub mod inspect;
mod key_log;
mod path;
mod pem;
mod profile;
mod proof;
mod refused;
mod signed;
#[cfg(test)]
mod testing;
mod verifier;
mod words;

use std::{collections::HashMap, fmt, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    KeyLog,
    client::Resumption,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::UnixTime,
    time_provider::TimeProvider,
};
use wire::{Certificate, Clock, TlsPeer};

use crate::TlsProfile;

pub(crate) use ends::Ends;
pub(crate) use key_log::FileKeyLog;
pub use pem::anchor_id;
pub(crate) use profile::Profile;
pub(crate) use proof::{Proof, Proved, proved};
pub(crate) use refused::{NO_CERTIFICATE, Refused, accept};
pub(crate) use words::{broken as why_broken, handshake as why_not_shaken};

/// A profile, certificate, key, anchor or revocation list that cannot be used. The text is for whoever configures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsError(pub(crate) String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

/// The profiles of one node. Replaced as a whole; connections that stand keep what they were made with, as long as the new
/// ones verify it too.
pub(crate) struct Profiles {
    current: ArcSwap<HashMap<Arc<str>, Arc<Profile>>>,
    context: Context,
}

/// What every TLS configuration of a node is made from.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) time: Arc<dyn TimeProvider>,
    pub(crate) key_log: Option<Arc<dyn KeyLog>>,
}

impl Profiles {
    pub(crate) fn new(
        profiles: &[TlsProfile],
        clock: Arc<dyn Clock>,
        key_log: Option<Arc<dyn KeyLog>>,
    ) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let context = Context { provider, time: Arc::new(Now(clock)), key_log };
        let current = ArcSwap::from_pointee(load(profiles, &context)?);
        Ok(Self { current, context })
    }

    /// For handshakes from now on.
    pub(crate) fn replace(&self, profiles: &[TlsProfile]) -> Result<(), TlsError> {
        self.current.store(Arc::new(load(profiles, &self.context)?));
        Ok(())
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<Profile>> {
        self.current.load().get(name).cloned()
    }
}

fn load(profiles: &[TlsProfile], context: &Context) -> Result<HashMap<Arc<str>, Arc<Profile>>, TlsError> {
    let loaded = |profile: &TlsProfile| {
        let made = Profile::new(profile, context.clone());
        let made = made.map_err(|error| TlsError(format!("TLS profile {}: {error}", profile.name)))?;
        Ok((profile.name.clone(), Arc::new(made)))
    };
    profiles.iter().map(loaded).collect()
}

/// The wall clock, as rustls asks for it.
struct Now(Arc<dyn Clock>);

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Now")
    }
}

impl TimeProvider for Now {
    fn current_time(&self) -> Option<UnixTime> {
        let since = self.0.wall().duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(UnixTime::since_unix_epoch(since))
    }
}

/// Which part of a handshake somebody plays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Client,
    Server,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// Whether the certificate is the one a hop asks for (RFC 5922 7.2), vouched for by whom the hop asks for.
pub(crate) fn is_wanted(certificate: &Certificate, peer: &TlsPeer) -> Result<(), TlsError> {
    let why = match (certificate.proves(&peer.domain), is_vouched_for(certificate, peer)) {
        (true, true) => return Ok(()),
        (false, _) => format!("the certificate does not prove {}: {}", peer.domain, proved_by(certificate)),
        (true, false) => format!("the certificate for {} is vouched for by another anchor", peer.domain),
    };
    Err(TlsError(why))
}

/// Whom a certificate proves, in words.
fn proved_by(certificate: &Certificate) -> String {
    let names: Vec<&str> = certificate.identities.iter().map(wire::Identity::domain).collect();
    format!("it proves {}", names.join(", "))
}

/// Whether the anchor is the one that the hop is bound to, or it is bound to none.
pub(crate) fn is_vouched_for(certificate: &Certificate, peer: &TlsPeer) -> bool {
    peer.anchor.is_none_or(|anchor| anchor == certificate.anchor)
}

/// Sessions resumed with one peer: few, since each peer has a store of its own.
fn resumption() -> Resumption {
    Resumption::in_memory_sessions(8)
}
