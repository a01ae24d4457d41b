use std::sync::Arc;

use http::Response;
use serde_json::{Value, json};
use wire::{Arrival, BoxFuture, web::WebService};

use super::*;
use crate::{
    testing::{Lab, WebEnd, arrival, hop_config},
    tokens::{
        Invalid, IssuerConfig, KeySource, Marks,
        tests::{Idms, claims},
    },
};

const HERE: &str = "mcs.a.example";
const IDMS: &str = "idms.a.example";

/// What an identity management server shows, as a test changes it.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Told>>);

#[derive(Clone, Default)]
struct Told {
    keys: Vec<u8>,
    revoked: Vec<Value>,
    /// Whether it does not say what is revoked.
    is_silent: bool,
}

impl Shown {
    fn keys(&self, jwks: Vec<u8>) {
        self.0.lock().unwrap().keys = jwks;
    }

    /// Whether what is revoked is not told.
    fn silent(&self, is_silent: bool) {
        self.0.lock().unwrap().is_silent = is_silent;
    }

    fn revoked(&self, entries: &[Value]) {
        self.0.lock().unwrap().revoked = entries.to_vec();
    }
}

impl WebService for Shown {
    fn serve(&self, request: Request<Bytes>, _: Arrival) -> BoxFuture<'static, Response<Bytes>> {
        let Told { keys, revoked, is_silent } = self.0.lock().unwrap().clone();
        let body = match request.uri().path() {
            "/jwks" => keys,
            _ if is_silent => {
                let mut missing = Response::new(Bytes::new());
                *missing.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                return Box::pin(std::future::ready(missing));
            }
            _ => page(request.uri().query(), &revoked).into_bytes(),
        };
        Box::pin(std::future::ready(Response::new(body.into())))
    }
}

/// Two entries a page.
fn page(query: Option<&str>, revoked: &[Value]) -> String {
    let begun = query.and_then(|query| query.strip_prefix("after=p.")?.parse().ok()).unwrap_or(0);
    let end = revoked.len().min(begun + 2);
    let mut page = json!({"iss": "https://idms.a.example", "revoked": revoked[begun..end]});
    if end < revoked.len() {
        page["next"] = json!(format!("p.{end}"));
    }
    page.to_string()
}

struct Fetching {
    lab: Lab,
    shown: Shown,
    tokens: Tokens,
}

impl Fetching {
    fn new(idms: &Idms) -> Self {
        let (lab, shown) = (Lab::new(), Shown::default());
        shown.keys(idms.jwks());
        let server = hop_config(IDMS);
        let remote = RemoteConfig {
            jwks: "https://idms.a.example/jwks".to_owned(),
            revoked: Some("https://idms.a.example/revoked".to_owned()),
            server,
            every: Duration::from_secs(15),
            keep: Duration::from_secs(3_600),
        };
        let issuer = IssuerConfig {
            name: "https://idms.a.example".to_owned(),
            audience: vec!["mcx".to_owned()],
            domains: Vec::new(),
            scopes: crate::tokens::Scopes::default(),
            keys: KeySource::Fetched(remote),
        };
        let fetching = Self { tokens: Tokens::configured(&[issuer]).unwrap(), lab, shown };
        fetching.reachable();
        fetching.tokens.follow(&fetching.lab.world(HERE));
        fetching
    }

    fn reachable(&self) {
        let service = Arc::new(self.shown.clone());
        let end = WebEnd::Service { service, arrival: arrival("x", HERE), asserted: None };
        self.lab.connect_web(HERE, IDMS, end);
    }

    fn now(&self) -> SystemTime {
        self.lab.world(HERE).clock.wall()
    }

    /// A token of an hour from now on, of everybody's key.
    fn token(&self, idms: &Idms, more: &Value) -> String {
        let now = self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let mut claims = claims();
        claims["nbf"] = json!(now);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + 36_000);
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        idms.token(&claims)
    }

    /// Whether the token counts, once that can be said.
    fn waits_for(&self, token: String) -> oneshot::Receiver<bool> {
        let (tokens, now) = (self.tokens.clone(), self.now());
        let (sender, receiver) = oneshot::channel();
        let waits = async move {
            let _ = sender.send(tokens.verify_fetching(&token, now).await.is_ok());
        };
        self.lab.world(HERE).tasks.spawn(Box::pin(waits));
        receiver
    }

    fn verdict(&self, token: &str) -> Option<Invalid> {
        self.tokens.verify(token, self.now()).err()
    }

    fn fetches(&self) -> usize {
        self.lab.fetched(IDMS).iter().filter(|request| request.uri().path() == "/jwks").count()
    }
}

#[test]
fn rfc7517_keys_are_fetched_before_they_are_needed() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    let token = fetching.token(&idms, &json!({}));
    assert_eq!(fetching.verdict(&token), Some(Invalid::UnknownIssuer), "nothing is known yet");
    fetching.lab.run();
    assert_eq!(fetching.verdict(&token), None);
}

#[test]
fn ts33180_b_2_a_withdrawn_key_is_known_within_thirty_seconds() {
    let (old, new) = (Idms::new(), Idms::new());
    let fetching = Fetching::new(&old);
    fetching.lab.run();
    let token = fetching.token(&old, &json!({}));
    assert_eq!((fetching.verdict(&token), fetching.verdict(&token)), (None, None), "remembered");
    fetching.shown.keys(new.jwks());
    fetching.lab.advance(Duration::from_secs(30));
    assert_eq!(fetching.verdict(&token), Some(Invalid::Signature), "the new key has the same name");
    assert_eq!(fetching.verdict(&fetching.token(&new, &json!({}))), None);
}

#[test]
fn rfc7009_what_is_revoked_is_known_within_thirty_seconds() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    fetching.lab.run();
    let of = |jti: &str| {
        fetching.token(&idms, &json!({"jti": jti, "sid": format!("s-{jti}"), "sub": format!("u-{jti}")}))
    };
    let (one, two, three, other) = (of("1"), of("2"), of("3"), of("4"));
    for token in [&one, &two, &other] {
        assert_eq!(fetching.verdict(token), None);
    }
    let later = fetching.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() + 1;
    fetching.shown.revoked(&[
        json!({"jti": "1"}),
        json!({"sid": "s-2"}),
        json!({"sub": "u-3", "before": later}),
    ]);
    fetching.lab.advance(Duration::from_secs(30));
    for token in [&one, &two, &three] {
        assert_eq!(fetching.verdict(token), Some(Invalid::Revoked), "seen before, and never seen before");
    }
    assert_eq!(fetching.verdict(&other), None);
}

#[test]
fn a_key_that_is_not_known_is_fetched_once_and_not_again_at_once() {
    let (old, new) = (Idms::new(), Idms::named("k2"));
    let fetching = Fetching::new(&old);
    fetching.lab.run();
    fetching.shown.keys(new.jwks());
    let token = fetching.token(&new, &json!({}));
    assert_eq!(fetching.verdict(&token), Some(Invalid::UnknownIssuer));
    fetching.lab.run();
    assert_eq!(fetching.fetches(), 1, "they were fetched just now");
    fetching.lab.advance(LEAST);
    assert_eq!(fetching.verdict(&token), Some(Invalid::UnknownIssuer));
    fetching.lab.run();
    assert_eq!((fetching.fetches(), fetching.verdict(&token)), (2, None));
    let forged = Idms::named("k3");
    for index in 0..100 {
        let token = fetching.token(&forged, &json!({"jti": index.to_string()}));
        assert_eq!(fetching.verdict(&token), Some(Invalid::UnknownIssuer));
        fetching.lab.run();
    }
    assert_eq!(fetching.fetches(), 2, "whoever forges causes no fetches");
    let mut waits = fetching.waits_for(fetching.token(&forged, &json!({})));
    fetching.lab.run();
    assert_eq!(waits.try_recv(), Ok(Some(false)), "nor does he keep anybody waiting for the next");
}

#[test]
fn who_can_wait_waits_for_a_key_that_is_not_known() {
    let (old, new) = (Idms::new(), Idms::named("k2"));
    let fetching = Fetching::new(&old);
    fetching.lab.run();
    fetching.shown.keys(new.jwks());
    fetching.lab.advance(LEAST);
    let mut waits = fetching.waits_for(fetching.token(&new, &json!({})));
    fetching.lab.run();
    assert_eq!(waits.try_recv(), Ok(Some(true)));
}

#[test]
fn who_can_wait_waits_for_keys_that_were_never_had() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    fetching.lab.connect_web(HERE, IDMS, WebEnd::Status(StatusCode::BAD_GATEWAY));
    fetching.lab.run();
    assert_eq!(fetching.fetches(), 1, "the server starts after us");
    let mut waits = fetching.waits_for(fetching.token(&idms, &json!({})));
    fetching.lab.run();
    assert_eq!((fetching.fetches(), waits.try_recv()), (1, Ok(None)), "nothing is fetched for a token");
    fetching.reachable();
    fetching.lab.advance(SOON);
    assert_eq!((fetching.fetches(), waits.try_recv()), (2, Ok(Some(true))));
}

#[test]
fn keys_that_cannot_be_fetched_count_for_a_while() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    fetching.lab.run();
    let token = fetching.token(&idms, &json!({}));
    assert_eq!(fetching.verdict(&token), None);
    fetching.lab.connect_web(HERE, IDMS, WebEnd::Status(StatusCode::BAD_GATEWAY));
    fetching.lab.advance(Duration::from_secs(3_590));
    assert_eq!(fetching.verdict(&token), None);
    fetching.lab.advance(Duration::from_secs(60));
    assert_eq!(fetching.verdict(&token), Some(Invalid::UnknownIssuer), "keep-keys has passed");
    fetching.reachable();
    fetching.lab.advance(Duration::from_secs(15));
    assert_eq!(fetching.verdict(&token), None);
}

#[test]
fn what_is_no_key_set_changes_nothing() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    fetching.lab.run();
    let token = fetching.token(&idms, &json!({}));
    let large = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(LARGEST_SET));
    let many = json!({"keys": vec![json!({}); 65]}).to_string();
    for wrong in ["", "[]", "<html>", &large, &many] {
        fetching.shown.keys(wrong.as_bytes().to_vec());
        fetching.lab.advance(Duration::from_secs(30));
        assert_eq!(fetching.verdict(&token), None, "{:.20}", wrong);
    }
}

#[test]
fn rfc7009_what_is_revoked_is_known_though_the_keys_cannot_be_had() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    fetching.lab.run();
    let token = fetching.token(&idms, &json!({"jti": "j1"}));
    assert_eq!(fetching.verdict(&token), None);
    for broken in [b"{}".to_vec(), vec![b' '; LARGEST_SET + 1]] {
        fetching.shown.keys(broken);
        fetching.shown.revoked(&[]);
        fetching.lab.advance(Duration::from_secs(30));
        assert_eq!(fetching.verdict(&token), None, "the keys that are known go on");
        fetching.shown.revoked(&[json!({"jti": "j1"})]);
        fetching.lab.advance(Duration::from_secs(30));
        assert_eq!(fetching.verdict(&token), Some(Invalid::Revoked));
    }
}

#[test]
fn nobody_fetches_for_tokens_that_are_gone() {
    let fetching = Fetching::new(&Idms::new());
    fetching.lab.run();
    let Fetching { lab, tokens, .. } = fetching;
    drop(tokens);
    lab.advance(Duration::from_secs(60));
    let before = lab.fetched(IDMS).len();
    lab.advance(Duration::from_secs(600));
    assert_eq!(lab.fetched(IDMS).len(), before);
}

#[test]
fn whoever_gave_something_for_a_token_is_told_when_it_is_revoked() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    fetching.lab.run();
    let mut told = fetching.tokens.revocations();
    let marks = |more: Value| {
        let token = fetching.token(&idms, &more);
        fetching.tokens.verify(&token, fetching.now()).unwrap().marks.clone()
    };
    let (one, other) = (marks(json!({"jti": "1", "sid": "s"})), marks(json!({"jti": "2", "sid": "s2"})));
    fetching.lab.advance(Duration::from_secs(60));
    assert!(told.try_recv().is_err(), "nothing has been revoked");
    fetching.shown.revoked(&[json!({"sid": "s"})]);
    fetching.lab.advance(Duration::from_secs(15));
    assert!(told.try_recv().is_ok());
    assert!(fetching.tokens.is_revoked(&one) && !fetching.tokens.is_revoked(&other));
    let elsewhere = Marks { issuer: "https://idms.b.example".into(), ..(*one).clone() };
    assert!(!fetching.tokens.is_revoked(&elsewhere), "another issuer's marks are not meant");
}

#[test]
fn rfc7009_a_token_that_was_revoked_before_we_began_is_never_taken() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    let token = fetching.token(&idms, &json!({"jti": "1"}));
    fetching.shown.silent(true);
    fetching.shown.revoked(&[json!({"jti": "1"})]);
    fetching.lab.run();
    assert_eq!(
        fetching.verdict(&token),
        Some(Invalid::UnknownIssuer),
        "the keys have come, the list has not"
    );
    fetching.shown.silent(false);
    fetching.lab.advance(Duration::from_secs(2));
    assert_eq!(fetching.verdict(&token), Some(Invalid::Revoked));
}

#[test]
fn what_cannot_be_fetched_is_told_with_its_uri() {
    let idms = Idms::new();
    let fetching = Fetching::new(&idms);
    fetching.shown.silent(true);
    let world = fetching.lab.world(HERE);
    let (sender, mut told) = oneshot::channel();
    let tasks = Arc::clone(&world.tasks);
    tasks.spawn(Box::pin(async move {
        let failed = get(&world, "https://idms.a.example/revoked", hop_config(IDMS).hop()).await;
        sender.send(failed.map(drop)).unwrap();
    }));
    fetching.lab.run();
    let refused = "https://idms.a.example/revoked is answered 503 Service Unavailable";
    assert_eq!(told.try_recv(), Ok(Some(Err(refused.to_owned()))));
}
