//! What many nodes of one document cost: RFC 5875 clauses 4.4 and 4.7.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{collections::Counted, *};

/// Selectors of so many nodes of the one document.
fn nodes(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{LIST}/~~/resource-lists/list[@name=%22n{number}%22]")).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("n{number}")).collect()
}

fn by_ref(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

#[test]
fn c4_7_a_document_is_read_once_for_one_notify_however_many_of_its_nodes_are_watched() {
    let counted = Arc::new(Counted(in_memory(), AtomicUsize::new(0)));
    let world = World::over(counted.clone());
    let mut names = names(64);
    world.put(LIST, &by_ref(&names));
    let before = counted.1.load(Ordering::Relaxed);
    world.subscribe("no-patching", &by_ref(&[nodes(63), vec![LIST.to_owned()]].concat()));
    let read_first = counted.1.load(Ordering::Relaxed) - before;
    assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 64);
    assert!(read_first < 10, "{read_first} reads");
    names.remove(7);
    let before = counted.1.load(Ordering::Relaxed);
    world.put(LIST, &by_ref(&names));
    let read_then = counted.1.load(Ordering::Relaxed) - before;
    assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 2, "the document, and the node that went");
    assert!(read_then < 20, "{read_then} reads");
}

#[test]
fn c4_4_so_many_nodes_may_be_watched_and_no_more_and_what_is_named_twice_counts_once() {
    let world = World::new();
    world.put(LIST, &by_ref(&names(65)));
    world.subscribe("no-patching", &by_ref(&nodes(65)));
    assert_eq!(world.heard(), ["over Some(413)"]);
    let twice = nodes(64).iter().map(|node| node.replace('[', "%5B")).collect();
    world.subscribe("no-patching", &by_ref(&[nodes(64), twice].concat()));
    assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 64);
    let kept = futures::executor::block_on(world.store.scan(b"events/", None, 10)).unwrap();
    let kept = String::from_utf8_lossy(&kept.first().unwrap().record.value).into_owned();
    assert_eq!(kept.matches("n63").count(), 1, "as it was named first: {kept}");
}

#[test]
fn c4_2_2_nodes_that_lie_within_each_other_are_told_only_as_far_as_one_notify_goes() {
    let world = World::new();
    let (deep, long) = (30, "x".repeat(50_000));
    let open: String = (0..deep).map(|number| format!("<list name=\"{number}\">")).collect();
    let list = format!(
        "<resource-lists xmlns=\"{}\">{open}<entry uri=\"{long}\"/>{}</resource-lists>",
        "urn:ietf:params:xml:ns:resource-lists",
        "</list>".repeat(deep)
    );
    world.request("PUT", LIST, &list);
    let at = |depth: usize| format!("{LIST}/~~/resource-lists{}", "/list".repeat(depth));
    world.subscribe("no-patching", &by_ref(&(1..=15).map(at).collect::<Vec<_>>()));
    let heard = world.heard();
    assert!(heard.iter().all(|told| told.len() <= 192 << 10), "each as long as our own reader reads");
    assert_eq!(heard.iter().map(|told| told.matches(&long).count()).sum::<usize>(), 15);
    world.subscribe("no-patching", &by_ref(&(1..=30).map(at).collect::<Vec<_>>()));
    let last = world.lab.sent(MCS).pop().unwrap();
    assert_eq!(last.header(sip::Name::SubscriptionState), Some(&b"terminated;reason=rejected"[..]));
    assert!(last.body().is_empty());
}

#[test]
fn c4_4_a_node_whose_inherited_namespace_is_another_is_told_again() {
    let world = World::new();
    let list = |namespace: &str| {
        format!(
            "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\" xmlns:x=\"{namespace}\">\
             <list name=\"two\" x:odd=\"1\"/></resource-lists>"
        )
    };
    world.request("PUT", LIST, &list("urn:one"));
    world.subscribe("no-patching", &[&format!("{LIST}/~~/resource-lists/list[@name=%22two%22]")]);
    assert!(world.heard().pop().unwrap().contains("urn:one"));
    world.request("PUT", LIST, &list("urn:two"));
    assert!(world.heard().pop().unwrap_or_default().contains("urn:two"));
}
