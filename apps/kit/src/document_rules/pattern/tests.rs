use xml::{Document, Element, Limits};

use super::{Pattern, Prefixes};

const PREFIXES: Prefixes = Prefixes { root: None, default: "urn:g", table: &[("m", "urn:m")] };

fn way<'d>(document: &'d Document<'_>, names: &[&str]) -> Vec<Element<'d>> {
    let mut way = vec![document.root()];
    for name in names {
        let next = way.last().unwrap().children().find(|child| child.name() == *name).unwrap();
        way.push(next);
    }
    way
}

fn matches(pattern: &str, names: &[&str]) -> bool {
    let text = br#"<g xmlns="urn:g" xmlns:m="urn:m"><l><e/><m:p/></l></g>"#;
    let document = Document::parse(text, &Limits::default()).unwrap();
    Pattern::parse(pattern, &PREFIXES).unwrap().matches(&way(&document, names))
}

#[test]
fn a_path_begins_at_the_outermost_element_unless_two_slashes_say_otherwise() {
    assert!(matches("g/l/e", &["l", "e"]));
    assert!(matches("/g/l/e", &["l", "e"]));
    assert!(!matches("l/e", &["l", "e"]));
    assert!(matches("//l/e", &["l", "e"]));
    assert!(matches("//e", &["l", "e"]));
    assert!(!matches("g/l", &["l", "e"]));
}

#[test]
fn names_are_expanded_and_a_star_is_any() {
    assert!(matches("//m:p", &["l", "p"]));
    assert!(!matches("//p", &["l", "p"]));
    assert!(matches("g/*/*", &["l", "p"]));
    assert!(matches("//*:p", &["l", "p"]), "of whatever namespace");
    assert!(!matches("//*:p", &["l", "e"]));
}

#[test]
fn a_path_that_cannot_be_meant_is_refused_with_the_reason() {
    let refused = |text: &str| Pattern::parse(text, &PREFIXES).unwrap_err();
    assert_eq!(refused("//x:p"), "unknown prefix \"x\"; known are m");
    assert_eq!(refused("g//e"), "a name is empty");
    assert_eq!(refused("g/@a/e"), "nothing can follow an attribute");
    assert_eq!(refused("g/e[1]"), "\"e[1]\" is not a name");
    assert_eq!(refused("@a"), "an attribute needs its element: element/@name, or */@name");
}
