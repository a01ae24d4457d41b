use super::*;

#[test]
fn rfc3261_10_3_step_5_parameters_go_and_escapes_are_decoded() {
    let canonical = Some("sip:alice@primary.example".to_owned());
    assert_eq!(of(b"sip:alice@primary.example;user=phone?subject=x"), canonical);
    assert_eq!(of(b"SIPS:%61lice@PRIMARY.example."), canonical);
    assert_ne!(of(b"sip:Alice@primary.example"), canonical, "the user has case");
    assert_ne!(of(b"sip:alice@primary.example:5070"), canonical, "the port is part of it");
}

#[test]
fn an_escaped_delimiter_stays_escaped() {
    assert_eq!(of(b"sip:a%40b%20@primary.example"), Some("sip:a%40b%20@primary.example".to_owned()));
    assert_eq!(of(b"sip:%6a%2f@h.example"), Some("sip:j/@h.example".to_owned()));
}

#[test]
fn only_sip_uris_are_addresses_of_record_here() {
    assert_eq!(of(b"tel:+34911"), None);
    assert_eq!(of(b"alice"), None);
    assert_eq!(of(b"sip:primary.example").as_deref(), Some("sip:primary.example"));
}

#[test]
fn the_domain_of_an_address() {
    assert_eq!(domain("sip:alice@primary.example"), "primary.example");
    assert_eq!(domain("sip:primary.example"), "primary.example");
}

#[test]
fn rfc3261_19_1_4_contacts_compare_by_the_printed_examples() {
    assert!(is_same_contact("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
    assert!(is_same_contact("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
    assert!(is_same_contact("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"));
    assert!(!is_same_contact("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
    assert!(!is_same_contact("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
    assert!(!is_same_contact("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
    assert!(!is_same_contact("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
    assert!(!is_same_contact("sip:a@h.example", "sips:a@h.example"));
}

#[test]
fn rfc3261_16_6_step_2_a_request_uri_has_neither_a_method_nor_header_fields() {
    for (contact, asked) in [
        ("sip:a@192.0.2.1:5070;transport=tcp", "sip:a@192.0.2.1:5070;transport=tcp"),
        ("sip:a@192.0.2.1?Subject=x&Route=%3Csip:b%3E", "sip:a@192.0.2.1"),
        ("sip:a@192.0.2.1;ob;Method=INVITE;transport=tcp?Subject=x", "sip:a@192.0.2.1;ob;transport=tcp"),
        ("sip:a?b@192.0.2.1;method=BYE", "sip:a?b@192.0.2.1"),
    ] {
        assert_eq!(asked_for(contact), asked, "{contact}");
    }
}
