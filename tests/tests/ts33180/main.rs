//! TS 33.180 annex B: an identity management client against the servers of two MC systems.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail loudly")]

use std::sync::Arc;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use clients::{
    IdentityClient,
    identity::{Issued, NotIssued, SCOPE, Settings},
};
use futures::FutureExt as _;
use identity::{
    Config, IdentityServer, Metrics,
    config::{Client, Hashing, Partner},
    password, scopes,
    users::{Ids, User},
};
use kit::{
    private::Private,
    testing::{Lab, WebEnd, arrival, hop, hop_config},
    tokens::{IssuerConfig, KeySource, RemoteConfig},
};
use store::{Clock, Disk, Redb};
use xml_schemas::ids::McServiceId;

const A: &str = "https://idms.a.example";
const B: &str = "https://idms.b.example";
const PASSWORD: &str = "open sesame";
const CHEAP: Hashing = Hashing { memory: 8, passes: 1, threads: 0, waiting: 8 };

fn host(issuer: &str) -> &str {
    issuer.trim_start_matches("https://")
}

fn config(issuer: &str, partner: Partner) -> Config {
    let domain = host(issuer).trim_start_matches("idms.").to_owned();
    let hash = password::hash(&CHEAP, PASSWORD, b"0123456789abcdef").unwrap();
    let ids = Ids::same(McServiceId::new(&format!("sip:alice@{domain}")).unwrap());
    let client = Client {
        id: "mcx-ue".to_owned(),
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        scopes: Vec::new(),
    };
    Config {
        hashing: CHEAP,
        clients: vec![client],
        partners: vec![partner],
        users: vec![User { ids, ..User::new("alice", hash) }],
        ..Config::new(host(issuer), issuer, vec![domain])
    }
}

fn partner(name: &str, issuer: Option<IssuerConfig>) -> Partner {
    Partner {
        name: name.to_owned(),
        domains: vec![host(name).trim_start_matches("idms.").to_owned()],
        resources: vec![name.to_owned()],
        may_visit: vec!["*".to_owned()],
        visitors: issuer.iter().map(|_| "*".to_owned()).collect(),
        issuer,
        scopes: scopes::of_visitors(),
        allocated: Vec::new(),
    }
}

/// Alice's terminal and both servers, in one world.
fn world() -> Lab {
    let lab = Lab::new();
    lab.advance(std::time::Duration::from_secs(86_400));
    let server = hop_config(host(A));
    let remote = RemoteConfig {
        jwks: format!("{A}/jwks"),
        revoked: None,
        server,
        every: std::time::Duration::from_secs(15),
        keep: std::time::Duration::from_secs(3_600),
    };
    let (keys, domains) = (KeySource::Fetched(remote), Vec::new());
    let scopes = kit::tokens::Scopes::default();
    let of_a = IssuerConfig { name: A.to_owned(), audience: vec![B.to_owned()], domains, scopes, keys };
    for (issuer, partner) in [(A, partner(B, None)), (B, partner(A, Some(of_a)))] {
        let config = config(issuer, partner);
        let clock = lab.world("store").clock;
        let store = Redb::open_in_memory(Disk::new(), Clock::new(move || clock.wall())).unwrap();
        let key = Arc::new(|| {
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
            key.map(|key| key.as_ref().to_vec()).map_err(|why| why.to_string())
        });
        let server = IdentityServer::new(
            config,
            Arc::new(store),
            key,
            &Metrics::default(),
            lab.world(host(issuer)),
            kit::audit::Log::none(),
        )
        .unwrap();
        server.start();
        for from in ["alice", host(B)] {
            let mut from_anybody = arrival("clients", from);
            from_anybody.certificate = None;
            let end = WebEnd::Service { service: server.web(), arrival: from_anybody, asserted: None };
            lab.connect_web(from, host(issuer), end);
        }
        lab.run();
    }
    lab
}

fn client(lab: &Lab, issuer: &str) -> IdentityClient {
    let settings = Settings {
        name: "alice".into(),
        issuer: issuer.to_owned(),
        server: hop(host(issuer)),
        client_id: "mcx-ue".to_owned(),
        redirect_uri: "http://127.0.0.1/callback".to_owned(),
        scope: SCOPE.to_owned(),
    };
    IdentityClient::new(settings, lab.world("alice"))
}

fn password() -> Private<String> {
    Private::new(PASSWORD.to_owned())
}

/// What comes of work in this world.
fn done<T: Send + 'static>(lab: &Lab, work: impl Future<Output = T> + Send + 'static) -> T {
    let (tell, mut told) = futures::channel::oneshot::channel();
    lab.world("test").tasks.spawn(work.map(|value| drop(tell.send(value))).boxed());
    lab.run();
    told.try_recv().unwrap().expect("has ended")
}

fn logged_in(lab: &Lab) -> Issued {
    let client = client(lab, A);
    done(lab, async move { client.log_in("alice", &password()).await }).unwrap()
}

#[test]
fn ts33180_b_4_2_a_user_logs_in_by_the_login_page_and_refreshes() {
    let lab = world();
    let issued = logged_in(&lab);
    assert_eq!(issued.user.as_ref().map(McServiceId::as_str), Some("sip:alice@a.example"));
    let (client, refresh) = (client(&lab, A), issued.refresh_token.unwrap());
    let again = {
        let (client, refresh) = (client.clone(), refresh.clone());
        done(&lab, async move { client.refresh(&refresh).await }).unwrap()
    };
    assert_ne!(again.access_token, issued.access_token);
    let twice = done(&lab, async move { client.refresh(&refresh).await }).unwrap_err();
    assert!(matches!(twice, NotIssued::Refused { code, .. } if code == "invalid_grant"));
}

#[test]
fn a_wrong_password_is_told_in_the_words_of_the_page() {
    let lab = world();
    let client = client(&lab, A);
    let wrong = Private::new("sesame".to_owned());
    let refused = done(&lab, async move { client.log_in("alice", &wrong).await }).unwrap_err();
    assert_eq!(refused, NotIssued::NotLoggedIn("Name or password is wrong.".to_owned()));
}

#[test]
fn ts33180_b_7_a_security_token_of_the_primary_gives_an_identity_at_the_partner() {
    let lab = world();
    let (own, home, there) = (logged_in(&lab), client(&lab, A), client(&lab, B));
    let security = {
        let (home, own) = (home.clone(), own.clone());
        done(&lab, async move { home.exchange(&own.access_token, B).await }).unwrap()
    };
    let issued = {
        let (there, security) = (there.clone(), security.clone());
        done(&lab, async move { there.assert(&security).await }).unwrap()
    };
    assert!(issued.user.is_some_and(|user| user.domain() == "b.example"));
    let twice = done(&lab, async move { there.assert(&security).await }).unwrap_err();
    assert!(matches!(twice, NotIssued::Refused { code, .. } if code == "invalid_grant"));
    let elsewhere = done(&lab, async move { home.exchange(&own.access_token, "https://c.example").await });
    assert!(matches!(elsewhere.unwrap_err(), NotIssued::Refused { code, .. } if code == "invalid_target"));
}

#[test]
fn rfc6749_10_12_a_return_that_is_of_another_log_in_is_refused() {
    let lab = world();
    let client = client(&lab, A);
    let attempt = {
        let client = client.clone();
        done(&lab, async move { client.begin().await }).unwrap()
    };
    let backs = [
        "http://127.0.0.1/callback?code=1&state=another",
        "http://127.0.0.1/elsewhere?code=1",
        "http://127.0.0.1/callback",
    ];
    for back in backs {
        assert!(matches!(attempt.code(back, client.settings()), Err(NotIssued::Malformed(_))), "{back}");
    }
    let state = attempt.uri().split("state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
    let denied = format!("http://127.0.0.1/callback?error=access_denied&state={state}");
    assert!(matches!(attempt.code(&denied, client.settings()), Err(NotIssued::Refused { .. })));
    let mixed = format!("http://127.0.0.1/callback?code=1&state={state}&iss=https%3A%2F%2Fevil.example");
    assert!(matches!(attempt.code(&mixed, client.settings()), Err(NotIssued::Malformed(_))), "RFC 9207");
    let right = format!("http://127.0.0.1/callback?code=1&state={state}");
    assert_eq!(attempt.code(&right, client.settings()).as_deref(), Ok("1"));
}
