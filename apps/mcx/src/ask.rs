//! Whoever sits at the terminal is asked whether his position may be told: TS 23.280 10.9.3.2 step 2.

mod desk;

use std::{
    io::{self, BufRead, IsTerminal as _, Read as _},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use clients::Permission;
use driver::SystemClock;
use futures::{FutureExt as _, channel::oneshot};
use nix::sys::termios::{FlushArg, tcflush};
use wire::Clock as _;

use self::desk::{Desk, Event, Question};

/// How many octets of a line are read: an answer has three.
const LINE: u64 = 1_024;

/// The terminal of this process; none where nobody is at it.
static DESK: OnceLock<Option<Sender<Event>>> = OnceLock::new();

/// Numbers of questions.
static NUMBER: AtomicU64 = AtomicU64::new(0);

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
    let named = |name: &str| thread::Builder::new().name(name.to_owned());
    named("terminal").spawn(move || attend(&events)).ok()?;
    named("typed").spawn(move || read(&typed, io::stdin().lock())).ok()?;
    Some(desk)
}

fn attend(events: &Receiver<Event>) {
    let mut desk = Desk::new(io::stdout(), forget_what_was_typed);
    for event in events {
        if desk.happened(event, SystemClock.now()).is_err() {
            return; // Nothing can be shown: every answer is no.
        }
    }
}

/// Line by line, each when the one before has been dealt with.
fn read(desk: &Sender<Event>, mut typed: impl BufRead) {
    loop {
        let mut line = Vec::new();
        let (dealt_with, wait) = mpsc::channel();
        let event = match typed.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(1..) => Event::Typed(String::from_utf8_lossy(&line).into_owned(), Some(dealt_with)),
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
