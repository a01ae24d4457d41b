//! A suggested profile that a request refers to: a document of our own configuration management server, of the user whom it is for.
//! Nothing else is fetched, so that nobody finds out what else is there.
//!
//! It is the version that was there when the request came, or that the request names: what somebody is shown and approves is what is
//! applied. Which one that is stands in the case: nothing is kept for a request that is not.

use bytes::Bytes;
use http::Method;
use kit::{Cause, Cx, Done};
use xml_schemas::ids::McServiceId;

use super::document;
use crate::{
    Acm,
    config::WebServer,
    neighbours::{Asking, known},
};

/// The document as it is now, with its entity tag.
///
/// # Errors
/// [`Cause::UnknownTarget`] where it is none of ours or not the user's, or not there, or not in the version that the request names.
pub(super) async fn now(
    cx: &Cx<Acm>,
    user: &McServiceId,
    (uri, etag): (&str, Option<&str>),
) -> Done<(Bytes, String)> {
    let config = cx.config();
    let server = known(config.neighbours.profiles.as_ref())?;
    if !is_his(server, user, uri) {
        return Err(Cause::UnknownTarget.into());
    }
    let answer = Asking::new(server, Method::GET, uri.to_owned(), document::NAME).send(cx).await?;
    let is_named = etag.is_none_or(|etag| answer.etag.trim_matches('"') == etag);
    if answer.is_success() && is_named {
        Ok((answer.body, answer.etag))
    } else {
        Err(Cause::UnknownTarget.into())
    }
}

/// The document in the version that was there when the request came.
///
/// # Errors
/// As [`now`]; [`Cause::ChangedMeanwhile`] where it is another by now.
pub(super) async fn meant(
    cx: &Cx<Acm>,
    user: &McServiceId,
    at: (&str, Option<&str>),
    meant: Option<&str>,
) -> Done<Bytes> {
    let (text, version) = now(cx, user, at).await?;
    if meant == Some(version.as_str()) { Ok(text) } else { Err(Cause::ChangedMeanwhile.into()) }
}

/// In his own folder below the root of the own server (TS 24.484 8.3.2), and by no way around.
fn is_his(server: &WebServer, user: &McServiceId, uri: &str) -> bool {
    let path = uri.strip_prefix(&server.root).filter(|path| path.starts_with('/'));
    let is_step =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    let path = path.filter(|path| !path.contains(['?', '#', ' ']) && !path.split('/').any(is_step));
    let decoded = path.and_then(xcap::decode);
    let folder = decoded.as_deref().and_then(|path| {
        path.strip_prefix('/')?.strip_prefix(document::AUID)?.strip_prefix("/users/")?.rsplit_once('/')
    });
    folder.is_some_and(|(owner, _)| xcap::canonical(owner) == xcap::canonical(user.as_str()))
}
