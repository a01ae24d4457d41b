use super::*;

fn refused(content_type: &str, body: &str) -> Option<Cause> {
    let text = format!(
        "MESSAGE sip:lms_psi@primary.example SIP/2.0\r\nVia: SIP/2.0/TLS a.example:5061;branch=z9hG4bKc1\r\nMax-Forwards: 70\r\n\
         From: <sip:a@primary.example>;tag=f1\r\nTo: <sip:lms_psi@primary.example>\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let message = sip::Message::parse(text.into_bytes().into(), &sip::Limits::STREAM).expect("valid");
    parts(&message).err().map(|refusal| refusal.cause)
}

fn in_a_part(content_type: &str) -> String {
    format!("--b\r\nContent-Type: {content_type}\r\n\r\n<a/>\r\n--b--\r\n")
}

#[test]
fn rfc7303_3_a_body_in_another_character_set_is_not_read_as_utf_8() {
    for (kind, cause) in [
        ("application/vnd.3gpp.mcptt-info+xml", None),
        ("application/vnd.3gpp.mcptt-info+xml;charset=UTF-8", None),
        ("application/vnd.3gpp.mcptt-info+xml; charset=\"utf-8\"", None),
        ("application/vnd.3gpp.mcptt-info+xml;charset=utf-16", Some(Cause::UnsupportedBody)),
        ("application/vnd.3gpp.mcptt-info+xml;charset=utf-8;charset=utf-7", Some(Cause::MalformedMessage)),
    ] {
        assert_eq!(refused(kind, "<a/>"), cause, "{kind}");
        assert_eq!(refused("multipart/mixed;boundary=b", &in_a_part(kind)), cause, "{kind} in a part");
    }
}

#[test]
fn rfc2046_5_1_1_a_body_with_two_boundaries_is_not_split_by_either() {
    let body = in_a_part("text/plain");
    assert_eq!(refused("multipart/mixed;boundary=b;boundary=c", &body), Some(Cause::MalformedMessage));
    assert_eq!(refused("multipart/mixed;boundary=b", &body), None);
}

#[test]
fn rfc3261_21_4_11_a_body_over_the_limits_is_too_large_and_not_malformed() {
    let over = |rule: &'static str| {
        let error = xml::Malformed::new(xml::Place::default(), rule);
        Stop::from(BadBody::Malformed { media_type: mime::MCPTT_INFO, error }).cause()
    };
    let long = "x".repeat(xml::Limits::default().size + 1);
    let error = xml::Document::parse(long.as_bytes(), &xml::Limits::default()).expect_err("too long");
    let stop = Stop::from(BadBody::Malformed { media_type: mime::MCPTT_INFO, error });
    assert_eq!(stop.cause(), Cause::TooLarge);
    assert_eq!(over("a required element is missing"), Cause::MalformedBody);
}
