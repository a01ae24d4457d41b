//! What is said of two profiles.

use super::{Change, OCTETS, is_none, of, text};

const BEFORE: &[u8] =
    b"<p xmlns='urn:p' user-profile-index='1'><Name>Visitor</Name><g><entry>a</entry></g></p>";

#[test]
fn two_that_say_the_same_differ_in_nothing() {
    let spaced = b"<?xml version='1.0'?>\n<p user-profile-index='1' xmlns='urn:p'>\n <Name>Visitor</Name>\n <g><entry>a</entry></g></p>";
    assert!(of(BEFORE, spaced).is_empty());
    assert!(is_none(BEFORE, spaced));
    assert_eq!(text(&[], true), "This changes nothing.");
}

#[test]
fn what_goes_and_what_comes_is_told_by_its_place() {
    let after = b"<p xmlns='urn:p' user-profile-index='2'><Name>Guest</Name><g><entry>a</entry><entry>b</entry></g></p>";
    let lines = [
        "- /p/@user-profile-index = 1",
        "+ /p/@user-profile-index = 2",
        "- /p/Name[1] = Visitor",
        "+ /p/Name[1] = Guest",
        "+ /p/g[1]/entry[2] = b",
    ];
    assert_eq!(of(BEFORE, after), lines);
    assert!(text(&of(BEFORE, after), false).starts_with("This changes:\n- /p/@"));
}

#[test]
fn what_was_made_is_seen_in_what_somebody_has_written_since_and_what_was_not_is_not() {
    let after: &[u8] = b"<p xmlns='urn:p'><Name>Guest</Name><g><entry>a</entry></g></p>";
    let change = Change::between(BEFORE, after);
    let stands = |now: &str| change.has_been_made(now.as_bytes());
    assert!(stands("<p xmlns='urn:p'><Name>Guest</Name><g><entry>other</entry></g></p>"), "beside it");
    for other in [
        "<p xmlns='urn:p'><Name>Visitor</Name></p>",
        "<p xmlns='urn:p'><Name>Harbour</Name></p>",
        "<p xmlns='urn:p' user-profile-index='2'><Name>Guest</Name></p>",
        "<p",
    ] {
        assert!(!stands(other), "{other}");
    }
    assert!(!Change::between(after, after).has_been_made(after), "of an order alone nothing is known");
}

#[test]
fn what_was_made_is_seen_however_long_or_many_the_values_are_and_whatever_stands_before_them() {
    let entries = |more: &str, count: usize| {
        let own: String =
            (0..count).map(|number| format!("<entry>{number}{}</entry>", "x".repeat(200))).collect();
        format!("<p xmlns='urn:p'><g>{more}{own}</g></p>")
    };
    let change = Change::between(entries("", 2).as_bytes(), entries("", 500).as_bytes());
    let first = "<entry>somebody else's</entry>";
    assert!(change.has_been_made(entries(first, 500).as_bytes()));
    assert!(!change.has_been_made(entries(first, 499).as_bytes()), "one of them is missing");
    let back = Change::between(entries("", 3).as_bytes(), entries("", 2).as_bytes());
    assert!(
        back.has_been_made(entries(first, 2).as_bytes()) && !back.has_been_made(entries(first, 3).as_bytes())
    );
}

#[test]
fn of_long_values_the_part_is_shown_where_they_differ() {
    let with =
        |end: &str| format!("<p xmlns='urn:p'><Name>{}{end}{}</Name></p>", "a".repeat(500), "z".repeat(500));
    let lines = of(with("one").as_bytes(), with("other").as_bytes());
    assert!(lines[0].starts_with("- /p/Name[1] = … aaa") && lines[0].contains("aonez"), "{lines:?}");
    assert!(lines[1].contains("aotherz") && lines[1].ends_with(" …"), "{lines:?}");
}

#[test]
fn there_is_an_end_to_it() {
    let with = |count: usize| {
        let entries: String = (0..count).map(|number| format!("<entry>{number}</entry>")).collect();
        let text =
            format!("<p xmlns='urn:p' user-profile-index='1'><Name>Visitor</Name><g>{entries}</g></p>");
        of(BEFORE, text.as_bytes())
    };
    assert_eq!(with(1_000).len(), 1_001, "hundreds are shown");
    let lines = with(6_000);
    assert!(lines.iter().map(String::len).sum::<usize>() <= OCTETS + 200);
    let (last, shown) = lines.split_last().unwrap();
    assert!(last.starts_with(&format!("and {} more that are not shown", 6_001 - shown.len())), "{last}");
}

#[test]
fn another_order_or_namespace_is_another_document() {
    let moved: &[u8] =
        b"<p xmlns='urn:p' user-profile-index='1'><g><entry>a</entry></g><Name>Visitor</Name></p>";
    let named = b"<p xmlns='urn:p' user-profile-index='1'><Name xmlns='urn:q'>Visitor</Name><g><entry>a</entry></g></p>";
    assert!(of(BEFORE, moved).is_empty() && !is_none(BEFORE, moved));
    assert!(text(&[], false).starts_with("This changes no value: the order"));
    assert_eq!(of(BEFORE, named), ["- /p/Name[1] = Visitor", "+ /p/{urn:q}Name[1] = Visitor"]);
    assert!(!is_none(BEFORE, b"<p"));
}
