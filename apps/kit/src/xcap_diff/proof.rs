//! The access token in a SUBSCRIBE: TS 24.481 clause 6.3.13.2, TS 24.484 clause 6.3.13 and annex A.2.2.

use std::sync::Arc;

use sip::Message;
use wire::Clock;
use xml_schemas::{
    body::{Body as _, McpttInfo, mcptt_info::AccessToken},
    ids::McServiceId,
    mime,
};

use crate::{
    carriage,
    peer::{Impu, Peer},
    refusal::Cause,
    stop::{Done, Stop},
    tokens::Standing,
};

/// Whether a token that a user's SUBSCRIBE carries is the user's.
pub type Prove = Arc<dyn Fn(&Impu, &AccessToken) -> Result<(), Cause> + Send + Sync>;

/// A token counts where an issuer stands behind it and it names the user who is registered under the identity that the own SIP
/// core asserts.
#[must_use]
pub fn of_registered(
    tokens: Standing,
    clock: Arc<dyn Clock>,
    user: impl Fn(&Impu) -> Option<McServiceId> + Send + Sync + 'static,
) -> Prove {
    Arc::new(move |impu, token| match tokens.now().verify(token.as_str(), clock.wall()) {
        Ok(bearer) if user(impu).is_some_and(|user| bearer.users.contains(&user)) => Ok(()),
        Ok(_) => Err(Cause::RequesterNotAuthorized),
        Err(why) => {
            tracing::info!(target: "mcx::refused", %why, "a SUBSCRIBE");
            Err(Cause::RequesterNotAuthorized)
        }
    })
}

/// Refuses a user whose SUBSCRIBE carries a token that does not count, or another's. Without one the SIP core's word holds.
pub(super) fn check(prove: &Prove, peer: &Peer, request: &Message) -> Done<()> {
    let Some(user) = peer.user() else { return Ok(()) };
    match token(request)? {
        Some(token) => Ok(prove(user, &token)?),
        None => Ok(()),
    }
}

fn token(request: &Message) -> Done<Option<AccessToken>> {
    let parts = carriage::parts(request)?;
    let Some(info) = parts.iter().find(|part| part.is(mime::MCPTT_INFO)) else { return Ok(None) };
    let info = McpttInfo::read(&info.bytes);
    let info = info.map_err(|error| Stop::Malformed(format!("{} {error}", mime::MCPTT_INFO)))?;
    match info.access_token {
        Some(token) => {
            token.plain().map(|token| Some(token.clone())).map_err(|_| Cause::EncryptedBody.into())
        }
        None => Ok(None),
    }
}
