//! TS 23.280 clause 10.6.3.3, preconditions: the user profile, read at home, holds what connects its user with the partner MC system.

use clients::{
    profiles::{NoWay, NotRead},
    service::{Journey, NotMigrated, Status},
};
use kit::Cause;
use mcx_tests::{Home, TwoSystems, flows};
use xml_schemas::{body::interconnection_info::McService, migration::ProfileIndex};

use crate::{BOB, DAVE};

const THERE: &str = "partner.example";

#[test]
fn precondition_the_client_reads_at_home_how_it_is_connected_with_the_partner_system_and_registers_so() {
    TwoSystems::new().profiles().run(async |world| {
        world.give_profiles().await;
        let profile = world.profile_abroad(Home::Primary, DAVE).await.expect("it is his");
        let partner = profile.partner(THERE).expect("it is valid there").clone();
        let client = world.client("dave-abroad");
        let core = client.log_on().await;
        let account = &client.settings().account;
        assert_eq!((&account.impu, &account.username), (&partner.impu, &partner.username));
        assert!(partner.core.contains(&client.settings().core.address.to_string()), "{partner:?}");
        assert!(core.is_ok(), "{core:?}");
        let service = client.service().expect("a service client");
        let journey =
            Journey { service: McService::Mcptt, primary: profile.user.clone(), profile: profile.index };
        let held = service.migrate(&journey).await.expect("both systems say yes");
        assert_eq!(service.status(), Status::Migrated);
        drop(held);
    });
}

#[test]
fn precondition_nobody_goes_where_his_profile_is_not_valid_and_it_is_said_why() {
    TwoSystems::new().profiles().run(async |world| {
        assert_eq!(world.profile_abroad(Home::Primary, DAVE).await, Err(NotRead::Missing));
        world.give_profiles().await;
        let profile = world.profile_abroad(Home::Primary, DAVE).await.expect("it is his");
        let elsewhere = "elsewhere.example";
        assert_eq!(profile.partner(elsewhere), Err(NoWay::NotThere(ProfileIndex(3), elsewhere.to_owned())));
        assert_eq!(
            world.profile_abroad(Home::Partner, BOB).await,
            Err(NotRead::Missing),
            "nobody gave him one"
        );
        assert_eq!(profile.user, flows::user(DAVE));
    });
}

#[test]
fn step_6_nobody_migrates_with_a_profile_that_he_does_not_have() {
    TwoSystems::new().profiles().run(async |world| {
        world.client("dave-abroad").log_on().await.expect("is registered");
        let journey =
            Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) };
        let service = world.client("dave-abroad").service().expect("a service client");
        let refused = service.migrate(&journey).await.expect_err("he has none");
        assert_eq!(cause(&refused), Some(Cause::NoProfile), "{refused:?}");
        world.give_profiles().await;
        let service = world.client("dave-abroad").service().expect("a service client");
        let held = service.migrate(&journey).await.expect("he has it now");
        assert_eq!(service.status(), Status::Migrated);
        drop(held);
    });
}

/// As the operator of a configuration management server has MCVideo profiles kept there: TS 24.484 clause 9.3.
const USAGE: &str = r#"auid = "org.3gpp.mcvideo.user-profile"
media-type = "application/vnd.3gpp.mcvideo-user-profile+xml"
namespace = "urn:3gpp:ns:mcvideo:user-profile:1.0"
outermost = "mcvideo-user-profile"
users = ["mcvideo-user-profile-*.xml"]
"#;

#[test]
fn step_6_nobody_migrates_with_an_mcvideo_profile_that_he_does_not_have_where_those_are_kept() {
    let journey =
        || Journey { service: McService::McVideo, primary: flows::user(DAVE), profile: ProfileIndex(3) };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mcvideo.toml"), USAGE).expect("written");
    let kept = folder.path().display().to_string();
    let setup = TwoSystems::new().profiles().with(Home::Primary, |config| {
        config.set("configuration.usages", kept);
    });
    setup.run(async |world| {
        world.client("dave-abroad").log_on().await.expect("is registered");
        let service = world.client("dave-abroad").service().expect("a service client");
        let refused = service.migrate(&journey()).await.expect_err("he has none");
        assert_eq!(cause(&refused), Some(Cause::NoProfile), "{refused:?}");
    });
    // The server says by its capabilities that it keeps none.
    TwoSystems::new().profiles().run(async |world| {
        world.client("dave-abroad").log_on().await.expect("is registered");
        let service = world.client("dave-abroad").service().expect("a service client");
        drop(service.migrate(&journey()).await.expect("the rule allows it"));
        assert_eq!(service.status(), Status::Migrated);
    });
}

#[test]
fn step_6_where_the_operator_wants_it_the_rule_alone_says_which_profiles_there_are() {
    let setup = TwoSystems::new().profiles().with(Home::Primary, |config| {
        config.set("service.migration.check-profiles", false);
    });
    setup.run(async |world| {
        let client = world.client("dave-abroad");
        client.log_on().await.expect("is registered");
        let service = client.service().expect("a service client");
        let journey =
            Journey { service: McService::Mcptt, primary: flows::user(DAVE), profile: ProfileIndex(3) };
        drop(service.migrate(&journey).await.expect("the rule allows it"));
        assert_eq!(service.status(), Status::Migrated);
    });
}

fn cause(why: &NotMigrated) -> Option<Cause> {
    match why {
        NotMigrated::Refused(refusal) => refusal.code.and_then(Cause::from_code),
        _ => None,
    }
}
