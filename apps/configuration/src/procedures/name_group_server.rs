//! The group entries of profiles name the group management server to ask for partners' groups.
//! TS 23.280 clause 10.2.7.1 · TS 24.484 clause 8.3 (`GroupServerInfo`)
//!
//! A profile is kept as it was put, under the entity tag that its writer was told; then it is changed as any other writer
//! would, under a tag of its own, and whoever watches it is told. The mark that asks for the change is kept in one commit with
//! what was put, and goes in one commit with the change, so that a restart in between forgets nothing.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use futures::{
    FutureExt as _, StreamExt as _,
    channel::mpsc,
    future::{self, Either},
};
use kit::{
    Cx, Fault,
    documents::{Applied, Trouble},
};
use store::{Batch, CommitError, Entry};
use xcap::{Conditions, EtagList, Method, Request, Target};

use crate::{
    Cms,
    config::GroupServer,
    keys,
    profile::{AUID, MEDIA_TYPE, naming},
};

/// How many marks, or profiles, are read at a time.
const PAGE: usize = 256;

/// How long is waited after the store failed.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) fn start(cx: &Cx<Cms>) {
    if let Some(woken) = cx.take_woken() {
        cx.world().tasks.spawn(run(cx.clone(), woken).boxed());
    }
}

/// Carries out what is marked, for as long as the process lives.
async fn run(cx: Cx<Cms>, mut woken: mpsc::UnboundedReceiver<()>) {
    loop {
        let mut marks = cx.store().watch(keys::TO_NAME.as_bytes());
        let mut looks = true;
        loop {
            if let Err(fault) = work(&cx, looks).await {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                cx.world().clock.sleep(PAUSE).await;
                break;
            }
            match future::select(pin!(marks.next()), woken.next()).await {
                Either::Left((Some(Ok(_)), _)) => looks = false,
                Either::Right((Some(()), _)) => looks = true,
                // The watch fell behind: marks are read anew.
                Either::Left(_) => break,
                Either::Right((None, _)) => return,
            }
            while marks.next().now_or_never().flatten().is_some() {}
        }
    }
}

/// Carries out the marks of the rule as it is here. Those of another are for the replica whose operator has said so: two that
/// differ for a while, as when one after the other is told something new, do not undo each other's work.
async fn work(cx: &Cx<Cms>, looks: bool) -> Result<(), Fault> {
    let rules = cx.rules();
    let Some(server) = &rules.group_server else { return Ok(()) };
    let rule = server.rule();
    if looks {
        look(cx, server, &rule).await?;
    }
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(keys::TO_NAME.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        for mark in page.iter().filter(|mark| mark.record.value == rule.as_bytes()) {
            name(cx, server, mark).await?;
        }
    }
}

/// Marks the profiles that need it, where the operator of this replica says something else than when it last looked.
async fn look(cx: &Cx<Cms>, server: &GroupServer, rule: &str) -> Result<(), Fault> {
    let seen = keys::rule(&cx.config().replica);
    let kept = cx.store().get(seen.as_bytes()).await.map_err(fault)?;
    if kept.is_some_and(|kept| kept.value == rule.as_bytes()) {
        return Ok(());
    }
    let prefix = format!("{}{AUID}/users/", cx.documents().keys().documents());
    let mut after: Option<Bytes> = None;
    loop {
        let page = cx.store().scan(prefix.as_bytes(), after.as_deref(), PAGE).await.map_err(fault)?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        let mut batch = Batch::new();
        for entry in &page {
            let Some(target) = cx.documents().keys().target(&entry.key) else { continue };
            let current = cx.documents().read(&target).await.map_err(fault)?;
            if current.is_some_and(|current| naming(current.text(), server).is_some()) {
                batch = batch.put(keys::to_name(&target), rule.to_owned());
            }
        }
        cx.store().commit(batch).await.map_err(fault)?;
    }
    cx.store().commit(Batch::new().put(seen, rule.to_owned())).await.map_err(fault).map(drop)
}

/// Changes one profile, where it has to be, and takes its mark away. Whoever writes it meanwhile leaves a mark of his own.
async fn name(cx: &Cx<Cms>, server: &GroupServer, mark: &Entry) -> Result<(), Fault> {
    let (mark, seen) = (mark.key.clone(), mark.record.version);
    let target = keys::marked(&mark).and_then(|name| Target::relative(name, cx.documents().usages()).ok());
    let current = match &target {
        Some(target) => cx.documents().read(target).await.map_err(fault)?,
        None => None,
    };
    let named = current.as_ref().and_then(|current| naming(current.text(), server));
    let (Some(target), Some(current), Some(named)) = (&target, &current, named) else {
        return forget(cx, mark, seen).await;
    };
    let request = Request {
        method: Method::Put,
        target,
        content_type: Some(MEDIA_TYPE),
        conditions: Conditions {
            if_match: Some(EtagList::parse(&current.etag().to_string())),
            if_none_match: None,
        },
        body: named.as_bytes(),
    };
    let together = |batch: Batch, _: &kit::documents::Change<'_>| batch.delete(mark.clone());
    match cx.documents().apply_with(&request, &together).await {
        Ok(Applied::Kept { .. }) => {
            tracing::info!(target: "mcx::procedure", entity = %cx.profile().name, "a profile names the group management server");
            Ok(())
        }
        // Somebody has written it meanwhile.
        Ok(Applied::Answered(answer)) if answer.status == 412 => forget(cx, mark, seen).await,
        Ok(_) => {
            tracing::warn!(target: "mcx::procedure", entity = %cx.profile().name, "a profile cannot name the group management server");
            forget(cx, mark, seen).await
        }
        Err(Trouble::Busy) => Ok(()),
        Err(trouble) => Err(fault(trouble)),
    }
}

/// Unless it was set again.
async fn forget(cx: &Cx<Cms>, mark: Bytes, version: store::Version) -> Result<(), Fault> {
    match cx.store().commit(Batch::new().expect_version(mark.clone(), version).delete(mark)).await {
        Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(CommitError::Fault(why)) => Err(fault(why)),
    }
}

fn fault(why: impl Into<Fault>) -> Fault {
    why.into()
}
