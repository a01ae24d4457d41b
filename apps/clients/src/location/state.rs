//! What a location management client knows.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use kit::Impu;
use wire::BoxFuture;
use xml_schemas::ids::McServiceId;

use crate::position::Source;

/// A location management client's own state.
#[derive(Debug)]
pub struct State {
    /// Its user.
    pub mc_id: McServiceId,
    /// Its server's public service identity, as the SIP core asserts it.
    pub server: Impu,
    /// Where its position comes from.
    pub source: Source,
    /// Whether the user lets it be told.
    pub permission: Permission,
    /// How long a user who is asked may take.
    pub permission_deadline: Duration,
    /// When the client started: the beginning of a track.
    pub started_at: Instant,
}

/// The user's permission (TS 23.280 10.9.3.2).
#[derive(Clone)]
pub enum Permission {
    /// Always given.
    Allow,
    /// Never given.
    Deny,
    /// The user is asked each time.
    Ask(Arc<Asked>),
}

/// Asks the user: true is yes. Who wants to know is said where the server says it.
pub type Asked = dyn Fn(Option<McServiceId>) -> BoxFuture<'static, bool> + Send + Sync;

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Ask(_) => "ask",
        })
    }
}
