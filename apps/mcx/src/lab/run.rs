//! `mcx lab run`: both systems in this process, over real sockets and real TLS; one procedure; its ladder.

mod acm;
mod groups;
mod location;
mod migration;

use std::{
    cell::Cell,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use clap::ValueEnum as _;
use driver::{Env, SystemClock};
use futures::future::try_join_all;
use kit::ladder;
use wire::{BoxFuture, Clock, Kind, Recorder};

use super::{
    files, order,
    plan::{Arranging, Part, Plan},
    watch::Watched,
};
use crate::{
    Failure, System, SystemConfig, block_on,
    cli::{Format, Procedure, Run, Topology},
    config::Threads,
    logging, serve,
};

/// Nobody's transactions are left after a procedure; a reused connection may be.
const DRAIN: Duration = Duration::from_secs(2);

/// How many servers of a system are told who logs on.
const SERVERS: usize = 4;

/// Runs the procedures that were asked for, and prints the ladder of each.
///
/// # Errors
/// A system that does not start, or a procedure that does not end as its clause says.
pub fn run(options: &Run) -> Result<(), Failure> {
    logging::start("warn")?;
    let folder = tempfile::Builder::new().prefix("mcx-lab-").tempdir()?;
    let procedures = match options.procedure {
        None | Some(Procedure::All) => &[
            Procedure::Location,
            Procedure::GroupProvide,
            Procedure::GroupRequest,
            Procedure::Migration,
            Procedure::GroupInformation,
            Procedure::UsersForMigration,
            Procedure::ProfileUpdate,
        ],
        Some(ref one) => std::slice::from_ref(one),
    };
    // As the files of the lab say: everything on one thread.
    block_on(Threads::Shared, async {
        if options.seed.is_some() {
            say_how_drawn(options.format, procedures.len() > 1);
        }
        for (number, procedure) in procedures.iter().enumerate() {
            if number > 0 && options.format != Format::Json {
                println!();
            }
            let title = (procedures.len() > 1).then(|| title(*procedure));
            Stage::play(options, (*procedure, title), &folder.path().join(number.to_string())).await?;
            if let Some(flow) = &options.deny {
                eprintln!("--deny {flow}: nothing of this procedure needs that flow to be let in");
            }
        }
        Ok(())
    })
}

/// What a seeded run shows is an order that nobody has heard.
const DRAWN: &str = "in the order of the steps: what goes on side by side is drawn one after the other; what one does in a row, as it happened";

/// At the head of what follows; beside it, where that is for programs.
fn say_how_drawn(format: Format, are_several: bool) {
    match format {
        Format::Text => println!("# {DRAWN}\n"),
        Format::Mermaid if are_several => println!("{DRAWN}\n"),
        Format::Mermaid => println!("%% {DRAWN}"),
        Format::Json => eprintln!("{DRAWN}"),
    }
}

/// What one procedure is played on.
struct Stage<'r> {
    options: &'r Run,
    procedure: Procedure,
    /// What stands above its ladder, where it is one of several.
    title: Option<String>,
    plan: Plan,
    ladder: Arc<Watched>,
    /// Whether its ladder has been printed.
    shown: Cell<bool>,
}

impl Stage<'_> {
    /// Both systems from the beginning, as the procedure presumes them.
    async fn play(
        options: &Run,
        (procedure, title): (Procedure, Option<String>),
        folder: &Path,
    ) -> Result<(), Failure> {
        let ladder = Arc::new(Watched::new(options.seed.is_some()));
        let env = |salt| env(options.seed, salt, &ladder);
        let mut plan = Plan::on_loopback(folder, options.topology_hiding, &*env(1).ids, options.ipv6)?;
        plan.still = options.seed.is_some();
        plan.provides = procedure != Procedure::GroupRequest;
        plan.denied.clone_from(&options.deny);
        plan.arranging = Arranging {
            asks_group_server: procedure == Procedure::GroupInformation,
            removes_by_rule: procedure == Procedure::UsersForMigration,
        };
        files::write(&plan)?;
        let lab = Lab::start(&plan, &env).await?;
        let stage =
            Stage { options, procedure, title, plan, ladder: ladder.clone(), shown: Cell::new(false) };
        let outcome = match procedure {
            Procedure::Location | Procedure::All => location::run(&stage, &lab).await,
            Procedure::Migration => migration::run(&stage, &lab).await,
            Procedure::GroupInformation => acm::group_information(&stage, &lab, &env(6)).await,
            Procedure::UsersForMigration => acm::users_for_migration(&stage, &lab, &env(6)).await,
            Procedure::ProfileUpdate => acm::profile_update(&stage, &lab, &env(6)).await,
            Procedure::GroupProvide => groups::provide(&stage, &env(6)).await,
            Procedure::GroupRequest => groups::request(&stage, &env(6)).await,
        };
        if outcome.is_err() {
            // As far as it came.
            stage.end().await;
        }
        lab.drain().await;
        outcome.map_err(|why| stage.blame(why))
    }

    /// A procedure that did not end as it has to: which of its steps was the first that did not happen.
    fn blame(&self, why: Failure) -> Failure {
        let (clause, last) = steps(self.procedure);
        match self.missing(clause, last) {
            Some(step) => Failure::Procedure(format!("step {step} of {clause} was not taken: {why}")),
            None => why,
        }
    }

    /// The first step up to this one that nobody took.
    fn missing(&self, clause: &str, last: u8) -> Option<u8> {
        let entries = self.ladder.entries();
        let is_there = |step: u8| {
            let is_it = |kind: &Kind| matches!(kind, Kind::Step { clause: of, number, .. } if *of == clause && *number == step);
            entries.iter().any(|entry| is_it(&entry.kind))
        };
        let direct = self.plan.topology == Topology::Direct;
        let of_gateways =
            |step: &u8| direct && clause == migration::CLAUSE && migration::GATEWAYS.contains(step);
        (1..=last).filter(|step| !of_gateways(step)).find(|step| !is_there(*step))
    }

    /// Every step of the procedure was taken.
    fn taken(&self) -> Result<(), Failure> {
        let (clause, last) = steps(self.procedure);
        match self.missing(clause, last) {
            Some(_) => Err(Failure::Procedure("nothing came of it".to_owned())),
            None => Ok(()),
        }
    }

    /// Everybody who is to be logged on is; from now on the ladder is the procedure's.
    async fn begin(&self) -> Result<(), Failure> {
        self.ladder.log_ons(SERVERS * clients_of(&self.plan)).await?;
        self.ladder.quiet().await;
        self.ladder.clear();
        Ok(())
    }

    /// The ladder, once, when nobody says anything any more.
    async fn end(&self) {
        if self.shown.replace(true) {
            return;
        }
        self.ladder.quiet().await;
        let entries =
            if self.plan.still { order::drawn(self.ladder.phases()) } else { self.ladder.entries() };
        print!("{}", self.printed(&ladder::render(&entries, chosen(self.options.format))));
    }

    /// The ladder as one of several, each of which is told from the others.
    fn printed(&self, ladder: &str) -> String {
        let title = self.title.as_deref();
        match (self.options.format, title) {
            (Format::Text, Some(title)) => format!("# {title}\n\n{ladder}"),
            (Format::Mermaid, Some(title)) => format!("# {title}\n\n```mermaid\n{ladder}```\n"),
            (Format::Text | Format::Mermaid, None) => ladder.to_owned(),
            (Format::Json, _) => {
                let named = format!("{{\"procedure\":\"{}\",", name(self.procedure));
                let lines = ladder.lines().filter_map(|line| line.strip_prefix('{'));
                lines.map(|line| format!("{named}{line}\n")).collect()
            }
        }
    }

    /// Where people read along.
    fn is_text(&self) -> bool {
        self.options.format == Format::Text
    }
}

fn env(seed: Option<u64>, salt: u64, ladder: &Arc<Watched>) -> Env {
    let seed = seed.map(|seed| seed ^ salt << 32);
    let env = serve::world(seed, ladder.clone() as Arc<dyn Recorder>);
    if seed.is_some() { Env { clock: Arc::new(Standing), ..env } } else { env }
}

/// A procedure as it is typed.
fn name(procedure: Procedure) -> String {
    procedure.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn title(procedure: Procedure) -> String {
    format!("{} (TS 23.280 {})", name(procedure), steps(procedure).0)
}

/// The clause of a procedure, and the number of its last step.
fn steps(procedure: Procedure) -> (&'static str, u8) {
    match procedure {
        Procedure::Location | Procedure::All => (location::CLAUSE, 7),
        Procedure::GroupProvide => (groups::PROVIDE, 5),
        Procedure::GroupRequest => (groups::REQUEST, 6),
        Procedure::Migration => (migration::CLAUSE, 11),
        Procedure::GroupInformation => (acm::GROUPS, 14),
        Procedure::UsersForMigration => (acm::USERS, 10),
        Procedure::ProfileUpdate => (acm::PROFILES, 10),
    }
}

/// How many users are logged on while a procedure runs: all that are ever.
fn clients_of(plan: &Plan) -> usize {
    plan.systems.iter().flat_map(|system| &system.users).filter(|user| user.part != Part::Away).count()
}

/// What makes a run repeat: the time of day stands still, while whoever waits does wait.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    /// 2026-01-01T12:00:00Z.
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_268_800)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

/// Both systems, servers and clients.
struct Lab {
    servers: Vec<System>,
    clients: Vec<System>,
}

impl Lab {
    /// Starts everything, and logs the users on who are to be.
    async fn start(plan: &Plan, env: &dyn Fn(u64) -> Env) -> Result<Self, Failure> {
        let (mut servers, mut clients) = (Vec::new(), Vec::new());
        for (system, salt) in plan.systems.iter().zip([2, 3]) {
            let config = SystemConfig::open(&system.servers_file())?;
            servers.push(System::start(&config, &env(salt)).await?);
        }
        for (system, salt) in plan.systems.iter().zip([4, 5]) {
            let config = SystemConfig::open(&system.clients_file())?;
            clients.push(System::start(&config, &env(salt)).await?);
        }
        try_join_all(clients.iter().map(System::log_on)).await?;
        Ok(Self { servers, clients })
    }

    async fn drain(&self) {
        for system in self.clients.iter().chain(&self.servers) {
            system.drain(DRAIN).await;
        }
    }
}

fn chosen(format: Format) -> ladder::Format {
    match format {
        Format::Text => ladder::Format::Text,
        Format::Json => ladder::Format::Json,
        Format::Mermaid => ladder::Format::Mermaid,
    }
}
