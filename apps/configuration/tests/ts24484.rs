//! TS 24.484: who may read and write which document, and who may subscribe to it. TS 24.482 clause A.2.3
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod server;

use http::Method;
use kit::testing::arrival;
use server::{ADMIN, BOB, CMS, CORE, From, MCS, PROFILE, PROFILE_TYPE, World, entry, profile};
use sip::{Name, Request};
use xml_schemas::body::mcptt_info::AccessToken;

const UE_INIT: &str = "/org.3gpp.mcptt.ue-init-config/users/sip:ue1@b.example/sip:ue1@b.example";
const SERVICE: &str = "/org.3gpp.mcptt.service-config/global/service-config.xml";

#[test]
fn a_2_3_without_a_token_403_and_with_a_bad_one_401() {
    let world = World::new();
    assert_eq!(world.status(From::Nobody, PROFILE), 403);
    let refused = world.send(From::Nobody, Method::GET, PROFILE, &[("authorization", "Bearer x.y.z")], "");
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().contains_key("www-authenticate"));
}

#[test]
fn c8_3_a_user_reads_his_own_profile_and_nobody_elses() {
    let world = World::new();
    world.put_profile("");
    assert_eq!(world.status(From::User(BOB), PROFILE), 200);
    assert_eq!(world.status(From::User("sip:carol@b.example"), PROFILE), 403);
    assert_eq!(world.status(From::User("sip:bob@a.example"), PROFILE), 403, "of another system");
}

#[test]
fn c8_3_an_administrator_writes_profiles_and_their_users_do_not() {
    let world = World::new();
    let put = |user| world.put(From::User(user), PROFILE, PROFILE_TYPE, &profile("")).status().as_u16();
    assert_eq!((put(BOB), put("sip:carol@b.example"), put(ADMIN)), (403, 403, 201));
    assert_eq!(world.send(From::User(BOB), Method::DELETE, PROFILE, &[], "").status(), 403);
}

#[test]
fn c8_3_a_profile_is_held_to_its_schema_and_to_its_name() {
    let world = World::new();
    let put = |body: &str| world.put(From::User(ADMIN), PROFILE, PROFILE_TYPE, body).status().as_u16();
    assert_eq!(put(&profile("").replace("bob@b", "carol@b")), 409, "the tree is another user's");
    assert_eq!(put(&profile("").replace("index=\"1\"", "index=\"2\"")), 409, "the name says another index");
    assert_eq!(put(&profile("<entry/>")), 409, "an entry without its URI");
    assert_eq!(world.status(From::User(ADMIN), PROFILE), 404, "nothing was kept");
}

#[test]
fn c6_3_1_1_an_authorized_server_reads_everything_and_writes_nothing() {
    let world = World::new();
    world.put_profile("");
    assert_eq!(world.status(From::Server(MCS), PROFILE), 200);
    let put = world.put(From::Server(MCS), PROFILE, PROFILE_TYPE, &profile(""));
    assert_eq!(put.status(), 403);
    assert_eq!(
        world.status(From::Server("mcs9.core.b.example"), PROFILE),
        403,
        "a certificate that nobody listed"
    );
}

#[test]
fn c4_2_2_1_the_ue_initial_configuration_is_read_before_anybody_has_logged_in() {
    let world = World::new();
    assert_eq!(world.status(From::Nobody, UE_INIT), 404, "not refused");
    assert_eq!(world.send(From::Nobody, Method::DELETE, UE_INIT, &[], "").status(), 403);
    assert_eq!(world.status(From::Nobody, SERVICE), 403);
    assert_eq!(world.status(From::User(BOB), SERVICE), 404, "who is known reads what holds for all");
}

#[test]
fn rfc4825_12_what_the_server_can_do_is_told_to_anybody() {
    let world = World::new();
    let told = world.get(From::Nobody, "/xcap-caps/global/index");
    assert_eq!(told.status(), 200);
    let text = String::from_utf8_lossy(told.body()).into_owned();
    for auid in
        ["org.3gpp.mcptt.user-profile", "org.3gpp.mcptt.ue-init-config", "org.3gpp.mcptt.service-config"]
    {
        assert!(text.contains(auid), "{auid}");
    }
}

#[test]
fn c6_3_1_1_an_authorized_server_reads_what_the_server_makes() {
    let world = World::new();
    world.put_profile("");
    let caps = world.get(From::Server(MCS), "/xcap-caps/global/index");
    assert_eq!(caps.status(), 200);
    assert_eq!(caps.body(), world.get(From::Nobody, "/xcap-caps/global/index").body());
    let own = "/org.openmobilealliance.xcap-directory/users/sip:bob@b.example/directory.xml";
    let told = world.get(From::Server(MCS), own);
    assert_eq!(told.status(), 200);
    assert!(String::from_utf8_lossy(told.body()).contains(PROFILE), "{:?}", told.body());
    assert_eq!(world.send(From::Server(MCS), Method::DELETE, own, &[], "").status(), 403);
    assert_eq!(
        world.status(From::Server("mcs9.core.b.example"), own),
        403,
        "a certificate that nobody listed"
    );
}

#[test]
fn c6_3_13_a_server_is_told_of_a_users_profiles_as_they_come_and_go() {
    let world = World::new();
    world.subscribe(&["org.3gpp.mcptt.user-profile/users/sip:bob@b.example/"]);
    world.put_profile(&entry("sip:ours@b.example"));
    world.send(From::User(ADMIN), Method::DELETE, PROFILE, &[], "");
    let heard = world.heard.lock().expect("no panic");
    let told: Vec<_> = heard.iter().flat_map(|diff| &diff.changes).collect();
    let [xcap::diff::Change::Document(put), xcap::diff::Change::Document(deleted)] = told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((put.previous.is_some(), put.new.is_some()), (false, true));
    assert_eq!((deleted.previous.is_some(), deleted.new.is_some()), (true, false));
}

/// The status of a subscription by this user, relayed by the SIP core.
fn subscribes(world: &World, impu: &str, selector: &str) -> u16 {
    subscribes_with(world, impu, selector, None)
}

/// The same, with an access token.
fn subscribes_with(world: &World, impu: &str, selector: &str, token: Option<&str>) -> u16 {
    let (token, ids) = (token.map(AccessToken::new), world.lab.world("terminal").ids);
    let (content_type, body) = kit::xcap_diff::wish(&[selector], token.as_ref(), &*ids);
    let request = Request::new(sip::Method::Subscribe, "sip:cms_psi@b.example")
        .header(Name::From, format!("<{impu}>;tag=1"))
        .header(Name::To, "<sip:cms_psi@b.example>")
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 SUBSCRIBE")
        .header(Name::Contact, format!("<{impu}>"))
        .header(Name::PAssertedIdentity, format!("<{impu}>"))
        .header(Name::Event, "xcap-diff")
        .header(Name::Expires, "3600")
        .body(&content_type, body);
    let answer = world.lab.deliver(&world.entity, &request, arrival("inner", CORE));
    answer.and_then(|answer| answer.status()).expect("is answered")
}

#[test]
fn c6_3_13_a_user_subscribes_to_documents_of_his_own() {
    let world = World::new();
    let bobs = "sip:bob.imsi@b.example";
    assert_eq!(subscribes(&world, bobs, PROFILE.trim_start_matches('/')), 200);
    assert_eq!(subscribes(&world, bobs, SERVICE.trim_start_matches('/')), 200);
    let carols = PROFILE.trim_start_matches('/').replace("bob", "carol");
    assert_eq!(subscribes(&world, bobs, &carols), 403);
    assert_eq!(subscribes(&world, "sip:mallory@b.example", PROFILE.trim_start_matches('/')), 403);
    assert_eq!(world.entity.cx().profile().name.as_ref(), CMS);
}

#[test]
fn c6_3_13_no_user_is_told_which_devices_and_which_other_users_there_are() {
    let world = World::new();
    let bobs = "sip:bob.imsi@b.example";
    assert_eq!(subscribes(&world, bobs, UE_INIT.trim_start_matches('/')), 200, "one whose name he knows");
    assert_eq!(subscribes(&world, bobs, "org.3gpp.mcptt.user-profile/users/sip:bob@b.example/"), 200);
    let folder = UE_INIT.rsplit_once('/').expect("a folder").0.trim_start_matches('/');
    for of_others in [
        "org.3gpp.mcptt.ue-init-config/users/",
        "org.3gpp.mcptt.ue-init-config/",
        &format!("{folder}/"),
        "org.3gpp.mcptt.user-profile/users/",
        "org.3gpp.mcptt.user-profile/",
    ] {
        assert_eq!(subscribes(&world, bobs, of_others), 403, "{of_others}");
    }
}

#[test]
fn a_2_2_a_token_in_a_subscribe_counts_where_it_is_the_registered_users() {
    let world = World::new();
    let subscribes = |token: &str| {
        subscribes_with(&world, "sip:bob.imsi@b.example", PROFILE.trim_start_matches('/'), Some(token))
    };
    assert_eq!(subscribes(&world.token(BOB)), 200);
    assert_eq!(subscribes(&world.token("sip:carol@b.example")), 403, "somebody else's");
    assert_eq!(subscribes("x.y.z"), 403);
    let nobodys = configuration::Config { issuers: Vec::new(), ..world.entity.cx().config().clone() };
    configuration::replace(&world.entity, &nobodys).expect("no keys to read");
    assert_eq!(subscribes(&world.token(BOB)), 403, "no issuer is left");
}
