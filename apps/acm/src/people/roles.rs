//! Requests and responses that name a functional alias: TS 23.280 10.17.7.2 step 4.
//!
//! An alias is active on a client. On one, that has it; on several, of one user or of several, one of them by the configured choice, of
//! those that are logged on where there are such; on none, it waits for the next on which it is activated. Which has it is chosen again
//! when the alias is active on that no longer, when it logs off before its user has answered, or is away while another comes.

mod follow;

use std::{sync::atomic::Ordering, time::Duration};

use futures::FutureExt as _;
use kit::{
    Cx, Fault,
    aliases::{Holder, is_same_client},
};
use xml_schemas::{
    acm::Addressee,
    ids::{FunctionalAlias, McServiceId},
};

pub(crate) use follow::follow;

use super::{Reach, Seat, announce, clients, clients::bounded, handed_on, listed, no_wait, wait_for};
use crate::{
    Acm,
    book::{Changes, Waiting, Written, keys, millis},
    case::{Case, CaseKey, Side, Stage},
    config::AliasChoice,
    engine::{entry, kept_until, knows_aliases, until},
};

/// What is read at once of what waits for an alias or a user.
const PAGE: usize = 256;

/// How long a store that fails is left alone.
const AGAIN: Duration = Duration::from_secs(1);

/// Why it is asked who has something.
#[derive(Clone, Copy)]
enum Why<'w> {
    /// The holders of the alias are others, or others of them are logged on.
    Moved(&'w FunctionalAlias),
    /// This user, or this client of his, has logged off.
    Left(&'w Seated),
    /// This client does not answer, or none of this user's.
    Silent(&'w Seated),
}

/// Who has something, or holds an alias.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Seated {
    /// Which user.
    pub(crate) user: McServiceId,
    /// On which of his clients: on any, where that is not known.
    pub(crate) client: Option<String>,
}

impl Seat {
    fn seated(&self) -> Option<Seated> {
        self.handler.clone().map(|user| Seated { user, client: self.client.clone() })
    }
}

impl Seated {
    /// Who has this case.
    pub(crate) fn of(case: &Case) -> Option<Self> {
        case.handler.clone().map(|user| Self { user, client: case.client.clone() })
    }

    /// Whether what is with that one is with this: all of a user's clients are his.
    fn has(&self, other: &Self) -> bool {
        let is_client = match (&self.client, &other.client) {
            (None, _) => true,
            (Some(client), Some(other)) => is_same_client(client, other),
            (Some(_), None) => false,
        };
        self.user == other.user && is_client
    }

    fn holds(&self, cx: &Cx<Acm>, alias: &FunctionalAlias) -> bool {
        cx.aliases().is_active_on(alias, &self.user, self.client.as_deref())
    }

    async fn is_on(&self, cx: &Cx<Acm>) -> Result<bool, Fault> {
        let Some(clients) = clients(cx, &self.user).await? else { return Ok(false) };
        Ok(match clients.reach(self.client.as_deref(), millis(cx.world().clock.wall())) {
            Reach::Any => !clients.is_silent(),
            Reach::One(contact) => !contact.is_silent,
            Reach::Not => false,
        })
    }
}

/// Who has it now: a request of a partner's none but an authorized user (10.17.4.2 step 4a), a response to our own whoever asked.
///
/// # Errors
/// [`Fault`] where the store does not say who is logged on.
pub(crate) async fn seat(
    cx: &Cx<Acm>,
    side: Side,
    addressee: Addressee,
    but: Option<&Seated>,
) -> Result<Seat, Fault> {
    match addressee {
        Addressee::User(id) => Ok(Seat::user(id)),
        // As long as it is not known who holds it, it waits.
        Addressee::Alias(alias) if knows_aliases(cx).is_err() => {
            Ok(Seat { handler: None, role: Some(alias), client: None })
        }
        Addressee::Alias(alias) => {
            let may = |holder: &Seated| side == Side::Asked || may_handle(cx, &holder.user);
            let is_another = |holder: &Seated| but.is_none_or(|but| !but.has(holder));
            let chosen = choose(cx, &alias, |holder| is_another(holder) && may(holder)).await?;
            let (handler, client) = chosen.map(|chosen| (chosen.user, chosen.client)).unzip();
            Ok(Seat { handler, role: Some(alias), client: client.flatten() })
        }
    }
}

/// Whether partners' users may address requests to this user of ours.
pub(crate) fn may_handle(cx: &Cx<Acm>, user: &McServiceId) -> bool {
    cx.user(user).is_some_and(|user| user.handles)
}

/// The first that is logged on, in the order of the configured choice; where nobody is, the first.
async fn choose(
    cx: &Cx<Acm>,
    alias: &FunctionalAlias,
    may: impl Fn(&Seated) -> bool,
) -> Result<Option<Seated>, Fault> {
    let holders = cx.aliases().holders(alias);
    let seated = |holder: &Holder| Seated {
        user: holder.user.clone(),
        client: holder.client.as_deref().and_then(bounded),
    };
    let mut able: Vec<_> = holders.iter().map(seated).filter(|holder| may(holder)).collect();
    match cx.config().alias_choice {
        AliasChoice::First => {}
        AliasChoice::Latest => able.reverse(),
        AliasChoice::RoundRobin if able.is_empty() => {}
        AliasChoice::RoundRobin => {
            let turn = cx.turn().fetch_add(1, Ordering::Relaxed) % able.len();
            able.rotate_left(turn);
        }
    }
    for holder in &able {
        if holder.is_on(cx).await? {
            return Ok(Some(holder.clone()));
        }
    }
    Ok(able.into_iter().next())
}

/// The holders of an alias are others: what nobody has, or somebody who holds it no longer, is given to one of them.
async fn moved_on(cx: &Cx<Acm>, alias: &FunctionalAlias) -> Result<(), Fault> {
    let (prefix, mut after): (String, Option<String>) = (keys::roles(alias.as_str()), None);
    loop {
        let page = cx.book().page(&prefix, after.as_deref(), PAGE).await?;
        for (tail, value) in &page {
            let Some(waiting) = Waiting::decode(&format!("n/{tail}"), value) else { continue };
            give(cx, &waiting.case, Why::Moved(alias)).await?;
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// What is kept since a moment ago was perhaps given to somebody by what no longer counts: whoever followed the change of holders
/// meanwhile has not found it.
pub(super) fn keep_up(cx: &Cx<Acm>, case: &Case) {
    if is_with_a_holder(cx, case) || !is_waiting(case) {
        return;
    }
    let Some(alias) = case.role.clone() else { return };
    cx.world().tasks.spawn(catch_up(cx.clone(), case.key.clone(), alias).boxed());
}

async fn catch_up(cx: Cx<Acm>, key: CaseKey, alias: FunctionalAlias) {
    while let Err(fault) = give(&cx, &key, Why::Moved(&alias)).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        cx.world().clock.sleep(AGAIN).await;
    }
}

/// Whether it is with somebody who holds its alias; or with nobody, as nobody does; or for no alias.
fn is_with_a_holder(cx: &Cx<Acm>, case: &Case) -> bool {
    match (&case.role, Seated::of(case)) {
        (None, _) => true,
        (Some(alias), Some(holder)) => holder.holds(cx, alias),
        (Some(alias), None) => cx.aliases().holders(alias).is_empty(),
    }
}

/// A user has logged on, or a client of his: what waits for an alias of his, and is with somebody who is away, goes to him.
pub(crate) async fn taken_up(cx: &Cx<Acm>, user: &McServiceId) {
    for alias in cx.aliases().held_by(user) {
        if let Err(fault) = moved_on(cx, &alias).await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        }
    }
}

/// A user has logged off, or a client of his: what he had there for an alias that is active elsewhere too goes to one of those. What
/// nobody else can have stays with him, for as long as he holds the alias.
pub(crate) async fn given_back(cx: &Cx<Acm>, left: &Seated) {
    if let Err(fault) = give_all_back(cx, left).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    }
}

async fn give_all_back(cx: &Cx<Acm>, left: &Seated) -> Result<(), Fault> {
    give_all(cx, &left.user, Why::Left(left)).await
}

/// What a client that does not answer has for an alias that is active on one that is there goes to that one.
///
/// # Errors
/// [`Fault`] where the store cannot be read or written.
pub(super) async fn passed_on(cx: &Cx<Acm>, silent: &Seated) -> Result<(), Fault> {
    give_all(cx, &silent.user, Why::Silent(silent)).await
}

async fn give_all(cx: &Cx<Acm>, user: &McServiceId, why: Why<'_>) -> Result<(), Fault> {
    let (prefix, mut after): (String, Option<String>) = (keys::waiting(user.as_str()), None);
    loop {
        let page = cx.book().page(&prefix, after.as_deref(), PAGE).await?;
        for (tail, value) in &page {
            let Some(waiting) = Waiting::decode(tail, value) else { continue };
            give(cx, &waiting.case, why).await?;
        }
        match page.into_iter().last() {
            Some((last, _)) => after = Some(last),
            None => return Ok(()),
        }
    }
}

/// Who is to have it instead; none where it stays as it is.
async fn other(cx: &Cx<Acm>, case: &Case, why: Why<'_>) -> Result<Option<Seat>, Fault> {
    let seat = match why {
        Why::Moved(_) if knows_aliases(cx).is_err() => return Ok(None),
        Why::Moved(alias) => {
            let holder = Seated::of(case).filter(|holder| holder.holds(cx, alias));
            if let Some(holder) = &holder
                && holder.is_on(cx).await?
            {
                return Ok(None);
            }
            let seat = seat(cx, case.key.side(), Addressee::Alias(alias.clone()), None).await?;
            match (&holder, seat.seated()) {
                // Away as he is, he is as good as another who is.
                (Some(_), Some(chosen)) if !chosen.is_on(cx).await? => return Ok(None),
                _ => seat,
            }
        }
        Why::Left(left) | Why::Silent(left) => {
            let Some(holder) = Seated::of(case).filter(|holder| left.has(holder)) else { return Ok(None) };
            let Some(alias) = case.role.clone() else { return Ok(None) };
            // Another client of his, or he is back.
            if matches!(why, Why::Silent(_)) && holder.is_on(cx).await? {
                return Ok(None);
            }
            let seat = seat(cx, case.key.side(), Addressee::Alias(alias), Some(left)).await?;
            let Some(chosen) = seat.seated() else { return Ok(None) };
            if matches!(why, Why::Silent(_)) && !chosen.is_on(cx).await? {
                return Ok(None);
            }
            seat
        }
    };
    Ok((seat.seated() != Seated::of(case)).then_some(seat))
}

/// Gives a case that waits to whom it is to go, if it is to go to another.
async fn give(cx: &Cx<Acm>, key: &CaseKey, why: Why<'_>) -> Result<(), Fault> {
    loop {
        let Some((case, version)) = cx.book().case(key).await?.filter(|(case, _)| is_waiting(case)) else {
            return Ok(());
        };
        let Some(seat) = other(cx, &case, why).await? else { return Ok(()) };
        let changes = handed_on(no_wait(Changes::new(), &case), &case, kept_until(cx));
        let had = case.handler.as_ref().map_or("nobody", McServiceId::as_str).to_owned();
        let case = seat.take(case);
        let has = case.handler.as_ref().map_or("nobody", McServiceId::as_str);
        let entry =
            entry(cx, &case, "handed-on", cx.profile().psi.as_str()).on(has).with("from", had.as_str());
        let entry = case.client.iter().fold(entry, |entry, client| entry.with("client", client.as_str()));
        let changes = changes.logged(entry);
        let changes = wait_for(changes, &case, case.key.side() == Side::Asked);
        let changes = listed(changes, &case, until(cx, &case));
        if let Written::Done(_) =
            cx.book().write(changes.case(&case, Some(version), until(cx, &case))).await?
        {
            announce(cx, &case);
            return Ok(());
        }
    }
}

fn is_waiting(case: &Case) -> bool {
    match case.key.side() {
        Side::Received => case.stage == Stage::Waiting,
        Side::Asked => case.stage.is_end() && !case.is_told,
    }
}
