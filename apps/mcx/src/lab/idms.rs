//! What stands in for an identity management server in the lab: its key, and the access tokens that it signs.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use kit::tokens::{Grant, Signer};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};
use xml_schemas::ids::McServiceId;

use super::{pki::files, plan::SystemPlan};
use crate::Failure;

/// Whom its tokens are for.
pub const AUDIENCE: &str = "mcx";

/// How long they last.
const LASTS: Duration = Duration::from_secs(3600);

/// Until 2096: the lab's clock may stand still.
const ALWAYS: Duration = Duration::from_secs(4_000_000_000);

/// The signer of a system's access tokens, by the key that [`super::pki::write`] wrote.
///
/// # Errors
/// There is no such key.
pub fn signer(system: &SystemPlan) -> Result<Signer, Failure> {
    let file = system.folder.join(files::IDMS).with_extension("key");
    let pem = fs::read(&file).map_err(|why| Failure::file(&file, why))?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|why| Failure::file(&file, why))?;
    Signer::new(system.issuer(), key.secret_pkcs8_der()).map_err(|why| Failure::file(&file, why))
}

/// An access token of a user, an hour long.
///
/// # Errors
/// The text is no MC service ID, or there is no key.
pub fn token(system: &SystemPlan, user: &str, now: SystemTime) -> Result<String, Failure> {
    signed(system, user, now, LASTS)
}

/// An access token that lasts as long as the lab, whatever time its clock shows.
///
/// # Errors
/// The text is no MC service ID, or there is no key.
pub fn lasting_token(system: &SystemPlan, user: &str) -> Result<String, Failure> {
    signed(system, user, SystemTime::UNIX_EPOCH, ALWAYS)
}

fn signed(system: &SystemPlan, user: &str, issued: SystemTime, lasts: Duration) -> Result<String, Failure> {
    let user = McServiceId::new(user).map_err(|why| Failure::Procedure(format!("{user}: {why}")))?;
    let grant = Grant { user: &user, audience: &[AUDIENCE], scopes: &[], issued, lasts };
    signer(system)?.sign(&grant).map_err(Failure::Procedure)
}
