use std::{
    cell::{Cell, RefCell},
    io::{BufReader, Read},
};

use super::*;

/// What is answered to two questions, and what stood on the screen.
fn asked(typed: &str) -> ([bool; 2], String) {
    let (desk, questions) = sync_channel(2);
    let ask = |text: &str| {
        let (answer, answered) = oneshot::channel();
        desk.send((text.to_owned(), answer)).expect("there is room");
        answered
    };
    let answers = [ask("one? "), ask("other? ")];
    drop(desk);
    let mut screen = Vec::new();
    attend(&questions, typed.as_bytes(), &mut screen, || {});
    let answers = answers.map(|answer| futures::executor::block_on(answer).expect("is answered"));
    (answers, String::from_utf8(screen).expect("UTF-8"))
}

#[test]
fn c10_9_3_2_each_question_has_an_answer_of_its_own() {
    assert_eq!(asked("yes\nno\n").0, [true, false]);
    assert_eq!(asked("n\n Y \n").0, [false, true]);
}

#[test]
fn c10_9_3_2_what_is_no_answer_is_asked_again() {
    let (answers, screen) = asked("\nyess\nyes\nno\n");
    assert_eq!(answers, [true, false]);
    assert_eq!(screen, "one? one? one? other? ");
}

#[test]
fn c10_9_3_2_nobody_at_the_terminal_says_no() {
    let (answers, screen) = asked("yes\n");
    assert_eq!(answers, [true, false]);
    assert!(screen.ends_with("other? nobody answers: no\n"), "{screen}");
}

/// Each line is typed before the question that follows it stands there.
#[test]
fn c10_9_3_2_what_was_typed_before_a_question_is_no_answer_to_it() {
    let (desk, questions) = sync_channel(2);
    let (answer, answered) = oneshot::channel();
    desk.send(("one? ".to_owned(), answer)).expect("there is room");
    drop(desk);
    let typed = RefCell::new(&b"yes\n"[..]);
    let terminal = BufReader::new(Terminal(&typed));
    attend(&questions, terminal, Vec::new(), || *typed.borrow_mut() = b"no\n");
    assert!(!futures::executor::block_on(answered).expect("is answered"));
}

/// What was typed and not read yet.
struct Terminal<'t>(&'t RefCell<&'static [u8]>);

impl Read for Terminal<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(into)
    }
}

#[test]
fn c10_9_3_2_whoever_waits_no_more_is_not_asked_for_and_a_late_answer_is_said_to_be() {
    let (desk, questions) = sync_channel(2);
    let ask = |text: &str| {
        let (answer, answered) = oneshot::channel();
        desk.send((text.to_owned(), answer)).expect("there is room");
        answered
    };
    let (gone, stays) = (ask("one? "), ask("other? "));
    drop((gone, desk));
    let stays = Cell::new(Some(stays));
    let mut screen = Vec::new();
    attend(&questions, &b"yes\n"[..], &mut screen, || drop(stays.take()));
    let screen = String::from_utf8(screen).expect("UTF-8");
    assert!(screen.starts_with("other? too late: nothing has been told"), "{screen}");
}
