//! Topology hiding (TS 24.379 clause 6.8.2 step 3): nothing internal leaves, and what comes back finds its way.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{leaving::*, *};
use sip::Name;
use wire::Vias;

#[test]
fn vias_are_replaced_and_call_id_and_tag_are_sealed() {
    let message = request().message();
    let (forward, sent) = primary().forwarded(&message, &from_lms());
    assert_eq!(forward.vias, Vias::Replace);
    assert_eq!(exposes(sent.bytes()), None);
    assert_ne!(sent.call_id(), message.call_id());
    assert!(value(&sent, Name::From).starts_with("<sip:lms_psi@primary.example>;tag="));
    for name in [Name::Contact, Name::Route, Name::UserAgent] {
        assert_eq!(sent.header(name), None, "{name}");
    }
}

#[test]
fn of_options_nothing_internal_leaves_either() {
    let border = primary_where(|partner| partner.system.outbound = ["options"].into_iter().collect());
    let options = bare("OPTIONS", "sip:lms_psi@partner.example");
    let inside = "Call-ID: ask1@lms1.core.primary.example\r\nContact: <sip:lms1.core.primary.example>\r\n\
        User-Agent: lms1.core.primary.example\r\nSubject: from 10.0.0.5\r\n";
    let text = String::from_utf8_lossy(options.bytes()).replace("Call-ID: 1@h\r\n", inside);
    let (forward, sent) = border.forwarded(&parse(text), &from_lms());
    assert_eq!(forward.vias, Vias::Replace);
    assert_eq!(exposes(sent.bytes()), None);
}

#[test]
fn equal_requests_leave_equal_and_different_ones_different() {
    let (_, once) = primary().forwarded(&request().message(), &from_lms());
    let (_, again) = primary().forwarded(&request().message(), &from_lms());
    assert_eq!(once.bytes(), again.bytes());
    let mut other = request();
    other.call_id = "loc2@lms1.core.primary.example".into();
    assert_ne!(primary().forwarded(&other.message(), &from_lms()).1.call_id(), once.call_id());
}

#[test]
fn an_internal_from_gives_way_to_the_public_host() {
    let mut draft = request();
    draft.from =
        "\"lms1.core.primary.example\" <sip:lms1_psi@lms1.core.primary.example>;x=10.0.0.5;tag=t".into();
    let (_, sent) = primary().forwarded(&draft.message(), &from_lms());
    assert!(value(&sent, Name::From).starts_with("<sip:lms1_psi@mcgw.primary.example>;tag="));
    draft.from = "<sip:lms1%40lms1.core.primary.example@primary.example>;tag=t".into();
    let (_, sent) = primary().forwarded(&draft.message(), &from_lms());
    assert!(value(&sent, Name::From).starts_with("<sip:mcgw.primary.example>;tag="));
}

#[test]
fn an_internal_to_gives_way_to_whom_the_request_is_for() {
    let mut draft = request();
    draft.to = "\"at 10.0.0.5\" <sip:lms_psi@partner.example>".into();
    let (_, sent) = primary().forwarded(&draft.message(), &from_lms());
    assert_eq!(value(&sent, Name::To), "<sip:lms_psi@partner.example>");
}

#[test]
fn a_content_type_that_names_the_inside_is_refused() {
    let text = request().text().replace("mixed;", "mixed;x=lms1.core.primary.example;");
    primary().assert_refused(&parse(text), &from_lms(), "hide-topology", 403, "17");
}

/// A request that comes back with what we sealed: Call-ID, and the From tag as its To tag.
fn returning(call_id: &[u8], tag: &str) -> Draft {
    let mut draft = partners_request();
    draft.call_id = String::from_utf8_lossy(call_id).into_owned();
    draft.to = format!("<sip:lms_psi@primary.example>;tag={tag}");
    draft
}

fn sealed() -> (Vec<u8>, String) {
    let (_, sent) = primary().forwarded(&request().message(), &from_lms());
    let tag = value(&sent, Name::From).split_once(";tag=").unwrap().1.to_owned();
    (sent.call_id().to_vec(), tag)
}

#[test]
fn what_we_sealed_is_opened_when_it_comes_back() {
    let (call_id, tag) = sealed();
    let (forward, inside) = primary().forwarded(&returning(&call_id, &tag).message(), &from_partner());
    assert_eq!(forward.vias, Vias::Replace);
    assert_eq!(value(&inside, Name::CallId), "loc1@lms1.core.primary.example");
    assert_eq!(value(&inside, Name::To), "<sip:lms_psi@primary.example>;tag=f1.lms1.core.primary.example");
}

#[test]
fn what_was_tampered_with_is_refused() {
    let (mut call_id, tag) = sealed();
    let last = call_id.last_mut().unwrap();
    *last = if *last == b'a' { b'b' } else { b'a' };
    primary().assert_refused(
        &returning(&call_id, &tag).message(),
        &from_partner(),
        "open-topology",
        400,
        "41",
    );
    let (call_id, mut tag) = sealed();
    tag.push('a');
    let (answer, step) = primary().refused(&returning(&call_id, &tag).message(), &from_partner());
    assert_eq!((answer.status(), step.as_str()), (481, "dialog"));
}

#[test]
fn what_was_sealed_for_one_partner_does_not_open_for_another() {
    let (call_id, _) = sealed();
    let border = border("primary", vec![partner("partner"), partner("third")]);
    let mut draft = returning(&call_id, "x");
    draft.to = "<sip:lms_psi@primary.example>".into();
    draft.from = "<sip:lms_psi@third.example>;tag=1".into();
    draft.companion = draft.companion.replace("partner.example", "third.example");
    let arrival = from_border("mcgw.third.example", ANCHOR);
    border.assert_refused(&draft.message(), &arrival, "open-topology", 400, "41");
}

#[test]
fn two_hiding_gateways_back_to_back_carry_each_others_work() {
    let (a, b) = (primary(), border("partner", vec![partner("primary")]));
    let (_, between) = a.forwarded(&request().message(), &from_lms());
    let (_, inside_b) = b.forwarded(&between, &from_border("mcgw.primary.example", ANCHOR));
    assert_eq!(inside_b.call_id(), between.call_id());
    assert_eq!(value(&inside_b, Name::From), value(&between, Name::From));
    assert_eq!(value(&inside_b, Name::PAssertedIdentity), "<sip:primary.example>");
    assert_eq!(inside_b.body(), request().message().body());
}

#[test]
fn responses_from_within_are_cleaned() {
    let head = "Server: lms1.core.primary.example\r\nContact: <sip:10.0.0.5>\r\nX-Debug: 1\r\nX-MCX-Cause: 35\r\n\
        Warning: 399 lms1.core.primary.example \"141 user unknown\", 399 10.0.0.5 \"seen by 10.0.0.5\"\r\n\
        Reason: SIP;cause=404\r\nError-Info: <sip:10.0.0.5>\r\nSubject: at lms1.core.primary.example\r\n\
        P-Asserted-Identity: <sip:lms1_psi@primary.example>\r\n";
    let sent = answered(head, &partners_request().message(), &primary());
    assert_eq!(exposes(sent.bytes()), None);
    assert_eq!(value(&sent, Name::Warning), "399 mcgw.primary.example \"141 user unknown\"");
    assert_eq!(sent.extension("X-MCX-Cause"), Some(b"35".as_slice()));
    assert_eq!(value(&sent, Name::Reason), "SIP;cause=404");
    assert_eq!((sent.header(Name::Server), sent.header(Name::Contact)), (None, None));
}

#[test]
fn rfc3326_a_reason_leaves_as_protocol_cause_and_plain_text_only() {
    let sent = |line: &str| answered(&format!("{line}\r\n"), &partners_request().message(), &primary());
    for (line, name) in [
        ("Reason: SIP;text=\"gms1\\.core\"", Name::Reason),
        ("Reason: SIP;cause=1;at=gms1", Name::Reason),
        ("MIME-Version: 1.0 (gms1)", Name::MimeVersion),
    ] {
        assert_eq!(sent(line).header(name), None, "{line}");
    }
    assert_eq!(
        value(&sent("Reason: SIP;cause=404;text=\"Gone\""), Name::Reason),
        "SIP;cause=404;text=\"Gone\""
    );
    assert_eq!(value(&sent("MIME-Version: 1.0"), Name::MimeVersion), "1.0");
}

#[test]
fn xml_2_8_a_document_type_declaration_crosses_in_neither_direction() {
    let declares = |mut draft: Draft| {
        let body = "<!DOCTYPE a [<!ENTITY e \"mary.example\">]><a>gms1.core.pri&e;</a>";
        draft.extra_parts = format!("--mcs-1\r\nContent-Type: application/x+xml\r\n\r\n{body}\r\n");
        draft.message()
    };
    for open in [false, true] {
        let border = primary_where(|partner| partner.hide = !open);
        border.assert_refused(&declares(request()), &from_lms(), "content", 400, "42");
        border.assert_refused(&declares(partners_request()), &from_partner(), "content", 400, "42");
        for asked in [request().message(), partners_request().message()] {
            let body = "<!DOCTYPE a><a/>";
            let text = format!(
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n\
                 Call-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Type: application/x+xml\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            assert_eq!(sent_back(text, &asked, &border).body(), b"");
        }
    }
}

#[test]
fn a_response_whose_only_warning_names_the_inside_has_none() {
    let head = "Warning: 399 lms1.core.primary.example \"seen by 10.0.0.5\"\r\n";
    let sent = answered(head, &partners_request().message(), &primary());
    assert_eq!(sent.header(Name::Warning), None);
}

#[test]
fn reason_phrase_body_and_tag_of_a_response_name_nothing_internal() {
    let text = "SIP/2.0 404 unknown at lms1.core.primary.example\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2.lms1.core.primary.example\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\
        Content-Type: text/plain\r\nContent-Length: 11\r\n\r\nat 10.0.0.5";
    let sent = sent_back(text.to_owned(), &partners_request().message(), &primary());
    assert_eq!(exposes(sent.bytes()), None);
    assert_eq!(
        (sent.status(), sent.reason(), sent.body()),
        (Some(404), b"Not Found".as_slice(), b"".as_slice())
    );
    let to = value(&sent, Name::To);
    let tag = to.strip_prefix("<sip:lms_psi@primary.example>;tag=").unwrap();
    let back = returning(b"x@y", tag).message();
    let (_, inside) = primary().forwarded(&back, &from_partner());
    assert_eq!(value(&inside, Name::To), "<sip:lms_psi@primary.example>;tag=2.lms1.core.primary.example");
}

#[test]
fn responses_show_the_inside_to_a_partner_from_whom_nothing_is_hidden() {
    let border = primary_where(|partner| partner.hide = false);
    let sent = answered("Server: lms1.core.primary.example\r\n", &partners_request().message(), &border);
    assert_eq!(value(&sent, Name::Server), "lms1.core.primary.example");
}

#[test]
fn ts24379_6_8_2_a_partner_that_left_the_table_while_we_answered_is_shown_nothing() {
    let head = "Server: lms1.core.primary.example\r\nWarning: 399 lms1.core.primary.example \"141 user unknown\"\r\n";
    let asked = partners_request().message();
    for later in [Vec::new(), vec![partner("third")]] {
        let border = primary();
        border.forwarded(&asked, &from_partner());
        border.gateway.replace_partners(later);
        let sent = answered(head, &asked, &border);
        assert_eq!(exposes(sent.bytes()), None);
        assert_eq!(value(&sent, Name::Warning), "399 mcgw.primary.example \"141 user unknown\"");
    }
}

#[test]
fn rfc5922_7_2_of_two_partners_behind_gateways_of_one_name_the_issuer_tells_who_is_answered() {
    let mut open = partner("open");
    open.hide = false;
    open.system.identities = vec!["mcgw.partner.example".into()];
    open.system.anchor = Some(wire::AnchorId([9; 32]));
    let border = border("primary", vec![open, partner("partner")]);
    let mut draft = partners_request();
    draft.from = "<sip:hidden@mcgw.partner.example>;tag=1".into();
    let asked = draft.message();
    border.forwarded(&asked, &from_partner());
    let sent = answered("Server: lms1.core.primary.example\r\n", &asked, &border);
    assert_eq!(exposes(sent.bytes()), None);
}

#[test]
fn rfc3325_5_a_partner_that_left_the_table_while_it_answered_asserts_nothing() {
    let border = primary();
    border.gateway.replace_partners(Vec::new());
    let head = "P-Asserted-Identity: <sip:admin@primary.example>\r\nServer: x\r\n";
    let sent = answered(head, &request().message(), &border);
    assert_eq!((sent.header(Name::PAssertedIdentity), sent.header(Name::Server)), (None, None));
}

#[test]
fn responses_from_outside_assert_nothing() {
    let head = "Server: x\r\nP-Asserted-Identity: <sip:admin@primary.example>\r\nP-Charging-Function-Addresses: ccf=x\r\n\
        Record-Route: <sip:x;lr>\r\nX-MCX-Cause: 35\r\nWarning: 399 mcgw.partner.example \"141 user unknown\"\r\n";
    let sent = answered(head, &request().message(), &primary());
    for name in [Name::Server, Name::PAssertedIdentity, Name::RecordRoute] {
        assert_eq!(sent.header(name), None, "{name}");
    }
    assert_eq!(sent.extension("P-Charging-Function-Addresses"), None);
    assert_eq!(sent.extension("X-MCX-Cause"), Some(b"35".as_slice()));
    assert_eq!(value(&sent, Name::Warning), "399 mcgw.partner.example \"141 user unknown\"");
}
