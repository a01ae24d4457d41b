//! TS 23.280 10.17.7.2 where an update is carried out more than once, or by more than one process: each has its effect once, and nobody
//! else's change is overwritten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod neighbours;
mod profiles;
mod systems;

use std::time::Duration;

use acm::{case::Stage, config::Handling};
use futures::FutureExt as _;
use http::Method;
use kit::Cause;
use neighbours::{CMS, configured, given, profile, profile_of};
use profiles::*;
use systems::*;
use xml_schemas::acm::{Actor, Outcome, ProfileContent, StatusResponse, UserProfileUpdateRequest as Update};

const DOCUMENT: &str = "mcptt-user-profile-1.xml";

/// Somebody writes the document by hand: its entity tag is another then.
fn edited(fake: &neighbours::Fake, number: u32, text: String) {
    fake.held(|held| held.documents.insert(profile_of(&given(CAROL)), (number, text)));
}

#[test]
fn what_somebody_else_changed_meanwhile_is_compared_again() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    let own = profile_of(&given(CAROL));
    fake.held(|held| held.fails = Some((own, 503, 1)));
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    assert_eq!(stage(world.received("p-1")), Some(Stage::Decided));
    fake.held(|held| {
        held.documents.insert(profile_of(&given(CAROL)), (11, profile(&given(CAROL), "Harbour")));
    });
    world.seconds(60);
    assert_eq!((answered(&world).result, name_of(&fake)), (Outcome::Success, (12, "Night watch".into())));
}

/// The answer to the PUT was lost, and an administrator has changed the document since: what he wrote stays.
#[test]
fn step_6_what_was_changed_by_hand_after_an_update_whose_answer_was_lost_is_not_overwritten() {
    let by_hand = |text: &str| profile(&given(CAROL), text).replace("true", "false");
    for (name, came) in [("Night watch", Outcome::Success), ("Harbour", failed())] {
        let (world, fake) = with_carol(decided(Handling::Allow));
        fake.held(|held| held.loses = Some((DOCUMENT.into(), 1)));
        world.says(A, ASKER, &update("p-1", renamed("Night watch")));
        world.lab.run();
        assert_eq!(name_of(&fake), (8, "Night watch".into()), "made, and nobody heard so");
        edited(&fake, 9, by_hand(name));
        world.seconds(60);
        fake.held(|held| {
            assert_eq!(held.documents[&profile_of(&given(CAROL))], (9, by_hand(name)), "{name}")
        });
        assert_eq!(answered(&world).result, came, "{name}: what is left of it is what came of it");
        let stages = (stage(world.received("p-1")), stage(world.asked("p-1")));
        let end = if came == Outcome::Success { Stage::Answered } else { Stage::Refused };
        assert_eq!(stages, (Some(end), Some(end)), "both sides say the same");
    }
}

fn failed() -> Outcome {
    let cause = Cause::ChangedMeanwhile;
    Outcome::Failure(xml_schemas::acm::Refusal { code: Some(cause.code()), text: Some(cause.text().into()) })
}

#[test]
fn step_6_the_same_over_a_restart_of_the_server() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    fake.held(|held| held.loses = Some((DOCUMENT.into(), 1)));
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    edited(&fake, 9, profile(&given(CAROL), "Harbour"));
    let world = world.restart(Duration::from_secs(3_600));
    fake.join(&world);
    world.seconds(120);
    assert_eq!(name_of(&fake), (9, "Harbour".into()));
    assert_eq!(world.received("p-1").unwrap().cause, Some(Cause::ChangedMeanwhile));
}

/// The server has said that the document was another: then nothing was made, and it is compared again however often that happens.
#[test]
fn step_6_what_the_server_has_refused_for_its_entity_tag_was_not_made() {
    let (world, fake) = with_carol(decided(Handling::Allow));
    fake.held(|held| held.overtaken = Some((profile_of(&given(CAROL)), profile(&given(CAROL), "Harbour"))));
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    assert_eq!(name_of(&fake), (8, "Harbour".into()), "somebody was quicker");
    world.seconds(60);
    assert_eq!((answered(&world).result, name_of(&fake)), (Outcome::Success, (9, "Night watch".into())));
}

/// What took effect at the last attempt, and was answered by nobody, is no refusal.
#[test]
fn step_8_a_last_attempt_whose_answer_is_lost_is_looked_at() {
    let (world, fake) = with_carol(|system, config| {
        decided(Handling::Allow)(system, config);
        config.carry_out_within = Duration::from_secs(3);
    });
    fake.held(|held| {
        held.fails = Some((DOCUMENT.into(), 500, 2));
        held.loses = Some((DOCUMENT.into(), 1));
    });
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.seconds(60);
    assert_eq!(name_of(&fake), (8, "Night watch".into()));
    assert_eq!(stage(world.received("p-1")), Some(Stage::Answered));
    assert_eq!(fake.count(&Method::PUT, DOCUMENT), 1, "it was the last");
}

/// What was put and answered by nobody may take effect after everybody has let it be: whoever decided finds what that would be.
#[test]
fn step_8_of_an_update_that_came_to_nothing_and_may_have_been_made_the_lines_are_kept() {
    for may_have in [true, false] {
        let (world, fake) = with_carol(|system, config| {
            decided(Handling::Target)(system, config);
            config.carry_out_within = Duration::from_secs(3);
        });
        world.logs_on(B, DECIDER);
        let asked = update("p-1", renamed("Night watch"));
        world.says(A, ASKER, &asked);
        world.lab.run();
        let code = if may_have { 503 } else { 403 };
        fake.held(|held| held.refuses = Some((Method::PUT, DOCUMENT.into(), code)));
        world.says(B, DECIDER, &asked.answer(Actor::user(user(DECIDER, B)), Outcome::Success));
        world.seconds(120);
        assert_eq!(stage(world.received("p-1")), Some(Stage::Refused));
        world.says(B, DECIDER, &status(DECIDER, B));
        world.lab.run();
        let told: StatusResponse = world.told(B).pop().expect("a status");
        let information = told.items[0].information.clone().unwrap_or_default();
        assert_eq!(information.starts_with("This may have changed:\n"), may_have, "{code}: {information}");
        assert_eq!(information.contains("Name[1] = Night watch"), may_have, "{code}: {information}");
    }
}

#[test]
fn two_updates_of_one_user_over_two_processes_have_their_effect_once_each_and_in_order() {
    let (world, fake) = with_carol(configured);
    let other = world.second(B);
    fake.beside_process(&world, "acm2.core.b.example");
    let (first, second) = (update("p-1", renamed("One")), update("p-2", renamed("Two")));
    for request in [&first, &second] {
        assert_eq!(world.between(A, B, request).0, 200);
    }
    // The first is made, and its process does not hear so.
    fake.held(|held| held.loses = Some(("mcptt-user-profile-1.xml".into(), 1)));
    let yes = |request: &Update| request.answer(Actor::user(user(DECIDER, B)), Outcome::Success);
    assert_eq!(world.says(B, DECIDER, &yes(&first)).0, 200);
    world.lab.run();
    assert_eq!(name_of(&fake), (8, "One".into()));
    assert_eq!(world.says_to(&other, B, DECIDER, &yes(&second)).0, 200);
    world.seconds(300);
    assert_eq!(name_of(&fake), (9, "Two".into()), "each once, and the first not again after the second");
    let stages = ["p-1", "p-2"].map(|request| stage(world.received(request)));
    assert_eq!(stages, [Some(Stage::Answered); 2]);
    assert_eq!(world.records(B, "acm/next/") + world.records(B, "acm/work/"), 0);
}

/// What a person was shown is what is applied: a document that is referred to may be written since.
#[test]
fn step_6_a_profile_that_is_referred_to_is_the_one_that_was_there_when_it_was_asked_for() {
    let (world, fake) = with_carol(configured);
    let draft = "/org.3gpp.mcptt.user-profile/users/sip:v-carol@b.example/draft.xml";
    let write = |number: u32, name: &str| {
        fake.held(|held| held.documents.insert(draft.into(), (number, profile(&given(CAROL), name))));
    };
    write(3, "Day watch");
    let at = |request: &str| {
        update(request, ProfileContent::Reference { uri: format!("https://{CMS}{draft}"), etag: None })
    };
    let yes = |request: &Update| request.answer(Actor::user(user(DECIDER, B)), Outcome::Success);
    let first = at("p-1");
    world.says(A, ASKER, &first);
    world.lab.run();
    write(4, "Admiral");
    world.says(B, DECIDER, &yes(&first));
    world.seconds(60);
    assert_eq!(name_of(&fake), (7, "Visitor".into()), "nobody has approved that");
    assert_eq!(refused(&answered(&world)), Some(Cause::ChangedMeanwhile));
    let second = at("p-2");
    world.says(A, ASKER, &second);
    world.lab.run();
    world.says(B, DECIDER, &yes(&second));
    world.seconds(60);
    assert_eq!(name_of(&fake), (8, "Admiral".into()));
}

#[test]
fn step_4a_a_document_that_is_referred_to_is_judged_before_anybody_is_asked() {
    let (world, fake) = with_carol(configured);
    let draft = "/org.3gpp.mcptt.user-profile/users/sip:v-carol@b.example/draft.xml";
    let wrong = profile(&given(CAROL), "Day watch").replace("Status>", "Nothing>");
    fake.held(|held| held.documents.insert(draft.into(), (3, wrong)));
    for (request, path, cause) in [
        ("p-1", draft, Cause::MalformedBody),
        ("p-2", "/org.3gpp.mcptt.user-profile/users/%2e%2E/draft.xml", Cause::UnknownTarget),
        ("p-3", "/org.3gpp.mcptt.user-profile/users/..", Cause::UnknownTarget),
    ] {
        let content = ProfileContent::Reference { uri: format!("https://{CMS}{path}"), etag: None };
        world.says(A, ASKER, &update(request, content));
        world.lab.run();
        assert_eq!(
            (refused(&answered(&world)), stage(world.received(request))),
            (Some(cause), Some(Stage::Refused))
        );
    }
    fake.held(|held| assert!(held.asked.iter().all(|(_, path)| !path.contains(".."))));
}

/// Where the operator applies updates by himself, no schema of ours stands in the way of what another server of his would have.
#[test]
fn step_4a_a_profile_is_judged_by_a_schema_only_where_it_is_applied() {
    let (world, _fake) = with_carol(|system, config| {
        configured(system, config);
        config.neighbours.apply_profiles = false;
    });
    let later = profile(&given(CAROL), "Night watch").replace("Status>", "StatusOfALaterRelease>");
    assert_eq!(world.says(A, ASKER, &update("p-1", embedded(&later))), (200, None));
    world.lab.run();
    assert_eq!(stage(world.received("p-1")), Some(Stage::Waiting));
    world.logs_on(B, DECIDER);
    world.says(B, DECIDER, &status(DECIDER, B));
    world.lab.run();
    assert_eq!(world.told::<StatusResponse>(B).pop().unwrap().items.len(), 1);
}

/// The version is known for as long as the request is, however short the time for which ended ones are kept.
#[test]
fn step_6_a_profile_that_is_referred_to_is_the_same_however_long_nobody_decides() {
    let (world, fake) = with_carol(|system, config| {
        configured(system, config);
        config.keep_closed = Duration::from_secs(3_600);
    });
    let draft = "/org.3gpp.mcptt.user-profile/users/sip:v-carol@b.example/draft.xml";
    fake.held(|held| held.documents.insert(draft.into(), (3, profile(&given(CAROL), "Night watch"))));
    let content = ProfileContent::Reference { uri: format!("https://{CMS}{draft}"), etag: None };
    let asked = update("p-1", content);
    world.says(A, ASKER, &asked);
    world.seconds(2 * 86_400);
    fake.held(|held| held.documents.insert(draft.into(), (4, profile(&given(CAROL), "Admiral"))));
    world.says(B, DECIDER, &asked.answer(Actor::user(user(DECIDER, B)), Outcome::Success));
    world.seconds(60);
    assert_eq!(refused(&answered(&world)), Some(Cause::ChangedMeanwhile));
    assert_eq!(name_of(&fake), (7, "Visitor".into()), "nobody has approved that");
}

/// Who refers to documents in ever new requests leaves nothing behind of those that are not kept.
#[test]
fn step_4a_nothing_is_kept_for_a_request_that_is_not() {
    let (world, fake) = with_carol(|system, config| {
        configured(system, config);
        config.limits.refused = 1;
    });
    let draft = "/org.3gpp.mcptt.user-profile/users/sip:v-carol@b.example/draft.xml";
    fake.held(|held| {
        held.documents.insert(draft.into(), (3, profile("sip:v-dave@b.example", "Night watch")))
    });
    let content = || ProfileContent::Reference { uri: format!("https://{CMS}{draft}"), etag: None };
    assert_eq!(world.between(A, B, &update("p-0", content())), (200, None));
    world.lab.run();
    let before = world.records(B, "acm/");
    for number in 1..10 {
        assert_eq!(world.between(A, B, &update(&format!("p-{number}"), content())).0, 403);
    }
    world.lab.run();
    assert_eq!(world.records(B, "acm/"), before);
}

/// What the configuration management server writes there itself, whatever is put (TS 23.280 10.2.7.1).
const WRITTEN: &str = "<OnNetwork><MCPTTGroupInfo><entry><anyExt><GroupServerInfo/></anyExt></entry></MCPTTGroupInfo></OnNetwork>";

fn shown(world: &World) -> Vec<String> {
    let asked: Vec<Update> = world.told(B);
    let text =
        asked.last().and_then(|asked| asked.additional_information.clone()).expect("something is shown");
    text.lines().filter(|line| line.starts_with(['+', '-'])).map(str::to_owned).collect()
}

/// With what the server has written in Carol's profile before.
fn with_what_the_server_writes(change: impl Fn(&str, &mut acm::Config)) -> (World, neighbours::Fake) {
    let (world, fake) = with_carol(change);
    fake.held(|held| {
        held.writes = Some(WRITTEN.into());
        let (_, text) = held.documents.get_mut(&profile_of(&given(CAROL))).unwrap();
        *text = text.replace("</mcptt-user-profile>", &format!("{WRITTEN}</mcptt-user-profile>"));
    });
    (world, fake)
}

#[test]
fn step_6_what_the_server_itself_writes_again_is_no_difference() {
    let (world, _fake) = with_what_the_server_writes(configured);
    world.logs_on(B, DECIDER);
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    let name = ["- /mcptt-user-profile/Name[1] = Visitor", "+ /mcptt-user-profile/Name[1] = Night watch"];
    assert_eq!(shown(&world), name);
}

/// A server that is not ours may answer whatever it is asked with a page.
#[test]
fn step_6_what_a_server_makes_of_an_update_is_the_users_profile_or_does_not_count() {
    let (world, fake) = with_what_the_server_writes(decided(Handling::Allow));
    fake.held(|held| held.page = Some("<html>not here</html>".into()));
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.seconds(60);
    assert_eq!((answered(&world).result, name_of(&fake)), (Outcome::Success, (8, "Night watch".into())));
}

#[test]
fn step_6_what_the_server_itself_has_written_is_no_change_by_somebody_else() {
    let (world, fake) = with_what_the_server_writes(decided(Handling::Allow));
    fake.held(|held| held.loses = Some((DOCUMENT.into(), 1)));
    world.says(A, ASKER, &update("p-1", renamed("Night watch")));
    world.lab.run();
    assert_eq!(name_of(&fake), (8, "Night watch".into()), "made, and nobody heard so");
    world.seconds(60);
    assert_eq!((answered(&world).result, name_of(&fake)), (Outcome::Success, (8, "Night watch".into())));
}

/// What is kept of how an update was carried out: how long it is, and what of it compares.
fn kept_of(world: &World) -> Option<(usize, bool)> {
    let found = world.stores[B].scan(b"acm/profile/", None, 2).now_or_never().unwrap().unwrap();
    let text = String::from_utf8(found.first()?.record.value.to_vec()).unwrap();
    Some((text.len(), text.contains("\"come\":{\"")))
}

#[test]
fn step_8_of_an_update_that_has_ended_the_lines_are_kept_and_nothing_that_compares() {
    let many: String = (0..2_000).map(|number| format!("<Name>name {number}</Name>")).collect();
    let long = profile(&given(CAROL), "Visitor").replace("<Status>", &format!("{many}<Status>"));
    for is_done in [true, false] {
        let (world, fake) = with_carol(|system, config| {
            decided(Handling::Allow)(system, config);
            config.carry_out_within = Duration::from_secs(30);
        });
        let times = if is_done { 1 } else { usize::MAX };
        fake.held(|held| {
            held.loses = Some((DOCUMENT.into(), times));
            let (_, text) = held.documents.get_mut(&profile_of(&given(CAROL))).unwrap();
            text.clone_from(&long);
        });
        world.says(A, ASKER, &update("p-1", renamed("Night watch")));
        world.lab.run();
        let (before, compares) = kept_of(&world).expect("it is being carried out");
        assert!(compares && before > 100_000, "{before}");
        if !is_done {
            edited(&fake, 9, profile(&given(CAROL), "Harbour"));
        }
        world.seconds(120);
        let end = if is_done { Stage::Answered } else { Stage::Refused };
        assert_eq!(stage(world.received("p-1")), Some(end));
        match kept_of(&world) {
            Some((after, compares)) => assert!(is_done && !compares && after < 80_000, "{after}"),
            None => assert!(!is_done, "nobody lists what was not changed"),
        }
    }
}
