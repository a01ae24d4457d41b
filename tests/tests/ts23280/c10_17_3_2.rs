//! Automatic handling: what a rule of the partner's operator decides reaches no person, and is answered at once. TS 23.280 10.17.3.2,
//! in group information provision (10.17.4.2), users for migration (10.17.5.2) and user profile update (10.17.7.2).

use clients::acm::Wish;
use mcx_tests::{Home, Setup, TwoSystems, flows, ladder};
use xml_schemas::acm::{Outcome, Response};

use crate::{
    DAVE,
    administration::{Ear, answered, asks, fire},
    c10_17_5_2::expecting_nobody,
    c10_17_7_2::{PARTNER_ID, suggested},
};

/// The partner's operator lets a rule say this of everything that the primary system asks.
fn by_rule(setup: Setup, by: &str) -> Setup {
    let rule = format!("by = \"{by}\"\n");
    setup.with(Home::Partner, move |config| {
        config.first("acm.partner.0.handle", &rule);
    })
}

/// Alice asks bob, a rule decides, and bob hears nothing of it.
async fn decided(world: &TwoSystems, wish: Wish) -> Response {
    let (mut alice, mut bob) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
    asks(world, wish).await.unwrap();
    world.quiet().await;
    let response = answered(world, "alice", &mut alice).await;
    assert!(bob.heard().is_empty(), "no person is asked");
    assert_eq!(
        response.heading().handler.id.as_str(),
        "sip:acm_psi@partner.example",
        "the server has handled it"
    );
    response
}

#[test]
fn c10_17_3_2_a_rule_accepts_groups() {
    by_rule(TwoSystems::new().administration(), "allow").run(async |world| {
        world.recording().ladder().clear();
        let response = decided(world, fire(world)).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        ladder::is_golden("acm_groups_automatic", &world.ladder());
    });
}

#[test]
fn c10_17_3_2_a_rule_refuses_groups() {
    by_rule(TwoSystems::new().administration(), "refuse").run(async |world| {
        world.recording().ladder().clear();
        let response = decided(world, fire(world)).await;
        assert!(matches!(response.outcome(), Outcome::Failure(_)), "{response:?}");
        ladder::is_golden("acm_groups_automatic_no", &world.ladder());
    });
}

#[test]
fn c10_17_3_2_a_rule_admits_users_and_updates_the_profile_that_one_of_them_has() {
    by_rule(expecting_nobody(), "allow").run(async |world| {
        world.give_template(Home::Partner).await;
        world.quiet().await;
        world.recording().ladder().clear();
        let response = decided(world, Wish::AddUsers(vec![flows::user(DAVE)])).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        ladder::is_golden("acm_users_automatic", &world.ladder());

        world.advance(std::time::Duration::from_secs(5)).await;
        let before = world.profile_of(Home::Partner, PARTNER_ID).await;
        world.recording().ladder().clear();
        let response = decided(world, suggested(&before)).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        ladder::is_golden("acm_profile_automatic", &world.ladder());
        assert!(world.profile_of(Home::Partner, PARTNER_ID).await.contains("Night shift"));
    });
}
