use std::time::Duration;

use super::Registration;
use crate::refusal::Cause;

fn message(outer: &str, content_type: &str, body: &str) -> sip::Message {
    let text = format!(
        "REGISTER sip:mcptt_psi@primary.example SIP/2.0\r\nVia: SIP/2.0/TLS scscf.primary.example:5061;branch=z9hG4bKtp1\r\n\
         Max-Forwards: 68\r\nFrom: <sip:scscf.primary.example>;tag=f1\r\nTo: <sip:alice@primary.example>\r\nCall-ID: tpr1\r\n\
         CSeq: 1 REGISTER\r\n{outer}{content_type}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    sip::Message::parse(text.into_bytes().into(), &sip::Limits::STREAM).expect("valid")
}

const INFO: &str = "<mcpttinfo xmlns=\"urn:3gpp:ns:mcpttInfo:1.0\"><mcptt-Params><mcptt-access-token type=\"Normal\">\
                    <mcpttString>a.b.c</mcpttString></mcptt-access-token><mcptt-client-id type=\"Normal\"><mcpttString>\
                    urn:uuid:1</mcpttString></mcptt-client-id></mcptt-Params></mcpttinfo>";

fn inner(info: &str) -> String {
    format!(
        "REGISTER sip:primary.example SIP/2.0\r\nVia: SIP/2.0/TCP ue:5060;branch=z9hG4bKr1\r\nMax-Forwards: 68\r\n\
         From: <sip:alice@primary.example>;tag=f1\r\nTo: <sip:alice@primary.example>\r\nCall-ID: reg1\r\nCSeq: 1 REGISTER\r\n\
         Content-Type: application/vnd.3gpp.mcptt-info+xml\r\nContent-Length: {}\r\n\r\n{info}",
        info.len()
    )
}

#[test]
fn ts24229_5_4_1_7_the_token_of_the_users_own_register_is_read() {
    let request = message("Expires: 600\r\n", "Content-Type: message/sip\r\n", &inner(INFO));
    let registration = Registration::read(&request, |_| None).expect("valid");
    assert_eq!(registration.impu.as_str(), "sip:alice@primary.example");
    assert_eq!((registration.expires, registration.is_log_on()), (Duration::from_secs(600), true));
    assert_eq!(registration.token.as_ref().map(|token| token.as_str()), Some("a.b.c"));
    assert_eq!(registration.client_id.as_deref(), Some("urn:uuid:1"));
}

#[test]
fn ts24229_5_4_1_7_expires_0_is_log_off() {
    let registration = Registration::read(&message("Expires: 0\r\n", "", ""), |_| None).expect("valid");
    assert!(!registration.is_log_on());
}

#[test]
fn a_fault_in_the_outer_or_inner_register_names_its_place() {
    let outer = Registration::read(&message("", "", ""), |_| None).expect_err("no Expires");
    assert_eq!(outer.refusal().warning(), "malformed message: Expires");
    let request = message("Expires: 600\r\n", "Content-Type: message/sip\r\n", &inner("<mcpttinfo"));
    let inner = Registration::read(&request, |_| None).expect_err("malformed");
    assert_eq!(inner.cause(), Cause::MalformedBody);
    assert!(inner.refusal().warning().contains("mcptt-info+xml"), "{}", inner.refusal().warning());
}

#[test]
fn rfc3261_10_2_2_a_client_that_takes_its_contacts_back_leaves_whoever_stays() {
    let leaving = |lines: &str| {
        let inner = inner(INFO).replacen("Content-Type:", &format!("{lines}Content-Type:"), 1);
        let request = message("Expires: 600\r\n", "Content-Type: message/sip\r\n", &inner);
        Registration::read(&request, |_| None).expect("valid").is_leaving
    };
    assert!(leaving("Contact: <sip:a@ue>\r\nExpires: 0\r\n"));
    assert!(leaving("Contact: *\r\nExpires: 0\r\n"));
    assert!(leaving("Contact: <sip:a@ue>;expires=0\r\nExpires: 600\r\n"));
    assert!(!leaving("Contact: <sip:a@ue>;expires=0\r\nContact: <sip:b@ue>\r\nExpires: 600\r\n"));
    assert!(!leaving("Contact: <sip:a@ue>\r\nExpires: 600\r\n"));
    assert!(!leaving("Expires: 0\r\n"), "a question takes nothing back");
}

#[test]
fn rfc5626_4_1_the_instance_of_the_only_contact_is_read_where_it_can_be_asked_for() {
    let instance = |lines: &str| {
        let inner = inner(INFO).replacen("Content-Type:", &format!("{lines}Content-Type:"), 1);
        let request = message("Expires: 600\r\n", "Content-Type: message/sip\r\n", &inner);
        Registration::read(&request, |_| None).expect("valid").instance
    };
    let of = |instance: &str| format!("Contact: <sip:a@ue>;+sip.instance=\"{instance}\"\r\n");
    assert_eq!(instance(&of("<urn:uuid:1>")).as_deref(), Some("<urn:uuid:1>"));
    assert_eq!(instance("Contact: <sip:a@ue>\r\n"), None);
    assert_eq!(instance(&(of("<urn:uuid:1>") + "Contact: <sip:b@ue>\r\n")), None);
    let long = format!("<{}>", "u".repeat(129));
    for none in ["urn:uuid:1", "<urn:a,b>", "<a\\\"b>", "<a b>", "<a<b>>", &long] {
        assert_eq!(instance(&of(none)), None, "{none}");
    }
}

#[test]
fn rfc3261_10_2_1_1_how_long_one_client_asks_to_stay_is_read_beside_how_long_its_user_does() {
    let lasts = |lines: &str| {
        let inner = inner(INFO).replacen("Content-Type:", &format!("{lines}Content-Type:"), 1);
        let request = message("Expires: 3600\r\n", "Content-Type: message/sip\r\n", &inner);
        let registration = Registration::read(&request, |_| None).expect("valid");
        assert_eq!(registration.expires.as_secs(), 3_600);
        registration.lasts.map(|lasts| lasts.as_secs())
    };
    assert_eq!(lasts("Contact: <sip:a@ue>\r\nExpires: 600\r\n"), Some(600));
    assert_eq!(lasts("Contact: <sip:a@ue>;expires=60\r\nExpires: 600\r\n"), Some(60));
    assert_eq!(lasts("Contact: <sip:a@ue>\r\n"), None);
    assert_eq!(lasts("Contact: <sip:a@ue>;expires=60, <sip:b@ue>;expires=600\r\n"), None);
}
