//! TS 23.280 10.17.5 at the identity management server: the own ACM server has visitors admitted, and sent away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod server;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture, stream::BoxStream};
use http::{Method, Request};
use kit::{TURN_FIELD, testing::arrival};
use serde_json::{Value, json};
use server::{Idms, bearer_form, claims, exchange_form, of_visitor, partner_config, text};
use store::{Batch, CommitError, Entry, Event, Fault, Record, Store, Version};

const ACM: &str = "acm1.core.b.example";
const ALICE: &str = "sip:alice@a.example";

/// A request of a server whose certificate proves this.
fn asked(idms: &Idms, by: &str, method: Method, id: &str) -> (u16, Value) {
    of_visitor(idms, by, (method, id), None)
}

/// A system and its partner, which lets in nobody but whom its ACM server names.
fn pair() -> (Idms, Idms) {
    let (a, b) = Idms::pair();
    drop(b);
    let mut config = partner_config();
    config.partners[0].visitors = vec!["sip:nobody@a.example".into()];
    config.acm_servers = vec![ACM.into()];
    let b = Idms::of(a.lab.clone(), config);
    (a, b)
}

fn security_token(a: &Idms) -> String {
    let tokens = a.log_in("alice");
    text(&a.token(&exchange_form(text(&tokens, "access_token"), &[])).1, "access_token").to_owned()
}

#[test]
fn who_is_admitted_gets_tokens_at_once_with_the_id_that_was_told() {
    let (a, b) = pair();
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
    let (status, said) = asked(&b, ACM, Method::PUT, ALICE);
    assert_eq!(status, 200, "{said}");
    assert_eq!(asked(&b, ACM, Method::PUT, ALICE), (200, said.clone()), "the same as ever");
    let (status, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(claims(text(&tokens, "access_token"))["mcptt_id"], said["id"]);
}

#[test]
fn who_is_sent_away_gets_none_and_his_id_stays_his() {
    let (a, b) = pair();
    let (_, said) = asked(&b, ACM, Method::PUT, ALICE);
    assert_eq!(asked(&b, ACM, Method::DELETE, ALICE).0, 200);
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
    let b = b.restart();
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant", "after a restart too");
    assert_eq!(asked(&b, ACM, Method::PUT, ALICE), (200, said));
}

#[test]
fn the_tokens_of_who_is_sent_away_count_no_more_unless_he_may_stay() {
    for removed_leave in [true, false] {
        let (a, b) = pair();
        let b = b.restart_as(|config| config.removed_leave = removed_leave);
        let (_, said) = asked(&b, ACM, Method::PUT, ALICE);
        let (_, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
        let access = claims(text(&tokens, "access_token"));
        assert_eq!((access["mcptt_id"].as_str(), b.revoked().len()), (said["id"].as_str(), 0));
        assert_eq!(asked(&b, ACM, Method::DELETE, ALICE).0, 200);
        let revoked = b.revoked();
        let is_hers = |one: &&Value| one["sub"] == access["sub"] && one["locked"] == false;
        let before = revoked.iter().find(is_hers).and_then(|one| one["before"].as_u64());
        assert_eq!(before.is_some_and(|before| access["iat"].as_u64() < Some(before)), removed_leave);
        // Whoever is admitted again gets tokens that count.
        a.lab.advance(std::time::Duration::from_secs(2));
        asked(&b, ACM, Method::PUT, ALICE);
        let (_, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
        assert!(before <= claims(text(&tokens, "access_token"))["iat"].as_u64());
    }
}

#[test]
fn the_tokens_of_who_is_refused_after_all_count_no_more_unless_he_comes_in_all_the_same() {
    for (is_listed, removed_leave, are_taken) in
        [(false, true, true), (true, true, false), (false, false, false)]
    {
        let (a, b) = pair();
        let b = b.restart_as(|config| {
            config.removed_leave = removed_leave;
            config.partners[0].visitors.extend(is_listed.then(|| ALICE.to_owned()));
        });
        asked(&b, ACM, Method::PUT, ALICE);
        let (_, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
        let access = claims(text(&tokens, "access_token"));
        for _ in 0..2 {
            assert_eq!(asked(&b, ACM, Method::DELETE, &format!("{ALICE}?undo")).0, 200);
        }
        let revoked = b.revoked();
        let before =
            revoked.iter().find(|one| one["sub"] == access["sub"]).and_then(|one| one["before"].as_u64());
        let counts = before.is_none_or(|before| access["iat"].as_u64() >= Some(before));
        assert_eq!(counts, !are_taken, "{is_listed} {removed_leave}");
    }
}

/// Two processes over one store, whose clocks are apart.
#[test]
fn the_tokens_of_who_is_sent_away_count_no_more_though_their_servers_clock_is_ahead() {
    let (a, b) = pair();
    asked(&b, ACM, Method::PUT, ALICE);
    a.lab.advance(std::time::Duration::from_secs(5));
    b.token(&bearer_form(&security_token(&a), &[]));
    a.lab.advance(std::time::Duration::from_secs(5));
    let (_, tokens) = b.token(&bearer_form(&security_token(&a), &[]));
    let access = claims(text(&tokens, "access_token"));
    let behind = Idms::over(kit::testing::Lab::new(), b.config.clone(), |_| Arc::clone(&b.store));
    assert_eq!(asked(&behind, ACM, Method::DELETE, ALICE).0, 200);
    let before = b.revoked()[0]["before"].as_u64();
    assert!(access["iat"].as_u64() < before, "{access} {before:?}");
}

#[test]
fn what_does_not_say_in_its_turn_what_it_says_is_not_heard() {
    let (a, b) = pair();
    let path = format!("{}{ALICE}", identity::paths::VISITORS);
    for wrong in [&["1"][..], &["1.1", "1.2"]] {
        let mut request = Request::put(&path);
        for turn in wrong {
            request = request.header(TURN_FIELD, *turn);
        }
        let request = request.body(Bytes::new()).unwrap();
        let response =
            b.lab.fetch(&b.site, request, arrival("inner", ACM)).expect("answered without waiting");
        assert_eq!(response.status(), 400, "{wrong:?}");
    }
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
}

/// A store in which something happens as soon as this key has been read.
struct Meanwhile {
    store: Arc<dyn Store>,
    once: Mutex<Option<(Vec<u8>, Batch)>>,
}

impl Store for Meanwhile {
    fn get(&self, key: &[u8]) -> BoxFuture<'_, Result<Option<Record>, Fault>> {
        let read = self.store.get(key).now_or_never().unwrap();
        let mut once = self.once.lock().unwrap();
        if once.as_ref().is_some_and(|(after, _)| key.starts_with(after)) {
            let (_, batch) = once.take().unwrap();
            self.store.commit(batch).now_or_never().unwrap().unwrap();
        }
        Box::pin(std::future::ready(read))
    }

    fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Entry>, Fault>> {
        self.store.scan(prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Version, CommitError>> {
        self.store.commit(batch)
    }

    fn watch(&self, prefix: &[u8]) -> BoxStream<'static, Result<Event, Fault>> {
        self.store.watch(prefix)
    }
}

#[test]
fn nobody_gets_tokens_behind_his_being_sent_away() {
    let (a, b) = pair();
    asked(&b, ACM, Method::PUT, ALICE);
    let (prefix, mut seen) = (b"idms/admitted/".as_slice(), None::<Arc<Meanwhile>>);
    let admitted = futures::executor::block_on(b.store.scan(prefix, None, 1)).unwrap().remove(0);
    let b = Idms::over(a.lab.clone(), b.config, |store| {
        let kept = Batch::new().put(admitted.key.clone(), admitted.record.value.clone());
        futures::executor::block_on(store.commit(kept)).unwrap();
        let meanwhile = Arc::new(Meanwhile { store, once: Mutex::default() });
        seen = Some(Arc::clone(&meanwhile));
        meanwhile
    });
    let token = security_token(&a);
    let no = Batch::new().delete(admitted.key);
    *seen.unwrap().once.lock().unwrap() = Some((prefix.to_vec(), no));
    assert_eq!(b.token(&bearer_form(&token, &[])).0, 503, "what let him in is gone");
    assert_eq!(b.refused(&bearer_form(&token, &[])), "invalid_grant", "and he is not expected");
}

#[test]
fn sending_away_counts_more_than_what_the_operator_has_listed() {
    let (a, b) = Idms::pair();
    drop(b);
    let mut config = partner_config();
    config.acm_servers = vec![ACM.into()];
    let b = Idms::of(a.lab.clone(), config);
    assert_eq!(b.token(&bearer_form(&security_token(&a), &[])).0, 200, "listed");
    assert_eq!(asked(&b, ACM, Method::DELETE, ALICE).0, 200);
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
}

#[test]
fn whose_an_id_is_can_be_asked() {
    let (_a, b) = pair();
    let (_, said) = asked(&b, ACM, Method::PUT, ALICE);
    let given = text(&said, "id");
    assert_eq!(asked(&b, ACM, Method::GET, given), (200, json!({ "primary": ALICE })));
    assert_eq!(asked(&b, ACM, Method::GET, "sip:visitor-x@b.example").0, 404);
}

#[test]
fn nobody_else_may_ask_and_only_of_partners_users() {
    let (_a, b) = pair();
    for stranger in ["acm1.core.a.example", "mcs1.core.b.example"] {
        assert_eq!(asked(&b, stranger, Method::PUT, ALICE).0, 403);
    }
    let request = Request::put(format!("{}{ALICE}", identity::paths::VISITORS)).body(Bytes::new()).unwrap();
    assert_eq!(b.send(request, 1).status(), 403, "without a certificate");
    assert_eq!(asked(&b, ACM, Method::PUT, "sip:eve@c.example").0, 404);
    assert_eq!(asked(&b, ACM, Method::DELETE, "sip:eve@c.example").0, 404);
    assert_eq!(asked(&b, ACM, Method::PUT, "alice").0, 400);
    let path = format!("{}{ALICE}", identity::paths::VISITORS);
    let request = Request::post(path).body(Bytes::new()).unwrap();
    let response = b.lab.fetch(&b.site, request, arrival("inner", ACM)).expect("answered without waiting");
    let allowed = response.headers().get("allow").map(|value| value.to_str().unwrap());
    assert_eq!(
        (response.status().as_u16(), allowed),
        (405, Some("GET, HEAD, PUT, DELETE")),
        "RFC 9110 15.5.6"
    );
}

#[test]
fn a_user_of_the_own_system_is_told_from_everybody_else() {
    let own = "acm1.core.a.example";
    let a = Idms::of(
        kit::testing::Lab::new(),
        identity::Config { acm_servers: vec![own.into()], ..server::config() },
    );
    // Somebody who is in the store, and not in the configuration.
    let users = identity::users::Users::new(std::sync::Arc::clone(&a.store));
    futures::executor::block_on(users.add(&server::user("dora"))).unwrap();
    let is_own = |by: &str, method: Method, id: &str| {
        let path = format!("{}{id}", identity::paths::OWN_USERS);
        let request = Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
        let response = a.lab.fetch(&a.site, request, arrival("inner", by)).expect("answered without waiting");
        let allowed = response.headers().get("allow").map(|value| value.to_str().unwrap());
        assert_eq!(allowed, (response.status() == 405).then_some("GET, HEAD"), "RFC 9110 15.5.6");
        response.status().as_u16()
    };
    for known in [ALICE, "sip:dora@a.example"] {
        assert_eq!(is_own(own, Method::GET, known), 204, "{known}");
    }
    assert_eq!(is_own(own, Method::GET, "sip:nobody@a.example"), 404);
    assert_eq!(is_own(own, Method::GET, "nobody"), 400);
    assert_eq!(is_own(own, Method::PUT, ALICE), 405);
    assert_eq!(is_own("gms1.core.a.example", Method::GET, ALICE), 403, "anybody else learns nothing");
}

/// Who visits is no user of the own system.
#[test]
fn a_visitor_is_none_of_the_own_users() {
    let (_a, b) = pair();
    let (_, said) = asked(&b, ACM, Method::PUT, ALICE);
    for other in [ALICE, text(&said, "id")] {
        let path = format!("{}{other}", identity::paths::OWN_USERS);
        let request = Request::builder().uri(path).body(Bytes::new()).unwrap();
        let response =
            b.lab.fetch(&b.site, request, arrival("inner", ACM)).expect("answered without waiting");
        assert_eq!(response.status().as_u16(), 404, "{other}");
    }
}

#[test]
fn an_admission_that_is_taken_back_leaves_what_was_before() {
    let (a, b) = Idms::pair();
    drop(b);
    let mut config = partner_config();
    config.acm_servers = vec![ACM.into()];
    let b = Idms::of(a.lab.clone(), config);
    let gets_tokens = || b.token(&bearer_form(&security_token(&a), &[])).0 == 200;
    let undo = || assert_eq!(asked(&b, ACM, Method::DELETE, &format!("{ALICE}?undo")).0, 200);
    assert!(gets_tokens(), "the operator has listed her");
    asked(&b, ACM, Method::PUT, ALICE);
    undo();
    assert!(gets_tokens(), "and has not taken her off");
    undo();
    assert!(gets_tokens(), "it may be repeated");
    asked(&b, ACM, Method::DELETE, ALICE);
    assert!(!gets_tokens());
    for _ in 0..2 {
        asked(&b, ACM, Method::PUT, ALICE);
    }
    assert!(gets_tokens(), "admitted again");
    undo();
    assert!(!gets_tokens(), "she was sent away before");
}

#[test]
fn what_comes_late_undoes_no_later_decision_after_a_restart_neither() {
    let (a, b) = pair();
    let undo = format!("{ALICE}?undo");
    let says = |b: &Idms, method: Method, id: &str, turn| of_visitor(b, ACM, (method, id), Some(turn)).0;
    assert_eq!(says(&b, Method::PUT, ALICE, [1, 1]), 200);
    assert_eq!(says(&b, Method::DELETE, ALICE, [2, 2]), 200);
    let b = b.restart();
    for late in [[1, 1], [1, 9], [2, 1]] {
        assert_eq!(says(&b, Method::PUT, ALICE, late), 409);
        assert_eq!(says(&b, Method::DELETE, &undo, late), 409);
    }
    assert_eq!(b.refused(&bearer_form(&security_token(&a), &[])), "invalid_grant");
    assert_eq!(says(&b, Method::PUT, ALICE, [3, 3]), 200);
    assert_eq!(says(&b, Method::DELETE, ALICE, [2, 2]), 409, "nor is she sent away");
    assert_eq!(b.token(&bearer_form(&security_token(&a), &[])).0, 200);
    // What is taken back is remembered: what it takes back may come behind it.
    assert_eq!(says(&b, Method::DELETE, &undo, [3, 5]), 200);
    assert_eq!(says(&b, Method::PUT, ALICE, [3, 4]), 409);
}

/// RFC 3261 25.1, user-unreserved: a user may be called by what ends a path of HTTP.
#[test]
fn a_visitor_whose_name_has_a_question_mark_is_the_one_of_whom_it_is_said() {
    let (_a, b) = pair();
    let (status, said) = asked(&b, ACM, Method::PUT, "sip:ann%3Fx@a.example");
    assert_eq!(status, 200);
    let (status, whose) = asked(&b, ACM, Method::GET, text(&said, "id"));
    assert_eq!((status, text(&whose, "primary")), (200, "sip:ann?x@a.example"));
}
