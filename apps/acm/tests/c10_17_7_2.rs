//! TS 23.280 10.17.7.2: MC service user profiles that a partner system assigned are updated.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod neighbours;
mod profiles;
mod systems;

use acm::{case::Stage, config::Handling};
use futures::FutureExt as _;
use http::Method;
use kit::Cause;
use neighbours::{CMS, TEMPLATE, configured, given, profile, profile_of};
use profiles::*;
use systems::*;
use xml_schemas::acm::{
    Actor, Addressee, Outcome, PendingDataResponse, PendingItem, ProcessIndication, ProfileContent, Progress,
    Refusal, Request, StatusResponse, UserProfileUpdateRequest as Update,
    UserProfileUpdateResponse as Updated,
};

#[test]
fn steps_1_to_10_with_a_person_who_is_shown_what_would_change() {
    let (world, fake) = with_carol(configured);
    world.logs_on(A, ASKER);
    world.logs_on(B, DECIDER);
    let request = update("p-1", renamed("Night watch"));
    assert_eq!(world.says(A, ASKER, &request).0, 200);
    world.lab.run();
    let indications: Vec<ProcessIndication> = world.sent("mcgw.b.example");
    assert_eq!(indications[0].progress, Progress::Stored);
    let shown = &world.told::<Update>(B)[0];
    assert_eq!(shown.profile, request.profile);
    let told = shown.additional_information.as_deref().unwrap();
    assert!(told.starts_with("for the night shift"), "{told}");
    for line in ["- /mcptt-user-profile/Name[1] = Visitor", "+ /mcptt-user-profile/Name[1] = Night watch"] {
        assert!(told.contains(line), "{told}");
    }
    assert_eq!(name_of(&fake), (7, "Visitor".into()), "nothing has changed yet");

    let answer = request.answer(Actor::user(user(DECIDER, B)), Outcome::Success);
    assert_eq!(world.says(B, DECIDER, &answer).0, 200);
    world.lab.run();
    assert_eq!(name_of(&fake), (8, "Night watch".into()));
    assert_eq!(answered(&world), answer);
    assert_eq!(world.told::<Updated>(A), [answer]);
    assert_eq!(stage(world.asked("p-1")), Some(Stage::Answered));
    for step in [1, 2, 3, 4, 5, 7, 8, 9, 10] {
        assert!(world.steps("10.17.7.2").contains(&step), "step {step}");
    }
}

#[test]
fn step_4_who_was_not_there_is_shown_it_when_he_asks_what_is_pending() {
    let (world, _fake) = with_carol(configured);
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    assert!(world.told::<Update>(B).is_empty());
    world.logs_on(B, DECIDER);
    world.says(B, DECIDER, &pending(DECIDER, B));
    world.lab.run();
    let pending: Vec<PendingDataResponse> = world.told(B);
    let [PendingItem::Request(Request::UserProfileUpdate(shown))] = pending[0].items.as_slice() else {
        panic!("one update")
    };
    assert!(
        shown
            .additional_information
            .as_deref()
            .unwrap()
            .contains("+ /mcptt-user-profile/Name[1] = Night watch")
    );
}

#[test]
fn step_4_a_rule_applies_it_and_what_changed_is_kept_with_the_tag_of_what_stood_there() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    assert_eq!((answered(&world).result, name_of(&fake)), (Outcome::Success, (8, "Night watch".into())));
    let key = "acm/profile/i/a.example/p-1";
    let kept = world.stores[B].get(key.as_bytes()).now_or_never().unwrap().unwrap().expect("is kept");
    let kept: serde_json::Value = serde_json::from_slice(&kept.value).unwrap();
    assert_eq!((&kept["etag"], kept["lines"].as_array().map(Vec::len)), (&"\"7\"".into(), Some(2)));
}

#[test]
fn step_6_who_declines_changes_nothing() {
    let (world, fake) = with_carol(configured);
    let request = update("p-1", renamed("Night watch"));
    world.says(A, ASKER, &request);
    world.lab.run();
    let no = Outcome::Failure(Refusal { code: None, text: Some("no".into()) });
    world.says(B, DECIDER, &request.answer(Actor::user(user(DECIDER, B)), no));
    world.lab.run();
    assert_eq!(name_of(&fake).0, 7);
    assert_eq!(stage(world.asked("p-1")), Some(Stage::Refused));
}

#[test]
fn the_operator_may_apply_what_was_approved_by_himself() {
    let (world, fake) = with_carol(|system, config| {
        decided(Handling::Allow)(system, config);
        config.neighbours.apply_profiles = false;
    });
    let request = update("p-1", renamed("Night watch"));
    world.says(A, ASKER, &request);
    world.lab.run();
    assert_eq!(stage(world.received("p-1")), Some(Stage::Waiting), "no rule can say that he has");
    world.says(B, DECIDER, &request.answer(Actor::user(user(DECIDER, B)), Outcome::Success));
    world.lab.run();
    assert_eq!((answered(&world).result, name_of(&fake).0), (Outcome::Success, 7));
    assert_eq!(fake.count(&Method::PUT, "mcptt-user-profile-1.xml"), 0);
}

#[test]
fn an_id_that_was_not_given_to_a_user_of_that_system_is_of_nobody() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    fake.held(|held| held.admitted.insert("sip:eve@c.example".into(), true));
    for (request, stranger) in [("p-1", "sip:bob@b.example"), ("p-2", "sip:v-eve@b.example")] {
        let content = embedded(&profile(stranger, "Mine"));
        world.says(A, ASKER, &Update { user: id(stranger), ..update(request, content) });
        world.lab.run();
        assert_eq!(refused(&answered(&world)), Some(Cause::UnknownUser), "{stranger}");
    }
    let (status, cause) = world.says(A, ASKER, &Update { user: id(CAROL), ..update("p-3", renamed("x")) });
    assert_eq!((status, cause), (404, Some(Cause::UnknownUser)), "no ID that the partner could have given");
}

#[test]
fn nobody_gets_the_profile_of_another() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    world.says(A, ASKER, &update("p-1", embedded(&profile(TEMPLATE, "Mine"))));
    world.lab.run();
    assert_eq!((refused(&answered(&world)), name_of(&fake).0), (Some(Cause::WrongProfile), 7));
}

#[test]
fn a_profile_may_be_referred_to_where_the_own_server_has_it() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    let draft = "/org.3gpp.mcptt.user-profile/users/sip:v-carol@b.example/draft.xml";
    fake.held(|held| held.documents.insert(draft.into(), (3, profile(&given(CAROL), "Day watch"))));
    let at = |uri: String, etag: Option<&str>| ProfileContent::Reference { uri, etag: etag.map(Into::into) };
    let refusals = [
        ("p-1", at(format!("https://{CMS}{draft}"), Some("2"))),
        ("p-2", at("https://evil.example/profile.xml".into(), None)),
        ("p-3", at(format!("https://{CMS}.evil.example{draft}"), None)),
        ("p-4", at(format!("https://{CMS}/nothing.xml"), None)),
        ("p-6", at(format!("https://{CMS}{}", draft.replace("draft", "other")), None)),
    ];
    for (request, content) in refusals {
        world.says(A, ASKER, &update(request, content));
        world.lab.run();
        assert_eq!(refused(&answered(&world)), Some(Cause::UnknownTarget), "{request}");
    }
    world.says(A, ASKER, &update("p-5", at(format!("https://{CMS}{draft}"), Some("3"))));
    world.lab.run();
    assert_eq!((answered(&world).result, name_of(&fake).1), (Outcome::Success, "Day watch".into()));
}

/// Nobody finds out by references which documents of others there are: nobody looks.
#[test]
fn a_profile_of_somebody_else_that_is_referred_to_is_not_looked_for() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    for (number, path) in [
        profile_of(TEMPLATE),
        profile_of("sip:nobody@b.example"),
        profile_of(&given(CAROL)).replace("mcptt.user-profile/users", "mcptt.ue-config/users"),
        profile_of(&given(CAROL)).replace("/users/", "/users/sip:visitor@b.example/"),
        profile_of(&given(CAROL)).replace("/users/", "/users/sip:visitor@b.example/%2e%2e/"),
    ]
    .iter()
    .enumerate()
    {
        let content = ProfileContent::Reference { uri: format!("https://{CMS}{path}"), etag: None };
        world.says(A, ASKER, &update(&format!("p-{number}"), content));
        world.lab.run();
        assert_eq!(refused(&answered(&world)), Some(Cause::UnknownTarget), "{path}");
        assert_eq!(fake.count(&http::Method::GET, path), 0, "{path}");
    }
}

#[test]
fn an_update_that_changes_nothing_writes_nothing() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    world.says(A, ASKER, &update("p-1", renamed("Visitor")));
    world.lab.run();
    assert_eq!((answered(&world).result, name_of(&fake).0), (Outcome::Success, 7));
}

#[test]
fn a_mark_of_migration_is_required_only_where_the_operator_says_so() {
    let (world, fake) = with_carol(|system, config| {
        decided(Handling::Allow)(system, config);
        config.neighbours.require_migration = true;
    });
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    assert_eq!(refused(&answered(&world)), Some(Cause::NotMigrated));
    fake.held(|held| held.here.insert(given(CAROL)));
    world.says(A, ASKER, &update("p-2", renamed("Night watch")));
    world.lab.run();
    assert_eq!(answered(&world).result, Outcome::Success);
}

#[test]
fn step_8_a_profile_that_the_own_server_refuses_is_answered_so() {
    for (status, cause) in
        [(409, Cause::MalformedBody), (403, Cause::NotPermitted), (413, Cause::Unspecified)]
    {
        let (world, fake) = with_carol(decided(Handling::Allow));
        fake.held(|held| held.refuses = Some((Method::PUT, profile_of(&given(CAROL)), status)));
        world.says(A, ASKER, &update("p-1", renamed("Night watch")));
        world.seconds(5);
        assert_eq!((refused(&answered(&world)), name_of(&fake).0), (Some(cause), 7), "{status}");
        let case = world.received("p-1").unwrap();
        assert_eq!((case.stage, case.cause), (Stage::Refused, Some(cause)));
        assert_eq!(stage(world.asked("p-1")), Some(Stage::Refused));
    }
}

#[test]
fn step_8_a_server_that_never_comes_back_ends_in_a_refusal_and_not_in_silence() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    world.says(A, ASKER, &update("p-0", renamed("Harbour")));
    world.lab.run();
    fake.held(|held| held.fails = Some(("mcptt-user-profile-1.xml".into(), 500, usize::MAX)));
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.seconds(23 * 3_600);
    assert_eq!(stage(world.received("p-1")), Some(Stage::Decided), "it is tried");
    world.seconds(2 * 3_600);
    assert_eq!(stage(world.received("p-1")), Some(Stage::Refused));
    assert_eq!(stage(world.asked("p-1")), Some(Stage::Refused));
}

#[test]
fn what_was_changed_is_known_for_as_long_as_its_request() {
    let (world, _fake) = with_carol(|system, config| {
        decided(Handling::Allow)(system, config);
        config.keep_closed = std::time::Duration::from_secs(3_600);
    });
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    assert_eq!(world.records(B, "acm/profile/"), 1);
    world.seconds(3_700);
    assert_eq!((world.records(B, "acm/profile/"), world.records(B, "acm/case/")), (0, 0));
}

#[test]
fn step_6_who_decided_is_shown_afterwards_what_has_changed() {
    let (world, _fake) = with_carol(configured);
    world.logs_on(B, DECIDER);
    let request = update("p-1", renamed("Night watch"));
    world.says(A, ASKER, &request);
    world.lab.run();
    let shown = |world: &World| {
        world.says(B, DECIDER, &status(DECIDER, B));
        world.lab.run();
        world.told::<StatusResponse>(B).pop().unwrap().items[0].information.clone()
    };
    assert_eq!(shown(&world), None, "nothing has changed yet");
    world.says(B, DECIDER, &request.answer(Actor::user(user(DECIDER, B)), Outcome::Success));
    world.lab.run();
    let told = shown(&world).unwrap();
    for line in ["- /mcptt-user-profile/Name[1] = Visitor", "+ /mcptt-user-profile/Name[1] = Night watch"] {
        assert!(told.contains(line), "{told}");
    }
}

/// Table 10.17.2.16-1: the user is the one of the request, and who handled it is of the partner, in whatever role.
#[test]
fn step_8_a_response_about_another_user_or_in_a_role_of_another_system_is_not_believed() {
    let (world, _fake) = with_carol(configured);
    world.logs_on(B, DECIDER);
    let request = update("p-1", renamed("Night watch"));
    world.says(A, ASKER, &request);
    world.lab.run();
    let decider = Actor::user(user(DECIDER, B));
    let mut other = request.answer(decider.clone(), Outcome::Success);
    other.user = id("sip:v-dave@b.example");
    let mut elsewhere = request.answer(decider.clone(), Outcome::Success);
    elsewhere.heading.handler.alias = Some(alias("duty", A));
    let mut stranger = request.answer(decider.clone(), Outcome::Success);
    stranger.heading.target = Addressee::User(user("admin2", A));
    for wrong in [&other, &elsewhere, &stranger] {
        assert_eq!(world.between(B, A, wrong), (403, Some(Cause::ForeignIdentity)));
    }
    for wrong in [&other, &stranger] {
        assert_eq!(world.says(B, DECIDER, wrong), (403, Some(Cause::ForeignIdentity)));
    }
    assert_eq!(stage(world.asked("p-1")), Some(Stage::Stored));
    assert_eq!(world.says(B, DECIDER, &request.answer(decider, Outcome::Success)), (200, None));
}

#[test]
fn steps_2_and_4a_a_profile_that_no_configuration_server_would_have_is_not_asked_for() {
    let (world, _fake) = with_carol(configured);
    let valid = profile(&given(CAROL), "Night watch");
    for wrong in [valid.replace("<Status>true<", "<Status>perhaps<"), valid.replace("Status>", "Nothing>")] {
        let request = update("p-1", embedded(&wrong));
        assert_eq!(world.says(A, ASKER, &request), (400, Some(Cause::MalformedBody)));
        assert!(world.asked("p-1").is_none());
    }
    let request = update("p-1", embedded(&valid.replace("Status>", "Nothing>")));
    world.between(A, B, &request);
    world.lab.run();
    assert_eq!(refused(&answered(&world)), Some(Cause::MalformedBody));
    assert_eq!(stage(world.received("p-1")), Some(Stage::Refused));
}

#[test]
fn step_2_and_4a_a_profile_of_another_service_is_refused_by_name() {
    let (world, _fake) = with_carol(configured);
    for service in ["mcvideo", "mcdata"] {
        let name = format!("{service}-user-profile");
        let body = format!(
            "<{name} xmlns=\"urn:3gpp:{service}:user-profile:1.0\" XUI-URI=\"{}\" user-profile-index=\"1\"/>",
            given(CAROL)
        );
        let asked = update(&format!("p-{service}"), embedded(&body));
        assert_eq!(world.says(A, ASKER, &asked), (415, Some(Cause::UnsupportedBody)));
        assert_eq!(world.between(A, B, &asked), (200, None), "step 4a says so in the response");
        world.lab.run();
        assert_eq!(refused(&answered(&world)), Some(Cause::UnsupportedBody), "{service}");
    }
}

/// The agreement's privacy switch: who decided here is told what the other system is not.
#[test]
fn step_8_does_not_tell_unknown_from_refused_where_the_agreement_merges_them() {
    for (method, code, cause) in
        [(Method::GET, 404, Cause::NoProfile), (Method::PUT, 403, Cause::NotPermitted)]
    {
        let (world, fake) = with_carol(|system, config| {
            decided(Handling::Allow)(system, config);
            config.partners[0].merge = true;
        });
        fake.held(|held| held.refuses = Some((method.clone(), profile_of(&given(CAROL)), code)));
        world.says(A, ASKER, &update("p-1", renamed("Night watch")));
        world.seconds(60);
        assert_eq!(refused(&answered(&world)), Some(Cause::NotDisclosed), "{cause}");
        assert_eq!(world.asked("p-1").and_then(|case| case.cause), Some(Cause::NotDisclosed));
        assert_eq!(world.received("p-1").and_then(|case| case.cause), Some(cause));
    }
}
