use super::{Action, Check, Rule, Whose};
use crate::{
    config::Document,
    document_rules::{Prefixes, Vocabulary},
};

const PREFIXES: Prefixes = Prefixes { root: None, default: "urn:g", table: &[("m", "urn:m")] };

fn read(text: &str) -> Result<Rule, Vec<String>> {
    read_with(text, Vocabulary { prefixes: &PREFIXES, domains: None })
}

fn read_with(text: &str, names: Vocabulary<'_>) -> Result<Rule, Vec<String>> {
    let document = Document::parse("mcx.toml", text);
    let rule = document.read(|root| root.tables("rule", |table| Rule::read(table, &names)).pop());
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

#[test]
fn a_name_that_no_schema_declares_and_a_domain_of_nobody_are_refused_at_their_places() {
    let prefixes = Prefixes { root: Some("group"), default: "urn:oma:xml:poc:list-service", table: &[] };
    let domains = ["b.example".to_owned()];
    let names = Vocabulary { prefixes: &prefixes, domains: Some(&domains) };
    let right = "[[rule]]\nname = \"n\"\nremove = \"//list/entry\"\nunless = { attribute = \"uri\", domain = \"b.example\" }\n";
    assert!(read_with(right, names).is_ok());
    for (from, to, told) in [
        ("//list/", "//lst/", "3:10: \"remove\" names an unknown element \"lst\"; did you mean \"list\"?"),
        (
            "//list/",
            "list/",
            "3:10: \"remove\" begins elsewhere than at \"group\"; did you mean \"//list/entry\"?",
        ),
        (
            "\"uri\"",
            "\"ury\"",
            "4:24: \"attribute\" names an unknown attribute \"ury\"; did you mean \"uri\"?",
        ),
        (
            "\"b.ex",
            "\"b.x",
            "4:40: \"domain\" names an unknown MC system \"b.xample\"; did you mean \"b.example\"?",
        ),
    ] {
        assert_eq!(read_with(&right.replace(from, to), names).err(), Some(vec![format!("mcx.toml:{told}")]));
    }
}
