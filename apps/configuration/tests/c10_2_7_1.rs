//! TS 23.280 clause 10.2.7.1: "the list of groups in the user profile" names the group management server of the system that
//! serves the user.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot build its own messages has to fail loudly"
)]

mod server;

use configuration::keys;
use server::{BOB, From, PROFILE, World, config, entry, etag, group_server};

const FLOOD: &str = "sip:flood@a.example";
const GMS: &str = "<GMS-Serv-Id><entry><uri-entry>sip:gms_psi@b.example</uri-entry></entry></GMS-Serv-Id>";

fn text(world: &World) -> String {
    String::from_utf8(world.get(From::User(BOB), PROFILE).body().to_vec()).expect("text")
}

fn marks(world: &World) -> usize {
    let marks = futures::executor::block_on(world.store.scan(keys::TO_NAME.as_bytes(), None, 10));
    marks.expect("can be read").len()
}

#[test]
fn the_entry_of_a_partners_group_names_the_own_group_management_server() {
    let world = World::new();
    let put = world.put_profile(&entry(FLOOD));
    assert_eq!(put.status(), 201);
    assert!(text(&world).contains(GMS), "{}", text(&world));
    assert_eq!(marks(&world), 0);
}

#[test]
fn the_change_has_an_entity_tag_of_its_own_and_whoever_watches_is_told() {
    let world = World::new();
    world.subscribe(&[PROFILE.trim_start_matches('/')]);
    let put = world.put_profile(&entry(FLOOD));
    let now = world.get(From::User(BOB), PROFILE);
    assert_ne!(etag(put.headers()), etag(now.headers()), "what was put is not what is there");
    let heard = world.heard.lock().expect("no panic");
    let last = heard.iter().flat_map(|diff| &diff.changes).next_back().cloned();
    let Some(xcap::diff::Change::Document(change)) = last else { panic!("nothing was told: {heard:?}") };
    assert_eq!(change.new.map(|etag| etag.to_string()).as_deref(), Some(etag(now.headers())));
}

#[test]
fn the_entry_of_an_own_group_stays_as_it_was_put() {
    let world = World::new();
    let put = world.put_profile(&entry("sip:ours@b.example"));
    assert_eq!(etag(put.headers()), etag(world.get(From::User(BOB), PROFILE).headers()));
    assert!(!text(&world).contains("GroupServerInfo"));
}

#[test]
fn a_restart_between_a_change_and_its_consequence_forgets_nothing() {
    let mut world = World::new();
    world.put_profile(&entry("sip:ours@b.example"));
    let unnamed = server::profile(&entry(FLOOD));
    let keys = world.entity.cx().documents().keys().documents();
    let key = format!("{keys}org.3gpp.mcptt.user-profile/users/{BOB}/mcptt-user-profile-1.xml");
    let mark = format!("{}org.3gpp.mcptt.user-profile/users/{BOB}/mcptt-user-profile-1.xml", keys::TO_NAME);
    let kept = store::Batch::new().put(key, unnamed).put(mark, group_server().rule());
    futures::executor::block_on(world.store.commit(kept)).expect("is kept");
    world.restart(|_| ());
    assert!(text(&world).contains(GMS));
    assert_eq!(marks(&world), 0);
}

#[test]
fn profiles_are_looked_at_again_when_the_operator_names_another_server() {
    let mut world = World::new();
    world.put_profile(&entry(FLOOD));
    world.restart(|config| {
        config.group_server = Some(configuration::config::GroupServer {
            psi: "sip:gms2_psi@b.example".parse().expect("an identity"),
            ..group_server()
        });
    });
    assert!(text(&world).contains("<uri-entry>sip:gms2_psi@b.example</uri-entry>"), "{}", text(&world));
    let config =
        configuration::Config { group_server: Some(group_server()), ..world.entity.cx().config().clone() };
    configuration::replace(&world.entity, &config).expect("no keys to read");
    world.lab.run();
    assert!(text(&world).contains(GMS), "the configuration was read again");
}

#[test]
fn without_such_a_server_nothing_is_written_into_profiles() {
    let mut config = config();
    config.group_server = None;
    let world = World::of(config);
    world.put_profile(&entry(FLOOD));
    assert!(!text(&world).contains("GroupServerInfo"));
}
