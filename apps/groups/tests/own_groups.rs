//! Groups of the own MC system: who may do what with them. TS 24.481 clauses 6.3 and 7.2, RFC 4825.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

mod two_servers;

use http::{Method, StatusCode};
use kit::Cause;
use two_servers::{A, B, FIRE, From, World, cause, config, fire, group, path, rules};

const ADMIN: From<'_> = From::User("sip:admin@a.example");
const DISPATCHER: From<'_> = From::User("sip:dispatcher@a.example");
const OWN: &str = "/org.openmobilealliance.groups/users/sip:dispatcher@a.example/fire.xml";

#[test]
fn administrators_write_members_and_own_servers_read_and_others_do_neither() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    for (from, read, write) in [
        (ADMIN, 200, 200),
        (From::User("sip:alice@a.example"), 200, 403),
        (From::User("sip:eve@a.example"), 403, 403),
        (From::User("sip:bob@b.example"), 403, 403),
        (From::Server("mcs1.core.a.example"), 200, 403),
        (From::Nobody, 403, 403),
    ] {
        assert_eq!(world.get(A, from, FIRE).status().as_u16(), read, "{from:?}");
        assert_eq!(world.put(A, from, FIRE, &fire(7)).status().as_u16(), write, "{from:?}");
        if write == 403 {
            assert_eq!(world.delete(A, from, FIRE).status().as_u16(), 403, "{from:?}");
        }
    }
    let mut forged = world.request(Method::GET, &path(FIRE), From::Nobody, "");
    forged.headers_mut().insert("authorization", "Bearer nonsense".parse().expect("valid"));
    assert_eq!(world.send(A, From::Nobody, forged).status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_creator_puts_groups_into_its_own_tree_where_their_identity_finds_them() {
    let world = World::new();
    let put = |from, path: &str| world.send(A, from, world.request(Method::PUT, path, from, fire(7)));
    assert_eq!(put(From::User("sip:alice@a.example"), OWN).status(), StatusCode::FORBIDDEN);
    let others = OWN.replace("dispatcher", "alice");
    assert_eq!(put(DISPATCHER, &others).status(), StatusCode::FORBIDDEN);
    assert_eq!(put(DISPATCHER, OWN).status(), StatusCode::CREATED);
    assert_eq!(world.get(A, From::User("sip:alice@a.example"), FIRE).body(), &fire(7));
    assert_eq!(world.seen(B, FIRE), Some(fire(7)), "and is provided to partners like any other");
    assert_eq!(put(ADMIN, &others).status(), StatusCode::CONFLICT, "an identity is in use once");
}

#[test]
fn of_several_identities_of_a_creator_the_one_counts_whose_tree_it_is() {
    let mut a = config(A, B);
    a.creators.push("sip:deputy@a.example".to_owned());
    let world = World::of(a, config(B, A));
    for both in
        ["sip:deputy@a.example sip:dispatcher@a.example", "sip:dispatcher@a.example sip:deputy@a.example"]
    {
        let put = world.request(Method::PUT, OWN, From::User(both), fire(7));
        assert!(world.send(A, From::User(both), put).status().is_success(), "{both}");
        let get = world.request(Method::GET, OWN, From::User(both), "");
        assert_eq!(world.send(A, From::User(both), get).status(), StatusCode::OK, "{both}");
    }
}

#[test]
fn what_failed_inside_is_told_to_no_administrator() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let switch = &world.servers[A].switch;
    switch.fail_at(0);
    let (status, problem) = world.admin(A, Method::GET, "status");
    assert_eq!((status, &problem["cause"]), (503, &Cause::NoSpace.code().into()), "{problem}");
    let found = futures::executor::block_on({
        switch.fail_at(0);
        store::Store::get(&**switch, b"any")
    });
    let why = found.expect_err("it fails").to_string();
    assert!(!problem.to_string().contains(&why), "{why}: {problem}");
}

#[test]
fn a_group_is_of_an_own_domain() {
    let world = World::new();
    let theirs = group("sip:fire@b.example", &["sip:alice@a.example"], 1);
    assert_eq!(world.put(A, ADMIN, "sip:fire@b.example", &theirs).status(), StatusCode::FORBIDDEN);
    let refused = world.send(A, DISPATCHER, world.request(Method::PUT, OWN, DISPATCHER, theirs));
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(String::from_utf8_lossy(refused.body()).contains("constraint-failure"));
    // Nor by a change of one that was.
    world.send(A, DISPATCHER, world.request(Method::PUT, OWN, DISPATCHER, fire(7)));
    let attribute = format!("{OWN}/~~/group/list-service/@uri");
    let mut change = world.request(Method::PUT, &attribute, DISPATCHER, "sip:fire@b.example");
    change.headers_mut().insert("content-type", "application/xcap-att+xml".parse().expect("valid"));
    assert_eq!(world.send(A, DISPATCHER, change).status(), StatusCode::CONFLICT);
}

#[test]
fn nobody_of_the_partner_system_writes_the_primarys_group() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let admin = From::User("sip:admin@b.example");
    assert_eq!(world.put(B, admin, FIRE, &fire(1)).status(), StatusCode::FORBIDDEN);
    assert_eq!(world.delete(B, admin, FIRE).status(), StatusCode::FORBIDDEN);
    assert_eq!((world.seen(B, FIRE), world.offered(B, FIRE)), (Some(fire(7)), Some(fire(7))));
}

#[test]
fn an_element_of_a_group_is_changed_and_the_change_follows() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let priority = format!(
        "{}/~~/group/list-service/g:on-network-group-priority?xmlns(g=urn:3gpp:ns:mcpttGroupInfo:1.0)",
        path(FIRE)
    );
    let element = "<mcpttgi:on-network-group-priority>2</mcpttgi:on-network-group-priority>";
    let mut change = world.request(Method::PUT, &priority, ADMIN, element);
    change.headers_mut().insert("content-type", "application/xcap-el+xml".parse().expect("valid"));
    assert_eq!(world.send(A, ADMIN, change).status(), StatusCode::OK);
    assert_eq!(world.seen(B, FIRE), Some(fire(2)));
}

#[test]
fn what_the_server_can_do_is_told_to_everybody() {
    let world = World::new();
    let request = world.request(Method::GET, "/xcap-caps/global/index", From::Nobody, "");
    let told = world.send(A, From::Nobody, request);
    assert_eq!(told.status(), StatusCode::OK);
    assert!(String::from_utf8_lossy(told.body()).contains("org.openmobilealliance.groups"));
}

#[test]
fn a_preview_says_what_would_be_sent_and_which_rule_did_what() {
    let mut a = config(A, B);
    a.partners[0].may_be_provided = false;
    a.partners[0].provide = rules(
        "[[rule]]\nname = \"theirs\"\nremove = \"group/list-service/list/entry\"\nunless = { attribute = \"uri\", domain = \"partner\" }\n\
         [[rule]]\nname = \"cap\"\noverride = \"//mcpttgi:on-network-group-priority\"\nat-most = 5",
    );
    let world = World::of(a, config(B, A));
    world.define(FIRE, &fire(7));
    let (status, preview) =
        world.admin(A, Method::GET, &format!("preview?partner={B}&group=sip%3Afire%40a.example"));
    assert_eq!(status, 200);
    assert_eq!(preview["document"], group(FIRE, &["sip:bob@b.example"], 5));
    let expected = serde_json::json!([
        { "rule": "theirs", "place": "group/list-service/list/entry[1]", "effect": "removed" },
        { "rule": "cap", "place": "group/list-service/on-network-group-priority",
          "effect": { "changed": { "from": "7", "to": "5" } } },
    ]);
    assert_eq!(preview["changes"], expected);
    assert_eq!(world.sent(&Method::PUT), 0);
}

#[test]
fn only_administrators_see_and_decide_what_is_shared() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    for from in [
        From::User("sip:alice@a.example"),
        From::Server("mcs1.core.a.example"),
        From::Gateway("sip:x@b.example"),
    ] {
        for (method, path) in [
            (Method::GET, "/mcx/groups/status".to_owned()),
            (Method::GET, format!("/mcx/groups/preview?partner={B}&group={FIRE}")),
            (Method::DELETE, format!("/mcx/groups/shares/{B}/{FIRE}")),
            (Method::POST, format!("/mcx/groups/requests/{FIRE}")),
        ] {
            let refused = world.send(A, from, world.request(method, &path, from, ""));
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{from:?} {path}");
        }
    }
    assert_eq!(world.share()["state"], "stored");
    assert_eq!(world.admin(A, Method::PATCH, "status").0, 405);
    assert_eq!(world.admin(A, Method::GET, "nothing").0, 404);
    assert_eq!(world.admin(A, Method::PUT, &format!("shares/c.example/{FIRE}")).0, 403);
}

#[test]
fn what_cannot_be_read_or_kept_now_is_503_with_a_time_to_come_again() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    for (from, method) in [
        (ADMIN, Method::GET),
        (ADMIN, Method::PUT),
        (DISPATCHER, Method::GET),
        (From::User("sip:alice@a.example"), Method::GET),
        (From::User("sip:alice@a.example"), Method::HEAD),
        (From::Server("mcs1.core.a.example"), Method::GET),
        (From::Gateway("sip:gms_psi@b.example"), Method::GET),
    ] {
        let switch = &world.servers[A].switch;
        for call in 0.. {
            switch.fail_at(call);
            let body = if method == Method::PUT { fire(7) } else { String::new() };
            let response = world.send(A, from, world.request(method.clone(), &path(FIRE), from, body));
            // What a call that failed is not needed for is answered all the same.
            let is_over = !switch.has_failed();
            let status = response.status().as_u16();
            if is_over {
                assert!(call > 0, "{method} by {from:?} needs no store");
                break;
            }
            let (told, retry) = (cause(&response), response.headers().get("retry-after"));
            assert!([503, 403, 200].contains(&status), "{method} by {from:?}, call {call}: {status}");
            assert!(status != 503 || (told == Some(Cause::NoSpace) && retry.is_some()), "{response:?}");
            assert!(call > 0 || status == 503, "{method} by {from:?}: {status}");
            world.wait(5);
        }
        switch.fail_at(-1);
    }
}

#[test]
fn a_reload_takes_up_whose_tokens_count() {
    let world = World::new();
    world.define(FIRE, &fire(7));
    let gms = world.gms(A).config().clone();
    let reload = |issuers| {
        let config = groups::Config { issuers, ..gms.clone() };
        let partners = groups::partners(&config, |_| Err("no files")).expect("no issuers of certificates");
        let replaced = groups::replace(&world.servers[A].entity, &config, partners);
        futures::executor::block_on(replaced).expect("is taken up");
        world.get(A, ADMIN, FIRE).status()
    };
    assert_eq!(reload(Vec::new()), StatusCode::UNAUTHORIZED, "nobody's token counts any more");
    assert_eq!(reload(gms.issuers.clone()), StatusCode::OK);
}

#[test]
fn a_method_that_there_is_not_is_405_with_those_that_there_are_whoever_asks() {
    let world = World::new();
    for from in [ADMIN, From::Server("mcs1.core.a.example"), From::Gateway("sip:gms_psi@b.example")] {
        for method in [Method::POST, Method::PATCH] {
            let refused = world.send(A, from, world.request(method.clone(), &path(FIRE), from, ""));
            assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{from:?} {method}");
            assert_eq!(refused.headers()["allow"], "GET, HEAD, PUT, DELETE", "{from:?} {method}");
            let says = String::from_utf8_lossy(refused.body()).into_owned();
            assert_eq!(says.contains("GMOP"), method == Method::POST, "{from:?}: {says}");
        }
    }
    for (what, allowed) in [
        ("status", "GET"),
        ("preview", "GET"),
        ("shares/b.example/sip:fire@a.example", "PUT, DELETE"),
        ("requests/sip:fire@b.example", "POST, PUT"),
    ] {
        let refused =
            world.send(A, ADMIN, world.request(Method::PATCH, &format!("/mcx/groups/{what}"), ADMIN, ""));
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{what}");
        assert_eq!(refused.headers()["allow"], allowed, "{what}");
    }
}
