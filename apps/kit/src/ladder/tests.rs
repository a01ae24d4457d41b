use std::sync::Arc;

use wire::{Entry, Kind, Recorder};

use super::{Format, Ladder};

fn ladder() -> Ladder {
    let ladder = Ladder::new();
    let report =
        |entity: &str, kind| ladder.record(Entry { flow: "c1".into(), entity: Arc::from(entity), kind });
    report("lms.a", Kind::Step { clause: "10.9.3.10.2", number: 3, text: "asks".into() });
    let (to, what) = (Arc::from("lms.b"), "MESSAGE location-information-request".into());
    report("lms.a", Kind::Sent { to, what, detail: "targets: \"bob\"\nrefresh".into() });
    report("lms.b", Kind::Answered { to: Arc::from("lms.a"), what: "200 OK".into() });
    report(
        "lms.b",
        Kind::Decided {
            question: "disclose",
            verdict: "refuse policy-refuses".into(),
            rule: "default".into(),
        },
    );
    ladder
}

#[test]
fn text_carries_steps_arrows_and_details() {
    let expected = "\
lms.a  [10.9.3.10.2 step 3] asks
lms.a  ───▶ lms.b  MESSAGE location-information-request
            │ targets: \"bob\"
            │ refresh
lms.b  ╌╌╌▷ lms.a  200 OK
lms.b  (disclose: refuse policy-refuses, by rule default)
";
    assert_eq!(ladder().render(Format::Text), expected);
}

#[test]
fn json_is_one_escaped_object_on_a_line() {
    let json = ladder().render(Format::Json);
    assert_eq!(json.lines().count(), 4);
    let second = json.lines().nth(1).unwrap_or_default();
    assert!(second.contains(r#""detail":"targets: \"bob\"\nrefresh""#), "{second}");
    assert!(json.lines().all(|line| line.starts_with("{\"n\":") && line.ends_with('}')));
}

#[test]
fn mermaid_names_each_participant_once() {
    let drawn = ladder().render(Format::Mermaid);
    assert_eq!(drawn.matches("participant").count(), 2);
    assert!(
        drawn.contains("p0->>p1: MESSAGE location-information-request<br/>targets: \"bob\" refresh"),
        "{drawn}"
    );
}

#[test]
fn steps_are_listed_in_order() {
    assert_eq!(ladder().steps(), [("lms.a".to_owned(), "10.9.3.10.2", 3)]);
}
