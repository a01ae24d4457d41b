use std::sync::Arc;

use xml::Limits;

use super::{Applied, Effect, Parties, apply};
use crate::document_rules::{Action, Check, Condition, Pattern, Prefixes, Rule, Whose};

const PREFIXES: Prefixes = Prefixes { root: None, default: "urn:g", table: &[("m", "urn:m")] };

const GROUP: &str = r#"<?xml version="1.0"?>
<group xmlns="urn:g" xmlns:m="urn:m">
  <list-service uri="sip:flood@a.example" m:mark='old'>
    <list>
      <entry uri="sip:alice@a.example"><m:user-priority>10</m:user-priority></entry>
      <entry uri="sip:bob@b.example"><m:user-priority>5</m:user-priority></entry>
      <entry uri="sip:carol@c.example"/>
    </list>
    <!-- kept -->
    <m:priority>7</m:priority>
    <m:invite/>
  </list-service>
</group>
"#;

fn rule(name: &str, pattern: &str, action: Action) -> Rule {
    let pattern = Pattern::parse(pattern, &PREFIXES).unwrap();
    Rule { name: Arc::from(name), pattern, conditions: Vec::new(), action }
}

fn unless(rule: Rule, attribute: &str, check: Check) -> Rule {
    let condition = Condition { attribute: Some(attribute.into()), check, negated: true };
    Rule { conditions: vec![condition], ..rule }
}

fn applied(rules: &[Rule]) -> Applied {
    let own = ["a.example".to_owned()];
    let partner: [Box<str>; 1] = ["b.example".into()];
    let parties = Parties { own: &own, partner: &partner };
    apply(GROUP.as_bytes(), rules, parties, &Limits::default()).unwrap()
}

fn text(applied: &Applied) -> &str {
    std::str::from_utf8(&applied.document).unwrap()
}

#[test]
fn without_rules_nothing_changes() {
    let outcome = applied(&[]);
    assert_eq!(text(&outcome), GROUP);
    assert_eq!(outcome.changes, []);
}

#[test]
fn members_of_other_systems_are_dropped_and_each_is_explained() {
    let members = rule("only theirs", "group/list-service/list/entry", Action::Remove);
    let outcome = applied(&[unless(members, "uri", Check::Domain(Whose::Partner))]);
    let expected = GROUP
        .replace(
            "\n      <entry uri=\"sip:alice@a.example\"><m:user-priority>10</m:user-priority></entry>",
            "",
        )
        .replace("\n      <entry uri=\"sip:carol@c.example\"/>", "");
    assert_eq!(text(&outcome), expected, "every other byte stays");
    let places: Vec<&str> = outcome.changes.iter().map(|change| change.place.as_str()).collect();
    assert_eq!(places, ["group/list-service/list/entry[1]", "group/list-service/list/entry[3]"]);
    assert!(
        outcome
            .changes
            .iter()
            .all(|change| change.effect == Effect::Removed && &*change.rule == "only theirs")
    );
}

#[test]
fn a_number_is_capped_only_where_it_is_greater() {
    let outcome = applied(&[rule("cap", "//m:user-priority", Action::AtMost(6))]);
    assert_eq!(text(&outcome), GROUP.replace(">10<", ">6<"));
    let change = outcome.changes.first().unwrap();
    assert_eq!(change.effect, Effect::Changed { from: "10".into(), to: "6".into() });
    assert_eq!(outcome.changes.len(), 1, "5 is as it was");
    let raised = applied(&[rule("floor", "//m:user-priority", Action::AtLeast(6))]);
    assert_eq!(text(&raised), GROUP.replace(">5<", ">6<"));
}

#[test]
fn the_first_rule_that_matches_decides_so_that_keeping_makes_an_allow_list() {
    let keep = rule("list", "group/list-service/list", Action::Keep);
    let rest = rule("nothing else", "group/list-service/*", Action::Remove);
    let outcome = applied(&[keep, rest]);
    assert!(text(&outcome).contains("<entry uri=\"sip:bob@b.example\">"));
    assert!(!text(&outcome).contains("m:priority>7"));
    assert!(!text(&outcome).contains("m:invite"));
}

#[test]
fn attributes_are_removed_and_overridden() {
    let gone = rule("mark", "group/list-service/@mark", Action::Remove);
    let uri = rule("uri", "//entry/@uri", Action::Set("sip:\"x\"&@b.example".into()));
    let outcome = applied(&[gone, uri]);
    assert!(text(&outcome).contains("<list-service uri=\"sip:flood@a.example\">"));
    assert_eq!(text(&outcome).matches("uri=\"sip:&quot;x&quot;&amp;@b.example\"").count(), 3);
}

#[test]
fn each_value_becomes_what_a_table_has_for_it() {
    let there = [("sip:alice@a.example", "sip:guest@b.example"), ("sip:nobody@a.example", "sip:x@b.example")];
    let table = there.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
    let outcome =
        applied(&[rule("there", "group/list-service/list/entry/@uri", Action::Each(Arc::new(table)))]);
    assert_eq!(text(&outcome), GROUP.replace("sip:alice@a.example", "sip:guest@b.example"));
    let places: Vec<&str> = outcome.changes.iter().map(|change| change.place.as_str()).collect();
    assert_eq!(places, ["group/list-service/list/entry[1]/@uri"]);
}

#[test]
fn an_element_without_content_is_given_some() {
    let outcome = applied(&[rule("set", "//m:invite", Action::Set("a < b".into()))]);
    assert!(text(&outcome).contains("<m:invite>a &lt; b</m:invite>"), "{}", text(&outcome));
}

#[test]
fn an_element_is_replaced_or_added_where_it_is_absent() {
    let area = "<m:area xmlns:m=\"urn:m\">north</m:area>";
    let add = Action::Add { fragment: area.into(), namespace: "urn:m".into(), name: "area".into() };
    let replace = rule("priority", "//m:priority", Action::Replace("<m:priority>1</m:priority>".into()));
    let outcome = applied(&[rule("area", "group/list-service", add.clone()), replace]);
    assert!(text(&outcome).contains("<m:priority>1</m:priority>"));
    assert!(text(&outcome).contains("<m:area xmlns:m=\"urn:m\">north</m:area></list-service>"));
    let there =
        Action::Add { fragment: "<m:invite/>".into(), namespace: "urn:m".into(), name: "invite".into() };
    assert_eq!(text(&applied(&[rule("there", "group/list-service", there)])), GROUP);
}

#[test]
fn the_document_itself_is_never_removed() {
    assert_eq!(text(&applied(&[rule("all", "group", Action::Remove)])), GROUP);
}

#[test]
fn what_the_rules_would_break_is_refused() {
    let broken = rule("broken", "//m:priority", Action::Replace("<m:priority>".into()));
    let parties = Parties { own: &[], partner: &[] };
    assert!(apply(GROUP.as_bytes(), &[broken], parties, &Limits::default()).is_err());
    assert!(apply(b"<group", &[], parties, &Limits::default()).is_err());
}
