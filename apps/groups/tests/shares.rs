//! What is remembered of a partner that has a group of ours: TS 23.280 clauses 10.2.7.2 and 10.2.7.3 at the primary system.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use groups::{Config, GroupId, config::Follow, keys, share::Share};
use http::{Method, Request, Response, StatusCode, header};
use kit::testing::{WebEnd, arrival};
use serde_json::Value;
use store::{Batch, Store as _};
use two_servers::{A, B, FIRE, From, Switch, World, config, etag, fire, group, path};
use wire::{Arrival, BoxFuture, web::WebService};

/// The primary system, as the partner's gateway asserts it.
const PRIMARY: From<'_> = From::Gateway("sip:gms_psi@a.example");

fn id() -> GroupId {
    GroupId::new(FIRE).expect("valid")
}

fn kept(switch: &Switch) -> Option<Share> {
    let found = block_on(switch.get(keys::share(&id(), B).as_bytes())).expect("readable");
    found.and_then(|record| Share::read(&record.value))
}

/// The partner's server; before it gets a request, the share at the primary remembers something else that the partner was given.
struct Meanwhile {
    site: Arc<dyn WebService>,
    switch: Arc<Switch>,
}

impl WebService for Meanwhile {
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let mut share = kept(&self.switch).expect("a share");
        share.tell(request.method().as_str());
        block_on(self.switch.commit(share.keep(Batch::new(), &id()).expect("written"))).expect("committed");
        self.site.serve(request, arrival)
    }
}

/// The partner's server, which has weak entity tags alone.
struct Weak(Arc<dyn WebService>);

impl WebService for Weak {
    fn serve(&self, request: Request<Bytes>, arrival: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let serving = self.0.serve(request, arrival);
        Box::pin(async move {
            let mut response = serving.await;
            if let Some(tag) = response.headers_mut().get_mut(header::ETAG) {
                *tag = format!("W/{}", tag.to_str().expect("text")).parse().expect("valid");
            }
            response
        })
    }
}

/// The lines of the conflicts in what a server of A counts.
fn conflicts(world: &World) -> Vec<String> {
    let mut registry = prometheus_client::registry::Registry::default();
    world.servers[A].metrics.register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).expect("encodes");
    text.lines().filter(|line| line.starts_with("mcx_group_conflicts{")).map(str::to_owned).collect()
}

#[test]
fn a_conflict_is_counted_once_over_a_restart_and_until_the_partner_holds_what_was_provided() {
    let mut world = World::new();
    world.define(FIRE, &fire(7));
    // Somebody else of the primary system provides something, twice.
    for priority in [1, 2] {
        let held = etag(&world.get(B, PRIMARY, FIRE));
        let mut other = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(priority));
        other.headers_mut().insert(header::IF_MATCH, held.parse().expect("valid"));
        assert_eq!(world.send(B, PRIMARY, other).status(), StatusCode::OK);
        world.define(FIRE, &fire(priority + 2));
        world.wait(2);
        assert_eq!(conflicts(&world).len(), 1, "{:?}", conflicts(&world));
    }
    world.begin(A);
    world.wait(2);
    assert_eq!(conflicts(&world).len(), 1, "what the shares say");
    // The partner comes to hold what is provided, without an administrator.
    let held = etag(&world.get(B, PRIMARY, FIRE));
    let mut back = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(5));
    back.headers_mut().insert(header::IF_MATCH, held.parse().expect("valid"));
    assert_eq!(world.send(B, PRIMARY, back).status(), StatusCode::OK);
    world.define(FIRE, &fire(5));
    world.wait(2);
    assert_eq!((&world.share()["state"], conflicts(&world)), (&"stored".into(), Vec::new()));
}

#[test]
fn what_was_told_on_request_while_a_delivery_was_under_way_is_remembered() {
    let world = World::new();
    let end = |site| WebEnd::Service {
        service: site,
        arrival: arrival("servers", "mcgw.b.example"),
        asserted: Some("sip:mcgw@a.example".to_owned()),
    };
    let (site, switch) = (world.servers[B].site.clone(), world.servers[A].switch.clone());
    world.cut(end(Arc::new(Meanwhile { site, switch: switch.clone() })));
    world.define(FIRE, &fire(7));
    assert_eq!(world.seen(B, FIRE), Some(fire(7)));
    let share = kept(&switch).expect("a share");
    assert!(share.is_ours(Method::PUT.as_str()) && share.held.is_some() && share.task.is_none(), "{share:?}");
    world.define(FIRE, &group(FIRE, &["sip:alice@a.example"], 7));
    assert_eq!(world.seen(B, FIRE), None);
    let share = kept(&switch).expect("it may have what it was given meanwhile");
    assert!(share.is_ours(Method::DELETE.as_str()) && share.held.is_none(), "{share:?}");
}

#[test]
fn rfc9110_13_1_1_a_partner_that_has_no_strong_entity_tags_is_looked_at_before_its_copy_is_replaced() {
    let world = World::new();
    let weak = || {
        let service = Arc::new(Weak(world.servers[B].site.clone()));
        let asserted = Some("sip:mcgw@a.example".to_owned());
        world.cut(WebEnd::Service { service, arrival: arrival("servers", "mcgw.b.example"), asserted });
    };
    weak();
    for priority in [7, 3, 4] {
        world.define(FIRE, &fire(priority));
        assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(priority)), &"stored".into()));
    }
    assert_eq!((world.sent(&Method::PUT), world.sent(&Method::GET)), (3, 2));
    let mut conditions = Vec::new();
    for request in world.lab.fetched("mcgw.a.example") {
        conditions.extend(request.headers().get(header::IF_MATCH).cloned());
    }
    assert_eq!(conditions, ["*", "*"]);
    // Somebody else of the primary system provides something.
    let mut other = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(1));
    let held = etag(&world.get(B, PRIMARY, FIRE));
    other.headers_mut().insert(header::IF_MATCH, held.parse().expect("valid"));
    assert_eq!(world.send(B, PRIMARY, other).status(), StatusCode::OK);
    world.define(FIRE, &fire(5));
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(1)), &"conflict".into()));
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(5)), &"stored".into()));
}

#[test]
fn c10_2_7_3_step_3_of_a_partner_that_follows_is_shown_what_it_was_given_last_and_no_tag_that_it_had_before()
{
    let follow = |mut config: Config| {
        config.partners[0].follow = Follow::Subscribe;
        config
    };
    let world = World::of(follow(config(A, B)), follow(config(B, A)));
    world.with_signalling();
    for priority in [7, 5, 3] {
        world.define(FIRE, &fire(priority));
        world.wait(2);
        assert_eq!(world.seen(B, FIRE), Some(fire(priority)));
        let share = world.share();
        assert_eq!((&share["state"], &share["theirs"]), (&"given".into(), &Value::Null), "{share}");
        assert_eq!(share["provided"], share["ours"], "{share}");
    }
    // An administrator provides it again: what the partner answers then is known.
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    let share = world.share();
    let held = etag(&world.get(B, PRIMARY, FIRE));
    assert_eq!((&share["state"], share["theirs"].as_str()), (&"stored".into(), Some(held.trim_matches('"'))));
}

#[test]
fn c10_2_7_3_step_3_a_partner_was_given_what_its_answer_held_or_what_it_had_already() {
    let mut a = config(A, B);
    a.partners[0].may_be_provided = false;
    let world = World::of(a, config(B, A));
    let partner = From::Gateway("sip:gms_psi@b.example");
    world.define(FIRE, &fire(7));
    let first = world.get(A, partner, FIRE);
    assert_eq!(first.status(), StatusCode::OK);
    let given = world.share()["provided"].clone();
    assert!(given.is_string() && given == world.share()["ours"], "{}", world.share());
    world.define(FIRE, &fire(5));
    // Of neither does it have the group as it is now.
    let head = world.request(Method::HEAD, &path(FIRE), partner, "");
    let part = world.request(Method::GET, &format!("{}/~~/group/list-service/list", path(FIRE)), partner, "");
    let mut other = world.request(Method::GET, &path(FIRE), partner, "");
    other.headers_mut().insert(header::IF_MATCH, etag(&first).parse().expect("valid"));
    for (request, status) in [(head, 200), (part, 200), (other, 412)] {
        assert_eq!(world.send(A, partner, request).status(), status);
        assert_eq!(world.share()["provided"], given, "{}", world.share());
    }
    let now = etag(&world.get(A, partner, FIRE));
    let (given, version) = (world.share()["provided"].clone(), kept(&world.servers[A].switch));
    assert_eq!(given, world.share()["ours"]);
    let mut again = world.request(Method::GET, &path(FIRE), partner, "");
    again.headers_mut().insert(header::IF_NONE_MATCH, now.parse().expect("valid"));
    assert_eq!(world.send(A, partner, again).status(), StatusCode::NOT_MODIFIED);
    assert_eq!((&world.share()["provided"], kept(&world.servers[A].switch)), (&given, version));
}

/// Something of the primary system's comes to be at the partner of which the primary knows nothing.
fn comes_back(world: &World, priority: u8) {
    let put = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(priority));
    assert!(world.send(B, PRIMARY, put).status().is_success());
}

#[test]
fn a_group_that_has_come_back_to_a_partner_is_taken_back_though_the_primary_has_forgotten_it() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    assert_eq!(world.delete(A, From::User("sip:admin@a.example"), FIRE).status(), StatusCode::OK);
    world.wait(2);
    assert_eq!((world.seen(B, FIRE), kept(&world.servers[A].switch)), (None, None));
    // The partner's store is set back.
    comes_back(&world, 7);
    assert_eq!(world.seen(B, FIRE), Some(fire(7)));
    assert_eq!(world.admin(A, Method::DELETE, &format!("shares/{B}/{FIRE}")).0, 202);
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (None, &"barred".into()));
    // Neither is a group of others taken back, nor one of whom is no partner.
    let others = world.admin(A, Method::DELETE, &format!("shares/{B}/sip:fire@b.example"));
    assert_eq!((others.0, &others.1["cause"]), (403, &kit::Cause::NotShared.code().into()));
    let nobodys = world.admin(A, Method::DELETE, &format!("shares/c.example/{FIRE}"));
    assert_eq!((nobodys.0, &nobodys.1["cause"]), (403, &kit::Cause::UnknownPartner.code().into()));
}

#[test]
fn one_word_of_an_administrator_overwrites_what_a_primary_that_was_set_back_does_not_know() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let before = kept(&world.servers[A].switch).expect("a share");
    world.define(FIRE, &fire(5));
    assert_eq!(world.seen(B, FIRE), Some(fire(5)));
    // The primary's store is set back to what it was.
    let document = world.gms(A).documents().keys().document(&id().target());
    world.commit(A, before.keep(Batch::new().put(document, fire(7)), &id()).expect("written"));
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(7)), &"stored".into()));
    // It holds for what was due then, and for nothing later.
    assert!(kept(&world.servers[A].switch).is_some_and(|share| !share.overwrites));
}
