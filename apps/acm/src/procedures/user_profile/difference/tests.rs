//! What is said of two profiles.

use super::{LINES, is_none, of, text};

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
fn there_is_an_end_to_it() {
    let entries: String = (0..LINES + 7).map(|number| format!("<entry>{number}</entry>")).collect();
    let after = format!("<p xmlns='urn:p' user-profile-index='1'><Name>Visitor</Name><g>{entries}</g></p>");
    let lines = of(BEFORE, after.as_bytes());
    assert_eq!((lines.len(), lines.last().map(String::as_str)), (LINES + 1, Some("and 8 more")));
}

#[test]
fn another_order_or_namespace_is_another_document() {
    let moved: &[u8] =
        b"<p xmlns='urn:p' user-profile-index='1'><g><entry>a</entry></g><Name>Visitor</Name></p>";
    let named = b"<p xmlns='urn:p' user-profile-index='1'><Name xmlns='urn:q'>Visitor</Name><g><entry>a</entry></g></p>";
    for other in [moved, named] {
        assert!(of(BEFORE, other).is_empty() && !is_none(BEFORE, other));
    }
    assert!(text(&[], false).starts_with("This changes the order"));
    assert!(!is_none(BEFORE, b"<p"));
}
