//! TS 23.280 clause 10.6.3.3

use clients::{
    identity::NotIssued,
    service::{Credentials, Journey, Status},
};
use kit::private::Private;
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, migration::ProfileIndex};

use super::{Lab, Stage};
use crate::{
    Failure,
    lab::{
        files::identity,
        pki,
        plan::{ABROAD, SystemPlan, Visitor},
    },
    location,
    log_in::{Named, Server},
};

const CLAUSE: &str = "10.6.3.3";

/// A user of the primary system works in the partner's, authorized by both.
pub(super) async fn run(stage: &Stage<'_>, lab: &Lab) -> Result<(), Failure> {
    let [home, abroad] = &stage.plan.systems;
    let nobody = || Failure::Procedure("nobody is there to migrate".to_owned());
    let visitor: &Visitor = abroad.visitors.first().ok_or_else(nobody)?;
    let client = lab.clients.iter().find_map(|system| system.client(visitor.name)).ok_or_else(nobody)?;
    let service = client.service().ok_or_else(nobody)?;
    // Preconditions: the terminal has what connects it with the partner system, and the partner's access token.
    client.log_on().await.map_err(|why| Failure::start(&client.name, why))?;
    stage.ladder.quiet().await;
    stage.ladder.ladder.clear();
    service.show(log_in(stage, visitor).await?);
    let primary = location::user(&visitor.primary(home))?;
    let journey = Journey { service: McService::Mcptt, primary, profile: ProfileIndex(ABROAD) };
    let outcome = service.migrate(&journey).await;
    let told = stage.ladder.step(CLAUSE, 11).await;
    stage.end().await;
    // Given back, it would end what was begun.
    let _held = outcome.map_err(|why| Failure::Procedure(why.to_string()))?;
    told?;
    if service.status() != Status::Migrated {
        return Err(Failure::Procedure("the client is not told that its user has migrated".to_owned()));
    }
    is_marked(lab, &journey.primary, abroad.domain)
}

/// TS 33.180 B.7: logged in at home, the user gets there a security token for the partner system, and here for it an access token with
/// the partner MC service ID.
async fn log_in(stage: &Stage<'_>, visitor: &Visitor) -> Result<Credentials, Failure> {
    let [home, abroad] = &stage.plan.systems;
    let failed = |why: NotIssued| Failure::Procedure(why.to_string());
    let user = home.users.iter().find(|user| user.name == visitor.user);
    let user = user.ok_or_else(|| Failure::Procedure("the visitor is nobody's user".to_owned()))?;
    let env = super::env(stage.options.seed, 6, &stage.ladder);
    let at_home = Server::connect(&named(home, visitor), &env)?;
    let own =
        at_home.client().log_in(user.name, &Private::new(user.password.clone())).await.map_err(failed)?;
    let security = at_home.client().exchange(&own.access_token, &abroad.issuer()).await.map_err(failed)?;
    let issued = Server::connect(&named(abroad, visitor), &env)?.client().assert(&security).await;
    let issued = issued.map_err(failed)?;
    let user =
        issued.user.ok_or_else(|| Failure::Procedure("the partner has given no identity".to_owned()))?;
    Ok(Credentials { user, access_token: Some(issued.access_token) })
}

fn named(system: &SystemPlan, visitor: &Visitor) -> Named {
    Named {
        issuer: system.issuer(),
        address: system.at.identity,
        ca: system.folder.join(pki::files::AUTHORITY),
        client_id: identity::CLIENT.to_owned(),
        redirect_uri: identity::REDIRECT.to_owned(),
        user: visitor.name.to_owned(),
    }
}

/// Step 7: the primary MC service server knows where its user works.
fn is_marked(lab: &Lab, user: &McServiceId, system: &str) -> Result<(), Failure> {
    let home = lab.servers.first().and_then(crate::System::service);
    let mark = home.and_then(|server| server.migrations()?.mark(McService::Mcptt, user));
    match mark {
        Some(mark) if mark.system == system => Ok(()),
        Some(mark) => Err(Failure::Procedure(format!("{} is marked as in {}", user.as_str(), mark.system))),
        None => Err(Failure::Procedure(format!("{} is not marked as migrated", user.as_str()))),
    }
}
