//! What a client may send by mistake or by malice: every element and attribute of a PUBLISH absent, wrong and twice, and more of each
//! than there may be. TS 24.379 9A.2.1.2, RFC 3863, RFC 3903

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod server;

use kit::Cause;
use server::{FOR_GOOD, World};
use sip::{Message, Method, Name, Request};
use xml_schemas::mime;

const INFO: &str = r#"<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><mcptt-Params><mcptt-request-uri type="Normal"><mcpttURI>sip:alice@a.example</mcpttURI></mcptt-request-uri></mcptt-Params></mcpttinfo>"#;

/// The parts of a `presence` document, each of which a test leaves out, spoils or doubles.
#[derive(Clone)]
struct Parts {
    entity: &'static str,
    tuple: &'static str,
    status: &'static str,
    alias: String,
    after: &'static str,
}

impl Parts {
    fn right() -> Self {
        Self {
            entity: r#"entity="sip:alice@a.example""#,
            tuple: r#"id="c1""#,
            status: "status",
            alias: r#"<m:functionalAlias functionalAliasID="sip:crew@a.example"/>"#.to_owned(),
            after: "",
        }
    }

    fn text(&self) -> String {
        let Self { entity, tuple, status, alias, after } = self;
        format!(
            r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:m="urn:3gpp:ns:mcpttPresInfo:1.0" xmlns:fa="urn:x-mcx:ns:functional-alias:1.0" {entity}><tuple {tuple}><{status}>{alias}</{status}></tuple>{after}</presence>"#
        )
    }
}

fn publish(world: &World, body: &str) -> Message {
    give(world, world.request("alice", Method::Publish, FOR_GOOD).body(mime::PIDF, body.to_owned()))
}

fn give(world: &World, request: Request) -> Message {
    world.give(&request)
}

fn alias(attributes: &str) -> String {
    format!("<m:functionalAlias {attributes}/>")
}

#[test]
fn c9a_2_1_2_each_element_and_attribute_that_is_absent_wrong_or_twice_is_refused_and_changes_nothing() {
    let crew = r#"functionalAliasID="sip:crew@a.example""#;
    let right = Parts::right;
    let spoiled = [
        ("entity absent", Parts { entity: "", ..right() }.text()),
        ("entity empty", Parts { entity: r#"entity="""#, ..right() }.text()),
        ("entity another's", Parts { entity: r#"entity="sip:bob@a.example""#, ..right() }.text()),
        ("entity none", Parts { entity: r#"entity="tel:1""#, ..right() }.text()),
        (
            "entity twice",
            Parts { entity: r#"entity="sip:alice@a.example" entity="sip:alice@a.example""#, ..right() }
                .text(),
        ),
        ("tuple id absent", Parts { tuple: "", ..right() }.text()),
        ("tuple id empty", Parts { tuple: r#"id="""#, ..right() }.text()),
        (
            "tuple id of two lines",
            Parts { tuple: r#"id="c1&#10;fa1.a  9  alias.activated  by sip:boss@a.example""#, ..right() }
                .text(),
        ),
        ("status absent", Parts { status: "note", ..right() }.text()),
        (
            "status twice",
            right().text().replace(
                "</tuple>",
                "<status><m:functionalAlias functionalAliasID=\"sip:lead@a.example\"/></status></tuple>",
            ),
        ),
        (
            "tuple absent",
            right().text().replace("<tuple id=\"c1\">", "<note>").replace("</tuple>", "</note>"),
        ),
        ("tuple twice", Parts { after: r#"<tuple id="c2"><status/></tuple>"#, ..right() }.text()),
        ("alias absent", Parts { alias: String::new(), ..right() }.text()),
        ("alias without ID", Parts { alias: alias(""), ..right() }.text()),
        ("alias of an empty ID", Parts { alias: alias(r#"functionalAliasID="""#), ..right() }.text()),
        ("alias of another scheme", Parts { alias: alias(r#"functionalAliasID="tel:1""#), ..right() }.text()),
        (
            "alias with a broken user",
            Parts { alias: alias(&format!(r#"{crew} user="x""#)), ..right() }.text(),
        ),
        (
            "alias with a broken status",
            Parts { alias: alias(&format!(r#"{crew} status="x""#)), ..right() }.text(),
        ),
        (
            "alias with a broken end",
            Parts { alias: alias(&format!(r#"{crew} expires="x""#)), ..right() }.text(),
        ),
        (
            "p-id-fa twice",
            Parts { after: "<m:p-id-fa>1</m:p-id-fa><m:p-id-fa>2</m:p-id-fa>", ..right() }.text(),
        ),
        ("not closed", right().text().replace("</presence>", "")),
        ("a DOCTYPE", format!("<!DOCTYPE presence [<!ENTITY x \"y\">]>{}", right().text())),
        ("another root", right().text().replace("presence ", "presents ").replace("/presence", "/presents")),
        ("another namespace", right().text().replace("urn:ietf:params:xml:ns:pidf", "urn:x")),
        ("nothing", " ".to_owned()),
        ("no XML", "alias please".to_owned()),
    ];
    for (what, body) in spoiled {
        let world = World::new();
        let answer = publish(&world, &body);
        let status = answer.status().unwrap();
        assert!((400..500).contains(&status), "{what}: {status}");
        assert!(world.holders("crew").is_empty() && world.holders("lead").is_empty(), "{what}");
        assert_eq!(publish(&world, &right().text()).status(), Some(200), "{what}: and the server goes on");
    }
}

#[test]
fn what_a_client_says_of_an_alias_that_is_the_servers_to_say_counts_for_nothing() {
    let world = World::new();
    let said = r#"functionalAliasID="sip:crew@a.example" user="sip:bob@a.example" status="activated" expires="2099-01-01T00:00:00Z""#;
    let body = Parts { alias: alias(said), ..Parts::right() }.text();
    assert_eq!(publish(&world, &body).status(), Some(200));
    assert_eq!(world.holders("crew"), ["alice"], "he holds it, and for as long as is granted");
    world.lab.advance(std::time::Duration::from_secs(601));
    assert!(world.holders("crew").is_empty());
}

#[test]
fn an_alias_that_is_named_twice_is_held_once() {
    let world = World::new();
    let twice = Parts { alias: Parts::right().alias.repeat(2), ..Parts::right() };
    assert_eq!(publish(&world, &twice.text()).status(), Some(200));
    assert_eq!(world.holders("crew"), ["alice"]);
}

#[test]
fn as_many_aliases_and_clients_and_as_long_names_as_may_be_and_no_more() {
    let world = World::new();
    let many = |count: usize| Parts { alias: Parts::right().alias.repeat(count), ..Parts::right() }.text();
    assert_eq!(publish(&world, &many(100)).status(), Some(200));
    assert_eq!(publish(&world, &many(101)).status(), Some(400));
    let named = |length: usize| Parts::right().text().replace("c1", &"c".repeat(length));
    assert_eq!(publish(&world, &named(128)).status(), Some(200));
    assert_eq!(publish(&world, &named(129)).status(), Some(400));
    let more: Vec<_> = (2..40)
        .map(|number| {
            Cause::from_response(&world.publish("alice", &format!("c{number}"), &["crew"], FOR_GOOD))
        })
        .collect();
    assert_eq!(
        more.iter().filter(|cause| **cause == Cause::AliasInUse).count(),
        24,
        "16 clients, two of them by now"
    );
    assert_eq!(world.holders("crew").len(), 16);
    assert!(world.activate("bob", &["crew"]).is_ok(), "nobody else is kept out by that");
}

#[test]
fn each_header_field_that_is_absent_or_wrong_is_refused_and_changes_nothing() {
    let world = World::new();
    let body = Parts::right().text();
    let with = |name: Name, value: &str| {
        let request = Request::new(Method::Publish, "sip:alias_psi@a.example")
            .header(Name::From, "<sip:alice.imsi@a.example>;tag=1")
            .header(Name::To, "<sip:alias_psi@a.example>")
            .header(Name::CallId, "c")
            .header(Name::CSeq, "1 PUBLISH");
        let usual = [
            (Name::PAssertedIdentity, "<sip:alice.imsi@a.example>"),
            (Name::Event, "presence"),
            (Name::Expires, FOR_GOOD),
        ];
        let kept = usual.into_iter().filter(|(known, _)| *known != name);
        let request = kept.fold(request, |request, (name, value)| request.header(name, value));
        let request = if value.is_empty() { request } else { request.header(name, value) };
        give(&world, request.body(mime::PIDF, body.clone())).status().unwrap()
    };
    let wrong = [
        (Name::PAssertedIdentity, ""),
        (Name::PAssertedIdentity, "<sip:nobody.imsi@a.example>"),
        (Name::Event, ""),
        (Name::Event, "dialog"),
        (Name::Expires, "x"),
        (Name::SipIfMatch, "no-such-tag"),
    ];
    for (name, value) in wrong {
        let status = with(name, value);
        assert!((400..500).contains(&status), "{name:?} {value:?}: {status}");
        assert!(world.holders("crew").is_empty(), "{name:?} {value:?}");
    }
}

#[test]
fn a_body_beside_the_presence_that_names_somebody_else_is_refused() {
    let world = World::new();
    let multipart = |info: &str| {
        let presence = Parts::right().text();
        format!(
            "--b\r\nContent-Type: {}\r\n\r\n{info}\r\n--b\r\nContent-Type: {}\r\n\r\n{presence}\r\n--b--\r\n",
            mime::MCPTT_INFO,
            mime::PIDF
        )
    };
    let send = |info: &str| {
        let request = world.request("alice", Method::Publish, FOR_GOOD);
        give(&world, request.body("multipart/mixed;boundary=b", multipart(info)))
    };
    assert_eq!(send(&INFO.replace("alice", "bob")).status(), Some(403));
    assert_eq!(send("<mcpttinfo").status(), Some(400));
    assert!(world.holders("crew").is_empty());
    assert_eq!(send(INFO).status(), Some(200));
    assert_eq!(world.holders("crew"), ["alice"]);
}

#[test]
fn two_presences_in_one_body_are_refused() {
    let world = World::new();
    let part = |alias: &str| {
        format!(
            "--b\r\nContent-Type: {}\r\n\r\n{}\r\n",
            mime::PIDF,
            Parts::right().text().replace("crew", alias)
        )
    };
    let body = format!("{}{}--b--\r\n", part("crew"), part("lead"));
    let request = world.request("alice", Method::Publish, FOR_GOOD).body("multipart/mixed;boundary=b", body);
    assert_eq!(give(&world, request).status(), Some(400));
    assert!(world.holders("crew").is_empty() && world.holders("lead").is_empty());
}

#[test]
fn who_may_not_hold_an_alias_stands_in_the_log_with_the_rule_and_a_bound() {
    let world = World::new();
    assert!(world.activate("bob", &["desk"]).is_ok());
    for _ in 0..50 {
        assert_eq!(world.activate("alice", &["desk"]), Err(Cause::AliasInUse));
    }
    assert_eq!(world.activate("mallory", &["crew"]), Err(Cause::RequesterNotAuthorized));
    let refused: Vec<_> = world.entries().into_iter().filter(|entry| entry.act == "alias.refused").collect();
    assert_eq!(refused.len(), 31);
    let rule = |number: usize| refused[number].ruling.as_ref().map(|ruling| ruling.rule.clone());
    assert_eq!(rule(0).as_deref(), Some("aliases.alias.limit"));
    assert_eq!(
        (rule(30).as_deref(), refused[30].by.as_str()),
        (Some("aliases.alias.users"), "sip:mallory@a.example")
    );
}
