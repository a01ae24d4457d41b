//! `mcx lab down`: ends a lab that is up.

use std::{fs, path::Path, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    Failure,
    cli::Down,
    endpoints::{self, Endpoints, Process},
    runtime,
};

/// How long they may take to drain.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often they are looked for.
const PAUSE: Duration = Duration::from_millis(50);

/// Tells the processes that `endpoints.json` names to stop, clients before the servers that they may still need, and waits for them.
///
/// # Errors
/// There is no lab in the folder, nothing of it runs, or something goes on running.
pub fn down(options: &Down) -> Result<(), Failure> {
    let file = options.dir.as_ref().map(|dir| dir.join("endpoints.json"));
    let file = endpoints::file(file.as_deref())?;
    let lab = Endpoints::open(&file)?;
    let processes: Vec<&Process> = lab.systems.iter().flat_map(|system| &system.processes).collect();
    let (clients, servers): (Vec<_>, Vec<_>) =
        processes.into_iter().partition(|process| process.name == "clients");
    // Whoever looks after them has to go first, or would say that they were stopped.
    let keeper = lab.pid.filter(|pid| runs(*pid, "up")).into_iter().collect();
    let of = |all: Vec<&Process>| -> Vec<u32> {
        all.into_iter()
            .filter(|each| runs(each.pid, &each.config.to_string_lossy()))
            .map(|each| each.pid)
            .collect()
    };
    let rounds: [Vec<u32>; 3] = [keeper, of(clients), of(servers)];
    let count: usize = rounds[1..].iter().map(Vec::len).sum();
    if rounds.iter().all(Vec::is_empty) {
        return Err(Failure::Procedure(format!("nothing runs of the lab of {}", file.display())));
    }
    runtime()?.block_on(async {
        for round in rounds {
            stop(&round).await?;
        }
        println!("{count} processes have ended");
        Ok(())
    })
}

async fn stop(pids: &[u32]) -> Result<(), Failure> {
    for pid in pids.iter().filter_map(|pid| i32::try_from(*pid).ok()) {
        // One that has gone meanwhile is as good.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    let ended = async {
        while pids.iter().any(|pid| runs(*pid, "")) {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.map_err(|_| {
        let left: Vec<String> = pids.iter().filter(|pid| runs(**pid, "")).map(u32::to_string).collect();
        Failure::Procedure(format!("process {} does not end: its log says why", left.join(", ")))
    })
}

/// Whether this process is there, and was started with this argument, if any: a number may have gone to somebody else since.
fn runs(pid: u32, argument: &str) -> bool {
    match fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")) {
        // What has ended and nobody has asked about has no arguments.
        Ok(line) if line.is_empty() => false,
        Ok(line) => {
            argument.is_empty() || line.split(|octet| *octet == 0).any(|word| word == argument.as_bytes())
        }
        Err(_) if Path::new("/proc/self/cmdline").exists() => false,
        Err(_) => i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None).is_ok()),
    }
}
