//! The same systems over a network in memory, on a clock that only moves when nothing else does.

#![allow(clippy::expect_used, reason = "a test")]

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use driver::{Env, Memory, Metrics, RuntimeClock, SeededIds, Shards};
use kit::Ladder;
use mcx::{
    System, SystemConfig,
    cli::Topology,
    lab::{files, plan::Plan},
    location,
};
use tokio::task::LocalSet;
use xml_schemas::location::TargetAnswer;

/// 2026-01-01.
const START: Duration = Duration::from_secs(1_767_225_600);

fn env(net: &Memory, seed: u64, ladder: &Arc<Ladder>) -> Env {
    Env {
        net: Arc::new(net.clone()),
        clock: Arc::new(RuntimeClock::starting_at(SystemTime::UNIX_EPOCH + START)),
        ids: Arc::new(SeededIds::new(seed)),
        recorder: ladder.clone(),
        metrics: Metrics::new(),
        runtime: tokio::runtime::Handle::current(),
        room: driver::Room::default(),
    }
}

fn local(config: mcx::SystemConfig) -> SystemConfig {
    // A clock that moves when nothing else does would not wait for a disk.
    let process = mcx::config::Process { shards: Shards::Local, store: None, ..config.process };
    SystemConfig { process, ..config }
}

async fn locate(topology: Topology) {
    let folder = tempfile::tempdir().expect("a folder");
    let (net, ladder) = (Memory::new(), Arc::new(Ladder::new()));
    let plan = Plan::in_memory(folder.path(), topology, &SeededIds::new(1));
    files::write(&plan).expect("the lab's files");
    let mut systems = Vec::new();
    for (system, seed) in plan.systems.iter().zip([2, 4]) {
        for (file, more) in [(system.servers_file(), 0), (system.clients_file(), 1)] {
            let config = local(SystemConfig::open(&file).expect("is right"));
            systems.push(System::start(&config, &env(&net, seed + more, &ladder)).await.expect("starts"));
        }
    }
    for system in &systems {
        system.log_on().await.expect("everybody logs on");
    }
    let alice = systems.iter().find_map(|system| system.client("alice")).expect("a terminal");
    alice.log_on().await.expect("alice logs on");
    // Third-party registrations are under way until nothing is left to do but to wait.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let bob = location::user("sip:bob@partner.example").expect("an identity");
    let report = alice.location().locate(vec![bob], true).await.expect("is answered");
    assert!(
        matches!(report.targets.as_slice(), [one] if matches!(one.answer, TargetAnswer::Located(_))),
        "{report:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_user_abroad_is_found_in_every_topology() {
    for topology in [Topology::On, Topology::Off, Topology::Direct] {
        LocalSet::new().run_until(locate(topology)).await;
    }
}
