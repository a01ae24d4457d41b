//! Who is told of changes, and how copies follow by subscription: 10.2.7.2 step 4, 10.2.7.3 steps 1 and 6, RFC 5875.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use groups::{Config, config::Follow};
use http::{Method, StatusCode};
use kit::{
    Cx, Entity, Expected, PartnerTable, Profile, Trust,
    events::{Ask, Outcome, Watcher},
    testing::{End, WebEnd, arrival, hop},
};
use two_servers::{A, B, FIRE, From, World, config, fire, group, rules};
use wire::{Kind, WireError, web::WebService};
use xml_schemas::ids::Psi;

const ADMIN: From<'_> = From::User("sip:admin@a.example");
const SERVER: From<'_> = From::Server("mcs1.core.b.example");
const GMS_B: &str = "gms1.core.b.example";
const MCS_B: &str = "mcs1.core.b.example";

type Heard = Arc<Mutex<Vec<String>>>;

/// The MC service server of B subscribes to a group at its own server.
fn server_subscribes(world: &World, uri: &str) -> Heard {
    let own = Psi::new("sip:mcptt_psi@b.example").expect("valid");
    let watcher = Watcher::new(world.lab.world(MCS_B), own.clone());
    let mut profile = Profile::new(MCS_B, "service", own);
    profile.trust = Trust { servers: vec![GMS_B.into()], ..Trust::default() };
    let cx = Cx::new(profile, (), PartnerTable::default(), world.lab.world(MCS_B));
    let entity = Entity::new(cx).watches(&watcher);
    let end = |service: Arc<dyn wire::Service>, from: &str| End::Service {
        service,
        arrival: arrival("inner", from),
        asserted: None,
    };
    world.lab.connect(GMS_B, MCS_B, end(Arc::new(entity), GMS_B));
    world.lab.connect(MCS_B, GMS_B, end(Arc::new(world.servers[B].entity.clone()), MCS_B));
    let heard = Heard::default();
    let hears = Arc::clone(&heard);
    let list = format!(
        "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"{uri}\"/></list></resource-lists>"
    );
    let ask = Ask {
        uri: "sip:gms_psi@b.example".to_owned(),
        hop: hop(GMS_B),
        peer: Expected::server(GMS_B),
        event: "xcap-diff".to_owned(),
        accept: "application/xcap-diff+xml",
        lifetime: Duration::from_secs(3600),
        body: Some(("application/resource-lists+xml".to_owned(), list.into())),
    };
    watcher.subscribe(ask, move |outcome| {
        if let Outcome::Notified(notify) = outcome {
            hears.lock().expect("lock").push(String::from_utf8_lossy(notify.body()).into_owned());
        }
        Box::pin(std::future::ready(Ok(())))
    });
    world.lab.run();
    heard
}

/// The flow of the only step of this number.
fn step(world: &World, clause: &str, number: u8) -> String {
    let is_it = |kind: &Kind| matches!(kind, Kind::Step { clause: of, number: found, .. } if *of == clause && *found == number);
    let taken: Vec<_> = world.lab.ladder().entries().into_iter().filter(|entry| is_it(&entry.kind)).collect();
    let [step] = taken.as_slice() else { panic!("{clause} {number}: {taken:?}") };
    assert!(!step.flow.is_empty());
    step.flow.clone()
}

fn selector(id: &str) -> String {
    format!("org.openmobilealliance.groups/global/byGroupID/{id}")
}

#[test]
fn c10_2_7_2_step_4_an_mc_service_server_that_subscribed_is_notified_of_what_is_provided() {
    let world = World::new();
    let heard = server_subscribes(&world, &selector(FIRE));
    let before = heard.lock().expect("lock").len();
    world.define(FIRE, &fire(7));
    world.wait(2);
    let told = heard.lock().expect("lock").clone();
    assert!(told.len() > before, "{told:?}");
    assert!(told.last().is_some_and(|last| last.contains(FIRE) && last.contains("new-etag")), "{told:?}");
    // The step is the NOTIFY, in the flow of the provision.
    assert_eq!(world.steps("10.2.7.2").len(), 5, "{:?}", world.steps("10.2.7.2"));
    assert_eq!(step(&world, "10.2.7.2", 4), step(&world, "10.2.7.2", 1));
    world.define(FIRE, &group(FIRE, &["sip:alice@a.example"], 7));
    world.wait(2);
    let last = heard.lock().expect("lock").last().cloned().expect("told");
    assert!(last.contains("previous-etag") && !last.contains("new-etag"), "{last}");
}

#[test]
fn c10_2_7_2_step_4_is_none_where_a_server_subscribes_to_what_is_there() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let heard = server_subscribes(&world, &selector(FIRE));
    world.wait(2);
    assert_eq!(heard.lock().expect("lock").len(), 1, "it hears what there is");
    assert!(world.steps("10.2.7.2").iter().all(|(_, number)| *number != 4), "nothing was provided since");
}

#[test]
fn c10_2_7_2_step_4_where_it_is_switched_off_nobody_is_notified_of_what_is_provided() {
    let mut b = config(B, A);
    b.notify_provided = false;
    let world = World::of(config(A, B), b);
    let heard = server_subscribes(&world, &selector(FIRE));
    world.wait(2);
    let before = heard.lock().expect("lock").len();
    for priority in [7, 3] {
        world.define(FIRE, &fire(priority));
        world.wait(10);
        assert_eq!(world.seen(B, FIRE), Some(fire(priority)), "it is provided");
        let told = heard.lock().expect("lock").clone();
        assert_eq!(told.len(), before, "{told:?}");
    }
    assert!(!world.steps("10.2.7.2").contains(&(GMS_B.to_owned(), 4)));
}

#[test]
fn c10_2_7_2_step_4_is_none_where_the_copy_is_the_one_that_was_there() {
    let mut b = config(B, A);
    b.partners[0].accept =
        rules("[[rule]]\nname = \"cap\"\noverride = \"//mcpttgi:on-network-group-priority\"\nat-most = 2");
    let world = World::of(config(A, B), b);
    let heard = server_subscribes(&world, &selector(FIRE));
    world.define(FIRE, &fire(7));
    world.wait(2);
    let before = heard.lock().expect("lock").len();
    world.define(FIRE, &fire(3));
    world.wait(2);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (Some(fire(2)), Some(fire(3))));
    assert_eq!(heard.lock().expect("lock").len(), before);
    let fours = world.steps("10.2.7.2").into_iter().filter(|(_, number)| *number == 4);
    assert_eq!(fours.count(), 1);
}

#[test]
fn c10_2_7_3_steps_1_and_6_a_subscription_to_a_group_that_is_not_there_requests_it() {
    let mut a = config(A, B);
    a.partners[0].may_be_provided = false;
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    world.cut_b(WebEnd::Fails(WireError::Unreachable("cut".into())));
    let heard = server_subscribes(&world, &selector(FIRE));
    assert!(world.steps("10.2.7.3").iter().all(|(_, number)| *number < 3), "it is not there yet");
    world.connect();
    world.wait(10);
    assert_eq!(world.seen(B, FIRE), Some(fire(7)));
    let told = heard.lock().expect("lock").clone();
    assert!(told.iter().any(|each| each.contains(FIRE) && each.contains("new-etag")), "{told:#?}");
    assert_eq!(step(&world, "10.2.7.3", 6), step(&world, "10.2.7.3", 5), "the NOTIFY belongs to the request");
}

#[test]
fn a_change_at_the_primary_is_followed_by_subscription_and_so_is_a_deletion() {
    let world = World::by_subscription();
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.wait(2);
    world.define(FIRE, &fire(3));
    world.wait(2);
    assert_eq!(world.seen(B, FIRE), Some(fire(3)));
    assert_eq!(world.sent(&Method::PUT), 0, "nothing was provided");
    assert_eq!(world.delete(A, ADMIN, FIRE).status(), StatusCode::OK);
    world.wait(2);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (None, None));
}

/// B has the group of A, and follows it.
fn followed() -> World {
    let world = World::by_subscription();
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.wait(2);
    world
}

fn asked(world: &World) -> usize {
    world.lab.fetched("mcgw.b.example").len()
}

#[test]
fn a_get_that_fails_after_a_notify_is_repeated_with_growing_pauses_until_it_succeeds() {
    for end in
        [WebEnd::Fails(WireError::Unreachable("cut".into())), WebEnd::Status(StatusCode::SERVICE_UNAVAILABLE)]
    {
        let world = followed();
        let before = asked(&world);
        world.cut_b(end);
        world.define(FIRE, &fire(3));
        world.wait(1000);
        let tries = asked(&world) - before;
        assert!((8..=16).contains(&tries), "{tries} in 1000 s, refreshes among them");
        assert_eq!(world.seen(B, FIRE), Some(fire(7)));
        world.connect();
        world.wait(256);
        assert_eq!(world.seen(B, FIRE), Some(fire(3)), "no further NOTIFY came");
        let had = asked(&world);
        world.wait(600);
        assert!(asked(&world) <= had + 2, "what is had is compared at each refresh alone");
    }
}

#[test]
fn a_get_that_fails_after_a_notify_is_not_repeated_once_the_copy_is_gone() {
    let world = followed();
    world.cut_b(WebEnd::Fails(WireError::Unreachable("cut".into())));
    world.define(FIRE, &fire(3));
    world.wait(2);
    let withdrawn = world.delete(B, From::Gateway("sip:gms_psi@a.example"), FIRE);
    assert!(withdrawn.status().is_success(), "{withdrawn:?}");
    let before = asked(&world);
    world.wait(1000);
    assert_eq!(asked(&world), before);
}

#[test]
fn a_store_that_fails_at_the_start_is_looked_at_again() {
    for call in 0..8 {
        let mut world = followed();
        world.begin_with_a_fault(B, call);
        world.with_signalling();
        world.wait(180);
        world.define(FIRE, &fire(3));
        world.wait(60);
        assert_eq!(world.seen(B, FIRE), Some(fire(3)), "call {call} of the store failed");
    }
}

#[test]
fn a_partner_without_a_way_to_subscribe_is_subscribed_to_once_there_is_one() {
    let follow = |mut config: Config| {
        config.partners[0].follow = Follow::Subscribe;
        config.partners[0].may_be_provided = false;
        config
    };
    let mut b = follow(config(B, A));
    b.gateway = None;
    let world = World::of(follow(config(A, B)), b);
    world.with_signalling();
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.wait(120);
    assert_eq!(world.lab.sent("mcgw.b.example").len(), 0, "no way");
    let with_gateway = follow(config(B, A));
    let partners = groups::partners(&with_gateway, |_| Err("no files")).expect("no issuers");
    let replaced = groups::replace(&world.servers[B].entity, &with_gateway, partners);
    futures::executor::block_on(replaced).expect("replaced");
    world.wait(60);
    world.define(FIRE, &fire(3));
    world.wait(2);
    assert_eq!(world.seen(B, FIRE), Some(fire(3)));
}

/// Answers at once what is there, but the first answer comes late.
struct Late(Arc<dyn WebService>, Arc<dyn wire::Clock>, Mutex<Option<Duration>>);

impl WebService for Late {
    fn serve(
        &self,
        request: http::Request<Bytes>,
        from: wire::Arrival,
    ) -> wire::BoxFuture<'static, http::Response<Bytes>> {
        let answered = self.0.serve(request, from);
        let (by, clock) = (self.2.lock().expect("lock").take(), Arc::clone(&self.1));
        Box::pin(async move {
            let answer = answered.await;
            if let Some(by) = by {
                clock.sleep(by).await;
            }
            answer
        })
    }
}

#[test]
fn of_two_changes_at_the_primary_the_older_answer_does_not_win() {
    let world = followed();
    let WebEnd::Service { service, arrival, asserted } = world.end(B, A) else { panic!("is a service") };
    let clock = world.lab.world("late").clock;
    let service: Arc<dyn WebService> =
        Arc::new(Late(service, clock, Mutex::new(Some(Duration::from_secs(3)))));
    world.cut_b(WebEnd::Service { service, arrival, asserted });
    let before = asked(&world);
    world.define(FIRE, &fire(3));
    world.wait(1);
    world.define(FIRE, &fire(5));
    world.wait(1);
    assert_eq!(asked(&world) - before, 1, "one GET at a time");
    world.wait(5);
    assert_eq!(world.seen(B, FIRE), Some(fire(5)));
}

#[test]
fn a_subscription_goes_on_over_restarts_of_both_servers() {
    let mut world = World::by_subscription();
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.wait(2);
    for domain in [A, B] {
        world.begin(domain);
        world.with_signalling();
        world.wait(120);
    }
    world.define(FIRE, &fire(3));
    world.wait(120);
    assert_eq!(world.seen(B, FIRE), Some(fire(3)));
}

#[test]
fn a_partner_is_told_of_groups_that_it_has_only() {
    let world = World::by_subscription();
    world.define(FIRE, &fire(7));
    let subscribe = |body: &str| {
        let request = sip::Request::new(sip::Method::Subscribe, "sip:gms_psi@a.example")
            .header(sip::Name::From, "<sip:gms_psi@b.example>;tag=1")
            .header(sip::Name::To, "<sip:gms_psi@a.example>")
            .header(sip::Name::CallId, body.len().to_string())
            .header(sip::Name::CSeq, "1 SUBSCRIBE")
            .header(sip::Name::Contact, "<sip:gms_psi@b.example>")
            .header(sip::Name::PAssertedIdentity, "<sip:gms_psi@b.example>")
            .header(sip::Name::Event, "xcap-diff;diff-processing=aggregate")
            .header(sip::Name::Expires, "600")
            .body(
                "application/resource-lists+xml",
                format!("<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"{body}\"/></list></resource-lists>"),
            );
        let answer =
            world.lab.deliver(&world.servers[A].entity, &request, arrival("inner", "mcgw.a.example"));
        answer.and_then(|answer| answer.status()).expect("answered")
    };
    assert_eq!(subscribe(&selector(FIRE)), 403, "it has not been told of it");
    assert_eq!(subscribe("org.openmobilealliance.groups/global/byGroupID/"), 403);
    assert_eq!(subscribe("org.openmobilealliance.groups/users/sip:dispatcher@a.example/"), 403);
    assert_eq!(subscribe(&format!("{}/~~/group/list-service", selector(FIRE))), 403);
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.wait(2);
    world.define(FIRE, &fire(3));
    world.wait(2);
    world.lab.connect("gms1.core.a.example", "mcgw.a.example", End::Response(sip::Response::new(200)));
    assert_eq!(subscribe(&selector(FIRE)), 200);
    let before = world.lab.sent("mcgw.a.example").len();
    world.define(FIRE, &fire(2));
    world.wait(2);
    // Whatever it asks for, it is told that something has changed, never what.
    let told = world.lab.sent("mcgw.a.example");
    assert!(told.len() > before);
    for notify in told {
        let body = String::from_utf8_lossy(notify.body());
        let says_what =
            |operation| body.contains(&format!("<{operation}")) || body.contains(&format!(":{operation}"));
        assert!(!["add", "replace", "remove"].into_iter().any(says_what), "{body}");
    }
}
