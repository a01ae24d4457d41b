//! A client that is not there though nobody has said that it leaves: the SIP core has no contact of it, or it does not answer. The same of
//! a user whose contacts are not told apart.
//! TS 23.280 10.17.7.2 step 4

use kit::{Cause, Cx, Fault, Stop, cx::Untold};

use super::{Clients, Reach, Seated, clients::Contact, given_back, log_on::changed, reach, roles::passed_on};
use crate::{Acm, config::User};

/// Who has not answered, or has nobody who listens. Nothing else that goes wrong says of a client that it is not there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Missing {
    /// The client with this contact.
    One(Contact),
    /// All contacts of the user, of whom there had been so many words.
    All(u64),
}

/// Why something was not told.
pub(super) struct Missed {
    pub(super) stop: Stop,
    /// Who is not there, if that is why.
    pub(super) silent: Option<Missing>,
}

impl<E: Into<Stop>> From<E> for Missed {
    fn from(why: E) -> Self {
        Self { stop: why.into(), silent: None }
    }
}

impl Missed {
    /// What was to go to any of a user's contacts, of whom there had been so many words: whether none of them is there, has answered, or
    /// has anybody who listens. A contact that is slow may be there beside one that is not, so that only the last attempt tells.
    pub(super) fn by_any(untold: Untold, heard: u64) -> Self {
        let is_nobody = match &untold {
            Untold::Unanswered(_) | Untold::TurnedAway(Cause::LoggedOff) => true,
            Untold::Refused(Stop::Refused(why)) => why.cause == Cause::LoggedOff,
            _ => false,
        };
        Self { stop: untold.into(), silent: is_nobody.then_some(Missing::All(heard)) }
    }
}

/// The SIP core has no contact of this terminal of a client of his (480): where that has no other it counts as logged off until it is
/// heard of. False, and nothing is done, where it has registered since it was sent to.
///
/// # Errors
/// [`Fault`] where the store cannot be read or written.
pub(super) async fn gone(
    cx: &Cx<Acm>,
    user: &User,
    seated: &Seated,
    contact: &Contact,
) -> Result<bool, Fault> {
    if !changed(cx, user, |clients| clients.is_gone(contact)).await? {
        return Ok(false);
    }
    if reach(cx, &user.id, seated.client.as_deref()).await? == Reach::Not {
        given_back(cx, seated).await;
    }
    Ok(true)
}

/// It has not answered, however often it was tried: what it has for an alias goes to a client that is there, and it is chosen after those
/// until it is heard of. What nobody else can have stays with it; so does all where it has registered since it was sent to.
pub(super) async fn silent(cx: &Cx<Acm>, seated: &Seated, missing: &Missing) {
    let done = async {
        let Some(user) = cx.user(&seated.user) else { return Ok(()) };
        let note = |clients: &mut Clients| match missing {
            Missing::One(contact) => clients.does_not_answer(contact),
            Missing::All(heard) => clients.none_answers(*heard),
        };
        if changed(cx, &user, note).await? {
            passed_on(cx, seated).await?;
        }
        Ok::<_, Fault>(())
    };
    if let Err(fault) = done.await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    }
}
