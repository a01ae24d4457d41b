//! `mcx lab run`: both systems in this process, over real sockets and real TLS; one procedure; its ladder.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use driver::{Env, SystemClock};
use futures::future::try_join_all;
use kit::ladder;
use wire::{BoxFuture, Clock, Recorder};
use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, TargetAnswer},
};

use super::{
    files,
    plan::{Part, Plan},
    watch::{Watched, in_order},
};
use crate::{
    Failure, System, SystemConfig,
    cli::{Format, Procedure, Run},
    location, logging, runtime, serve,
};

/// Nobody's transactions are left after a procedure; a reused connection may be.
const DRAIN: Duration = Duration::from_secs(2);

/// How many servers of a system are told who logs on.
const SERVERS: usize = 2;

/// Runs the procedures that were asked for, and prints the ladder of each.
///
/// # Errors
/// A system that does not start, or a procedure that does not end as its clause says.
pub fn run(options: &Run) -> Result<(), Failure> {
    logging::start("warn");
    let folder = tempfile::Builder::new().prefix("mcx-lab-").tempdir()?;
    runtime()?.block_on(async {
        let ladder = Arc::new(Watched::default());
        let env = |salt: u64| {
            let seed = options.seed.map(|seed| seed ^ salt << 32);
            let env = serve::world(seed, ladder.clone() as Arc<dyn Recorder>);
            if seed.is_some() { Env { clock: Arc::new(Standing), ..env } } else { env }
        };
        let mut plan = Plan::new(folder.path(), options.topology_hiding, &*env(1).ids)?;
        plan.still = options.seed.is_some();
        files::write(&plan)?;
        let lab = Lab::start(&plan, &env).await?;
        let outcome = lab.procedures(options, &plan, &ladder).await;
        lab.drain().await;
        outcome
    })
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

    async fn procedures(&self, options: &Run, plan: &Plan, ladder: &Watched) -> Result<(), Failure> {
        match options.procedure {
            None | Some(Procedure::Location) => self.location(options.format, plan, ladder).await,
        }
    }

    /// TS 23.280 10.9.3.10.2: one user is found, one may not be, one does not exist.
    async fn location(&self, format: Format, plan: &Plan, ladder: &Watched) -> Result<(), Failure> {
        let [primary, partner] = &plan.systems;
        let asking = primary.users.iter().find(|user| user.part == Part::Asks);
        let client = asking.and_then(|user| self.clients.iter().find_map(|system| system.client(user.name)));
        let client = client.ok_or_else(|| Failure::Procedure("nobody is there to ask".to_owned()))?;
        let wanted = |part| {
            partner.users.iter().find(|user| user.part == part).map(|user| user.mc_service_id(partner.domain))
        };
        let nobody = Some(format!("sip:nobody@{}", partner.domain));
        let targets = [wanted(Part::Moves), wanted(Part::Hides), nobody].into_iter().flatten();
        let targets = targets.map(|target| location::user(&target)).collect::<Result<Vec<_>, _>>()?;
        client.log_on().await.map_err(|why| Failure::start(&client.name, why))?;
        ladder.log_ons(SERVERS * clients_of(plan)).await?;
        ladder.ladder.clear();
        let report = client.location().locate(targets.clone(), true).await;
        ladder.quiet().await;
        let entries = ladder.ladder.entries();
        let entries = if plan.still { in_order(entries) } else { entries };
        print!("{}", ladder::render(&entries, chosen(format)));
        let report = report.map_err(|stop| {
            Failure::Procedure(format!("the request was refused: {}", stop.cause().text()))
        })?;
        if format == Format::Text {
            println!();
            print!("{}", location::text(&report));
        }
        judge(&report, &targets)
    }

    async fn drain(&self) {
        for system in self.clients.iter().chain(&self.servers) {
            system.drain(DRAIN).await;
        }
    }
}

/// How many users are logged on while a procedure runs: all that are ever.
fn clients_of(plan: &Plan) -> usize {
    plan.systems.iter().flat_map(|system| &system.users).filter(|user| user.part != Part::Away).count()
}

/// The first target is found; the others are refused, each with its own cause.
fn judge(report: &LocationReport, targets: &[McServiceId]) -> Result<(), Failure> {
    let mut causes = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let answer = report.targets.iter().find(|each| each.target == *target).map(|each| &each.answer);
        match (index, answer) {
            (0, Some(TargetAnswer::Located(_))) => {}
            (1.., Some(TargetAnswer::Refused(refusal))) if !causes.contains(&refusal.code) => {
                causes.push(refusal.code)
            }
            (_, Some(_)) => {
                return Err(Failure::Procedure(format!(
                    "target {} was not answered as it should be",
                    index + 1
                )));
            }
            (_, None) => return Err(Failure::Procedure(format!("target {} was not answered", index + 1))),
        }
    }
    Ok(())
}

fn chosen(format: Format) -> ladder::Format {
    match format {
        Format::Text => ladder::Format::Text,
        Format::Json => ladder::Format::Json,
        Format::Mermaid => ladder::Format::Mermaid,
    }
}
