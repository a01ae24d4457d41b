use kit::{
    Cause,
    testing::{End, Lab, arrival},
};
use sip::{Message, Name, Response};
use xml_schemas::{
    body::mcptt_info::AccessToken,
    flow::{Carriage as _, Part},
    ids::RequestId,
    migration::{Correlation, Outcome, Refusal},
};

use super::*;
use crate::{
    device,
    testing::{CORE, run, seconds, settings as terminal},
};

const SERVER: &str = "sip:mcptt_psi@primary.example";

/// Bob of `partner.example`, who works in `primary.example` as Alice.
fn client(lab: &Lab) -> ServiceClient {
    let mut terminal = terminal();
    terminal.account.access_token = Some(AccessToken::new("a.b.c"));
    let device = Device::new(device::Settings { ..terminal }, lab.world("alice"));
    let server = Psi::new(SERVER).unwrap();
    ServiceClient::new(&device, Settings { server, core_identity: Some(CORE.into()), deadline: seconds(15) })
        .unwrap()
}

fn journey() -> Journey {
    Journey { service: McService::Mcptt, primary: id("sip:bob@partner.example"), profile: ProfileIndex(3) }
}

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

fn takes(lab: &Lab, tag: &str, expires: &str) {
    let taken = Response::new(200).header(Name::SipEtag, tag).header(Name::Expires, expires);
    lab.connect("alice", CORE, End::Response(taken));
}

fn published(message: &Message) -> Publication {
    Publication::read(&carriage::parts(message).unwrap()).unwrap()
}

fn text(message: &Message, name: Name) -> String {
    String::from_utf8_lossy(message.header(name).unwrap_or_default()).into_owned()
}

/// The response to the PUBLISH that was sent last.
fn response(lab: &Lab, outcome: Outcome) -> MigrationServiceAuthorizationResponse {
    let migrates = published(lab.sent(CORE).last().unwrap()).migrates.unwrap();
    MigrationServiceAuthorizationResponse {
        correlation: Correlation::named(migrates.request_id.unwrap()),
        service: McService::Mcptt,
        partner: migrates.partner.unwrap(),
        primary: migrates.primary,
        outcome,
    }
}

fn deliver<F: flow::Flow>(lab: &Lab, client: &ServiceClient, flow: &F, from: &str) -> u16 {
    deliver_in(lab, client, &flow.split(), from)
}

fn deliver_in(lab: &Lab, client: &ServiceClient, parts: &[Part<'_>], from: &str) -> u16 {
    let (psi, world) = (Psi::new(from).unwrap(), lab.world("mcptt1"));
    let uri = "sip:alice.imsi@primary.example";
    let envelope = carriage::Envelope { uri, own: &psi, asserts: true, ids: &*world.ids };
    let request = carriage::compose(&envelope, parts).unwrap();
    let answer = lab.deliver(&*client.service(), &request, arrival(CORE, CORE));
    answer.and_then(|answer| answer.status()).expect("is answered")
}

#[test]
fn c24379_7_2_2_settings_are_published_with_token_client_and_profile() {
    let lab = Lab::new();
    takes(&lab, "e1", "4294967295");
    let client = client(&lab);
    let asking = client.clone();
    let mut started = run(&lab, async move { asking.authorize(Some(ProfileIndex(2))).await });
    let held = started.ended().expect("is answered").expect("is taken");
    assert_eq!(client.status(), Status::Authorized);
    let sent = lab.sent(CORE);
    let [publish] = &sent[..] else { panic!("{} sent", sent.len()) };
    assert_eq!((publish.request_uri(), publish.method()), (SERVER.as_bytes(), sip::Method::Publish));
    assert_eq!(text(publish, Name::Event), "poc-settings");
    assert_eq!(text(publish, Name::Expires), "4294967295");
    let said = published(publish);
    assert_eq!(said.profile, Some(ProfileIndex(2)));
    assert_eq!(said.client_id.as_deref(), terminal().account.client_id.as_deref());
    assert!(said.access_token.is_some() && said.migrates.is_none());

    takes(&lab, "e2", "0");
    run(&lab, held.give_back()).ended().expect("is given back");
    let last = lab.sent(CORE).pop().unwrap();
    assert_eq!(
        (text(&last, Name::SipIfMatch), text(&last, Name::Expires)),
        ("e1".to_owned(), "0".to_owned())
    );
}

#[test]
fn rfc3903_4_3_what_is_published_is_refreshed_before_it_ends() {
    let lab = Lab::new();
    takes(&lab, "e1", "100");
    let client = client(&lab);
    let _held = run(&lab, async move { client.authorize(None).await }).ended().unwrap().unwrap();
    takes(&lab, "e2", "100");
    lab.advance(seconds(79));
    assert_eq!(lab.sent(CORE).len(), 1);
    lab.advance(seconds(2));
    let sent = lab.sent(CORE);
    assert_eq!(text(&sent[1], Name::SipIfMatch), "e1");
    assert!(sent[1].body().is_empty(), "a refresh says nothing anew");
}

#[test]
fn c24379_7_2_2_a_refusal_is_told_with_its_cause() {
    let lab = Lab::new();
    let refused = Cause::BadToken.response("primary.example");
    lab.connect("alice", CORE, End::Response(refused));
    let client = client(&lab);
    let stop = run(&lab, async move { client.authorize(None).await }).ended().unwrap().unwrap_err();
    assert_eq!(stop.cause(), Cause::BadToken);
    assert_eq!(lab.sent(CORE).len(), 1, "and not asked again");
}

#[test]
fn c10_6_3_3_each_way_in_which_a_token_does_not_count_is_told_apart() {
    let ways = [
        Cause::BadToken,
        Cause::WrongAudience,
        Cause::TokenExpired,
        Cause::TokenNotYet,
        Cause::TokenRevoked,
        Cause::ForeignToken,
        Cause::InsufficientScope,
        Cause::OtherUser,
        Cause::NoToken,
    ];
    let told = ways.map(|cause| {
        let lab = Lab::new();
        lab.connect("alice", CORE, End::Response(cause.response("primary.example")));
        let client = client(&lab);
        let started = run(&lab, async move { client.migrate(&journey()).await.map(drop) }).ended();
        let why = started.unwrap().unwrap_err();
        assert!(matches!(&why, NotMigrated::NotTaken(stop) if stop.cause() == cause), "{why}");
        why.to_string()
    });
    for (place, text) in told.iter().enumerate() {
        assert!(!told[..place].contains(text), "{text} is said of two");
    }
}

#[test]
fn c10_6_3_3_steps_1_and_11_a_user_who_migrates_says_both_ids_and_the_profile_and_hears_the_outcome() {
    let lab = Lab::new();
    takes(&lab, "e1", "4294967295");
    let client = client(&lab);
    let asking = client.clone();
    let mut started = run(&lab, async move { asking.migrate(&journey()).await.map(|_| ()) });
    assert_eq!((started.ended(), client.status()), (None, Status::Migrating));
    let said = published(lab.sent(CORE).last().unwrap());
    let migrates = said.migrates.unwrap();
    assert_eq!(migrates.partner, Some(id("sip:alice@primary.example")));
    assert_eq!((migrates.primary, said.profile), (id("sip:bob@partner.example"), Some(ProfileIndex(3))));

    let right = response(&lab, Outcome::Success);
    let other = |partner: &str, primary: &str| MigrationServiceAuthorizationResponse {
        partner: id(partner),
        primary: id(primary),
        ..right.clone()
    };
    for wrong in [
        other("sip:alice@primary.example", "sip:carol@partner.example"),
        other("sip:carol@primary.example", "sip:bob@partner.example"),
        MigrationServiceAuthorizationResponse {
            correlation: Correlation::named(RequestId::new("another").unwrap()),
            ..right.clone()
        },
    ] {
        assert_ne!(deliver(&lab, &client, &wrong, SERVER), 200);
    }
    assert_eq!(deliver(&lab, &client, &right, "sip:mallory@primary.example"), 403);
    assert_eq!(client.status(), Status::Migrating);
    assert_eq!(deliver(&lab, &client, &right, SERVER), 200);
    lab.run();
    assert_eq!((started.ended(), client.status()), (Some(Ok(())), Status::Migrated));
    assert_eq!(lab.ladder().steps().iter().map(|(_, _, step)| *step).collect::<Vec<_>>(), [1, 11]);
}

/// Table 10.6.3.2.2-1, on its last way: each element absent, empty and twice.
#[test]
fn c10_6_3_3_step_11_an_outcome_that_lacks_an_element_or_says_it_twice_is_no_outcome() {
    let lab = Lab::new();
    takes(&lab, "e1", "4294967295");
    let client = client(&lab);
    let asking = client.clone();
    let mut started = run(&lab, async move { asking.migrate(&journey()).await.map(|_| ()) });
    let right = response(&lab, Outcome::Success);
    for element in ["partner-mcptt-id", "primary-mcptt-id", "migration-auth-result", "request-id"] {
        for flaw in ["absent", "empty", "twice"] {
            let flawed = |part: Part<'static>| {
                let text = String::from_utf8(part.bytes.to_vec()).unwrap();
                let (begin, end) = (format!("<{element}"), format!("</{element}>"));
                let Some((from, to)) = text.find(&begin).zip(text.find(&end)) else { return part };
                let (whole, to) = (&text[from..to + end.len()], to + end.len());
                let instead = match flaw {
                    "absent" => String::new(),
                    "empty" => format!("<{element}/>"),
                    _ => whole.repeat(2),
                };
                let text = format!("{}{instead}{}", &text[..from], &text[to..]);
                Part { bytes: text.into_bytes().into(), ..part }
            };
            let parts: Vec<_> = right.split().into_iter().map(flawed).collect();
            assert_eq!(deliver_in(&lab, &client, &parts, SERVER), 400, "{element} {flaw}");
            assert_eq!((started.ended(), client.status()), (None, Status::Migrating), "{element} {flaw}");
        }
    }
    assert_eq!(deliver(&lab, &client, &right, SERVER), 200);
}

#[test]
fn c10_6_3_3_step_11_a_refusal_is_told_and_nothing_is_left_of_the_attempt() {
    let lab = Lab::new();
    takes(&lab, "e1", "4294967295");
    let client = client(&lab);
    let asking = client.clone();
    let mut started = run(&lab, async move { asking.migrate(&journey()).await.map(|_| ()) });
    let refusal = Refusal { code: Some(Cause::MayNotMigrate.code()), text: None };
    let refused = response(&lab, Outcome::Failure(refusal.clone()));
    assert_eq!(deliver(&lab, &client, &refused, SERVER), 200);
    lab.run();
    let why = started.ended().unwrap().unwrap_err();
    assert_eq!(why, NotMigrated::Refused(refusal));
    assert!(why.to_string().contains(Cause::MayNotMigrate.text()), "{why}");
    assert_eq!(text(lab.sent(CORE).last().unwrap(), Name::Expires), "0");
}

#[test]
fn c10_6_3_3_a_refusal_says_which_of_the_two_systems_has_refused() {
    let refused = |code| NotMigrated::Refused(Refusal { code, text: None });
    let of = |cause: Cause| refused(Some(cause.code()));
    for (why, told) in [
        (of(Cause::NotExpected), "the partner system (b.example) refused: user not expected"),
        (of(Cause::NoRoom), "the partner system (b.example) refused: no more users"),
        (of(Cause::MayNotMigrate), "your own system (a.example) refused: user may not migrate"),
        (of(Cause::NoProfile), "your own system (a.example) refused: user has no such profile"),
        (refused(None), "your own system (a.example) refused: no reason was given"),
        (refused(Some(9_999)), "your own system (a.example) refused: no reason was given (cause 9999)"),
        (of(Cause::TimedOut), "your own system (a.example) did not answer the partner system (b.example): "),
        (
            of(Cause::NotPermitted),
            "the partner system (b.example) could not ask your own system (a.example): ",
        ),
        (NotMigrated::NotTaken(Cause::TokenExpired.into()), "the partner system (b.example) refused: 101 "),
        (
            NotMigrated::NotTaken(Cause::PartnerUnreachable.into()),
            "the partner system (b.example) did not take the request up: ",
        ),
        (
            NotMigrated::Unanswered,
            "neither the partner system (b.example) nor your own system (a.example) has",
        ),
    ] {
        let text = why.told("a.example", "b.example");
        assert!(text.starts_with(told), "{text}");
    }
}

#[test]
fn c10_6_3_3_an_outcome_that_does_not_come_is_told_as_such_and_may_be_asked_for_again() {
    let lab = Lab::new();
    takes(&lab, "e1", "4294967295");
    let client = client(&lab);
    for _ in 0..2 {
        let asking = client.clone();
        let mut started = run(&lab, async move { asking.migrate(&journey()).await.map(|_| ()) });
        lab.advance(seconds(14));
        assert_eq!(started.ended(), None);
        lab.advance(seconds(2));
        assert_eq!(started.ended(), Some(Err(NotMigrated::Unanswered)));
    }
}

/// A client that has migrated, and what it has published as.
fn migrated(lab: &Lab) -> (ServiceClient, Held, RequestId) {
    takes(lab, "e1", "100");
    let client = client(lab);
    let asking = client.clone();
    let mut started = run(lab, async move { asking.migrate(&journey()).await });
    let outcome = response(lab, Outcome::Success);
    assert_eq!(deliver(lab, &client, &outcome, SERVER), 200);
    lab.run();
    let request_id = outcome.correlation.request_id().unwrap().clone();
    (client, started.ended().unwrap().unwrap(), request_id)
}

fn ended(request_id: RequestId) -> MigrationEnded {
    MigrationEnded {
        request_id,
        service: McService::Mcptt,
        partner: id("sip:alice@primary.example"),
        primary: id("sip:bob@partner.example"),
        reason: Refusal { code: Some(Cause::Revoked.code()), text: None },
    }
}

#[test]
fn the_end_of_a_migration_is_taken_from_the_own_server_only_and_about_what_was_asked() {
    let lab = Lab::new();
    let (client, _held, request_id) = migrated(&lab);
    let notice = ended(request_id);
    assert_eq!(deliver(&lab, &client, &notice, "sip:mallory@primary.example"), 403);
    let others = [
        ended(RequestId::new("an-earlier-one").unwrap()),
        MigrationEnded { service: McService::McVideo, ..notice.clone() },
        MigrationEnded { primary: id("sip:carol@partner.example"), ..notice.clone() },
        MigrationEnded { partner: id("sip:carol@primary.example"), ..notice.clone() },
    ];
    for other in others {
        assert_eq!(deliver(&lab, &client, &other, SERVER), 404, "{other:?}");
    }
    assert_eq!(client.status(), Status::Migrated);
    assert_eq!(deliver(&lab, &client, &notice, SERVER), 200);
    assert_eq!(client.status(), Status::Ended(notice.reason));
}

#[test]
fn a_migration_that_is_over_is_not_published_again() {
    let lab = Lab::new();
    let (client, held, request_id) = migrated(&lab);
    assert_eq!(deliver(&lab, &client, &ended(request_id), SERVER), 200);
    let sent = lab.sent(CORE).len();
    lab.advance(seconds(600));
    assert_eq!(lab.sent(CORE).len(), sent, "neither refreshed nor asked for anew");
    run(&lab, held.give_back()).ended().expect("is over already");
    assert_eq!(lab.sent(CORE).len(), sent);
}
