use store::{Change, Version};

use super::*;

fn record(batch: &Batch) -> Option<Record> {
    match batch.changes().last() {
        Some(Change::Put { value, expires, .. }) => {
            Some(Record { value: value.clone(), version: Version(1), expires: *expires })
        }
        _ => None,
    }
}

/// What was kept after these words, as a server that begins anew reads it.
fn after(words: &[(Word, Option<Turn>)]) -> Said {
    words.iter().fold(Said::kept(None), |said, (word, turn)| {
        let said = said.then(*word, *turn).unwrap_or(said);
        let kept = record(&said.keep(Batch::new(), "key", None, SystemTime::UNIX_EPOCH));
        assert_eq!(Said::kept(kept.as_ref()), said, "as it was written");
        said
    })
}

fn turn(decision: u64, word: u64) -> Option<Turn> {
    Some(Turn { decision, word })
}

#[test]
fn a_yes_that_is_taken_back_leaves_what_was_said_before_it() {
    use Word::{No, TakenBack, Yes};
    for (words, counts) in [
        (&[][..], None),
        (&[Yes], Some(true)),
        (&[Yes, Yes, TakenBack], None),
        (&[No, TakenBack], Some(false)),
        (&[No, Yes], Some(true)),
        (&[No, Yes, Yes, TakenBack], Some(false)),
        (&[Yes, TakenBack, TakenBack], None),
    ] {
        let untimed: Vec<_> = words.iter().map(|word| (*word, None)).collect();
        assert_eq!(after(&untimed).is_yes(), counts, "{words:?}");
        let in_turn: Vec<_> = words.iter().zip(1..).map(|(word, number)| (*word, turn(1, number))).collect();
        assert_eq!(after(&in_turn).is_yes(), counts, "{words:?}");
    }
}

#[test]
fn a_word_that_comes_late_changes_nothing() {
    use Word::{No, TakenBack, Yes};
    let later = Turn { decision: 2, word: 5 };
    let removed = after(&[(Yes, turn(1, 1)), (No, Some(later))]);
    for word in [Yes, No, TakenBack] {
        assert_eq!(removed.then(word, turn(1, 9)), Err(later), "of a decision before");
        assert_eq!(removed.then(word, turn(2, 4)), Err(later), "of the same, and before");
    }
    assert_eq!(removed.then(No, Some(later)), Ok(removed), "the same again");
    assert_eq!(removed.then(Yes, turn(3, 1)).map(Said::is_yes), Ok(Some(true)));
    // What is taken back comes before what it takes back.
    let nothing = after(&[(TakenBack, turn(1, 2)), (Yes, turn(1, 1))]);
    assert_eq!(nothing.is_yes(), None);
    assert_eq!(nothing.then(Yes, turn(1, 3)).map(Said::is_yes), Ok(Some(true)), "it is tried again");
}

#[test]
fn the_same_word_of_the_same_decision_is_no_news() {
    let first = after(&[(Word::Yes, turn(1, 1))]);
    let next = |word, turn| first.then(word, turn).unwrap().is_news_after(first, word);
    assert!(!next(Word::Yes, turn(1, 2)));
    assert!(next(Word::Yes, turn(2, 2)) && next(Word::TakenBack, turn(1, 2)) && next(Word::No, turn(2, 2)));
    assert!(!next(Word::TakenBack, turn(2, 2)), "it had said nothing");
    let untimed = after(&[(Word::Yes, None)]);
    assert!(
        untimed.then(Word::Yes, None).unwrap().is_news_after(untimed, Word::Yes),
        "who says no turn says it anew"
    );
}

#[test]
fn what_is_taken_back_is_the_decisions_own() {
    let admitted = after(&[(Word::Yes, turn(1, 1)), (Word::TakenBack, turn(2, 2))]);
    assert_eq!(admitted.is_yes(), Some(true));
}

#[test]
fn what_cannot_be_read_lets_nobody_come_and_where_nothing_counts_that_is_forgotten_some_day() {
    let unreadable = Record { value: "maybe".into(), version: Version(1), expires: None };
    assert_eq!(Said::kept(Some(&unreadable)).is_yes(), Some(false));
    let taken_back = after(&[(Word::Yes, turn(1, 1)), (Word::TakenBack, turn(1, 2))]);
    let kept = record(&taken_back.keep(Batch::new(), "key", None, SystemTime::UNIX_EPOCH)).unwrap();
    assert_eq!(kept.expires, Some(SystemTime::UNIX_EPOCH + KNOWN));
    assert!(["", "1", "1.x", "x.1", "1.1.1"].iter().all(|text| Turn::read(text).is_none()));
}

#[test]
fn a_turn_that_cannot_be_read_is_not_the_same_as_none() {
    let fields = |values: &[&str]| {
        let field = |value: &&str| (TURN_FIELD, value.parse().unwrap());
        Turn::of(&values.iter().map(field).collect::<HeaderMap>())
    };
    assert_eq!(fields(&[]), Ok(None));
    assert_eq!(fields(&["1.a"]), Ok(turn(1, 10)));
    for wrong in [&["1"][..], &["1.x"], &[""], &["\u{e9}"], &["1.1", "1.1"], &["1.1", ""]] {
        assert_eq!(fields(wrong), Err(NoTurn), "{wrong:?}");
    }
}
