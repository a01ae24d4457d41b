//! The sample messages of a group that one system provides to another, with the schemas compiled in.

use std::{fs, path::PathBuf};

use super::*;
use crate::documents::with_schemas;

/// A sample by name; none, and said so, where the samples are not at hand.
fn sample(name: &str) -> Option<String> {
    #[allow(clippy::disallowed_methods, reason = "tests are told where the samples are")]
    let shared = std::env::var("MCX_SHARED").map(PathBuf::from);
    let shared =
        shared.unwrap_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")));
    let text = fs::read_to_string(shared.join("samples/sip").join(name));
    if text.is_err() {
        eprintln!("skipped: {name} is not below {}", shared.display());
    }
    text.ok().map(|text| text.replace("\r\n", "\n"))
}

/// First line, fields and body.
fn parts(message: &str) -> (&str, Vec<(&str, &str)>, &str) {
    let (head, body) = message.split_once("\n\n").unwrap_or((message, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    (first, lines.filter_map(|line| line.split_once(": ")).collect(), body)
}

#[test]
fn ts23280_10_2_7_2_a_group_is_provided_and_requested_as_the_samples_show() {
    let (Some(put), Some(get)) = (
        sample("22-http-PUT-group-primary-GMS-to-partner-GMS.http"),
        sample("20-http-GET-group-partner-GMS-to-primary-GMS.http"),
    ) else {
        return;
    };
    let mut settings = with_schemas(settings(), None).unwrap_or_else(|errors| panic!("{errors}"));
    let usage = settings.usages.get_mut("org.openmobilealliance.groups").expect("built in");
    usage.access.writers.push("sip:gms_psi@primary.example".to_owned());
    let documents = Documents::new(memory(), settings, Arc::new(Plain));
    let (line, fields, body) = parts(&put);
    let path = line.split(' ').nth(1).expect("a path");
    let primary = Some("sip:gms_psi@primary.example");
    let conditions: Vec<(&str, &str)> = fields.into_iter().filter(|(name, _)| *name == "If-Match").collect();
    assert_eq!(send(&documents, "PUT", path, primary, &conditions, body).status, 412);
    let stored = send(&documents, "PUT", path, primary, &[], body);
    assert_eq!((stored.status, stored.body.as_str()), (201, ""));
    assert_eq!(send(&documents, "PUT", path, Some("sip:gms_psi@other.example"), &[], body).status, 403);
    let path = parts(&get).0.split(' ').nth(1).expect("a path");
    let read = send(&documents, "GET", path, Some("sip:gms_psi@partner.example"), &[], "");
    assert_eq!((read.status, read.body.as_str(), read.etag), (200, body, stored.etag));
    let members = format!(
        "{path}/~~/group/list-service/list/entry%5B@uri=%22sip:bob@partner.example%22%5D/mcpttgi:user-priority?xmlns(mcpttgi=%22urn:3gpp:ns:mcpttGroupInfo:1.0%22)"
    );
    assert_eq!(
        send(&documents, "GET", &members, primary, &[], "").body,
        "<mcpttgi:user-priority>5</mcpttgi:user-priority>"
    );
    let wrong = send(
        &documents,
        "PUT",
        &members,
        primary,
        &[],
        "<mcpttgi:user-priority>high</mcpttgi:user-priority>",
    );
    assert!(wrong.status == 409 && wrong.body.contains("schema-validation-error"), "{}", wrong.body);
}

#[test]
fn the_sample_of_a_refusal_is_read() {
    let Some(refusal) = sample("23-http-409-uniqueness.http") else { return };
    let read = xcap::XcapError::read(parts(&refusal).2.as_bytes());
    assert!(matches!(read, Ok(xcap::XcapError::Uniqueness { exists, .. }) if exists.len() == 1));
}
