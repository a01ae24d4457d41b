//! The ends that no response of a person brings: refused by a rule or on the way, expired, withdrawn.

use kit::{Cause, Cx, Fault, Permitted, Verdict};
use xml_schemas::acm::{
    AcmResponse, AddMigrationUsersResponse, Addressee, GroupInformationProvisionResponse,
    GroupMembershipUpdateResponse, Progress, RemoveMigrationUsersResponse, Response,
    UserProfileUpdateResponse,
};

use super::{
    entry,
    receipts::{self, Came},
    receive, refusal, server, until,
};
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

/// How a request ends at the initiator's server.
struct End<'e> {
    stage: Stage,
    cause: Cause,
    /// By what lies between the two servers, so that the partner's own word would count more.
    is_presumed: bool,
    /// The message of which this came, which is settled by it.
    letter: Option<(Seq, &'e Letter)>,
    /// The partner's message that says so.
    came: Option<&'e Came>,
}

/// At the initiator's server: the request was refused before it reached the partner's, or by it before it was kept; or the partner's
/// knows nothing of it. The partner's own word, should it come, counts more.
pub(crate) async fn on_the_way(
    cx: &Cx<Acm>,
    key: &CaseKey,
    letter: (Seq, &Letter),
    (stage, cause): (Stage, Cause),
) -> Result<(), Fault> {
    let end = End { stage, cause, is_presumed: true, letter: Some(letter), came: None };
    conclude(cx, key, &end).await.map(drop)
}

/// At the initiator's server: the system that was asked is none of our partners any more.
pub(super) async fn without_partner(cx: &Cx<Acm>, key: &CaseKey) -> Result<(), Fault> {
    let (stage, cause) = (Stage::Refused, Cause::UnknownPartner);
    let end = End { stage, cause, is_presumed: true, letter: None, came: None };
    conclude(cx, key, &end).await.map(drop)
}

/// At the initiator's server: the partner says that it has ended without an answer. Whether that is news.
pub(super) async fn by_partner(
    cx: &Cx<Acm>,
    key: &CaseKey,
    (stage, cause): (Stage, Cause),
    came: Option<&Came>,
) -> Result<bool, Fault> {
    conclude(cx, key, &End { stage, cause, is_presumed: false, letter: None, came }).await
}

/// The end, and the response in which the initiator finds it; unless it has one.
async fn conclude(cx: &Cx<Acm>, key: &CaseKey, end: &End<'_>) -> Result<bool, Fault> {
    let is_open = |case: &Case| !case.stage.is_end() || (case.is_presumed && !end.is_presumed);
    loop {
        let seen = cx.book().case(key).await?.filter(|(case, _)| key.side() == Side::Asked && is_open(case));
        let Some((case, version)) = seen else {
            match cx.book().write(end.settled(cx)).await? {
                Written::Done(_) => return Ok(false),
                Written::Conflict => continue,
            }
        };
        let changes = people::no_wait(end.settled(cx), &case);
        let changes = end.came.into_iter().fold(changes, |changes, came| receipts::due(cx, changes, came));
        let case = end.of(cx, case)?;
        let case = seat(cx, Side::Asked, Addressee::User(case.initiator.id.clone()), None).await?.take(case);
        let changes = changes.logged(entry(cx, &case, end.stage.name(), &case.partner));
        let changes = changes.case(&case, Some(version), until(cx, &case)).happens(end.stage.name());
        // Without a response there is nothing to tell: the initiator finds the end in the status.
        let changes = if case.response.is_some() { people::wait_for(changes, &case, true) } else { changes };
        let changes = people::listed(changes, &case, until(cx, &case));
        if let Written::Done(_) = cx.book().write(changes).await? {
            people::announce(cx, &case);
            return Ok(true);
        }
    }
}

impl End<'_> {
    /// What is done with the message that it came of, whatever the request is by now.
    fn settled(&self, cx: &Cx<Acm>) -> Changes {
        match self.letter {
            Some((seq, letter)) => Changes::new().settled(seq, letter, millis(cx.world().clock.wall())),
            None => Changes::new(),
        }
    }

    /// The request as it ends.
    fn of(&self, cx: &Cx<Acm>, case: Case) -> Result<Case, Fault> {
        let response = refused(cx, &case, self.cause)?;
        // A withdrawal that is still under way may yet be heard by a server that has the request after all.
        let is_withdrawing = case.is_withdrawing && self.is_presumed && self.stage != Stage::Withdrawn;
        let case = case.end(self.stage, Some(self.cause), millis(cx.world().clock.wall()));
        let response = response.as_ref().map(Kept::response);
        Ok(Case { is_withdrawing, response, is_presumed: self.is_presumed, is_told: false, ..case })
    }
}
