//! A location from client to client through both gateways: TS 23.280 clause 10.9.3.10.2 with fresh positions, under load.
//!
//! All of both systems of the lab's plan runs in this one process, over the kernel's loopback, with TLS between the
//! servers: two SIP cores, two location management servers, two gateways, two MC service servers, and the terminals of
//! those who ask and those who are asked for. Requests begin when they are due, whether or not earlier ones have ended.
//!
//! `cargo xtask bench location`, or `cargo bench --package mcx --bench location -- --rates 100,1500 --seconds 10`.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod common;

use std::{
    cell::RefCell,
    io,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use clap::Parser;
use clients::{Source, position::Fix};
use common::{cpu_seconds, serve, world};
use mcx::{
    Failure, System, SystemConfig,
    assemble::Client,
    cli::Topology,
    config::Threads,
    lab::{
        files,
        plan::{Part, Plan, User},
    },
    logging,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::{sleep, timeout},
};
use xml_schemas::{ids::McServiceId, location::TargetAnswer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// For how long connections are opened and caches filled before anything is measured, and at which rate.
const WARM_UP: (u64, Duration) = (100, Duration::from_secs(2));
/// How long the last requests are waited for.
const LAST: Duration = Duration::from_secs(15);
/// A rate is sustained where this part of what was asked was answered with a position, in time.
const SUSTAINED: f64 = 0.999;
/// And where the answers come as fast as the requests go, within this part.
const KEPT_UP: f64 = 0.98;

#[derive(Parser)]
struct Options {
    /// Requests a second, each rate a run of its own.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 500, 1000, 1500, 2000])]
    rates: Vec<u64>,
    /// For how many seconds requests begin.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many users ask, and how many are asked for.
    #[arg(long, default_value_t = 10)]
    users: usize,
    /// Whether the gateways hide their systems' topology.
    #[arg(long, value_enum, default_value_t = Topology::On)]
    topology_hiding: Topology,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What became of the requests of one run.
#[derive(Default)]
struct Tally {
    /// From the moment at which a request was due.
    took: Vec<Duration>,
    /// Without a position, with the cause.
    failed: Vec<String>,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    logging::start("off")?;
    // The terminals, and what counts, share one thread; the servers of a system share another.
    mcx::block_on(Threads::Shared, run(&options))
}

async fn run(options: &Options) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut plan = Plan::new(folder.path(), options.topology_hiding, &*world().ids)?;
    for system in &mut plan.systems {
        system.users = (0..options.users).map(user).collect();
    }
    files::write(&plan)?;
    let mut systems = Vec::new();
    for system in &plan.systems {
        serve(SystemConfig::open(&system.servers_file())?).await?;
    }
    for system in &plan.systems {
        let clients = System::start(&terminals(&system.clients_file())?, &world()).await?;
        clients.log_on().await?;
        systems.push(clients);
    }
    let askers: Vec<Client> = systems.iter().flat_map(System::clients).take(options.users).cloned().collect();
    let abroad = plan.systems[1].domain;
    let targets: Result<Vec<McServiceId>, _> =
        plan.systems[1].users.iter().map(|user| McServiceId::new(&user.mc_service_id(abroad))).collect();
    let targets = targets.map_err(|why| Failure::Procedure(why.to_string()))?;
    measure(options, &askers, &targets).await?;
    Ok(())
}

fn user(number: usize) -> User {
    // As many as the command line says, once.
    let name: &'static str = Box::leak(format!("user{number}").into_boxed_str());
    User { name, password: format!("{name} knows"), part: Part::Asks }
}

/// The terminals of one system: each stands somewhere and logs on at once.
fn terminals(file: &std::path::Path) -> Result<SystemConfig, Failure> {
    let mut config = SystemConfig::open(file)?;
    for client in &mut config.clients {
        client.log_on = true;
        client.location.source =
            Source::Fixed(Fix { latitude: 60.1699, longitude: 24.9384, altitude: Some(14.0) });
    }
    Ok(config)
}

async fn measure(options: &Options, askers: &[Client], targets: &[McServiceId]) -> io::Result<()> {
    load(WARM_UP.0, WARM_UP.1, askers, targets).await;
    println!("| requests/s | answered/s | failed | p50 ms | p99 ms | longest ms | CPU s per 1,000 |");
    println!("|---|---|---|---|---|---|---|");
    let mut highest = None;
    for rate in &options.rates {
        let (begun, spent) = (Instant::now(), cpu_seconds()?);
        let mut tally = load(*rate, Duration::from_secs(options.seconds), askers, targets).await;
        let (lasted, spent) = (begun.elapsed(), cpu_seconds()? - spent);
        tally.took.sort_unstable();
        let (answered, failed) = (tally.took.len() as f64, tally.failed.len() as f64);
        let a_second = answered / lasted.as_secs_f64();
        println!(
            "| {rate} | {a_second:.0} | {failed} | {:.2} | {:.2} | {:.2} | {:.2} |",
            tally.millis(0.5),
            tally.millis(0.99),
            tally.millis(1.0),
            spent / (answered + failed) * 1000.0,
        );
        if let Some(why) = tally.failed.first() {
            println!("  first failure: {why}");
        }
        let all = answered >= SUSTAINED * (answered + failed);
        if all && a_second >= KEPT_UP * *rate as f64 {
            highest = highest.max(Some(*rate));
        }
    }
    match highest {
        Some(rate) => println!("\nHighest rate sustained: {rate} requests/s."),
        None => println!("\nNo rate was sustained."),
    }
    Ok(())
}

/// Begins requests at a rate, and waits for the last.
async fn load(rate: u64, lasting: Duration, askers: &[Client], targets: &[McServiceId]) -> Tally {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let mut asked = 0_usize;
    let mut begins = pace(rate, lasting);
    while let Some(due) = begins.recv().await {
        let (asker, target) = (&askers[asked % askers.len()], &targets[asked / askers.len() % targets.len()]);
        let (asker, target, tally) = (asker.clone(), target.clone(), tally.clone());
        tokio::task::spawn_local(ask(asker, target, due, tally));
        asked += 1;
    }
    let ended = || tally.borrow().took.len() + tally.borrow().failed.len();
    let waiting = async {
        while ended() < asked {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let _ = timeout(LAST, waiting).await;
    let missing = asked.saturating_sub(ended());
    let mut tally = tally.take();
    tally.failed.extend((0..missing).map(|_| "nothing came back".to_owned()));
    tally
}

/// When each request is due, told when it is. A thread's sleep is good to some ten microseconds; a runtime's timer would begin
/// every request up to a millisecond late, and that would be counted as ours.
fn pace(rate: u64, lasting: Duration) -> UnboundedReceiver<Instant> {
    let (tell, told) = unbounded_channel();
    let gap = Duration::from_secs(1) / u32::try_from(rate.max(1)).unwrap_or(u32::MAX);
    let begun = Instant::now();
    thread::spawn(move || {
        let dues = (0_u32..).map(|number| gap * number).take_while(|after| *after < lasting);
        for due in dues.map(|after| begun + after) {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if tell.send(due).is_err() {
                break;
            }
        }
    });
    told
}

async fn ask(asker: Client, target: McServiceId, due: Instant, tally: Rc<RefCell<Tally>>) {
    let report = asker.location().locate(vec![target], true).await;
    let mut tally = tally.borrow_mut();
    match report.map(|report| report.targets.into_iter().next().map(|target| target.answer)) {
        Ok(Some(TargetAnswer::Located(_))) => tally.took.push(due.elapsed()),
        Ok(other) => tally.failed.push(format!("{other:?}")),
        Err(stop) => tally.failed.push(format!("{stop:?}")),
    }
}

impl Tally {
    /// The latency that this part of the answered requests did not exceed, once sorted.
    fn millis(&self, part: f64) -> f64 {
        let place = (self.took.len() as f64 * part) as usize;
        let took = self.took.get(place.min(self.took.len().saturating_sub(1)));
        took.map_or(f64::NAN, |took| took.as_secs_f64() * 1000.0)
    }
}
