//! The three ways of RFC 5875 4.3, with one change between two notices and with several.

use std::{
    pin::pin,
    task::{Context, Waker},
};

use futures::executor::block_on;
use xcap::diff::{Change, Content, DocumentChange};

use super::{
    super::{
        history::{STEPS, Version},
        patches::{WORK, Work},
    },
    *,
};

/// The changes of the document in the last notice; there is no other since.
fn told(world: &World) -> Vec<DocumentChange> {
    let heard = world.heard();
    let [told] = heard.as_slice() else { panic!("one NOTIFY: {heard:?}") };
    let document = |change| match change {
        Change::Document(change) => change,
        other => panic!("{other:?}"),
    };
    read(told).changes.into_iter().map(document).collect()
}

/// One list, a subscription that has been told of it, and how its entity tag reads.
fn subscribed(processing: &str) -> (World, String) {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.subscribe(processing, &[LIST]);
    let _ = world.heard();
    let etag = world.etag(LIST);
    (world, etag)
}

/// Both entity tags of each change.
fn tags(changes: &[DocumentChange]) -> Vec<(String, String)> {
    let tag = |etag: &Option<xcap::Etag>| etag.as_ref().map_or("", xcap::Etag::as_str).to_owned();
    changes.iter().map(|change| (tag(&change.previous), tag(&change.new))).collect()
}

fn is_patched(change: &DocumentChange) -> bool {
    matches!(change.content, Content::Patched(_))
}

/// Whoever had this and applies the changes has what there is now.
fn leads_there(world: &World, before: &str, changes: &[DocumentChange]) {
    let limits = xml::Limits::default();
    let patched = changes.iter().fold(before.as_bytes().to_vec(), |text, change| match &change.content {
        Content::Patched(patch) => patch.apply(&text, &limits).unwrap(),
        other => panic!("{other:?}"),
    });
    let now = text(world);
    let read = |text| xml::Document::parse(text, &limits).unwrap();
    assert!(xml::patch::equivalent(&read(&patched), &read(now.as_bytes())), "{now}");
}

fn text(world: &World) -> String {
    let target: Target = Target::relative(LIST, world.documents.usages()).unwrap();
    let current = futures::executor::block_on(world.documents.read(&target)).unwrap().unwrap();
    current.text().to_owned()
}

#[test]
fn c4_3_one_change_is_told_by_its_tags_or_with_a_patch() {
    for (processing, has_patch) in [("no-patching", false), ("xcap-patching", true), ("aggregate", true)] {
        let (world, first) = subscribed(processing);
        world.put(LIST, &["one", "two"]);
        let changes = told(&world);
        assert_eq!(tags(&changes), [(first, world.etag(LIST))], "{processing}");
        assert_eq!(is_patched(&changes[0]), has_patch, "{processing}: {changes:?}");
    }
}

/// Three changes before anybody is told: the tags between.
fn three(world: &World) -> Vec<String> {
    let names = [&["one", "two"][..], &["one", "two", "three"], &["three"]];
    let etags = names.into_iter().map(|names| {
        world.commit("PUT", LIST, &lists(names));
        world.etag(LIST)
    });
    let etags = etags.collect();
    world.lab.run();
    etags
}

#[test]
fn c4_3_xcap_patching_tells_each_of_several_changes_with_its_own_patch() {
    let (world, first) = subscribed("xcap-patching");
    let before = text(&world);
    let etags = three(&world);
    let changes = told(&world);
    let expected: Vec<_> = std::iter::once(&first).chain(&etags).cloned().zip(etags.clone()).collect();
    assert_eq!(tags(&changes), expected);
    leads_there(&world, &before, &changes);
}

#[test]
fn c4_3_aggregate_tells_several_changes_in_one_patch() {
    let (world, first) = subscribed("aggregate");
    let before = text(&world);
    let etags = three(&world);
    let changes = told(&world);
    assert_eq!(tags(&changes), [(first, etags[2].clone())]);
    leads_there(&world, &before, &changes);
}

#[test]
fn c4_3_no_patching_tells_the_tags_before_and_after_several_changes() {
    let (world, first) = subscribed("no-patching");
    let etags = three(&world);
    let changes = told(&world);
    assert_eq!(tags(&changes), [(first, etags[2].clone())]);
    assert!(!is_patched(&changes[0]));
}

#[test]
fn c4_3_changes_that_another_replica_made_between_are_not_told_as_one_unless_that_is_asked_for() {
    for (processing, has_patch) in [("xcap-patching", false), ("aggregate", true)] {
        let (world, first) = subscribed(processing);
        let root = Root::new("https://xcap.a.example").unwrap();
        let settings = Settings::new(root, "gms/");
        let ours = Arc::clone(&world.documents);
        let theirs = Documents::new(Arc::clone(&world.store), settings, Arc::new(Plain));
        let other = World { documents: Arc::new(theirs), ..world };
        other.commit("PUT", LIST, &lists(&["one", "two"]));
        let world = World { documents: ours, ..other };
        world.commit("PUT", LIST, &lists(&["two"]));
        world.lab.run();
        let changes = told(&world);
        assert_eq!(tags(&changes), [(first, world.etag(LIST))], "{processing}");
        assert_eq!(is_patched(&changes[0]), has_patch, "{processing}: {changes:?}");
    }
}

/// As many changes before anybody is told, each of one entry of so many octets.
fn many(world: &World, changes: usize, octets: usize) {
    for number in 0..changes {
        let name = format!("{number}{}", "x".repeat(octets));
        world.commit("PUT", LIST, &lists(&["one", &name]));
    }
    world.lab.run();
}

#[test]
fn c4_3_changes_that_are_more_than_others_can_wait_for_are_told_by_their_tags() {
    for (changes, octets, each) in [(STEPS, 10, true), (STEPS + 1, 10, false), (2, 150_000, false)] {
        let (world, first) = subscribed("xcap-patching");
        many(&world, changes, octets);
        let told = told(&world);
        assert_eq!(told.len(), if each { changes } else { 1 }, "{changes} of {octets}");
        assert!(told.iter().all(|change| is_patched(change) == each), "{changes} of {octets}");
        let tags = tags(&told);
        assert_eq!((&tags[0].0, &tags[tags.len() - 1].1), (&first, &world.etag(LIST)));
    }
}

#[test]
fn c4_3_patches_are_made_as_far_as_the_work_for_one_notify_goes() {
    let (entries, changed) = (200, 10);
    let version = |number: usize| {
        let name =
            |entry: usize| format!("{entry}x{}{}", if entry < changed { number } else { 0 }, "y".repeat(300));
        let names: Vec<String> = (0..entries).map(name).collect();
        lists(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let texts: Vec<Arc<str>> = (0..20).map(|number| version(number).into()).collect();
    let steps = |count: usize| -> Vec<_> {
        let at = |number: usize| Version::of(&number.to_string(), &texts[number]);
        (0..count).map(|number| [at(number), at(number + 1)]).collect()
    };
    let cost = (changed + 2) * texts[0].len();
    let most = WORK / cost;
    assert!((2..19).contains(&most), "{most}");
    let made = block_on(Work::new().patches(LIST, steps(most)));
    assert!(made.is_some_and(|changes| changes.len() == most && changes.iter().all(is_patched)));
    let mut work = Work::new();
    assert!(block_on(work.patches(LIST, steps(most + 1))).is_none());
    assert!(block_on(work.patches(LIST, steps(1))).is_none(), "it is the work for all documents together");
}

#[test]
fn c4_3_no_more_patches_are_made_than_one_notify_holds() {
    let versions: Vec<_> = (0..9)
        .map(|number| Version::of(&number.to_string(), &lists(&[&format!("{number}{}", "x".repeat(60_000))])))
        .collect();
    let steps = |count: usize| {
        versions.windows(2).take(count).map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
    };
    let mut work = Work::new();
    assert_eq!(block_on(work.patches(LIST, steps(3))).map(|changes| changes.len()), Some(3));
    let mut work = Work::new();
    let mut made = pin!(work.patches(LIST, steps(8)));
    let mut turns = 0;
    while made.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        turns += 1;
    }
    assert_eq!(turns, 4, "the fourth is too much, and the others are not made");
}

#[test]
fn c4_3_others_have_their_turn_between_two_patches() {
    let versions: Vec<_> = (0..4).map(|number| Version::of(&number.to_string(), &lists(&["one"]))).collect();
    let steps = versions.windows(2).map(|pair| [pair[0].clone(), pair[1].clone()]).collect();
    let mut work = Work::new();
    let mut made = pin!(work.patches(LIST, steps));
    let mut turns = 0;
    let mut cx = Context::from_waker(Waker::noop());
    while made.as_mut().poll(&mut cx).is_pending() {
        turns += 1;
    }
    assert_eq!(turns, 3);
}

#[test]
fn c4_3_a_document_that_went_and_came_between_is_told_by_its_tags() {
    let (world, first) = subscribed("xcap-patching");
    world.commit("DELETE", LIST, "");
    world.commit("PUT", LIST, &lists(&["one", "two"]));
    world.lab.run();
    let changes = told(&world);
    assert_eq!(tags(&changes), [(first, world.etag(LIST))]);
    assert!(!is_patched(&changes[0]), "{changes:?}");
}

#[test]
fn c4_7_after_changes_without_patches_those_that_follow_have_them_again() {
    let (world, _) = subscribed("xcap-patching");
    world.commit("DELETE", LIST, "");
    world.commit("PUT", LIST, &lists(&["one"]));
    world.lab.run();
    assert!(!is_patched(&told(&world)[0]));
    let before = text(&world);
    world.put(LIST, &["one", "two"]);
    leads_there(&world, &before, &told(&world));
}
