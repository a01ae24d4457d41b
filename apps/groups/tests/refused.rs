//! What is refused over HTTP is told in the log and counted, with its cause and nobody's name. RFC 6750 clause 3, RFC 4825 clause 8
#![allow(clippy::expect_used, reason = "helpers of tests fail loudly")]

mod two_servers;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use kit::{Metrics, testing::arrival};
use prometheus_client::{encoding::text, registry::Registry};
use two_servers::{A, FIRE, World, fire, lines_of, path};
use wire::web::WebService;

const ADMIN: &str = "sip:admin@a.example";
const MEMBER: &str = "sip:alice@a.example";
const GROUPS: &str = "3gpp:mc:ptt_group_management_service";

/// A server whose lines and counts are looked at.
struct Watched {
    world: World,
    site: Arc<dyn WebService>,
    metrics: Metrics,
}

impl Watched {
    fn new() -> Self {
        let (world, metrics) = (World::new(), Metrics::default());
        world.define(FIRE, &fire(7));
        let site = groups::web(&world.servers[A].entity.clone().counted_by(&metrics));
        Self { world, site, metrics }
    }

    /// The status, and the lines of the log about refusals.
    fn asks(&self, token: Option<&str>, request: Request<String>) -> (u16, Vec<String>) {
        let (mut head, body) = request.into_parts();
        if let Some(token) = token {
            head.headers.insert("authorization", format!("Bearer {token}").parse().expect("a value"));
        }
        let request = Request::from_parts(head, Bytes::from(body));
        let mut from = arrival("clients", "nobody");
        from.certificate = None;
        let ask = || self.world.lab.fetch(&self.site, request, from).expect("answered");
        let (answer, lines) = lines_of("mcx::refused", ask);
        (answer.status().as_u16(), lines)
    }

    fn text(&self) -> String {
        let (mut registry, mut out) = (Registry::default(), String::new());
        self.metrics.register(&mut registry);
        text::encode(&mut out, &registry).expect("written");
        out
    }

    fn counted(&self, cause: &str) -> bool {
        self.text().contains(&format!("flow=\"http\",cause=\"{cause}\"}} 1\n"))
    }
}

fn get(path: &str) -> Request<String> {
    Request::get(path).body(String::new()).expect("valid")
}

fn put(path: &str, media_type: &str, body: String) -> Request<String> {
    Request::builder()
        .method(Method::PUT)
        .uri(path)
        .header("content-type", media_type)
        .body(body)
        .expect("valid")
}

#[test]
fn each_refusal_over_http_has_its_line_and_its_count() {
    let watched = Watched::new();
    let (fire_path, group) = (path(FIRE), groups::group::MEDIA_TYPE);
    let token = |user, scope| watched.world.token_for(user, scope);
    let own = "/org.openmobilealliance.groups/users/sip:dispatcher@a.example/fire.xml";
    let foreign = put(own, group, fire(7).replace("sip:fire@a.example", "sip:fire@b.example"));
    let rows = [
        (None, get(&fire_path), 403, "no-token"),
        (Some("x.y.z".to_owned()), get(&fire_path), 401, "bad-token"),
        (Some(token(ADMIN, "openid")), get(&fire_path), 403, "insufficient-scope"),
        (Some(token("sip:dave@c.example", GROUPS)), get(&fire_path), 403, "foreign-identity"),
        (Some(token(MEMBER, GROUPS)), put(&fire_path, group, fire(8)), 403, "requester-not-authorized"),
    ];
    for (token, request, status, cause) in rows {
        let (answered, lines) = watched.asks(token.as_deref(), request);
        assert_eq!(answered, status, "{cause}");
        assert_eq!(lines.len(), 1, "{cause}: {lines:?}");
        assert!(lines[0].contains(&format!("cause={cause}")), "{lines:?}");
        for name in ["alice", "admin", "dave", "fire"] {
            assert!(!lines[0].contains(name), "{cause}: {lines:?}");
        }
        assert!(watched.counted(cause), "{cause}");
    }
    assert_eq!(watched.asks(Some(&token(ADMIN, GROUPS)), get(&fire_path)), (200, Vec::new()));
    assert!(watched.counted(""), "what was taken is counted too");
    let (status, lines) = watched.asks(Some(&token("sip:dispatcher@a.example", GROUPS)), foreign);
    assert_eq!((status, lines.len()), (409, 1), "by what the operator says: {lines:?}");
    assert!(lines[0].contains("not of this MC system's domains"), "{lines:?}");
    let broken = watched.asks(Some(&token(ADMIN, GROUPS)), put(&fire_path, group, "<group".to_owned()));
    assert_eq!(broken, (409, Vec::new()), "by RFC 4825");
}

#[test]
fn whoever_is_refused_on_his_head_has_his_line_too() {
    let watched = Watched::new();
    let (head, ()) = Request::put(path(FIRE)).body(()).expect("valid").into_parts();
    let mut from = arrival("clients", "nobody");
    from.certificate = None;
    assert!(watched.site.refusal(&head, &from).is_some());
    assert!(watched.counted("no-token"));
}

#[test]
fn of_strangers_who_come_again_and_again_the_log_has_a_few_lines_and_then_how_many_there_were() {
    let watched = Watched::new();
    let ask = || watched.asks(None, get(&path(FIRE))).1;
    let lines: Vec<String> = (0..25).flat_map(|_| ask()).collect();
    assert_eq!(lines.len(), 10, "{lines:?}");
    // Who comes with something else has his line, and all are counted.
    assert_eq!(watched.asks(Some("x.y.z"), get(&path(FIRE))).1.len(), 1);
    watched.world.wait(10);
    let later = ask();
    assert!(later.len() == 1 && later[0].contains("untold=15"), "{later:?}");
    assert!(watched.text().contains("flow=\"http\",cause=\"no-token\"} 26\n"));
}
