//! The program, and a lab that is up.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod web;

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

pub fn mcx(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mcx")).args(arguments).output().expect("mcx runs")
}

/// `mcx lab up`, stopped when dropped.
pub struct Up(pub Child);

impl Up {
    /// Resolves when the lab has told where everything is.
    pub fn start(dir: &Path) -> Self {
        Self::start_as(dir, "on")
    }

    /// With the gateways hiding their systems, open, or left out.
    pub fn start_as(dir: &Path, topology: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
        let dir = dir.to_str().expect("a folder in UTF-8");
        let mut child = command
            .args(["lab", "up", "--dir", dir, "--topology-hiding", topology])
            .stdout(Stdio::piped())
            .spawn()
            .expect("mcx runs");
        let mut told = BufReader::new(child.stdout.take().expect("is piped")).lines();
        assert!(
            told.any(|line| line.is_ok_and(|line| line.starts_with("openssl s_client"))),
            "the lab came up"
        );
        Self(child)
    }

    pub fn stop(&mut self) -> Option<i32> {
        signal(self.0.id());
        self.0.wait().ok().and_then(|status| status.code())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Tells a process to stop.
pub fn signal(pid: u32) {
    told(pid, nix::sys::signal::Signal::SIGTERM);
}

/// Tells a process something.
pub fn told(pid: u32, what: nix::sys::signal::Signal) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a process id"));
    let _ = nix::sys::signal::kill(pid, what);
}
