//! A rule that leaves no group document is named to who wrote it, and nothing is sent. 10.2.7.2 NOTE 3, 10.2.7.3 NOTE 3
#![allow(clippy::expect_used, reason = "helpers of tests fail loudly")]

mod two_servers;

use http::{Method, StatusCode};
use kit::Cause;
use prometheus_client::{encoding::text, registry::Registry};
use two_servers::{A, B, FIRE, From, World, config, fire, rules};

/// The first is harmless; the second takes what the schema wants.
const RULES: &str = "
[[rule]]
name = \"lower\"
override = \"//mcpttgi:on-network-group-priority\"
at-most = 5

[[rule]]
name = \"no list\"
replace = \"group/list-service/list\"
xml = \"<nothing xmlns='urn:oma:xml:poc:list-service'/>\"
";

fn counted(world: &World) -> String {
    let (mut registry, mut out) = (Registry::default(), String::new());
    world.servers[A].metrics.register(&mut registry);
    text::encode(&mut out, &registry).expect("written");
    out
}

#[test]
fn note_3_a_preview_says_which_rule_leaves_no_group_document_and_the_status_that_it_is_so() {
    let mut a = config(A, B);
    a.partners[0].provide = rules(RULES);
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    let (status, problem) = world.admin(A, Method::GET, &format!("preview?partner={B}&group={FIRE}"));
    assert_eq!((status, &problem["cause"]), (409, &Cause::BrokenByRule.code().into()), "{problem}");
    let why = problem["detail"].as_str().expect("why");
    assert!(why.starts_with("the rule 'no list' for b.example leaves no group document: "), "{why}");
    assert_eq!(world.seen(B, FIRE), None, "nothing is sent");
    let share = world.share();
    assert_eq!((&share["state"], &share["last"]), (&"refused".into(), &"broken-by-rule".into()), "{share}");
    assert!(counted(&world).contains("partner=\"b.example\",outcome=\"broken-by-rule\"} 1\n"));
    // To the partner that is a fault here, and no word of the rule.
    let asked = world.get(A, From::Gateway("sip:gms_psi@b.example"), FIRE);
    assert_eq!(asked.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!String::from_utf8_lossy(asked.body()).contains("no list"));
}
