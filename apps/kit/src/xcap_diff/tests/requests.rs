//! What a SUBSCRIBE may name, and how that is told: RFC 5875 clauses 4.3, 4.4, 4.6 and 4.7, and its appendix A.5.

use xcap::diff::{Change, State};

use super::*;

const FOLDER: &str = "resource-lists/users/sip:u@a.example/";
const OTHER: &str = "resource-lists/users/sip:u@a.example/other";
const TWO: &str = "resource-lists/users/sip:u@a.example/index/~~/resource-lists/list[@name=%22two%22]";

/// The selectors of the only notice.
fn told(world: &World) -> Vec<String> {
    let heard = world.heard();
    let [told] = heard.as_slice() else { panic!("one NOTIFY: {heard:?}") };
    read(told).changes.into_iter().map(sel).collect()
}

fn sel(change: Change) -> String {
    match change {
        Change::Document(document) => document.sel,
        Change::Element(node) => node.sel,
        Change::Attribute(node) => node.sel,
    }
}

#[test]
fn c4_3_without_a_way_of_telling_or_with_one_that_is_not_known_tags_alone_are_told() {
    for event in ["xcap-diff", "xcap-diff;diff-processing=guessing"] {
        let world = World::new();
        world.put(LIST, &["one"]);
        world.subscribe_with(event, &wanted(&[LIST]));
        let _ = world.heard();
        world.put(LIST, &["one", "two"]);
        let heard = world.heard().pop().unwrap();
        assert!(heard.contains("new-etag") && !heard.contains("two"), "{event}: {heard}");
    }
}

#[test]
fn c4_4_what_is_not_known_in_the_list_is_passed_over() {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.put(OTHER, &["one"]);
    let list = format!(
        "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\" xmlns:x=\"urn:x\" x:odd=\"1\"><list x:odd=\"1\">\
         <x:odd><entry uri=\"{OTHER}\"/></x:odd><entry uri=\"{LIST}\" x:odd=\"1\"><x:odd/></entry></list></resource-lists>"
    );
    world.subscribe_with("xcap-diff", &list);
    assert_eq!(told(&world), [LIST]);
}

#[test]
fn c4_4_and_4_6_uris_absolute_or_relative_are_told_octet_for_octet_as_they_were_named() {
    let world = World::new();
    world.put(LIST, &["one", "two"]);
    world.put(OTHER, &["one"]);
    let names = [
        format!("https://xcap.a.example/{LIST}"),
        "resource-lists/users/sip%3Au%40A.example/other".to_owned(),
        format!("https://xcap.a.example/{TWO}"),
    ];
    world.subscribe("aggregate", &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(told(&world), names);
    world.put(LIST, &["two"]);
    assert_eq!(told(&world), names[..1], "the node is as it was");
    world.request("DELETE", OTHER, "");
    assert_eq!(told(&world), names[1..2]);
}

#[test]
fn c4_4_a_list_over_the_roots_of_two_systems_is_refused_by_name_and_begins_nothing() {
    let elsewhere = format!("https://elsewhere.example/{LIST}");
    let beside = format!("HTTPS://xcap.a.example.evil/{LIST}");
    for names in [&[elsewhere.as_str()][..], &[LIST, &elsewhere], &[&beside, LIST]] {
        let mut subscriber = renewed::Subscriber::new();
        subscriber.world.put(LIST, &["one"]);
        let answer = subscriber.asks("xcap-diff", Some(&wanted(names)));
        let warning = String::from_utf8_lossy(answer.header(sip::Name::Warning).unwrap()).into_owned();
        assert_eq!(answer.status(), Some(403), "{names:?}");
        assert!(warning.contains("another XCAP root") && warning.contains("entry "), "{warning}");
        subscriber.world.lab.run();
        assert_eq!(subscriber.notices(), 0);
    }
}

#[test]
fn c4_4_all_of_a_usage_or_of_its_users_can_be_watched() {
    for folder in ["resource-lists/", "resource-lists/users/", "https://xcap.a.example/resource-lists/"] {
        let world = World::new();
        world.put(LIST, &["one"]);
        world.subscribe("no-patching", &[folder]);
        assert_eq!(told(&world), [LIST], "{folder}");
        world.put(OTHER, &["one"]);
        assert_eq!(told(&world), [OTHER], "{folder}");
        world.request("DELETE", LIST, "");
        assert_eq!(told(&world), [LIST], "{folder}");
    }
    let world = World::new();
    world.subscribe("no-patching", &["not-served/"]);
    assert_eq!(world.heard(), ["over Some(403)"]);
}

#[test]
fn c4_7_what_is_named_twice_is_told_once_as_it_was_named_first() {
    let world = World::new();
    world.put(LIST, &["one", "two"]);
    let again = format!("/{LIST}");
    let two = TWO.replace('[', "%5B");
    world.subscribe("no-patching", &[FOLDER, &again, LIST, TWO, &two, FOLDER, "resource-lists/"]);
    assert_eq!(told(&world), [again.as_str(), TWO]);
    world.put(LIST, &["one"]);
    assert_eq!(told(&world), [again.as_str(), TWO]);
    world.put(OTHER, &["one"]);
    assert_eq!(told(&world), [OTHER]);
}

#[test]
fn c4_7_a_node_of_a_document_in_a_watched_collection_is_no_document_that_went() {
    let world = World::new();
    world.put(LIST, &["one", "two"]);
    world.subscribe("no-patching", &[FOLDER, TWO]);
    let _ = world.heard();
    world.put(OTHER, &["one"]);
    assert_eq!(told(&world), [OTHER]);
}

#[test]
fn a5_a_node_that_is_not_there_is_told_once_it_is_and_when_what_it_was_in_has_gone() {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.subscribe("no-patching", &[TWO]);
    assert_eq!(told(&world), [""; 0], "there is nothing to indicate");
    world.put(LIST, &["one", "two"]);
    assert_eq!(told(&world), [TWO]);
    world.request("DELETE", LIST, "");
    let gone = read(&world.heard().pop().unwrap());
    let [Change::Element(element)] = gone.changes.as_slice() else { panic!("{gone:?}") };
    assert_eq!((element.sel.as_str(), &element.state), (TWO, &State::Gone));
}
