//! Who is logged on, as the own SIP core says by third-party registration; whoever comes is told that something waits.
//! TS 24.229 5.4.1.7, TS 23.280 10.17.3.1

use std::{collections::BTreeSet, time::Duration};

use futures::FutureExt as _;
use kit::{Accepted, Cause, Cx, Done, Impu, Permitted, Registration, Stop, To, aliases::is_same_client};
use store::Version;
use xml_schemas::{acm::PendingDataNotification, ids::McServiceId};

use super::{
    Clients, Heard, Reach, Seated, clients, given_back, is_on,
    lost::{self, Missed},
    taken_up,
    tell::PAUSES,
};
use crate::{
    Acm,
    book::{Changes, Waiting, Written, keys, millis},
    case::{Case, CaseKey, Side},
    config::User,
    engine::steps_of,
};

/// A registration that lasts longer is renewed before it has ended.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// Of so much that waits, the steps are told; whoever has more knows by then.
const SHOWN: usize = 16;

/// A registration, a refresh of one, a de-registration or an expiry. Kept before it is answered.
pub(crate) async fn receive(cx: Cx<Acm>, registration: Registration) -> Done<Accepted> {
    let user = cx.user_of(&registration.impu).ok_or(Cause::UnknownUser)?;
    let impu = registration.impu.as_str();
    if !registration.is_log_on() {
        keep(&cx, Changes::new().logged_off(impu)).await?;
        return Ok(Accepted::then(async move { went(&cx, &user.id).await }));
    }
    let was_on = is_on(&cx, &user.id).await?;
    let heard = followed(&cx, &registration).await?;
    Ok(Accepted::then(async move {
        match heard {
            Heard::Left(client) => {
                given_back(&cx, &Seated { user: user.id.clone(), client: Some(client) }).await;
            }
            Heard::Is(client, was_there) => came(&cx, &user, Came { was_on, client, was_there }).await,
            Heard::Nothing => came(&cx, &user, Came { was_on, client: None, was_there: true }).await,
        }
    }))
}

/// Who is there, and was before.
#[derive(Clone)]
pub(super) struct Came {
    /// Whether he was, by whichever client.
    pub(super) was_on: bool,
    /// The client of his that has come, or is there still, where it is known which.
    pub(super) client: Option<String>,
    /// Whether that was.
    pub(super) was_there: bool,
}

/// By which clients he is there: what has come has come by one of them.
async fn followed(cx: &Cx<Acm>, registration: &Registration) -> Result<Heard, kit::Fault> {
    let now = cx.world().clock.wall();
    let ends = |lasts: Duration| millis(now + lasts.min(LONGEST));
    let own = registration.lasts.unwrap_or(registration.expires);
    let until = (ends(registration.expires), ends(own));
    loop {
        let (mut clients, seen) = known(cx, &registration.impu).await?;
        let heard = clients.follow(registration, until, millis(now));
        let changes = Changes::new().logged_on(registration.impu.as_str(), &clients, seen);
        if let Written::Done(_) = cx.book().write(changes).await? {
            return Ok(heard);
        }
    }
}

async fn known(cx: &Cx<Acm>, impu: &Impu) -> Result<(Clients, Option<Version>), kit::Fault> {
    let record = cx.book().store().get(keys::logged_on(impu.as_str()).as_bytes()).await?;
    Ok(record.map_or_else(Default::default, |record| (Clients::read(&record.value), Some(record.version))))
}

/// Keeps what has become of a client of his. False where it has registered since.
///
/// # Errors
/// [`kit::Fault`] where the store cannot be read or written.
pub(super) async fn changed(
    cx: &Cx<Acm>,
    user: &User,
    change: impl Fn(&mut Clients) -> bool,
) -> Result<bool, kit::Fault> {
    loop {
        let (mut clients, seen) = known(cx, &user.impu).await?;
        if seen.is_none() || !change(&mut clients) {
            return Ok(false);
        }
        let changes = Changes::new().logged_on(user.impu.as_str(), &clients, seen);
        if let Written::Done(_) = cx.book().write(changes).await? {
            return Ok(true);
        }
    }
}

/// He is there: he is given what others are away for, and notified of what waits.
pub(super) async fn came(cx: &Cx<Acm>, user: &User, came: Came) {
    if !came.was_on || !came.was_there {
        taken_up(cx, &user.id).await;
    }
    if let Err(Missed { stop, .. }) = notify(cx, user, &came).await {
        not_notified(cx, &user.id, &stop);
        cx.world().tasks.spawn(notify_again(cx.clone(), user.clone(), came).boxed());
    }
}

/// Until his client accepts the notification, or he is gone; after the last pause it is left alone, and whoever is not there counts so.
async fn notify_again(cx: Cx<Acm>, user: User, came: Came) {
    let mut missing = None;
    for pause in PAUSES {
        cx.world().clock.sleep(pause).await;
        if !is_on(&cx, &user.id).await.unwrap_or(true) {
            return;
        }
        match notify(&cx, &user, &came).await {
            Ok(()) => return,
            Err(Missed { stop, silent }) => {
                not_notified(&cx, &user.id, &stop);
                missing = silent;
            }
        }
    }
    if let Some(missing) = missing {
        lost::silent(&cx, &Seated { user: user.id, client: None }, &missing).await;
    }
}

fn not_notified(cx: &Cx<Acm>, user: &McServiceId, stop: &Stop) {
    tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, %user, %stop, "his client was not notified");
}

/// He is there no longer.
pub(super) async fn went(cx: &Cx<Acm>, user: &McServiceId) {
    if let Err(fault) = left(cx, user).await {
        tracing::debug!(target: "mcx::acm", entity = %cx.profile().name, %user, %fault, "what he leaves is not told");
    }
    given_back(cx, &Seated { user: user.clone(), client: None }).await;
}

/// Whether a registration of his lasts.
///
/// # Errors
/// [`kit::Fault`] where the store cannot be read.
pub(super) async fn is_registered(cx: &Cx<Acm>, impu: &kit::Impu) -> Result<bool, kit::Fault> {
    Ok(cx.book().store().get(keys::logged_on(impu.as_str()).as_bytes()).await?.is_some())
}

/// He leaves while requests of his are under way: a step, where the clause counts it. It is told to whoever listens, and does
/// nothing.
async fn left(cx: &Cx<Acm>, user: &McServiceId) -> Result<(), kit::Fault> {
    if !cx.world().recorder.is_listening() {
        return Ok(());
    }
    let page = cx.book().page(&keys::listed(user.as_str()), None, SHOWN).await?;
    for key in page.iter().filter_map(|(_, value)| CaseKey::read(std::str::from_utf8(value).ok()?)) {
        let Some((case, _)) = cx.book().case(&key).await? else { continue };
        let steps = steps_of(cx, case.kind);
        let is_open = key.side() == Side::Asked && !case.stage.is_end();
        if let Some(step) = steps.initiator_leaves.filter(|_| is_open) {
            cx.for_flow(key.request_id()).step(steps.clause, step);
        }
    }
    Ok(())
}

async fn keep(cx: &Cx<Acm>, changes: Changes) -> Result<(), kit::Fault> {
    match cx.book().write(changes).await? {
        Written::Done(_) | Written::Conflict => Ok(()),
    }
}

/// Whoever logs on hears that something waits; whoever was there already, only of what his client has not been told. What is for one
/// client is told to that alone, once it is there.
async fn notify(cx: &Cx<Acm>, user: &User, came: &Came) -> Result<(), Missed> {
    let Some(known) = clients(cx, &user.id).await? else { return Ok(()) };
    let now = millis(cx.world().clock.wall());
    let is_for_him = |client: &Option<String>, is_told: bool| match (client, &came.client) {
        (Some(client), Some(own)) if is_same_client(client, own) => !is_told || !came.was_there,
        (client, _) => known.reach(client.as_deref(), now) == Reach::Any && (!is_told || !came.was_on),
    };
    let waiting = first(cx, user, came, is_for_him).await?;
    let way = known.reach(came.client.as_deref(), now);
    if waiting.is_empty() || way == Reach::Not {
        return Ok(());
    }
    steps(cx, &waiting, came.was_on);
    let to = match &way {
        Reach::One(contact) => To::Terminal(&user.impu, &contact.instance),
        Reach::Any | Reach::Not => To::User(&user.impu),
    };
    let notification = PendingDataNotification { request_id: cx.fresh_request_id()?, user: user.id.clone() };
    let told = cx.try_tell(to, &Permitted::open(notification)).await;
    told.map_err(|untold| match way {
        Reach::Any => Missed::by_any(untold, known.heard()),
        _ => Stop::from(untold).into(),
    })
}

/// The first few of what waits that are for whoever has come; none where nothing is, however much waits for others.
async fn first(
    cx: &Cx<Acm>,
    user: &User,
    came: &Came,
    is_for_him: impl Fn(&Option<String>, bool) -> bool,
) -> Result<Vec<Case>, kit::Fault> {
    let id = user.id.as_str();
    let is_untold_alone = came.was_on && came.was_there;
    let (prefix, told) = if is_untold_alone { (keys::untold(id), "n/") } else { (keys::waiting(id), "") };
    let (mut after, mut cases): (Option<String>, _) = (None, Vec::new());
    loop {
        let page = cx.book().page(&prefix, after.as_deref(), SHOWN).await?;
        for (tail, value) in &page {
            let Some(each) = Waiting::decode(&format!("{told}{tail}"), value) else { continue };
            if !is_for_him(&each.for_client(cx.book()).await?, each.is_told) {
                continue;
            }
            cases.extend(cx.book().case(&each.case).await?.map(|(case, _)| case));
        }
        match page.into_iter().last() {
            Some((last, _)) if cases.is_empty() => after = Some(last),
            _ => return Ok(cases),
        }
    }
}

/// He logs on, and is notified: each procedure has numbers of its own for that, or none.
fn steps(cx: &Cx<Acm>, waiting: &[Case], was_on: bool) {
    let mut seen = BTreeSet::new();
    for case in waiting {
        let steps = steps_of(cx, case.kind);
        let returns = match case.key.side() {
            Side::Received => steps.target_returns,
            Side::Asked => steps.initiator_returns,
        };
        let Some([log_on, notified]) = returns else { continue };
        if seen.insert((steps.clause, log_on)) {
            let cx = cx.for_flow(case.key.request_id());
            if !was_on {
                cx.step(steps.clause, log_on);
            }
            cx.step_part(steps.clause, notified, 'a');
        }
    }
}
