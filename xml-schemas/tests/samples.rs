//! Golden documents: schema, reader and writer say the same of each (`samples/README.md`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{BODIES, compact, crate_path, samples, shared, valid_by_xmllint};
use xml_schemas::{
    body::{AcmInfo, Body, InterconnectionInfo, LocationInfo, McVideoInfo, McpttInfo, PocSettings, check},
    flow::Part,
    mime,
};

/// Reads a document as this body and writes it again.
fn rewrite(body: &str, document: &[u8]) -> Result<Vec<u8>, xml::Malformed> {
    match body {
        "acm-info" => AcmInfo::read(document).map(|body| body.write()),
        "interconnection-info" => InterconnectionInfo::read(document).map(|body| body.write()),
        "location-info" => LocationInfo::read(document).map(|body| body.write()),
        "mcptt-info" => McpttInfo::read(document).map(|body| body.write()),
        "mcvideo-info" => McVideoInfo::read(document).map(|body| body.write()),
        "poc-settings" => PocSettings::read(document).map(|body| body.write()),
        _ => panic!("no such body: {body}"),
    }
}

fn of(kind: &str, body: &str) -> Vec<(String, Vec<u8>)> {
    samples(&crate_path("samples").join(kind).join(body))
}

#[test]
fn good_samples_are_written_as_they_stand() {
    for body in BODIES {
        for (name, document) in of("good", body) {
            let written = rewrite(body, &document).unwrap_or_else(|error| panic!("{body}/{name}: {error}"));
            assert_eq!(compact(&written), compact(&document), "{body}/{name}");
        }
    }
}

#[test]
fn bad_samples_are_refused_with_their_place() {
    for body in BODIES {
        for (name, document) in of("bad", body) {
            let error = rewrite(body, &document).expect_err(&format!("{body}/{name} was read"));
            assert!(error.place.line >= 2 && error.place.path.starts_with('/'), "{body}/{name}: {error}");
            for value in ["bob", "alice", "carol", "c1b0f1c2", "40.4168"] {
                assert!(!error.to_string().contains(value), "{body}/{name} repeats a value: {error}");
            }
        }
    }
}

#[test]
fn lenient_samples_are_read_and_written_valid() {
    for body in BODIES {
        let written: Vec<(String, Vec<u8>)> = of("lenient", body)
            .into_iter()
            .map(|(name, document)| {
                let written =
                    rewrite(body, &document).unwrap_or_else(|error| panic!("{body}/{name}: {error}"));
                (name, written)
            })
            .collect();
        let schema = crate_path("xsd").join(format!("{body}.xsd"));
        let Some(verdicts) = valid_by_xmllint(&schema, &written) else { return };
        for ((name, document), valid) in written.iter().zip(verdicts) {
            assert!(valid, "{body}/{name} was written {}", String::from_utf8_lossy(document));
        }
    }
}

#[test]
fn the_schemas_accept_the_good_samples_and_no_other() {
    for body in BODIES {
        let schema = crate_path("xsd").join(format!("{body}.xsd"));
        for (kind, expected) in [("good", true), ("bad", false), ("lenient", false)] {
            let documents = of(kind, body);
            let Some(verdicts) = valid_by_xmllint(&schema, &documents) else { return };
            for ((name, _), valid) in documents.iter().zip(verdicts) {
                assert_eq!(valid, expected, "{kind}/{body}/{name}");
            }
        }
    }
}

/// The full schemas of TS 24.379 F.1 and F.3 judge what is written.
#[test]
fn ts24379_annex_f_accepts_the_good_samples() {
    let Some(schema) = shared("xsd/all.xsd") else { return };
    for body in ["location-info", "mcptt-info"] {
        // TriggeringCriteria has mandatory content of its own, which is only handed on here.
        let mut documents = of("good", body);
        documents.retain(|(name, _)| name != "configuration-is-kept.xml");
        let Some(verdicts) = valid_by_xmllint(&schema, &documents) else { return };
        for ((name, _), valid) in documents.iter().zip(verdicts) {
            assert!(valid, "{body}/{name}");
        }
    }
}

#[test]
fn an_element_is_found_under_any_ext_where_later_releases_put_it() {
    let document = br#"<interconnection-info xmlns="urn:x-mcx:ns:interconnection-info:1.0"><icx-Params>
        <req-type><mcsString>location-information-request</mcsString></req-type><request-id>r-1</request-id>
        <anyExt><requesting-mcs-id type="Normal"><mcsURI>sip:alice@primary.example</mcsURI></requesting-mcs-id></anyExt>
        </icx-Params></interconnection-info>"#;
    let body = InterconnectionInfo::read(document).unwrap();
    assert_eq!(body.requesting_id.unwrap().plain().unwrap().as_str(), "sip:alice@primary.example");
}

#[test]
fn bodies_are_checked_by_their_media_type() {
    let media_types = [
        mime::ACM_INFO,
        mime::INTERCONNECTION_INFO,
        mime::LOCATION_INFO,
        mime::MCPTT_INFO,
        mime::MCVIDEO_INFO,
        mime::POC_SETTINGS,
    ];
    for (body, media_type) in BODIES.iter().zip(media_types) {
        let content_type = format!("{};charset=utf-8", media_type.to_uppercase());
        for (kind, expected) in [("good", true), ("bad", false)] {
            for (name, document) in of(kind, body) {
                let verdict = check(&Part::borrowed(&content_type, &document));
                assert_eq!(verdict.map(|verdict| verdict.is_ok()), Some(expected), "{body}/{name}");
            }
        }
    }
    assert_eq!(check(&Part::borrowed("text/plain", b"")), None);
}

#[test]
fn a_fault_says_line_column_and_path() {
    let document = b"<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\">\n <mcptt-Params>\n  <mcptt-request-uri type=\"Normal\">\n   <mcpttURI>sip:b ob@partner.example</mcpttURI></mcptt-request-uri></mcptt-Params></mcpttinfo>";
    let error = McpttInfo::read(document).unwrap_err();
    assert_eq!(
        error.to_string(),
        "4:4 /mcpttinfo/mcptt-Params/mcptt-request-uri/mcpttURI: \
         not a valid MC service ID: the user part holds a character that is not allowed"
    );
}
