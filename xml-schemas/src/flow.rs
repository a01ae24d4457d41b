//! Information flows, and how they travel on bodies.

mod bad_body;
mod guard;
mod part;

pub use bad_body::BadBody;
pub use guard::{Ask, Disclose, Open};
pub use part::Part;

pub(crate) use part::{body, optional_body};

use crate::{
    acm,
    body::{AcmInfo, InterconnectionInfo, LocationInfo, interconnection_info::MessageKind},
    ids::RequestId,
    location::{ClientLocationReport, ClientLocationRequest, LocationReport, LocationRequest},
    migration::{
        self, MigrationChanged, MigrationEnded, MigrationServiceAuthorizationRequest,
        MigrationServiceAuthorizationResponse, MigrationStatusRequest, MigrationStatusResponse, Whereabouts,
        WhereaboutsRequest,
    },
    mime,
};

/// An information flow of TS 23.280: plain data that one function sends to another.
pub trait Flow: Carriage + Clone + std::fmt::Debug + Send + Sync + 'static {
    /// Its name in routing tables, traces and agreements.
    const NAME: &'static str;
    /// The table that lists its elements.
    const CLAUSE: &'static str;
    /// Which permit must release it before it may be sent: [`Open`], [`Ask`] or [`Disclose`].
    type Guard: 'static;

    /// What ties the answer to the question.
    fn request_id(&self) -> &RequestId;
}

/// A flow that asks, and what answers it.
pub trait Question: Flow {
    /// The flow that comes back, with the same request identifier.
    type Answer: Flow;
}

/// Taking a flow apart into message bodies, and putting it together again.
pub trait Carriage: Sized {
    /// The bodies, in the order in which they stand in the message. More than one travel in `multipart/mixed`.
    fn split(&self) -> Vec<Part<'static>>;

    /// The flow that the bodies carry. Bodies of other media types are passed over.
    ///
    /// # Errors
    /// [`BadBody`] when one is missing or malformed, is of another flow, or contradicts the others.
    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody>;
}

/// What tells of a flow.
const ACCEPTED: [&str; 5] =
    [mime::ACM_INFO, mime::INTERCONNECTION_INFO, mime::LOCATION_INFO, mime::MCPTT_INFO, mime::MCVIDEO_INFO];

/// Which flow the bodies say that they carry, as its [`Flow::NAME`]. Reads no more than that needs; `join` checks the rest.
///
/// # Errors
/// [`BadBody::UnknownKind`] for a `req-type` or `resp-type` that is not known, [`BadBody::Unsupported`] when no body tells.
pub fn name_of(parts: &[Part<'_>]) -> Result<&'static str, BadBody> {
    if let Some(info) = optional_body::<AcmInfo>(parts)? {
        let tells = |part: &Part<'_>| part.is(mime::INTERCONNECTION_INFO) || part.is(mime::LOCATION_INFO);
        return match parts.iter().any(tells) {
            true => Err(BadBody::Contradiction { rule: "bodies of two flows" }),
            false => acm::name_of(&info),
        };
    }
    if let Some(companion) = optional_body::<InterconnectionInfo>(parts)? {
        return kind_name(&companion.kind);
    }
    let Some(info) = optional_body::<LocationInfo>(parts)? else {
        return migration::name_of(parts)?.ok_or(BadBody::Unsupported { accepted: &ACCEPTED });
    };
    match (info.requests.is_empty(), info.reports.is_empty()) {
        (false, true) => Ok(ClientLocationRequest::NAME),
        (true, false) => Ok(ClientLocationReport::NAME),
        _ => Err(BadBody::Contradiction { rule: "location-info holds neither one request nor reports" }),
    }
}

fn kind_name(kind: &MessageKind) -> Result<&'static str, BadBody> {
    let content = match kind {
        MessageKind::Request(content) | MessageKind::Response(content) => content,
    };
    let name = content
        .plain()
        .map_err(|_| BadBody::encrypted(mime::INTERCONNECTION_INFO, "req-type or resp-type"))?;
    match (kind, name.as_str()) {
        (MessageKind::Request(_), mime::kind::LOCATION_REQUEST) => Ok(LocationRequest::NAME),
        (MessageKind::Response(_), mime::kind::LOCATION_REPORT) => Ok(LocationReport::NAME),
        (MessageKind::Response(_), mime::kind::CLIENT_LOCATION_REPORT) => Ok(ClientLocationReport::NAME),
        (MessageKind::Request(_), mime::kind::MIGRATION_REQUEST) => {
            Ok(MigrationServiceAuthorizationRequest::NAME)
        }
        (MessageKind::Response(_), mime::kind::MIGRATION_RESPONSE) => {
            Ok(MigrationServiceAuthorizationResponse::NAME)
        }
        (MessageKind::Request(_), mime::kind::MIGRATION_ENDED) => Ok(MigrationEnded::NAME),
        (MessageKind::Request(_), mime::kind::MIGRATION_STATUS_REQUEST) => Ok(MigrationStatusRequest::NAME),
        (MessageKind::Response(_), mime::kind::MIGRATION_STATUS_RESPONSE) => {
            Ok(MigrationStatusResponse::NAME)
        }
        (MessageKind::Request(_), mime::kind::WHEREABOUTS_REQUEST) => Ok(WhereaboutsRequest::NAME),
        (MessageKind::Response(_), mime::kind::WHEREABOUTS) => Ok(Whereabouts::NAME),
        (MessageKind::Request(_), mime::kind::MIGRATION_CHANGED) => Ok(MigrationChanged::NAME),
        _ => Err(BadBody::UnknownKind),
    }
}

/// Refuses a companion body of another flow than this.
pub(crate) fn expect_kind(companion: &InterconnectionInfo, name: &'static str) -> Result<(), BadBody> {
    if kind_name(&companion.kind)? == name { Ok(()) } else { Err(BadBody::OtherFlow) }
}
