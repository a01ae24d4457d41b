//! TS 23.280 clause 10.6.3.3

use clients::service::{Journey, Status};
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, migration::ProfileIndex};

use super::{Lab, Stage};
use crate::{
    Failure,
    lab::plan::{ABROAD, Visitor},
    location,
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
