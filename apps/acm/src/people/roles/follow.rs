//! Following who holds which alias. Nothing is lost where the store fails, nor what happened while no process was there.

use std::{collections::BTreeSet, time::Duration};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, Either},
    stream,
};
use kit::{Cx, Fault};
use xml_schemas::ids::FunctionalAlias;

use super::moved_on;
use crate::{Acm, book::keys, engine::knows_aliases};

/// How long a store that fails is left alone.
const AGAIN: Duration = Duration::from_secs(1);

/// How often it is looked whether somebody has gone without a word: his registration or publication has run out.
const LOOK: Duration = Duration::from_secs(60);

/// What the controlling server has told.
enum News {
    /// An alias has other holders.
    Moved(FunctionalAlias),
    /// Everything has been told: what became inactive unseen has not.
    All,
}

/// What has still to be looked at.
#[derive(Default)]
struct Due {
    aliases: BTreeSet<FunctionalAlias>,
    all: bool,
    /// Those that several hold.
    shared: bool,
}

/// As long as the server is there.
pub(crate) async fn follow(cx: Cx<Acm>) {
    let view = cx.aliases().clone();
    let moves = view.moves().map(|moved| News::Moved(moved.alias));
    let mut news = stream::select(moves, view.all_told().map(|()| News::All));
    drop(view);
    let (mut due, mut known) = (Due::default(), Known::default());
    let mut look = cx.world().clock.now() + LOOK;
    loop {
        if known.is_known_again(&cx) {
            due.all = true;
        }
        let rest = look.saturating_duration_since(cx.world().clock.now());
        let pause = if due.is_empty() { rest } else { rest.min(AGAIN) };
        let told = match future::select(news.next(), cx.world().clock.sleep(pause)).await {
            Either::Left((told, _)) => told.map(Some),
            Either::Right(((), _)) => Some(None),
        };
        let Some(told) = told else { return };
        // However much is told of other aliases.
        let now = cx.world().clock.now();
        if now >= look {
            (due.shared, look) = (true, now + LOOK);
        }
        told.into_iter().for_each(|news| due.add(news));
        while let Some(Some(more)) = news.next().now_or_never() {
            due.add(more);
        }
        due.look(&cx).await;
    }
}

impl Due {
    fn is_empty(&self) -> bool {
        self.aliases.is_empty() && !self.all && !self.shared
    }

    fn add(&mut self, news: News) {
        match news {
            News::Moved(alias) => drop(self.aliases.insert(alias)),
            News::All => self.all = true,
        }
    }

    /// What cannot be looked at now stays due, and keeps nothing else from being looked at.
    async fn look(&mut self, cx: &Cx<Acm>) {
        if self.all || self.shared {
            match awaited(cx).await {
                Ok(aliases) => {
                    let is_due = |alias: &FunctionalAlias| self.all || cx.aliases().holders(alias).len() > 1;
                    let aliases: Vec<_> = aliases.into_iter().filter(is_due).collect();
                    self.aliases.extend(aliases);
                    (self.all, self.shared) = (false, false);
                }
                Err(fault) => failed(cx, &fault),
            }
        }
        for alias in std::mem::take(&mut self.aliases) {
            if let Err(fault) = moved_on(cx, &alias).await {
                failed(cx, &fault);
                self.aliases.insert(alias);
            }
        }
    }
}

/// Whether it is known who holds which alias: whoever runs the server hears when it is not any more, and when it is again.
#[derive(Default)]
struct Known {
    was_lost: bool,
}

impl Known {
    /// Whether it has become known again: what has waited for that is looked at then.
    fn is_known_again(&mut self, cx: &Cx<Acm>) -> bool {
        let Some(age) = cx.aliases().age(cx.world().clock.now()) else { return false };
        cx.metrics().aliases_heard(cx.book().entity(), age.as_secs());
        let is_lost = knows_aliases(cx).is_err();
        let was_lost = std::mem::replace(&mut self.was_lost, is_lost);
        if is_lost && !was_lost {
            let seconds = age.as_secs();
            tracing::error!(target: "mcx::acm", entity = %cx.profile().name, seconds, "the alias server is away: what it told last counts no more");
        }
        if was_lost && !is_lost {
            tracing::info!(target: "mcx::acm", entity = %cx.profile().name, "the alias server is heard again");
        }
        was_lost && !is_lost
    }
}

fn failed(cx: &Cx<Acm>, fault: &Fault) {
    tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault, "what waits for an alias is looked at again");
}

/// Every alias for whose holder something waits.
async fn awaited(cx: &Cx<Acm>) -> Result<Vec<FunctionalAlias>, Fault> {
    let (mut aliases, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = cx.book().page(keys::ROLES, after.as_deref(), 1).await?;
        let Some((tail, _)) = page.into_iter().next() else { return Ok(aliases) };
        let alias = tail.rsplit_once('/').map_or(tail.as_str(), |(alias, _)| alias);
        aliases.extend(FunctionalAlias::new(alias).ok());
        // Past all that waits for this one.
        after = Some(format!("{alias}/\u{10ffff}"));
    }
}
