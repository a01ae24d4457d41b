//! Letters that have been told, until the store has heard it. TS 23.280 10.6.3.3 steps 8 and 11
//!
//! What a restart still finds is told again, and whoever is told twice accepts it twice; so none of them needs a commit of its own: those
//! of a moment share one.

use std::{collections::HashSet, pin::pin, time::Duration};

use futures::future::{self, Either};
use kit::{Cause, Cx, Done, Fault, Impu};
use parking_lot::Mutex;
use store::Version;
use xml_schemas::{
    ids::McServiceId,
    migration::{MigrationServiceAuthorizationResponse as Response, Outcome},
};

use super::{
    Mark,
    book::{Changes, Who, Written, write},
    letter::{Addressee, Letter, What},
    post, refusal, whereabouts,
};
use crate::{Mcs, authorization::Binding, procedures::settle};

/// For how long they are gathered.
const GATHERED: Duration = Duration::from_millis(100);

/// How many share a commit, so that it holds up no other for long.
const MOST: usize = 128;

/// How long an own server is waited for that hears of a migration; whoever has not heard by then is written to.
const PATIENCE: Duration = Duration::from_millis(500);

/// A letter that was accepted.
struct Told {
    key: String,
    letter: Letter,
    /// The own servers that have not heard yet what follows from it.
    untold: Vec<Letter>,
}

/// Those of which the store has not heard.
#[derive(Default)]
pub(super) struct Desk(Mutex<Vec<Told>>);

impl Desk {
    /// Whether it is the first, and whoever laid it down is to clear the desk.
    fn lay_down(&self, told: Told) -> bool {
        let mut all = self.0.lock();
        all.push(told);
        all.len() == 1
    }

    fn take(&self) -> Vec<Told> {
        let mut all = self.0.lock();
        let some = all.len().min(MOST);
        all.drain(..some).collect()
    }
}

/// It has been accepted. The own servers hear at once where a user of ours works now that both systems agree on it.
pub(super) async fn told(cx: &Cx<Mcs>, key: String, letter: Letter) {
    let Some(migrations) = cx.migrations() else { return };
    let untold = match marked(cx, &letter) {
        Some((mark, _)) => spread(cx, &mark).await,
        None => Vec::new(),
    };
    if !migrations.desk().lay_down(Told { key, letter, untold }) {
        return;
    }
    cx.world().clock.sleep(GATHERED).await;
    loop {
        let some = migrations.desk().take();
        if some.is_empty() {
            return;
        }
        settle(cx, some).await;
    }
}

/// Tells each of the own servers; those who could not be told.
async fn spread(cx: &Cx<Mcs>, mark: &Mark) -> Vec<Letter> {
    let letters = whereabouts::letters(cx, mark).unwrap_or_default();
    let tell = async |letter: Letter| {
        let cx = cx.for_flow(letter.request_id());
        let is_told = {
            let told = pin!(post::tell(&cx, &letter));
            matches!(future::select(told, cx.world().clock.sleep(PATIENCE)).await, Either::Left((Ok(()), _)))
        };
        (!is_told).then_some(letter)
    };
    future::join_all(letters.into_iter().map(tell)).await.into_iter().flatten().collect()
}

/// All in one commit; where somebody else was first with one of them, each in its own.
async fn settle(cx: &Cx<Mcs>, all: Vec<Told>) {
    let mut rest = if is_settled(cx, &all).await { Vec::new() } else { all };
    while let Some(one) = rest.pop() {
        while !is_settled(cx, std::slice::from_ref(&one)).await {}
    }
}

/// False where somebody else was first.
async fn is_settled(cx: &Cx<Mcs>, some: &[Told]) -> bool {
    loop {
        let written = match settled(cx, some).await {
            Ok(changes) => write(cx, changes).await,
            Err(fault) => Err(fault),
        };
        match written {
            Ok(Written::Done(made)) => {
                settle::made(cx, made);
                return true;
            }
            Ok(Written::Conflict) => return false,
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                cx.world().clock.sleep(post::PAUSES[0]).await;
            }
        }
    }
}

/// They are told; the marks that they told of are confirmed, and end the authorization at home.
async fn settled(cx: &Cx<Mcs>, some: &[Told]) -> Result<Changes, Fault> {
    let (mut changes, mut confirmed) = (Changes::new(), HashSet::<Who>::new());
    for Told { key, letter, untold } in some {
        changes = changes.no_letter(key);
        if let Some((mark, version)) = marked(cx, letter).filter(|(mark, _)| !mark.is_confirmed)
            && confirmed.insert((mark.service, mark.primary.clone()))
        {
            // From now on both systems agree that he works there.
            changes = changes.put_mark(Mark { is_confirmed: true, ..mark }, Some(version));
        }
        let ids = &cx.world().ids;
        changes = untold.iter().cloned().fold(changes, |changes, letter| changes.letter(&ids.uuid(), letter));
    }
    gone(cx, changes, &confirmed.into_iter().map(|(_, user)| user).collect()).await
}

/// 10.6.2: these are authorized there from now on, and here no more.
async fn gone(cx: &Cx<Mcs>, mut changes: Changes, users: &HashSet<McServiceId>) -> Result<Changes, Fault> {
    let impus: HashSet<Impu> = users.iter().flat_map(|user| cx.authorizations().identities(user)).collect();
    for impu in impus {
        let gone = |binding: &mut Binding| binding.clients.retain(|client| !users.contains(&client.user));
        changes = changes.bind(cx.authorizations().sketch(&impu, gone).await?);
    }
    Ok(changes)
}

/// It has been refused for good, or is of no use any more: the mark that it tells of is taken back, and the mark that was.
///
/// # Errors
/// A fault where what is told of it cannot be named.
pub(super) fn refused(cx: &Cx<Mcs>, key: &str, letter: &Letter) -> Done<(Changes, Option<Mark>)> {
    let changes = Changes::new().no_letter(key);
    let Some((mark, version)) = marked(cx, letter) else { return Ok((changes, None)) };
    let changes = whereabouts::tell(cx, changes.drop_mark(&mark, version), &mark)?;
    // It may have him from an earlier answer, and have refused this one for another reason.
    let over = Letter::mark_ended(&mark, cx.fresh_request_id()?, refusal(Cause::NotMigrated), post::long(cx));
    Ok((changes.letter(&cx.world().ids.uuid(), over), Some(mark)))
}

/// The mark that this letter tells a system of, as long as it is that of the same request.
fn marked(cx: &Cx<Mcs>, letter: &Letter) -> Option<(Mark, Version)> {
    let (Addressee::System(system), What::Answer(answer)) = (&letter.to, &letter.what) else { return None };
    let Response { service, primary, partner, correlation, outcome } = answer;
    let (mark, version) = cx.migrations()?.seen_mark(&(*service, primary.clone()))?;
    let is_it = mark.system == *system
        && mark.partner == *partner
        && mark.request_id.as_ref() == correlation.request_id();
    (is_it && *outcome == Outcome::Success).then_some((mark, version))
}
