//! Whoever sits at the terminal is asked whether his position may be told: TS 23.280 10.9.3.2 step 2.

mod desk;

use std::{
    io::{self, BufRead, IsTerminal as _, Read as _},
    os::fd::AsFd as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use clients::Permission;
use driver::SystemClock;
use futures::{FutureExt as _, channel::oneshot};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::termios::{FlushArg, tcflush},
    unistd,
};
use wire::Clock as _;

use self::desk::{Desk, Event, Question};

/// How many octets of a line are read: an answer has three.
const LINE: u64 = 1_024;

/// How many octets may lie in a pipe before the first question: what is beyond comes from somebody who says it again and again.
const AHEAD: usize = 64 << 10;

/// How many questions a terminal that shows nothing (Ctrl-S) is behind; whoever asks beyond that has a no.
const BEHIND: usize = 64;

/// The terminal of this process; none where nobody is at it.
static DESK: OnceLock<Option<Sender<Event>>> = OnceLock::new();

/// Numbers of questions.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// How many questions the terminal was told of, and not yet that nobody waits for them any more.
static TOLD: AtomicUsize = AtomicUsize::new(0);

/// The permission of a user who is asked each time, by a line on standard output, and answers by one on standard input.
pub(crate) fn permission(user: &str) -> Permission {
    let user: Arc<str> = user.into();
    Permission::Ask(Arc::new(move |requester| {
        let who = requester.as_ref().map_or("somebody", |requester| requester.as_str());
        ask(format!("{user}: {who} asks where you are. May your position be told? yes or no: ")).boxed()
    }))
}

/// Standard input is somebody else's: every answer is no.
pub(crate) fn nobody() {
    let _ = DESK.set(None);
}

async fn ask(text: String) -> bool {
    let Some(desk) = DESK.get_or_init(open) else { return false };
    if TOLD.fetch_add(1, Ordering::Relaxed) >= BEHIND {
        TOLD.fetch_sub(1, Ordering::Relaxed);
        return false;
    }
    let (answer, answered) = oneshot::channel();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let asked = Event::Asked(Question { number, text, answer });
    let _withdrawn = Withdrawn { desk, number };
    desk.send(asked).is_ok() && answered.await.unwrap_or(false)
}

/// Whoever waits no more, however that comes, takes the question back.
struct Withdrawn<'d> {
    desk: &'d Sender<Event>,
    number: u64,
}

impl Drop for Withdrawn<'_> {
    fn drop(&mut self) {
        // Where nobody attends there is no question either.
        let _ = self.desk.send(Event::Withdrawn(self.number));
    }
}

/// Two threads of their own, which nobody waits for: a read cannot be taken back.
fn open() -> Option<Sender<Event>> {
    let (desk, events) = mpsc::channel();
    let typed = desk.clone();
    let start = || named("typed").spawn(move || read(&typed, io::stdin().lock()));
    named("terminal").spawn(move || attend(&events, start)).ok()?;
    Some(desk)
}

fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

/// Nothing is read before the first question stands there: what was typed until then is no answer to it.
fn attend<T>(events: &Receiver<Event>, start_reading: impl FnOnce() -> io::Result<T>) {
    let mut desk = Desk::new(io::stdout(), forget_what_was_typed, || SystemClock.now());
    let mut start_reading = Some(start_reading);
    forget_what_was_piped();
    for event in events {
        if matches!(event, Event::Withdrawn(_)) {
            TOLD.fetch_sub(1, Ordering::Relaxed);
        }
        let shown = desk.happened(event);
        if shown.is_err() || start_reading.take().is_some_and(|start| start().is_err()) {
            return; // Nothing can be shown, or typed: every answer is no.
        }
    }
}

/// Line by line, each when the one before has been dealt with.
fn read(desk: &Sender<Event>, mut typed: impl BufRead) {
    loop {
        let mut line = Vec::new();
        let (dealt_with, wait) = mpsc::channel();
        let event = match typed.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(1..) => {
                let text = String::from_utf8_lossy(&line).into_owned();
                Event::Typed { text, at: SystemClock.now(), _read: Some(dealt_with) }
            }
            Ok(0) | Err(_) => Event::Ended,
        };
        let is_over = matches!(event, Event::Ended);
        if desk.send(event).is_err() || is_over {
            return;
        }
        // Never sent: the other end goes once the line has been dealt with.
        let _ = wait.recv();
    }
}

/// A yes that was typed before a question stood there is not for that question.
fn forget_what_was_typed() {
    if io::stdin().is_terminal() {
        // A terminal hands out one line at a time, so that nothing of it waits elsewhere.
        let _ = tcflush(io::stdin(), FlushArg::TCIFLUSH);
    }
}

/// As much lies in a pipe as was written; nobody else reads it as yet.
fn forget_what_was_piped() {
    let input = io::stdin();
    if input.is_terminal() {
        return;
    }
    let mut octets = [0; 1_024];
    for _ in 0..AHEAD / octets.len() {
        let mut waits = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        let lies_there = poll(&mut waits, PollTimeout::ZERO).is_ok_and(|ready| ready > 0);
        if !lies_there || !unistd::read(&input, &mut octets).is_ok_and(|read| read > 0) {
            return;
        }
    }
}
