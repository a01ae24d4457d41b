//! Access tokens at service authorization: each way in which one does not count is a refusal of its own.
//! TS 24.379 clauses 7.3.2 and 7.3.3 · TS 33.180 Annex B · TS 23.280 10.6.2: only the own system's tokens authorize

use std::sync::Arc;

use kit::{
    Cause, Cx, Done, Refusal,
    tokens::{Bearer, Marks},
};
use xml_schemas::{
    body::{interconnection_info::McService, mcptt_info::AccessToken},
    ids::McServiceId,
};

use crate::{
    Mcs,
    authorization::{FOR_GOOD, millis},
};

/// That a user is who he says he is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Proof {
    /// Until when it holds, in milliseconds of Unix time.
    pub(crate) until: u64,
    /// By what the token is revoked that it is.
    pub(crate) marks: Option<Arc<Marks>>,
}

/// What a token says, if it counts here and now.
///
/// # Errors
/// [`Cause::BadToken`], [`Cause::WrongAudience`], [`Cause::TokenExpired`], [`Cause::TokenNotYet`], [`Cause::TokenRevoked`],
/// [`Cause::ForeignToken`], [`Cause::InsufficientScope`].
pub(crate) async fn bearer(cx: &Cx<Mcs>, token: &AccessToken) -> Done<Arc<Bearer>> {
    let verified = cx.tokens().verify_fetching(token.as_str(), cx.world().clock.wall()).await;
    Ok(verified.map_err(|why| Refusal::at(why.cause(), &why.to_string()))?)
}

/// Who a visitor is here with the MC service that he asks for, and what his token says beside that.
///
/// # Errors
/// As [`bearer`]; [`Cause::BadToken`] where it names no ID of that MC service, [`Cause::InsufficientScope`] where it has not its scope.
pub(crate) async fn visitor(
    cx: &Cx<Mcs>,
    token: &AccessToken,
    service: McService,
) -> Done<(Arc<Bearer>, McServiceId)> {
    let bearer = bearer(cx, token).await?;
    let user = bearer.with(service).cloned();
    let is_named = bearer.services.iter().any(|(known, _)| *known == service);
    let cause = if is_named { Cause::InsufficientScope } else { Cause::BadToken };
    let user = user.ok_or_else(|| Refusal::at(cause, "the access token is not for this MC service"))?;
    Ok((bearer, user))
}

/// Whether this user of the own system is who he says he is. Where no issuer is configured his registration is proof; else no
/// token is none.
///
/// # Errors
/// As [`bearer`]; [`Cause::OtherUser`] where the token is another's, or was given to a visitor.
pub(crate) async fn of_user(
    cx: &Cx<Mcs>,
    token: Option<&AccessToken>,
    user: &McServiceId,
) -> Done<Option<Proof>> {
    if !cx.needs_token() {
        return Ok(Some(Proof { until: FOR_GOOD, marks: None }));
    }
    let Some(token) = token else { return Ok(None) };
    let bearer = bearer(cx, token).await?;
    if bearer.primary.is_some() || !bearer.users.contains(user) {
        return Err(Refusal::at(Cause::OtherUser, "the access token is another user's").into());
    }
    Ok(Some(proof(cx, &bearer)))
}

/// How long such a token is proof.
pub(crate) fn proof(cx: &Cx<Mcs>, bearer: &Bearer) -> Proof {
    let until = if cx.config().authorization.ends_with_token { millis(bearer.expires) } else { FOR_GOOD };
    Proof { until, marks: Some(Arc::clone(&bearer.marks)) }
}
