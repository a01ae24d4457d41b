//! RFC 5875 over documents that are kept. Both ends are entities in one world.

mod collections;
mod missed;
mod nodes;
mod patching;
mod renewed;
mod requests;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use store::{Clock, Disk, Redb, Store};
use xcap::{Root, Target, diff::XcapDiff};
use xml_schemas::ids::Psi;

use super::{MayRead, Replica, XcapDiffPackage, drive};
use crate::{
    Cause, Cx, Entity, Expected, PartnerTable, Profile, Trust,
    documents::{Documents, Plain, Settings},
    events::{Ask, Lifetimes, Notifier, Outcome, Package as _, Setup, Watcher},
    peer::Peer,
    testing::{End, Lab, arrival, hop},
};

const GMS: &str = "gms.a";
const MCS: &str = "mcs.a";
const LIST: &str = "resource-lists/users/sip:u@a.example/index";

struct World {
    lab: Lab,
    documents: Arc<Documents>,
    store: Arc<dyn Store>,
    gms: Entity<()>,
    watcher: Watcher,
    heard: Arc<Mutex<Vec<String>>>,
}

fn profile(name: &str, psi: &str, other: &str) -> Profile {
    let mut profile = Profile::new(name, "documents", Psi::new(psi).unwrap());
    profile.trust = Trust { servers: vec![other.into()], ..Trust::default() };
    profile
}

fn entity(lab: &Lab, profile: Profile) -> Entity<()> {
    let world = lab.world(&profile.name.clone());
    Entity::new(Cx::new(profile, (), PartnerTable::new(Vec::new()), world))
}

/// Everything but what is called secret.
fn may_read() -> MayRead {
    Arc::new(|_, target| if target.document.contains("secret") { Err(Cause::NotPermitted) } else { Ok(()) })
}

fn in_memory() -> Arc<dyn Store> {
    Arc::new(Redb::open_in_memory(Disk::new(), Clock::still(UNIX_EPOCH)).unwrap())
}

impl World {
    fn new() -> Self {
        Self::over(in_memory())
    }

    fn over(store: Arc<dyn Store>) -> Self {
        let lab = Lab::new();
        let root = Root::new("https://xcap.a.example").unwrap();
        let documents =
            Arc::new(Documents::new(Arc::clone(&store), Settings::new(root, "gms/"), Arc::new(Plain)));
        let package = XcapDiffPackage::new(Arc::clone(&documents), Arc::clone(&store), may_read());
        let seconds = Duration::from_secs;
        let setup = Setup {
            world: lab.world(GMS),
            store: Arc::clone(&store),
            own: Psi::new("sip:gms_psi@a.example").unwrap(),
            hops: Arc::new(|peer| peer.server().map(|name| hop(name))),
            partners: Arc::new(Arc::default),
            lifetimes: Lifetimes { default: seconds(3600), longest: seconds(86_400), shortest: seconds(60) },
            limit: 100,
            octets: 1 << 20,
            replica: "one".into(),
        };
        let notifier = Notifier::new(package, setup);
        let replica = Replica { prefix: "gms/".into(), name: "one".into() };
        let driven = drive(notifier.clone(), Arc::clone(&store), lab.world(GMS), replica);
        lab.world(GMS).tasks.spawn(Box::pin(driven));
        let gms = entity(&lab, profile(GMS, "sip:gms_psi@a.example", MCS)).notifies(&notifier);
        let end = |entity, from| End::Service {
            service: Arc::new(entity),
            arrival: arrival("inner", from),
            asserted: None,
        };
        lab.connect(MCS, GMS, end(gms.clone(), MCS));
        let watcher = Watcher::new(lab.world(MCS), Psi::new("sip:mcptt_psi@a.example").unwrap());
        let mcs = entity(&lab, profile(MCS, "sip:mcptt_psi@a.example", GMS)).watches(&watcher);
        lab.connect(GMS, MCS, end(mcs, GMS));
        Self { lab, documents, store, gms, watcher, heard: Arc::default() }
    }

    fn subscribe(&self, processing: &str, selectors: &[&str]) {
        self.subscribe_with(&format!("xcap-diff;diff-processing={processing}"), &wanted(selectors));
    }

    /// With this Event and this list.
    fn subscribe_with(&self, event: &str, list: &str) {
        self.subscribe_and(event, list, || ());
    }

    /// With something that happens at each NOTIFY, before it is answered.
    fn subscribe_and(&self, event: &str, list: &str, at_each: impl Fn() + Send + Sync + 'static) {
        let ask = Ask {
            uri: "sip:gms_psi@a.example".into(),
            hop: hop(GMS),
            peer: Expected::server(GMS),
            event: event.to_owned(),
            accept: xcap::diff::MEDIA_TYPE,
            lifetime: Duration::from_secs(3600),
            body: Some(("application/resource-lists+xml".into(), Bytes::from(list.to_owned()))),
        };
        let heard = Arc::clone(&self.heard);
        self.watcher.subscribe(ask, move |outcome| {
            let said = match outcome {
                Outcome::Notified(message) => String::from_utf8_lossy(message.body()).into_owned(),
                Outcome::Over(status) => format!("over {status:?}"),
            };
            heard.lock().unwrap().push(said);
            at_each();
            Box::pin(async { Ok(()) })
        });
        self.lab.run();
    }

    fn request(&self, method: &str, selector: &str, body: &str) {
        self.commit(method, selector, body);
        self.lab.run();
    }

    /// A change that nobody is told of yet.
    fn commit(&self, method: &str, selector: &str, body: &str) {
        let mut request =
            http::Request::builder().method(method).uri(format!("https://xcap.a.example/{selector}"));
        let media = if selector.contains("~~") {
            "application/xcap-el+xml"
        } else {
            "application/resource-lists+xml"
        };
        request = request.header("content-type", media);
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        let answer = futures::executor::block_on(self.documents.serve(request, Some("sip:u@a.example")));
        assert!(answer.status().is_success(), "{} {:?}", answer.status(), answer.body());
    }

    fn put(&self, selector: &str, names: &[&str]) {
        self.request("PUT", selector, &lists(names));
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    fn etag(&self, selector: &str) -> String {
        let target: Target = Target::relative(selector, self.documents.usages()).unwrap();
        let current = futures::executor::block_on(self.documents.read(&target)).unwrap().unwrap();
        current.etag().as_str().to_owned()
    }
}

/// The body of a SUBSCRIBE.
fn wanted(selectors: &[&str]) -> String {
    let entries: String = selectors.iter().map(|uri| format!("<entry uri=\"{uri}\"/>")).collect();
    format!(
        "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list>{entries}</list></resource-lists>"
    )
}

fn lists(names: &[&str]) -> String {
    let lists: String = names.iter().map(|name| format!("<list name=\"{name}\"/>")).collect();
    format!("<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">{lists}</resource-lists>")
}

fn read(body: &str) -> XcapDiff {
    XcapDiff::read(body.as_bytes(), &xml::Limits::default()).unwrap()
}

#[test]
fn c4_5_the_first_notify_says_what_is_there() {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.subscribe("no-patching", &[LIST, "resource-lists/users/sip:u@a.example/other"]);
    let heard = world.heard();
    let [first] = heard.as_slice() else { panic!("{heard:?}") };
    assert!(first.contains("xcap-root=\"https://xcap.a.example/\""), "{first}");
    assert!(first.contains(&format!("new-etag=\"{}\"", world.etag(LIST))), "{first}");
    assert_eq!(read(first).changes.len(), 1, "what is not there is not told of");
}

#[test]
fn c4_6_a_change_is_told_with_both_tags_and_a_deletion_with_the_last() {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.subscribe("no-patching", &[LIST]);
    let _ = world.heard();
    let before = world.etag(LIST);
    world.put(LIST, &["one", "two"]);
    let after = world.etag(LIST);
    let changed = world.heard().pop().unwrap();
    assert!(
        changed.contains(&format!("previous-etag=\"{before}\""))
            && changed.contains(&format!("new-etag=\"{after}\""))
    );
    assert!(!changed.contains("add ") && !changed.contains("two"), "{changed}");
    world.request("DELETE", LIST, "");
    let gone = world.heard().pop().unwrap();
    assert!(gone.contains(&format!("previous-etag=\"{after}\"")) && !gone.contains("new-etag"), "{gone}");
    world.put(LIST, &["three"]);
    let again = world.heard().pop().unwrap();
    assert!(again.contains("new-etag") && !again.contains("previous-etag"), "{again}");
}

#[test]
fn c4_4_a_collection_tells_of_every_document_in_it() {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.subscribe("no-patching", &["resource-lists/users/sip:u@a.example/"]);
    assert_eq!(read(&world.heard().pop().unwrap()).changes.len(), 1);
    let second = "resource-lists/users/sip:u@a.example/second";
    world.put(second, &["two"]);
    let told = world.heard().pop().unwrap();
    assert!(told.contains(second), "{told}");
    world.request("DELETE", second, "");
    let told = world.heard().pop().unwrap();
    assert!(told.contains("previous-etag") && !told.contains("new-etag"), "{told}");
}

#[test]
fn c4_4_a_node_is_told_with_its_state() {
    let world = World::new();
    world.put(LIST, &["one", "two"]);
    let node = format!("{LIST}/~~/resource-lists/list[@name=%22two%22]");
    world.subscribe("no-patching", &[&node]);
    let told = world.heard().pop().unwrap();
    assert!(told.contains(":element ") && told.contains("name=\"two\""), "{told}");
    world.put(LIST, &["one", "two", "three"]);
    let told = world.heard().pop().unwrap_or_default();
    assert!(!told.contains(":element "), "the node is as it was: {told}");
    world.put(LIST, &["one"]);
    let told = world.heard().pop().unwrap();
    assert!(told.contains("exists=\"false\""), "{told}");
}

#[test]
fn c4_4_what_may_not_be_read_is_left_out_and_nothing_at_all_is_403() {
    let world = World::new();
    world.subscribe("no-patching", &["resource-lists/users/sip:u@a.example/secret"]);
    assert_eq!(world.heard(), ["over Some(403)"]);
    world.subscribe(
        "no-patching",
        &["resource-lists/users/sip:u@a.example/secret", LIST, "../etc/passwd", "nowhere/global/x"],
    );
    world.put(LIST, &["one"]);
    assert!(world.heard().pop().unwrap().contains(LIST));
}

#[test]
fn a_change_of_another_replica_is_told() {
    let world = World::new();
    world.subscribe("no-patching", &[LIST]);
    let _ = world.heard();
    let root = Root::new("https://xcap.a.example").unwrap();
    let other = Documents::new(Arc::clone(&world.store), Settings::new(root, "gms/"), Arc::new(Plain));
    let body = "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"/>";
    let request = http::Request::put(format!("https://xcap.a.example/{LIST}"))
        .header("content-type", "application/resource-lists+xml")
        .body(Bytes::from(body))
        .unwrap();
    let answer = futures::executor::block_on(other.serve(request, Some("sip:u@a.example")));
    assert!(answer.status().is_success());
    world.lab.run();
    assert!(world.heard().pop().unwrap().contains("new-etag"));
}

#[test]
fn c4_7_two_commits_that_follow_closely_are_told_once() {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.subscribe("no-patching", &[LIST]);
    let _ = world.heard();
    for names in [&["one", "two"][..], &["one", "two", "three"]] {
        world.commit("PUT", LIST, &lists(names));
    }
    world.lab.run();
    let heard = world.heard();
    let [told] = heard.as_slice() else { panic!("one NOTIFY without news, or more: {heard:?}") };
    assert!(told.contains(&format!("new-etag=\"{}\"", world.etag(LIST))), "{told}");
}

#[test]
fn a_ladder_shows_who_subscribes_and_who_is_told_of_what() {
    let world = World::new();
    world.put(LIST, &["one"]);
    world.subscribe("no-patching", &[LIST]);
    let sent: Vec<String> = world.lab.ladder().entries().into_iter().filter_map(sent).collect();
    assert_eq!(
        sent,
        [format!("{MCS} {GMS} SUBSCRIBE xcap-diff "), format!("{GMS} {MCS} NOTIFY xcap-diff {LIST}")]
    );
}

fn sent(entry: wire::Entry) -> Option<String> {
    match entry.kind {
        wire::Kind::Sent { to, what, detail } => Some(format!("{} {to} {what} {detail}", entry.entity)),
        _ => None,
    }
}
