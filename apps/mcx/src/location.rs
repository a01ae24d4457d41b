//! `mcx location request`: a location management client at the command line.

use std::{path::Path, sync::Arc};

use kit::config::did_you_mean;
use wire::{Silent, Transport};
use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, TargetAnswer, TargetReport},
};

use crate::{
    Failure, System, SystemConfig, block_on,
    cli::{Positions, Request},
    config::{ClientConfig, Process},
    endpoints::{Endpoints, SystemEndpoints, User},
    logging, serve,
};

/// Registers as the user, asks, prints, and logs off again.
///
/// # Errors
/// The user or a target is none, the SIP core refuses, the request as a whole is refused, or no target at all is reported. Why one
/// of several is not is printed.
pub fn request(options: &Request) -> Result<(), Failure> {
    logging::start("warn");
    let Asking { config, names } = asking(options)?;
    let whom =
        |target: &String| user(names.iter().find(|(name, _)| name == target).map_or(target, |(_, id)| id));
    let targets = options.targets.iter().map(whom).collect::<Result<Vec<_>, _>>()?;
    let report = block_on(config.process.threads(), ask(&config, targets, !options.last_known))?;
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

/// Who asks, and what users are called.
struct Asking {
    /// The user's terminal, and nothing else.
    config: SystemConfig,
    /// Names that stand for MC service IDs.
    names: Vec<(String, String)>,
}

fn asking(options: &Request) -> Result<Asking, Failure> {
    if let Some(file) = &options.config {
        return configured(file, &options.user);
    }
    let file = options.endpoints.as_deref().unwrap_or(Path::new("endpoints.json"));
    if options.endpoints.is_none() && !file.exists() {
        return Err(Failure::Procedure(
            "no endpoints.json here: say --endpoints D/endpoints.json for a lab that `mcx lab up --dir D` has started, or --config \
             FILE for a file with the user's [client.NAME]"
                .to_owned(),
        ));
    }
    let endpoints = Endpoints::open(file)?;
    let unknown = || {
        let known = endpoints.systems.iter().flat_map(|system| &system.users).map(|user| user.name.as_str());
        let (file, user, hint) = (file.display(), &options.user, did_you_mean(&options.user, known));
        Failure::Procedure(format!("{file} names no user {user}{hint}"))
    };
    let (system, asking) = endpoints.user(&options.user).ok_or_else(unknown)?;
    let users = endpoints.systems.iter().flat_map(|system| &system.users);
    Ok(Asking {
        config: SystemConfig::parse(file, &terminal(system, asking)?)?,
        names: users.map(|user| (user.name.clone(), user.mc_service_id.clone())).collect(),
    })
}

/// The terminal of a configuration file, beside the one that may run already: it has no listeners and is a device of its own.
fn configured(file: &Path, user: &str) -> Result<Asking, Failure> {
    let config = SystemConfig::open(file)?;
    let id = |client: &ClientConfig| client.device.account.mc_id.as_str().to_owned();
    let name = |client: &ClientConfig| client.device.name.to_string();
    let names: Vec<_> = config.clients.iter().map(|client| (name(client), id(client))).collect();
    let found = config.clients.into_iter().find(|client| name(client) == user || id(client) == user);
    let Some(mut client) = found else {
        let (file, hint) = (file.display(), did_you_mean(user, names.iter().map(|(name, _)| name.as_str())));
        let has = if names.is_empty() { "no [client.NAME] at all" } else { "no [client.NAME] of" };
        return Err(Failure::Procedure(format!("{file} has {has} {user}{hint}")));
    };
    client.log_on = true;
    client.device.instance = None;
    if client.device.core.transport != Transport::Udp {
        client.listen.clear();
        client.device.contact = format!("sip:{}@device.invalid", client.device.account.username);
    }
    let process = Process { udp_mtu: config.process.udp_mtu, ..Process::default() };
    let alone = SystemConfig { process, tls: config.tls, clients: vec![client], ..SystemConfig::default() };
    Ok(Asking { config: alone, names })
}

async fn ask(
    config: &SystemConfig,
    targets: Vec<McServiceId>,
    refresh: bool,
) -> Result<LocationReport, Failure> {
    let env = serve::world(None, Arc::new(Silent));
    let system = System::start(config, &env).await?;
    system.log_on().await?;
    let Some(client) = system.clients().next() else {
        return Err(Failure::Procedure("no terminal".to_owned()));
    };
    let report = client.location().locate(targets, refresh).await;
    if let Err(why) = client.log_off().await {
        tracing::warn!(%why, "the registration is left to expire");
    }
    report.map_err(|stop| Failure::Procedure(format!("the request was refused: {}", stop.cause().text())))
}

/// The configuration of a terminal of this user at its SIP core.
fn terminal(system: &SystemEndpoints, user: &User) -> Result<String, Failure> {
    let core = system.listener("sip-core", "clients-tcp");
    let core =
        core.ok_or_else(|| Failure::Procedure(format!("{} has no SIP core for users", system.domain)))?;
    let quoted = |text: &str| toml::Value::from(text).to_string();
    Ok(format!(
        "[client.terminal]\nmc-service-id = {}\nimpu = {}\nusername = {}\npassword = {}\nlocation-server = {}\n\
         core = {{ name = {}, address = {}, transport = \"tcp\" }}\n",
        quoted(&user.mc_service_id),
        quoted(&user.impu),
        quoted(&user.username),
        quoted(&user.password),
        quoted(&system.services.locations),
        quoted(&core.name),
        quoted(&core.address),
    ))
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
            format!("{target}  not reported: {}{code}", refusal.text.as_deref().unwrap_or("no reason given"))
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
