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
    attend(&questions, typed.as_bytes(), &mut screen);
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
