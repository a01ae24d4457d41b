//! Users for migration: a partner system asks that users of its may migrate here. TS 23.280 10.17.5.2
//!
//! A yes has consequences in three servers here, in this order, so that nobody can come before everything is there for him: the identity
//! management server gives him his MC service ID, the configuration management server his profiles, and the MC service server expects
//! him. Each may be asked again; what a fault interrupts is done from its beginning.

mod at_home;
mod undoing;

use http::{Method, StatusCode, header};
use kit::{Cause, Cx, Done, Fault, Partner};
use serde::{Deserialize, Serialize};
use xcap::Root;
use xml_schemas::{
    acm::{
        AddMigrationUsersRequest as Request, AddMigrationUsersResponse as Response, Admission,
        ProfileContent, UserAdmission, UserProfile,
    },
    ids::McServiceId,
    migration::ProfileIndex,
};

use undoing::{Due, Undoing};

use super::user_profile::{document, target};
use crate::{
    Acm,
    book::Effects,
    case::Case,
    engine::{is_still_to_be_done, place, refusal},
    neighbours::{Answer, Asking, Words, known},
    procedure::{Approved, CarriedOut, Procedure, Steps},
    readable::WRAPPING,
};

/// Below the identity management server's root, before a visitor's ID.
pub(super) const VISITORS: &str = "/mcx/identity/visitors/";

/// Below the MC service server's, before the same.
pub(super) const EXPECTED: &str = "/mcx/service/expected/";

/// The profile that a partner's user begins with.
const FIRST: ProfileIndex = ProfileIndex(1);

/// The procedure.
pub enum AddMigrationUsers {}

/// The steps of both procedures of the clause.
pub(super) const STEPS: Steps = Steps {
    clause: "10.17.5.2",
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

impl Procedure for AddMigrationUsers {
    type Request = Request;

    const STEPS: Steps = STEPS;

    async fn may_ask(cx: &Cx<Acm>, request: &Request) -> Done<()> {
        are_ours(cx, &request.users)?;
        can_be_answered(&request.users)?;
        at_home::are_known(cx, &request.users).await
    }

    async fn may_be_asked(_: &Cx<Acm>, partner: &Partner, request: &Request) -> Done<Option<String>> {
        are_theirs(partner, &request.users)?;
        can_be_answered(&request.users).map(|()| None)
    }

    fn fits(request: &Request, response: &Response) -> bool {
        response.users.iter().all(|user| request.users.contains(&user.primary))
    }

    async fn carry_out(cx: &Cx<Acm>, approved: &Approved<Request>) -> Done<CarriedOut<Request>> {
        let mut undoing = Undoing::of(cx, &approved.case.key).await?;
        let words = Words::of(cx, place(cx, &approved.case.key).await?);
        let (mut ends, mut failed) = (Vec::with_capacity(approved.request.users.len()), None);
        for primary in &approved.request.users {
            is_still_to_be_done(cx, &approved.case.key).await?;
            let end = match (declined(approved.said.as_ref(), primary), undoing.cause(primary)) {
                (Some(end), _) => Ok(end),
                (None, Some(cause)) => Ok(End::refused(approved, cause)),
                (None, None) => decided(cx, approved, (primary, words.as_ref()), &mut undoing).await,
            };
            match end {
                Ok(end) => ends.push(end),
                Err(stop) => {
                    failed = Some(stop);
                    break;
                }
            }
        }
        let seen = undoing.is_kept(cx, approved).await?;
        for Due { primary, path, is_needed } in undoing.due(failed.is_none()) {
            let undone = undo(cx, (&primary, words.as_ref()), path).await;
            if is_needed {
                taken_back(cx, approved, undone)?;
            }
        }
        if let Some(stop) = failed {
            return Err(stop);
        }
        let refused: Vec<_> = ends.iter().map(|end| end.cause).collect();
        let (mut effects, mut users) = (Effects::none(), Vec::with_capacity(ends.len()));
        for (primary, End { admission, .. }) in approved.request.users.iter().zip(ends) {
            if matches!(admission, Admission::Admitted { .. }) {
                effects = effects.put(admitted(&approved.partner.name, primary), Vec::new());
            }
            users.push(UserAdmission { primary: primary.clone(), admission });
        }
        let response = approved.request.answer(approved.handler.clone(), users);
        let cause = approved.cause_of(cx, &refused);
        Ok(CarriedOut { effects, cause, seen, ..CarriedOut::with(response) })
    }

    async fn ended(_: &Cx<Acm>, case: &Case) -> Done<Effects> {
        Ok(Effects::none().delete(undoing::key(&case.key)))
    }

    async fn learn(cx: &Cx<Acm>, case: &Case, request: &Request, response: &Response) -> Done<Effects> {
        let partners = cx.partners();
        let partner = partners.named(&case.partner).ok_or(Cause::UnknownPartner)?;
        let mut effects = Effects::none();
        for user in response.users.iter().filter(|user| request.users.contains(&user.primary)) {
            if let Admission::Admitted { partner: id, profiles } = &user.admission {
                if !partner.owns_domain(id.domain()) {
                    return Err(Cause::ForeignIdentity.into());
                }
                effects = effects.put(abroad(&case.partner, &user.primary), Abroad::of(id, profiles)?);
            }
        }
        Ok(effects)
    }
}

/// Octets that are answered of one user, beside the ID by which he is asked for: the ID that he is given, and where his profile is.
const ANSWER: usize = 700;

/// What is answered of so many fits into one message: nobody is admitted of whom nothing could be said.
fn can_be_answered(users: &[McServiceId]) -> Done<()> {
    let each = |user: &McServiceId| ANSWER + 2 * xml::escaped(user.as_str()).len();
    let octets: usize = users.iter().map(each).sum();
    if octets + WRAPPING > xml::Limits::DEFAULT.size { Err(Cause::TooLarge.into()) } else { Ok(()) }
}

/// A system speaks for its own users.
pub(super) fn are_ours(cx: &Cx<Acm>, users: &[McServiceId]) -> Done<()> {
    if users.iter().all(|user| cx.is_own_domain(user.domain())) {
        Ok(())
    } else {
        Err(Cause::ForeignIdentity.into())
    }
}

/// The same, as the partner's server sees it.
pub(super) fn are_theirs(partner: &Partner, users: &[McServiceId]) -> Done<()> {
    if users.iter().all(|user| partner.owns_domain(user.domain())) {
        Ok(())
    } else {
        Err(Cause::ForeignIdentity.into())
    }
}

/// What comes of one user, and why where that is nothing, whatever his system is told.
struct End {
    admission: Admission,
    cause: Option<Cause>,
}

impl End {
    fn refused(approved: &Approved<Request>, cause: Cause) -> Self {
        Self { admission: Admission::Refused(approved.refusal(cause)), cause: Some(cause) }
    }
}

/// What the person has said against a user; of whom he has said nothing is not admitted either. None where he, or a rule, lets him in.
fn declined(said: Option<&Response>, primary: &McServiceId) -> Option<End> {
    let user = said?.users.iter().find(|user| user.primary == *primary);
    let why = match user.map(|user| &user.admission) {
        Some(Admission::Approved | Admission::Admitted { .. }) => return None,
        Some(Admission::Refused(why)) => why.clone(),
        None => refusal(Cause::Declined),
    };
    let cause = Some(why.code.and_then(Cause::from_code).unwrap_or(Cause::Declined));
    Some(End { admission: Admission::Refused(why), cause })
}

/// Where it stands that a user was admitted by a request of his system.
pub(super) fn admitted(partner: &str, primary: &McServiceId) -> String {
    format!("acm/admitted/{partner}/{}", primary.as_str())
}

/// A user, and what is said of him.
pub(super) type Whom<'w> = (&'w McServiceId, Option<&'w Words>);

/// One user. Where nothing comes of it, what was begun for him is to be undone, unless an earlier request has admitted him: then he
/// stays.
async fn decided(
    cx: &Cx<Acm>,
    approved: &Approved<Request>,
    whom: Whom<'_>,
    undoing: &mut Undoing,
) -> Done<End> {
    let was_here = is_here(cx, &admitted(&approved.partner.name, whom.0)).await?;
    let (cause, is_answered) = match admit(cx, whom).await {
        Ok(Ok(admission)) => return Ok(End { admission, cause: None }),
        Ok(Err(cause)) => (cause, true),
        Err(stop) if approved.is_last => (stop.cause(), false),
        Err(stop) => return Err(stop),
    };
    if !was_here {
        undoing.add(whom.0, cause, is_answered);
    }
    Ok(End::refused(approved, cause))
}

/// What was begun for one user is undone, or it is seen that it never will be: that keeps no other user of the same request waiting.
fn taken_back(cx: &Cx<Acm>, approved: &Approved<Request>, undone: Done<()>) -> Done<()> {
    match undone {
        Err(stop) if approved.is_last || stop.cause().status() < 500 => {
            tracing::error!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), %stop, "what was begun for a user is not undone");
            cx.metrics().happened(cx.book().entity(), "not-undone");
            Ok(())
        }
        undone => undone,
    }
}

/// Whether a request of his system has admitted the user of this record.
async fn is_here(cx: &Cx<Acm>, key: &str) -> Result<bool, Fault> {
    Ok(cx.store().get(key.as_bytes()).await?.is_some())
}

/// One user, until everything is there for him, or one of the servers refuses him: then why.
async fn admit(cx: &Cx<Acm>, (primary, words): Whom<'_>) -> Done<Result<Admission, Cause>> {
    let config = cx.config();
    let (identity, service) =
        (known(config.neighbours.identity.as_ref())?, known(config.neighbours.service.as_ref())?);
    let given = Asking::of_user(identity, Method::PUT, VISITORS, primary).send_in_turn(cx, words).await?;
    if !given.is_success() {
        return Ok(Err(given.cause()));
    }
    let partner = allocated(&given)?;
    let profiles = match provide(cx, &partner).await? {
        Ok(profiles) => profiles,
        Err(cause) => return Ok(Err(cause)),
    };
    let expected = Asking::of_user(service, Method::PUT, EXPECTED, primary).send_in_turn(cx, words).await?;
    if !expected.is_success() {
        return Ok(Err(expected.cause()));
    }
    Ok(Ok(Admission::Admitted { partner, profiles }))
}

/// The query by which a server takes back what it was told last.
const UNDO: &str = "undo";

/// Nobody comes before everything is there for him, and who is not expected has no tokens: what has been begun is undone, so that
/// whatever counted before counts again.
async fn undo(cx: &Cx<Acm>, (primary, words): Whom<'_>, path: &'static str) -> Done<()> {
    let config = cx.config();
    let neighbours = &config.neighbours;
    let server = if path == VISITORS { &neighbours.identity } else { &neighbours.service };
    let Some(server) = server else { return Ok(()) };
    let asking = Asking::of_user(server, Method::DELETE, path, primary).query(UNDO);
    let answer = asking.send_in_turn(cx, words).await?;
    // Who is not there need not go.
    if answer.is_success() || answer.status == StatusCode::NOT_FOUND {
        Ok(())
    } else {
        Err(answer.cause().into())
    }
}

#[derive(Deserialize)]
struct Allocated {
    id: String,
}

fn allocated(answer: &Answer) -> Result<McServiceId, Fault> {
    let wrong = || Fault::new("the identity management server gave no MC service ID");
    let said: Allocated = serde_json::from_slice(&answer.body).map_err(|_| wrong())?;
    McServiceId::new(&said.id).map_err(|_| wrong())
}

/// A copy of the template's first profile, where he has none yet; or why the configuration management server will not have it.
async fn provide(cx: &Cx<Acm>, user: &McServiceId) -> Done<Result<Vec<UserProfile>, Cause>> {
    let config = cx.config();
    let (Some(template), Some(server)) = (&config.neighbours.template, &config.neighbours.profiles) else {
        return Ok(Ok(Vec::new()));
    };
    let root = Root::new(&server.root)
        .ok_or_else(|| Fault::new("the configuration management server has no root"))?;
    let own = target(user, FIRST).uri(&root);
    let mut had = Asking::new(server, Method::GET, own.clone(), document::NAME).send(cx).await?;
    if !had.is_success() {
        let model = target(template, FIRST).uri(&root);
        let model = Asking::new(server, Method::GET, model, document::NAME).send(cx).await?;
        let Some(copy) = document::copy(&model, template, user) else {
            tracing::error!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), "the template has no profile: nobody is admitted");
            return Ok(Err(Cause::NoTemplate));
        };
        let put = Asking::new(server, Method::PUT, own.clone(), document::NAME)
            .field(header::IF_NONE_MATCH, "*")
            .document(document::MEDIA_TYPE, copy);
        had = put.send(cx).await?;
        match had.settled()? {
            Ok(()) => {}
            Err(cause) => return Ok(Err(cause)),
        }
    }
    let etag = Some(had.etag.trim_matches('"').to_owned()).filter(|etag| !etag.is_empty());
    Ok(Ok(vec![UserProfile { index: Some(FIRST), content: ProfileContent::Reference { uri: own, etag } }]))
}

/// Under which key it is kept who a user of ours is in a partner system.
pub(super) fn abroad(partner: &str, primary: &McServiceId) -> String {
    format!("acm/abroad/{partner}/{}", primary.as_str())
}

/// Who a user of ours is in a partner system, as that system has said.
#[derive(Serialize)]
struct Abroad<'a> {
    id: &'a str,
    profiles: Vec<&'a str>,
}

impl Abroad<'_> {
    fn of(id: &McServiceId, profiles: &[UserProfile]) -> Result<Vec<u8>, Fault> {
        let uri = |profile: &'_ UserProfile| match &profile.content {
            ProfileContent::Reference { uri, .. } => Some(uri.clone()),
            ProfileContent::Document(_) => None,
        };
        let uris: Vec<String> = profiles.iter().filter_map(uri).collect();
        let line = Abroad { id: id.as_str(), profiles: uris.iter().map(String::as_str).collect() };
        serde_json::to_vec(&line).map_err(|why| Fault::new(why.to_string()))
    }
}
