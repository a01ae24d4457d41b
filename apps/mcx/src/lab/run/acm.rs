//! TS 23.280 clauses 10.17.4.2, 10.17.5.2 and 10.17.7.2

use std::time::Duration;

use bytes::Bytes;
use clients::{
    AcmClient,
    acm::{Answer, Ask, Told, Wish},
};
use driver::Env;
use futures::{StreamExt as _, channel::mpsc};
use http::{Method, StatusCode};
use xml_schemas::{
    acm::{
        Addressee, Admission, Kind, Outcome, PendingItem, ProfileContent, ProvidedGroup, Request, Response,
        State, UserProfile,
    },
    ids::{FunctionalAlias, GroupId, McServiceId, RequestId},
    migration::ProfileIndex,
};

use super::{Lab, Stage};
use crate::{
    Failure,
    assemble::Client,
    lab::{
        groups::{Asker, group_id, profile_path},
        plan::Part,
        profiles, scenarios,
    },
    location,
};

pub(super) const GROUPS: &str = "10.17.4.2";
pub(super) const USERS: &str = "10.17.5.2";
pub(super) const PROFILES: &str = "10.17.7.2";

/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Groups of the primary system are made known to a user of the partner's who is not there, by one who leaves before the answer.
pub(super) async fn group_information(stage: &Stage<'_>, lab: &Lab, env: &Env) -> Result<(), Failure> {
    let (asker, decider) = (asker(stage, lab)?, decider(stage, lab)?);
    on(asker.client).await?;
    stage.begin().await?;
    // The group is there; the one who is asked is not.
    super::groups::define(stage, env).await?;
    off(decider.client).await?;
    clear(stage).await;

    let groups = vec![ProvidedGroup { id: group(&group_id(&stage.plan))?, name: None }];
    let mut told = asker.acm.told();
    let request_id = ask(&asker, &decider, Wish::ProvideGroups(groups)).await?;
    stored(&mut told, &request_id).await?;
    stage.ladder.rest().await;
    off(asker.client).await?;
    stage.ladder.rest().await;

    let mut waiting = decider.acm.told();
    on(decider.client).await?;
    decide(stage, &mut waiting, decider.acm).await?;
    stage.ladder.step(GROUPS, 11).await?;
    stage.ladder.rest().await;

    let mut told = asker.acm.told();
    on(asker.client).await?;
    let response = answered(&mut told, asker.acm).await?;
    stage.ladder.step(GROUPS, 14).await?;
    finish(stage, &response).await
}

/// Users of the primary system are allowed to migrate: the partner's administrator decides. Then one is taken back: by rule.
pub(super) async fn users_for_migration(stage: &Stage<'_>, lab: &Lab, env: &Env) -> Result<(), Failure> {
    profiles::put_templates(&stage.plan, env).await?;
    let asker = asker(stage, lab)?;
    on(asker.client).await?;
    stage.begin().await?;
    let response = admitted(stage, lab).await?;
    stage.ladder.step(USERS, 10).await?;
    given(&response)?;
    stage.ladder.rest().await;

    let mut told = asker.acm.told();
    ask(&asker, &decider(stage, lab)?, Wish::RemoveUsers(vec![goes(stage)?])).await?;
    let response = answered(&mut told, asker.acm).await?;
    finish(stage, &response).await
}

/// The profile that the partner gave to such a user is updated; whoever is on duty there decides.
pub(super) async fn profile_update(stage: &Stage<'_>, lab: &Lab, env: &Env) -> Result<(), Failure> {
    profiles::put_templates(&stage.plan, env).await?;
    on(asker(stage, lab)?.client).await?;
    stage.begin().await?;
    let response = admitted(stage, lab).await?;
    let user = given(&response)?;
    let (asker, decider) = (asker(stage, lab)?, decider(stage, lab)?);
    let partner = Asker::configurator(&stage.plan.systems[1], env)?;
    let path = profile_path(user.as_str());
    let had = partner.send(Method::GET, &path, Bytes::new()).await?;
    if !had.status().is_success() {
        return Err(Failure::Procedure(format!("the profile to begin with was answered {}", had.status())));
    }
    clear(stage).await;

    let role = on_duty(stage, &decider).await?;
    let suggested = scenarios::named(&String::from_utf8_lossy(had.body()));
    let index = Some(ProfileIndex(1));
    let profile = UserProfile { index, content: ProfileContent::Document(element(&suggested)?) };
    let (mut told, mut waiting) = (asker.acm.told(), decider.acm.told());
    let wish = Wish::UpdateProfile { user, profile, information: Some("for the night shift".to_owned()) };
    ask_of(&asker, Addressee::Alias(role), wish).await?;
    decide(stage, &mut waiting, decider.acm).await?;
    let response = answered(&mut told, asker.acm).await?;
    stage.ladder.step(PROFILES, 10).await?;
    finish(stage, &response).await?;
    let now = partner.send(Method::GET, &path, Bytes::new()).await?;
    let is_changed =
        now.status() == StatusCode::OK && String::from_utf8_lossy(now.body()).contains("Night shift");
    if is_changed {
        Ok(())
    } else {
        Err(Failure::Procedure("the profile is not the suggested one".to_owned()))
    }
}

/// The partner's administrator admits a user of the primary system.
async fn admitted(stage: &Stage<'_>, lab: &Lab) -> Result<Response, Failure> {
    let (asker, decider) = (asker(stage, lab)?, decider(stage, lab)?);
    let (mut told, mut waiting) = (asker.acm.told(), decider.acm.told());
    ask(&asker, &decider, Wish::AddUsers(vec![goes(stage)?])).await?;
    decide(stage, &mut waiting, decider.acm).await?;
    answered(&mut told, asker.acm).await
}

/// The user of the primary system who may go.
fn goes(stage: &Stage<'_>) -> Result<McServiceId, Failure> {
    let primary = &stage.plan.systems[0];
    let goes = primary.users.iter().find(|user| user.part == Part::Moves);
    let goes = goes.ok_or_else(|| Failure::Procedure("nobody is there to go".to_owned()))?;
    location::user(&goes.mc_service_id(primary.domain))
}

/// The user takes the role in which requests of the partner's are decided (10.17.7.2 step 4).
async fn on_duty(stage: &Stage<'_>, person: &Person<'_>) -> Result<FunctionalAlias, Failure> {
    let role = stage.plan.systems[1].alias();
    let role = FunctionalAlias::new(&role).map_err(|why| Failure::Procedure(format!("{role}: {why}")))?;
    let client =
        person.client.aliases().ok_or_else(|| Failure::Procedure("nobody takes roles".to_owned()))?;
    client.activate(std::slice::from_ref(&role), false).await.map_err(refused)?;
    stage.ladder.rest().await;
    Ok(role)
}

/// Somebody with a terminal and an ACM client on it.
#[derive(Clone, Copy)]
struct Person<'l> {
    client: &'l Client,
    acm: &'l AcmClient,
}

/// The user of the primary system who asks.
fn asker<'l>(stage: &Stage<'_>, lab: &'l Lab) -> Result<Person<'l>, Failure> {
    person(stage, lab, 0, Part::Asks)
}

/// The user of the partner's who decides.
fn decider<'l>(stage: &Stage<'_>, lab: &'l Lab) -> Result<Person<'l>, Failure> {
    person(stage, lab, 1, Part::Moves)
}

fn person<'l>(stage: &Stage<'_>, lab: &'l Lab, system: usize, part: Part) -> Result<Person<'l>, Failure> {
    let user = stage.plan.systems.get(system).and_then(|it| it.users.iter().find(|user| user.part == part));
    let client = user.and_then(|user| lab.clients.iter().find_map(|system| system.client(user.name)));
    client
        .and_then(|client| Some(Person { client, acm: client.acm()? }))
        .ok_or_else(|| Failure::Procedure("somebody has no ACM client".to_owned()))
}

async fn ask(asker: &Person<'_>, decider: &Person<'_>, wish: Wish) -> Result<RequestId, Failure> {
    ask_of(asker, Addressee::User(decider.acm.user().clone()), wish).await
}

async fn ask_of(asker: &Person<'_>, target: Addressee, wish: Wish) -> Result<RequestId, Failure> {
    let ask = Ask { target, alias: None, urgency: None, within: None, wish };
    asker.acm.ask(ask).await.map_err(|unheard| refused(unheard.cause().into()))
}

/// The partner's server has said that it has the request.
async fn stored(told: &mut mpsc::Receiver<Told>, request_id: &RequestId) -> Result<(), Failure> {
    loop {
        match next(told).await? {
            Told::Indication(it) if it.request_id == *request_id && it.progress.state() == State::Stored => {
                return Ok(());
            }
            _ => {}
        }
    }
}

/// The user is told what he is to decide; when everybody else has been told too, he says yes.
async fn decide(stage: &Stage<'_>, told: &mut mpsc::Receiver<Told>, acm: &AcmClient) -> Result<(), Failure> {
    let request = to_decide(told, acm).await?;
    stage.ladder.rest().await;
    acm.answer(&request, Answer::yes()).await.map(|_| ()).map_err(|unheard| refused(unheard.cause().into()))
}

/// What the user is to decide, as it comes or as it was kept.
async fn to_decide(told: &mut mpsc::Receiver<Told>, acm: &AcmClient) -> Result<Request, Failure> {
    loop {
        match next(told).await? {
            Told::Request(request) => return Ok(request),
            Told::Waiting => {
                let pending = acm.pending().await.map_err(refused)?;
                let found = pending.items.into_iter().find_map(|item| match item {
                    PendingItem::Request(request) => Some(request),
                    PendingItem::Response(_) => None,
                });
                if let Some(request) = found {
                    return Ok(request);
                }
            }
            _ => {}
        }
    }
}

/// The response, as it comes or as it was kept.
async fn answered(told: &mut mpsc::Receiver<Told>, acm: &AcmClient) -> Result<Response, Failure> {
    loop {
        match next(told).await? {
            Told::Response(response) => return Ok(response),
            Told::Waiting => {
                let pending = acm.pending().await.map_err(refused)?;
                let found = pending.items.into_iter().find_map(|item| match item {
                    PendingItem::Response(response) => Some(response),
                    PendingItem::Request(_) => None,
                });
                if let Some(response) = found {
                    return Ok(response);
                }
            }
            _ => {}
        }
    }
}

async fn next(told: &mut mpsc::Receiver<Told>) -> Result<Told, Failure> {
    let next = tokio::time::timeout(PATIENCE, told.next()).await;
    let late = || Failure::Procedure("a client was not told in time".to_owned());
    next.ok().flatten().ok_or_else(late)
}

/// The ladder, every step of the clause, and a yes.
async fn finish(stage: &Stage<'_>, response: &Response) -> Result<(), Failure> {
    stage.end().await;
    stage.taken()?;
    match response.outcome() {
        Outcome::Success => Ok(()),
        other => Err(Failure::Procedure(format!("the request came to \"{}\"", other.state().name()))),
    }
}

/// The MC service ID that the partner gave to the user of the response.
fn given(response: &Response) -> Result<McServiceId, Failure> {
    let Response::AddMigrationUsers(response) = response else {
        return Err(Failure::Procedure(format!("{} was not asked", Kind::AddMigrationUsers.title())));
    };
    let admitted = response.users.iter().find_map(|user| match &user.admission {
        Admission::Admitted { partner, .. } => Some(partner.clone()),
        Admission::Approved | Admission::Refused(_) => None,
    });
    admitted.ok_or_else(|| Failure::Procedure("the partner has given no identity".to_owned()))
}

async fn clear(stage: &Stage<'_>) {
    stage.ladder.quiet().await;
    stage.ladder.clear();
}

async fn on(client: &Client) -> Result<(), Failure> {
    client.log_on().await.map(|_| ()).map_err(|why| Failure::start(&client.name, why))
}

async fn off(client: &Client) -> Result<(), Failure> {
    client.log_off().await.map_err(|why| Failure::start(&client.name, why))
}

fn group(text: &str) -> Result<GroupId, Failure> {
    GroupId::new(text).map_err(|why| Failure::Procedure(format!("{text}: {why}")))
}

fn element(text: &str) -> Result<xml::Raw, Failure> {
    let document = xml::Document::parse(text.as_bytes(), &xml::Limits::default());
    Ok(document.map_err(|why| Failure::Procedure(why.to_string()))?.root().to_raw())
}

fn refused(stop: kit::Stop) -> Failure {
    Failure::Procedure(stop.cause().text().to_owned())
}
