//! `mcx alias`: the functional aliases of a user at the command line. TS 24.379 clause 9A.2.1

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::{Args, Subcommand, ValueEnum};
use clients::AliasClient;
use driver::Env;
use kit::config::did_you_mean;
use serde_json::json;
use wire::Silent;
use xml_schemas::{
    body::presence::{AliasStatus, Standing},
    ids::FunctionalAlias,
    lexical::Lexical as _,
};

use crate::{Failure, System, block_on, logging, serve, terminal::Terminal};

/// `mcx alias`
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The user, by name, such as `alice`, or by MC service ID.
    #[arg(long = "as", value_name = "USER", global = true)]
    user: Option<String>,
    /// What `mcx lab up` wrote; `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE", conflicts_with = "config", global = true)]
    endpoints: Option<PathBuf>,
    /// In place of a lab: a configuration file with the user's `[client.NAME]`.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Activates aliases, all of them or none. The terminal goes then; the aliases last as long as they were granted.
    Activate {
        /// The aliases, as `sip:role@domain`.
        #[arg(required = true, value_name = "ALIAS")]
        aliases: Vec<String>,
        /// Stays logged on and holds them until Ctrl-C, and lets go of them then.
        #[arg(long)]
        stay: bool,
    },
    /// Activates aliases in the stead of others who hold them.
    TakeOver {
        /// The aliases.
        #[arg(required = true, value_name = "ALIAS")]
        aliases: Vec<String>,
        /// Stays logged on and holds them until Ctrl-C, and lets go of them then.
        #[arg(long)]
        stay: bool,
    },
    /// Lets go of aliases.
    Deactivate {
        /// The aliases.
        #[arg(required = true, value_name = "ALIAS")]
        aliases: Vec<String>,
    },
    /// Prints the aliases that the user may hold, and how each stands.
    Status {
        /// How it is printed.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// How it is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Format {
    /// A line for each alias.
    #[default]
    Text,
    /// A JSON object in each line.
    Json,
}

/// Does what was typed.
///
/// # Errors
/// The user is none, or the SIP core or the server refuses; why is told.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    logging::start("warn")?;
    let nobody = || Failure::Procedure("--as says which user it is about".to_owned());
    let user = arguments.user.as_deref().ok_or_else(nobody)?;
    let terminal = Terminal::found(arguments.config.as_deref(), arguments.endpoints.as_deref(), user)?;
    block_on(terminal.config.process.threads(), async {
        let env = serve::world(None, Arc::new(Silent));
        let terminal = terminal.alone_as(&env.ids.token());
        let system = System::start(&terminal.config, &env).await?;
        let Some((client, aliases)) =
            system.clients().next().and_then(|client| Some((client, client.aliases()?)))
        else {
            return Err(Failure::Procedure("the user's [client] table names no alias-server".to_owned()));
        };
        system.log_on().await?;
        let done = execute(&arguments.command, aliases, &env).await;
        // What was activated ends with the registration: it is left to expire, as the aliases are.
        let stays = matches!(&done, Ok(Leaves::Registered));
        if !stays && let Err(why) = client.log_off_alone().await {
            tracing::warn!(%why, "the registration is left to expire");
        }
        done.map(drop)
    })
}

/// How the terminal goes.
enum Leaves {
    /// The registration lasts as long as it was granted.
    Registered,
    /// The user logs off.
    LoggedOff,
}

async fn execute(command: &Command, client: &AliasClient, env: &Env) -> Result<Leaves, Failure> {
    match command {
        Command::Activate { aliases, stay } => hold(client, &read(aliases)?, (false, *stay), env).await,
        Command::TakeOver { aliases, stay } => hold(client, &read(aliases)?, (true, *stay), env).await,
        Command::Deactivate { aliases } => {
            let_go(client, read(aliases)?).await?;
            Ok(Leaves::LoggedOff)
        }
        Command::Status { format } => {
            let standing = client.status().await.map_err(refused)?;
            standing.iter().for_each(|status| println!("{}", line(status, *format)));
            Ok(Leaves::LoggedOff)
        }
    }
}

async fn hold(
    client: &AliasClient,
    aliases: &[FunctionalAlias],
    (takes_over, stay): (bool, bool),
    env: &Env,
) -> Result<Leaves, Failure> {
    let mut lasts = match client.activate(aliases, takes_over).await {
        Ok(lasts) => lasts,
        Err(stop) => return Err(not_held(client, aliases, stop).await),
    };
    // Whoever reads that line may end it at once.
    let signals = stay.then(serve::Signals::new).transpose()?;
    say(aliases, &format!("active for {} s", lasts.as_secs()));
    let Some(mut signals) = signals else { return Ok(Leaves::Registered) };
    loop {
        // RFC 3903 4.1: in time, and no more often than every second.
        let due = env.clock.sleep((lasts - lasts / 5).max(Duration::from_secs(1)));
        tokio::select! {
            () = signals.stop() => break,
            () = due => lasts = client.activate(aliases, false).await.map_err(refused)?,
        }
    }
    client.deactivate(aliases).await.map_err(refused)?;
    say(aliases, "let go");
    Ok(Leaves::LoggedOff)
}

/// Of an alias that the user may not hold, which one, and which he may have meant: he is told of all that he may.
async fn not_held(client: &AliasClient, aliases: &[FunctionalAlias], stop: kit::Stop) -> Failure {
    let unknown = stop.cause() == kit::Cause::UnknownTarget;
    let (why, standing) = (refused(stop), if unknown { client.status().await.ok() } else { None });
    let Some(standing) = standing else { return why };
    let known: Vec<&str> = standing.iter().map(|status| status.alias.as_str()).collect();
    let wrong: Vec<String> = aliases
        .iter()
        .map(FunctionalAlias::as_str)
        .filter(|alias| !known.contains(alias))
        .map(|alias| format!("{alias}{}", did_you_mean(alias, known.iter().copied())))
        .collect();
    match wrong.is_empty() {
        true => why,
        false => Failure::Procedure(format!(
            "{why}: {}; `mcx alias status` lists the user's aliases",
            wrong.join(", ")
        )),
    }
}

/// Those that the user holds; of the others it is said that he does not.
async fn let_go(client: &AliasClient, aliases: Vec<FunctionalAlias>) -> Result<(), Failure> {
    let standing = client.status().await.map_err(refused)?;
    let is_held = |alias: &FunctionalAlias| {
        let is = |status: &&AliasStatus| status.alias == *alias && status.status == Some(Standing::Activated);
        standing.iter().any(|status| is(&status))
    };
    let (held, others): (Vec<_>, Vec<_>) = aliases.into_iter().partition(is_held);
    if !held.is_empty() {
        client.deactivate(&held).await.map_err(refused)?;
    }
    say(&held, "let go");
    say(&others, "was not active");
    Ok(())
}

/// What has become of each.
fn say(aliases: &[FunctionalAlias], what: &str) {
    aliases.iter().for_each(|alias| println!("{}  {what}", alias.as_str()));
}

fn read(aliases: &[String]) -> Result<Vec<FunctionalAlias>, Failure> {
    let read = |text: &String| {
        FunctionalAlias::new(text).map_err(|why| Failure::Procedure(format!("{text} is {why}")))
    };
    aliases.iter().map(read).collect()
}

fn line(status: &AliasStatus, format: Format) -> String {
    let alias = status.alias.as_str();
    let standing = status.status.as_ref().map(|standing| standing.write().into_owned()).unwrap_or_default();
    let [since, expires] = [status.since, status.expires].map(|moment| moment.map(|at| at.to_string()));
    match format {
        Format::Json => {
            let client = &status.client;
            json!({ "alias": alias, "status": standing, "client": client, "since": since, "expires": expires })
                .to_string()
        }
        Format::Text => {
            let until = expires.map(|expires| format!("  until {expires}")).unwrap_or_default();
            format!("{alias}  {standing}{until}")
        }
    }
}

fn refused(stop: kit::Stop) -> Failure {
    let cause = stop.cause();
    Failure::Procedure(format!("refused: {} (cause {})", cause.text(), cause.code()))
}
