//! TS 24.379 clause 6.8.2: what leaves the system, and what is refused on its way out. One test per step and refusal.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use sip::{MultipartBuilder, Name};
use wire::{Entry, Kind, Transport, Vias};

#[test]
fn step_1_finds_the_partner_by_the_request_uri() {
    let (forward, _) = primary().forwarded(&request().message(), &from_lms());
    assert_eq!(&*forward.hop.name, "mcgw.partner.example");
    assert_eq!(forward.hop.tls.unwrap().anchor, Some(ANCHOR));
}

#[test]
fn step_1_does_not_regard_case_port_or_parameters() {
    let mut draft = request();
    draft.uri = "sip:lms_psi@PARTNER.Example.:5061;transport=tls".into();
    primary().forwarded(&draft.message(), &from_lms());
}

#[test]
fn step_1_refuses_a_system_that_is_no_partner() {
    for uri in [
        "sip:lms_psi@other.example",
        "sip:lms_psi@primary.example",
        "tel:+15551234",
        "sip:x@sub.partner.example",
    ] {
        let mut draft = request();
        draft.uri = uri.into();
        primary().assert_refused(&draft.message(), &from_lms(), "partner", 403, "12");
    }
}

#[test]
fn rfc3261_16_3_step_3_comes_before_any_word_about_the_target() {
    let exhausted = request().text().replace("Max-Forwards: 68", "Max-Forwards: 0");
    for uri in ["lms_psi@partner.example", "lms_psi@other.example"] {
        let message =
            parse(exhausted.replace("MESSAGE sip:lms_psi@partner.example", &format!("MESSAGE sip:{uri}")));
        primary().assert_refused(&message, &from_lms(), "max-forwards", 483, "");
    }
    let own = bare("OPTIONS", "sip:mcgw.primary.example");
    let own = parse(String::from_utf8_lossy(own.bytes()).replace("Max-Forwards: 70", "Max-Forwards: 0"));
    assert_eq!(primary().refused(&own, &from_lms()).0.status(), 200);
}

#[test]
fn step_2_refuses_a_flow_that_the_agreement_does_not_list() {
    let border = primary_where(|partner| partner.system.outbound = [REPORT].into_iter().collect());
    border.assert_refused(&request().message(), &from_lms(), "agreement", 403, "11");
}

#[test]
fn step_2_denies_by_default() {
    let border = primary_where(|partner| partner.system.outbound = Default::default());
    border.assert_refused(&request().message(), &from_lms(), "agreement", 403, "11");
    border.assert_refused(&bare("MESSAGE", "sip:x@partner.example"), &from_lms(), "agreement", 403, "11");
    border.assert_refused(&bare("OPTIONS", "sip:x@partner.example"), &from_lms(), "agreement", 403, "11");
}

#[test]
fn step_2_refuses_with_warning_179() {
    let border = primary_where(|partner| partner.system.outbound = Default::default());
    let message = request().message();
    let answer = print(&border.refused(&message, &from_lms()).0, &message);
    let expected = "399 mcgw.primary.example \"179 service not authorized with the interconnected system\"";
    assert_eq!(value(&answer, Name::Warning), expected);
}

#[test]
fn step_2_refuses_a_media_type_that_the_agreement_does_not_list() {
    let mut draft = request();
    draft.extra_parts = "--mcs-1\r\nContent-Type: text/plain\r\n\r\nhello\r\n".into();
    primary().assert_refused(&draft.message(), &from_lms(), "agreement", 415, "43");
}

#[test]
fn step_2_takes_the_flow_from_the_companion_body_however_it_is_written() {
    let mut draft = request();
    draft.companion =
        "<!-- c --><x:interconnection-info xmlns:x='urn:x-mcx:ns:interconnection-info:1.0'><x:icx-Params>\
        <x:req-type><x:mcsString><![CDATA[location-information]]>-request</x:mcsString></x:req-type>\
        <x:requesting-mcs-id><x:mcsURI>sip:alice@primary.example</x:mcsURI></x:requesting-mcs-id>\
        </x:icx-Params></x:interconnection-info>"
            .into();
    primary().forwarded(&draft.message(), &from_lms());
}

#[test]
fn step_2_does_not_guess_at_a_companion_body() {
    let good = request().companion;
    let kind = "<req-type type=\"Normal\"><mcsString>location-information-request</mcsString></req-type>";
    for bad in [
        good.replace(kind, ""),
        good.replace(kind, &kind.repeat(2)),
        good.replace(kind, &format!("{kind}{}", kind.replace("req-", "resp-"))),
        good.replace("urn:x-mcx:ns:interconnection-info:1.0", "urn:other"),
        good.replace("</icx-Params>", ""),
        format!("<!DOCTYPE a [<!ENTITY e 'x'>]>{good}"),
        format!("{good}{good}"),
        good.replace("alice", "al\0ice"),
    ] {
        let mut draft = request();
        draft.companion = bad;
        primary().assert_refused(&draft.message(), &from_lms(), "content", 400, "42");
    }
}

#[test]
fn step_2_refuses_an_encrypted_companion_body() {
    let mut draft = request();
    let encrypted = "<EncryptedData xmlns=\"http://www.w3.org/2001/04/xmlenc#\"/>";
    draft.companion =
        draft.companion.replace("<mcsString>location-information-request</mcsString>", encrypted);
    primary().assert_refused(&draft.message(), &from_lms(), "content", 403, "16");
}

#[test]
fn step_2_refuses_bodies_that_hide_their_text() {
    let companion = "application/x.mcx.interconnection-info+xml";
    for part in [
        format!(
            "--mcs-1\r\nContent-Type: {companion}\r\nContent-Transfer-Encoding: base64\r\n\r\nPGEvPg==\r\n"
        ),
        format!("--mcs-1\r\nContent-Type: {companion}\r\ne: gzip\r\n\r\n<a/>\r\n"),
        "--mcs-1\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n--x--\r\n".to_owned(),
    ] {
        let mut draft = request();
        draft.extra_parts = part;
        primary().assert_refused(&draft.message(), &from_lms(), "content", 415, "43");
    }
    let mut twice = request();
    twice.extra_parts = format!(
        "--mcs-1\r\nContent-Type: {companion}\r\nContent-Transfer-Encoding: binary\r\n\
         content-transfer-encoding: base64\r\n\r\nPGEvPg==\r\n"
    );
    primary().assert_refused(&twice.message(), &from_lms(), "content", 400, "42");
    let coded = request().header("Content-Encoding: gzip").message();
    primary().assert_refused(&coded, &from_lms(), "content", 415, "43");
}

#[test]
fn step_2_refuses_users_of_another_system_as_requesters() {
    for (own, foreign) in [
        ("sip:alice@primary.example", "sip:mallory@other.example"),
        ("sip:primary.example", "sip:other.example"),
    ] {
        let mut draft = request();
        draft.companion = draft.companion.replace(own, foreign);
        primary().assert_refused(&draft.message(), &from_lms(), "own-identities", 403, "15");
    }
}

/// An entity behind the other border may take a text from beside elements.
#[test]
fn step_2_refuses_identities_among_which_elements_stand() {
    for among in AMONG {
        let mut draft = request();
        let alice = "sip:alice@primary.example</mcsURI>";
        draft.companion = draft.companion.replace(alice, &alice.replace("</", &format!("{among}</")));
        primary().assert_refused(&draft.message(), &from_lms(), "content", 400, "42");
    }
}

#[test]
fn step_3_refuses_bodies_that_name_the_inside() {
    for name in [
        "lms1.core.primary.example",
        "10.1.2.3",
        "lms1.core&#x2e;primary.example",
        "lms1.%63ore.primary.example",
    ] {
        let mut draft = request();
        draft.companion = draft.companion.replace("carol@partner.example", &format!("carol@{name}"));
        primary().assert_refused(&draft.message(), &from_lms(), "public-names", 403, "17");
    }
}

#[test]
fn step_3_refuses_a_request_uri_that_names_the_inside() {
    let mut draft = request();
    draft.uri = "sip:lms_psi@partner.example;maddr=10.0.0.5".into();
    primary().assert_refused(&draft.message(), &from_lms(), "hide-topology", 403, "17");
}

#[test]
fn step_3_asserts_the_gateway_in_place_of_whoever_asserted_before() {
    for hide in [true, false] {
        let border = primary_where(|partner| partner.hide = hide);
        let message = request()
            .header("P-Asserted-Identity: <sip:second@core.primary.example>")
            .header("P-Preferred-Identity: <sip:alice@primary.example>")
            .header("X-3GPP-Asserted-Identity: \"sip:alice@primary.example\"")
            .message();
        let (_, sent) = border.forwarded(&message, &from_lms());
        assert_eq!(sent.count(Name::PAssertedIdentity), 1);
        assert_eq!(value(&sent, Name::PAssertedIdentity), "<sip:mcgw@primary.example>");
        assert_eq!(sent.header(Name::PPreferredIdentity), None);
        assert_eq!(sent.extension("X-3GPP-Asserted-Identity"), None);
    }
}

#[test]
fn step_3_keeps_what_the_partner_needs() {
    let message = request().message();
    let (_, sent) = primary().forwarded(&message, &from_lms());
    for name in [Name::PAssertedService, Name::AcceptContact, Name::ContentType, Name::To, Name::CSeq] {
        assert_eq!(sent.header(name), message.header(name), "{name}");
    }
    assert_eq!(sent.request_uri(), message.request_uri());
    assert_eq!(sent.body(), message.body());
}

#[test]
fn step_3_without_hiding_adds_a_via_and_shows_the_rest() {
    let border = primary_where(|partner| partner.hide = false);
    let message = request().message();
    let (forward, sent) = border.forwarded(&message, &from_lms());
    assert_eq!(forward.vias, Vias::Add);
    for name in [Name::Via, Name::CallId, Name::From, Name::Contact, Name::UserAgent] {
        assert_eq!(sent.header(name), message.header(name), "{name}");
    }
    assert_eq!(sent.header(Name::Route), None);
}

#[test]
fn an_unreachable_partner_is_503_with_retry_after() {
    let message = request().message();
    let (forward, _) = primary().forwarded(&message, &from_lms());
    let answer = print(&forward.unreachable.unwrap(), &message);
    assert_eq!(answer.status(), Some(503));
    assert_eq!(value(&answer, Name::RetryAfter), "5");
    assert_eq!(answer.extension(kit::refusal::CAUSE_HEADER), Some(b"14".as_slice()));
}

#[test]
fn a_partner_without_a_hop_is_unreachable() {
    let border = primary_where(|partner| partner.system.hop = None);
    border.assert_refused(&request().message(), &from_lms(), "next-hop", 503, "14");
}

#[test]
fn ts_33180_5_12_nobody_but_our_own_servers_is_let_out() {
    let message = request().message();
    for stranger in [
        from_stranger("inner", Transport::Tls, "10.0.0.5:40000"),
        from_stranger("inner-udp", Transport::Udp, "10.0.1.5:5060"),
        from_stranger("inner-udp", Transport::Tcp, "192.0.2.1:5060"),
        with_certificate("inner", "mcgw.partner.example"),
        with_certificate("inner", "hardcore.primary.example"),
    ] {
        primary().assert_refused(&message, &stranger, "own-system", 403, "12");
    }
}

#[test]
fn ts_33180_5_12_a_trusted_address_is_let_out_over_udp_and_tcp() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let server = from_stranger("inner-udp", transport, "10.0.0.77:5060");
        primary().forwarded(&request().message(), &server);
    }
}

#[test]
fn ts_33180_5_12_a_connection_that_we_opened_to_our_own_server_is_inner() {
    let arrival = with_certificate("lms1.core.primary.example", "lms1.core.primary.example");
    primary().forwarded(&request().message(), &arrival);
}

#[test]
fn rfc3261_16_3_step_5_refuses_every_required_extension_by_name() {
    let message = request().header("Proxy-Require: privacy, foo").message();
    let border = primary();
    border.assert_refused(&message, &from_lms(), "proxy-require", 420, "46");
    let answer = print(&border.refused(&message, &from_lms()).0, &message);
    let named: Vec<&[u8]> = answer.values(Name::Unsupported).collect();
    assert_eq!(named, [b"privacy".as_slice(), b"foo"]);
}

#[test]
fn rfc3261_12_2_2_a_dialog_that_nobody_knows_is_481() {
    let mut draft = request();
    draft.to = "<sip:lms_psi@partner.example>;tag=x".into();
    let (answer, step) = primary().refused(&draft.message(), &from_lms());
    assert_eq!((answer.status(), step.as_str()), (481, "dialog"));
}

#[test]
fn rfc3261_11_2_options_for_the_gateway_is_answered_here() {
    for uri in
        ["sip:mcgw.primary.example", "sip:mcgw@mcgw.primary.example:5061", "sip:mcgw-int.primary.example"]
    {
        let message = bare("OPTIONS", uri);
        let (answer, step) = primary().refused(&message, &from_lms());
        assert_eq!((answer.status(), step.as_str()), (200, "options"), "{uri}");
        assert_eq!(answer.get(Name::Allow), Some(b"MESSAGE, OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH".as_slice()));
    }
}

#[test]
fn options_for_a_partners_service_pass_where_agreed() {
    let border = primary_where(|partner| partner.system.outbound = ["options"].into_iter().collect());
    border.forwarded(&bare("OPTIONS", "sip:lms_psi@partner.example"), &from_lms());
}

#[test]
fn a_single_body_is_checked_like_a_part() {
    let companion = "application/x.mcx.interconnection-info+xml";
    let body = request().companion;
    let text = format!(
        "MESSAGE sip:lms_psi@partner.example SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         f: <sip:lms_psi@primary.example>;tag=1\r\nt: <sip:lms_psi@partner.example>\r\ni: 1@h\r\nCSeq: 1 MESSAGE\r\n\
         c: {companion}\r\nl: {}\r\n\r\n{body}",
        body.len()
    );
    primary().forwarded(&parse(text.clone()), &from_lms());
    primary().assert_refused(
        &parse(text.replace(companion, "text/plain")),
        &from_lms(),
        "agreement",
        403,
        "11",
    );
}

#[test]
fn a_body_of_octets_passes_where_agreed_and_is_searched_too() {
    let border = primary_where(|partner| partner.media.push("application/vnd.3gpp.mcdata-payload".into()));
    let with = |octets: &[u8]| {
        let head = "MESSAGE sip:lms_psi@partner.example SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\n\
            Max-Forwards: 70\r\nFrom: <sip:a@primary.example>;tag=1\r\nTo: <sip:lms_psi@partner.example>\r\n\
            Call-ID: 1@h\r\nCSeq: 1 MESSAGE\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n";
        let part = "--b\r\nContent-Type: application/x.mcx.interconnection-info+xml\r\n\r\n";
        let payload = "--b\r\nContent-Type: application/vnd.3gpp.mcdata-payload\r\n\r\n";
        let companion = request().companion;
        parse(
            [head, part, &companion, "\r\n", payload]
                .concat()
                .into_bytes()
                .into_iter()
                .chain(octets.iter().copied())
                .chain(*b"\r\n--b--\r\n")
                .collect::<Vec<u8>>(),
        )
    };
    border.forwarded(&with(b"\x00\xff\x00"), &from_lms());
    let leaking = with(b"\x00\xfflms1.core.primary.example\x00");
    border.assert_refused(&leaking, &from_lms(), "public-names", 403, "17");
}

#[test]
fn the_stacks_own_multipart_writer_is_understood() {
    let (content_type, body) = MultipartBuilder::new("b")
        .part("application/x.mcx.interconnection-info+xml", None, request().companion.into_bytes())
        .build();
    let head = "MESSAGE sip:lms_psi@partner.example SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
        From: <sip:lms_psi@primary.example>;tag=1\r\nTo: <sip:lms_psi@partner.example>\r\nCall-ID: 1@h\r\nCSeq: 1 MESSAGE\r\n";
    let mut text =
        format!("{head}Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    text.extend_from_slice(&body);
    primary().forwarded(&parse(text), &from_lms());
}

#[test]
fn ts_23280_10_9_3_10_2_steps_3_and_6_are_recorded_with_the_flow() {
    let border = primary();
    let mut report = request();
    report.companion = companion(
        "resp-type",
        REPORT,
        "sip:partner.example",
        "sip:bob@partner.example",
        &["sip:alice@primary.example"],
    );
    for (draft, step) in [(request(), 3), (report, 6)] {
        border.forwarded(&draft.message(), &from_lms());
        let entries = border.notes.take();
        let taken =
            |e: &Entry| matches!(e.kind, Kind::Step { clause: "10.9.3.10.2", number, .. } if number == step);
        assert!(entries.iter().any(taken), "{entries:?}");
        assert!(entries.iter().all(|e| e.flow == REQUEST_ID && &*e.entity == "mcgw.primary.example"));
        assert!(
            entries
                .iter()
                .any(|e| matches!(&e.kind, Kind::Sent { to, .. } if &**to == "mcgw.partner.example"))
        );
    }
}

#[test]
fn ts_24379_6_8_2_step_3_a_ladder_says_what_was_hidden() {
    let told = |hide: bool| {
        let border = primary_where(|partner| partner.hide = hide);
        border.forwarded(&request().message(), &from_lms());
        let sent = |entry: Entry| match entry.kind {
            Kind::Sent { detail, .. } => Some(detail),
            _ => None,
        };
        border.notes.take().into_iter().find_map(sent).unwrap()
    };
    let (hidden, open) = (told(true), told(false));
    assert!(hidden.contains("topology: hidden, made anew Via, From, "), "{hidden}");
    assert!(hidden.contains("Call-ID") && !hidden.contains("P-Asserted-Identity"), "{hidden}");
    assert!(open.ends_with("topology: not hidden"), "{open}");
}

#[test]
fn decisions_are_counted_by_partner_step_and_cause() {
    let border = primary();
    let mut registry = prometheus_client::registry::Registry::default();
    border.metrics.register(&mut registry);
    border.forwarded(&request().message(), &from_lms());
    border.refused(&bare("MESSAGE", "sip:x@other.example"), &from_lms());
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        "mcx_gateway_decisions_total{partner=\"partner.example\",direction=\"outbound\",step=\"forward\",cause=\"\"} 1",
        "mcx_gateway_decisions_total{partner=\"\",direction=\"outbound\",step=\"partner\",cause=\"unknown-partner\"} 1",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn the_table_of_partners_is_replaced_at_once() {
    let border = primary();
    border.gateway.replace_partners(vec![partner("third")]);
    border.assert_refused(&request().message(), &from_lms(), "partner", 403, "12");
    assert_eq!(
        border.gateway.partners().iter().map(|p| p.name().to_owned()).collect::<Vec<_>>(),
        ["third.example"]
    );
}
