//! TS 24.379 clause 6.8.3: what enters the system, and what is refused at the entry. One test per step and refusal.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use gateway::Partner;
use sip::Name;
use wire::{AnchorId, Kind, Transport, Vias};

fn merging(partner: &mut Partner) {
    partner.system.merge_unknown_and_refused = true;
}

#[test]
fn a_partners_request_goes_to_the_service_that_it_addresses() {
    let (forward, sent) = primary().forwarded(&partners_request().message(), &from_partner());
    assert_eq!(&*forward.hop.name, "lms1.core.primary.example");
    assert_eq!(forward.vias, Vias::Add);
    assert_eq!(value(&sent, Name::CallId), "gw-77b1@mcgw.partner.example");
}

#[test]
fn a_partners_report_goes_there_too() {
    primary().forwarded(&partners_report().message(), &from_partner());
}

#[test]
fn rfc5922_7_2_the_certificate_alone_proves_the_partner() {
    let message = partners_request().message();
    for stranger in [
        from_stranger("border", Transport::Tls, "198.51.100.1:40000"),
        from_stranger("border", Transport::Tcp, "198.51.100.1:40000"),
        from_border("mcgw.other.example", ANCHOR),
        from_border("partner.example", ANCHOR),
        from_border("x.mcgw.partner.example", ANCHOR),
        from_border("mcgw.partner.example", AnchorId([8; 32])),
        from_border("lms1.core.primary.example", AnchorId([1; 32])),
    ] {
        primary().assert_refused(&message, &stranger, "partner", 403, "12");
    }
}

#[test]
fn rfc5922_7_2_a_listener_of_no_known_side_proves_nobody() {
    let mut arrival = from_partner();
    arrival.listener = "elsewhere".into();
    primary().assert_refused(&partners_request().message(), &arrival, "partner", 403, "12");
}

#[test]
fn rfc5923_a_connection_that_we_opened_to_the_partner_is_the_border_too() {
    let mut arrival = from_partner();
    arrival.listener = "mcgw.partner.example".into();
    primary().forwarded(&partners_request().message(), &arrival);
}

#[test]
fn the_partners_certificate_does_not_let_it_out_at_the_inner_listener() {
    let mut arrival = from_partner();
    arrival.listener = "inner".into();
    primary().assert_refused(&partners_request().message(), &arrival, "own-system", 403, "12");
}

#[test]
fn the_agreement_denies_by_default_and_by_direction() {
    let border = primary_where(|partner| partner.system.inbound = [REPORT].into_iter().collect());
    border.assert_refused(&partners_request().message(), &from_partner(), "agreement", 403, "11");
    border.forwarded(&partners_report().message(), &from_partner());
    border.assert_refused(
        &bare("MESSAGE", "sip:lms_psi@primary.example"),
        &from_partner(),
        "agreement",
        403,
        "11",
    );
}

#[test]
fn rfc3261_19_1_4_a_service_identity_is_the_same_with_escapes_that_it_does_not_need() {
    for uri in ["sip:lm%73_psi@primary.example", "sips:%6C%6ds%5fpsi@PRIMARY.example.;transport=tcp"] {
        let mut draft = partners_request();
        draft.uri = uri.into();
        let (forward, _) = primary().forwarded(&draft.message(), &from_partner());
        assert_eq!(&*forward.hop.name, "lms1.core.primary.example", "{uri}");
    }
}

#[test]
fn an_unknown_target_is_404() {
    for uri in [
        "sip:LMS_psi@primary.example",
        "sip:lm%2573_psi@primary.example",
        "sip:lms_psi%40primary.example",
        "sip:nobody@primary.example",
        "sip:primary.example",
        "sip:lms_psi@other.example",
        "sip:lms_psi@10.0.0.5",
    ] {
        let mut draft = partners_request();
        draft.uri = uri.into();
        primary().assert_refused(&draft.message(), &from_partner(), "target", 404, "13");
    }
}

#[test]
fn the_privacy_switch_merges_unknown_and_refused() {
    let unknown = || {
        let mut draft = partners_request();
        draft.uri = "sip:nobody@primary.example".into();
        draft.message()
    };
    primary_where(merging).assert_refused(&unknown(), &from_partner(), "target", 403, "38");
    let deny = |partner: &mut Partner| {
        merging(partner);
        partner.system.inbound = Default::default();
    };
    let border = primary_where(deny);
    border.assert_refused(&partners_request().message(), &from_partner(), "agreement", 403, "38");
    let answer = |border: &Border, message: sip::Message| {
        print(&border.refused(&message, &from_partner()).0, &message)
    };
    let refused = answer(&border, partners_request().message());
    let merged = answer(&primary_where(merging), unknown());
    assert_eq!(value(&refused, Name::Warning), value(&merged, Name::Warning));
}

#[test]
fn the_privacy_switch_is_for_the_partner_and_not_for_our_own_servers() {
    let border = primary_where(|partner| {
        merging(partner);
        partner.system.outbound = Default::default();
    });
    border.assert_refused(&request().message(), &from_lms(), "agreement", 403, "11");
}

#[test]
fn rfc3325_5_every_assertion_from_outside_is_taken_off() {
    let message = partners_request()
        .header("P-Asserted-Identity: <sip:admin@primary.example>, <tel:+1555>")
        .header("p-asserted-identity : <sip:admin2@primary.example>")
        .header("P-Preferred-Identity: <sip:admin@primary.example>")
        .header("P-Charging-Vector: icid-value=1")
        .header("P-Charging-Function-Addresses: ccf=192.0.2.1")
        .header("P-Served-User: <sip:admin@primary.example>")
        .header("X-3GPP-Asserted-Identity: \"sip:admin@primary.example\"")
        .header("x-3gpp-intended-identity: \"sip:admin@primary.example\"")
        .header("m: <sip:x@192.0.2.1>")
        .header("Record-Route: <sip:192.0.2.1;lr>")
        .message();
    let (_, sent) = primary().forwarded(&message, &from_partner());
    assert_eq!(sent.count(Name::PAssertedIdentity), 1);
    assert_eq!(value(&sent, Name::PAssertedIdentity), "<sip:partner.example>");
    let text = String::from_utf8_lossy(sent.bytes()).to_ascii_lowercase();
    for left in ["admin", "p-charging", "x-3gpp", "p-served", "p-preferred", "192.0.2.1", "tel:"] {
        assert!(!text.contains(left), "{left}: {text}");
    }
}

#[test]
fn rfc6050_4_1_the_partner_chooses_neither_the_service_nor_the_priority() {
    let message = partners_request()
        .header("P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mcvideo")
        .header("Resource-Priority: mcpttp.15")
        .message();
    let (_, sent) = primary().forwarded(&message, &from_partner());
    assert_eq!((sent.header(Name::PAssertedService), sent.header(Name::ResourcePriority)), (None, None));
}

#[test]
fn rfc3325_9_1_the_entity_reads_the_partner_from_the_assertion() {
    let (_, sent) = primary().forwarded(&partners_request().message(), &from_partner());
    let systems = vec![partner("partner").system];
    let table = kit::partner::PartnerTable::new(systems).gateway("mcgw.core.primary.example");
    let hop = with_certificate("inner", "mcgw.core.primary.example");
    assert_eq!(table.from_gateway(&sent, &hop).unwrap().name(), "partner.example");
}

#[test]
fn rfc3261_16_4_the_border_is_no_open_relay() {
    for route in [
        "<sip:10.0.0.5;lr>",
        "<sip:mcgw.primary.example;lr>, <sip:lms1.core.primary.example;lr>",
        "<sip:mcgw.primary.example;lr>,<sip:other.example;lr>",
        "<tel:+1555>",
    ] {
        let message = partners_request().header(&format!("Route: {route}")).message();
        primary().assert_refused(&message, &from_partner(), "route", 403, "11");
    }
    let ours = partners_request().header("Route: <sip:mcgw.primary.example:5061;lr>").message();
    let (_, sent) = primary().forwarded(&ours, &from_partner());
    assert_eq!(sent.header(Name::Route), None);
}

#[test]
fn rfc3261_12_2_2_a_to_tag_and_a_route_are_no_way_in() {
    let mut draft = partners_request().header("Route: <sip:mcgw.primary.example;lr>");
    draft.to = "<sip:lms_psi@primary.example>;tag=made-up".into();
    let (answer, step) = primary().refused(&draft.message(), &from_partner());
    assert_eq!((answer.status(), step.as_str()), (481, "dialog"));
}

#[test]
fn a_partner_speaks_for_its_own_requesters_only() {
    for (own, foreign) in [
        ("sip:bob@partner.example", "sip:mallory@primary.example"),
        ("sip:bob@partner.example", "sip:bob@partner.example.org"),
        ("sip:bob@partner.example", "tel:+15551234"),
        ("sip:bob@partner.example", "sip:bob@mcgw.partner.example"),
        ("sip:partner.example", "sip:third.example"),
    ] {
        let mut draft = partners_request();
        draft.companion = draft.companion.replace(own, foreign);
        primary().assert_refused(&draft.message(), &from_partner(), "partners-identities", 403, "15");
    }
}

#[test]
fn an_identity_among_which_elements_stand_is_read_by_no_border() {
    let uris = ["sip:bob@partner.example", "sip:mallory@primary.example", ""];
    for (among, uri) in AMONG.iter().flat_map(|among| uris.map(|uri| (among, uri))) {
        let mut draft = partners_request();
        draft.companion = draft.companion.replace("sip:bob@partner.example", &format!("{uri}{among}"));
        primary().assert_refused(&draft.message(), &from_partner(), "content", 400, "42");
    }
    let mut draft = partners_report();
    draft.companion = draft.companion.replace("<target-list>", "sip:mallory@primary.example<target-list>");
    primary().assert_refused(&draft.message(), &from_partner(), "content", 400, "42");
}

/// The reader of the body takes an identity from either child, directly or under `anyExt`; so does the border.
#[test]
fn an_identity_is_spoken_for_wherever_a_reader_takes_it() {
    let bob =
        "<requesting-mcs-id type=\"Normal\"><mcsURI>sip:bob@partner.example</mcsURI></requesting-mcs-id>";
    let as_string = bob.replace("mcsURI", "mcsString");
    for own in [as_string.clone(), format!("<anyExt>{bob}</anyExt>"), format!("<anyExt>{as_string}</anyExt>")]
    {
        let mut draft = partners_request();
        draft.companion = draft.companion.replace(bob, &own);
        primary().forwarded(&draft.message(), &from_partner());
        draft.companion = draft.companion.replace("sip:bob@partner", "sip:mallory@primary");
        primary().assert_refused(&draft.message(), &from_partner(), "partners-identities", 403, "15");
    }
    let mut report = partners_report();
    report.companion = report.companion.replace("mcsURI", "mcsString");
    primary().forwarded(&report.message(), &from_partner());
    report.companion =
        report.companion.replace("<mcsString>sip:bob@partner", "<mcsString>sip:mallory@primary");
    primary().assert_refused(&report.message(), &from_partner(), "partners-identities", 403, "15");
}

/// TS 23.280 10.9.2.2: the functional alias of who asks is of his system, as he is.
#[test]
fn a_role_of_another_system_is_refused() {
    let role = |system: &str| {
        let element = format!(
            "<requesting-functional-alias-URI type=\"Normal\"><mcsURI>sip:dispatcher@{system}</mcsURI>\
             </requesting-functional-alias-URI>"
        );
        let mut draft = partners_request();
        draft.companion =
            draft.companion.replacen("</requesting-mcs-id>", &format!("</requesting-mcs-id>{element}"), 1);
        draft.message()
    };
    primary().forwarded(&role("partner.example"), &from_partner());
    for system in ["primary.example", "other.example"] {
        primary().assert_refused(&role(system), &from_partner(), "partners-identities", 403, "15");
    }
}

/// TS 23.280 10.9.2.2, 10.9.2.3: who asks, and who is reported on, are M.
#[test]
fn whom_a_message_must_name_and_does_not_nobody_speaks_for() {
    let mut request = partners_request();
    request.companion = request.companion.replace("requesting-mcs-id", "x-requesting-mcs-id");
    primary().assert_refused(&request.message(), &from_partner(), "partners-identities", 400, "42");
    let mut report = partners_report();
    report.companion = report.companion.replace("target-list", "x-target-list");
    primary().assert_refused(&report.message(), &from_partner(), "partners-identities", 400, "42");
}

/// RFC 3261 19.1.4: to whoever compares URIs, each of these would be another user.
#[test]
fn a_partners_user_has_one_name() {
    for twin in [
        "sip:bob@partner.example:5060",
        "sips:bob@partner.example",
        "sip:bob@partner.example;user=phone",
        "sip:bob:secret@partner.example",
    ] {
        let mut draft = partners_request();
        draft.companion = draft.companion.replace("sip:bob@partner.example", twin);
        primary().assert_refused(&draft.message(), &from_partner(), "partners-identities", 400, "42");
    }
}

#[test]
fn a_partner_reports_on_its_own_users_only() {
    let mut draft = partners_report();
    draft.companion = draft.companion.replace("sip:carol@partner.example", "sip:alice@primary.example");
    primary().assert_refused(&draft.message(), &from_partner(), "partners-identities", 403, "15");
}

#[test]
fn ts23280_10_9_3_10_2_step_6_a_report_comes_from_the_system_that_was_asked() {
    let of = |system: &str| {
        let mut draft = partners_report();
        let element = format!(
            "<target-mc-system-id type=\"Normal\"><mcsURI>{system}</mcsURI></target-mc-system-id>\n    <requesting-mcs-id"
        );
        draft.companion = draft.companion.replacen("<requesting-mcs-id", &element, 1);
        draft.message()
    };
    primary().forwarded(&of("sip:partner.example"), &from_partner());
    for foreign in ["sip:primary.example", "sip:third.example"] {
        primary().assert_refused(&of(foreign), &from_partner(), "partners-identities", 403, "15");
    }
}

#[test]
fn a_partner_reports_positions_of_its_own_users_only() {
    let location = |uri: &str| {
        let mut draft = partners_report();
        draft.extra_parts = format!(
            "--mcs-1\r\nContent-Type: application/vnd.3gpp.mcptt-location-info+xml\r\n\r\n\
             <location-info xmlns=\"urn:3gpp:ns:mcpttLocationInfo:1.0\"><Report ReportType=\"NonEmergency\">\
             <mcptt-reporting-uri>{uri}</mcptt-reporting-uri></Report></location-info>\r\n"
        );
        draft.message()
    };
    primary().forwarded(&location("sip:bob@partner.example"), &from_partner());
    let foreign = location("sip:alice@primary.example");
    primary().assert_refused(&foreign, &from_partner(), "partners-identities", 403, "15");
}

#[test]
fn a_partner_names_its_own_users_as_callers_only() {
    let mut draft = partners_request();
    draft.calling = Some("sip:bob@partner.example".into());
    primary().forwarded(&draft.message(), &from_partner());
    draft.calling = Some("sip:alice@primary.example".into());
    primary().assert_refused(&draft.message(), &from_partner(), "partners-identities", 403, "15");
}

#[test]
fn a_partner_writes_its_own_domain_into_from() {
    let mut draft = partners_request();
    draft.from = "<sip:lms_psi@primary.example>;tag=1".into();
    primary().assert_refused(&draft.message(), &from_partner(), "partners-identities", 403, "15");
}

#[test]
fn identities_are_found_behind_every_way_of_writing_xml() {
    let mut draft = partners_request();
    draft.companion = draft.companion.replace(
        "<requesting-mcs-id type=\"Normal\"><mcsURI>sip:bob@partner.example",
        "<requesting-mcs-id><!-- x --><mcsURI>sip:mallory&#64;other.example",
    );
    primary().assert_refused(&draft.message(), &from_partner(), "partners-identities", 403, "15");
}

#[test]
fn bodies_are_read_in_full_where_the_agreement_asks_it() {
    let mut draft = partners_request();
    draft.companion = draft.companion.replace("<mcsString>", "<mcsString a='1' a='2'>");
    primary().forwarded(&draft.message(), &from_partner());
    let border = primary_where(|partner| partner.check_bodies = true);
    border.assert_refused(&draft.message(), &from_partner(), "partners-identities", 400, "42");
    border.forwarded(&partners_request().message(), &from_partner());
    // RFC 2045 5.1: however its type is written, XML is XML.
    let shouted = parse(draft.text().replace("info+xml", "info+XML"));
    border.assert_refused(&shouted, &from_partner(), "partners-identities", 400, "42");
}

#[test]
fn options_for_the_gateway_is_answered_to_partners_only() {
    let ping = bare("OPTIONS", "sip:mcgw.primary.example");
    let (answer, step) = primary().refused(&ping, &from_partner());
    assert_eq!((answer.status(), step.as_str()), (200, "options"));
    primary().assert_refused(&ping, &from_border("x.example", ANCHOR), "partner", 403, "12");
}

#[test]
fn ts_23280_10_9_3_10_2_step_3_is_recorded_at_the_entry() {
    let border = primary();
    border.forwarded(&partners_request().message(), &from_partner());
    let entries = border.notes.take();
    assert!(entries.iter().any(|e| matches!(e.kind, Kind::Step { clause: "10.9.3.10.2", number: 3, .. })));
    assert!(entries.iter().all(|e| e.flow == REQUEST_ID));
}
