//! Open requests that nothing else would bring to an end: those of our users to a system that is none of our partners any more, and those
//! of which no more is left than that they were open.

use std::time::Duration;

use kit::{Cx, Fault};

use super::ended;
use crate::{
    Acm,
    book::{Changes, keys},
    case::CaseKey,
};

/// Records that are read at once.
const PAGE: usize = 4_096;

/// How long a store that fails is left alone.
const AGAIN: Duration = Duration::from_secs(1);

/// So long a system may be missing in the configuration, until that is mended.
const GRACE: Duration = Duration::from_secs(600);

/// Whatever our users have asked of a system that is no partner ends, for that cause, after a while. Should it become one again and
/// have an answer, its word counts. When the server starts, and whenever its configuration is read again.
pub(crate) async fn end_without_partner(cx: Cx<Acm>) {
    cx.world().clock.sleep(GRACE).await;
    while let Err(fault) = try_to_end(&cx).await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        cx.world().clock.sleep(AGAIN).await;
    }
}

async fn try_to_end(cx: &Cx<Acm>) -> Result<(), Fault> {
    let (prefix, mut after): (_, Option<String>) = (keys::open_of(None), None);
    loop {
        let page = cx.book().open(&prefix, after.as_deref(), PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for open in page.into_iter().filter_map(|(_, open)| open) {
            if cx.partners().named(&open.partner).is_none() {
                ended::without_partner(&cx.for_flow(open.case.request_id()), &open.case).await?;
            }
        }
    }
}

/// A request whose record is gone, or cannot be read, counts as open no longer.
pub(crate) async fn not_open(cx: &Cx<Acm>, key: &CaseKey) -> Result<(), Fault> {
    let (prefix, mut after): (_, Option<String>) = (keys::open_of(key.from()), None);
    loop {
        let page = cx.book().open(&prefix, after.as_deref(), PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        let is_it = |(_, open): &&(String, Option<_>)| {
            open.as_ref().is_some_and(|open: &crate::book::Open| open.case == *key)
        };
        if let Some((tail, _)) = page.iter().find(is_it) {
            cx.book().write(Changes::new().forgotten(format!("{prefix}{tail}"))).await?.done();
            return Ok(());
        }
    }
}
