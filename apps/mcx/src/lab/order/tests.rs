use std::sync::Arc;

use wire::{Entry, Kind};

use super::{Heard, settled as settled_in};

fn entry(flow: &str, entity: &str, kind: Kind) -> Entry {
    Entry { flow: flow.into(), entity: Arc::from(entity), kind }
}

fn sent(entity: &str, to: &str, what: &str) -> Entry {
    entry(
        "r1",
        entity,
        Kind::Sent { to: Arc::from(to), what: format!("MESSAGE {what}"), detail: String::new() },
    )
}

fn answered(entity: &str, to: &str) -> Entry {
    entry("r1", entity, Kind::Answered { to: Arc::from(to), what: "200 OK".into() })
}

fn step(entity: &str, number: u8) -> Entry {
    entry("r1", entity, Kind::Step { clause: "10.17.5.2", number, text: String::new() })
}

fn decided(entity: &str) -> Entry {
    entry("r1", entity, Kind::Decided { question: "send", verdict: "allow".into(), rule: "kept".into() })
}

/// As heard, with who among those that go on side by side said each.
fn heard(entries: impl IntoIterator<Item = (usize, Entry)>) -> Vec<Heard> {
    entries.into_iter().map(|(task, entry)| Heard { entry, task }).collect()
}

fn settled(entries: Vec<(usize, Entry)>) -> Vec<Entry> {
    settled_in(heard(entries), true)
}

fn drawn(entries: Vec<(usize, Entry)>) -> String {
    kit::ladder::render(&settled(entries), kit::ladder::Format::Text)
}

const INDICATION: &str = "acm-process-indication";
const RECEIPT: &str = "acm-audit-receipt";
const REQUEST: &str = "acm-migration-users-add-request";

// Who does what side by side.
const GATEWAY: usize = 0;
const TAKES_IT: usize = 1;
const TELLS: usize = 2;
const CORE: usize = 3;
const BOB: usize = 4;
const HOME: usize = 5;
const HOME_AGAIN: usize = 6;

/// A partner's server that says that it has a request, gives a receipt, and asks its user, all at once.
fn one() -> Vec<(usize, Entry)> {
    vec![
        (GATEWAY, sent("gw", "acm", REQUEST)),
        (TAKES_IT, step("acm", 3)),
        (TAKES_IT, step("acm", 4)),
        (TAKES_IT, answered("acm", "gw")),
        (TELLS, decided("acm")),
        (TELLS, sent("acm", "gw", INDICATION)),
        (GATEWAY, sent("gw", "home", INDICATION)),
        (HOME, step("home", 4)),
        (HOME, answered("home", "gw")),
        (CORE, step("acm", 5)),
        (CORE, decided("acm")),
        (CORE, sent("acm", "core", REQUEST)),
        (BOB, step("bob", 5)),
        (BOB, answered("core", "acm")),
        (TELLS, decided("acm")),
        (TELLS, sent("acm", "gw", RECEIPT)),
        (GATEWAY, sent("gw", "home", RECEIPT)),
        (HOME_AGAIN, answered("home", "gw")),
    ]
}

/// The same otherwise interleaved.
fn other() -> Vec<(usize, Entry)> {
    vec![
        (GATEWAY, sent("gw", "acm", REQUEST)),
        (TAKES_IT, step("acm", 3)),
        (TAKES_IT, step("acm", 4)),
        (CORE, step("acm", 5)),
        (CORE, decided("acm")),
        (CORE, sent("acm", "core", REQUEST)),
        (TELLS, decided("acm")),
        (TELLS, sent("acm", "gw", INDICATION)),
        (BOB, step("bob", 5)),
        (TAKES_IT, answered("acm", "gw")),
        (TELLS, decided("acm")),
        (TELLS, sent("acm", "gw", RECEIPT)),
        (GATEWAY, sent("gw", "home", INDICATION)),
        (HOME, step("home", 4)),
        (GATEWAY, sent("gw", "home", RECEIPT)),
        (HOME_AGAIN, answered("home", "gw")),
        (BOB, answered("core", "acm")),
        (HOME, answered("home", "gw")),
    ]
}

#[test]
fn what_goes_on_beside_each_other_is_drawn_alike_however_it_is_heard() {
    let drawn_one = drawn(one());
    assert_eq!(drawn_one, drawn(other()));
    let line = |text: &str| drawn_one.lines().position(|line| line.contains(text)).expect("is drawn");
    assert!(line(INDICATION) < line("step 5") && line("step 5") < line(RECEIPT), "{drawn_one}");
}

/// Whatever steps they are: a step that is taken before the one that the clause has before it is seen to be.
#[test]
fn what_one_does_in_a_row_is_drawn_as_it_happened() {
    let taken = [sent("gw", "acm", REQUEST), step("acm", 7), step("acm", 5), step("acm", 5), step("acm", 6)];
    let entries = taken.into_iter().zip([GATEWAY, TAKES_IT, TAKES_IT, TAKES_IT, TAKES_IT]);
    let mut entries: Vec<_> = entries.map(|(entry, task)| (task, entry)).collect();
    entries.push((TAKES_IT, answered("acm", "gw")));
    // Somebody else is at step 6 already.
    entries.insert(1, (BOB, step("bob", 6)));
    let drawn = settled(entries);
    let of_acm = drawn.iter().filter(|entry| &*entry.entity == "acm");
    let of_acm: Vec<Option<u8>> = of_acm.map(super::step).collect();
    assert_eq!(of_acm, [Some(7), Some(5), Some(5), Some(6), None]);
    assert!(matches!(drawn.last().map(|entry| &entry.kind), Some(Kind::Answered { .. })), "{drawn:?}");
}

#[test]
fn each_answer_is_right_below_what_led_to_it() {
    let settled = settled(other());
    let mut answers = 0;
    for (before, entry) in settled.iter().zip(settled.iter().skip(1)) {
        if let Kind::Answered { to: asker, .. } = &entry.kind {
            let is_asked = matches!(&before.kind, Kind::Sent { to, .. } if *to == entry.entity);
            let is_asked = is_asked && *before.entity == **asker;
            assert!(is_asked || before.entity == entry.entity, "{before:?} and {entry:?}");
            answers += 1;
        }
    }
    assert_eq!(answers, 4);
}

/// Whoever is at a lower step, as in a clause inside the other, has not come there before what led to it.
#[test]
fn what_is_passed_on_stands_below_what_came() {
    let inside =
        |entity, number| entry("r1", entity, Kind::Step { clause: "10.9.3.2", number, text: String::new() });
    let entries = vec![
        (TAKES_IT, step("lms", 4)),
        (TAKES_IT, step("lms", 5)),
        (TAKES_IT, inside("lms", 1)),
        (TAKES_IT, sent("lms", "core", "ask")),
        (CORE, sent("core", "bob", "ask")),
        (BOB, answered("bob", "core")),
        (BOB, inside("bob", 3)),
        (BOB, sent("bob", "core", "report")),
        (CORE, sent("core", "lms", "report")),
        (HOME, answered("lms", "core")),
        (TAKES_IT, step("lms", 6)),
    ];
    let heard: Vec<String> = entries.iter().map(|(_, entry)| format!("{entry:?}")).collect();
    let drawn: Vec<String> = settled(entries).iter().map(|entry| format!("{entry:?}")).collect();
    assert_eq!(drawn, heard);
}

#[test]
fn what_has_no_flow_is_drawn_by_the_names_of_the_two() {
    let told = |server: &str| {
        let kind = Kind::Sent { to: Arc::from(server), what: "REGISTER".into(), detail: String::new() };
        let answer = Kind::Answered { to: Arc::from("core"), what: "200 OK".into() };
        [entry("", "core", kind), entry("", server, answer)]
    };
    let by = |servers: [&str; 3]| {
        servers.into_iter().flat_map(told).zip(0..).map(|(entry, task)| (task, entry)).collect()
    };
    assert_eq!(drawn(by(["acm", "lms", "mcs"])), drawn(by(["mcs", "acm", "lms"])));
}

#[test]
fn a_step_that_is_heard_after_what_follows_from_it_stands_before_it() {
    let heard = |late: bool| {
        let (stored, told) =
            ((TAKES_IT, step("gms", 5)), [(TELLS, step("gms", 6)), (TELLS, sent("gms", "mcs", "NOTIFY"))]);
        let first = [(GATEWAY, sent("gw", "gms", REQUEST)), (TAKES_IT, step("gms", 4))];
        let rest: Vec<_> = if late {
            told.into_iter().chain([stored]).collect()
        } else {
            [stored].into_iter().chain(told).collect()
        };
        first.into_iter().chain(rest).collect::<Vec<_>>()
    };
    assert_eq!(drawn(heard(false)), drawn(heard(true)));
}

/// Both systems give a receipt of a flow, which may meet at a gateway.
#[test]
fn two_receipts_that_meet_are_drawn_one_after_the_other() {
    let ours = || {
        [(TELLS, decided("acm")), (TELLS, sent("acm", "gw", RECEIPT)), (GATEWAY, sent("gw", "home", RECEIPT))]
    };
    let theirs =
        || [(HOME, decided("home")), (HOME, sent("home", "gw", RECEIPT)), (CORE, sent("gw", "acm", RECEIPT))];
    let answers = || [(HOME_AGAIN, answered("home", "gw")), (TAKES_IT, answered("acm", "gw"))];
    let one: Vec<_> = ours().into_iter().chain(theirs()).chain(answers()).collect();
    let meeting = ours().into_iter().zip(theirs()).flat_map(|(ours, theirs)| [theirs, ours]);
    let other: Vec<_> = meeting.chain(answers()).collect();
    assert_eq!(drawn(one), drawn(other));
}

#[test]
fn what_follows_from_somebody_who_comes_stands_before_the_steps_however_late_it_is_heard() {
    let told = Kind::Sent { to: Arc::from("cms"), what: "SUBSCRIBE".into(), detail: String::new() };
    let (subscribes, first) =
        ((TELLS, entry("", "mcs", told)), [(HOME, step("acm", 12)), (HOME, step("acm", 13))]);
    let late: Vec<_> = first.clone().into_iter().chain([subscribes.clone()]).collect();
    let early: Vec<_> = [subscribes].into_iter().chain(first).collect();
    let text = |entries| {
        kit::ladder::render(&super::drawn(vec![heard(entries), Vec::new()]), kit::ladder::Format::Text)
    };
    assert_eq!(text(late), text(early));
}
