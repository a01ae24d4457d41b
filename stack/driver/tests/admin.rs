//! What operators see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use driver::{Admin, Readiness};
use support::*;

async fn get(env: &driver::Env, admin: &Admin, request: &str) -> String {
    let mut peer = Peer::connect(env, admin.address()).await;
    peer.say(&format!("{request} HTTP/1.1\r\nHost: admin\r\n\r\n")).await;
    let mut heard = String::new();
    loop {
        let more = peer.hear().await;
        if more.is_empty() {
            return heard;
        }
        heard.push_str(&more);
    }
}

#[test]
fn liveness_readiness_and_metrics_are_served_and_nothing_else() {
    world(true, async {
        let (_, env) = memory();
        let readiness = Readiness::new();
        readiness.lacks("store", "it is \"opening\"");
        let admin =
            Admin::start(&*env.net, at("10.0.0.1:9090"), env.metrics.clone(), readiness.clone()).unwrap();

        assert!(get(&env, &admin, "GET /livez").await.starts_with("HTTP/1.1 200 "));
        let unready = get(&env, &admin, "GET /readyz").await;
        assert!(unready.starts_with("HTTP/1.1 503 "), "{unready}");
        assert!(unready.contains(r#"{"ready":false,"reasons":{"store":"it is \"opening\""}}"#), "{unready}");
        readiness.has("store");
        assert!(get(&env, &admin, "GET /readyz").await.starts_with("HTTP/1.1 200 "));
        let metrics = get(&env, &admin, "GET /metrics").await;
        assert!(metrics.contains("\nmcx_panics_total 0\n") && metrics.ends_with("# EOF\n"), "{metrics}");
        assert!(get(&env, &admin, "POST /metrics").await.starts_with("HTTP/1.1 405 "));
        assert!(get(&env, &admin, "GET /etc/passwd").await.starts_with("HTTP/1.1 404 "));
    });
}

#[test]
fn a_scraper_that_stalls_is_closed() {
    world(true, async {
        let (_, env) = memory();
        let admin =
            Admin::start(&*env.net, at("10.0.0.1:9090"), env.metrics.clone(), Readiness::new()).unwrap();
        let mut slow = Peer::connect(&env, admin.address()).await;
        slow.say("GET /metr").await;
        let begun = tokio::time::Instant::now();
        while !slow.hear().await.is_empty() {}
        assert_eq!(begun.elapsed().as_secs(), 10);
    });
}
