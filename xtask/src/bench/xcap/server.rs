//! The server under test.

use std::{
    fs::File,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{Kept, setting, setting::Setting};
use crate::{
    bench::{built, usage},
    shell::{Done, show},
};

/// A server at work; stopped when dropped.
pub struct Server {
    child: Child,
    /// From its start until it took a connection.
    started: Duration,
}

impl Server {
    /// Starts one on the first core, and waits until it takes connections.
    pub fn start(setting: &Setting, store: &Path, kept: Kept) -> Done<Self> {
        let configuration = setting.configure(store, kept)?;
        let log = setting.file("server.log");
        let log = File::create(&log).map_err(|why| format!("{}: {why}", log.display()))?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(built("mcx")).args(["serve", "--config"]).arg(configuration);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let start = Instant::now();
        let child = command.spawn().map_err(|why| format!("{}: {why}", show(&command)))?;
        let mut server = Self { child, started: Duration::ZERO };
        server.wait_until_listening().map_err(|why| {
            format!("{}: {why}; {} says more", show(&command), setting.file("server.log").display())
        })?;
        server.started = start.elapsed();
        Ok(server)
    }

    /// How long the start took.
    pub fn started(&self) -> Duration {
        self.started
    }

    /// CPU seconds of the process so far.
    pub fn cpu_seconds(&self) -> Done<f64> {
        usage::cpu_seconds(self.child.id())
    }

    /// Its proportional set size.
    pub fn memory_mib(&self) -> Done<f64> {
        usage::memory_mib(self.child.id())
    }

    fn wait_until_listening(&mut self) -> Done {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended at once: {status}"));
            }
            if TcpStream::connect(setting::WEB).is_ok() {
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        Err("does not listen after 60 s".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
