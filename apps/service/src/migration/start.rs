//! What an MC service server does about migrations from its start on.

use std::{path::Path, sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _};
use kit::{Cause, Cx, Entity, Fault, Partner, PartnerTable};
use store::{Event, Store};
use wire::AnchorId;
use xml_schemas::migration::MigrationStatusResponse;

use super::{
    Migrations, answered, ask, decide, end, post,
    record::{MARKS, of_key},
    status, whereabouts,
};
use crate::{Config, Mcs, Metrics};

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
    let bind = |partner: &super::PartnerConfig| {
        let issuer = partner.direct.as_ref().and_then(|direct| direct.issuer.as_deref());
        Ok(partner.partner(migration.gateway.as_ref(), issuer.map(&anchor).transpose()?))
    };
    migration.partners.iter().map(bind).collect()
}

/// How partners are known, and by whose word.
pub(crate) fn table(config: &Config, partners: Vec<Partner>) -> PartnerTable {
    let table = PartnerTable::new(partners);
    let Some(migration) = &config.migration else { return table };
    let table = table.border(migration.border.iter().map(|name| Arc::from(name.as_str())));
    let protected = migration.partners.iter().filter_map(|each| Some((each, each.protection.clone()?)));
    let table = protected.fold(table, |table, (each, protection)| table.protect(&each.name, protection));
    match &migration.gateway {
        Some(gateway) => table.gateway(&gateway.identity),
        None => table,
    }
}

/// What the store holds of migrations; none where none is configured.
///
/// # Errors
/// [`Fault`] where it cannot be read.
pub(crate) async fn open(
    config: &Config,
    store: &Arc<dyn Store>,
    metrics: &Metrics,
) -> Result<Option<Migrations>, Fault> {
    let Some(migration) = config.migration.clone() else { return Ok(None) };
    let (name, counted) = (Arc::clone(&config.name), metrics.migrations.clone());
    Migrations::open(name, migration, Arc::clone(store), counted).await.map(Some)
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
    for mark in migrations.marks() {
        cx.authorizations().went(mark.primary, mark.system.into());
    }
    post::send(cx, migrations.letters());
    resume(cx, migrations.visits().into_iter().filter(super::Visit::is_asking));
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
    let page = migrations.read_on(|mark| cx.marked(mark)).await?;
    let is_more = page.is_some();
    resume(cx, page.into_iter().flatten());
    Ok(is_more)
}

/// Other processes of the same server mark users and admit visitors too.
async fn follow(cx: Cx<Mcs>) {
    let Some(migrations) = cx.migrations() else { return };
    let mut changes = migrations.changes();
    while let Some(change) = changes.next().await {
        // What was missed is read again when somebody writes it: a commit over another's fails.
        if let Ok(event) = change
            && !migrations.knows(&event)
            && let Err(fault) = learn(&cx, &event).await
        {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        }
    }
}

/// Who has migrated counts as away here too, and who has not does not.
async fn learn(cx: &Cx<Mcs>, event: &Event) -> Result<(), Fault> {
    let Some(migrations) = cx.migrations() else { return Ok(()) };
    migrations.read_again(&event.key).await?;
    let Some((service, user)) = of_key(MARKS, &event.key) else { return Ok(()) };
    match migrations.mark(service, &user) {
        Some(mark) => cx.authorizations().went(mark.primary, mark.system.into()),
        None if migrations.marks_of(&user).is_empty() => drop(cx.authorizations().came_back(&user)),
        None => {}
    }
    Ok(())
}

/// Marks end by themselves.
async fn expire(cx: Cx<Mcs>) {
    loop {
        let Some(migrations) = cx.migrations() else { return };
        for mark in migrations.expired(cx.world().clock.wall()) {
            if let Err(stop) = end::unmark(&cx, &mark, Some(Cause::MigrationExpired)).await {
                tracing::error!(target: "mcx::migration", server = %cx.profile().name, %stop, "a mark that has ended is still kept");
            }
        }
        let quiet = migrations.quiet(cx.world().clock.wall()).unwrap_or(LOOK);
        cx.world().clock.sleep(quiet.clamp(Duration::from_secs(1), LOOK)).await;
    }
}

async fn reconcile(cx: Cx<Mcs>, every: Duration) {
    loop {
        cx.world().clock.sleep(every).await;
        status::reconcile(&cx).await;
    }
}
