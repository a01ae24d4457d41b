//! Migration to a partner MC system: service authorization there, asked of the primary system. TS 23.280 10.6.3
//!
//! Tables 10.6.3.2.1-1 and 10.6.3.2.2-1 are [`MigrationServiceAuthorizationRequest`] and
//! [`MigrationServiceAuthorizationResponse`]. They travel on `mcptt-info` or `mcvideo-info`; a companion `interconnection-info`
//! says what those cannot: the `request-id`, and why not. A peer that does not know the companion is understood without it.
//!
//! How a migration ends, and how two systems find out what the other believes, the text does not say: [`MigrationEnded`],
//! [`MigrationStatusRequest`] and [`MigrationStatusResponse`] are the project's own, and *provisional*. So are [`WhereaboutsRequest`],
//! [`Whereabouts`] and [`MigrationChanged`], by which servers of one system serve a user who has gone.

mod correlation;
mod profile;
mod provisional;
mod publication;
mod request;
mod response;
mod sheet;
mod whereabouts;

pub use correlation::Correlation;
pub use profile::ProfileIndex;
pub use provisional::{MigrationEnded, MigrationStatusRequest, MigrationStatusResponse};
pub use publication::{Migrates, Publication};
pub use request::MigrationServiceAuthorizationRequest;
pub use response::{MigrationServiceAuthorizationResponse, Outcome};
pub use whereabouts::{MigrationChanged, Place, Whereabouts, WhereaboutsRequest};

pub(crate) use sheet::name_of;

/// Why not: `cause-code` and `cause-text` of the companion body.
pub use crate::location::Refusal;
