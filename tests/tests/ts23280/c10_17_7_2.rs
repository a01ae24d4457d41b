//! User profile update: what the partner's administrator approves stands in the user's profile document there, as anybody who may reads
//! it over XCAP. ACM servers, identity and configuration management servers of both systems.

use clients::acm::{Answer, Wish};
use mcx_tests::{Home, Setup, TwoSystems, flows, ladder};
use xml_schemas::{
    acm::{Outcome, ProfileContent, Refusal, Request, Response, UserProfile},
    migration::ProfileIndex,
};

use crate::{
    administration::{Ear, answered, arranged, asks, decides, given},
    c10_17_5_2::{add, expecting_nobody},
};

pub const PARTNER_ID: &str = "sip:dave-abroad@partner.example";

/// What is suggested for whoever has this document.
pub fn suggested(document: &str) -> Wish {
    let text = document.replacen("<OnNetwork", "<Name>Night shift</Name><OnNetwork", 1);
    assert_ne!(text, document);
    let document = xml::Document::parse(text.as_bytes(), &xml::Limits::default()).unwrap();
    let content = ProfileContent::Document(document.root().to_raw());
    Wish::UpdateProfile {
        user: flows::user(PARTNER_ID),
        profile: UserProfile { index: Some(ProfileIndex(1)), content },
        information: Some("for the night shift".to_owned()),
    }
}

/// Dave has an identity and a profile in the partner system.
fn with_profile(setup: Setup, test: impl AsyncFnOnce(&mut TwoSystems, String)) {
    setup.run(async |world| {
        world.give_template(Home::Partner).await;
        add(world).await;
        world.advance(std::time::Duration::from_secs(5)).await;
        let before = world.profile_of(Home::Partner, PARTNER_ID).await;
        world.recording().ladder().clear();
        test(world, before).await;
    });
}

#[test]
fn c10_17_7_2_steps_1_to_10_change_the_document_that_the_partner_serves() {
    with_profile(expecting_nobody(), async |world, before| {
        let (mut alice, mut bob) = (Ear::of(world, "alice"), Ear::of(world, "bob"));
        asks(world, suggested(&before)).await.unwrap();
        let request = given(world, "bob", &mut bob).await;
        let Request::UserProfileUpdate(shown) = &request else { panic!("{request:?}") };
        let shown = shown.additional_information.clone().unwrap_or_default();
        assert!(shown.starts_with("for the night shift") && shown.contains("Night shift"), "step 6: {shown}");
        assert_eq!(world.profile_of(Home::Partner, PARTNER_ID).await, before, "nothing before he says yes");
        decides(world, &request, Answer::yes()).await;
        let response = answered(world, "alice", &mut alice).await;
        assert_eq!(*response.outcome(), Outcome::Success);
        let Response::UserProfileUpdate(response) = response else { panic!("another response") };
        assert_eq!(response.user, flows::user(PARTNER_ID));
        let after = world.profile_of(Home::Partner, PARTNER_ID).await;
        assert!(after.contains("<Name>Night shift</Name>"), "{after}");
        ladder::is_golden("acm_profile", &world.ladder());
    });
}

#[test]
fn c10_17_7_2_step_6_what_the_person_refuses_changes_nothing() {
    with_profile(expecting_nobody(), async |world, before| {
        let response = arranged(world, suggested(&before), Answer::no(None)).await;
        assert!(matches!(response.outcome(), Outcome::Failure(Refusal { .. })), "{response:?}");
        assert_eq!(world.profile_of(Home::Partner, PARTNER_ID).await, before);
    });
}

#[test]
fn c10_17_7_2_step_6_an_operator_who_applies_profiles_himself_switches_it_off() {
    let by_hand = expecting_nobody().with(Home::Partner, |config| {
        config.set("acm.users.apply-profiles", false);
    });
    with_profile(by_hand, async |world, before| {
        let response = arranged(world, suggested(&before), Answer::yes()).await;
        assert_eq!(*response.outcome(), Outcome::Success, "approved it is");
        assert_eq!(world.profile_of(Home::Partner, PARTNER_ID).await, before, "and not applied");
    });
}
