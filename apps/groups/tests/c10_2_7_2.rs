//! TS 23.280 clause 10.2.7.2, the primary MC system provides group configuration to the partner MC system.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use groups::config::ShareWith;
use http::{Method, StatusCode, header};
use kit::{Cause, testing::WebEnd};
use store::Batch;
use two_servers::{A, B, FIRE, From, World, cause, config, etag, fire, group, path, rules};
use wire::WireError;

const ADMIN: From<'_> = From::User("sip:admin@a.example");
/// The primary system, as the partner's gateway asserts it.
const PRIMARY: From<'_> = From::Gateway("sip:gms_psi@a.example");
const GMS_A: &str = "gms1.core.a.example";
const GMS_B: &str = "gms1.core.b.example";

#[test]
fn steps_1_to_3_and_5_a_group_with_members_in_the_partner_system_is_provided_stored_and_acknowledged() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    assert_eq!(world.seen(B, FIRE), Some(fire(7)));
    assert_eq!(world.share()["state"], "stored");
    let (a, b) = (GMS_A.to_owned(), GMS_B.to_owned());
    // Nobody has subscribed: there is no step 4.
    let expected = [(a, 1), (b.clone(), 2), (b.clone(), 3), (b, 5)];
    assert_eq!(world.steps("10.2.7.2"), expected);
    // The members of the partner system find it there.
    assert_eq!(world.get(B, From::User("sip:bob@b.example"), FIRE).status(), StatusCode::OK);
    assert_eq!(world.get(B, From::User("sip:eve@b.example"), FIRE).status(), StatusCode::FORBIDDEN);
}

#[test]
fn step_1_note_3_the_primary_modifies_by_its_policy_before_it_provides() {
    let mut a = config(A, B);
    a.partners[0].provide = rules(
        "[[rule]]\nname = \"theirs\"\nremove = \"group/list-service/list/entry\"\nunless = { attribute = \"uri\", domain = \"partner\" }",
    );
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    assert_eq!(world.seen(B, FIRE), Some(group(FIRE, &["sip:bob@b.example"], 7)));
    assert_eq!(world.seen(A, FIRE), Some(fire(7)));
}

#[test]
fn steps_2_and_3_the_partner_modifies_by_its_policy_and_keeps_what_it_was_provided_beside_that() {
    let mut b = config(B, A);
    b.partners[0].accept = rules(
        "[[rule]]\nname = \"cap\"\noverride = \"//mcpttgi:on-network-group-priority\"\nat-most = 5\ngroup = \"sip:fire@*\"",
    );
    let world = World::of(config(A, B), b);
    world.define(FIRE, &fire(7));
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (Some(fire(5)), Some(fire(7))));
    // The primary reads and conditions on the offer, clients on the effective copy, each with its own entity tag.
    let (offer, copy) = (world.get(B, PRIMARY, FIRE), world.get(B, From::User("sip:bob@b.example"), FIRE));
    assert_eq!((offer.body(), copy.body()), (&fire(7).into(), &fire(5).into()));
    assert_ne!(etag(&offer), etag(&copy));
    assert_eq!(world.share()["theirs"], etag(&offer).trim_matches('"'));
}

#[test]
fn step_3_is_not_taken_where_nothing_is_stored_and_once_where_something_comes_between() {
    let world = World::new();
    let group = groups::GroupId::new(FIRE).expect("valid");
    let rival = Batch::new().put(groups::keys::offer(&group), fire(5));
    world.servers[B].switch.overtake("gms/offer/", rival);
    world.define(FIRE, &fire(7));
    let count = |step| world.steps("10.2.7.2").into_iter().filter(|(_, number)| *number == step).count();
    assert_eq!((count(2), count(3), count(5)), (1, 0, 0), "another's is there, and this is refused");

    let is_stored = |call| {
        let world = World::new();
        let put = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(7));
        world.servers[B].switch.fail_at(call);
        let status = world.send(B, PRIMARY, put).status();
        let taken: Vec<u8> = world.steps("10.2.7.2").into_iter().map(|(_, number)| number).collect();
        assert_eq!(taken.contains(&3), status.is_success(), "{status} when call {call} fails: {taken:?}");
        status.is_success()
    };
    let failed = (0..20).take_while(|call| !is_stored(*call)).count();
    assert!((2..20).contains(&failed), "{failed} calls of the store came before it was stored");
}

#[test]
fn a_change_follows_on_condition_of_what_the_partner_holds() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let held = world.share()["theirs"].as_str().expect("a tag").to_owned();
    world.define(FIRE, &fire(3));
    assert_eq!(world.seen(B, FIRE), Some(fire(3)));
    let sent = world.lab.fetched("mcgw.a.example");
    assert_eq!(sent[0].headers()[header::IF_NONE_MATCH], "*");
    assert_eq!(sent[1].headers()[header::IF_MATCH], format!("\"{held}\""));
}

#[test]
fn a_change_that_policy_hides_from_the_partner_is_not_sent() {
    let mut a = config(A, B);
    a.partners[0].provide =
        rules("[[rule]]\nname = \"no priority\"\nremove = \"//mcpttgi:on-network-group-priority\"");
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    world.define(FIRE, &fire(3));
    assert_eq!(world.sent(&Method::PUT), 1);
}

#[test]
fn an_unreachable_partner_is_told_again_until_it_answers_also_after_a_restart() {
    for end in [
        WebEnd::Fails(WireError::Unreachable("cut".into())),
        WebEnd::Fails(WireError::Timeout),
        WebEnd::Fails(WireError::Overloaded),
        WebEnd::Status(StatusCode::SERVICE_UNAVAILABLE),
        WebEnd::Status(StatusCode::INTERNAL_SERVER_ERROR),
        WebEnd::Silent,
    ] {
        let mut world = World::new();
        world.cut(end);
        world.define(FIRE, &fire(7));
        world.wait(30);
        assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (None, &"due".into()));
        world.begin(A);
        world.wait(300);
        assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(7)), &"stored".into()));
    }
}

#[test]
fn an_answer_that_is_lost_has_no_second_effect() {
    let world = World::new();
    let lost = |world: &World| {
        world.cut(WebEnd::AnswerLost(Box::new(world.end(A, B)), WireError::Interrupted("lost".into())));
    };
    for priority in [7, 3] {
        lost(&world);
        world.define(FIRE, &fire(priority));
        let stored = world.get(B, PRIMARY, FIRE);
        assert_eq!(stored.body(), &fire(priority));
        let (tag, seen) = (etag(&stored), world.get(B, From::User("sip:bob@b.example"), FIRE));
        world.connect();
        world.wait(10);
        assert_eq!(etag(&world.get(B, PRIMARY, FIRE)), tag, "stored once");
        assert_eq!(etag(&world.get(B, From::User("sip:bob@b.example"), FIRE)), etag(&seen));
        assert_eq!(world.share()["theirs"], tag.trim_matches('"'));
    }
    // And where the group has changed again before the answer was missed.
    lost(&world);
    world.define(FIRE, &fire(4));
    world.define(FIRE, &fire(5));
    world.connect();
    world.wait(10);
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(5)), &"stored".into()));
}

#[test]
fn what_is_provided_again_as_it_is_stored_is_answered_and_not_stored_again() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let tag = etag(&world.get(B, PRIMARY, FIRE));
    // An attempt whose answer was lost is made again as it was: on the condition that there is nothing yet.
    let mut again = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(7));
    again.headers_mut().insert(header::IF_NONE_MATCH, "*".parse().expect("valid"));
    let told = world.send(B, PRIMARY, again);
    assert_eq!((told.status(), etag(&told)), (StatusCode::OK, tag.clone()));
    assert_eq!(etag(&world.get(B, PRIMARY, FIRE)), tag, "stored once");
    let mut other = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(3));
    other.headers_mut().insert(header::IF_NONE_MATCH, "*".parse().expect("valid"));
    assert_eq!(world.send(B, PRIMARY, other).status(), StatusCode::PRECONDITION_FAILED);
}

#[test]
fn what_the_partner_holds_instead_is_a_conflict_that_is_shown_and_not_overwritten_unasked() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    // Somebody else of the primary system, who knows the tag, has provided something.
    let mut other = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(1));
    let held = etag(&world.get(B, PRIMARY, FIRE));
    other.headers_mut().insert(header::IF_MATCH, held.parse().expect("valid"));
    let stored = world.send(B, PRIMARY, other);
    assert_eq!(stored.status(), StatusCode::OK);
    world.define(FIRE, &fire(3));
    world.wait(600);
    assert_eq!(world.seen(B, FIRE), Some(fire(1)));
    let share = world.share();
    assert_eq!(
        (&share["state"], &share["theirs"]),
        (&"conflict".into(), &etag(&stored).trim_matches('"').into())
    );
    assert_eq!(share["ours"], etag(&world.get(A, ADMIN, FIRE)).trim_matches('"'));
    // An administrator decides.
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(3)), &"stored".into()));
}

#[test]
fn a_writer_whose_condition_does_not_hold_is_told_412() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let mut late = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(1));
    late.headers_mut().insert(header::IF_MATCH, "\"o0000000000000000\"".parse().expect("valid"));
    assert_eq!(world.send(B, PRIMARY, late).status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(world.seen(B, FIRE), Some(fire(7)));
}

#[test]
fn a_group_that_is_deleted_or_loses_its_members_there_is_withdrawn_there() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    world.define(FIRE, &group(FIRE, &["sip:alice@a.example"], 7));
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (None, None));
    assert!(world.share().is_null());
    world.define(FIRE, &fire(7));
    assert!(world.seen(B, FIRE).is_some());
    world.cut(WebEnd::Fails(WireError::Timeout));
    assert_eq!(world.delete(A, ADMIN, FIRE).status(), StatusCode::OK);
    world.connect();
    world.wait(60);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (None, None));
    assert!(world.share().is_null());
}

#[test]
fn a_partner_withdraws_a_group_whole_and_no_node_of_it() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    for node in ["group/list-service/display-name", "group/list-service/list/entry[1]"] {
        let node = format!("{}/~~/{node}", path(FIRE));
        let refused = world.send(B, PRIMARY, world.request(Method::DELETE, &node, PRIMARY, ""));
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers()[header::ALLOW], "GET, HEAD");
        assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (Some(fire(7)), Some(fire(7))));
    }
    assert_eq!(world.delete(B, PRIMARY, FIRE).status(), StatusCode::OK);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (None, None));
}

#[test]
fn what_an_administrator_takes_back_stays_away_until_it_is_shared_again() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    assert_eq!(world.admin(A, Method::DELETE, &format!("shares/{B}/{FIRE}")).0, 202);
    world.define(FIRE, &fire(3));
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (None, &"barred".into()));
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    assert_eq!(world.seen(B, FIRE), Some(fire(3)));
}

#[test]
fn what_an_administrator_shares_again_is_told_again_whatever_the_partner_is_known_to_hold() {
    let world = World::new();
    for priority in [7, 3] {
        world.define(FIRE, &fire(priority));
    }
    // Its store is set back to what it held before.
    let held = etag(&world.get(B, PRIMARY, FIRE));
    let mut before = world.request(Method::PUT, &path(FIRE), PRIMARY, fire(7));
    before.headers_mut().insert(header::IF_MATCH, held.parse().expect("valid"));
    assert_eq!(world.send(B, PRIMARY, before).status(), StatusCode::OK);
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(7)), &"stored".into()));
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    assert_eq!((world.seen(B, FIRE), &world.share()["state"]), (Some(fire(3)), &"stored".into()));
}

#[test]
fn where_only_what_is_listed_is_shared_members_do_not_count() {
    let mut a = config(A, B);
    a.partners[0].share = ShareWith::Listed;
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    assert_eq!(world.seen(B, FIRE), None);
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}")).0, 202);
    assert_eq!(world.seen(B, FIRE), Some(fire(7)));
}

#[test]
fn precondition_the_group_is_defined_in_the_primary_system() {
    let world = World::new();
    let (status, problem) = world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}"));
    assert_eq!((status, &problem["cause"]), (404, &Cause::UnknownGroup.code().into()));
}

#[test]
fn precondition_one_or_more_members_are_defined_in_the_partner_system() {
    let world = World::new();
    world.define(FIRE, &group(FIRE, &["sip:alice@a.example"], 7));
    let (status, problem) = world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}"));
    assert_eq!((status, &problem["cause"]), (403, &Cause::NoMember.code().into()));
    // Nor does the partner keep what is none of its users' concern.
    let refused = world.put(B, PRIMARY, FIRE, &group(FIRE, &["sip:alice@a.example"], 7));
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NoMember)));
}

#[test]
fn precondition_the_address_of_the_partners_server_is_configured() {
    let mut a = config(A, B);
    a.partners[0].root = None;
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    let (status, problem) = world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}"));
    assert_eq!((status, &problem["cause"]), (404, &Cause::NoAddress.code().into()));
    assert_eq!(world.share()["last"], Cause::NoAddress.name());
}

#[test]
fn precondition_the_primary_system_is_authorized_by_itself_and_by_the_partner() {
    let mut a = config(A, B);
    a.partners[0].may_be_provided = false;
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    let (status, problem) = world.admin(A, Method::PUT, &format!("shares/{B}/{FIRE}"));
    assert_eq!((status, &problem["cause"]), (403, &Cause::NotPermitted.code().into()));
    assert_eq!(world.sent(&Method::PUT), 0);

    let mut b = config(B, A);
    b.partners[0].may_provide = false;
    let world = World::of(config(A, B), b);
    world.define(FIRE, &fire(7));
    let refused = world.put(B, PRIMARY, FIRE, &fire(7));
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NotPermitted)));
    assert_eq!(
        (&world.share()["state"], &world.share()["last"]),
        (&"refused".into(), &"not-permitted".into())
    );
    world.wait(600);
    assert_eq!(world.sent(&Method::PUT), 1, "a refusal is an answer");
}

#[test]
fn a_group_that_the_agreement_is_not_about_is_not_permitted() {
    let mut b = config(B, A);
    b.partners[0].groups = vec!["sip:flood-*".to_owned()];
    let world = World::of(config(A, B), b);
    let refused = world.put(B, PRIMARY, FIRE, &fire(7));
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NotPermitted)));
    let flood = "sip:flood-1@a.example";
    let kept = world.put(B, PRIMARY, flood, &group(flood, &["sip:bob@b.example"], 1));
    assert_eq!(kept.status(), StatusCode::CREATED);
}

#[test]
fn a_partner_provides_groups_of_its_own_domains_only_and_whole() {
    let world = World::new();
    let theirs = "sip:fire@c.example";
    let refused = world.put(B, PRIMARY, theirs, &group(theirs, &["sip:bob@b.example"], 7));
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::ForeignIdentity)));
    let ours = "sip:fire@b.example";
    let refused = world.put(B, PRIMARY, ours, &group(ours, &["sip:bob@b.example"], 7));
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NotPermitted)));
    let conflicting = world.put(B, PRIMARY, FIRE, &group("sip:other@a.example", &["sip:bob@b.example"], 7));
    assert_eq!(conflicting.status(), StatusCode::CONFLICT);
    let users = "/org.openmobilealliance.groups/users/sip:bob@b.example/fire.xml";
    let refused = world.send(B, PRIMARY, world.request(Method::PUT, users, PRIMARY, fire(7)));
    assert_eq!((refused.status(), cause(&refused)), (StatusCode::FORBIDDEN, Some(Cause::NotPermitted)));
    world.define(FIRE, &fire(7));
    let element = format!("{}/~~/group/list-service/display-name", path(FIRE));
    let refused = world.send(B, PRIMARY, world.request(Method::PUT, &element, PRIMARY, "<display-name/>"));
    assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        (world.seen(B, theirs), world.seen(B, ours), world.seen(B, FIRE)),
        (None, None, Some(fire(7)))
    );
}

#[test]
fn only_the_partner_itself_may_provide() {
    let world = World::new();
    for from in [
        From::User("sip:admin@b.example"),
        From::Server("mcs1.core.b.example"),
        From::Server("gms1.core.a.example"),
        From::Gateway("sip:gms_psi@c.example"),
        From::Nobody,
    ] {
        let refused = world.put(B, from, FIRE, &fire(7));
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{from:?}");
        assert_eq!(world.seen(B, FIRE), None, "{from:?}");
    }
}

#[test]
fn what_is_no_valid_group_is_refused_with_the_reason_and_changes_nothing() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    for (body, says) in [
        ("<group", "not-well-formed"),
        ("<group xmlns=\"urn:oma:xml:poc:list-service\"><wrong/></group>", "schema-validation-error"),
    ] {
        let refused = world.put(B, PRIMARY, FIRE, body);
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        assert!(String::from_utf8_lossy(refused.body()).contains(says), "{refused:?}");
    }
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (Some(fire(7)), Some(fire(7))));
}
