//! TS 23.280 clause 10.2.7.3, the partner MC system requests group configuration from the primary MC system.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use groups::{
    Config, GroupId,
    config::ShareWith,
    keys::SHARE,
    share::{Share, Why},
};
use http::{Method, StatusCode, header};
use kit::{
    Cause,
    testing::{WebEnd, arrival},
};
use store::Batch;
use two_servers::{A, B, FIRE, From, World, cause, config, etag, fire, group, path, rules};
use wire::WireError;

const SERVER: From<'_> = From::Server("mcs1.core.b.example");
/// The partner system, as the primary's gateway asserts it.
const PARTNER: From<'_> = From::Gateway("sip:gms_psi@b.example");
const GMS_A: &str = "gms1.core.a.example";
const GMS_B: &str = "gms1.core.b.example";

/// A provides nothing by itself; B has to ask.
fn on_request() -> Config {
    let mut a = config(A, B);
    a.partners[0].may_be_provided = false;
    a
}

fn world() -> World {
    World::of(on_request(), config(B, A))
}

#[test]
fn steps_1_to_5_an_mc_service_server_gets_a_group_that_is_not_there_in_one_transaction() {
    let world = world();
    world.define(FIRE, &fire(7));
    let answer = world.get(B, SERVER, FIRE);
    assert_eq!((answer.status(), answer.body()), (StatusCode::OK, &fire(7).into()));
    let (a, b) = (GMS_A.to_owned(), GMS_B.to_owned());
    // It asks and has not subscribed: there is no step 6.
    let expected = [(b.clone(), 1), (b.clone(), 2), (a, 3), (b.clone(), 4), (b, 5)];
    assert_eq!(world.steps("10.2.7.3"), expected);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (Some(fire(7)), Some(fire(7))));
    let (_, status) = world.admin(B, Method::GET, "status");
    assert_eq!(
        (&status["copies"][0]["how"], &status["copies"][0]["partner"]),
        (&"requested".into(), &A.into())
    );
}

#[test]
fn step_1_a_stored_copy_is_answered_without_asking_the_primary() {
    let world = world();
    world.define(FIRE, &fire(7));
    let first = etag(&world.get(B, SERVER, FIRE));
    world.cut_b(WebEnd::Fails(WireError::Unreachable("cut".into())));
    let again = world.get(B, SERVER, FIRE);
    assert_eq!((again.status(), etag(&again)), (StatusCode::OK, first.clone()));
    let mut conditional = world.request(Method::GET, &path(FIRE), SERVER, "");
    conditional.headers_mut().insert(header::IF_NONE_MATCH, first.parse().expect("valid"));
    assert_eq!(world.send(B, SERVER, conditional).status(), StatusCode::NOT_MODIFIED);
    assert_eq!(world.lab.fetched("mcgw.b.example").len(), 1);
}

#[test]
fn step_2_concurrent_requests_for_one_group_are_one_fetch() {
    let world = world();
    world.define(FIRE, &fire(7));
    let ask = || {
        let request = world.request(Method::GET, &path(FIRE), SERVER, "");
        world.lab.fetch_later(&world.servers[B].site, request, arrival("servers", "mcs1.core.b.example"))
    };
    let answers = [ask(), ask(), ask()];
    world.lab.run();
    for mut answer in answers {
        let answer = answer.try_recv().expect("there").expect("answered");
        assert_eq!((answer.status(), answer.body()), (StatusCode::OK, &fire(7).into()));
    }
    assert_eq!(world.lab.fetched("mcgw.b.example").len(), 1);
}

#[test]
fn steps_3_and_4_each_system_modifies_by_its_policy() {
    let (mut a, mut b) = (on_request(), config(B, A));
    a.partners[0].provide = rules(
        "[[rule]]\nname = \"theirs\"\nremove = \"group/list-service/list/entry\"\nunless = { attribute = \"uri\", domain = \"partner\" }",
    );
    b.partners[0].accept =
        rules("[[rule]]\nname = \"cap\"\noverride = \"//mcpttgi:on-network-group-priority\"\nat-most = 5");
    let world = World::of(a, b);
    world.define(FIRE, &fire(7));
    let bobs = |priority| group(FIRE, &["sip:bob@b.example"], priority);
    assert_eq!(world.get(B, SERVER, FIRE).body(), &bobs(5));
    assert_eq!(world.offered(B, FIRE), Some(bobs(7)));
}

#[test]
fn step_5_what_the_primary_tells_must_be_that_group_and_valid() {
    struct Tells(String);
    impl wire::web::WebService for Tells {
        fn serve(
            &self,
            _: http::Request<bytes::Bytes>,
            _: wire::Arrival,
        ) -> wire::BoxFuture<'static, http::Response<bytes::Bytes>> {
            let response = http::Response::builder()
                .header(header::CONTENT_TYPE, groups::group::MEDIA_TYPE)
                .body(self.0.clone().into())
                .expect("valid");
            Box::pin(std::future::ready(response))
        }
    }
    for told in ["<group".to_owned(), fire(7).replace("<list>", "<lst>"), fire(7).replace("fire@", "other@")]
    {
        let world = world();
        world.cut_b(WebEnd::Service {
            service: std::sync::Arc::new(Tells(told)),
            arrival: arrival("servers", "mcgw.a.example"),
            asserted: None,
        });
        let refused = world.get(B, SERVER, FIRE);
        assert_eq!(cause(&refused), Some(Cause::MalformedBody), "{refused:?}");
        assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (None, None));
    }
}

#[test]
fn a_primary_that_does_not_answer_in_time_is_answered_503_and_the_group_is_there_later() {
    for end in [
        WebEnd::Fails(WireError::Timeout),
        WebEnd::Fails(WireError::Unreachable("cut".into())),
        WebEnd::Status(StatusCode::SERVICE_UNAVAILABLE),
        WebEnd::Silent,
    ] {
        let mut world = world();
        world.define(FIRE, &fire(7));
        world.cut_b(end);
        let request = world.request(Method::GET, &path(FIRE), SERVER, "");
        let mut answer =
            world.lab.fetch_later(&world.servers[B].site, request, arrival("servers", "mcs1.core.b.example"));
        world.wait(5);
        let answer = answer.try_recv().expect("there").expect("answered within the deadline");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        world.wait(30);
        let (_, status) = world.admin(B, Method::GET, "status");
        assert_eq!(status["requests"][0]["group"], FIRE, "it is still asked for: {status}");
        world.begin(B);
        world.wait(300);
        assert_eq!(world.seen(B, FIRE), Some(fire(7)), "and was, over a restart");
        let (_, status) = world.admin(B, Method::GET, "status");
        assert_eq!(status["requests"], serde_json::json!([]));
    }
}

#[test]
fn a_request_in_vain_is_given_up_after_an_hour() {
    let world = world();
    world.cut_b(WebEnd::Fails(WireError::Timeout));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::SERVICE_UNAVAILABLE);
    world.wait(4000);
    let asked = world.lab.fetched("mcgw.b.example").len();
    world.wait(4000);
    assert_eq!(world.lab.fetched("mcgw.b.example").len(), asked);
}

#[test]
fn precondition_the_group_is_defined_in_the_primary_system() {
    let world = world();
    let refused = world.get(B, SERVER, FIRE);
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::NOT_FOUND, Some(Cause::UnknownGroup)));
}

#[test]
fn precondition_a_user_of_the_partner_system_is_a_member() {
    let world = world();
    world.define(FIRE, &group(FIRE, &["sip:alice@a.example"], 7));
    let refused = world.get(B, SERVER, FIRE);
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NoMember)));
}

#[test]
fn precondition_who_asks_is_an_mc_service_server_of_the_partner_system() {
    let world = world();
    world.define(FIRE, &fire(7));
    for from in [From::User("sip:bob@b.example"), From::Server("mcs1.core.a.example"), From::Nobody] {
        assert_eq!(world.get(B, from, FIRE).status(), StatusCode::FORBIDDEN, "{from:?}");
    }
    let foreign = world.get(B, From::User("sip:alice@a.example"), FIRE);
    assert_eq!(cause(&foreign), Some(Cause::ForeignIdentity));
    assert_eq!(world.lab.fetched("mcgw.b.example").len(), 0);
}

#[test]
fn precondition_the_address_of_the_primarys_server_is_configured() {
    let mut b = config(B, A);
    b.partners[0].root = None;
    let world = World::of(on_request(), b);
    let refused = world.get(B, SERVER, FIRE);
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::NOT_FOUND, Some(Cause::NoAddress)));
    let nobodys = world.get(B, SERVER, "sip:fire@c.example");
    assert_eq!((nobodys.status(), cause(&nobodys)), (StatusCode::FORBIDDEN, Some(Cause::UnknownPartner)));
}

#[test]
fn precondition_the_partner_system_is_authorized_by_itself_and_by_the_primary() {
    let mut b = config(B, A);
    b.partners[0].may_be_asked = false;
    let world = World::of(on_request(), b);
    world.define(FIRE, &fire(7));
    let refused = world.get(B, SERVER, FIRE);
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NotPermitted)));
    assert_eq!(world.lab.fetched("mcgw.b.example").len(), 0);

    let mut a = on_request();
    a.partners[0].may_request = false;
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    let refused = world.get(B, SERVER, FIRE);
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NotPermitted)));
    assert_eq!(world.lab.fetched("mcgw.b.example").len(), 1, "the primary refused");
}

#[test]
fn step_3_what_changes_while_it_is_told_is_looked_at_again() {
    let id = GroupId::new(FIRE).expect("valid");
    let bare = group(FIRE, &["sip:alice@a.example"], 7);
    let barred = Share::new(&id, B, Why::Barred);
    let change = |world: &World, text: String| {
        Batch::new().put(world.gms(A).documents().keys().document(&id.target()), text)
    };
    type Rival<'r> = &'r dyn Fn(&World) -> Batch;
    let cases: [(Rival<'_>, Option<Cause>); 3] = [
        (&|world| change(world, fire(3)), None),
        (&|world| change(world, bare.clone()), Some(Cause::NoMember)),
        (&|_| barred.keep(Batch::new(), &id).expect("written"), Some(Cause::NotShared)),
    ];
    for (rival, refused) in cases {
        let world = world();
        world.define(FIRE, &fire(7));
        world.servers[A].switch.overtake(SHARE, rival(&world));
        let answer = world.get(A, PARTNER, FIRE);
        assert_eq!(cause(&answer), refused, "{answer:?}");
        if refused.is_none() {
            assert_eq!((answer.status(), answer.body()), (StatusCode::OK, &fire(3).into()));
        }
    }
}

#[test]
fn a_partner_gets_only_groups_that_are_shared_with_it() {
    let mut a = config(A, B);
    a.partners[0].share = ShareWith::Listed;
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    let refused = world.get(B, SERVER, FIRE);
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NotShared)));
    let foreign = world.get(A, PARTNER, "sip:fire@c.example");
    assert_eq!((foreign.status(), cause(&foreign)), (StatusCode::FORBIDDEN, Some(Cause::ForeignIdentity)));
    let stranger = world.get(A, From::Gateway("sip:gms_psi@c.example"), FIRE);
    assert_eq!(stranger.status(), StatusCode::FORBIDDEN);
}

#[test]
fn a_partner_that_shall_not_tell_unknown_from_refused_does_not() {
    let mut a = config(A, B);
    (a.partners[0].merge, a.partners[0].share) = (true, ShareWith::Listed);
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    let (there, not_there) = (world.get(A, PARTNER, FIRE), world.get(A, PARTNER, "sip:none@a.example"));
    assert_eq!((there.status(), there.body()), (not_there.status(), not_there.body()));
}

#[test]
fn a_partner_changes_nothing_at_the_primary() {
    let world = world();
    world.define(FIRE, &fire(7));
    assert_eq!(world.put(A, PARTNER, FIRE, &fire(1)).status(), StatusCode::FORBIDDEN);
    assert_eq!(world.delete(A, PARTNER, FIRE).status(), StatusCode::FORBIDDEN);
    assert_eq!(world.seen(A, FIRE), Some(fire(7)));
}

#[test]
fn what_was_requested_is_withdrawn_by_its_primary_whatever_it_may_provide() {
    let mut b = config(B, A);
    b.partners[0].may_provide = false;
    let world = World::of(on_request(), b);
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    assert_eq!(world.delete(A, From::User("sip:admin@a.example"), FIRE).status(), StatusCode::OK);
    world.wait(2);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (None, None));
    assert!(world.share().is_null(), "{}", world.share());
    // What came of it may be asked again, by the primary only.
    let primary = From::Gateway("sip:gms_psi@a.example");
    assert_eq!(world.delete(B, primary, FIRE).status(), StatusCode::NOT_FOUND);
    let theirs = world.delete(B, primary, "sip:fire@c.example");
    assert_eq!(cause(&theirs), Some(Cause::ForeignIdentity));
}

#[test]
fn a_change_follows_a_request_as_it_follows_a_provision() {
    let world = World::new();
    world.cut(WebEnd::Fails(WireError::Unreachable("cut".into())));
    world.define(FIRE, &fire(7));
    assert_eq!(world.get(B, SERVER, FIRE).status(), StatusCode::OK);
    world.connect();
    world.wait(10);
    assert_eq!(world.share()["state"], "stored", "what was requested is no conflict");
    world.define(FIRE, &fire(3));
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(3)), &"stored".into()));
}

#[test]
fn an_administrator_may_request_on_behalf_of_the_servers() {
    let world = world();
    world.define(FIRE, &fire(7));
    assert_eq!(world.admin(B, Method::POST, &format!("requests/{FIRE}")).0, 200);
    assert_eq!(world.seen(B, FIRE), Some(fire(7)));
    let (status, problem) = world.admin(B, Method::POST, "requests/sip:none@a.example");
    assert_eq!((status, &problem["cause"]), (404, &Cause::UnknownGroup.code().into()));
}
