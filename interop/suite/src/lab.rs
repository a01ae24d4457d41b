//! Two MC systems, as `mcx lab up` or `mcx serve` runs them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::{
    Running, Terminal,
    endpoints::{Endpoints, System},
    http, tools,
};

/// A lab; its processes end with it.
pub struct Lab {
    endpoints: Endpoints,
    printed: Vec<String>,
    up: Option<Running>,
    served: Vec<Served>,
    dir: TempDir,
    /// Held until the lab's ports are bound: what is free now, another lab would find free too.
    starting: Option<MutexGuard<'static, ()>>,
}

/// One lab starts at a time.
static STARTING: Mutex<()> = Mutex::new(());

/// A process that the test itself runs.
struct Served {
    system: &'static str,
    process: &'static str,
    running: Running,
}

impl Lab {
    /// `mcx lab up`, as a newcomer types it.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn up() -> Self {
        let mut lab = Self::starting();
        lab.starting = None;
        lab
    }

    fn starting() -> Self {
        let starting = Some(STARTING.lock().unwrap_or_else(PoisonError::into_inner));
        let dir = tempfile::Builder::new().prefix("mcx-interop-").tempdir().expect("a temporary folder");
        let mut up = Running::start(tools::mcx().args(["lab", "up", "--dir"]).arg(dir.path()));
        // The last of the lines that it prints.
        up.line("openssl s_client ");
        let printed = up.seen().to_vec();
        let endpoints = Endpoints::read(&dir.path().join("endpoints.json"));
        Self { endpoints, printed, up: Some(up), served: Vec::new(), dir, starting }
    }

    /// The lab's own configuration files, to be run by `mcx serve` in a process each, once [`Lab::start`] is called.
    ///
    /// # Panics
    /// The lab that writes them does not come up, or does not end as it should.
    #[must_use]
    pub fn served() -> Self {
        let mut lab = Self::starting();
        let (status, output) = lab.down();
        assert!(status.success(), "mcx lab up: {status}\n{output}");
        lab
    }

    /// Changes the configuration of a system's servers before they run.
    ///
    /// # Panics
    /// The change changes nothing.
    #[must_use]
    pub fn edit_servers(self, system: &str, edit: impl Fn(&System<'_>, String) -> String) -> Self {
        self.edit(system, "servers", edit)
    }

    /// As [`Lab::edit_servers`], for the configuration of a system's terminals.
    ///
    /// # Panics
    /// Nothing changes.
    #[must_use]
    pub fn edit_clients(self, system: &str, edit: impl Fn(&System<'_>, String) -> String) -> Self {
        self.edit(system, "clients", edit)
    }

    fn edit(self, system: &str, process: &str, edit: impl Fn(&System<'_>, String) -> String) -> Self {
        let file = self.config(system, process);
        let text = fs::read_to_string(&file).expect("the lab wrote it");
        let edited = edit(&self.system(system), text.clone());
        assert_ne!(edited, text, "{} is not what the test expects", file.display());
        fs::write(&file, edited).expect("the folder is ours");
        self
    }

    /// Starts every process that does not run yet: the servers, then the clients, which need them.
    ///
    /// # Panics
    /// They do not come up.
    #[must_use]
    pub fn start(mut self) -> Self {
        for process in ["servers", "clients"] {
            self.serve("primary", process);
            self.serve("partner", process);
        }
        self.starting = None;
        self
    }

    /// Starts a process by `mcx serve`, and waits until it is ready.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve(&mut self, system: &'static str, process: &'static str) {
        let running =
            Running::start(tools::mcx().args(["serve", "--config"]).arg(self.config(system, process)));
        self.served.push(Served { system, process, running });
        http::ready(self.system(system).admin(process));
    }

    /// As [`Lab::serve`], with somebody at its terminal.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve_at_a_terminal(&self, system: &str, process: &str) -> Terminal {
        let file = self.config(system, process);
        let terminal = Terminal::start(tools::mcx().args(["serve", "--config"]).arg(file));
        http::ready(self.system(system).admin(process));
        terminal
    }

    /// A process that was started by [`Lab::serve`], taken out of the lab's hands.
    ///
    /// # Panics
    /// There is none.
    pub fn take(&mut self, system: &str, process: &str) -> Running {
        let is = |served: &Served| served.system == system && served.process == process;
        let at = self.served.iter().position(is).expect("it runs");
        self.served.remove(at).running
    }

    /// Ends a process as a crash does.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self, system: &str, process: &str) {
        let mut running = self.take(system, process);
        running.signal(Signal::SIGKILL);
        running.end();
    }

    /// Every process that this test wants has been started.
    pub fn started(&mut self) {
        self.starting = None;
    }

    /// What the operator sees of the lab as a whole ends, with this status.
    ///
    /// # Panics
    /// It was not started by [`Lab::up`].
    pub fn down(&mut self) -> (std::process::ExitStatus, String) {
        self.up.take().expect("it is up").stop()
    }

    fn config(&self, system: &str, process: &str) -> PathBuf {
        self.dir.path().join(system).join(process).with_extension("toml")
    }

    /// Where the lab's files are.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The lines that `mcx lab up` printed to be pasted, of those that begin with this program.
    pub fn pasted<'l>(&'l self, program: &'l str) -> impl Iterator<Item = &'l str> {
        let lines = self.printed.iter().map(String::as_str);
        // Our own program is printed with its folder.
        lines.filter(move |line| {
            let word = line.split(' ').next().unwrap_or_default();
            word.rsplit('/').next() == Some(program) && line.len() > word.len()
        })
    }

    /// `primary` or `partner`.
    ///
    /// # Panics
    /// There is no such system.
    #[must_use]
    pub fn system(&self, name: &str) -> System<'_> {
        self.endpoints.system(name)
    }

    /// `mcx location request --as USER TARGET…`.
    #[must_use]
    pub fn locate(&self, user: &str, targets: &[&str]) -> Command {
        let mut command = tools::mcx();
        command.args(["location", "request", "--as", user, "--endpoints"]);
        command.arg(self.dir.path().join("endpoints.json")).args(targets);
        command
    }

    /// `mcx acm … --as USER --format json`.
    #[must_use]
    pub fn acm(&self, user: &str, words: &[&str]) -> Command {
        let mut command = tools::mcx();
        command.arg("acm").args(words).args(["--as", user, "--format", "json", "--endpoints"]);
        command.arg(self.dir.path().join("endpoints.json"));
        command
    }

    /// Whatever happened to them, no server met a fault of its own.
    ///
    /// # Panics
    /// One did, or does not answer.
    pub fn nothing_panicked(&self) {
        for system in ["primary", "partner"] {
            let panics = http::metric(self.system(system).admin("servers"), "mcx_panics_total");
            assert!(panics < 1.0, "{system}: {panics} panics");
        }
    }

    /// Asks once for bob's position on behalf of alice: the whole way through both systems and back.
    ///
    /// # Panics
    /// The answer is no position.
    pub fn alice_finds_bob(&self) -> Output {
        let output = tools::succeed(&mut self.locate("alice", &["bob"]));
        let told = tools::text(&output);
        assert!(told.contains("sip:bob@partner.example  60."), "no position: {told}");
        output
    }
}

impl Drop for Lab {
    /// `mcx lab up` has processes of its own, which it alone can end.
    fn drop(&mut self) {
        self.up.take().into_iter().for_each(Running::dismiss);
    }
}
