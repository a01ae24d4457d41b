//! Whoever sits at the terminal is asked whether his position may be told: TS 23.280 10.9.3.2 step 2.

use std::{
    io::{self, BufRead, IsTerminal as _, Write},
    sync::{
        Arc, OnceLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use clients::Permission;
use futures::{FutureExt as _, channel::oneshot};
use nix::sys::termios::{FlushArg, tcflush};

/// How many questions wait for an answer; of whoever asks beyond that nobody is told, and the answer is no.
const WAITING: usize = 16;

/// What is asked, and where the answer goes.
type Question = (String, oneshot::Sender<bool>);

/// The terminal of this process; none where nobody is at it.
static DESK: OnceLock<Option<SyncSender<Question>>> = OnceLock::new();

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
    let (answer, answered) = oneshot::channel();
    let Some(desk) = DESK.get_or_init(open) else { return false };
    desk.try_send((text, answer)).is_ok() && answered.await.unwrap_or(false)
}

/// A thread of its own, which nobody waits for: a read cannot be taken back.
fn open() -> Option<SyncSender<Question>> {
    let (desk, questions) = sync_channel(WAITING);
    let attend = move || attend(&questions, io::stdin().lock(), io::stdout(), forget_what_was_typed);
    thread::Builder::new().name("terminal".to_owned()).spawn(attend).ok().map(|_| desk)
}

/// A yes that was typed before a question stood there is not for that question.
fn forget_what_was_typed() {
    if io::stdin().is_terminal() {
        // A terminal hands out one line at a time, so that nothing of it waits elsewhere.
        let _ = tcflush(io::stdin(), FlushArg::TCIFLUSH);
    }
}

/// One question after the other, so that no answer is taken for another's. `forget` makes nothing of what was typed until then.
fn attend(
    questions: &Receiver<Question>,
    mut answers: impl BufRead,
    mut screen: impl Write,
    forget: impl Fn(),
) {
    for (text, answer) in questions {
        // Whoever waits no more would be told nothing.
        if answer.is_canceled() {
            continue;
        }
        forget();
        let is_given = answered(&text, &mut answers, &mut screen).unwrap_or(false);
        if answer.send(is_given).is_err() {
            let _ = writeln!(
                screen,
                "too late: nothing has been told, since nobody waited for an answer any more"
            );
        }
    }
}

/// Asked again until it is yes or no; no where there is nobody to ask.
fn answered(text: &str, answers: &mut impl BufRead, screen: &mut impl Write) -> io::Result<bool> {
    loop {
        write!(screen, "{text}")?;
        screen.flush()?;
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            writeln!(screen, "nobody answers: no")?;
            return Ok(false);
        }
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
