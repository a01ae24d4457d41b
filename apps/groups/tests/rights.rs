//! Who is told of changes for as long as he may be: TS 24.481 clause 6.3.13, RFC 6665 clauses 4.1.3 and 4.2.2.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use futures::executor::block_on;
use groups::Config;
use kit::{
    Impu,
    testing::{End, arrival, hop_config},
};
use sip::{Message, Method, Name, Request};
use two_servers::{A, B, FIRE, World, config, fire, group};
use xml_schemas::ids::McServiceId;

const CORE: &str = "core.a.example";

/// A, with users of its own behind its SIP core.
fn with_users() -> Config {
    let mut a = config(A, B);
    a.core = Some(hop_config(CORE));
    for user in ["alice", "admin"] {
        let id = McServiceId::new(&format!("sip:{user}@a.example")).expect("an identity");
        a.users.insert(Impu::new(&format!("sip:{user}.imsi@a.example")).expect("an identity"), id);
    }
    a
}

/// The group is defined, and this user told of its content from now on.
fn subscribed(user: &str) -> World {
    let world = World::of(with_users(), config(B, A));
    world.define(FIRE, &fire(7));
    world.lab.connect("gms1.core.a.example", CORE, End::Response(sip::Response::new(200)));
    let user = format!("<sip:{user}.imsi@a.example>");
    let list = format!(
        "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list>\
         <entry uri=\"org.openmobilealliance.groups/global/byGroupID/{FIRE}\"/></list></resource-lists>"
    );
    let request = Request::new(Method::Subscribe, "sip:gms_psi@a.example")
        .header(Name::From, format!("{user};tag=1"))
        .header(Name::To, "<sip:gms_psi@a.example>")
        .header(Name::CallId, "c1")
        .header(Name::CSeq, "1 SUBSCRIBE")
        .header(Name::Contact, &user)
        .header(Name::PAssertedIdentity, &user)
        .header(Name::Event, "xcap-diff;diff-processing=aggregate")
        .body("application/resource-lists+xml", list);
    let answer = world.lab.deliver(&world.servers[A].entity, &request, arrival("inner", CORE));
    assert_eq!(answer.and_then(|answer| answer.status()), Some(200));
    world
}

/// Subscription-State and body of the last NOTIFY.
fn last(world: &World) -> (String, String) {
    let last: Message = world.lab.sent(CORE).pop().expect("a NOTIFY");
    let state = last.header(Name::SubscriptionState).expect("is there");
    (String::from_utf8_lossy(state).into_owned(), String::from_utf8_lossy(last.body()).into_owned())
}

const REJECTED: (&str, &str) = ("terminated;reason=rejected", "");

fn is_rejected(world: &World) -> bool {
    let (state, body) = last(world);
    (state.as_str(), body.as_str()) == REJECTED
}

#[test]
fn a_member_is_told_of_changes_and_that_the_group_is_no_more() {
    let world = subscribed("alice");
    world.define(FIRE, &fire(3));
    let (_, body) = last(&world);
    assert!(body.contains("previous-etag") && body.contains(">3<"), "{body}");
    assert!(world.delete(A, two_servers::From::User("sip:admin@a.example"), FIRE).status().is_success());
    let (state, body) = last(&world);
    assert!(state.starts_with("active") && body.contains("previous-etag") && !body.contains("new-etag"));
}

#[test]
fn a_member_who_is_struck_from_the_group_is_told_nothing_more_of_it() {
    let world = subscribed("alice");
    world.define(FIRE, &group(FIRE, &["sip:secret@a.example", "sip:bob@b.example"], 3));
    assert!(is_rejected(&world), "{:?}", last(&world));
    let before = world.lab.sent(CORE).len();
    world.define(FIRE, &group(FIRE, &["sip:alice@a.example", "sip:bob@b.example"], 3));
    assert_eq!(world.lab.sent(CORE).len(), before);
}

#[test]
fn an_administrator_who_is_one_no_longer_is_told_nothing_more_from_the_reload_on() {
    let world = subscribed("admin");
    let mut config = with_users();
    config.administrators.clear();
    let partners = groups::partners(&config, |_| Err("no files")).expect("no issuers");
    block_on(groups::replace(&world.servers[A].entity, &config, partners)).expect("replaced");
    world.lab.run();
    assert!(is_rejected(&world), "{:?}", last(&world));
}
