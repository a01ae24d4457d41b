//! PostgreSQL servers of the tests' own: a primary, and a standby that confirms each commit.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::PathBuf,
    process::Command,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, getuid},
};
use tempfile::TempDir;

use crate::{
    process::{Running, until},
    tools,
};

/// Who may do everything in the databases of the tests.
const USER: &str = "mcx";

/// A running server. It is killed when dropped, and its folder goes with it.
pub struct Server {
    folder: TempDir,
    port: u16,
    running: Option<Running>,
    options: Vec<String>,
}

/// Whether a test that needs PostgreSQL is to run.
///
/// # Panics
/// It is missing and nobody asked to do without: the message says what to install.
#[must_use]
pub fn have() -> bool {
    if !tools::have(&[]) {
        return false;
    }
    let missing = ["postgres", "initdb", "pg_basebackup", "pg_ctl", "psql"];
    let missing: Vec<&str> = missing.into_iter().filter(|name| find(name).is_none()).collect();
    assert!(missing.is_empty(), "no {}: install: apt-get install postgresql", missing.join(", "));
    true
}

impl Server {
    /// A new server with an empty database. Nothing of it is shared with any other, and nothing is left of it.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with settings, `name=value`.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        let mut initdb = program("initdb");
        initdb
            .args(["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", "-U", USER, "-D"])
            .arg(&data);
        tools::succeed(&mut initdb);
        let settings = settings.iter().map(ToString::to_string).collect();
        let mut server = Self { folder, port: free_port(), running: None, options: settings };
        server.run();
        tools::succeed(server.client("psql").args(["-d", "postgres", "-c", "CREATE DATABASE mcx"]));
        server
    }

    /// A standby of this server, which from now on confirms every commit before it is acknowledged.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn standby(&self) -> Self {
        let folder = folder();
        let mut copy = self.client("pg_basebackup");
        copy.args(["-R", "-X", "stream", "-c", "fast", "-D"]).arg(folder.path().join("data"));
        tools::succeed(&mut copy);
        let options = vec!["cluster_name=standby".to_owned()];
        let mut standby = Self { folder, port: free_port(), running: None, options };
        standby.run();
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("SELECT pg_reload_conf()");
        until("the standby confirms commits", || {
            self.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
        });
        standby
    }

    /// Makes a standby take writes, and ask nobody for confirmation.
    ///
    /// # Panics
    /// It cannot be promoted.
    pub fn promote(&self) {
        tools::succeed(program("pg_ctl").args(["promote", "-w", "-D"]).arg(self.data()));
    }

    /// Starts it again on what it has.
    ///
    /// # Panics
    /// It runs, or cannot be started.
    pub fn run(&mut self) {
        assert!(self.running.is_none(), "the server runs");
        let mut postgres = program("postgres");
        postgres.arg("-D").arg(self.data());
        let port = format!("port={}", self.port);
        let sockets = format!("unix_socket_directories={}", self.folder.path().display());
        let fixed =
            [&port, &sockets, "listen_addresses=127.0.0.1", "shared_buffers=128MB", "max_wal_size=4GB"];
        for option in fixed.into_iter().chain(self.options.iter().map(String::as_str)) {
            postgres.args(["-c", option]);
        }
        let mut running = Running::start(&mut postgres);
        running.line("ready to accept");
        self.running = Some(running);
    }

    /// Kills all of its processes as `kill -9` does.
    pub fn kill(&mut self) {
        let Some(running) = self.running.take() else { return };
        let main = running.pid();
        let mut processes = children(main);
        processes.insert(0, main);
        println!("# kill -9 {processes:?}");
        for process in &processes {
            // Backends end by themselves, too.
            let _ = kill(Pid::from_raw(i32::try_from(*process).expect("a process id")), Signal::SIGKILL);
        }
        drop(running);
        // Nobody starts on its data while one of them has its memory.
        until("they are gone", || !processes.iter().any(|process| is_running(*process)));
    }

    /// Where the database is: for a connection string.
    #[must_use]
    pub fn address(&self) -> String {
        address(&[self])
    }

    /// Runs a statement, and hands back what it printed.
    ///
    /// # Panics
    /// It fails.
    pub fn sql(&self, statement: &str) -> String {
        let output = tools::succeed(self.client("psql").args(["-d", "mcx", "-At", "-c", statement]));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn client(&self, name: &str) -> Command {
        let mut command = program(name);
        command.args(["-h", "127.0.0.1", "-U", USER, "-p", &self.port.to_string()]);
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Lets it speak TLS under this name, and hands back the certificate authority that says so.
    ///
    /// # Panics
    /// It cannot be told to.
    #[must_use]
    pub fn encrypt(&self, name: &str) -> PathBuf {
        let authority = certs::Authority::new("database").expect("an authority");
        let issued = authority.issue(&certs::Leaf::new(name).dns_name(name)).expect("a certificate");
        let certificate = self.file("server.pem", &issued.cert_pem);
        let key = self.file("server.key", &issued.key_pem);
        self.sql(&format!("ALTER SYSTEM SET ssl_cert_file = '{}'", certificate.display()));
        self.sql(&format!("ALTER SYSTEM SET ssl_key_file = '{}'", key.display()));
        self.sql("ALTER SYSTEM SET ssl = on");
        self.sql("SELECT pg_reload_conf()");
        until("the server speaks TLS", || self.sql("SHOW ssl") == "on");
        self.file("ca.pem", &authority.pem())
    }

    /// A file of this server, which only it can read.
    fn file(&self, name: &str, content: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, content).expect("a file can be written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
        if let Some((user, group)) = owner() {
            chown(&file, Some(user), Some(group)).expect("root may give files away");
        }
        file
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The same as a URL, as a configuration has it.
#[must_use]
pub fn url(servers: &[&Server]) -> String {
    let hosts: Vec<String> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
    format!("postgres://{USER}@{}/mcx", hosts.join(","))
}

/// A connection string that names several servers.
#[must_use]
pub fn address(servers: &[&Server]) -> String {
    let of = |each: &dyn Fn(&&Server) -> String| servers.iter().map(each).collect::<Vec<_>>().join(",");
    let (hosts, ports) = (of(&|_| "127.0.0.1".to_owned()), of(&|server| server.port.to_string()));
    format!("host={hosts} port={ports} user={USER} dbname=mcx")
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if let Some((user, group)) = owner() {
        chown(folder.path(), Some(user), Some(group)).expect("root may give folders away");
    }
    folder
}

/// As whom the server runs, since it refuses to run as root; none where we are not root.
fn owner() -> Option<(u32, u32)> {
    if !getuid().is_root() {
        return None;
    }
    let user = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
    user.map(|user| (user.uid.as_raw(), user.gid.as_raw()))
}

fn program(name: &str) -> Command {
    let mut command = Command::new(find(name).unwrap_or_else(|| name.into()));
    if let Some((user, group)) = owner() {
        command.uid(user).gid(group);
    }
    // Their messages are waited for.
    command.env("LC_ALL", "C").current_dir("/");
    command
}

/// Debian keeps the programs of the server out of everybody's way.
fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    versions.sort();
    let versions = versions.into_iter().rev().map(|version| version.join("bin"));
    versions.chain(env::split_paths(&path)).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn children(of: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_child = |process: &u32| stat(*process, 1).is_some_and(|parent| parent == of.to_string());
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_child).collect()
}

/// Whoever has ended and was not asked for has no memory any more.
fn is_running(process: u32) -> bool {
    stat(process, 0).is_some_and(|state| state != "Z")
}

/// proc(5): the state of a process stands first behind its name, which may hold anything, its parent second.
fn stat(process: u32, word: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit(')').next()?.split_whitespace().nth(word)?.to_owned())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket").port()
}
