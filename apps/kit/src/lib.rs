//! What an MC entity is made of.
//!
//! A procedure is an `async fn` over a [`Cx`]: it reads its entity's state, asks policy, exchanges typed flows with
//! partners, users and own servers, and tells where in its clause it is. It sees no socket, no runtime and no time but
//! what the context gives. An [`Entity`] is a table of such procedures and answers what every entity answers alike.

pub mod aliases;
pub mod audit;
pub mod carriage;
pub mod config;
pub mod cx;
pub mod digest;
pub mod document_rules;
pub mod documents;
pub mod entity;
pub mod events;
mod gate;
pub mod ladder;
mod live;
mod load;
pub mod lock_out;
pub mod log_on;
pub mod metrics;
pub mod partner;
pub mod peer;
mod pending;
pub mod permit;
pub mod policy;
pub mod private;
pub mod publication;
pub mod refusal;
pub mod registration;
mod repeats;
mod said;
mod seldom;
pub mod stop;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tokens;
pub mod trace;
pub mod web;
pub mod xcap_diff;

pub use cx::{Cx, OwnServer, Profile, To, WITHIN};
pub use entity::{Accepted, Entity, Inbound};
pub use gate::Gate;
pub use ladder::Ladder;
pub use live::Live;
pub use log_on::{LogOn, LogOns};
pub use metrics::Metrics;
pub use partner::{Partner, PartnerId, PartnerTable};
pub use peer::{Expected, Impu, Peer, Trust};
pub use permit::{Covers, Permit, Permits, Permitted};
pub use policy::{Policy, Question, Ruling, Verdict};
pub use refusal::{Cause, Refusal};
pub use registration::Registration;
pub use said::{NoTurn, Said, TURN_FIELD, Turn, Word};
pub use stop::{Done, Fault, Stop};
