//! `mcx lab up`: both systems as processes of their own, until told to stop.

use std::{
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use futures::future::{join_all, select_all};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    process::{Child, ChildStdin, Command},
};

use super::{
    endpoints, files,
    hints::{self, pasted, program},
    lock::Lock,
    marker,
    plan::{Plan, SystemPlan},
    private, profiles, scenarios,
};
use crate::{
    Failure,
    cli::Up,
    endpoints::Endpoints,
    logging, runtime,
    serve::{Signals, world},
};

/// How long a process may take until it is ready.
const START: Duration = Duration::from_secs(30);
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Servers of both systems, clients of both systems.
const PROCESSES_OF_A_KIND: usize = 2;

/// Starts both systems, tells where everything is, and stops them when told to.
///
/// # Errors
/// A process that does not become ready. One that ended by itself, told once the others were stopped.
pub fn up(options: &Up) -> Result<(), Failure> {
    logging::start("warn")?;
    private::from_now_on();
    let dir = folder(options.dir.as_deref())?;
    marker::is_ours_or_free(&dir)?;
    let lock = Lock::take(&dir)?;
    marker::claim(&dir, options.fresh)?;
    private::narrow(&dir, &["primary", "partner", "sipp"])?;
    runtime()?.block_on(async {
        let mut signals = Signals::new()?;
        let ids = world(None, std::sync::Arc::new(wire::Silent)).ids;
        let mut plan = Plan::new(&dir, options.topology_hiding, &*ids)?;
        plan.key_log = true;
        files::write(&plan)?;
        scenarios::write(&plan)?;
        let mut lab = Processes::new(lock);
        tokio::select! {
            started = lab.start(&plan, options.detach) => {
                started?;
                let env = world(None, std::sync::Arc::new(wire::Silent));
                profiles::put(&plan, &env).await?;
                profiles::put_templates(&plan, &env).await?;
            }
            () = signals.stop() => return Ok(()),
        }
        let file = dir.join("endpoints.json");
        let own = (!options.detach).then(std::process::id);
        let endpoints = endpoints::of(&plan, own, &lab.pids())?;
        endpoints.write(&file)?;
        // At once: whoever reads no further than the lines to paste does not end the lab by that.
        let told = hints::of(&endpoints, &file) + &until(&endpoints, &dir, options);
        print!("{told}");
        if options.detach {
            lab.leave();
            return Ok(());
        }
        let mut failed = None;
        tokio::select! {
            () = lab.watch(&mut failed) => {}
            () = signals.stop() => {}
        }
        lab.stop().await;
        failed.map_or(Ok(()), |ended| Err(Failure::Procedure(ended)))
    })
}

/// How both systems are ended, and how one of their processes is started again.
fn until(endpoints: &Endpoints, dir: &Path, options: &Up) -> String {
    let mcx = pasted(&program());
    let by_key = if options.detach { "" } else { " Ctrl-C here, or" };
    let mut out = format!("\n# both systems run on until{by_key}\n{mcx} lab down --dir {}\n", pasted(dir));
    if options.dir.is_none() {
        out.push_str(&format!("\n# the folder stays then, with keys in it\nrm -r {}\n", pasted(dir)));
    }
    out.push_str("\n# a process that ended alone is started again with its line\n");
    for process in endpoints.systems.iter().flat_map(|system| &system.processes) {
        out.push_str(&format!("{mcx} serve --config {}\n", pasted(&process.config)));
    }
    out
}

/// The folder that was asked for, or a new one; keys lie in it, so it is its owner's.
fn folder(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    let dir = match asked {
        Some(dir) => {
            fs::create_dir_all(dir).map_err(|why| Failure::file(dir, why))?;
            dir.to_path_buf()
        }
        None => tempfile::Builder::new().prefix("mcx-lab-").tempdir()?.keep(),
    };
    Ok(dir.canonicalize()?)
}

/// The processes of the lab, which hold its lock with us. Those that are left when this is dropped are killed.
struct Processes {
    all: Vec<Process>,
    lock: Lock,
}

struct Process {
    /// Its configuration's file.
    config: PathBuf,
    child: Child,
    /// Our end of its standard input, which whoever waits for it must not close.
    _input: Option<ChildStdin>,
}

impl Processes {
    fn new(lock: Lock) -> Self {
        Self { all: Vec::new(), lock }
    }

    /// The servers of both systems, then the clients, which need them.
    async fn start(&mut self, plan: &Plan, detached: bool) -> Result<(), Failure> {
        let servers = |system: &SystemPlan| (system.servers_file(), system.at.admin);
        let clients = |system: &SystemPlan| (system.clients_file(), system.at.clients_admin);
        for round in [plan.systems.each_ref().map(servers), plan.systems.each_ref().map(clients)] {
            for (config, _) in &round {
                self.spawn(config, detached)?;
            }
            for (config, admin) in &round {
                self.wait(config, *admin).await?;
            }
        }
        Ok(())
    }

    /// Unless it is to go on without us, it ends when we do, however that happens: the kernel closes its standard input then.
    fn spawn(&mut self, config: &Path, detached: bool) -> Result<(), Failure> {
        let log = fs::File::create(config.with_extension("log"))?;
        let (bound, input): (&[&str], _) =
            if detached { (&[], Stdio::null()) } else { (&["--while-input"], Stdio::piped()) };
        let mut child = Command::new(program())
            .args(["serve".as_ref(), "--config".as_ref(), config.as_os_str()])
            .args(bound)
            .stdin(input)
            .stdout(self.lock.share()?)
            .stderr(log)
            // A Ctrl-C at the terminal is for us: we stop them in order.
            .process_group(0)
            .spawn()?;
        let _input = child.stdin.take();
        self.all.push(Process { config: config.to_path_buf(), child, _input });
        Ok(())
    }

    /// Resolves when the process says that it is ready.
    async fn wait(&mut self, config: &Path, admin: SocketAddr) -> Result<(), Failure> {
        let ready = async {
            while !is_ready(admin).await {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let told = tokio::select! {
            ready = tokio::time::timeout(START, ready) => ready.map_err(|_| "is not ready in time".to_owned()),
            (ended, ..) = self.ended() => Err(ended),
        };
        told.map_err(|why| {
            let log = fs::read_to_string(config.with_extension("log")).unwrap_or_default();
            Failure::start(&config.display().to_string(), format!("{why}\n{log}"))
        })
    }

    /// Says of each process that ends how it is started again: the others go on without it, and whoever stopped it may want that.
    /// `failed` keeps how the first ended that nobody had told to.
    async fn watch(&mut self, failed: &mut Option<String>) {
        loop {
            let (told, config, is_in_order) = self.ended().await;
            let (program, file) = (pasted(&program()), pasted(&config));
            let how = if is_in_order { format!("{file} was stopped") } else { told.clone() };
            let others = if self.all.is_empty() { "nothing of the lab runs now" } else { "the others go on" };
            let mut lines =
                format!("\n{how}\n{others}; start it again with:\n{program} serve --config {file}\n");
            if !is_in_order {
                lines += &format!("why it ended may stand in {}\n", config.with_extension("log").display());
                failed.get_or_insert(told);
            }
            // Nobody may read along any more.
            let _ = io::stdout().write_all(lines.as_bytes());
        }
    }

    /// The next process that ends: how, its configuration, and whether it ended in order.
    async fn ended(&mut self) -> (String, PathBuf, bool) {
        if self.all.is_empty() {
            return std::future::pending().await;
        }
        let waits = self.all.iter_mut().map(|process| Box::pin(process.child.wait()));
        let (status, place, others) = select_all(waits).await;
        drop(others);
        let config = self.all.remove(place).config;
        let is_in_order = status.as_ref().is_ok_and(std::process::ExitStatus::success);
        let status = status.map_or_else(|why| why.to_string(), |status| status.to_string());
        let told = format!("mcx serve --config {} ended: {status}", config.display());
        (told, config, is_in_order)
    }

    fn pids(&self) -> Vec<(PathBuf, u32)> {
        self.all.iter().filter_map(|process| Some((process.config.clone(), process.child.id()?))).collect()
    }

    /// They go on without us.
    fn leave(&mut self) {
        self.all.clear();
    }

    /// The clients first, then the servers, which they may still need; each drains.
    async fn stop(&mut self) {
        while !self.all.is_empty() {
            let last = self.all.split_off(self.all.len().saturating_sub(PROCESSES_OF_A_KIND));
            join_all(last.into_iter().map(Process::stop)).await;
        }
    }
}

impl Process {
    async fn stop(mut self) {
        let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) else { return };
        let pid = nix::unistd::Pid::from_raw(pid);
        if let Err(why) = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM) {
            tracing::warn!(%why, %pid, "cannot be told to stop");
        }
        // Its end is all that matters here; what went wrong stands in its log.
        let _ = self.child.wait().await;
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for process in &mut self.all {
            let _ = process.child.start_kill();
        }
    }
}

/// `GET /readyz` answers 200.
async fn is_ready(admin: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(admin).await?;
        stream
            .write_all(
                format!("GET /readyz HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n").as_bytes(),
            )
            .await?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await?;
        Ok::<_, io::Error>(status == *b"HTTP/1.1 200")
    };
    ask.await.unwrap_or(false)
}
