//! `mcx lab down`: ends a lab that is up.

use std::{path::Path, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::running::{self, runs, was_told};
use crate::{
    Failure,
    cli::Down,
    endpoints::{Endpoints, Process},
    runtime,
};

/// How long they may take to drain.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often they are looked for.
const PAUSE: Duration = Duration::from_millis(50);

/// Tells the processes of the lab to stop, clients before the servers that they may still need, and waits for them.
///
/// # Errors
/// There is no lab in the folder, nothing of it runs, or something goes on running.
pub fn down(options: &Down) -> Result<(), Failure> {
    let dir = options.dir.as_deref().unwrap_or(Path::new("."));
    let lab = open(dir)?;
    let (clients, servers): (Vec<Process>, Vec<Process>) =
        running::of(&lab).into_iter().partition(|process| process.name == "clients");
    // Whoever looks after them has to go first, or would say that they were stopped.
    let keeper = lab.pid.filter(|pid| was_told(*pid, "up")).into_iter().collect();
    let of = |all: Vec<Process>| -> Vec<u32> { all.into_iter().map(|each| each.pid).collect() };
    let rounds: [Vec<u32>; 3] = [keeper, of(clients), of(servers)];
    let count: usize = rounds[1..].iter().map(Vec::len).sum();
    if rounds.iter().all(Vec::is_empty) {
        return Err(Failure::Procedure(format!("nothing runs of the lab of {}", dir.display())));
    }
    runtime()?.block_on(async {
        for round in rounds {
            stop(&round).await?;
        }
        println!("{count} processes have ended");
        Ok(())
    })
}

/// The lab of this folder.
fn open(dir: &Path) -> Result<Endpoints, Failure> {
    let file = dir.join("endpoints.json");
    if !file.exists() {
        let text = format!(
            "there is no lab in {}: say --dir D for one that `mcx lab up --dir D` has started",
            dir.display()
        );
        return Err(Failure::Procedure(text));
    }
    Endpoints::open(&file)
}

async fn stop(pids: &[u32]) -> Result<(), Failure> {
    for pid in pids.iter().filter_map(|pid| i32::try_from(*pid).ok()) {
        // One that has gone meanwhile is as good.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    let ended = async {
        while pids.iter().any(|pid| runs(*pid)) {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.map_err(|_| {
        let left: Vec<String> = pids.iter().filter(|pid| runs(**pid)).map(u32::to_string).collect();
        Failure::Procedure(format!("process {} does not end: its log says why", left.join(", ")))
    })
}
