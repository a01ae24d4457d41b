//! TS 24.379 9A and TS 23.280 10.13: who holds an alias, and who is told.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod server;

use std::time::Duration;

use kit::{
    Cause,
    aliases::LIFETIME,
    testing::{End, arrival},
};
use server::{ACM, FA, FOR_GOOD, World, alias, config, text, user};
use sip::{Method, Name};
use xml_schemas::{body::presence::Standing, mime};

#[test]
fn c9a_2_2_2_3_an_alias_is_active_once_its_publish_is_answered_and_own_servers_know() {
    let world = World::new();
    assert!(world.view.is_told() && world.holders("crew").is_empty());
    assert!(world.activate("bob", &["crew"]).is_ok());
    assert!(world.activate("alice", &["crew", "lead"]).is_ok());
    assert_eq!(world.holders("crew"), ["bob", "alice"], "in the order of activation");
    assert_eq!(world.server.held_by(&user("alice")), [alias("crew"), alias("lead")]);
    assert_eq!(world.deactivate("bob", &["crew"]), Some(200));
    assert_eq!(world.holders("crew"), ["alice"]);
    let acts = [
        "alias.activated sip:crew@a.example sip:bob@a.example",
        "alias.activated sip:crew@a.example sip:alice@a.example",
        "alias.activated sip:lead@a.example sip:alice@a.example",
        "alias.de-activated sip:crew@a.example sip:bob@a.example",
    ];
    assert_eq!(world.acts(), acts);
}

#[test]
fn c9a_2_2_2_3_who_may_not_hold_an_alias_is_refused_with_all_that_he_asked_for() {
    let world = World::new();
    assert_eq!(world.activate("mallory", &["crew"]), Err(Cause::RequesterNotAuthorized));
    assert_eq!(world.activate("alice", &["crew", "nowhere"]), Err(Cause::UnknownTarget));
    assert!(world.activate("bob", &["desk"]).is_ok());
    assert_eq!(world.activate("alice", &["crew", "desk"]), Err(Cause::AliasInUse));
    assert!(world.holders("crew").is_empty(), "all of it or nothing");
    assert_eq!(world.activate("nobody", &["crew"]), Err(Cause::NotBound));
}

#[test]
fn c23280_10_13_4_as_many_users_hold_an_alias_as_its_limit_says() {
    let world = World::new();
    for name in ["alice", "bob"] {
        assert!(world.activate(name, &["crew"]).is_ok());
    }
    assert_eq!(world.activate("carol", &["crew"]), Err(Cause::AliasInUse));
    assert_eq!(
        world.publish("alice", "c2", &["crew"], FOR_GOOD).status(),
        Some(200),
        "another client of hers"
    );
    assert_eq!(world.holders("crew"), ["alice", "bob", "alice"]);
}

#[test]
fn c23280_10_13_8_an_alias_is_taken_over_where_it_may_be_and_both_are_told() {
    let world = World::new();
    assert_eq!(world.subscribe("alice").status(), Some(200));
    assert!(world.activate("alice", &["lead", "desk"]).is_ok());
    let standing = |name: &str| world.told().into_iter().find(|(alias, _)| alias == name).unwrap().1.unwrap();
    assert_eq!((standing("lead"), standing("crew")), (Standing::Activated, Standing::Deactivated));
    assert_eq!(
        world.activate("bob", &["lead"]),
        Err(Cause::AliasInUse),
        "who does not say so takes nothing over"
    );
    assert_eq!(world.activate("bob", &["desk!"]), Err(Cause::AliasInUse), "nor where nobody may");
    assert!(world.activate("bob", &["lead!"]).is_ok());
    assert_eq!(world.holders("lead"), ["bob"]);
    assert_eq!(standing("lead"), Standing::TakeOverPossible);
    let acts = world.acts();
    assert!(acts.contains(&"alias.lost sip:lead@a.example sip:alice@a.example".to_owned()), "{acts:?}");
}

#[test]
fn rfc3903_6_an_alias_that_is_not_activated_anew_ends_and_one_that_is_does_not() {
    let world = World::new();
    let tag = world.activate("alice", &["crew"]).unwrap();
    assert!(world.activate("bob", &["crew"]).is_ok());
    world.lab.advance(Duration::from_secs(500));
    let refresh = world.request("alice", Method::Publish, FOR_GOOD).header(Name::SipIfMatch, &tag);
    let answer = world.give(&refresh);
    assert_eq!((answer.status(), text(&answer, Name::Expires).as_str()), (Some(200), "600"));
    assert_eq!(world.give(&refresh).status(), Some(412), "every success gives another tag");
    world.lab.advance(Duration::from_secs(101));
    assert_eq!(world.holders("crew"), ["alice"]);
    assert!(world.acts().contains(&"alias.expired sip:crew@a.example sip:bob@a.example".to_owned()));
    let tag = text(&answer, Name::SipEtag);
    let remove = world.request("alice", Method::Publish, "0").header(Name::SipIfMatch, &tag);
    assert_eq!(world.give(&remove).status(), Some(200));
    assert!(world.holders("crew").is_empty());
}

#[test]
fn c9a_2_2_2_3_a_lifetime_that_is_too_short_is_423() {
    let world = World::new();
    let answer = world.publish("alice", "c1", &["crew"], "59");
    assert_eq!((answer.status(), text(&answer, Name::MinExpires).as_str()), (Some(423), "60"));
}

#[test]
fn c23280_10_13_6_who_logs_off_holds_nothing_any_more() {
    let world = World::new();
    assert!(world.activate("alice", &["crew", "lead"]).is_ok());
    assert!(world.activate("bob", &["crew"]).is_ok());
    assert_eq!(world.register("alice", "3600"), Some(200));
    assert_eq!(world.holders("crew"), ["alice", "bob"], "a registration ends nothing");
    assert_eq!(world.register("alice", "0"), Some(200));
    assert_eq!((world.holders("crew"), world.holders("lead").len()), (vec!["bob".to_owned()], 0));
}

#[test]
fn c23280_10_13_6_where_the_operator_says_so_an_alias_outlives_a_log_off() {
    let stays = aliases::Config { ends_with_log_off: false, ..config() };
    let world = World::new().restart(stays);
    assert!(world.activate("alice", &["crew"]).is_ok());
    assert_eq!(world.register("alice", "0"), Some(200));
    assert_eq!(world.holders("crew"), ["alice"]);
}

#[test]
fn what_is_active_outlives_a_restart_and_so_does_the_subscription_to_it() {
    let world = World::new();
    assert!(world.activate("alice", &["crew"]).is_ok());
    let world = world.restart(config());
    assert_eq!(world.holders("crew"), ["alice"]);
    assert!(world.activate("bob", &["crew"]).is_ok());
    assert_eq!(world.holders("crew"), ["alice", "bob"], "whoever followed the server follows the next one");
}

#[test]
fn who_may_hold_an_alias_no_more_loses_it_when_the_configuration_is_read_again() {
    let world = World::new();
    assert!(world.activate("alice", &["crew", "lead"]).is_ok());
    let mut read = config();
    read.aliases.retain(|alias| alias.id.user() != "lead");
    read.aliases.iter_mut().for_each(|alias| {
        alias.users.remove(&user("alice"));
    });
    world.server.replace(&read);
    world.lab.run();
    assert!(world.holders("crew").is_empty() && world.holders("lead").is_empty());
    assert_eq!(world.activate("alice", &["crew"]), Err(Cause::RequesterNotAuthorized));
}

#[test]
fn a_publication_is_of_the_user_who_publishes_and_of_one_client() {
    let world = World::new();
    let others = world.request("alice", Method::Publish, FOR_GOOD);
    let bobs = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:m="urn:3gpp:ns:mcpttPresInfo:1.0" entity="sip:bob@a.example"><tuple id="c"><status><m:functionalAlias functionalAliasID="sip:crew@a.example"/></status></tuple></presence>"#;
    let answer = world.give(&others.clone().body(mime::PIDF, bobs));
    assert_eq!(Cause::from_response(&answer), Cause::OtherUser);
    let none = bobs
        .replace("sip:bob", "sip:alice")
        .replace("<tuple id=\"c\">", "<tuple id=\"b\"><status/></tuple><tuple id=\"c\">");
    assert_eq!(world.give(&others.clone().body(mime::PIDF, none)).status(), Some(400), "of two clients");
    assert_eq!(world.give(&others.clone().body("text/plain", "x")).status(), Some(415));
    assert!(world.holders("crew").is_empty());
}

#[test]
fn c9a_2_2_2_4_strangers_are_told_nothing() {
    let world = World::new();
    assert_eq!(Cause::from_response(&world.subscribe("nobody")), Cause::NotBound);
    let request =
        world.request("alice", Method::Subscribe, "3600").header(Name::Contact, "<sip:x@a.example>");
    let answer = world.lab.deliver(&*world.server.service(), &request, arrival("inner", "elsewhere.example"));
    assert_eq!(answer.unwrap().status(), Some(403));
}

#[test]
fn rfc6665_4_1_2_2_whoever_follows_hears_of_the_server_within_each_lifetime_and_knows_how_long_it_is_away() {
    let world = World::new();
    assert!(world.activate("alice", &["crew"]).is_ok());
    let age = || world.view.age(world.lab.world("clock").clock.now()).unwrap();
    for _ in 0..60 {
        world.lab.advance(Duration::from_secs(600));
        assert!(age() < LIFETIME, "{:?}", age());
    }
    world.lab.connect(ACM, FA, End::Fails(wire::WireError::Timeout));
    world.lab.advance(3 * LIFETIME);
    assert!(age() > LIFETIME);
    world.lab.connect(
        ACM,
        FA,
        End::Service { service: world.server.service(), arrival: arrival("inner", ACM), asserted: None },
    );
    // The last pause of a subscriber that fails is a quarter of an hour.
    world.lab.advance(2 * LIFETIME);
    assert!(age() < LIFETIME, "it is followed again");
}
