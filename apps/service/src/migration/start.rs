//! What an MC service server does about migrations from its start on.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::{FutureExt as _, StreamExt as _};
use kit::{Cause, Cx, Entity, Fault, Partner, PartnerTable};
use store::{Event, Store};
use wire::AnchorId;
use xml_schemas::migration::MigrationStatusResponse;

use super::{Migrations, answered, ask, decide, end, post, status, whereabouts};
use crate::{Config, Mcs, Metrics, authorization::millis};

/// How often marks that end are looked for, at least.
const LOOK: Duration = Duration::from_secs(60);

/// The partners of a configuration, each bound to the anchor that its issuer's file holds.
///
/// # Errors
/// What `anchor` says of a file.
pub fn partners<E>(
    config: &Config,
    anchor: impl Fn(&Path) -> Result<AnchorId, E>,
) -> Result<Vec<Partner>, E> {
    let Some(migration) = &config.migration else { return Ok(Vec::new()) };
    let gateway = migration.gateway.as_ref();
    kit::config::bound(
        &migration.partners,
        |partner| partner.direct.as_ref()?.issuer.as_deref(),
        anchor,
        |partner, anchor| partner.partner(gateway, anchor),
    )
}

/// How partners are known, and by whose word.
pub(crate) fn table(config: &Config, partners: Vec<Partner>) -> PartnerTable {
    let Some(migration) = &config.migration else { return PartnerTable::new(partners) };
    let protections = migration.partners.iter().map(|each| (each.name.as_str(), each.protection.as_ref()));
    kit::config::known(partners, &migration.border, migration.gateway.as_ref(), protections)
}

/// What the store holds of migrations; none where none is configured.
///
/// # Errors
/// [`Fault`] where it cannot be read.
pub(crate) async fn open(
    config: &Config,
    store: &Arc<dyn Store>,
    metrics: &Metrics,
) -> Result<Option<Arc<Migrations>>, Fault> {
    let Some(migration) = config.migration.clone() else { return Ok(None) };
    let (name, counted) = (Arc::clone(&config.name), metrics.migrations.clone());
    Migrations::open(name, migration, Arc::clone(store), counted).await.map(|opened| Some(Arc::new(opened)))
}

/// The flows, by their argument types.
pub(crate) fn entity(entity: Entity<Mcs>) -> Entity<Mcs> {
    entity
        .on_again(decide::receive) // 10.6.3.3 steps 6 to 8
        .on_report_again(answered::receive) // 10.6.3.3 steps 10 and 11
        .on_report_again(end::receive)
        .on(status::receive)
        .on(whereabouts::receive)
        .awaits::<MigrationStatusResponse>()
}

/// Takes up what an earlier run has left, and begins what nobody asks for.
pub(crate) fn start(cx: &Cx<Mcs>) {
    let Some(migrations) = cx.migrations() else { return };
    post::send(cx, migrations.letters());
    resume(cx, migrations.asking());
    let spawn = |work| cx.world().tasks.spawn(work);
    spawn(expire(cx.clone()).boxed());
    spawn(follow(cx.clone()).boxed());
    if let Some(every) = migrations.config().reconcile_every {
        spawn(reconcile(cx.clone(), every).boxed());
    }
}

fn resume(cx: &Cx<Mcs>, visits: impl IntoIterator<Item = super::Visit>) {
    for visit in visits {
        cx.world().tasks.spawn(ask::resume(cx.for_flow(&visit.request_id), visit).boxed());
    }
}

/// Reads on what is kept of migrations; whether there is more.
///
/// # Errors
/// [`Fault`] where it cannot be read.
pub(crate) async fn read_on(cx: &Cx<Mcs>) -> Result<bool, Fault> {
    let Some(migrations) = cx.migrations() else { return Ok(false) };
    let page = migrations.read_on().await?;
    let is_more = page.is_some();
    resume(cx, page.into_iter().flatten());
    Ok(is_more)
}

/// Other processes of the same server mark users and admit visitors too.
async fn follow(cx: Cx<Mcs>) {
    let Some(migrations) = cx.migrations() else { return };
    let Some(mut events) = migrations.events() else { return };
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                insist(&cx, || learn(&cx, &event)).await;
                migrations.followed(event.version);
            }
            // Something was missed, and whoever waits for it is told by what is written now.
            Err(_) => {
                insist(&cx, || migrations.read_all_again()).await;
                insist(&cx, || migrations.fence()).await;
            }
        }
    }
}

/// Until the store does it.
async fn insist<F: Future<Output = Result<(), Fault>>>(cx: &Cx<Mcs>, attempt: impl Fn() -> F) {
    while let Err(fault) = attempt().await {
        tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        cx.world().clock.sleep(Duration::from_secs(1)).await;
    }
}

/// What is known already, the own writing above all, is not read again.
async fn learn(cx: &Cx<Mcs>, event: &Event) -> Result<(), Fault> {
    let Some(migrations) = cx.migrations().filter(|migrations| !migrations.knows(event)) else {
        return Ok(());
    };
    migrations.read_again(&event.key).await?;
    if let Some((key, letter)) = std::str::from_utf8(&event.key).ok().and_then(|key| migrations.letter(key)) {
        post::take_up(cx, key, &letter);
    }
    Ok(())
}

/// Marks end by themselves, and what nobody asks about any more is asked about again.
async fn expire(cx: Cx<Mcs>) {
    loop {
        let Some(migrations) = cx.migrations() else { return };
        let now = cx.world().clock.wall();
        for mark in migrations.expired(now) {
            if let Err(stop) = end::unmark(&cx, &mark, Some(Cause::MigrationExpired)).await {
                tracing::error!(target: "mcx::migration", server = %cx.profile().name, %stop, "a mark that has ended is still kept");
            }
        }
        let quiet = migrations.quiet(cx.world().clock.wall()).unwrap_or(LOOK);
        cx.world().clock.sleep(quiet.clamp(Duration::from_secs(1), LOOK)).await;
        resume(&cx, forgotten(migrations, cx.world().clock.wall()));
    }
}

/// The visits whose answer should long have come or been given up, and for which nobody here waits: the process that asked is gone,
/// or could not keep what became of it.
fn forgotten(migrations: &Migrations, now: SystemTime) -> Vec<super::Visit> {
    let patience = migrations.config().answer_within + post::TAKE_UP;
    let before = millis(now.checked_sub(patience).unwrap_or(SystemTime::UNIX_EPOCH));
    let is_forgotten = |visit: &super::Visit| {
        visit.asked < before && !migrations.is_awaited(&(visit.service, visit.partner.clone()))
    };
    migrations.asking().into_iter().filter(is_forgotten).collect()
}

async fn reconcile(cx: Cx<Mcs>, every: Duration) {
    loop {
        cx.world().clock.sleep(every).await;
        status::reconcile(&cx).await;
    }
}
