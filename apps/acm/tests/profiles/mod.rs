//! Updates of the profile that a user of `a.example` has in `b.example`.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use acm::{
    Config,
    config::{HandleRule, Handling},
};
use kit::Cause;
use xml_schemas::{
    acm::{
        Actor, Addressee, Heading, Outcome, ProfileContent, Refusal, UserProfile,
        UserProfileUpdateRequest as Update, UserProfileUpdateResponse as Updated,
    },
    body::{AcmInfo, Body as _, Content},
    migration::ProfileIndex,
    mime,
};

use crate::{
    neighbours::{Fake, configured, given, profile, profile_of},
    systems::*,
};

pub const CAROL: &str = "sip:carol@a.example";

/// A document as a body carries it.
pub fn embedded(text: &str) -> ProfileContent {
    let start = text.find("<mcptt-user-profile").unwrap_or_default();
    let body = format!(
        "<acm-info xmlns=\"{}\"><acm-Params><req-type><mcsString>{}</mcsString></req-type><request-id>r</request-id>\
         <migration-user-list><migration-user><mc-service-user-profile>{}</mc-service-user-profile></migration-user>\
         </migration-user-list></acm-Params></acm-info>",
        mime::namespace::ACM_INFO,
        mime::kind::ACM_PROFILE_UPDATE_REQUEST,
        &text[start..]
    );
    let info = AcmInfo::read(body.as_bytes()).unwrap();
    let user = info.params[0].migration_users[0].clone();
    assert!(matches!(user.primary, None | Some(Content::Normal(_))));
    ProfileContent::Document(user.profiles[0].document.clone().unwrap())
}

/// Carol's profile in `b.example` is to be this.
pub fn update(request: &str, content: ProfileContent) -> Update {
    Update {
        heading: Heading::new(
            request_id(request),
            Actor::user(user(ASKER, A)),
            Addressee::User(user(DECIDER, B)),
        ),
        user: id(&given(CAROL)),
        profile: UserProfile { index: Some(ProfileIndex(1)), content },
        additional_information: Some("for the night shift".into()),
    }
}

pub fn renamed(name: &str) -> ProfileContent {
    embedded(&profile(&given(CAROL), name))
}

pub fn decided(by: Handling) -> impl Fn(&str, &mut Config) {
    move |system, config| {
        configured(system, config);
        let rule = HandleRule {
            name: "rule".into(),
            flows: vec![mime::kind::ACM_PROFILE_UPDATE_REQUEST.into()],
            initiator: "*".into(),
            by,
            person: None,
        };
        config.partners[0].handle = vec![rule];
    }
}

/// Carol has an ID in `b.example`, and a profile.
pub fn with_carol(change: impl Fn(&str, &mut Config)) -> (World, Fake) {
    let world = World::of(change);
    let fake = Fake::beside(&world);
    fake.held(|held| {
        held.admitted.insert(CAROL.into(), true);
        held.documents.insert(profile_of(&given(CAROL)), (7, profile(&given(CAROL), "Visitor")));
    });
    (world, fake)
}

pub fn name_of(fake: &Fake) -> (u32, String) {
    fake.held(|held| {
        let (number, text) = held.documents[&profile_of(&given(CAROL))].clone();
        let name = text.split("<Name>").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
        (number, name)
    })
}

pub fn answered(world: &World) -> Updated {
    world.sent::<Updated>("mcgw.b.example").pop().expect("an answer")
}

pub fn refused(response: &Updated) -> Option<Cause> {
    match &response.result {
        Outcome::Failure(Refusal { code, .. }) => code.and_then(Cause::from_code),
        _ => None,
    }
}
