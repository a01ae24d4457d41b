//! TS 23.280 clause 10.6.3.3, preconditions: the user profile, read at home, holds what connects its user with the partner MC system.

use clients::{
    profiles::{NoWay, NotRead},
    service::{Journey, Status},
};
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
