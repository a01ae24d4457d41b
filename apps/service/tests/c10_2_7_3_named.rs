//! TS 23.280 clause 10.2.7.3 step 1, TS 24.484 clause 8.3 (`GMS-Serv-Id`): which group management server is asked for a group.

#![allow(clippy::expect_used, reason = "helpers of tests fail loudly")]

mod servers;

use std::time::Duration;

use kit::{
    Cause,
    testing::{End, WebEnd},
};
use servers::{BOB, DOCUMENTS, FLOOD, MCS, SECOND, SECOND_PSI, World, reached};
use wire::WireError;

const CAROL: &str = "sip:carol@b.example";

/// Of the second server.
fn knows_the_second() -> World {
    World::of(|config, _| {
        config.named_groups = vec![reached(SECOND, SECOND_PSI, "https://xcap2.b.example")];
    })
}

#[test]
fn step_1_the_server_that_the_entry_of_the_profile_names_is_asked_and_tells_of_changes() {
    let world = knows_the_second();
    let second = world.second();
    world.put_group(FLOOD, BOB);
    world.put_group_at(&second, FLOOD, CAROL);
    world.put_profile_of(&[(FLOOD, Some("SIP:gms2_psi@B.example"))]);
    world.log_on();
    assert_eq!(world.members(FLOOD), [CAROL]);
    assert_eq!((world.documents.asked_for(FLOOD), second.asked_for(FLOOD)), (0, 1));
    world.put_group_at(&second, FLOOD, BOB);
    assert_eq!(world.members(FLOOD), [BOB]);

    world.put_group_at(&second, FLOOD, CAROL);
    world.put_profile_of(&[(FLOOD, Some("sip:gms_psi@b.example"))]);
    assert_eq!(world.members(FLOOD), [BOB], "another server is named now");
    world.put_profile(&[FLOOD]);
    assert_eq!(world.members(FLOOD), [BOB], "and where none is, the own one is asked");
    let asked = second.asked_for(FLOOD);
    world.put_group_at(&second, FLOOD, BOB);
    assert_eq!(second.asked_for(FLOOD), asked, "the former one is heard no more");
}

#[test]
fn step_1_a_server_that_profiles_no_longer_name_is_not_asked_though_it_was_about_to_be() {
    let world = knows_the_second();
    let second = world.second();
    world.lab.connect(MCS, SECOND, End::Silent);
    world.put_group(FLOOD, BOB);
    world.put_group_at(&second, FLOOD, CAROL);
    world.put_profile_of(&[(FLOOD, Some(SECOND_PSI))]);
    world.log_on();
    // Within the time for which the first NOTIFY of the second one is awaited.
    world.lab.advance(Duration::from_secs(1));
    world.put_profile(&[FLOOD]);
    assert_eq!(world.members(FLOOD), [BOB]);
    world.lab.advance(Duration::from_secs(30));
    assert_eq!((world.members(FLOOD), second.asked_for(FLOOD)), (vec![BOB.to_owned()], 0));
    world.put_group(FLOOD, CAROL);
    assert_eq!(world.members(FLOOD), [CAROL], "and the one that is named tells of changes");
    // Nor one that was about to be, where those that profiles name are all unknown.
    world.put_profile_of(&[(FLOOD, Some(SECOND_PSI))]);
    world.put_profile_of(&[(FLOOD, Some("sip:gms@evil.example"))]);
    world.lab.advance(Duration::from_secs(30));
    let group = world.group(FLOOD).expect("is wanted");
    assert_eq!((group.refused, second.asked_for(FLOOD)), (Some(Cause::UnlistedServer), 0));
}

#[test]
fn step_1_a_profile_that_names_no_server_overrides_none_that_another_names() {
    let world = knows_the_second();
    let second = world.second();
    world.put_group_at(&second, FLOOD, CAROL);
    world.put_profile_of(&[(FLOOD, Some(SECOND_PSI))]);
    world.put_profile_with(2, &[(FLOOD, None)]);
    world.log_on();
    assert_eq!(world.members(FLOOD), [CAROL]);
    world.put_profile(&[]);
    assert!(world.group(FLOOD).is_some_and(|group| group.configuration.is_none()), "the own one has none");
}

#[test]
fn step_1_a_server_that_nobody_has_configured_is_not_asked_whatever_a_profile_says() {
    for named in [SECOND_PSI, "sip:gms@evil.example", "https://169.254.169.254/"] {
        let world = World::new();
        let second = world.second();
        world.put_group(FLOOD, BOB);
        world.put_group_at(&second, FLOOD, CAROL);
        world.put_profile_of(&[(FLOOD, Some(named))]);
        world.log_on();
        let group = world.group(FLOOD).expect("is wanted");
        assert_eq!((group.refused, group.is_subscribed), (Some(Cause::UnlistedServer), false), "{named}");
        assert_eq!((world.documents.asked_for(FLOOD), second.asked_for(FLOOD)), (0, 0), "{named}");
        world.put_profile(&[FLOOD]);
        assert_eq!(world.members(FLOOD), [BOB], "{named}");
    }
}

#[test]
fn rfc6665_4_2_2_a_silence_under_a_notify_makes_a_group_stale_for_minutes_only() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    // Nothing is answered for so long that the notifier gives the subscription up, without a word.
    world.lab.connect(DOCUMENTS, MCS, End::Fails(WireError::Timeout));
    world.put_group(FLOOD, CAROL);
    let (service, from) = (world.server.service(), kit::testing::arrival("inner", DOCUMENTS));
    world.lab.connect(DOCUMENTS, MCS, End::Service { service, arrival: from, asserted: None });
    assert_eq!(world.members(FLOOD), [BOB]);
    world.lab.advance(Duration::from_secs(300 + 90));
    assert_eq!(world.members(FLOOD), [CAROL]);
}

#[test]
fn a_refresh_that_tells_what_is_known_fetches_nothing_and_is_no_step() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    let asked = || [FLOOD, "mcptt-user-profile-1.xml"].map(|document| world.documents.asked_for(document));
    let (before, steps) = (asked(), world.steps());
    assert_eq!(before, [1, 1]);
    let sent = world.lab.sent(DOCUMENTS).len();
    world.lab.advance(Duration::from_secs(400));
    assert!(world.lab.sent(DOCUMENTS).len() >= sent + 2, "both have been refreshed");
    assert_eq!((asked(), world.steps()), (before, steps));
    world.put_profile(&[]);
    assert!(world.server.groups().is_empty(), "and a change is followed");
}

#[test]
fn step_6_a_first_notify_that_comes_late_brings_what_was_not_there_before() {
    let world = knows_the_second();
    let second = world.second();
    world.notifies(SECOND, false);
    world.put_profile_of(&[(FLOOD, Some(SECOND_PSI))]);
    world.log_on();
    // The GET, which has waited for two seconds, finds nothing.
    world.lab.advance(Duration::from_secs(3));
    assert_eq!((second.asked_for(FLOOD), world.members(FLOOD)), (1, Vec::new()));
    world.put_group_at(&second, FLOOD, BOB);
    world.notifies(SECOND, true);
    world.lab.advance(Duration::from_secs(5));
    assert_eq!((second.asked_for(FLOOD), world.members(FLOOD)), (2, vec![BOB.to_owned()]));
    world.lab.advance(Duration::from_secs(400));
    assert_eq!(second.asked_for(FLOOD), 2, "and a refresh brings nothing more");
}

#[test]
fn precondition_a_group_of_a_profile_that_is_gone_goes_before_other_profiles_have_come() {
    const OTHER: &str = "sip:storm@a.example";
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_group(OTHER, BOB);
    world.put_profile(&[FLOOD]);
    world.put_profile_with(2, &[]);
    world.log_on();
    assert_eq!(world.members(FLOOD), [BOB]);
    // One NOTIFY says both, and nobody answers who is asked for the other.
    world.notifies(DOCUMENTS, false);
    world.put_profile_with(2, &[(OTHER, None)]);
    world.delete_profile(1);
    world.lab.connect_web(MCS, DOCUMENTS, WebEnd::Silent);
    world.notifies(DOCUMENTS, true);
    world.lab.advance(Duration::from_secs(5));
    assert!(world.group(FLOOD).is_none(), "{:?}", world.server.groups());
}
