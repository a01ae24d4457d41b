//! Somebody loses what he holds without asking: because it has ended, because he is gone, because he may hold it no more.
//! TS 23.280 clause 10.13.6 · TS 24.379 clause 9A.2.2.3

use std::collections::BTreeSet;

use audit::Entry;
use kit::{Cx, Done};
use xml_schemas::ids::FunctionalAlias;

use crate::{
    Facs, Held,
    keep::{Holdings, entered},
};

/// What happened, as the log calls it, and the rule that it followed from.
pub(crate) struct Reason {
    pub(crate) act: &'static str,
    pub(crate) rule: &'static str,
}

/// Takes what is picked from whoever holds it.
///
/// # Errors
/// [`kit::Fault`] where the store cannot keep it.
pub(crate) async fn release(
    cx: &Cx<Facs>,
    reason: &Reason,
    which: impl Fn(&FunctionalAlias, &Held) -> bool,
) -> Done<()> {
    let now = cx.world().clock.wall();
    let aliases: BTreeSet<_> = cx.kept().held(&which).into_iter().collect();
    for alias in aliases {
        let edit = |holdings: &mut Holdings, entries: &mut Vec<Entry>| {
            for (alias, holding) in holdings {
                let gone = holding.release(|held| which(alias, held));
                entries.extend(gone.iter().map(|held| entered(now, reason.act, reason.rule, alias, held)));
            }
            Ok(())
        };
        cx.kept().change(&[alias].into(), now, edit).await?;
    }
    Ok(())
}

/// Takes what has ended by itself.
///
/// # Errors
/// As [`release`].
pub(crate) async fn ended(cx: &Cx<Facs>) -> Done<()> {
    let now = cx.world().clock.wall();
    let reason = Reason { act: "alias.expired", rule: "aliases.lifetime" };
    release(cx, &reason, |_, held| held.until <= now).await
}

/// Takes what nobody may hold any more as the configuration is now.
///
/// # Errors
/// As [`release`].
pub(crate) async fn forbidden(cx: &Cx<Facs>) -> Done<()> {
    let rules = cx.rules();
    let reason = Reason { act: "alias.withdrawn", rule: "aliases.alias.users" };
    release(cx, &reason, |alias, held| !rules.allows(alias, &held.user)).await
}
