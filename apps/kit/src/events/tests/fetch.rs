//! Fetching state, and how many octets subscriptions may have: RFC 6665 clauses 4.4.3 and 7.2.

use super::*;

/// Answers a SUBSCRIBE of this call by this user.
fn ask(world: &World, user: &str, call_id: &str, expires: &str, names: &str) -> u16 {
    let user = format!("<sip:{user}@a.example>");
    let request = first(&user, call_id)
        .header(Name::PAssertedIdentity, &user)
        .header(Name::Event, "shelf")
        .header(Name::Expires, expires)
        .body("text/plain", names.to_owned());
    let gms = entity(&world.lab, GMS, "sip:gms_psi@a.example", MCS).notifies(&world.notifier);
    let status = world.lab.deliver(&gms, &request, arrival("inner", CORE)).unwrap().status().unwrap();
    world.lab.run();
    status
}

/// A user's terminal that answers every NOTIFY.
fn answered() -> World {
    let world = World::new();
    world.lab.connect(GMS, CORE, End::Response(sip::Response::new(200)));
    world
}

fn told(world: &World) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let state = |notify: &sip::Message| text(notify.header(Name::SubscriptionState).unwrap());
    world.lab.sent(CORE).iter().map(|notify| (state(notify), text(notify.body()))).collect()
}

#[test]
fn c4_4_3_a_fetch_gets_the_state_in_its_one_notify_and_is_over() {
    let world = answered();
    world.shelf.set("a", "1");
    assert_eq!(ask(&world, "u", "1", "0", "a"), 200);
    assert_eq!(told(&world), [("terminated;reason=timeout".to_owned(), "a=1".to_owned())]);
    assert!(world.notifier.is_empty());
    let kept = futures::executor::block_on(world.store.scan(b"events/", None, 10)).unwrap();
    assert!(kept.is_empty(), "nothing is kept of it");
    world.change("a", "2");
    assert_eq!(told(&world).len(), 1);
}

#[test]
fn c4_4_3_a_fetch_of_what_cannot_be_told_is_ended_by_its_one_notify_all_the_same() {
    for why in ["away", "full"] {
        let world = answered();
        world.shelf.set(why, "1");
        assert_eq!(ask(&world, "u", "1", "0", "a"), 200);
        assert_eq!(told(&world), [("terminated;reason=timeout".to_owned(), String::new())], "{why}");
        assert!(world.notifier.is_empty());
    }
}

#[test]
fn a_user_has_a_tenth_of_the_octets_and_nobody_pays_for_another() {
    let world = answered();
    let long = "a".repeat(1_900);
    assert_eq!(ask(&world, "u", "1", "3600", &long), 200);
    assert_eq!(ask(&world, "u", "2", "3600", &"a".repeat(4_000)), 503, "a tenth of forty thousand");
    assert_eq!(ask(&world, "u", "3", "0", &"a".repeat(4_000)), 503, "nor may a fetch have more");
    assert_eq!(ask(&world, "v", "4", "3600", &long), 200, "whose octets are his own");
    let all = world.lab.sent(CORE).len();
    assert_eq!(all, 2, "who is refused is told nothing");
    assert_eq!(world.notifier.len(), 2);
}

#[test]
fn octets_are_free_again_once_a_subscription_is_over() {
    let world = answered();
    let long = "a".repeat(1_900);
    assert_eq!(ask(&world, "u", "1", "3600", &long), 200);
    assert_eq!(ask(&world, "u", "2", "3600", &long), 503);
    world.lab.advance(Duration::from_secs(3700));
    assert!(world.notifier.is_empty());
    assert_eq!(ask(&world, "u", "3", "3600", &long), 200);
}

/// Keeps what it is given a moment later.
struct Late(Arc<dyn Store>);

impl Store for Late {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<store::Record>, store::Fault>> {
        self.0.get(key)
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<store::Entry>, store::Fault>> {
        self.0.scan(prefix, after, limit)
    }

    fn commit(&self, batch: store::Batch) -> BoxFuture<'_, Result<store::Version, store::CommitError>> {
        let mut is_later = false;
        let moment = std::future::poll_fn(move |cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut is_later, true) { Poll::Ready(()) } else { Poll::Pending }
        });
        Box::pin(async move {
            moment.await;
            self.0.commit(batch).await
        })
    }

    fn watch(
        &self,
        prefix: &[u8],
    ) -> futures::stream::BoxStream<'static, Result<store::Event, store::Fault>> {
        self.0.watch(prefix)
    }
}

/// A SUBSCRIBE of a server to these, in a call of its own.
fn parsed(call: usize, names: &str) -> sip::Message {
    let of_server = "<sip:mcptt_psi@a.example>";
    super::parsed(
        &first(of_server, &format!("c{call}"))
            .header(Name::Event, "shelf")
            .body("text/plain", names.to_owned()),
    )
}

#[test]
fn c7_2_many_who_subscribe_at_the_same_moment_pass_no_limit() {
    let world = World::new();
    let store: Arc<dyn Store> = Arc::new(Late(Arc::clone(&world.store)));
    let notifier = notifier(&world.lab, &world.shelf, &store);
    let peer = Peer::of_server(MCS.into());
    let all_of = |names: &str| {
        let asks: Vec<sip::Message> = (0..40).map(|call| parsed(call, names)).collect();
        let all = asks.iter().map(|ask| notifier.subscribe(peer.clone(), ask));
        futures::executor::block_on(futures::future::join_all(all))
    };
    assert!(all_of("secret").iter().all(Result::is_err));
    let outcomes = all_of("a");
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        10,
        "half of twenty, and none is lost"
    );
    assert_eq!(notifier.len(), 10);
    let mut causes = outcomes.into_iter().filter_map(Result::err).map(|stop| stop.cause());
    assert!(causes.all(|cause| cause == Cause::Overloaded));
}
