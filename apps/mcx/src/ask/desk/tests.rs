use std::{cell::Cell, rc::Rc};

use driver::SystemClock;
use futures::channel::oneshot::Receiver;
use wire::Clock as _;

use super::*;

/// A terminal with a clock that stands still until it is moved.
struct Terminal<'s> {
    desk: Desk<&'s mut Vec<u8>, &'s dyn Fn(), Clock>,
    now: Rc<Cell<Instant>>,
}

type Clock = Box<dyn Fn() -> Instant>;

impl<'s> Terminal<'s> {
    fn new(screen: &'s mut Vec<u8>, forget: &'s dyn Fn()) -> Self {
        let now = Rc::new(Cell::new(SystemClock.now()));
        let shown = Rc::clone(&now);
        Self { desk: Desk::new(screen, forget, Box::new(move || shown.get())), now }
    }

    fn happened(&mut self, event: Event) {
        self.desk.happened(event).expect("a vector takes everything");
    }

    fn ask(&mut self, number: u64) -> Receiver<bool> {
        let (answer, answered) = oneshot::channel();
        self.happened(Event::Asked(Question { number, text: format!("{number}? "), answer }));
        answered
    }

    fn line(&mut self, text: &str) {
        self.line_of(text, self.now.get());
    }

    fn line_of(&mut self, text: &str, at: Instant) {
        self.happened(Event::Typed { text: format!("{text}\n"), at, _read: None });
    }

    fn wait(&self) {
        self.now.set(self.now.get() + READ);
    }
}

/// What stands on the screen after `act`.
fn screen(act: impl FnOnce(&mut Terminal<'_>)) -> String {
    let mut screen = Vec::new();
    act(&mut Terminal::new(&mut screen, &|| {}));
    String::from_utf8(screen).expect("UTF-8")
}

fn answer(mut answered: Receiver<bool>) -> Option<bool> {
    answered.try_recv().ok().flatten()
}

#[test]
fn c10_9_3_2_each_question_has_an_answer_of_its_own() {
    for (typed, expected) in [(["yes", "no"], [true, false]), (["n", " Y "], [false, true])] {
        screen(|terminal| {
            let answers = [1, 2].map(|number| terminal.ask(number));
            for line in typed {
                terminal.line(line);
                terminal.wait();
            }
            assert_eq!(answers.map(answer), expected.map(Some));
        });
    }
}

#[test]
fn c10_9_3_2_what_is_no_answer_is_asked_again() {
    let shown = screen(|terminal| {
        let answered = terminal.ask(1);
        for line in ["", "yess", "yes"] {
            terminal.line(line);
        }
        assert_eq!(answer(answered), Some(true));
    });
    assert_eq!(shown, "1? 1? 1? ");
}

#[test]
fn c10_9_3_2_nobody_at_the_terminal_says_no() {
    let shown = screen(|terminal| {
        let first = terminal.ask(1);
        terminal.happened(Event::Ended);
        let later = terminal.ask(2);
        assert_eq!([first, later].map(answer), [None, None]);
    });
    assert_eq!(shown, "1? nobody answers: no\n2? nobody answers: no\n");
}

#[test]
fn c10_9_3_2_what_was_typed_before_a_question_is_no_answer_to_it() {
    screen(|terminal| {
        terminal.line("yes");
        assert_eq!(answer(terminal.ask(1)), None);
    });
    let forgotten = Cell::new(0);
    let count = || forgotten.set(forgotten.get() + 1);
    let mut screen = Vec::new();
    let mut terminal = Terminal::new(&mut screen, &count);
    drop(terminal.ask(1));
    assert_eq!(forgotten.get(), 1, "nor is what the terminal holds and has not handed out yet");
    terminal.line("yess");
    assert_eq!(forgotten.get(), 1, "what is typed behind a slip of the hand is an answer");
}

#[test]
fn c10_9_3_2_a_line_that_was_read_before_the_question_was_shown_is_no_answer_to_it() {
    screen(|terminal| {
        let before = terminal.now.get();
        terminal.wait();
        let answered = terminal.ask(1);
        terminal.line_of("yes", before);
        assert_eq!(answer(answered), None);
    });
}

#[test]
fn c10_9_3_2_a_question_that_nobody_waits_for_makes_room_for_the_next() {
    let shown = screen(|terminal| {
        let (gone, never_shown, stays) = (terminal.ask(1), terminal.ask(2), terminal.ask(3));
        terminal.happened(Event::Withdrawn(2));
        terminal.happened(Event::Withdrawn(1));
        terminal.wait();
        terminal.line("yes");
        assert_eq!([gone, never_shown, stays].map(answer), [None, None, Some(true)]);
    });
    assert_eq!(shown, "1? \ntoo late: nobody waits for an answer any more, and nothing has been told\n3? ");
}

#[test]
fn c10_9_3_2_a_yes_to_a_question_that_has_gone_is_none_to_the_one_in_its_place() {
    let shown = screen(|terminal| {
        let (_gone, stays) = (terminal.ask(1), terminal.ask(2));
        terminal.happened(Event::Withdrawn(1));
        terminal.line("yes");
        assert_eq!(answer(stays), None);
    });
    assert!(shown.ends_with("2? 2? "), "asked again: {shown}");
    screen(|terminal| {
        let (_answered, stays) = (terminal.ask(1), terminal.ask(2));
        terminal.line("yes");
        terminal.line("yes");
        assert_eq!(answer(stays), None, "typed twice");
    });
}

#[test]
fn c10_9_3_2_more_questions_than_anybody_can_answer_are_a_no() {
    screen(|terminal| {
        let kept: Vec<_> = (0..WAITING as u64).map(|number| terminal.ask(number)).collect();
        let mut beyond = terminal.ask(99);
        assert!(beyond.try_recv().is_err(), "nobody will answer it");
        assert!(kept.into_iter().all(|mut answered| answered.try_recv() == Ok(None)));
    });
}
