//! A suggested profile that a request refers to: a document of our own configuration management server. Nothing else is fetched.
//!
//! It is the version that was there when the request came, or that the request names: what somebody is shown and approves is what is
//! applied. Which one that is stands in the case: nothing is kept for a request that is not.

use bytes::Bytes;
use http::Method;
use kit::{Cause, Cx, Done};

use super::document;
use crate::{
    Acm,
    config::WebServer,
    neighbours::{Asking, known},
};

/// The document as it is now, with its entity tag.
///
/// # Errors
/// [`Cause::UnknownTarget`] where it is none of ours, or not there, or not in the version that the request names.
pub(super) async fn now(cx: &Cx<Acm>, uri: &str, etag: Option<&str>) -> Done<(Bytes, String)> {
    let config = cx.config();
    let server = known(config.neighbours.profiles.as_ref())?;
    if !is_ours(server, uri) {
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
    (uri, etag): (&str, Option<&str>),
    meant: Option<&str>,
) -> Done<Bytes> {
    let (text, version) = now(cx, uri, etag).await?;
    if meant == Some(version.as_str()) { Ok(text) } else { Err(Cause::ChangedMeanwhile.into()) }
}

/// Below the root of the own server, and by no way around.
fn is_ours(server: &WebServer, uri: &str) -> bool {
    let path = uri.strip_prefix(&server.root).filter(|path| path.starts_with('/'));
    let is_step =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    path.is_some_and(|path| !path.contains(['?', '#', ' ']) && !path.split('/').any(is_step))
}
