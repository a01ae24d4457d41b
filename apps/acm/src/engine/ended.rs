//! The ends that no response of a person brings: refused by a rule or on the way, expired, withdrawn.

use kit::{Cause, Cx, Fault, Permitted, Verdict};
use xml_schemas::acm::{
    AcmResponse, AddMigrationUsersResponse, Addressee, GroupInformationProvisionResponse,
    GroupMembershipUpdateResponse, Progress, RemoveMigrationUsersResponse, Response,
    UserProfileUpdateResponse,
};

use super::{entry, receive, refusal, server, until};
use crate::{
    Acm,
    book::{Changes, Written, millis},
    case::{Case, CaseKey, Kept, Seq, Side, Stage},
    outbox::{self, Letter},
    people::{self, seat},
    policy::TellRefusal,
};

/// The response by which this server refuses, for the initiator; none where the request cannot be read that it would answer.
fn refused(cx: &Cx<Acm>, case: &Case, cause: Cause) -> Result<Option<Response>, Fault> {
    match case.request.as_request() {
        Ok(request) => Ok(Some(request.refused(server(cx)?, refusal(cause)))),
        Err(bad) => {
            cx.book().unreadable(&case.key.text(), bad);
            Ok(None)
        }
    }
}

/// At the target's server: the letter that refuses, and the case with what it says. What cannot be read has expired, for both servers:
/// a process indication says that of whatever request.
pub(super) fn refusal_letter(cx: &Cx<Acm>, case: Case, cause: Cause) -> Result<(Case, Letter), Fault> {
    let Some(response) = refused(cx, &case, cause)? else {
        let letter = receive::indication(&case, Progress::Expired, refusal(cause));
        return Ok((Case { stage: Stage::Expired, response: None, ..case }, letter));
    };
    let kept = Kept::response(&response);
    let letter = match response {
        Response::GroupInformationProvision(response) => {
            letter::<GroupInformationProvisionResponse>(cx, &case, response)
        }
        Response::GroupMembershipUpdate(response) => {
            letter::<GroupMembershipUpdateResponse>(cx, &case, response)
        }
        Response::AddMigrationUsers(response) => letter::<AddMigrationUsersResponse>(cx, &case, response),
        Response::RemoveMigrationUsers(response) => {
            letter::<RemoveMigrationUsersResponse>(cx, &case, response)
        }
        Response::UserProfileUpdate(response) => letter::<UserProfileUpdateResponse>(cx, &case, response),
    }?;
    Ok((Case { response: Some(kept), ..case }, letter))
}

fn letter<F: AcmResponse>(cx: &Cx<Acm>, case: &Case, response: F) -> Result<Letter, Fault> {
    let question = TellRefusal { kind: F::KIND, request_id: case.key.request_id().clone() };
    let permitted: Permitted<F> = match cx.decide(question) {
        Verdict::Allow(permit) => permit.release(response)?,
        Verdict::Refuse(_) | Verdict::Defer(_) => return Err(Fault::new("a refusal may not be told")),
    };
    Ok(Letter::about(&case.partner, &case.key, &permitted))
}

/// At the target's server: a request that waits and cannot be read ends, since nobody can be shown it, and nobody can answer it.
pub(crate) async fn unreadable(cx: &Cx<Acm>, key: &CaseKey) -> Result<(), Fault> {
    loop {
        let seen = cx.book().case(key).await?.filter(|(case, _)| case.stage == Stage::Waiting);
        let Some((case, version)) = seen else { return Ok(()) };
        let now = millis(cx.world().clock.wall());
        let changes = people::no_wait(Changes::new().not_due(&case), &case);
        let case = case.end(Stage::Refused, Some(Cause::Fault), now);
        let (case, letter) = refusal_letter(cx, case, Cause::Fault)?;
        let changes = changes.letter(cx.book().sequence().next(now), letter).happens(case.stage.name());
        let changes = changes.logged(entry(cx, &case, case.stage.name(), cx.profile().psi.as_str()));
        let changes = people::listed(changes, &case, until(cx, &case));
        let changes = changes.case(&case, Some(version), until(cx, &case));
        if let Written::Done(letters) = cx.book().write(changes).await? {
            outbox::queue(cx, &letters);
            outbox::go(cx);
            return Ok(());
        }
    }
}

/// At the initiator's server: the request was refused before it reached the partner's, or by it before it was kept; or the partner's
/// knows nothing of it. The partner's own word, should it come, counts more.
pub(crate) async fn on_the_way(
    cx: &Cx<Acm>,
    key: &CaseKey,
    letter: (Seq, &Letter),
    stage: Stage,
    cause: Cause,
) -> Result<(), Fault> {
    let is_open = |case: &Case| !case.stage.is_end();
    conclude(cx, key, Some(letter), stage, cause, is_open, true).await
}

/// At the initiator's server: the system that was asked is none of our partners any more.
pub(super) async fn without_partner(cx: &Cx<Acm>, key: &CaseKey) -> Result<(), Fault> {
    conclude(cx, key, None, Stage::Refused, Cause::UnknownPartner, |case| !case.stage.is_end(), true).await
}

/// At the initiator's server: the partner says that it has ended without an answer.
pub(super) async fn by_partner(cx: &Cx<Acm>, key: &CaseKey, stage: Stage, cause: Cause) -> Result<(), Fault> {
    conclude(cx, key, None, stage, cause, |case| !case.stage.is_end() || case.is_presumed, false).await
}

/// The end, and the response in which the initiator finds it.
async fn conclude(
    cx: &Cx<Acm>,
    key: &CaseKey,
    letter: Option<(Seq, &Letter)>,
    stage: Stage,
    cause: Cause,
    is_open: impl Fn(&Case) -> bool,
    is_presumed: bool,
) -> Result<(), Fault> {
    loop {
        let settled = |changes: Changes| match letter {
            Some((seq, letter)) => changes.no_letter(seq, letter),
            None => changes,
        };
        let seen = cx.book().case(key).await?.filter(|(case, _)| key.side() == Side::Asked && is_open(case));
        let Some((case, version)) = seen else {
            match cx.book().write(settled(Changes::new())).await? {
                Written::Done(_) => return Ok(()),
                Written::Conflict => continue,
            }
        };
        let response = refused(cx, &case, cause)?;
        let changes = people::no_wait(settled(Changes::new()), &case);
        // A withdrawal that is still under way may yet be heard by a server that has the request after all.
        let is_withdrawing = case.is_withdrawing && is_presumed && stage != Stage::Withdrawn;
        let case = case.end(stage, Some(cause), millis(cx.world().clock.wall()));
        let case = Case { is_withdrawing, ..case };
        let response = response.as_ref().map(Kept::response);
        let case = Case { response, is_presumed, is_told: false, ..case };
        let case = seat(cx, Side::Asked, Addressee::User(case.initiator.id.clone()), None).await?.take(case);
        let changes = changes.logged(entry(cx, &case, stage.name(), &case.partner));
        let changes = changes.case(&case, Some(version), until(cx, &case)).happens(stage.name());
        // Without a response there is nothing to tell: the initiator finds the end in the status.
        let changes = if case.response.is_some() { people::wait_for(changes, &case, true) } else { changes };
        let changes = people::listed(changes, &case, until(cx, &case));
        if let Written::Done(_) = cx.book().write(changes).await? {
            people::announce(cx, &case);
            return Ok(());
        }
    }
}
