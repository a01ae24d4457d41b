//! From a leaf to the anchor that vouches for it.
//! RFC 5280 clause 6, by webpki

use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, KeyUsage, OwnedCertRevocationList, RevocationOptionsBuilder,
    UnknownStatusPolicy, anchor_from_trusted_cert,
};
use wire::AnchorId;

use super::{
    Side, TlsError,
    inspect::{self, Issuer},
    pem::{anchor_of, certificates, crls},
    words,
};
use crate::TlsProfile;

/// The anchors of one profile and what they have revoked.
pub(super) struct Anchors {
    anchors: Vec<TrustAnchor<'static>>,
    ids: Vec<AnchorId>,
    revoked: Vec<CertRevocationList<'static>>,
}

impl Anchors {
    pub(super) fn new(profile: &TlsProfile) -> Result<Self, TlsError> {
        let (mut anchors, mut ids, mut revoked) = (Vec::new(), Vec::new(), Vec::new());
        for der in roots(profile)? {
            let anchor =
                anchor_from_trusted_cert(&der).map_err(|error| TlsError(format!("anchor: {error}")))?;
            anchors.push(anchor.to_owned());
            ids.push(anchor_of(&der)?);
        }
        for list in revocations(profile)? {
            let said = inspect::revocation_list(&list)?;
            if said.issuer(&profile.anchors)? == Issuer::Forged {
                return Err(TlsError(format!(
                    "a revocation list of {} is not signed by it",
                    said.issuer_name
                )));
            }
            let list = OwnedCertRevocationList::from_der(&list);
            revoked.push(list.map_err(|error| TlsError(format!("revocation list: {error}")))?.into());
        }
        Ok(Self { anchors, ids, revoked })
    }

    /// Verifies the chain of somebody who plays this part in the handshake.
    pub(super) fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        side: Side,
        now: UnixTime,
    ) -> Result<AnchorId, TlsError> {
        let refuse = |error: webpki::Error| TlsError(words::path(&error).to_owned());
        let usage = match side {
            Side::Client => KeyUsage::client_auth(),
            Side::Server => KeyUsage::server_auth(),
        };
        let lists: Vec<&CertRevocationList<'_>> = self.revoked.iter().collect();
        // A chain whose issuer publishes no list is not held against it: lists are configured issuer by issuer.
        let revocation = RevocationOptionsBuilder::new(&lists)
            .ok()
            .map(|options| options.with_status_policy(UnknownStatusPolicy::Allow).build());
        let leaf = EndEntityCert::try_from(leaf).map_err(refuse)?;
        let path = leaf
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &self.anchors,
                intermediates,
                now,
                usage,
                revocation,
                None,
            )
            .map_err(refuse)?;
        self.id_of(path.anchor())
    }

    fn id_of(&self, found: &TrustAnchor<'_>) -> Result<AnchorId, TlsError> {
        let same = |anchor: &TrustAnchor<'_>| {
            anchor.subject_public_key_info == found.subject_public_key_info && anchor.subject == found.subject
        };
        let place = self.anchors.iter().position(same);
        let id = place.and_then(|place| self.ids.get(place)).copied();
        id.ok_or_else(|| TlsError("it ends in no anchor of the profile".to_owned()))
    }
}

pub(super) fn roots(profile: &TlsProfile) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let mut roots = Vec::new();
    for pem in &profile.anchors {
        roots.extend(certificates(pem)?);
    }
    if roots.is_empty() { Err(TlsError("it has no anchor".to_owned())) } else { Ok(roots) }
}

pub(super) fn revocations(
    profile: &TlsProfile,
) -> Result<Vec<rustls::pki_types::CertificateRevocationListDer<'static>>, TlsError> {
    let mut lists = Vec::new();
    for pem in &profile.crls {
        lists.extend(crls(pem)?);
    }
    Ok(lists)
}
