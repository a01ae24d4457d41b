use super::{Action, Check, Rule, Whose};
use crate::{config::Document, document_rules::Prefixes};

const PREFIXES: Prefixes = Prefixes { default: "urn:g", table: &[("m", "urn:m")] };

fn read(text: &str) -> Result<Rule, Vec<String>> {
    let document = Document::parse("mcx.toml", text);
    let rule = document.read(|root| root.tables("rule", |table| Rule::read(table, &PREFIXES)).pop());
    rule.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn each_action_is_read() {
    let action = |text: &str| read(&format!("[[rule]]\nname = \"n\"\n{text}\n")).unwrap().action;
    assert_eq!(action("keep = \"g/*\""), Action::Keep);
    assert_eq!(action("remove = \"//m:p\""), Action::Remove);
    assert_eq!(action("override = \"//m:p\"\nwith = \"x\""), Action::Set("x".into()));
    assert_eq!(action("override = \"//m:p\"\nat-most = 5"), Action::AtMost(5));
    assert_eq!(action("override = \"//e/@a\"\nat-least = -5"), Action::AtLeast(-5));
    assert_eq!(action("replace = \"//m:p\"\nxml = \"<p/>\""), Action::Replace("<p/>".into()));
    let added =
        Action::Add { fragment: "<p xmlns='urn:m'/>".into(), namespace: "urn:m".into(), name: "p".into() };
    assert_eq!(action("add = \"g\"\nxml = \"<p xmlns='urn:m'/>\""), added);
}

#[test]
fn conditions_are_read() {
    let rule = read(
        "[[rule]]\nname = \"n\"\nremove = \"//e\"\nwhen = { equals = \"x\" }\nunless = { attribute = \"uri\", domain = \"partner\" }\n",
    )
    .unwrap();
    let [when, unless] = rule.conditions.as_slice() else { panic!("{:?}", rule.conditions) };
    assert_eq!(
        (when.attribute.as_deref(), &when.check, when.negated),
        (None, &Check::Equals("x".into()), false)
    );
    assert_eq!(unless.attribute.as_deref(), Some("uri"));
    assert_eq!((&unless.check, unless.negated), (&Check::Domain(Whose::Partner), true));
}

#[test]
fn what_cannot_be_meant_is_refused_at_its_place() {
    let refused = |text: &str| read(&format!("[[rule]]\nname = \"n\"\n{text}\n")).unwrap_err();
    let one = "mcx.toml:1:1: a rule says exactly one of keep, remove, override, replace, add";
    assert_eq!(refused("keep = \"g\"\nremove = \"g\""), [one]);
    assert_eq!(refused(""), [one]);
    assert_eq!(
        refused("remove = \"x:g\""),
        ["mcx.toml:3:10: \"remove\" is no path: unknown prefix \"x\"; known are m"]
    );
    assert_eq!(
        refused("override = \"g\""),
        ["mcx.toml:1:1: an override says exactly one of with, at-most, at-least"]
    );
    assert_eq!(refused("keep = \"g\"\nwhen = {}").len(), 1);
    let fragment = refused("add = \"g\"\nxml = \"<p>\"");
    assert!(
        fragment.iter().all(|each| each.starts_with("mcx.toml:4:7: \"xml\" is not one whole element: ")),
        "{fragment:?}"
    );
}
