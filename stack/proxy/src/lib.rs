//! A stateful proxy for every method but INVITE: RFC 3261 clause 16, with the corrections of RFC 4320 and RFC 5393.
//!
//! Pure functions over messages: each reads what arrived and says what is to be changed, refused or chosen. Who sends,
//! and when, is `driver`; why a request may pass at all, and by which Route, is the proxy chain of `gateway` or `sip-core`. In the order in
//! which a request meets them:
//!
//! | clause | here |
//! |---|---|
//! | 8.2.7, 16 | [`stateless`]: what never gets a transaction |
//! | 16.3 | [`validate`]: Max-Forwards, loops, Proxy-Require |
//! | 16.6 | [`forward`]: Max-Forwards, Via |
//! | 16.6 | [`search`]: how long one target is waited for before the next is tried |
//! | 16.7, 16.8, 16.9 | [`context`]: the branches and the best of their responses |
//! | 16.7 step 3 and 9 | [`respond`]: Via taken off, or put back |

pub mod context;
pub mod forward;
pub mod identity;
pub mod respond;
pub mod search;
pub mod stateless;
#[cfg(test)]
mod testing;
pub mod validate;

pub use context::{BranchId, Choice, Failure, ResponseContext};
pub use identity::{LoopHasher, Own, SentBy};
pub use stateless::Admission;
pub use validate::Rejection;
