//! Questions to whoever sits at a terminal, one after the other: what is shown, and which answer is whose.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::mpsc::Sender,
    time::{Duration, Instant},
};

use futures::channel::oneshot;

/// How many questions wait for an answer; of whoever asks beyond that nobody is told, and the answer is no.
const WAITING: usize = 16;

/// How long a question that follows another at once stands there before a line is its answer: who types yes to the one that has
/// just gone has not read it.
const READ: Duration = Duration::from_secs(1);

/// A screen takes a question within that.
const AT_ONCE: Duration = Duration::from_millis(100);

/// What happens at a terminal.
pub(super) enum Event {
    /// Somebody asks, and waits for the answer.
    Asked(Question),
    /// Whoever asked the question of this number waits no more.
    Withdrawn(u64),
    /// A line was typed, and read at that moment. The next is read once the sender has gone.
    Typed { text: String, at: Instant, _read: Option<Sender<()>> },
    /// Nobody types any more.
    Ended,
}

/// What is asked, and where the answer goes.
pub(super) struct Question {
    pub(super) number: u64,
    pub(super) text: String,
    pub(super) answer: oneshot::Sender<bool>,
}

/// A terminal and the questions of which the first stands there.
pub(super) struct Desk<S, F, C> {
    screen: S,
    /// Makes nothing of what was typed so far.
    forget: F,
    now: C,
    questions: VecDeque<Question>,
    /// A line that was read before is an answer to what stood there before.
    unread_until: Option<Instant>,
    is_left: bool,
}

impl<S: Write, F: Fn(), C: Fn() -> Instant> Desk<S, F, C> {
    pub(super) fn new(screen: S, forget: F, now: C) -> Self {
        Self { screen, forget, now, questions: VecDeque::new(), unread_until: None, is_left: false }
    }

    /// Takes in what has happened.
    ///
    /// # Errors
    /// Where nothing can be shown any more.
    pub(super) fn happened(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Asked(question) => self.asked(question),
            Event::Withdrawn(number) => self.withdrawn(number),
            Event::Typed { text, at, _read } => self.typed(&text, at),
            Event::Ended => self.left(),
        }
    }

    fn asked(&mut self, question: Question) -> io::Result<()> {
        // An answer that is dropped is a no.
        if self.questions.len() >= WAITING {
            return Ok(());
        }
        self.questions.push_back(question);
        match self.questions.len() {
            1 => self.ask(Duration::ZERO),
            _ => Ok(()),
        }
    }

    /// The first question, where there is one, whose answer is what is typed once it has stood there for so long.
    fn ask(&mut self, read: Duration) -> io::Result<()> {
        (self.forget)();
        let begun = (self.now)();
        self.show()?;
        let shown = (self.now)();
        // Whoever is quick answers before this thread looks at the clock again; a screen that stands still shows nothing meanwhile.
        let since = if shown.duration_since(begun) < AT_ONCE { begun } else { shown };
        self.unread_until = since.checked_add(read);
        Ok(())
    }

    fn show(&mut self) -> io::Result<()> {
        let Some(question) = self.questions.front() else { return Ok(()) };
        write!(self.screen, "{}", question.text)?;
        if self.is_left {
            return self.left();
        }
        self.screen.flush()
    }

    fn withdrawn(&mut self, number: u64) -> io::Result<()> {
        let is_shown = self.questions.front().is_some_and(|question| question.number == number);
        self.questions.retain(|question| question.number != number);
        if !is_shown {
            return Ok(());
        }
        writeln!(self.screen, "\ntoo late: nobody waits for an answer any more, and nothing has been told")?;
        self.screen.flush()?;
        self.ask(READ)
    }

    /// What is typed while no question stands there is nobody's.
    fn typed(&mut self, line: &str, at: Instant) -> io::Result<()> {
        let is_given = match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Some(true),
            "n" | "no" => Some(false),
            _ => None,
        };
        let is_read = self.unread_until.is_none_or(|until| until <= at);
        match is_given.filter(|_| is_read).and_then(|is_given| Some((self.questions.pop_front()?, is_given)))
        {
            Some((question, is_given)) => {
                // Whoever waits no more takes it back himself.
                let _ = question.answer.send(is_given);
                if self.questions.is_empty() { Ok(()) } else { self.ask(READ) }
            }
            None => self.show(),
        }
    }

    fn left(&mut self) -> io::Result<()> {
        self.is_left = true;
        if self.questions.is_empty() {
            return Ok(());
        }
        self.questions.clear();
        writeln!(self.screen, "nobody answers: no")?;
        self.screen.flush()
    }
}

#[cfg(test)]
mod tests;
