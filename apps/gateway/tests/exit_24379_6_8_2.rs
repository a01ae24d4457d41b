//! TS 24.379 clause 6.8.2: what leaves the system, and what is refused on its way out. One test per step and refusal.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use sip::{MultipartBuilder, Name};
use wire::Vias;

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
