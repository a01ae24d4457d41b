//! Administration between MC systems: what one asks of the other through people who are rarely there at once. TS 23.280 10.17.2
//!
//! Five requests with their responses ([`Kind`]; [`Request`] and [`Response`] hold any of them), the process indication, and the
//! pending data flows by which a client finds out what waits for its user. All travel on one body, [`crate::body::AcmInfo`],
//! for which 3GPP has assigned nothing.
//!
//! The tables have rows in common: [`Heading`] begins each request, [`ResponseHeading`] each response. How a request is withdrawn,
//! where it stands and how receipts are exchanged the text does not say: [`WithdrawalRequest`], [`WithdrawalResponse`],
//! [`StatusRequest`], [`StatusResponse`] and [`AuditReceipt`] are the project's own, and *provisional*.

mod exchange;
mod groups;
mod heading;
mod indication;
mod kind;
mod members;
mod outcome;
mod pending;
mod profile;
mod receipt;
mod sheet;
mod status;
mod users;
mod withdrawal;

pub use exchange::{AcmRequest, AcmResponse, Request, Response};
pub use groups::{GroupInformationProvisionRequest, GroupInformationProvisionResponse, ProvidedGroup};
pub use heading::{Actor, Addressee, Heading, ResponseHeading};
pub use indication::{ProcessIndication, Progress};
pub use kind::Kind;
pub use members::{GroupMembershipUpdateRequest, GroupMembershipUpdateResponse};
pub use outcome::Outcome;
pub use pending::{PendingDataNotification, PendingDataRequest, PendingDataResponse, PendingItem};
pub use profile::{ProfileContent, UserProfile, UserProfileUpdateRequest, UserProfileUpdateResponse};
pub use receipt::AuditReceipt;
pub use status::{StatusItem, StatusRequest, StatusResponse};
pub use users::{
    AddMigrationUsersRequest, AddMigrationUsersResponse, Admission, RemoveMigrationUsersRequest,
    RemoveMigrationUsersResponse, UserAdmission, UserRemoval,
};
pub use withdrawal::{WithdrawalRequest, WithdrawalResponse};

/// What the body says in single values.
pub use crate::body::acm_info::{ClientId, GroupOperation, Mark, Receipt, State, Urgency};
/// Why not: `cause-code` and `cause-text`.
pub use crate::location::Refusal;

pub(crate) use sheet::name_of;
