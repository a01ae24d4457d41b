//! TS 23.280 clauses 10.2.7.3 steps 1 and 6, and 10.2.7.2 step 4: the MC service server in the partner MC system.

#![allow(clippy::expect_used, reason = "helpers of tests fail loudly")]

mod servers;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::StatusCode;
use kit::{
    Cause,
    testing::{End, WebEnd, arrival},
};
use servers::{BOB, DOCUMENTS, FLOOD, MCS, Site, World, issuer};
use wire::{Arrival, BoxFuture, Clock, web::WebService};

const CAROL: &str = "sip:carol@b.example";
const DAVE: &str = "sip:dave@b.example";

/// A user is logged on whose group is here.
fn logged_on() -> World {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.members(FLOOD), [BOB]);
    world
}

/// From now on documents are served by this.
fn serve(world: &World, service: Arc<dyn WebService>) {
    let end = WebEnd::Service { service, arrival: arrival("servers", MCS), asserted: None };
    world.lab.connect_web(MCS, DOCUMENTS, end);
}

/// Answers at once what is there, but late: by so much each, and then by nothing.
struct Late {
    service: Arc<dyn WebService>,
    clock: Arc<dyn Clock>,
    by: Mutex<VecDeque<Duration>>,
}

impl WebService for Late {
    fn serve(
        &self,
        request: http::Request<Bytes>,
        from: Arrival,
    ) -> BoxFuture<'static, http::Response<Bytes>> {
        let answered = self.service.serve(request, from);
        let by = self.by.lock().expect("lock").pop_front();
        let clock = Arc::clone(&self.clock);
        Box::pin(async move {
            let answer = answered.await;
            if let Some(by) = by {
                clock.sleep(by).await;
            }
            answer
        })
    }
}

fn late(world: &World, seconds: u64) {
    let (service, clock) = (world.documents.clone(), world.lab.world(DOCUMENTS).clock);
    serve(world, Arc::new(Late { service, clock, by: Mutex::new([Duration::from_secs(seconds)].into()) }));
}

#[test]
fn a_get_that_fails_after_a_notify_is_repeated_until_it_succeeds() {
    let world = logged_on();
    world.lab.connect_web(MCS, DOCUMENTS, WebEnd::Status(StatusCode::SERVICE_UNAVAILABLE));
    world.put_group(FLOOD, CAROL);
    world.lab.advance(Duration::from_secs(22));
    assert_eq!(world.members(FLOOD), [BOB]);
    serve(&world, world.documents.clone());
    world.lab.advance(Duration::from_secs(5));
    assert_eq!(world.members(FLOOD), [CAROL], "no further NOTIFY came");
    let asked = world.lab.fetched(DOCUMENTS).len();
    world.lab.advance(Duration::from_secs(60));
    assert_eq!(world.lab.fetched(DOCUMENTS).len(), asked, "what is had is not asked for again");
}

#[test]
fn a_get_is_not_repeated_for_a_group_that_nobody_wants_any_more() {
    let world = logged_on();
    world.lab.connect_web(MCS, DOCUMENTS, WebEnd::Status(StatusCode::SERVICE_UNAVAILABLE));
    world.put_group(FLOOD, CAROL);
    assert_eq!(world.registers(0, None), 200);
    let asked = world.lab.fetched(DOCUMENTS).len();
    world.lab.advance(Duration::from_secs(60));
    assert_eq!(world.lab.fetched(DOCUMENTS).len(), asked);
}

#[test]
fn of_two_changes_the_older_answer_does_not_win() {
    let world = logged_on();
    late(&world, 6);
    world.put_group(FLOOD, CAROL);
    world.lab.advance(Duration::from_secs(2));
    world.put_group(FLOOD, DAVE);
    world.lab.advance(Duration::from_secs(2));
    assert_eq!(world.members(FLOOD), [BOB], "one GET at a time");
    world.lab.advance(Duration::from_secs(3));
    assert_eq!(world.members(FLOOD), [DAVE]);
}

/// Whoever gets the group makes it come, and is answered so much later.
struct Brings {
    site: Arc<Site>,
    clock: Arc<dyn Clock>,
    after: Duration,
}

impl WebService for Brings {
    fn serve(
        &self,
        request: http::Request<Bytes>,
        from: Arrival,
    ) -> BoxFuture<'static, http::Response<Bytes>> {
        let (site, clock, after) = (Arc::clone(&self.site), Arc::clone(&self.clock), self.after);
        Box::pin(async move {
            if request.uri().path().contains("byGroupID") && site.asked_for(FLOOD) == 0 {
                servers::store_group(&site, FLOOD, BOB).await;
            }
            let answer = site.serve(request, from).await;
            if !after.is_zero() {
                clock.sleep(after).await;
            }
            answer
        })
    }
}

#[test]
fn step_6_a_version_is_got_once_whether_its_notify_comes_before_the_answer_or_after() {
    for seconds in [0, 6] {
        let world = World::new();
        world.put_profile(&[FLOOD]);
        let (site, clock) = (world.documents.clone(), world.lab.world(DOCUMENTS).clock);
        serve(&world, Arc::new(Brings { site, clock, after: Duration::from_secs(seconds) }));
        world.log_on();
        world.lab.advance(Duration::from_secs(30));
        assert_eq!(world.members(FLOOD), [BOB], "{seconds} s");
        assert_eq!(world.steps(), [("10.2.7.3", 1), ("10.2.7.3", 6)], "{seconds} s");
        assert_eq!(world.documents.asked_for(FLOOD), 1, "{seconds} s");
    }
}

#[test]
fn an_answer_that_is_older_than_a_withdrawal_does_not_count() {
    let world = logged_on();
    late(&world, 6);
    world.put_group(FLOOD, CAROL);
    world.lab.advance(Duration::from_secs(2));
    world.delete_group(FLOOD);
    world.lab.advance(Duration::from_secs(8));
    assert!(world.group(FLOOD).is_some_and(|group| group.configuration.is_none()));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// All lines of what happens.
fn logged(what: impl FnOnce()) -> String {
    // With one dispatcher alone, what another thread has logged first would never be logged here.
    let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    tracing::subscriber::with_default(lines, what);
    let told = log.0.lock().expect("lock");
    String::from_utf8_lossy(&told).into_owned()
}

#[test]
fn a_log_shows_a_mark_of_the_group_that_cannot_be_had() {
    let told = logged(|| {
        let world = World::new();
        world.documents.answers_what_is_missing_with(Cause::NotShared);
        world.put_profile(&[FLOOD]);
        world.log_on();
    });
    let line = told.lines().find(|line| line.contains("a group cannot be had")).expect("is logged");
    assert!(line.contains("@a.example") && line.contains('#') && !line.contains("flood"), "{line}");
}

#[test]
fn a_log_names_no_user_whose_profile_was_watched_by_whoever_is_gone() {
    let told = logged(|| {
        let world = logged_on();
        world.lab.connect(DOCUMENTS, MCS, End::Fails(wire::WireError::Timeout));
        world.put_profile(&[]);
    });
    assert!(told.contains("a subscriber is gone"), "{told}");
    assert!(!told.contains("bob@") && !told.contains("bob%40"), "{told}");
}

#[test]
fn step_1_a_log_on_whose_profile_names_a_group_requests_it() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    assert_eq!(world.documents.asked_for(FLOOD), 0, "nobody is there to be served");
    world.log_on();
    assert_eq!(world.members(FLOOD), [BOB]);
    assert_eq!(world.steps(), [("10.2.7.3", 1)], "a stored copy is answered, and nothing has to be notified");
    assert!(world.group(FLOOD).is_some_and(|group| group.is_subscribed));
}

#[test]
fn step_1_a_refresh_of_the_log_on_requests_nothing_anew() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    world.log_on();
    assert_eq!(world.documents.asked_for(FLOOD), 1);
}

#[test]
fn step_6_a_group_that_is_not_there_yet_comes_by_notification() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::Overloaded);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.members(FLOOD), Vec::<String>::new());
    world.put_group(FLOOD, BOB);
    assert_eq!(world.members(FLOOD), [BOB]);
    assert_eq!(world.steps(), [("10.2.7.3", 1), ("10.2.7.3", 6)]);
}

#[test]
fn step_1_is_repeated_when_the_server_says() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::Overloaded);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.documents.asked_for(FLOOD), 1);
    world.lab.advance(Duration::from_secs(2));
    assert_eq!(world.documents.asked_for(FLOOD), 2, "Retry-After was 2 s");
}

#[test]
fn step_1_a_refusal_of_the_primary_system_is_seen_with_its_cause_and_not_repeated() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::NotShared);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.group(FLOOD).and_then(|group| group.refused), Some(Cause::NotShared));
    world.lab.advance(Duration::from_secs(600 - 1));
    assert_eq!(world.documents.asked_for(FLOOD), 1);
}

#[test]
fn c10_2_7_2_step_4_a_group_that_is_provided_later_is_notified() {
    let world = World::new();
    world.documents.answers_what_is_missing_with(Cause::NotShared);
    world.put_profile(&[FLOOD]);
    world.log_on();
    world.put_group(FLOOD, BOB);
    assert_eq!(world.members(FLOOD), [BOB]);
    assert_eq!(world.group(FLOOD).and_then(|group| group.refused), None);
    world.put_group(FLOOD, "sip:carol@b.example");
    assert_eq!(world.members(FLOOD), ["sip:carol@b.example"], "a change follows");
    assert_eq!(world.steps(), [("10.2.7.3", 1), ("10.2.7.2", 4), ("10.2.7.2", 4)]);
}

#[test]
fn a_group_that_is_withdrawn_is_no_longer_there() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    world.delete_group(FLOOD);
    assert!(world.group(FLOOD).is_some_and(|group| group.configuration.is_none()));
}

#[test]
fn precondition_the_profile_names_the_group() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[]);
    world.log_on();
    assert!(world.server.groups().is_empty());
    world.put_profile(&[FLOOD]);
    assert_eq!(world.members(FLOOD), [BOB], "a change of the profile is followed");
    world.put_profile(&[]);
    assert!(world.server.groups().is_empty(), "and let go again");
}

#[test]
fn precondition_the_user_is_service_authorized() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    let bob = |world: &World| {
        world.server.users().into_iter().next().map(|user| (user.is_logged_on, user.is_authorized))
    };
    assert_eq!(bob(&world), Some((true, false)), "a registration alone authorizes nobody");
    assert!(world.server.groups().is_empty());
    assert_eq!(world.registers(600, Some(&world.token(BOB))), 200);
    assert_eq!(bob(&world), Some((true, true)));
    assert_eq!(world.members(FLOOD), [BOB]);
    world.log_on();
    assert_eq!(bob(&world), Some((true, true)), "a refresh without the token keeps what holds");
}

#[test]
fn ts24379_7_3_2_a_token_that_does_not_count_or_is_another_users_is_refused() {
    let world = World::of(|config, signer| config.issuers = vec![issuer(signer)]);
    assert_eq!(world.registers(600, Some("a.b.c")), 403);
    assert_eq!(world.registers(600, Some(&world.token("sip:carol@b.example"))), 403);
    assert!(world.server.logged_on().is_empty());
}

#[test]
fn a_log_off_lets_the_groups_of_the_user_go() {
    let world = World::new();
    world.put_group(FLOOD, BOB);
    world.put_profile(&[FLOOD]);
    world.log_on();
    assert_eq!(world.registers(0, None), 200);
    assert!(world.server.groups().is_empty());
    let asked = world.documents.asked_for(FLOOD);
    world.put_group(FLOOD, "sip:carol@b.example");
    assert_eq!(world.documents.asked_for(FLOOD), asked, "nobody listens any more");
}

#[test]
fn rfc6665_4_1_2_3_the_late_end_of_an_old_subscription_is_not_the_end_of_the_new_one() {
    let world = logged_on();
    // The NOTIFYs that end the subscriptions are lost, so that timer N does, when the user is back already.
    world.lab.connect(DOCUMENTS, MCS, End::Response(sip::Response::new(200)));
    assert_eq!(world.registers(0, None), 200);
    let (service, from) = (world.server.service(), arrival("inner", DOCUMENTS));
    world.lab.connect(DOCUMENTS, MCS, End::Service { service, arrival: from, asserted: None });
    world.log_on();
    assert_eq!(world.members(FLOOD), [BOB]);
    let sent = world.lab.sent(DOCUMENTS).len();
    world.lab.advance(Duration::from_secs(90));
    assert_eq!(world.lab.sent(DOCUMENTS).len(), sent, "nothing is subscribed to anew");
    world.put_profile(&[]);
    assert!(world.server.groups().is_empty(), "what he has is followed");
}
