use super::*;

fn id(text: &str) -> McServiceId {
    McServiceId::new(text).expect(text)
}

#[test]
fn rfc3261_19_1_4_scheme_and_host_compare_without_case_and_user_with() {
    assert_eq!(id("SIP:bob@Partner.EXAMPLE"), id("sip:bob@partner.example"));
    assert_ne!(id("sip:Bob@partner.example"), id("sip:bob@partner.example"));
}

#[test]
fn rfc3261_19_1_4_an_escape_that_is_not_needed_equals_its_character() {
    assert_eq!(id("sip:%62ob@partner.example"), id("sip:bob@partner.example"));
    assert_eq!(id("sip:b%c3%b6b@partner.example").as_str(), "sip:b%C3%B6b@partner.example");
    assert_eq!(id("sip:a%40b@partner.example").domain(), "partner.example");
}

#[test]
fn an_identity_gives_its_parts() {
    let bob = id("sip:bob@partner.example");
    assert_eq!((bob.user(), bob.domain()), ("bob", "partner.example"));
    assert_eq!(id("sip:bob@[2001:db8::1]").domain(), "[2001:db8::1]");
}

#[test]
fn what_is_not_an_identity_is_refused_with_its_rule() {
    let refused = [
        "",
        "bob",
        "tel:+3491",
        "sips:bob@x",
        "sip:bob@x;user=phone",
        "sip:",
        "sip:bob",
        "sip:@x",
        "sip:bob@",
        "sip:bob@x:5060",
        "sip:bob@x;a=b",
        "sip:bob@x?a=b",
        "sip:b ob@x",
        "sip:b:pw@x",
        "sip:b%4@x",
        "sip:b%zz@x",
        "sip:bob@-x",
        "sip:bob@x..y",
        "sip:bob@[::g]",
        "sip:bob@a@b",
        "sip:bob@x\r\nVia: y",
    ];
    for text in refused {
        assert!(McServiceId::new(text).is_err(), "{text:?}");
    }
    assert!(McServiceId::new(&format!("sip:{}@x", "b".repeat(300))).is_err());
}

#[test]
fn personal_identities_are_not_shown_and_can_still_be_followed() {
    let bob = id("sip:bob@partner.example");
    let shown = format!("{bob} {bob:?}");
    assert!(!shown.contains("bob") && shown.contains("@partner.example"), "{shown}");
    assert_eq!(format!("{bob}"), format!("{}", id("SIP:bob@partner.example")));
    assert_ne!(format!("{bob}"), format!("{}", id("sip:carol@partner.example")));
    let alias = FunctionalAlias::new("sip:incident-commander@partner.example").unwrap();
    assert!(!format!("{alias:?}").contains("commander"));
}

#[test]
fn errors_do_not_repeat_the_identity() {
    let error = McServiceId::new("sip:b ob@partner.example").unwrap_err();
    assert!(!error.to_string().contains("ob@"));
}

#[test]
fn public_service_identities_are_shown() {
    assert_eq!(Psi::new("sip:lms_psi@primary.example").unwrap().to_string(), "sip:lms_psi@primary.example");
}

#[test]
fn a_system_is_read_from_a_domain_and_from_its_uri() {
    assert_eq!(SystemId::new("Primary.example"), SystemId::new("sip:primary.example"));
    assert_eq!(SystemId::new("primary.example").unwrap().uri(), "sip:primary.example");
    for text in ["", "sip:", "sip:user@primary.example", "primary.example:5061", "pri mary"] {
        assert!(SystemId::new(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_request_id_is_visible_ascii_of_bounded_length() {
    // It is shown in logs, so it must not name anybody.
    assert!(RequestId::new("sip:alice@primary.example").is_err());
    assert!(RequestId::new("c1b0f1c2-0f7a-4d4e-8b3e-5f6f6f0c2a11").is_ok());
    for text in [String::new(), "a b".into(), "a\r\n".into(), "é".into(), "x".repeat(129)] {
        assert!(RequestId::new(&text).is_err(), "{text:?}");
    }
}
