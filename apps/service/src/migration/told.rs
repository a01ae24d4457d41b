//! Letters that have been told, until the store has heard it. TS 23.280 10.6.3.3 steps 8 and 11
//!
//! What a restart still finds is told again, and whoever is told twice accepts it twice; so none of them needs a commit of its own: those
//! of a moment share one.

use std::{collections::HashSet, time::Duration};

use futures::FutureExt as _;
use kit::{Cause, Cx, Done, Fault, Impu};
use parking_lot::Mutex;
use store::Version;
use xml_schemas::{
    ids::McServiceId,
    migration::{MigrationServiceAuthorizationResponse as Response, Outcome},
};

use super::{
    Mark,
    book::{Changes, Migrations, Who, Written, write},
    letter::{Addressee, Letter, What},
    post, refusal, whereabouts,
};
use crate::{Mcs, authorization::Binding, procedures::settle};

/// For how long they are gathered.
const GATHERED: Duration = Duration::from_millis(200);

/// As often at most, where nothing follows from any of them but that it is told no more.
const TURNS: u32 = 3;

/// How many share a commit, so that it holds up no other for long.
const MOST: usize = 128;

/// A letter that was accepted.
struct Told {
    key: String,
    letter: Letter,
}

/// Those of which the store has not heard.
#[derive(Default)]
pub(super) struct Desk(Mutex<Laid>);

#[derive(Default)]
struct Laid {
    all: Vec<Told>,
    /// Whether somebody clears the desk.
    is_attended: bool,
}

impl Desk {
    /// Whether nobody clears the desk yet, and whoever laid it down is to.
    fn lay_down(&self, told: Told) -> bool {
        let mut laid = self.0.lock();
        laid.all.push(told);
        !std::mem::replace(&mut laid.is_attended, true)
    }

    /// Whether a system has accepted one of them: a mark may be confirmed by it.
    fn is_urgent(&self) -> bool {
        self.0.lock().all.iter().any(|told| matches!(told.letter.to, Addressee::System(_)))
    }

    fn take(&self) -> Vec<Told> {
        let mut laid = self.0.lock();
        let some = laid.all.len().min(MOST);
        laid.all.drain(..some).collect()
    }

    /// Whether as many lie there as share a commit.
    fn is_full(&self) -> bool {
        self.0.lock().all.len() >= MOST
    }

    /// Whether nothing lies there: then nobody clears it from now on.
    fn is_done(&self) -> bool {
        let mut laid = self.0.lock();
        laid.is_attended = !laid.all.is_empty();
        !laid.is_attended
    }
}

/// It has been accepted.
pub(super) fn told(cx: &Cx<Mcs>, key: String, letter: Letter) {
    if cx.migrations().is_some_and(|migrations| migrations.desk().lay_down(Told { key, letter })) {
        cx.world().tasks.clone().spawn(clear(cx.clone()).boxed());
    }
}

/// Those that come within a moment share a commit.
async fn clear(cx: Cx<Mcs>) {
    let Some(desk) = cx.migrations().map(Migrations::desk) else { return };
    while !desk.is_done() {
        for _ in 0..TURNS {
            if desk.is_full() {
                break;
            }
            cx.world().clock.sleep(GATHERED).await;
            if desk.is_urgent() {
                break;
            }
        }
        settle(&cx, &desk.take()).await;
    }
}

/// All in one commit; where somebody else was first with one of them, each in its own.
async fn settle(cx: &Cx<Mcs>, all: &[Told]) {
    if is_settled(cx, all).await {
        return;
    }
    for one in all {
        while !is_settled(cx, std::slice::from_ref(one)).await {}
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

/// They are told; the marks that they told of are confirmed, and end the authorization at home. The own servers hear of all of them
/// together.
async fn settled(cx: &Cx<Mcs>, some: &[Told]) -> Result<Changes, Fault> {
    let (mut changes, mut confirmed) = (Changes::new(), HashSet::<Who>::new());
    for Told { key, letter } in some {
        changes = changes.no_letter(key);
        if let Some((mark, version)) = marked(cx, letter).filter(|(mark, _)| !mark.is_confirmed)
            && confirmed.insert((mark.service, mark.primary.clone()))
        {
            // From now on both systems agree that he works there, and nowhere else.
            if let Some(former) = &mark.former {
                let id = cx.fresh_request_id()?;
                let letter = Letter::mark_ended(former, id, refusal(Cause::Superseded), post::long(cx));
                changes = changes.letter(&cx.world().ids.uuid(), letter);
            }
            changes = changes.put_mark(Mark { is_confirmed: true, former: None, ..mark }, Some(version));
        }
    }
    let changes = whereabouts::tell(cx, changes, &confirmed)?;
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

/// A mark goes, and the one on which the systems agreed before it holds again.
///
/// # Errors
/// A fault where what is told of it cannot be named.
pub(super) fn gives_way(
    cx: &Cx<Mcs>,
    changes: Changes,
    (mark, version): (&Mark, Version),
) -> Result<Changes, Fault> {
    match &mark.former {
        Some(former) => Ok(changes.restore_mark(Mark::clone(former), version)),
        None if mark.is_confirmed => {
            let who = HashSet::from([(mark.service, mark.primary.clone())]);
            whereabouts::tell(cx, changes.drop_mark(mark, version), &who)
        }
        // No own server has heard of it.
        None => Ok(changes.drop_mark(mark, version)),
    }
}

/// It has been refused for good, or is of no use any more: the mark that it tells of is taken back; which mark that was.
///
/// # Errors
/// A fault where what is told of it cannot be named.
pub(super) fn refused(cx: &Cx<Mcs>, key: &str, letter: &Letter) -> Done<(Changes, Option<Mark>)> {
    let changes = Changes::new().no_letter(key);
    let Some((mark, version)) = marked(cx, letter) else { return Ok((changes, None)) };
    let changes = gives_way(cx, changes, (&mark, version))?;
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
