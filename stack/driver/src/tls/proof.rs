//! What a connection stands on: the chain that its peer showed, kept so that it can be verified again.

use std::sync::Arc;

use rustls::{CommonState, pki_types::CertificateDer};
use wire::{Certificate, TlsPeer};

use super::{Profile, Profiles, Side, TlsError, is_wanted};

/// What the other end of a finished handshake has proved, and how.
pub(crate) struct Proved {
    pub(crate) certificate: Certificate,
    pub(crate) proof: Proof,
}

/// A chain, the leaf first, and under which profile it was shown to us.
pub(crate) struct Proof {
    profile: Arc<str>,
    chain: Vec<CertificateDer<'static>>,
    them: Side,
}

impl Proof {
    /// Under which profile the chain was shown.
    pub(crate) fn profile(&self) -> Arc<str> {
        self.profile.clone()
    }

    /// Verifies the chain anew, under the profiles as they are now. `wanted` is whom the connection was opened to.
    pub(crate) fn holds(&self, profiles: &Profiles, wanted: Option<&TlsPeer>) -> Result<(), TlsError> {
        let gone = || TlsError(format!("no TLS profile {}", self.profile));
        let profile = profiles.find(&self.profile).ok_or_else(gone)?;
        let certificate = self.verify(&profile)?;
        wanted.map_or(Ok(()), |peer| is_wanted(&certificate, peer))
    }

    fn verify(&self, profile: &Profile) -> Result<Certificate, TlsError> {
        let missing = || TlsError("the peer showed no certificate".to_owned());
        let (leaf, intermediates) = self.chain.split_first().ok_or_else(missing)?;
        profile.verify(leaf, intermediates, self.them)
    }
}

/// Reads what the other end of a handshake under this profile has proved; none where it showed no certificate.
pub(crate) fn proved(profile: &Profile, state: &CommonState, us: Side) -> Result<Option<Proved>, TlsError> {
    let Some(shown) = state.peer_certificates().filter(|chain| !chain.is_empty()) else { return Ok(None) };
    let chain = shown.iter().map(|certificate| certificate.clone().into_owned()).collect();
    let proof = Proof { profile: profile.name(), chain, them: us.other() };
    Ok(Some(Proved { certificate: proof.verify(profile)?, proof }))
}
