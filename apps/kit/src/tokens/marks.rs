//! By what a token is revoked, for whoever gives something for a token that outlasts it.

use std::sync::Arc;

/// The marks of one token. They are kept where what was given for it is kept, so that it ends where the token is revoked.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Marks {
    /// `iss`
    pub issuer: Arc<str>,
    /// `jti`
    pub token: Option<Arc<str>>,
    /// `sid`: what one log-in has given.
    pub log_in: Option<Arc<str>>,
    /// `sub`
    pub user: Option<Arc<str>>,
    /// `iat`, in seconds.
    pub issued: u64,
}
