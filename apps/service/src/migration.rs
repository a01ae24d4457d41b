//! Migration to and from partner MC systems. TS 23.280 10.6.3.3
//!
//! In the partner system, where the user works: [`asked`] has steps 2 and 3, `answered.rs` steps 10 and 11. In the primary system,
//! whose user he is: `decide.rs` has steps 6 to 8. What the text leaves open (an answer that is lost, a second partner, the way
//! home, the end of a mark, its revocation) is in `end.rs` and `status.rs`, and in `SPEC.md` with its switch.
//!
//! What is promised is in the store first: a *mark* of each own user who has migrated, a *visit* of each foreign one who asks or has
//! been admitted here, and a *letter* for whatever has still to be told, to a partner or to a client. A restart finds all three.

mod answered;
mod ask;
mod book;
mod close;
mod compare;
mod config;
mod decide;
mod end;
mod expected;
mod lanes;
mod letter;
mod metrics;
mod policy;
mod post;
mod profile;
mod record;
mod start;
mod status;
mod told;
mod whereabouts;

pub use book::Migrations;
pub use config::{Allow, Arriving, Direct, MigrationConfig, PartnerConfig, SecondPartner, Visitors};
pub use metrics::MigrationMetrics;
pub use record::{Mark, Renewal, Stage, Visit};

pub(crate) use ask::{Asked, begin, keep};
pub(crate) use book::{Changes, Made, Written, write};
pub(crate) use compare::compare;
pub(crate) use end::{came_back, have_left, leaving, revoke};
pub(crate) use expected::{hear, is_here};
pub(crate) use post::send;
pub use start::partners;
pub(crate) use start::{entity, open, read_on, start, table};

/// The clause whose steps these are.
const CLAUSE: &str = "10.6.3.3";

/// What the other side is told of a cause.
fn refusal(cause: kit::Cause) -> xml_schemas::migration::Refusal {
    xml_schemas::migration::Refusal { code: Some(cause.code()), text: Some(cause.text().to_owned()) }
}
