//! Service authorization for migration to a partner MC system: the client of the migrating user.
//! TS 23.280 clause 10.6.3.3 steps 1 and 11. The servers between are `service::migration`.

use std::{fmt, pin::pin};

use futures::future::{Either, select};
use kit::{Accepted, Cause, Cx, Done, Inbound, Stop};
use xml_schemas::{
    body::interconnection_info::McService,
    ids::McServiceId,
    migration::{Migrates, MigrationServiceAuthorizationResponse, Outcome, ProfileIndex, Refusal},
};

use crate::service::{Held, ServiceClient, State, Status, publishing};

const CLAUSE: &str = "10.6.3.3";

/// Where a user comes from: what a migration is asked with, beside the access token of the system that is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journey {
    /// The MC service concerned.
    pub service: McService,
    /// The MC service ID in the primary system.
    pub primary: McServiceId,
    /// Which of the profiles that the primary system gave the user.
    pub profile: ProfileIndex,
}

/// Why a user has not migrated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotMigrated {
    /// The partner's MC service server has not taken the request up.
    NotTaken(Stop),
    /// One of the two systems refuses.
    Refused(Refusal),
    /// No outcome came in time. It may yet come; asking again is safe.
    Unanswered,
}

impl fmt::Display for NotMigrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTaken(stop) => write!(f, "the request was not taken up: {}", Told(stop.cause())),
            Self::Refused(Refusal { code, text }) => match (code.and_then(Cause::from_code), code) {
                (Some(cause), _) => write!(f, "{REFUSED}{}", Told(cause)),
                (None, Some(code)) => write!(f, "{REFUSED}{} (cause {code})", reason(text.as_deref())),
                (None, None) => write!(f, "{REFUSED}{}", reason(text.as_deref())),
            },
            Self::Unanswered => f.write_str("no outcome came in time; it may be asked again"),
        }
    }
}

impl std::error::Error for NotMigrated {}

impl NotMigrated {
    /// Who has said no, to whom, and why, for the user: `own` is the domain of his primary system, `partner` that of the other.
    #[must_use]
    pub fn told(&self, own: &str, partner: &str) -> String {
        let (own, partner) = (format!("your own system ({own})"), format!("the partner system ({partner})"));
        match self {
            Self::NotTaken(stop) if is_silence(stop.cause()) => {
                format!("{partner} did not take the request up: {}", Told(stop.cause()))
            }
            Self::NotTaken(stop) => format!("{partner} refused: {}", Told(stop.cause())),
            Self::Refused(refusal) => {
                let cause = refusal.code.and_then(Cause::from_code).unwrap_or(Cause::Unspecified);
                let why = self.to_string();
                let why = why.strip_prefix(REFUSED).unwrap_or(&why);
                match said_by(cause) {
                    Side::Partner => format!("{partner} refused: {why}"),
                    Side::Primary => format!("{own} refused: {why}"),
                    Side::Silence => format!("{own} did not answer {partner}: {why}"),
                    Side::Between => format!("{partner} could not ask {own}: {why}"),
                }
            }
            Self::Unanswered => {
                format!("neither {partner} nor {own} has said anything in time; it may be asked again")
            }
        }
    }
}

/// Before the reason in a refusal.
const REFUSED: &str = "refused: ";

/// Whose no an outcome is. Its bearer is the partner system always.
enum Side {
    /// The initial check there (TS 23.280 10.6.3.3 step 2).
    Partner,
    /// The authorization check at home (step 6). Without a code it is one too: the initial check always has one.
    Primary,
    /// The primary system has not answered.
    Silence,
    /// The request of the one has not been taken by the other: gateways, agreements, protection.
    Between,
}

fn said_by(cause: Cause) -> Side {
    match cause {
        Cause::MayNotMigrate
        | Cause::WrongProfile
        | Cause::NoProfile
        | Cause::AlreadyMigrated
        | Cause::UnknownUser
        | Cause::NotDisclosed
        | Cause::Unspecified => Side::Primary,
        cause if is_silence(cause) => Side::Silence,
        Cause::NotPermitted
        | Cause::UnknownPartner
        | Cause::UnknownTarget
        | Cause::ForeignIdentity
        | Cause::EncryptedBody
        | Cause::TopologyExposed
        | Cause::UnknownKey
        | Cause::Unprotected
        | Cause::ProtectionInvalid => Side::Between,
        _ => Side::Partner,
    }
}

fn is_silence(cause: Cause) -> bool {
    matches!(cause, Cause::TimedOut | Cause::PartnerUnreachable | Cause::ServerUnreachable)
}

/// A cause as a person is told: several have one text (TS 24.379 4.4.2), none the name of another.
struct Told(Cause);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, cause {})", self.0.text(), self.0.name(), self.0.code())
    }
}

fn reason(text: Option<&str>) -> &str {
    text.unwrap_or("no reason was given")
}

/// Asks, and awaits the outcome.
///
/// # Errors
/// [`NotMigrated`]; the service authorization is given back then, so that nothing is left of the attempt here.
pub(crate) async fn request(client: &ServiceClient, journey: &Journey) -> Result<Held, NotMigrated> {
    let outcome = attempt(client, journey).await;
    client.entity.cx().set(match &outcome {
        Ok(_) => Status::Migrated,
        Err(NotMigrated::Refused(refusal)) => Status::Refused(refusal.clone()),
        Err(NotMigrated::NotTaken(stop)) => Status::Refused(named(stop.cause())),
        Err(NotMigrated::Unanswered) => Status::None,
    });
    outcome
}

async fn attempt(client: &ServiceClient, journey: &Journey) -> Result<Held, NotMigrated> {
    let not_taken = |stop: Stop| NotMigrated::NotTaken(stop);
    let cx = client.entity.cx();
    let request_id = cx.fresh_request_id().map_err(|fault| not_taken(fault.into()))?;
    let cx = cx.for_flow(&request_id);
    let (partner, primary) = (client.user(), journey.primary.clone());

    cx.step(CLAUSE, 1); // migration service authorization is requested, with both IDs and the profile
    let told = cx.open(request_id.clone(), [partner.clone(), primary.clone()]);
    let told = told.ok_or_else(|| not_taken(Cause::RepeatedRequest.into()))?;
    let over = cx.travels((request_id.clone(), journey.service), [partner.clone(), primary.clone()]);
    let mut publication = client.publication(journey.service, Some(journey.profile));
    publication.migrates = Some(Migrates { partner: Some(partner), primary, request_id: Some(request_id) });
    let held = publishing::begin(&cx, &client.device, publication, Some(over)).await.map_err(not_taken)?;
    cx.set(Status::Migrating);
    let why = match select(pin!(told), cx.world().clock.sleep(cx.profile().deadline)).await {
        Either::Left((Ok(Outcome::Success), _)) => return Ok(held),
        Either::Left((Ok(Outcome::Failure(refusal)), _)) => NotMigrated::Refused(refusal),
        Either::Left((Err(_), _)) | Either::Right(_) => NotMigrated::Unanswered,
    };
    held.give_back().await;
    Err(why)
}

fn named(cause: Cause) -> Refusal {
    Refusal { code: Some(cause.code()), text: Some(cause.text().to_owned()) }
}

/// The outcome reaches the client, from its own server.
pub(crate) async fn answered(
    cx: Cx<State>,
    inbound: Inbound<MigrationServiceAuthorizationResponse>,
) -> Done<Accepted> {
    if inbound.peer.user() != Some(&cx.server) {
        return Err(Cause::NotPermitted.into());
    }
    let outcome = inbound.flow.outcome.clone();
    if !cx.answer(inbound.flow) {
        return Err(Cause::UnmatchedReport.into());
    }
    if outcome == Outcome::Success {
        cx.step(CLAUSE, 11); // confirmed: migrated, and authorized here
    }
    Ok(Accepted::done())
}
