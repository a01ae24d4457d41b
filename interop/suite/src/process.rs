//! A program that runs beside the test.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::tools::shown;

/// How long anything may take before the test fails.
pub const DEADLINE: Duration = Duration::from_secs(40);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks again and again whether something is so, where nothing tells when it comes to be.
///
/// # Panics
/// It does not come to be in time.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    let (_nobody, pause) = channel::<()>();
    while !is_so() {
        assert!(Instant::now() < end, "not in time: {what}");
        let _ = pause.recv_timeout(PAUSE);
    }
}

/// A running program, whose output is read as it comes. It is killed when dropped.
pub struct Running {
    shown: String,
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    /// Starts it without input.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        Self::spawn(command.stdin(Stdio::null()))
    }

    /// Starts it, and gives it this input. Its standard input stays open until [`Running::close_input`].
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use]
    pub fn start_with(command: &mut Command, input: &[u8]) -> Self {
        let mut running = Self::spawn(command.stdin(Stdio::piped()));
        // One that ended at once says why in its output.
        let _ = running.input().map(|stdin| stdin.write_all(input).and_then(|()| stdin.flush()));
        running
    }

    fn spawn(command: &mut Command) -> Self {
        let shown = shown(command);
        println!("$ {shown} &");
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|why| panic!("{shown}: {why}"));
        let (sender, lines) = channel();
        forward(child.stdout.take(), sender.clone());
        forward(child.stderr.take(), sender);
        Self { shown, child, lines, seen: Vec::new() }
    }

    fn input(&mut self) -> Option<&mut ChildStdin> {
        self.child.stdin.as_mut()
    }

    /// No more input comes.
    pub fn close_input(&mut self) {
        drop(self.child.stdin.take());
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What has been read of its output.
    #[must_use]
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    /// Waits for a line that holds `needle`, and hands it back.
    ///
    /// # Panics
    /// It ends, or time is over, without such a line.
    pub fn line(&mut self, needle: &str) -> String {
        self.line_within(DEADLINE, needle).unwrap_or_else(|why| {
            panic!("{}: {why} without the line {needle:?}:\n{}", self.shown, self.seen.join("\n"))
        })
    }

    /// Waits for a line that holds `needle`; none when it ends before.
    ///
    /// # Panics
    /// Time is over.
    pub fn line_or_end(&mut self, needle: &str) -> Option<String> {
        match self.line_within(DEADLINE, needle) {
            Ok(line) => Some(line),
            Err("ended") => None,
            Err(why) => panic!("{}: {why} without the line {needle:?}", self.shown),
        }
    }

    fn line_within(&mut self, limit: Duration, needle: &str) -> Result<String, &'static str> {
        let end = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = line.contains(needle);
                    self.seen.push(line.clone());
                    if found {
                        return Ok(line);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err("ended"),
                Err(RecvTimeoutError::Timeout) => return Err("went on"),
            }
        }
    }

    /// Waits until it ends by itself, and hands back everything that it printed.
    ///
    /// # Panics
    /// It does not end in time.
    pub fn end(&mut self) -> (ExitStatus, String) {
        assert!(self.has_ended(), "{}: does not end:\n{}", self.shown, self.seen.join("\n"));
        let status = self.child.wait().expect("a child can be waited for");
        println!("# {}: {status}", self.shown);
        (status, self.seen.join("\n"))
    }

    /// Reads to the end of its output; not, when that does not come in time.
    fn has_ended(&mut self) -> bool {
        let end = Instant::now() + DEADLINE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(why) => return why == RecvTimeoutError::Disconnected,
            }
        }
    }

    /// Waits for its end, which must be a success.
    ///
    /// # Panics
    /// It fails, or does not end in time.
    pub fn succeed(&mut self) -> String {
        let (status, output) = self.end();
        assert!(status.success(), "{}: {status}\n{output}", self.shown);
        output
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// It has ended.
    pub fn signal(&self, signal: Signal) {
        println!("# {signal} to {}", self.shown);
        let pid = i32::try_from(self.pid()).expect("a process id");
        kill(Pid::from_raw(pid), signal).unwrap_or_else(|why| panic!("{}: {why}", self.shown));
    }

    /// Lets it end what it has started itself, whatever the test has come to.
    pub(crate) fn dismiss(mut self) {
        if i32::try_from(self.pid()).is_ok_and(|pid| kill(Pid::from_raw(pid), Signal::SIGTERM).is_ok()) {
            self.has_ended();
        }
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(&mut self) -> (ExitStatus, String) {
        self.signal(Signal::SIGTERM);
        self.end()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if thread::panicking() {
            self.seen.extend(self.lines.try_iter());
            println!("# output of {}:\n{}", self.shown, self.seen.join("\n"));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(from: Option<impl Read + Send + 'static>, to: Sender<String>) {
    let Some(from) = from else { return };
    thread::spawn(move || {
        let mut lines = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
            if to.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
}
