//! What no entity takes: RFC 3261 8.2, 11; RFC 6665 8.3.2; RFC 3325 9.1.

use xml_schemas::{flow::Carriage, ids::McServiceId, location::ClientLocationRequest};

use super::*;

#[test]
fn rfc3261_8_2_1_another_method_is_405_with_allow() {
    let answer = world().raw("INVITE", "", "");
    assert_eq!((status(&answer), text(&answer, sip::Name::Allow)), (405, "MESSAGE, OPTIONS".into()));
    let answer = world().raw("REGISTER", "Expires: 60\r\n", "");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (405, Cause::MethodNotAllowed));
}

#[test]
fn rfc6665_8_3_2_an_event_package_is_489_with_the_packages_that_are_supported() {
    for method in ["SUBSCRIBE", "NOTIFY", "PUBLISH"] {
        let answer = world().raw(method, "Event: presence\r\n", "");
        assert_eq!((status(&answer), Cause::from_response(&answer)), (489, Cause::BadEvent), "{method}");
        assert_eq!(answer.header(sip::Name::AllowEvents), Some(&b""[..]), "{method}");
    }
}

#[test]
fn rfc3261_8_2_2_1_another_request_uri_is_404_at_a_server_and_no_matter_at_a_client() {
    let parts = Carriage::split(&report("1", 33));
    for (asserts, expected) in [(true, 404), (false, 200)] {
        let world = world_of(|profile| profile.asserts = asserts, Vec::new());
        let own = Psi::new("sip:alice@a.example").expect("valid");
        let ids = world.lab.world("alice").ids;
        let uri = "sip:mcptt_psi@a.example";
        let envelope = carriage::Envelope { uri, own: &own, asserts: true, ids: &*ids };
        let request = carriage::compose(&envelope, &parts).expect("valid");
        assert_eq!(status(&world.give(&request, from_core())), expected);
    }
}

#[test]
fn rfc3261_19_1_4_a_server_knows_its_identity_however_it_is_escaped() {
    let parts = Carriage::split(&report("1", 33));
    for (uri, expected) in [("sip:lm%73_psi@A.example", 200), ("sip:lm%2573_psi@a.example", 404)] {
        let world = world();
        let own = Psi::new("sip:alice@a.example").expect("valid");
        let ids = world.lab.world("alice").ids;
        let envelope = carriage::Envelope { uri, own: &own, asserts: true, ids: &*ids };
        let request = carriage::compose(&envelope, &parts).expect("valid");
        assert_eq!(status(&world.give(&request, from_core())), expected, "{uri}");
    }
}

#[test]
fn rfc3261_11_2_options_is_answered_with_what_is_supported() {
    let answer = world().raw("OPTIONS", "", "");
    assert_eq!((status(&answer), text(&answer, sip::Name::Allow)), (200, "MESSAGE, OPTIONS".into()));
    assert!(text(&answer, sip::Name::Accept).starts_with("multipart/mixed, application/vnd.3gpp"));
}

#[test]
fn rfc3261_8_2_2_3_a_required_extension_is_420_with_its_name() {
    let answer = world().raw("MESSAGE", "Require: foo, bar\r\n", "");
    assert_eq!((status(&answer), text(&answer, sip::Name::Unsupported)), (420, "foo, bar".into()));
}

#[test]
fn rfc3261_8_2_3_an_unsupported_body_is_415_with_accept() {
    for lines in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x.mcx.interconnection-info+xml\r\nContent-Encoding: gzip\r\n",
    ] {
        let answer = world().raw("MESSAGE", lines, "x");
        assert_eq!(
            (status(&answer), Cause::from_response(&answer)),
            (415, Cause::UnsupportedBody),
            "{lines}"
        );
        assert!(!text(&answer, sip::Name::Accept).is_empty());
    }
}

#[test]
fn malformed_xml_is_400_with_a_warning_that_names_the_place() {
    let lines = "Content-Type: application/vnd.3gpp.mcptt-location-info+xml\r\n";
    let answer = world().raw("MESSAGE", lines, "<location-info>\n  <Report");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (400, Cause::MalformedBody));
    let warning = text(&answer, sip::Name::Warning);
    assert!(warning.starts_with("399 a.example \"malformed body: "), "{warning}");
    assert!(warning.contains("location-info") && warning.contains(" 2:"), "{warning}");
}

#[test]
fn a_broken_multipart_is_400_with_a_warning_that_names_the_header() {
    let answer = world().raw("MESSAGE", "Content-Type: multipart/mixed\r\n", "x");
    assert_eq!((status(&answer), Cause::from_response(&answer)), (400, Cause::MalformedMessage));
    assert!(text(&answer, sip::Name::Warning).contains("Content-Type"));
}

#[test]
fn an_unknown_request_type_is_403_with_a_warning_and_never_200() {
    let companion = "<interconnection-info xmlns=\"urn:x-mcx:ns:interconnection-info:1.0\"><icx-Params><req-type><mcsString>\
                     later</mcsString></req-type><request-id>1</request-id></icx-Params></interconnection-info>";
    let answer =
        world().raw("MESSAGE", "Content-Type: application/x.mcx.interconnection-info+xml\r\n", companion);
    assert_eq!((status(&answer), Cause::from_response(&answer)), (403, Cause::UnknownRequestType));
    assert!(text(&answer, sip::Name::Warning).starts_with("399 a.example \"unknown request type"));
}

#[test]
fn a_flow_without_a_handler_is_403() {
    let world = world();
    let request = ClientLocationRequest {
        request_id: RequestId::new("1").expect("valid"),
        target: McServiceId::new("sip:bob@a.example").expect("valid"),
        requester: None,
    };
    let message = world.message(&Carriage::split(&request));
    assert_eq!(Cause::from_response(&world.give(&message, from_core())), Cause::UnknownRequestType);
}

#[test]
fn rfc3325_9_1_a_request_that_the_core_asserts_nobody_for_is_refused() {
    let world = world();
    let parts = Carriage::split(&report("1", 33));
    let own = Psi::new("sip:alice@a.example").expect("valid");
    let ids = world.lab.world("alice").ids;
    let envelope = carriage::Envelope { uri: "sip:lms_psi@a.example", own: &own, asserts: false, ids: &*ids };
    let preferred = carriage::compose(&envelope, &parts).expect("valid");
    assert_eq!(Cause::from_response(&world.give(&preferred, from_core())), Cause::RequesterUnknown);
}
