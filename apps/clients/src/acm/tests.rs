use kit::{
    Cause, Stop,
    testing::{End, Lab, arrival},
};
use sip::{Message, Response as SipResponse};
use xml_schemas::{
    acm::{
        Actor, Addressee, Admission, Heading, Outcome, PendingDataNotification, PendingDataRequest,
        PendingItem, ProvidedGroup, UserAdmission, WithdrawalRequest,
    },
    flow::Flow,
    ids::{FunctionalAlias, GroupId},
};

use super::*;
use crate::testing::{CORE, device, run, seconds};

const SERVER: &str = "sip:acm_psi@primary.example";

fn client(lab: &Lab) -> AcmClient {
    lab.connect("alice", CORE, End::Response(SipResponse::new(200)));
    let server = Psi::new(SERVER).unwrap();
    let settings = Settings { server, core_identity: Some(CORE.into()), deadline: seconds(15) };
    AcmClient::new(&device(lab), settings).unwrap()
}

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).unwrap()
}

fn bob() -> Addressee {
    Addressee::User(id("sip:bob@partner.example"))
}

fn groups() -> Vec<ProvidedGroup> {
    vec![ProvidedGroup { id: GroupId::new("sip:fire@primary.example").unwrap(), name: None }]
}

/// As Bob of `partner.example` asks Alice.
fn asked(users: &[&str]) -> AddMigrationUsersRequest {
    let initiator = Actor::user(id("sip:bob@partner.example"));
    let alice = Addressee::User(id("sip:alice@primary.example"));
    AddMigrationUsersRequest {
        heading: Heading::new(RequestId::new("r1").unwrap(), initiator, alice),
        users: users.iter().map(|user| id(user)).collect(),
    }
}

fn deliver<F: Flow>(lab: &Lab, client: &AcmClient, flow: &F, from: &str) -> u16 {
    let (psi, world) = (Psi::new(from).unwrap(), lab.world("acm1"));
    let uri = "sip:alice.imsi@primary.example";
    let envelope = carriage::Envelope { uri, own: &psi, asserts: true, ids: &*world.ids };
    let request = carriage::compose(&envelope, &flow.split()).unwrap();
    let answer = lab.deliver(&*client.service(), &request, arrival(CORE, CORE));
    answer.and_then(|answer| answer.status()).expect("is answered")
}

fn last(lab: &Lab) -> Message {
    lab.sent(CORE).pop().expect("something was sent")
}

fn read<F: Flow>(message: &Message) -> F {
    assert_eq!(message.request_uri(), SERVER.as_bytes());
    carriage::read(&carriage::parts(message).unwrap()).unwrap()
}

fn steps(lab: &Lab) -> Vec<(&'static str, u8)> {
    lab.ladder().steps().into_iter().map(|(_, clause, number)| (clause, number)).collect()
}

fn wish(wish: Wish) -> Ask {
    Ask { target: bob(), alias: None, urgency: None, within: Some(seconds(3600)), wish }
}

#[test]
fn c10_17_4_2_step_1_groups_are_provided_by_asking_the_own_server_once() {
    let lab = Lab::new();
    let client = client(&lab);
    let asking = client.clone();
    let named = run(&lab, async move { asking.ask(wish(Wish::ProvideGroups(groups()))).await }).ended();
    let request: GroupInformationProvisionRequest = read(&last(&lab));
    assert_eq!(named, Some(Ok(request.heading.request_id.clone())));
    assert_eq!(request.groups, groups());
    assert_eq!((request.heading.initiator.id, request.heading.target), (client.user().clone(), bob()));
    assert_eq!(
        request.heading.expires.map(|at| at.to_string()).as_deref(),
        Some("2026-03-02T11:00:00Z"),
        "an hour from now"
    );
    assert_eq!(steps(&lab), [("10.17.4.2", 1)]);
}

#[test]
fn a_request_that_the_server_refuses_is_not_asked() {
    let lab = Lab::new();
    let client = client(&lab);
    lab.connect("alice", CORE, End::Response(SipResponse::new(403)));
    let named =
        run(
            &lab,
            async move { client.ask(wish(Wish::RemoveUsers(vec![id("sip:dave@primary.example")]))).await },
        );
    assert!(matches!({ named }.ended(), Some(Err(Unheard::Refused(Stop::Refused(_))))));
}

/// What comes of asking where the way to the server does this for so long, and a 200 afterwards, and how often it was asked.
fn asked_while(end: End, lasts: u64) -> (Option<Result<RequestId, Unheard>>, Vec<RequestId>) {
    let lab = Lab::new();
    let client = client(&lab);
    lab.connect("alice", CORE, end);
    let mut named = run(&lab, async move { client.ask(wish(Wish::ProvideGroups(groups()))).await });
    lab.advance(seconds(lasts));
    lab.connect("alice", CORE, End::Response(SipResponse::new(200)));
    lab.advance(seconds(20));
    let name = |message: &Message| {
        let request: GroupInformationProvisionRequest = read(message);
        request.heading.request_id
    };
    (named.ended(), lab.sent(CORE).iter().map(name).collect())
}

#[test]
fn a_request_whose_answer_is_lost_is_asked_again_under_its_name_and_never_called_refused() {
    let broken = || {
        let bare = [408, 500, 503, 504].map(|status| End::Response(SipResponse::new(status)));
        bare.into_iter().chain([End::Fails(wire::WireError::Interrupted("reset".into()))])
    };
    for end in broken() {
        let (named, names) = asked_while(end.clone(), 3);
        let named = named.expect("an end").expect("it was asked in the end");
        assert!(names.len() > 2 && names.iter().all(|name| *name == named), "{names:?}");
        let (unknown, names) = asked_while(end.clone(), 20);
        let Some(Err(Unheard::Unconfirmed { request, cause })) = unknown else { panic!("{unknown:?}") };
        assert!(names.len() < 40 && names.contains(&request), "{names:?}");
        assert_ne!(cause, Cause::PartnerUnreachable, "no partner has to do with it");
    }
    let silent = asked_while(End::Silent, 20).0;
    assert!(matches!(silent, Some(Err(Unheard::Unconfirmed { cause: Cause::TimedOut, .. }))), "{silent:?}");
}

#[test]
fn what_the_server_itself_refuses_is_refused_at_once_and_after_a_lost_answer_too() {
    let refuses = || End::Response(Cause::StoreUnavailable.response("acm1"));
    let (refused, names) = asked_while(refuses(), 1);
    assert_eq!((refused, names.len()), (Some(Err(Cause::StoreUnavailable.into())), 1), "it says so itself");

    let lab = Lab::new();
    let client = client(&lab);
    lab.connect("alice", CORE, End::Response(SipResponse::new(503)));
    let mut named = run(&lab, async move { client.ask(wish(Wish::ProvideGroups(groups()))).await });
    for on_the_way in [refuses(), End::Response(SipResponse::new(403))] {
        lab.connect("alice", CORE, on_the_way);
        lab.advance(seconds(1));
        assert_eq!(named.ended(), None, "that says nothing of what was lost");
    }
    lab.connect("alice", CORE, End::Response(Cause::RequesterNotAuthorized.response("acm1")));
    lab.advance(seconds(1));
    assert_eq!(
        named.ended(),
        Some(Err(Cause::RequesterNotAuthorized.into())),
        "it would have taken what it had"
    );
}

#[test]
fn c10_17_3_1_what_waits_is_queried_and_comes_in_its_order() {
    let lab = Lab::new();
    let client = client(&lab);
    let mut told = client.told();
    let notification =
        PendingDataNotification { request_id: RequestId::new("n1").unwrap(), user: client.user().clone() };
    assert_eq!(deliver(&lab, &client, &notification, SERVER), 200);
    assert_eq!(told.try_recv().ok(), Some(Told::Waiting));

    let asking = client.clone();
    let mut pending = run(&lab, async move { asking.pending().await });
    let question: PendingDataRequest = read(&last(&lab));
    let request = asked(&["sip:dave@partner.example"]);
    let answer = PendingDataResponse {
        request_id: question.request_id,
        user: question.user,
        is_all: true,
        next: None,
        items: vec![PendingItem::Request(request.into())],
    };
    assert_eq!(deliver(&lab, &client, &answer, SERVER), 200);
    assert_eq!(pending.ended(), Some(Ok(answer)));
    assert_eq!(steps(&lab), [("10.17.5.2", 5)]);
}

#[test]
fn c10_17_5_2_a_person_decides_user_by_user_and_gives_no_ids() {
    let lab = Lab::new();
    let client = client(&lab);
    let request = Request::from(asked(&["sip:dave@partner.example", "sip:erin@partner.example"]));
    let why = xml_schemas::acm::Refusal { code: None, text: Some("on leave".to_owned()) };
    let mut answer = Answer::yes();
    answer.except = vec![(id("sip:erin@partner.example"), why.clone())];
    let answering = client.clone();
    let response = run(&lab, async move { answering.answer(&request, answer).await }).ended();
    let sent: AddMigrationUsersResponse = read(&last(&lab));
    assert_eq!(response, Some(Ok(sent.clone().into())));
    assert_eq!((sent.result, sent.heading.target), (Outcome::Partial, bob()));
    let admitted = |primary, admission| UserAdmission { primary: id(primary), admission };
    assert_eq!(
        sent.users,
        [
            admitted("sip:dave@partner.example", Admission::Approved),
            admitted("sip:erin@partner.example", Admission::Refused(why)),
        ]
    );
    assert_eq!(steps(&lab), [("10.17.5.2", 6), ("10.17.5.2", 7)]);
}

#[test]
fn a_no_says_why() {
    let lab = Lab::new();
    let client = client(&lab);
    let request = Request::from(asked(&["sip:dave@partner.example"]));
    let mut sent =
        run(&lab, async move { client.answer(&request, Answer::no(Some("not now".to_owned()))).await });
    let Some(Ok(response)) = sent.ended() else { panic!("not sent") };
    let Outcome::Failure(why) = response.outcome().clone() else { panic!("no refusal") };
    assert_eq!((why.code, why.text.as_deref()), (Some(Cause::Declined.code()), Some("not now")));
}

/// What a client says to a request that is addressed to a role, first and last, where the server answers so.
fn said_in_a_role(answer: SipResponse, alias: Option<FunctionalAlias>) -> Vec<Option<FunctionalAlias>> {
    let lab = Lab::new();
    let client = client(&lab);
    lab.connect("alice", CORE, End::Response(answer));
    let mut asked = asked(&["sip:dave@partner.example"]);
    asked.heading.target = Addressee::Alias(duty());
    let answer = Answer { alias, ..Answer::yes() };
    run(&lab, async move { client.answer(&asked.into(), answer).await }).ended();
    let handler = |message: &Message| {
        let response: AddMigrationUsersResponse = carriage::read(&carriage::parts(message).unwrap()).unwrap();
        response.heading.handler.alias
    };
    lab.sent(CORE).iter().map(handler).collect()
}

fn duty() -> FunctionalAlias {
    FunctionalAlias::new("sip:duty@primary.example").unwrap()
}

#[test]
fn c10_17_2_16_who_is_asked_in_a_role_answers_in_it_and_as_himself_where_he_does_not_hold_it() {
    let not_his = || Cause::AliasNotActive.response("acm1");
    assert_eq!(said_in_a_role(SipResponse::new(200), None), [Some(duty())]);
    assert_eq!(said_in_a_role(not_his(), None), [Some(duty()), None], "a rule has given it to him");
    let other = FunctionalAlias::new("sip:chief@primary.example").unwrap();
    assert_eq!(said_in_a_role(not_his(), Some(other.clone())), [Some(other)], "he has said in which");
}

#[test]
fn nobody_but_the_own_server_is_heard() {
    let lab = Lab::new();
    let client = client(&lab);
    let mut told = client.told();
    let request = asked(&["sip:dave@partner.example"]);
    assert_eq!(deliver(&lab, &client, &request, "sip:mallory@primary.example"), 403);
    let other = PendingDataNotification {
        request_id: RequestId::new("n1").unwrap(),
        user: id("sip:carol@primary.example"),
    };
    assert_eq!(deliver(&lab, &client, &other, SERVER), 404, "it is not for this user");
    assert!(told.try_recv().is_err(), "nothing was told");
    assert_eq!(deliver(&lab, &client, &request, SERVER), 200);
    assert_eq!(told.try_recv().ok(), Some(Told::Request(request.into())));
}

#[test]
fn a_listener_who_does_not_keep_up_is_told_later() {
    let lab = Lab::new();
    let client = client(&lab);
    let told = client.told();
    let request = asked(&["sip:dave@partner.example"]);
    let statuses: Vec<u16> = (0..1100).map(|_| deliver(&lab, &client, &request, SERVER)).collect();
    assert_eq!((statuses.first(), statuses.last()), (Some(&200), Some(&503)));
    drop(told);
}

#[test]
fn what_nobody_listens_to_is_not_accepted_so_that_it_waits() {
    let lab = Lab::new();
    let client = client(&lab);
    let request = asked(&["sip:dave@partner.example"]);
    let bob = Actor::user(id("sip:bob@partner.example"));
    let response = request.answer(bob, Vec::new());
    assert_eq!(deliver(&lab, &client, &response, SERVER), 480, "nobody has listened yet");
    let told = client.told();
    assert_eq!(deliver(&lab, &client, &response, SERVER), 200);
    drop(told);
    assert_eq!(deliver(&lab, &client, &response, SERVER), 480, "nobody listens any more");
    assert_eq!(deliver(&lab, &client, &request, SERVER), 480);
}

#[test]
fn a_request_is_taken_back_by_its_name() {
    let lab = Lab::new();
    let client = client(&lab);
    let asking = client.clone();
    let taken = run(&lab, async move { asking.withdraw(RequestId::new("r7").unwrap()).await }).ended();
    assert_eq!(taken, Some(Ok(())));
    let withdrawal: WithdrawalRequest = read(&last(&lab));
    assert_eq!(
        (withdrawal.request_id.as_str(), withdrawal.initiator),
        ("r7", Actor::user(client.user().clone()))
    );
}

#[test]
fn what_a_client_does_not_hear_of_its_server_ends_at_the_deadline() {
    let lab = Lab::new();
    let client = client(&lab);
    let mut status = run(&lab, async move { client.status(None).await });
    lab.advance(seconds(14));
    assert!(status.ended().is_none());
    lab.advance(seconds(2));
    assert_eq!(status.ended().map(|ended| ended.map_err(|stop| stop.cause())), Some(Err(Cause::TimedOut)));
}
