//! TS 23.280 clause 10.9.3.10.2

use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, TargetAnswer},
};

use super::{Lab, Stage};
use crate::{Failure, lab::plan::Part, location};

pub(super) const CLAUSE: &str = "10.9.3.10.2";

/// One user is found, one may not be, one does not exist.
pub(super) async fn run(stage: &Stage<'_>, lab: &Lab) -> Result<(), Failure> {
    let [primary, partner] = &stage.plan.systems;
    let asking = primary.users.iter().find(|user| user.part == Part::Asks);
    let client = asking.and_then(|user| lab.clients.iter().find_map(|system| system.client(user.name)));
    let client = client.ok_or_else(|| Failure::Procedure("nobody is there to ask".to_owned()))?;
    let wanted = |part| {
        partner.users.iter().find(|user| user.part == part).map(|user| user.mc_service_id(partner.domain))
    };
    let nobody = Some(format!("sip:nobody@{}", partner.domain));
    let targets = [wanted(Part::Moves), wanted(Part::Hides), nobody].into_iter().flatten();
    let targets = targets.map(|target| location::user(&target)).collect::<Result<Vec<_>, _>>()?;
    client.log_on().await.map_err(|why| Failure::start(&client.name, why))?;
    stage.begin().await?;
    let report = client.location().locate(targets.clone(), true).await;
    stage.end().await;
    let report = report.map_err(|stop| {
        Failure::Procedure(format!(
            "the request was refused: {} (cause {})",
            stop.cause().text(),
            stop.cause().code()
        ))
    })?;
    if stage.is_text() {
        println!();
        print!("{}", location::text(&report));
    }
    stage.taken()?;
    judge(&report, &targets)
}

/// The first target is found; the others are refused, each with its own cause.
fn judge(report: &LocationReport, targets: &[McServiceId]) -> Result<(), Failure> {
    let mut causes = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let answer = report.targets.iter().find(|each| each.target == *target).map(|each| &each.answer);
        let wrong = match (index, answer) {
            (0, Some(TargetAnswer::Located(_))) => continue,
            (1.., Some(TargetAnswer::Refused(refusal))) if !causes.contains(&refusal.code) => {
                causes.push(refusal.code);
                continue;
            }
            (_, Some(TargetAnswer::Refused(refusal))) => {
                format!("was refused: {}", refusal.text.as_deref().unwrap_or_default())
            }
            (_, Some(TargetAnswer::Located(_))) => "was located".to_owned(),
            (_, None) => "was not answered".to_owned(),
        };
        return Err(Failure::Procedure(format!("target {} {wrong}", index + 1)));
    }
    Ok(())
}
