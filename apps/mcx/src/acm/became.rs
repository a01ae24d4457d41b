//! What became of a request, awaited for a little while: of what a person approved, and of what its initiator takes back.

use std::time::Duration;

use clients::AcmClient;
use kit::{Cause, Done};
use xml_schemas::{
    acm::{Mark, State, StatusItem, StatusResponse},
    ids::{McServiceId, RequestId},
};

use super::print;
use crate::Failure;

/// For how long the state before a withdrawal is awaited, which shall not come later for that.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// For how long an end is awaited.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// After so long it is looked again.
const AGAIN: Duration = Duration::from_millis(300);

/// Answers that are read for one request at most, the newest first.
const PARTS: usize = 16;

/// A request of the user's own, or one that he was to handle: somebody else's may have the same name.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    Own,
    Handled,
}

/// Where this request stands; none where the server lists it not, or does not answer in so long.
pub(super) async fn of(
    acm: &AcmClient,
    (request, whose): (&RequestId, Whose),
    patience: Duration,
) -> Option<StatusItem> {
    let found = find(acm.user(), (request, whose), |from| acm.status(from));
    tokio::time::timeout(patience, found).await.ok()?.ok()?
}

/// Where it stands once it is none of these, or when patience ends.
pub(super) async fn awaited(
    acm: &AcmClient,
    (request, whose): (&RequestId, Whose),
    is_open: impl Fn(State) -> bool,
) -> Option<StatusItem> {
    let mut seen = None;
    let look = async {
        loop {
            if let Ok(Some(item)) = find(acm.user(), (request, whose), |from| acm.status(from)).await {
                let goes_on = is_open(item.state);
                seen = Some(item);
                if !goes_on {
                    return;
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    let _ended = tokio::time::timeout(PATIENCE, look).await;
    seen
}

/// The name of a request of which nobody has said whether the server has it, where the server lists it.
///
/// # Errors
/// It does not, or says nothing: the request may still be kept, and carried out.
pub(super) async fn known(acm: &AcmClient, request: RequestId, cause: Cause) -> Result<RequestId, Failure> {
    match awaited(acm, (&request, Whose::Own), |_| false).await {
        Some(_) => Ok(request),
        None => Err(unconfirmed(&request, cause)),
    }
}

/// It may be as the user wants it, or not.
pub(super) fn unconfirmed(request: &RequestId, cause: Cause) -> Failure {
    let (id, why, code) = (request.as_str(), cause.text(), cause.code());
    Failure::Procedure(format!(
        "unconfirmed: nobody has said whether the ACM server has this of {id}: {why} (cause {code}); `mcx acm status` tells it later"
    ))
}

/// Whether nobody has said anything.
pub(super) fn is_silence(cause: Cause) -> bool {
    matches!(cause, Cause::TimedOut | Cause::ServerUnreachable)
}

async fn find<Asked: Future<Output = Done<StatusResponse>>>(
    user: &McServiceId,
    (request, whose): (&RequestId, Whose),
    ask: impl Fn(Option<Mark>) -> Asked,
) -> Done<Option<StatusItem>> {
    let mut from = None;
    for _ in 0..PARTS {
        let part = ask(from).await?;
        let is_it = |item: &StatusItem| {
            item.heading.request_id == *request && item.is_asked_by(user) == matches!(whose, Whose::Own)
        };
        if let Some(item) = part.items.into_iter().find(is_it) {
            return Ok(Some(item));
        }
        match part.next {
            Some(next) => from = Some(next),
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Whether nothing comes after it.
pub(super) fn is_end(state: State) -> bool {
    matches!(state, State::Success | State::Partial | State::Fail | State::Expired | State::Withdrawn)
}

/// Whether somebody has decided it.
pub(super) fn is_decided(state: State) -> bool {
    state == State::InProcess || is_end(state)
}

/// What an approval came to, in words; an error where it came to nothing.
///
/// # Errors
/// What was approved could not be done, or is over.
pub(super) fn approved(request: &RequestId, item: Option<&StatusItem>) -> Result<String, Failure> {
    let id = request.as_str();
    match item {
        Some(item) if matches!(item.state, State::Success | State::Partial) => {
            Ok(format!("{id}  {}: carried out", item.state.name()))
        }
        Some(item) if is_end(item.state) => {
            Err(Failure::Procedure(format!("{id} was approved and came to nothing: {}", print::end_of(item))))
        }
        _ => Ok(format!("{id}  still being carried out; `mcx acm status` tells how it ends")),
    }
}

/// What a withdrawal came to, in words.
///
/// # Errors
/// The request had ended `before`, or ended otherwise.
pub(super) fn withdrawn(
    request: &RequestId,
    before: Option<&StatusItem>,
    after: Option<&StatusItem>,
) -> Result<String, Failure> {
    let id = request.as_str();
    let is_over = |item: &StatusItem| is_end(item.state);
    match (before.filter(|item| is_over(item)), after) {
        (Some(before), Some(after)) if before.state == after.state => {
            Err(Failure::Procedure(format!("nothing to take back: {id} had ended: {}", print::end_of(after))))
        }
        (_, Some(after)) if after.state == State::Withdrawn => Ok(format!("{id}  withdrawn")),
        (_, None) => {
            Ok(format!("{id}  asked for; where it stands is not known yet, `mcx acm status` tells it"))
        }
        (_, Some(after)) if after.state == State::Unconfirmed => Ok(not_said(id)),
        (_, Some(after)) if is_over(after) => {
            Err(Failure::Procedure(format!("too late: {id} was answered: {}", print::end_of(after))))
        }
        (_, Some(_)) => Err(Failure::Procedure(format!(
            "too late: {id} has been decided, and is being carried out; `mcx acm status` tells how it ends"
        ))),
    }
}

fn not_said(id: &str) -> String {
    format!(
        "{id}  unconfirmed: the partner has not said yet whether it came in time; `mcx acm status` tells it"
    )
}

#[cfg(test)]
mod tests;
