//! `mcx service status`: what the MC service servers of a lab know of their users: who is authorized, with which clients and profiles,
//! who has migrated and who visits.

mod print;

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use clap::{Args, Subcommand, ValueEnum};
use driver::{Env, Http};
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::Value;
use wire::{Hop, Silent};

use crate::{
    Failure,
    endpoints::{self, Endpoints, SystemEndpoints},
    groups,
    log_in::{self, Book, Server},
    logging, runtime, serve,
};

/// `mcx service`
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Prints who is authorized, with which clients and profiles, who has migrated and who visits.
    Status(Status),
}

/// `mcx service status`
#[derive(Args, Debug)]
struct Status {
    /// As whom it is asked, by name: a user who has logged in (`mcx login`) sees himself; the administrator, everybody.
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// The domain of one MC system; both where nothing is said.
    #[arg(long, value_name = "DOMAIN")]
    system: Option<String>,
    /// What `mcx lab up` wrote; `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE")]
    endpoints: Option<PathBuf>,
    /// Where `mcx login` keeps tokens; `tokens.json` beside `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object for each system, on a line of its own.
    Json,
}

/// Asks, and prints.
///
/// # Errors
/// A server cannot be reached or refuses, or the user has not logged in.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Command::Status(options) = &arguments.command;
    logging::start("warn")?;
    let file = endpoints::file(options.endpoints.as_deref())?;
    let endpoints = Endpoints::open(&file)?;
    let systems: Vec<&SystemEndpoints> = match &options.system {
        Some(domain) => vec![endpoints.system(domain)?],
        None => endpoints.systems.iter().collect(),
    };
    let user = options.user.as_deref().map(|name| endpoints.known_user(name)).transpose()?;
    let home = user.map(|(home, _)| &home.domain);
    let user = user.map(|(_, user)| user.name.as_str());
    runtime()?.block_on(async {
        let env = serve::world(None, Arc::new(Silent));
        let (mut is_told, mut is_home_left_out) = (false, false);
        for system in systems {
            let token = match user {
                None => Some(groups::lab_token(&file, &system.administrator)?),
                Some(user) => of_user(options, system, user, &env).await?,
            };
            let Some(token) = token else {
                is_home_left_out |= home == Some(&system.domain);
                continue;
            };
            is_told = true;
            let status = Asked::new(system, token, &env)?.status(&system.domain).await?;
            match options.format {
                Format::Text => print!("{}", print::text(&status)),
                Format::Json => println!("{status}"),
            }
        }
        let user = user.unwrap_or_default();
        let first = format!("log in with `mcx login --as {user}` first");
        match home.filter(|_| is_home_left_out) {
            Some(home) if is_told => Err(Failure::Procedure(format!("{home}: not logged in: {first}"))),
            _ if is_told => Ok(()),
            _ => Err(Failure::Procedure(format!("{user} is logged in nowhere: {first}"))),
        }
    })
}

/// The user's token in this system, where he has logged in there or migrated there.
async fn of_user(
    options: &Status,
    system: &SystemEndpoints,
    user: &str,
    env: &Env,
) -> Result<Option<String>, Failure> {
    let mut book = Book::open(&log_in::kept::file(options.tokens.as_deref(), options.endpoints.as_deref()))?;
    let server = Server::connect(&log_in::of_system(system, user)?, env)?;
    if book.get(server.issuer(), user).is_none() {
        return Ok(None);
    }
    log_in::access(&server, &mut book, user).await.map(|tokens| Some(tokens.access_token))
}

/// A server that is asked with a token.
struct Asked {
    http: Http,
    hop: Hop,
    token: HeaderValue,
}

impl Asked {
    fn new(system: &SystemEndpoints, token: String, env: &Env) -> Result<Self, Failure> {
        let none = || Failure::Procedure(format!("{} has no MC service server for clients", system.domain));
        let listener = system.listener("service", "clients").ok_or_else(none)?;
        let address = listener.address.parse().map_err(|_| none())?;
        let authority = std::fs::read_to_string(&system.tls.ca);
        let authority = authority.map_err(|why| Failure::file(&system.tls.ca, why))?;
        let host = format!("mcs.{}", system.domain);
        let (http, hop) = log_in::https("mcx", &host, address, authority, env)?;
        let mut token = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| none())?;
        token.set_sensitive(true);
        Ok(Self { http, hop, token })
    }

    /// Users and groups as one answer has them, marks and visits as the other.
    async fn status(&self, domain: &str) -> Result<Value, Failure> {
        let mut status = self.get("/mcx/service/status").await?;
        let migrations = self.get("/mcx/service/migrations").await?;
        status["system"] = Value::from(domain);
        for key in ["marks", "visits"] {
            status[key] = migrations.get(key).cloned().unwrap_or_default();
        }
        Ok(status)
    }

    async fn get(&self, path: &str) -> Result<Value, Failure> {
        let server = &self.hop.name;
        let failed = |why: String| Failure::Procedure(format!("{server}: {why}"));
        let request = Request::get(format!("https://{server}{path}"));
        let request = request.header(header::AUTHORIZATION, self.token.clone()).body(Bytes::new());
        let request = request.map_err(|why| failed(why.to_string()))?;
        let answer = self.http.web().fetch(request, self.hop.clone()).await;
        let answer = answer.map_err(|why| failed(why.to_string()))?;
        if answer.status() != StatusCode::OK {
            let said = String::from_utf8_lossy(answer.body());
            return Err(failed(format!("answers {}: {said}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|why| failed(why.to_string()))
    }
}
