//! The sample messages of two interconnected systems: what system A's server sends (06), what crosses (07, 08), and how
//! a refusal looks (16).
#![allow(clippy::unwrap_used)]

mod common;

use std::path::PathBuf;

use common::*;
use sip::{Message, Name};

/// A sample with its Content-Length put right; none where the samples are not there.
fn sample(name: &str) -> Option<Message> {
    #[expect(clippy::disallowed_methods, reason = "a test finds its samples by the environment")]
    let shared = std::env::var("MCX_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let file = shared.join("samples/sip").join(name);
    match std::fs::read(&file) {
        Ok(text) => Some(parse(text)),
        Err(why) => {
            eprintln!("skipped: {}: {why}", file.display());
            None
        }
    }
}

#[test]
fn sample_06_leaves_as_sample_07_says() {
    let (Some(sent), Some(expected)) = (
        sample("06-MESSAGE-location-request-inside-primary.sip"),
        sample("07-MESSAGE-location-request-between-gateways.sip"),
    ) else {
        return;
    };
    let (_, crossing) = primary().forwarded(&sent, &from_lms());
    assert_eq!(crossing.request_uri(), expected.request_uri());
    assert_eq!(crossing.body(), expected.body());
    let sealed = [Name::Via, Name::CallId, Name::From, Name::ContentLength, Name::MaxForwards];
    for header in expected.headers().filter(|header| !sealed.contains(&header.name)) {
        assert_eq!(crossing.header(header.name), Some(header.value), "{}", header.name);
    }
    let names = |message: &Message| {
        let mut names: Vec<Name> = message.headers().map(|header| header.name).collect();
        names.sort();
        names
    };
    assert_eq!(names(&crossing), names(&expected));
    assert!(value(&crossing, Name::From).starts_with("<sip:lms_psi@primary.example>;tag="));
}

#[test]
fn sample_07_enters_at_the_partner() {
    let Some(crossing) = sample("07-MESSAGE-location-request-between-gateways.sip") else { return };
    let border = border("partner", vec![partner("primary")]);
    let (forward, inside) = border.forwarded(&crossing, &from_border("mcgw.primary.example", ANCHOR));
    assert_eq!(&*forward.hop.name, "lms1.core.partner.example");
    assert_eq!(value(&inside, Name::PAssertedIdentity), "<sip:primary.example>");
}

#[test]
fn sample_08_enters_at_the_primary() {
    let Some(crossing) = sample("08-MESSAGE-location-report-between-gateways.sip") else { return };
    primary().forwarded(&crossing, &from_partner());
}

#[test]
fn a_refusal_looks_as_sample_16_says() {
    let (Some(sent), Some(expected)) =
        (sample("06-MESSAGE-location-request-inside-primary.sip"), sample("16-403-warning-179.sip"))
    else {
        return;
    };
    let border = primary_where(|partner| partner.system.outbound = Default::default());
    let answer = print(&border.refused(&sent, &from_lms()).0, &sent);
    assert_eq!((answer.status(), answer.reason()), (expected.status(), expected.reason()));
    for name in [Name::Via, Name::From, Name::CallId, Name::CSeq, Name::Warning, Name::ContentLength] {
        assert_eq!(answer.header(name), expected.header(name), "{name}");
    }
}
