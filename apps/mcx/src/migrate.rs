//! `mcx migrate`: the MC service client of a user who goes to work in a partner system, at the command line.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use clients::{
    ServiceClient,
    service::{Held, Journey},
};
use driver::Env;
use wire::Silent;
use xml_schemas::{
    body::{interconnection_info::McService, mcptt_info::AccessToken},
    migration::ProfileIndex,
};

use crate::{
    Failure, System, block_on,
    endpoints::{self, Endpoints},
    location,
    log_in::{self, Book},
    logging, serve,
    terminal::Terminal,
};

/// `mcx migrate`
#[derive(Args, Debug)]
pub struct Migrate {
    /// The domain of the partner MC system.
    #[arg(long, value_name = "DOMAIN")]
    to: String,
    /// The index of the user profile that is selected for work there.
    #[arg(long, value_name = "N")]
    profile: u8,
    /// The user who goes, by name, such as `dave`, or by MC service ID in the primary system.
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// What `mcx lab up` wrote; `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    endpoints: Option<PathBuf>,
    /// Where `mcx login` keeps tokens; `tokens.json` beside `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    tokens: Option<PathBuf>,
    /// In place of a lab: a configuration file with the `[client.NAME]` that the user is at the partner's.
    #[arg(long, value_name = "FILE", requires = "primary")]
    config: Option<PathBuf>,
    /// With --config: the MC service ID in the primary system.
    #[arg(long, value_name = "URI", requires = "config")]
    primary: Option<String>,
    /// Works there until Ctrl-C and then leaves, which ends the migration; without it the terminal goes, and the registration and
    /// the migration last as long as they were granted.
    #[arg(long)]
    stay: bool,
}

/// Registers at the partner's SIP core, asks its MC service server (TS 23.280 10.6.3.3), and prints what came of it. In a lab the user
/// has logged in at home, and both identity management servers give him what he shows there (TS 33.180 B.7).
///
/// # Errors
/// The user has no account there, the SIP core refuses, or one of the two systems does; why is told.
pub fn run(options: &Migrate) -> Result<(), Failure> {
    logging::start("warn");
    let (terminal, primary) = match (&options.config, &options.primary) {
        (Some(file), Some(primary)) => {
            (Terminal::found(Some(file), None, &options.user)?, location::user(primary)?)
        }
        _ => {
            let (terminal, visitor) =
                Terminal::visiting(options.endpoints.as_deref(), &options.user, &options.to)?;
            (terminal, location::user(&visitor.primary_mc_service_id)?)
        }
    };
    let journey = Journey { service: McService::Mcptt, primary, profile: ProfileIndex(options.profile) };
    block_on(terminal.config.process.threads(), async {
        let env = serve::world(None, Arc::new(Silent));
        let mut terminal = terminal.alone_as(&env.ids.token());
        if options.config.is_none() {
            equip(&mut terminal, options, &env).await?;
        }
        let system = System::start(&terminal.config, &env).await?;
        system.log_on().await?;
        let Some((client, service)) =
            system.clients().next().and_then(|client| Some((client, client.service()?)))
        else {
            return Err(Failure::Procedure("the terminal names no service-server".to_owned()));
        };
        let outcome = go(service, &journey, options).await;
        if (options.stay || outcome.is_err())
            && let Err(why) = client.log_off().await
        {
            tracing::warn!(%why, "the registration is left to expire");
        }
        outcome
    })
}

/// The terminal shows what the partner's identity management server gives for the user's log-in at home.
async fn equip(terminal: &mut Terminal, options: &Migrate, env: &Env) -> Result<(), Failure> {
    let endpoints = Endpoints::open(&endpoints::file(options.endpoints.as_deref())?)?;
    let unknown = || Failure::Procedure(format!("the lab has no user {}", options.user));
    let (home, user) = endpoints.user(&options.user).ok_or_else(unknown)?;
    let there = endpoints.system(&options.to)?;
    let file = log_in::kept::file(options.tokens.as_deref(), options.endpoints.as_deref());
    let tokens = log_in::travel(&mut Book::open(&file)?, [home, there], &user.name, env).await?;
    for client in &mut terminal.config.clients {
        let account = &mut client.device.account;
        if let Some(id) = &tokens.id {
            account.mc_id = location::user(id)?;
        }
        account.access_token = Some(AccessToken::new(&*tokens.access_token));
    }
    Ok(())
}

async fn go(service: &ServiceClient, journey: &Journey, options: &Migrate) -> Result<(), Failure> {
    let held = service.migrate(journey).await.map_err(|why| Failure::Procedure(why.to_string()))?;
    let (primary, here) = (journey.primary.as_str(), service.user());
    println!("{primary} has migrated to {}, and is {} there", options.to, here.as_str());
    if options.stay { leave(held).await } else { Ok(()) }
}

/// Until told to stop.
async fn leave(held: Held) -> Result<(), Failure> {
    let mut signals = serve::Signals::new()?;
    signals.stop().await;
    held.give_back().await;
    println!("the migration is over");
    Ok(())
}
