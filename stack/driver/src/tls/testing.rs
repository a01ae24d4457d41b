//! What tests of handshakes begin with.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use certs::{Authority, Leaf};

use super::{Profile, Profiles};
use crate::{RuntimeClock, TlsProfile};

/// The profile of whoever shows this certificate, and trusts that authority. It is 2026-01-01.
pub(super) fn profile(issuer: &Authority, leaf: &Leaf, trusted: &Authority) -> Arc<Profile> {
    let issued = issuer.issue(leaf).expect("issued");
    let source = TlsProfile::new("border", issued.cert_pem, issued.key_pem, trusted.pem());
    let now = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let profiles = Profiles::new(&[source], Arc::new(RuntimeClock::starting_at(now)), None).expect("usable");
    profiles.find("border").expect("is there")
}
