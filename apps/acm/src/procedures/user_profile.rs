//! User profile update: a partner system suggests another profile for a user of its whom we gave an MC service ID. TS 23.280 10.17.7.2
//!
//! Whom we did not give that ID, and whose system does not ask, is as unknown as nobody. What is approved is applied to the user's
//! document at the configuration management server, unless the operator has switched that off and does it by himself; the one who
//! decides is shown what would change, and what has changed is kept with the entity tag of what stood there before.

pub(super) mod difference;
pub(super) mod document;
mod draft;
mod memory;

use bytes::Bytes;
use http::{Method, header};
use kit::{Cause, Cx, Done, Fault, Partner};
use serde::Deserialize;
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
    case::Case,
    config::WebServer,
    neighbours::{Asking, known},
    procedure::{Approved, CarriedOut, Procedure, Steps},
    readable,
};
use memory::Memory;
pub(crate) use memory::changed;

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
            ProfileContent::Document(raw) if cx.config().neighbours.apply_profiles => {
                document::is_valid(raw.as_str().as_bytes())
            }
            ProfileContent::Document(_) | ProfileContent::Reference { .. } => Ok(()),
        }
    }

    async fn may_be_asked(cx: &Cx<Acm>, partner: &Partner, request: &Request) -> Done<Option<String>> {
        is_allocated(cx, partner, &request.user).await?;
        let config = cx.config();
        if config.neighbours.require_migration {
            let service = known(config.neighbours.service.as_ref())?;
            let here = Asking::of_user(service, Method::GET, EXPECTED, &request.user).send(cx).await?;
            if !here.is_success() {
                return Err(Cause::NotMigrated.into());
            }
        }
        let (text, meant) = match &request.profile.content {
            ProfileContent::Document(raw) => (document::whole(raw.as_str()), None),
            ProfileContent::Reference { uri, etag } => {
                let (text, version) = draft::now(cx, &request.user, (uri, etag.as_deref())).await?;
                (text, Some(version))
            }
        };
        document::is_of(&text, &request.user)?;
        // Where the operator applies it, no server of ours judges it.
        if config.neighbours.apply_profiles {
            document::is_valid(&text)?;
        }
        Ok(meant)
    }

    fn fits(request: &Request, response: &Response) -> bool {
        response.user == request.user
    }

    async fn carry_out(cx: &Cx<Acm>, approved: &Approved<Request>) -> Done<CarriedOut<Request>> {
        let Approved { request, handler, .. } = approved;
        if !cx.config().neighbours.apply_profiles {
            return Ok(CarriedOut::with(request.answer(handler.clone(), Outcome::Success)));
        }
        let cause = apply(cx, approved).await?.err();
        let outcome = cause.map_or(Outcome::Success, |cause| Outcome::Failure(approved.refusal(cause)));
        Ok(CarriedOut { cause, ..CarriedOut::with(request.answer(handler.clone(), outcome)) })
    }

    async fn ended(cx: &Cx<Acm>, case: &Case) -> Done<Effects> {
        Ok(memory::ended(cx, case).await?)
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

/// The profile that a request suggests.
async fn suggested(cx: &Cx<Acm>, case: &Case, request: &Request) -> Done<Bytes> {
    let text = match &request.profile.content {
        ProfileContent::Document(raw) => document::whole(raw.as_str()),
        ProfileContent::Reference { uri, etag } => {
            draft::meant(cx, &request.user, (uri, etag.as_deref()), case.meant.as_deref()).await?
        }
    };
    document::is_of(&text, &request.user)?;
    Ok(text)
}

/// The profile as it stands, with its entity tag.
async fn standing(cx: &Cx<Acm>, server: &WebServer, uri: &str) -> Done<(Bytes, String)> {
    let answer = Asking::new(server, Method::GET, uri.to_owned(), document::NAME).send(cx).await?;
    if answer.is_success() { Ok((answer.body, answer.etag)) } else { Err(Cause::NoProfile.into()) }
}

/// Where the configuration management server says what it makes of a profile.
const AS_KEPT: &str = "/mcx/configuration/as-kept";

/// The profile as the server will have it: what it writes there itself (TS 23.280 10.2.7.1) is no part of what an update changes. It is
/// asked only where it seems to have done so before; one that does not say, or says something else, keeps what it is given.
async fn as_kept(
    cx: &Cx<Acm>,
    server: &WebServer,
    user: &McServiceId,
    (before, text): (&[u8], Bytes),
) -> Done<Bytes> {
    const WRITTEN: &[u8] = b"GroupServerInfo";
    if !before.windows(WRITTEN.len()).any(|part| part == WRITTEN) {
        return Ok(text);
    }
    let question = Asking::new(server, Method::POST, format!("{}{AS_KEPT}", server.root), document::NAME);
    let answer = question.document(document::MEDIA_TYPE, text.clone()).send(cx).await?;
    let is_it = answer.is_success() && document::is_of(&answer.body, user).is_ok();
    Ok(if is_it { answer.body } else { text })
}

fn uri_of(server: &WebServer, request: &Request, suggested: &[u8]) -> Result<String, Fault> {
    let root = Root::new(&server.root)
        .ok_or_else(|| Fault::new("the configuration management server has no root"))?;
    let index = request.profile.index.or_else(|| document::index(suggested)).unwrap_or(ProfileIndex(1));
    Ok(target(&request.user, index).uri(&root))
}

/// Puts the profile in the place of the one that stands there, on condition that it is the one that was compared. What changes is kept
/// before that, so that whoever does it again still knows. Where it comes to nothing, why.
async fn apply(cx: &Cx<Acm>, approved: &Approved<Request>) -> Done<Result<(), Cause>> {
    let (config, request) = (cx.config(), &approved.request);
    let server = known(config.neighbours.profiles.as_ref())?;
    let text = suggested(cx, &approved.case, request).await?;
    let uri = uri_of(server, request, &text)?;
    let memory = Memory::of(cx, &approved.case.key).await?;
    let (before, etag) = standing(cx, server, &uri).await?;
    let text = as_kept(cx, server, &request.user, (&before, text)).await?;
    if difference::is_none(&before, &text) {
        return Ok(Ok(()));
    }
    if let Some(change) = memory.was_overtaken(&etag) {
        // Whoever has written since is not overwritten: what he left of the update is what came of it.
        return Ok(if change.has_been_made(&before) { Ok(()) } else { Err(Cause::ChangedMeanwhile) });
    }
    let begun = memory.put(cx, &uri, &etag, (&before, &text)).await?;
    let put = Asking::new(server, Method::PUT, uri.clone(), document::NAME)
        .field(header::IF_MATCH, etag.as_str())
        .document(document::MEDIA_TYPE, text.clone());
    match put.send(cx).await {
        Ok(answer) => {
            let settled = answer.settled();
            if !matches!(settled, Ok(Ok(()))) {
                // Refused; or somebody else has changed it meanwhile, and it is compared again.
                begun.came_to_nothing(cx).await?;
            }
            settled
        }
        Err(stop) if approved.is_last => {
            let (now, _) = standing(cx, server, &uri).await?;
            if difference::is_none(&now, &text) { Ok(Ok(())) } else { Err(stop) }
        }
        Err(stop) => Err(stop),
    }
}

/// The request as who decides is shown it: what would change stands after what the initiator has to say. Where that cannot be said now,
/// or is longer than a client reads, as it came.
pub(crate) async fn shown(cx: &Cx<Acm>, case: &Case, request: Request) -> Request {
    let config = cx.config();
    let Some(server) = config.neighbours.profiles.as_ref() else { return request };
    let lines = async {
        let text = suggested(cx, case, &request).await?;
        let (before, _) = standing(cx, server, &uri_of(server, &request, &text)?).await?;
        let text = as_kept(cx, server, &request.user, (&before, text)).await?;
        Done::Ok(difference::text(&difference::of(&before, &text), difference::is_none(&before, &text)))
    };
    match lines.await {
        Ok(changes) => {
            let with = |changes: String| {
                let said = request.additional_information.clone();
                let told = said.into_iter().chain([changes]).collect::<Vec<_>>().join("\n\n");
                let shown = Request { additional_information: Some(told), ..request.clone() };
                readable::request(&shown.clone().into()).is_ok().then_some(shown)
            };
            with(changes).or_else(|| with(difference::TOO_LONG.to_owned())).unwrap_or(request)
        }
        Err(stop) => {
            tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), %stop, "what would change cannot be said");
            request
        }
    }
}
