//! `mcx migrate`: the MC service client of a user who goes to work in a partner system, at the command line.

use std::{path::PathBuf, sync::Arc};

use clap::{Args, ValueEnum};
use clients::{
    ServiceClient,
    service::{Held, Journey, NotMigrated},
};
use driver::Env;
use wire::Silent;
use xml_schemas::{
    body::{interconnection_info::McService, mcptt_info::AccessToken},
    ids::McServiceId,
    migration::ProfileIndex,
};

use crate::{
    Failure, System, block_on,
    config::Threads,
    endpoints::{self, Endpoints},
    location,
    log_in::{self, Book},
    logging, serve,
    terminal::{Carried, Terminal},
};

/// An MC service whose users migrate. MCData has no published elements for it (TS 24.282).
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Service {
    /// Mission critical push to talk.
    #[default]
    Mcptt,
    /// Mission critical video.
    Mcvideo,
}

impl From<Service> for McService {
    fn from(service: Service) -> Self {
        match service {
            Service::Mcptt => Self::Mcptt,
            Service::Mcvideo => Self::McVideo,
        }
    }
}

/// `mcx migrate`
#[derive(Args, Debug)]
pub struct Migrate {
    /// The domain of the partner MC system.
    #[arg(long, value_name = "DOMAIN")]
    to: String,
    /// The index of the user profile that is selected for work there. The one of the own system that has it says how the user is
    /// connected with the other.
    #[arg(long, value_name = "N")]
    profile: u8,
    /// The MC service that is wanted there.
    #[arg(long, value_enum, default_value_t)]
    service: Service,
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
    /// With --config, which stands for a profile that was configured offline (CSC-11): the MC service ID in the primary system.
    #[arg(long, value_name = "URI", requires = "config")]
    primary: Option<String>,
    /// Works there until Ctrl-C and then leaves, which ends this migration, and none with another MC service; without it the terminal
    /// goes, and the registration and the migration last as long as they were granted.
    #[arg(long)]
    stay: bool,
}

/// Registers at the partner's SIP core, asks its MC service server (TS 23.280 10.6.3.3), and prints what came of it. In a lab the user
/// has logged in at home: there his client reads the profile that he selects, which says how he is connected with the partner system,
/// and both identity management servers give him what he shows there (TS 33.180 B.7).
///
/// # Errors
/// The profile is not valid there, the SIP core refuses, or one of the two systems does; why is told.
pub fn run(options: &Migrate) -> Result<(), Failure> {
    logging::start("warn")?;
    block_on(Threads::Shared, async {
        let env = serve::world(None, Arc::new(Silent));
        let (terminal, primary) = match (&options.config, &options.primary) {
            (Some(file), Some(primary)) => {
                let terminal = Terminal::found(Some(file), None, &options.user)?;
                works_in(&terminal, &options.to)?;
                (terminal, location::user(primary)?)
            }
            _ => equipped(options, &env).await?,
        };
        let service = options.service.into();
        let journey = Journey { service, primary, profile: ProfileIndex(options.profile) };
        let terminal = terminal.alone_as(&env.ids.token());
        let system = System::start(&terminal.config, &env).await?;
        system.log_on().await?;
        let Some((client, service)) =
            system.clients().next().and_then(|client| Some((client, client.service()?)))
        else {
            return Err(Failure::Procedure("the terminal names no service-server".to_owned()));
        };
        let outcome = go(service, &journey, options).await;
        if (options.stay || outcome.is_err())
            && let Err(why) = client.log_off_alone().await
        {
            tracing::warn!(%why, "the registration is left to expire");
        }
        outcome
    })
}

/// A terminal of a file is one in the system that is named, and says which MC client it is, as that system's server wants to know.
fn works_in(terminal: &Terminal, to: &str) -> Result<(), Failure> {
    let Some(client) = terminal.config.clients.first() else { return Ok(()) };
    let (name, account) = (&client.device.name, &client.device.account);
    let home = account.mc_id.domain();
    if !home.eq_ignore_ascii_case(to) {
        let why = format!("[client.{name}] is {} of {home}, not of {to}", account.mc_id.as_str());
        return Err(Failure::Procedure(why));
    }
    if account.client_id.is_none() {
        let why =
            format!("[client.{name}] has no client-id, which whoever migrates has to say (TS 24.379 7.2.1)");
        return Err(Failure::Procedure(why));
    }
    Ok(())
}

/// The terminal of a lab's user as the profile at home says, showing what the partner's identity management server gives for the
/// log-in there; and who he is at home.
async fn equipped(options: &Migrate, env: &Env) -> Result<(Terminal, McServiceId), Failure> {
    let endpoints = Endpoints::open(&endpoints::file(options.endpoints.as_deref())?)?;
    let (home, user) = endpoints.known_user(&options.user)?;
    let there = endpoints.system(&options.to)?;
    let file = log_in::kept::file(options.tokens.as_deref(), options.endpoints.as_deref());
    let mut book = Book::open(&file)?;
    let primary = location::user(&user.mc_service_id)?;
    let server = log_in::Server::connect(&log_in::of_system(home, &user.name)?, env)?;
    let token = AccessToken::new(log_in::access(&server, &mut book, &user.name).await?.access_token);
    let at = log_in::Documents::of_lab(home)?;
    let partner = log_in::connected(&at, (&primary, options.profile), &options.to, token, env).await?;
    let own = there.visitors.iter().find(|visitor| visitor.name == user.name);
    let own = own.ok_or_else(|| {
        Failure::Procedure(format!("the password of {}'s account at {} is not known", user.name, options.to))
    })?;
    let tokens = log_in::travel(&mut book, [home, there], &user.name, env).await?;
    let id = tokens.id.as_deref().map_or_else(|| Ok(primary.clone()), location::user)?;
    let carried = Carried { id: &id, password: &own.password, client_id: &own.client_id, core: &options.to };
    let mut terminal = Terminal::visiting("terminal", &partner, &carried)?;
    for client in &mut terminal.config.clients {
        client.device.account.access_token = Some(AccessToken::new(&*tokens.access_token));
    }
    Ok((terminal, primary))
}

async fn go(service: &ServiceClient, journey: &Journey, options: &Migrate) -> Result<(), Failure> {
    let told = |why: NotMigrated| Failure::Procedure(why.told(journey.primary.domain(), &options.to));
    let held = service.migrate(journey).await.map_err(told)?;
    let (primary, here) = (journey.primary.as_str(), service.user());
    let service = match options.service {
        Service::Mcptt => "",
        Service::Mcvideo => " with MCVideo",
    };
    // Whoever reads that line may end it at once.
    let signals = options.stay.then(serve::Signals::new).transpose()?;
    println!("{primary} has migrated{service} to {}, and is {} there", options.to, here.as_str());
    if let Some(signals) = signals {
        leave(held, signals).await;
    }
    Ok(())
}

/// Until told to stop.
async fn leave(held: Held, mut signals: serve::Signals) {
    signals.stop().await;
    held.give_back().await;
    println!("the migration is over");
}
