//! TS 23.280 clause 10.6.3.3 steps 4, 5, 9 and 10: migration service authorization at the border.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use gateway::Partner;
use sip::Message;
use wire::{Arrival, Kind};
use xml_schemas::{
    body::interconnection_info::McService,
    flow::{Carriage as _, Part},
    ids::{McServiceId, RequestId},
    migration::{
        Correlation, MigrationEnded, MigrationServiceAuthorizationRequest as Request, Outcome, ProfileIndex,
        Refusal,
    },
    mime::kind,
};

/// Of our user, who wants to work in the partner's system.
const ALICE: [&str; 2] = ["sip:m0417@partner.example", "sip:alice@primary.example"];
/// Of the partner's user, who wants to work in ours.
const BOB: [&str; 2] = ["sip:v0099@primary.example", "sip:bob@partner.example"];

fn asked([partner, primary]: [&str; 2], is_named: bool) -> Request {
    let id = |text| McServiceId::new(text).unwrap();
    let (partner, primary) = (id(partner), id(primary));
    let correlation = if is_named {
        Correlation::named(RequestId::new(REQUEST_ID).unwrap())
    } else {
        Correlation::by_ids(&partner, &primary)
    };
    Request { correlation, service: McService::Mcptt, partner, primary, profile: ProfileIndex(3) }
}

fn bodies(parts: &[Part<'_>]) -> (String, String) {
    let text = |part: &Part<'_>| String::from_utf8(part.bytes.to_vec()).unwrap();
    if let [only] = parts {
        return (only.content_type.to_owned(), text(only));
    }
    let part =
        |part: &Part<'_>| format!("--m\r\nContent-Type: {}\r\n\r\n{}\r\n", part.content_type, text(part));
    let body = parts.iter().map(part).collect::<String>() + "--m--\r\n";
    ("multipart/mixed;boundary=m".to_owned(), body)
}

fn message(from: &str, to: &str, parts: &[Part<'_>]) -> Message {
    let (content_type, body) = bodies(parts);
    written(from, to, &content_type, &body)
}

fn written(from: &str, to: &str, content_type: &str, body: &str) -> Message {
    parse(format!(
        "MESSAGE sip:mcptt_psi@{to} SIP/2.0\r\nVia: SIP/2.0/TLS h.{from};branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:mcptt_psi@{from}>;tag=1\r\nTo: <sip:mcptt_psi@{to}>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

fn leaves(parts: &[Part<'_>]) -> Message {
    message("primary.example", "partner.example", parts)
}

fn enters(parts: &[Part<'_>]) -> Message {
    message("partner.example", "primary.example", parts)
}

fn from_service() -> Arrival {
    with_certificate("inner", "mcs1.core.primary.example")
}

fn agreed(partner: &mut Partner) {
    let flows = [kind::MIGRATION_REQUEST, kind::MIGRATION_RESPONSE, kind::MIGRATION_ENDED];
    partner.system.inbound = flows.into_iter().collect();
    partner.system.outbound = flows.into_iter().collect();
    partner.media.push("application/vnd.3gpp.mcvideo-info+xml".into());
}

fn border_where(change: impl FnOnce(&mut Partner)) -> Border {
    let mut other = partner("partner");
    agreed(&mut other);
    change(&mut other);
    border_of_services("primary", vec![other], |services| {
        let add = |name: &str, users: &[&str]| {
            let (uri, hop) = ("sip:mcptt_psi@primary.example", hop(name, "10.0.0.7:5061"));
            (uri, users.iter().map(|user| (*user).to_owned()).collect::<Vec<_>>(), hop)
        };
        let (uri, users, hop) =
            add("mcs2.core.primary.example", &["sip:a*@primary.example", "sip:v*@primary.example"]);
        services.add_for(uri, users, hop).unwrap();
        let (uri, users, hop) = add("mcs3.core.primary.example", &["sip:c*@primary.example"]);
        services.add_for(uri, users, hop).unwrap();
    })
}

fn migration_border() -> Border {
    border_where(|_| ())
}

fn step(border: &Border) -> Option<u8> {
    border.notes.take().into_iter().find_map(|entry| match entry.kind {
        Kind::Step { clause: "10.6.3.3", number, .. } => Some(number),
        _ => None,
    })
}

/// The steps that a test saw, for `cargo xtask ledger`.
fn kept_for_the_ledger(steps: &[u8]) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ledger");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default().rsplit("::").next().unwrap_or_default();
    let line = |number: &u8| format!("{{\"clause\":\"10.6.3.3\",\"number\":{number}}}\n");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{test}.jsonl")), steps.iter().map(line).collect::<String>()).unwrap();
}

#[test]
fn steps_4_5_9_and_10_cross_with_companion_body_and_without() {
    for is_named in [true, false] {
        for service in [McService::Mcptt, McService::McVideo] {
            let [visit, home] = [BOB, ALICE].map(|ids| Request { service, ..asked(ids, is_named) });
            let border = migration_border();
            border.forwarded(&leaves(&visit.split()), &from_service());
            assert_eq!(step(&border), Some(4));
            let (forward, _) = border.forwarded(&enters(&home.split()), &from_partner());
            assert_eq!((step(&border), &*forward.hop.name), (Some(5), "mcs2.core.primary.example"));
            border.forwarded(&leaves(&home.answer(Outcome::Success).split()), &from_service());
            assert_eq!(step(&border), Some(9));
            let (forward, _) =
                border.forwarded(&enters(&visit.answer(Outcome::Success).split()), &from_partner());
            assert_eq!((step(&border), &*forward.hop.name), (Some(10), "mcs2.core.primary.example"));
        }
    }
    kept_for_the_ledger(&[4, 5, 9, 10]);
}

#[test]
fn an_agreement_names_each_flow_in_each_direction() {
    let (out, back) = (asked(BOB, false), asked(ALICE, false));
    let none = border_where(|partner| partner.system.outbound = kit_flows(&[kind::MIGRATION_RESPONSE]));
    none.assert_refused(&leaves(&out.split()), &from_service(), "agreement", 403, "11");
    none.forwarded(&leaves(&back.answer(Outcome::Success).split()), &from_service());
    let none =
        border_where(|partner| partner.system.inbound = kit_flows(&[kind::MIGRATION_REQUEST, "message"]));
    none.forwarded(&enters(&back.split()), &from_partner());
    none.assert_refused(
        &enters(&out.answer(Outcome::Success).split()),
        &from_partner(),
        "agreement",
        403,
        "11",
    );
}

fn kit_flows(names: &[&str]) -> kit::partner::Flows {
    names.iter().copied().collect()
}

#[test]
fn bodies_that_name_two_flows_are_refused_since_each_reader_would_see_its_own() {
    let parts = asked(ALICE, true).split();
    let (content_type, body) = bodies(&parts);
    let at = body.rfind(kind::MIGRATION_REQUEST).unwrap();
    let mixed =
        format!("{}{}{}", &body[..at], kind::MIGRATION_ENDED, &body[at + kind::MIGRATION_REQUEST.len()..]);
    let message = written("partner.example", "primary.example", &content_type, &mixed);
    migration_border().assert_refused(&message, &from_partner(), "content", 400, "42");
    let info_only = body.replacen("<req-type", "<x", 1).replacen("</req-type>", "</x>", 1);
    let message = written("partner.example", "primary.example", &content_type, &info_only);
    migration_border().assert_refused(&message, &from_partner(), "content", 400, "42");
}

#[test]
fn step_5_a_partner_speaks_of_ids_of_its_own_and_asks_about_users_of_ours() {
    let foreign = [
        ["sip:m0417@other.example", ALICE[1]],
        ["sip:m0417@primary.example", ALICE[1]],
        [ALICE[0], "sip:alice@other.example"],
        [ALICE[0], "sip:alice@partner.example"],
    ];
    for ids in foreign {
        let message = enters(&asked(ids, true).split());
        migration_border().assert_refused(&message, &from_partner(), "partners-identities", 403, "15");
    }
    let answer = asked(["sip:v0099@other.example", BOB[1]], true).answer(Outcome::Success);
    migration_border().assert_refused(
        &enters(&answer.split()),
        &from_partner(),
        "partners-identities",
        403,
        "15",
    );
}

#[test]
fn step_4_the_primary_id_tells_the_system_and_must_not_be_of_another() {
    let other = asked([BOB[0], "sip:bob@other.example"], true);
    migration_border().assert_refused(&leaves(&other.split()), &from_service(), "own-identities", 403, "15");
    let not_ours = asked(["sip:v0099@other.example", BOB[1]], true);
    migration_border().assert_refused(
        &leaves(&not_ours.split()),
        &from_service(),
        "own-identities",
        403,
        "15",
    );
}

#[test]
fn either_system_says_that_it_is_over_of_a_user_whom_both_have() {
    let ended = |[partner, primary]: [&str; 2]| MigrationEnded {
        request_id: RequestId::new(REQUEST_ID).unwrap(),
        service: McService::Mcptt,
        partner: McServiceId::new(partner).unwrap(),
        primary: McServiceId::new(primary).unwrap(),
        reason: Refusal { code: Some(84), text: None },
    };
    for ids in [ALICE, BOB] {
        migration_border().forwarded(&leaves(&ended(ids).split()), &from_service());
        migration_border().forwarded(&enters(&ended(ids).split()), &from_partner());
    }
    for ids in [
        ["sip:a@partner.example", "sip:b@partner.example"],
        ["sip:a@primary.example", "sip:b@primary.example"],
    ] {
        let message = enters(&ended(ids).split());
        migration_border().assert_refused(&message, &from_partner(), "partners-identities", 403, "15");
    }
}

#[test]
fn ts33180_an_id_that_the_gateway_routes_on_is_refused_where_it_is_encrypted() {
    for element in ["primary-mcptt-id", "partner-mcptt-id", "req-type"] {
        let (content_type, body) = bodies(&asked(ALICE, false).split());
        let at = body.find(&format!("<{element}")).unwrap();
        let end = body.find(&format!("</{element}>")).unwrap();
        let sealed = format!(
            "{}<{element} type=\"Encrypted\"><e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>{}",
            &body[..at],
            &body[end..]
        );
        let message = written("partner.example", "primary.example", &content_type, &sealed);
        migration_border().assert_refused(&message, &from_partner(), "content", 403, "16");
    }
}

#[test]
fn an_id_that_is_absent_or_stands_twice_is_refused() {
    for element in ["primary-mcptt-id", "partner-mcptt-id"] {
        let (content_type, body) = bodies(&asked(ALICE, false).split());
        let at = body.find(&format!("<{element}")).unwrap();
        let end = body.find(&format!("</{element}>")).unwrap() + element.len() + 3;
        for changed in [
            format!("{}{}", &body[..at], &body[end..]),
            format!("{}{}{}", &body[..end], &body[at..end], &body[end..]),
        ] {
            let message = written("partner.example", "primary.example", &content_type, &changed);
            migration_border().assert_refused(&message, &from_partner(), "content", 400, "42");
        }
    }
}

#[test]
fn step_5_of_two_servers_the_one_that_has_the_user_is_chosen() {
    let server = |primary: &str| {
        let message = enters(&asked([ALICE[0], primary], true).split());
        migration_border().forwarded(&message, &from_partner()).0.hop.name.to_string()
    };
    assert_eq!(server("sip:alice@primary.example"), "mcs2.core.primary.example");
    assert_eq!(server("sip:carol@PRIMARY.example"), "mcs3.core.primary.example");
    let message = enters(&asked([ALICE[0], "sip:dave@primary.example"], true).split());
    migration_border().assert_refused(&message, &from_partner(), "target", 404, "13");
}
