//! What stands beside the lab's identity management servers: a key of each system, and the access tokens that it signs for tests
//! that log nobody in.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use clients::identity::EVERYTHING;
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
    let file = system.folder.join(files::TOKENS).with_extension("key");
    let pem = fs::read(&file).map_err(|why| Failure::file(&file, why))?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|why| Failure::file(&file, why))?;
    Signer::new(system.tester(), key.secret_pkcs8_der()).map_err(|why| Failure::file(&file, why))
}

/// An access token of a user, an hour long.
///
/// # Errors
/// The text is no MC service ID, or there is no key.
pub fn token(system: &SystemPlan, user: &str, now: SystemTime) -> Result<String, Failure> {
    let user = id(user)?;
    let grant = Grant { user: &user, audience: &[AUDIENCE], scopes: &EVERYTHING, issued: now, lasts: LASTS };
    signer(system)?.sign(&grant).map_err(Failure::Procedure)
}

/// An access token that lasts as long as the lab, whatever time its clock shows; of a visitor with his MC service ID in his primary
/// system, as his identity management server would have vouched for it.
///
/// # Errors
/// The text is no MC service ID, or there is no key.
pub fn lasting_token(system: &SystemPlan, user: &str, primary: Option<&str>) -> Result<String, Failure> {
    let (user, primary) = (id(user)?, primary.map(id).transpose()?);
    let (issued, lasts) = (SystemTime::UNIX_EPOCH, ALWAYS);
    let grant = Grant { user: &user, audience: &[AUDIENCE], scopes: &EVERYTHING, issued, lasts };
    let signer = signer(system)?;
    let signed = match &primary {
        Some(primary) => signer.sign_for_visitor(&grant, primary),
        None => signer.sign(&grant),
    };
    signed.map_err(Failure::Procedure)
}

fn id(text: &str) -> Result<McServiceId, Failure> {
    McServiceId::new(text).map_err(|why| Failure::Procedure(format!("{text}: {why}")))
}
