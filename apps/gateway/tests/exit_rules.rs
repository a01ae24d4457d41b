//! What leaves the system, beside the steps of TS 24.379 clause 6.8.2: who is let out at all, what SIP itself asks of a proxy, what is
//! recorded and counted.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::*;
use sip::Name;
use wire::{Entry, Inline as _, Kind, Transport, WireError};

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
fn rfc3261_8_2_2_3_options_for_the_gateway_that_require_what_it_has_not_are_refused_by_name() {
    let (border, own) = (primary(), "sip:mcgw.primary.example");
    let message = bare_with("OPTIONS", own, "Require: eventlist, foo\r\n");
    border.assert_refused(&message, &from_lms(), "options", 420, "46");
    let answer = print(&border.refused(&message, &from_lms()).0, &message);
    let named: Vec<&[u8]> = answer.values(Name::Unsupported).collect();
    assert_eq!(named, [b"eventlist".as_slice(), b"foo"]);
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

/// RFC 3261 20.43: a Warning says where, as of every other fault of a body.
#[test]
fn rfc3261_20_43_a_document_type_declaration_is_named_with_its_place() {
    let mut draft = request();
    draft.companion = format!("\n  <!DOCTYPE a>{}", draft.companion);
    let message = draft.message();
    let warning = value(&print(&primary().refused(&message, &from_lms()).0, &message), Name::Warning);
    assert!(warning.contains("2:3: a document type declaration is not allowed"), "{warning}");
}

/// RFC 3261 16.7 step 6: a partner's 503 becomes a 500 behind the border, and says there why it is none of ours.
#[test]
fn rfc3261_16_7_a_partner_s_503_says_its_cause_on_its_way_in() {
    let (border, request) = (primary(), request().message());
    let cause = |status: &str, fields: &str| {
        let text = format!(
            "SIP/2.0 {status} X\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n\
             Call-ID: 1\r\nCSeq: 1 MESSAGE\r\n{fields}Content-Length: 0\r\n\r\n"
        );
        let (response, mut edits) = (parse(text), sip::Edits::new());
        border.gateway.response(&response, &request, &from_lms(), &mut edits);
        let mut out = bytes::BytesMut::new();
        edits.apply(&response, &mut out);
        parse(out.freeze()).extension(kit::refusal::CAUSE_HEADER).map(|cause| cause.to_vec())
    };
    assert_eq!(cause("503", "Retry-After: 3\r\n"), Some(b"51".to_vec()));
    assert_eq!(cause("503", ""), Some(b"14".to_vec()));
    assert_eq!(cause("503", "X-MCX-Cause: 54\r\n"), Some(b"54".to_vec()));
    assert_eq!(cause("500", "Retry-After: 3\r\n"), None);
}

/// RFC 3261 16.9: what passes and reaches nobody is no success.
#[test]
fn rfc3261_16_9_what_reached_nobody_is_counted_with_its_partner_and_cause() {
    let border = primary();
    let mut registry = prometheus_client::registry::Registry::default();
    border.metrics.register(&mut registry);
    let (ours, theirs) = (request().message(), partners_request().message());
    for why in [WireError::Unreachable("192.0.2.1:5061: refused".to_owned()), WireError::Overloaded] {
        border.gateway.unreached(&ours, &from_lms(), &why);
        border.gateway.unreached(&theirs, &from_partner(), &why);
    }
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for (direction, cause) in [
        ("outbound", "partner-unreachable"),
        ("inbound", "server-unreachable"),
        ("outbound", "overloaded"),
        ("inbound", "overloaded"),
    ] {
        let labels = format!(
            "partner=\"partner.example\",direction=\"{direction}\",step=\"answer\",cause=\"{cause}\""
        );
        assert!(text.contains(&format!("mcx_gateway_decisions_total{{{labels}}} 1\n")), "{labels} in {text}");
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
