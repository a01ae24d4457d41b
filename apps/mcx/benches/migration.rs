//! A migration from client to client through both gateways: TS 23.280 clause 10.6.3.3, durable mark included, under load.
//!
//! All of both systems of the lab's plan runs in this one process, over the kernel's loopback, with TLS between the servers and a
//! store on disk for each system. The CPU seconds are those of everything: servers, gateways, SIP cores, and the terminals of those
//! who migrate. Each run has its own users, who have registered before it begins.
//!
//! `cargo xtask bench migration`, or `cargo bench --package mcx --bench migration -- --users 1000 --rate 200`.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod common;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use clients::service::{Held, Journey};
use common::{cpu_seconds, serve, world};
use futures::future::join_all;
use mcx::{
    Failure, System, SystemConfig,
    cli::Topology,
    config::Threads,
    lab::{
        files,
        plan::{Part, Plan, User, Visitor},
        profiles,
    },
    logging,
};
use service::migration::{Allow, Visitors};
use tokio::time::sleep;
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, migration::ProfileIndex};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many migrate before anything is measured.
const WARM_UP: usize = 20;

#[derive(Parser)]
struct Options {
    /// How many users migrate in each run.
    #[arg(long, default_value_t = 1000)]
    users: usize,
    /// Migrations begun each second in the run that measures what one costs.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Whether the gateways hide their systems' topology.
    #[arg(long, value_enum, default_value_t = Topology::On)]
    topology_hiding: Topology,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    logging::start("off")?;
    mcx::block_on(Threads::Shared, run(&options))
}

async fn run(options: &Options) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut plan = Plan::new(folder.path(), options.topology_hiding, &*world().ids)?;
    let everybody = options.users + WARM_UP;
    let [home, abroad] = &mut plan.systems;
    (home.users, home.visitors) = ((0..everybody).map(user).collect(), Vec::new());
    (abroad.users, abroad.visitors) = (Vec::new(), (0..everybody).map(visitor).collect());
    files::write(&plan)?;
    for system in &plan.systems {
        servers(system.servers_file()).await?;
    }
    profiles::put(&plan, &world()).await?;
    let [home, abroad] = &plan.systems;
    let mut terminals = SystemConfig::open(&abroad.clients_file())?;
    terminals.clients.iter_mut().for_each(|client| client.log_on = true);
    let terminals = System::start(&terminals, &world()).await?;
    terminals.log_on().await?;
    let mut travellers = Vec::new();
    for visitor in &abroad.visitors {
        let client = terminals.client(visitor.name).and_then(|client| client.service()).cloned();
        let primary =
            McServiceId::new(&visitor.primary(home)).map_err(|why| Failure::Procedure(why.to_string()))?;
        travellers.extend(client.map(|client| Traveller { client, primary }));
    }
    measure(options, &travellers).await
}

#[derive(Clone)]
struct Traveller {
    client: clients::service::ServiceClient,
    primary: McServiceId,
}

async fn measure(options: &Options, travellers: &[Traveller]) -> Result<(), Failure> {
    let (first, all) = travellers.split_at(WARM_UP.min(travellers.len()));
    let held = told(join_all(first.iter().map(travel)).await)?;
    println!("| run | migrated | failed | p50 ms | p99 ms | all done after s | CPU ms each |");
    println!("|---|---|---|---|---|---|---|");
    let gap = Duration::from_secs(1) / options.rate.max(1);
    let paced = row(&format!("{} each second", options.rate), all, gap).await?;
    join_all(paced.into_iter().map(Held::give_back)).await;
    // The primary system hears of each who has left.
    sleep(Duration::from_secs(3)).await;
    let burst = row(&format!("{} at once", all.len()), all, Duration::ZERO).await?;
    drop((held, burst));
    Ok(())
}

fn told(outcomes: Vec<(Result<Held, String>, Duration)>) -> Result<Vec<Held>, Failure> {
    outcomes.into_iter().map(|(outcome, _)| outcome.map_err(Failure::Procedure)).collect()
}

async fn row(name: &str, all: &[Traveller], gap: Duration) -> Result<Vec<Held>, Failure> {
    let (begun, spent) = (Instant::now(), cpu_seconds()?);
    let mut under_way = Vec::with_capacity(all.len());
    for (place, traveller) in (0_u32..).zip(all.iter().cloned()) {
        sleep((gap * place).saturating_sub(begun.elapsed())).await;
        under_way.push(tokio::task::spawn_local(async move { travel(&traveller).await }));
    }
    let (mut took, mut held, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for each in under_way {
        match each.await.map_err(|why| Failure::Procedure(why.to_string()))? {
            (Ok(one), lasted) => {
                took.push(lasted);
                held.push(one);
            }
            (Err(why), _) => failed.push(why),
        }
    }
    let (lasted, spent) = (begun.elapsed(), cpu_seconds()? - spent);
    took.sort_unstable();
    let at = |part: f64| {
        let place = ((took.len() as f64 * part) as usize).min(took.len().saturating_sub(1));
        took.get(place).map_or(f64::NAN, |took| took.as_secs_f64() * 1000.0)
    };
    println!(
        "| {name} | {} | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
        took.len(),
        failed.len(),
        at(0.5),
        at(0.99),
        lasted.as_secs_f64(),
        spent / all.len().max(1) as f64 * 1000.0,
    );
    if let Some(why) = failed.first() {
        println!("  first failure: {why}");
    }
    Ok(held)
}

async fn travel(traveller: &Traveller) -> (Result<Held, String>, Duration) {
    let begun = Instant::now();
    let journey =
        Journey { service: McService::Mcptt, primary: traveller.primary.clone(), profile: ProfileIndex(3) };
    let outcome = traveller.client.migrate(&journey).await;
    (outcome.map_err(|why| why.to_string()), begun.elapsed())
}

/// Starts the servers of one system on a thread of their own, which ends with the process.
async fn servers(file: PathBuf) -> Result<(), Failure> {
    let mut config = SystemConfig::open(&file)?;
    let migration = config.service.as_mut().and_then(|service| service.migration.as_mut());
    for partner in migration.into_iter().flat_map(|migration| &mut migration.partners) {
        // A thousand rules for a thousand users would be what is measured.
        (partner.visitors, partner.expected) = (Visitors::Expected, vec!["sip:user*".to_owned()]);
        partner.allow = vec![Allow { user: "sip:user*".to_owned(), profiles: vec![3] }];
    }
    for listen in config.sip_core.iter_mut().flat_map(|(listen, _)| listen) {
        // All terminals of the run stand at one address.
        listen.admission.per_address = listen.admission.connections;
    }
    serve(config).await
}

/// As many as the command line says, once.
fn name(number: usize, suffix: &str) -> &'static str {
    Box::leak(format!("user{number}{suffix}").into_boxed_str())
}

fn user(number: usize) -> User {
    let name = name(number, "");
    User { name, password: format!("{name} knows"), part: Part::Asks }
}

fn visitor(number: usize) -> Visitor {
    Visitor {
        user: name(number, ""),
        name: name(number, "-abroad"),
        password: format!("user{number} knows too"),
    }
}
