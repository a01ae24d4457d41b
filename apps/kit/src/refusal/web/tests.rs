use super::*;

#[test]
fn every_cause_has_an_http_status_that_refuses_and_is_read_back() {
    for row in &TABLE {
        let response = row.cause.web();
        let status = response.status();
        assert!(status.is_client_error() || status.is_server_error(), "{}: {status}", row.name);
        assert!(status.canonical_reason().is_some(), "{}: HTTP knows {status}", row.name);
        assert_eq!(Cause::from_fields(response.headers()), Some(row.cause));
    }
}

#[test]
fn rfc9457_3_the_body_says_cause_and_place() {
    let response = Refusal::at(Cause::NotPermitted, "PUT").web();
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM);
    let body: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
    assert_eq!(body["cause"], 11);
    assert_eq!(body["type"], "urn:x-mcx:cause:not-permitted");
    assert_eq!(body["detail"], "PUT");
}

#[test]
fn rfc9110_10_2_3_what_may_be_tried_again_says_when() {
    assert_eq!(Cause::PartnerUnreachable.web().headers()[header::RETRY_AFTER], "5");
    assert!(!Cause::NotPermitted.web().headers().contains_key(header::RETRY_AFTER));
}
