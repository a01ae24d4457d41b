//! `mcx location request`: a location management client at the command line.

use std::sync::Arc;

use wire::Silent;
use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, TargetAnswer, TargetReport},
};

use crate::{
    Failure, System, block_on,
    cli::{Positions, Request},
    logging, serve,
    table::one_line,
    terminal::Terminal,
};

/// Characters of a reason that are shown: what another system says is as long as that likes.
const LONGEST: usize = 256;

/// Registers as the user, asks, prints, and logs off again.
///
/// # Errors
/// The user or a target is none, the SIP core refuses, the request as a whole is refused, or no target at all is reported. Why one
/// of several is not is printed.
pub fn request(options: &Request) -> Result<(), Failure> {
    logging::start("warn")?;
    let terminal = Terminal::found(options.config.as_deref(), options.endpoints.as_deref(), &options.user)?;
    let targets = options.targets.iter().map(|target| named(target, &terminal.names));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    let threads = terminal.config.process.threads();
    let report = block_on(threads, ask(terminal, targets, !options.last_known))?;
    match options.format {
        Positions::Text => print!("{}", text(&report)),
        Positions::Json => println!("{}", json(&report)),
    }
    let is_located = |target: &TargetReport| matches!(target.answer, TargetAnswer::Located(_));
    if report.targets.iter().any(is_located) {
        return Ok(());
    }
    Err(Failure::Procedure("nobody's position is reported".to_owned()))
}

async fn ask(
    terminal: Terminal,
    targets: Vec<McServiceId>,
    refresh: bool,
) -> Result<LocationReport, Failure> {
    let env = serve::world(None, Arc::new(Silent));
    let terminal = terminal.alone_as(&env.ids.token());
    let system = System::start(&terminal.config, &env).await?;
    system.log_on().await?;
    let Some(client) = system.clients().next() else {
        return Err(Failure::Procedure("no terminal".to_owned()));
    };
    let report = client.location().locate(targets, refresh).await;
    if let Err(why) = client.log_off().await {
        tracing::warn!(%why, "the registration is left to expire");
    }
    report.map_err(|stop| {
        Failure::Procedure(format!(
            "the request was refused: {} (cause {})",
            stop.cause().text(),
            stop.cause().code()
        ))
    })
}

/// The MC service ID that this names: a user's name, where there are any, or the ID itself.
///
/// # Errors
/// It is neither; who may have been meant is told.
pub(crate) fn named(text: &str, names: &[(String, String)]) -> Result<McServiceId, Failure> {
    if let Some((_, id)) = names.iter().find(|(name, _)| name == text) {
        return user(id);
    }
    McServiceId::new(text).map_err(|why| {
        let known = names.iter().flat_map(|(name, id)| [name.as_str(), id.as_str()]);
        let hint = kit::config::did_you_mean(text, known);
        let hint = if hint.is_empty() { ", such as \"sip:bob@partner.example\"" } else { &hint };
        Failure::Procedure(format!("{text}: {why}{hint}"))
    })
}

/// An MC service ID.
///
/// # Errors
/// It is none.
pub fn user(text: &str) -> Result<McServiceId, Failure> {
    McServiceId::new(text).map_err(|why| Failure::Procedure(format!("{text}: {why}")))
}

/// A line for each target: a position, or why there is none.
#[must_use]
pub fn text(report: &LocationReport) -> String {
    report.targets.iter().map(|target| format!("{}\n", line(target))).collect()
}

fn line(report: &TargetReport) -> String {
    let target = report.target.as_str();
    match &report.answer {
        TargetAnswer::Located(position) => {
            let point = position.coordinate().map_or_else(
                || "no coordinates".to_owned(),
                |point| format!("{:.5} {:.5}", point.latitude.degrees(), point.longitude.degrees()),
            );
            let taken = position.taken_at().map(|at| format!("  at {at}")).unwrap_or_default();
            let altitude =
                position.altitude_metres().map(|metres| format!("  {metres} m")).unwrap_or_default();
            format!("{target}  {point}{altitude}{taken}")
        }
        TargetAnswer::Refused(refusal) => {
            let code = refusal.code.map(|code| format!(" (cause {code})")).unwrap_or_default();
            // Another system's words.
            let why = one_line(refusal.text.as_deref().unwrap_or("no reason given"));
            let why: String = why.chars().take(LONGEST).collect();
            format!("{target}  not reported: {why}{code}")
        }
    }
}

/// One object: what was asked, and for each target a position or why there is none.
#[must_use]
pub fn json(report: &LocationReport) -> serde_json::Value {
    let target = |report: &TargetReport| match &report.answer {
        TargetAnswer::Located(position) => serde_json::json!({
            "target": report.target.as_str(),
            "latitude": position.coordinate().map(|point| point.latitude.degrees()),
            "longitude": position.coordinate().map(|point| point.longitude.degrees()),
            "altitude_metres": position.altitude_metres(),
            "accuracy_metres": position.accuracy_metres(),
            "time": position.taken_at().map(|at| at.to_string()),
        }),
        TargetAnswer::Refused(refusal) => serde_json::json!({
            "target": report.target.as_str(),
            "cause": refusal.code,
            "reason": refusal.text,
        }),
    };
    serde_json::json!({
        "request_id": report.request_id.as_str(),
        "targets": report.targets.iter().map(target).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
