//! TS 23.280 clauses 10.2.7.2 and 10.2.7.3

use bytes::Bytes;
use driver::Env;
use http::{Method, Response, StatusCode};

use super::Stage;
use crate::{
    Failure,
    lab::{
        groups::{Asker, document, naming, path, profile, profile_path},
        plan::{Part, SystemPlan},
    },
};

pub(super) const PROVIDE: &str = "10.2.7.2";
pub(super) const REQUEST: &str = "10.2.7.3";

/// The administrator of the primary system defines a group; its server provides it to the partner's.
pub(super) async fn provide(stage: &Stage<'_>, env: &Env) -> Result<(), Failure> {
    // The MC service server of the partner awaits the group: step 4 has somebody to notify.
    name(stage, env).await?;
    stage.ladder.quiet().await;
    stage.ladder.clear();
    define(stage, env).await?;
    stage.ladder.step(PROVIDE, 5).await?;
    stage.ladder.step(PROVIDE, 4).await?;
    stage.end().await;
    stage.taken()?;
    stored(stage, env).await
}

/// The profile of a user of the partner system names the group.
async fn name(stage: &Stage<'_>, env: &Env) -> Result<(), Failure> {
    let partner = &stage.plan.systems[1];
    let member = partner.users.iter().find(|user| user.part == Part::Moves);
    let member = member.map(|user| user.mc_service_id(partner.domain)).unwrap_or_default();
    let profile = profile(&stage.plan, &member);
    // What the server would write into it itself would come beside what follows from it, now before and now after.
    let body = Bytes::from(if stage.plan.still { naming(partner, &profile) } else { profile });
    let named = Asker::configurator(partner, env)?.send(Method::PUT, &profile_path(&member), body).await?;
    if named.status().is_success() { Ok(()) } else { Err(refused(&named)) }
}

/// What the partner has is looked at by its administrator, after the ladder.
async fn stored(stage: &Stage<'_>, env: &Env) -> Result<(), Failure> {
    let partner = Asker::administrator(&stage.plan.systems[1], env)?;
    let stored = partner.send(Method::GET, &path(&stage.plan), Bytes::new()).await?;
    judge(stage, &stored)
}

/// The profile of a user of the partner system names the group: the MC service server there, to which he is service-authorized, asks
/// for it, and its group management server does not have it yet.
pub(super) async fn request(stage: &Stage<'_>, env: &Env) -> Result<(), Failure> {
    define(stage, env).await?;
    stage.ladder.quiet().await;
    stage.ladder.clear();
    name(stage, env).await?;
    stage.ladder.step(REQUEST, 6).await?;
    stage.end().await;
    stage.taken()?;
    stored(stage, env).await
}

pub(super) async fn define(stage: &Stage<'_>, env: &Env) -> Result<(), Failure> {
    let administrator = Asker::administrator(&stage.plan.systems[0], env)?;
    let body = Bytes::from(document(&stage.plan));
    let defined = administrator.send(Method::PUT, &path(&stage.plan), body).await?;
    if defined.status() == StatusCode::CREATED { Ok(()) } else { Err(refused(&defined)) }
}

fn refused(response: &Response<Bytes>) -> Failure {
    let body = String::from_utf8_lossy(response.body());
    Failure::Procedure(format!("the request was answered {}: {body}", response.status()))
}

/// What the partner stored is what both policies made of the document: its own members, and no higher priority than it takes.
fn judge(stage: &Stage<'_>, stored: &Response<Bytes>) -> Result<(), Failure> {
    if stored.status() != StatusCode::OK {
        return Err(refused(stored));
    }
    let text = String::from_utf8_lossy(stored.body());
    if stage.is_text() {
        println!("\n{}", text.trim_end());
    }
    let [primary, partner] = &stage.plan.systems;
    let has = |system: &SystemPlan| {
        system.users.iter().filter(|user| text.contains(&user.mc_service_id(system.domain))).count()
    };
    let is_capped = text.contains(">5</mcpttgi:on-network-group-priority>");
    if (has(primary), has(partner)) == (0, partner.users.len()) && is_capped {
        return Ok(());
    }
    Err(Failure::Procedure("the stored group is not what both policies make of it".to_owned()))
}
