//! A program at a terminal: a pseudo-terminal (pty(7)) whose other end a test types at and reads.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::{Child, Command},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Instant,
};

use nix::{
    pty::openpty,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{process::DEADLINE, tools::shown};

/// The program, and the end of the terminal at which its user sits. It is told to stop when dropped.
pub struct Terminal {
    shown: String,
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// What has been on the screen and was not waited for yet.
    unread: String,
}

impl Terminal {
    /// Starts the program with a terminal for its input, its output and its log.
    ///
    /// # Panics
    /// There is no terminal, or the program cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let shown = shown(command);
        println!("$ {shown} &");
        let pty = openpty(None, None).expect("a pseudo-terminal");
        let slave = || pty.slave.try_clone().expect("a descriptor");
        let spawned = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn();
        let child = spawned.unwrap_or_else(|why| panic!("{shown}: {why}"));
        let keyboard = File::from(pty.master);
        let mut reader = keyboard.try_clone().expect("a descriptor");
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut octets = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut octets) {
                if sender.send(octets[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { shown, child, keyboard, screen, unread: String::new() }
    }

    /// Types a line and Enter.
    ///
    /// # Panics
    /// The terminal is gone.
    pub fn type_line(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).expect("a terminal");
    }

    /// Waits until this stands on the screen behind what was waited for before.
    ///
    /// # Panics
    /// It does not in time.
    pub fn prompt(&mut self, text: &str) {
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.unread.find(text) {
                self.unread.drain(..at + text.len());
                return;
            }
            let more = self.screen.recv_timeout(end.saturating_duration_since(Instant::now()));
            let more =
                more.unwrap_or_else(|why| panic!("{}: {why} without {text:?}:\n{}", self.shown, self.unread));
            self.unread.push_str(&String::from_utf8_lossy(&more));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        let _ = self.child.wait();
    }
}
