//! What may be typed.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{acm, alias, audit, check, groups, lab, location, log_in, migrate, serve, service, store, users};

/// Interconnection of 3GPP mission critical systems.
#[derive(Parser, Debug)]
#[command(name = "mcx", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Runs the entities that a configuration file names, until SIGTERM or SIGINT.
    Serve(Serve),
    /// Reads a configuration file as `serve` would, and tells every mistake with its place.
    Check(File),
    /// Two MC systems on this machine.
    Lab {
        #[command(subcommand)]
        command: Lab,
    },
    /// What a location management client can do.
    Location {
        #[command(subcommand)]
        command: Location,
    },
    /// Logs a user in at an identity management server, and keeps the tokens for other commands.
    Login(log_in::Login),
    /// What an MC service server knows of its users.
    Service(service::Arguments),
    /// Has a user migrate to a partner MC system: service authorization there, asked of the primary one (TS 23.280 10.6.3.3).
    Migrate(migrate::Migrate),
    /// What users of interconnected MC systems arrange with each other though they are rarely there at once (TS 23.280 10.17).
    Acm(acm::Arguments),
    /// Functional aliases of a user: activates, takes over and lets go of them, and shows how they stand (TS 24.379 9A).
    Alias(alias::Arguments),
    /// What a group management client can do, and what administrators see and decide of sharing.
    Groups(groups::Arguments),
    /// What was done and decided, as the audit logs have it, and whether they are what was written.
    Audit(audit::Arguments),
    /// Looks after a store: its tables, its backups, its move to another engine.
    Store(store::Arguments),
    /// Who can log in: the users of an identity management server.
    Users(users::Arguments),
}

/// A configuration file.
#[derive(Args, Debug)]
struct File {
    /// The TOML file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// `mcx serve`
#[derive(Args, Debug)]
pub struct Serve {
    /// The TOML file.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Drains and ends when its standard input does, as when whoever started it is gone.
    #[arg(long, hide = true)]
    pub while_input: bool,
}

#[derive(Subcommand, Debug)]
enum Lab {
    /// Starts both systems, runs a procedure (all of them where none is named), prints its ladder; exits 0 or 1.
    Run(Run),
    /// Starts both systems and leaves them running until SIGTERM or SIGINT.
    Up(Up),
    /// Ends what `mcx lab up` has started in a folder, in order, and returns when nothing of it runs.
    Down(Down),
    /// Prints an access token of a user of a lab, for `curl -H "Authorization: Bearer …"`.
    Token(Token),
}

/// `mcx lab run`
#[derive(Args, Debug)]
#[command(override_usage = "mcx lab run [OPTIONS] [PROCEDURE]")]
pub struct Run {
    /// The procedure; all of them where none is named.
    pub procedure: Option<Procedure>,
    /// Whether the gateways hide what lies behind them, or the servers talk without gateways.
    #[arg(long, value_enum, default_value_t)]
    pub topology_hiding: Topology,
    /// Draws identifiers from this seed and stops the clock, so that the ladder is the same from run to run. What goes on side by side is
    /// then drawn one after the other, by the steps; what an entity does in a row stands as it happened. Without it everything stands as
    /// it was heard.
    #[arg(long, value_name = "N", value_parser = seed)]
    pub seed: Option<u64>,
    /// Everything listens at ::1.
    #[arg(long)]
    pub ipv6: bool,
    /// Of migration: the MC service that the user migrates with.
    #[arg(long, value_enum, default_value_t)]
    pub service: crate::migrate::Service,
    /// Leaves this flow, such as `location-information-request`, out of what the agreements let in, to see where that ends the
    /// procedure. The run then exits 1.
    #[arg(long, value_name = "FLOW")]
    pub deny: Option<String>,
    /// How the ladder is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a number from 0 to {}, such as 7", u64::MAX))
}

/// `mcx lab up`
#[derive(Args, Debug)]
pub struct Up {
    /// Where configuration, certificates, `endpoints.json` and `keys.log` are written; a new temporary folder where
    /// none is given.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Whether the gateways hide what lies behind them, or the servers talk without gateways.
    #[arg(long, value_enum, default_value_t)]
    pub topology_hiding: Topology,
    /// Replaces the lab that is in the folder already: its store, configuration, tokens and certificates.
    #[arg(long, requires = "dir")]
    pub fresh: bool,
    /// Returns as soon as both systems are ready; `endpoints.json` has the process ids.
    #[arg(long)]
    pub detach: bool,
}

/// `mcx lab down`
#[derive(Args, Debug)]
pub struct Down {
    /// The folder of `mcx lab up`; this one where nothing else is said.
    #[arg(long)]
    pub dir: Option<PathBuf>,
}

/// `mcx lab token`
#[derive(Args, Debug)]
pub struct Token {
    /// Whose, by name, such as `alice`, or by MC service ID; an administrator has one too.
    #[arg(long = "as", value_name = "USER")]
    pub user: String,
    /// The folder of `mcx lab up`; this one where nothing else is said.
    #[arg(long)]
    pub dir: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Location {
    /// Asks where users are, in whichever system they live, and prints what comes back; exits 1 where nobody's position does.
    Request(Request),
}

/// `mcx location request`
#[derive(Args, Debug)]
pub struct Request {
    /// The user who asks, by name, such as `alice`, or by MC service ID.
    #[arg(long = "as", value_name = "USER")]
    pub user: String,
    /// What `mcx lab up` wrote; `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    pub endpoints: Option<PathBuf>,
    /// In place of a lab: a configuration file with the user's `[client.NAME]`.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Asks for the last known position instead of a fresh one.
    #[arg(long)]
    pub last_known: bool,
    /// How positions are printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Positions,
    /// MC service IDs.
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// The procedures that the lab can run.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Procedure {
    /// Location on demand across MC systems (TS 23.280 10.9.3.10.2).
    Location,
    /// The primary MC system provides group configuration to the partner (TS 23.280 10.2.7.2).
    GroupProvide,
    /// The partner requests it of the primary (TS 23.280 10.2.7.3).
    GroupRequest,
    /// Service authorization for migration to the partner MC system (TS 23.280 10.6.3.3).
    Migration,
    /// Groups of the primary MC system are made known to a user of the partner: group information provision, also called
    /// interconnection group identity provision (TS 23.280 10.17.4.2).
    GroupInformation,
    /// Users of the primary MC system are allowed to migrate to the partner (TS 23.280 10.17.5.2).
    UsersForMigration,
    /// The profile that the partner gave to a user of the primary MC system is updated (TS 23.280 10.17.7.2).
    ProfileUpdate,
    /// All of them, one after the other.
    All,
}

/// How the two systems are connected.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Topology {
    /// Through gateways that hide their system.
    #[default]
    On,
    /// Through gateways that do not.
    Off,
    /// Server to server, without gateways (TS 23.280 10.9.3.10.1).
    Direct,
}

/// How a ladder is printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Format {
    /// Columns and arrows.
    #[default]
    Text,
    /// One JSON object on each line.
    Json,
    /// A Mermaid sequence diagram.
    Mermaid,
}

/// How positions are printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Positions {
    /// A line for each target.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Does what was typed.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    let done = match arguments.command {
        Command::Serve(options) => serve::run(&options),
        Command::Check(file) => check::run(&file.config),
        Command::Lab { command: Lab::Run(options) } => lab::run(&options),
        Command::Lab { command: Lab::Up(options) } => lab::up(&options),
        Command::Lab { command: Lab::Down(options) } => lab::down(&options),
        Command::Lab { command: Lab::Token(options) } => lab::token(&options),
        Command::Location { command: Location::Request(options) } => location::request(&options),
        Command::Login(options) => log_in::run(&options),
        Command::Service(arguments) => service::run(&arguments),
        Command::Migrate(options) => migrate::run(&options),
        Command::Acm(arguments) => acm::run(&arguments),
        Command::Alias(arguments) => alias::run(&arguments),
        Command::Groups(arguments) => groups::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Store(arguments) => store::run(&arguments),
        Command::Users(arguments) => users::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            if let Some(hint) = lab::is_it_down(&failure) {
                eprintln!("{hint}");
            }
            ExitCode::FAILURE
        }
    }
}
