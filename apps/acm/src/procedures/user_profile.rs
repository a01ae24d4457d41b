//! User profile update: a partner system suggests another profile for a user of its whom we gave an MC service ID. TS 23.280 10.17.7.2
//!
//! Whom we did not give that ID, and whose system does not ask, is as unknown as nobody. What is approved is applied to the user's
//! document at the configuration management server, unless the operator has switched that off and does it by himself; the one who
//! decides is shown what would change, and what has changed is kept with both entity tags.

pub(super) mod difference;
pub(super) mod document;
mod turn;

use bytes::Bytes;
use http::{Method, header};
use kit::{Cause, Cx, Done, Fault, Partner};
use serde::{Deserialize, Serialize};
use xcap::{Root, Target, Tree};
use xml_schemas::{
    acm::{
        Outcome, ProfileContent, UserProfileUpdateRequest as Request, UserProfileUpdateResponse as Response,
    },
    ids::McServiceId,
    migration::ProfileIndex,
};

use super::add_migration_users::{EXPECTED, VISITORS};
use crate::{
    Acm,
    book::Effects,
    case::CaseKey,
    config::WebServer,
    engine::refusal,
    neighbours::{Asking, known},
    procedure::{Approved, CarriedOut, Procedure, Steps},
    readable,
};
use turn::Turn;

/// The procedure.
pub enum UpdateUserProfile {}

impl Procedure for UpdateUserProfile {
    type Request = Request;

    const STEPS: Steps = Steps {
        clause: "10.17.7.2",
        asked: 1,
        authorized: 2,
        forwarded: 3,
        kept: 4,
        target_returns: None,
        delivered: 5,
        answered: 7,
        returned: 8,
        stored: 9,
        initiator_leaves: None,
        initiator_returns: None,
        told: 10,
    };

    async fn may_ask(cx: &Cx<Acm>, request: &Request) -> Done<()> {
        let partners = cx.partners();
        let of = |id: &str| partners.serving(id).map(|partner| partner.name.clone());
        match (of(request.user.as_str()), of(request.heading.target.as_str())) {
            (Some(home), Some(asked)) if home == asked => {}
            _ => return Err(Cause::UnknownUser.into()),
        }
        match &request.profile.content {
            ProfileContent::Document(raw) => document::is_valid(raw.as_str().as_bytes()),
            ProfileContent::Reference { .. } => Ok(()),
        }
    }

    async fn may_be_asked(cx: &Cx<Acm>, partner: &Partner, request: &Request) -> Done<()> {
        is_allocated(cx, partner, &request.user).await?;
        let config = cx.config();
        if config.neighbours.require_migration {
            let service = known(config.neighbours.service.as_ref())?;
            let here = Asking::of_user(service, Method::GET, EXPECTED, &request.user).send(cx).await?;
            if !here.is_success() {
                return Err(Cause::NotMigrated.into());
            }
        }
        match &request.profile.content {
            ProfileContent::Document(raw) => {
                document::is_of(raw.as_str().as_bytes(), &request.user)?;
                document::is_valid(raw.as_str().as_bytes())
            }
            ProfileContent::Reference { uri, .. } => reference(cx, uri).map(drop),
        }
    }

    fn fits(request: &Request, response: &Response) -> bool {
        response.user == request.user
    }

    async fn carry_out(cx: &Cx<Acm>, approved: &Approved<Request>) -> Done<CarriedOut<Request>> {
        let Approved { request, handler, .. } = approved;
        if !cx.config().neighbours.apply_profiles {
            return Ok(CarriedOut::with(request.answer(handler.clone(), Outcome::Success)));
        }
        let (applied, has_turn) = apply(cx, &approved.case.key, request).await?;
        let outcome = applied.map_or_else(|cause| Outcome::Failure(refusal(cause)), |()| Outcome::Success);
        let effects = Effects::none();
        let effects = if has_turn { effects.delete(turn::place(&request.user)) } else { effects };
        Ok(CarriedOut { response: request.answer(handler.clone(), outcome), effects })
    }
}

/// Where one of a user's profiles is (TS 24.484 8.3.2).
pub(super) fn target(user: &McServiceId, index: ProfileIndex) -> Target {
    Target {
        auid: document::AUID.to_owned(),
        tree: Tree::User(xcap::canonical(user.as_str())),
        document: format!("mcptt-user-profile-{index}.xml"),
        node: None,
    }
}

#[derive(Deserialize)]
struct Owner {
    primary: String,
}

/// The identity management server gave this ID, and to a user of that system.
async fn is_allocated(cx: &Cx<Acm>, partner: &Partner, user: &McServiceId) -> Done<()> {
    let config = cx.config();
    let identity = known(config.neighbours.identity.as_ref())?;
    let answer = Asking::of_user(identity, Method::GET, VISITORS, user).send(cx).await?;
    let owner: Option<Owner> =
        Some(&answer.body).filter(|_| answer.is_success()).and_then(|body| serde_json::from_slice(body).ok());
    let primary = owner.and_then(|owner| McServiceId::new(&owner.primary).ok());
    match primary.filter(|primary| partner.owns_domain(primary.domain())) {
        Some(_) => Ok(()),
        None => Err(Cause::UnknownUser.into()),
    }
}

/// A document that our own configuration management server has, and its URI.
fn reference(cx: &Cx<Acm>, uri: &str) -> Done<String> {
    let config = cx.config();
    let server = known(config.neighbours.profiles.as_ref())?;
    let is_ours = uri.strip_prefix(&server.root).is_some_and(|path| path.starts_with('/'));
    let is_plain = !uri.contains("/../") && !uri.contains(['?', '#', ' ']);
    if is_ours && is_plain { Ok(uri.to_owned()) } else { Err(Cause::UnknownTarget.into()) }
}

/// The profile that a request suggests.
async fn suggested(cx: &Cx<Acm>, server: &WebServer, request: &Request) -> Done<Bytes> {
    let text = match &request.profile.content {
        ProfileContent::Document(raw) => document::whole(raw.as_str()),
        ProfileContent::Reference { uri, etag } => {
            let answer =
                Asking::new(server, Method::GET, reference(cx, uri)?, document::NAME).send(cx).await?;
            let is_meant = etag.as_ref().is_none_or(|etag| answer.etag.trim_matches('"') == etag.as_str());
            if !answer.is_success() || !is_meant {
                return Err(Cause::UnknownTarget.into());
            }
            answer.body
        }
    };
    document::is_of(&text, &request.user)?;
    Ok(text)
}

/// The profile as it stands, with its entity tag.
async fn standing(cx: &Cx<Acm>, server: &WebServer, uri: &str) -> Done<(Bytes, String)> {
    let answer = Asking::new(server, Method::GET, uri.to_owned(), document::NAME).send(cx).await?;
    if answer.is_success() { Ok((answer.body, answer.etag)) } else { Err(Cause::UnknownTarget.into()) }
}

fn uri_of(server: &WebServer, request: &Request, suggested: &[u8]) -> Result<String, Fault> {
    let root = Root::new(&server.root)
        .ok_or_else(|| Fault::new("the configuration management server has no root"))?;
    let index = request.profile.index.or_else(|| document::index(suggested)).unwrap_or(ProfileIndex(1));
    Ok(target(&request.user, index).uri(&root))
}

/// Puts the profile in the place of the one that stands there, on condition that it is the one that was compared, and that no other
/// update of the user is under way. What changes is kept before that, so that whoever does it again still knows. Where the server will
/// not have it, why; and whether this update has the turn, which ends with it.
async fn apply(cx: &Cx<Acm>, case: &CaseKey, request: &Request) -> Done<(Result<(), Cause>, bool)> {
    let config = cx.config();
    let server = known(config.neighbours.profiles.as_ref())?;
    let text = suggested(cx, server, request).await?;
    let uri = uri_of(server, request, &text)?;
    let turn = Turn::of(cx, &request.user, case).await?;
    let (before, etag) = standing(cx, server, &uri).await?;
    if difference::is_none(&before, &text) {
        return Ok((Ok(()), turn.is_taken));
    }
    let lines = difference::of(&before, &text);
    let applied = Applied { document: &uri, etag: &etag, lines: &lines };
    let applied = serde_json::to_vec(&applied).map_err(|why| Fault::new(why.to_string()))?;
    turn.take(cx, (kept(case), applied)).await?;
    let put = Asking::new(server, Method::PUT, uri, document::NAME)
        .field(header::IF_MATCH, etag.as_str())
        .document(document::MEDIA_TYPE, text);
    // Where somebody else has changed it meanwhile, it is compared again.
    Ok((put.send(cx).await?.settled()?, true))
}

/// What an update changed.
#[derive(Serialize)]
struct Applied<'a> {
    document: &'a str,
    /// The entity tag of what stood there before.
    etag: &'a str,
    lines: &'a [String],
}

/// Under which key it is kept what an update changed.
fn kept(case: &CaseKey) -> String {
    format!("acm/profile/{}", case.text())
}

/// Whether an update has been begun: it may have had its effect.
pub(crate) async fn has_begun(cx: &Cx<Acm>, case: &CaseKey) -> Result<bool, Fault> {
    Ok(cx.store().get(kept(case).as_bytes()).await?.is_some())
}

#[derive(Deserialize)]
struct Changed {
    lines: Vec<String>,
}

/// What an update has changed, for people; none where that is not known, since the operator applies updates by himself.
///
/// # Errors
/// [`Fault`] where the store cannot be read.
pub(crate) async fn changed(cx: &Cx<Acm>, case: &CaseKey) -> Result<Option<String>, Fault> {
    let record = cx.store().get(kept(case).as_bytes()).await?;
    let changed: Option<Changed> = record.and_then(|record| serde_json::from_slice(&record.value).ok());
    Ok(changed.map(|changed| format!("This changed:\n{}", changed.lines.join("\n"))))
}

/// The request as who decides is shown it: what would change stands after what the initiator has to say. Where that cannot be said now,
/// or is longer than a client reads, as it came.
pub(crate) async fn shown(cx: &Cx<Acm>, request: Request) -> Request {
    let config = cx.config();
    let Some(server) = config.neighbours.profiles.as_ref() else { return request };
    let lines = async {
        let text = suggested(cx, server, &request).await?;
        let (before, _) = standing(cx, server, &uri_of(server, &request, &text)?).await?;
        Done::Ok(difference::text(&difference::of(&before, &text), difference::is_none(&before, &text)))
    };
    match lines.await {
        Ok(changes) => {
            let said = request.additional_information.clone();
            let told = said.into_iter().chain([changes]).collect::<Vec<_>>().join("\n\n");
            let shown = Request { additional_information: Some(told), ..request.clone() };
            if readable::request(&shown.clone().into()).is_ok() { shown } else { request }
        }
        Err(stop) => {
            tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), %stop, "what would change cannot be said");
            request
        }
    }
}
