//! The list of what leaves (TS 24.379 clause 6.8.2 step 3, SPEC.md): a header field that is not on it stays inside, in
//! requests and in responses, whatever is in it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{relay::Waiting, *};
use gateway::Partner;
use proptest::{prelude::*, test_runner::RngSeed};
use sip::{Message, Name};

fn asked(border: &Border) -> (Message, Waiting) {
    border.pass(&partners_request().message(), &from_partner()).unwrap()
}

/// The answer to a partner's request, with these lines, as it leaves.
fn answered(border: &Border, status: u16, lines: &str) -> Message {
    let (inside, waiting) = asked(border);
    let mut out = bytes::BytesMut::new();
    sip::Response::new(status).print(&inside, "t", &mut out);
    let text = String::from_utf8(out.to_vec()).unwrap();
    border.back(&parse(text.replacen("Content-Length", &format!("{lines}Content-Length"), 1)), &waiting)
}

fn names(message: &Message) -> Vec<String> {
    message.headers().map(|header| String::from_utf8_lossy(header.raw_name).into_owned()).collect()
}

const NEVER: &str = "Subject: x\r\nSession-ID: ab30\r\nUser-to-User: 56a390f3;encoding=hex\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n\
    P-Served-User: <sip:a@primary.example>\r\nX-Trace: 1\r\nResource-Priority: q735.0\r\nTimestamp: 54\r\nIdentity: x\r\n\
    Geolocation: <cid:x@primary.example>\r\nAuthorization: Digest x=y\r\nPath: <sip:primary.example;lr>\r\n";

#[test]
fn a_request_leaves_with_what_is_on_the_list_and_nothing_else() {
    let mut draft = request();
    draft.headers.extend(NEVER.lines().map(str::to_owned));
    let on_the_list = [
        "Reject-Contact: *;automata",
        "Request-Disposition: no-fork",
        "Priority: emergency",
        "Privacy: id",
        "Accept: application/sdp",
        "Reason: SIP;cause=200",
        "MIME-Version: 1.0",
        "Content-Language: en",
        "Expires: 60",
        "Max-Breadth: 60",
    ];
    draft.headers.extend(on_the_list.map(str::to_owned));
    let (sent, _) = primary().pass(&draft.message(), &from_lms()).unwrap();
    for line in on_the_list {
        let name = line.split(':').next().unwrap();
        assert!(names(&sent).contains(&name.to_owned()), "{name}: {:?}", names(&sent));
    }
    let mut rest: Vec<String> = names(&sent)
        .into_iter()
        .filter(|name| !on_the_list.iter().any(|line| line.starts_with(name.as_str())))
        .collect();
    rest.sort();
    assert_eq!(
        rest,
        [
            "Accept-Contact",
            "CSeq",
            "Call-ID",
            "Content-Length",
            "Content-Type",
            "From",
            "Max-Forwards",
            "P-Asserted-Identity",
            "P-Asserted-Service",
            "To",
            "Via",
        ]
    );
}

#[test]
fn a_response_leaves_with_what_is_on_the_list_and_nothing_else() {
    let lines = format!(
        "{NEVER}Retry-After: 5\r\nMin-Expires: 60\r\nSIP-ETag: e1\r\nX-MCX-Cause: 51\r\nP-Asserted-Identity: <sip:a@b>\r\n\
         WWW-Authenticate: Digest realm=\"x\"\r\n"
    );
    let mut left = names(&answered(&primary(), 503, &lines));
    left.sort();
    assert_eq!(
        left,
        [
            "CSeq",
            "Call-ID",
            "Content-Length",
            "From",
            "Min-Expires",
            "Retry-After",
            "SIP-ETag",
            "To",
            "Via",
            "X-MCX-Cause"
        ]
    );
}

#[test]
fn an_agreement_may_add_to_the_list_what_names_nothing_internal() {
    let border = primary_where(|partner| {
        partner.pass_header("Session-ID").unwrap();
        partner.pass_header("Subject").unwrap();
    });
    let draft = request().header("Session-ID: ab30").header("s: hello").header("X-Trace: 1");
    let (sent, _) = border.pass(&draft.message(), &from_lms()).unwrap();
    assert_eq!(
        (sent.extension("Session-ID"), value(&sent, Name::Subject)),
        (Some(&b"ab30"[..]), "hello".into())
    );
    assert_eq!(sent.extension("X-Trace"), None);
    let draft = request().header("Session-ID: lms1.core.primary.example").header("Subject: at 10.0.0.5");
    let (sent, _) = border.pass(&draft.message(), &from_lms()).unwrap();
    assert_eq!((sent.extension("Session-ID"), sent.header(Name::Subject)), (None, None));
}

#[test]
fn without_hiding_there_is_no_list() {
    let border = primary_where(|partner| partner.hide = false);
    let (sent, _) =
        border.pass(&request().header("Subject: x").header("X-Trace: 1").message(), &from_lms()).unwrap();
    assert_eq!((value(&sent, Name::Subject), sent.extension("X-Trace")), ("x".into(), Some(&b"1"[..])));
    let back = answered(&border, 200, "Server: lms1\r\nAllow: MESSAGE, FOO\r\n");
    assert_eq!(
        (value(&back, Name::Server), value(&back, Name::Allow)),
        ("lms1".into(), "MESSAGE, FOO".into())
    );
}

#[test]
fn rfc3261_19_2_option_tags_leave_where_they_are_known() {
    let with = |line: &str| request().header(line).message();
    let supported = |line: &str| {
        let (sent, _) = primary().pass(&with(line), &from_lms()).unwrap();
        sent.header(Name::Supported).map(|value| String::from_utf8_lossy(value).into_owned())
    };
    assert_eq!(supported("Supported: eventlist, 100rel"), Some("eventlist, 100rel".into()));
    assert_eq!(supported("Supported: path, eventlist, gruu"), Some("eventlist".into()));
    assert_eq!(supported("k: path, lms1.core.primary.example"), None);
    primary().pass(&with("Require: eventlist"), &from_lms()).unwrap();
    let unknown = with("Require: eventlist, magic");
    primary().assert_refused(&unknown, &from_lms(), "hide-topology", 420, "46");
    let answer = print(&primary().refused(&unknown, &from_lms()).0, &unknown);
    assert_eq!(value(&answer, Name::Unsupported), "magic");
}

/// The partner asks what somebody here can do.
fn theirs(uri: &str) -> Message {
    let options = bare("OPTIONS", uri);
    let text = String::from_utf8_lossy(options.bytes());
    parse(text.replace("<sip:lms_psi@primary.example>;tag", "<sip:lms_psi@partner.example>;tag"))
}

/// Both agreements allow OPTIONS; the partner may subscribe here, and we publish there.
fn talkative(partner: &mut Partner) {
    partner.system.inbound = ["options", "location-information-request", "xcap-diff"].into_iter().collect();
    partner.system.outbound = ["options", "publish:poc-settings"].into_iter().collect();
    partner.media = vec!["application/xcap-diff+xml".into()];
}

#[test]
fn rfc3261_11_2_what_is_said_of_abilities_is_what_was_agreed() {
    let border = primary_where(talkative);
    let (inside, waiting) = border.pass(&theirs("sip:lms_psi@primary.example"), &from_partner()).unwrap();
    let mut out = bytes::BytesMut::new();
    sip::Response::new(200)
        .header(Name::Allow, "MESSAGE, REGISTER, FOO")
        .header(Name::Accept, "application/x-internal")
        .header(Name::AcceptEncoding, "gzip")
        .header(Name::AcceptLanguage, "fi")
        .header(Name::AllowEvents, "reg, presence")
        .header(Name::Supported, "path")
        .header(Name::Server, "lms")
        .print(&inside, "t", &mut out);
    let back = border.back(&parse(out.freeze()), &waiting);
    assert_eq!(value(&back, Name::Allow), "MESSAGE, OPTIONS, SUBSCRIBE");
    assert_eq!(value(&back, Name::Accept), "application/xcap-diff+xml");
    assert_eq!(value(&back, Name::AllowEvents), "xcap-diff");
    for name in [Name::AcceptEncoding, Name::AcceptLanguage, Name::Supported, Name::Server] {
        assert_eq!(back.header(name), None, "{name}");
    }
    // Of the gateway itself too.
    let (answer, _) = border.refused(&theirs("sip:mcgw.primary.example"), &from_partner());
    assert_eq!(answer.get(Name::Allow), Some(b"MESSAGE, OPTIONS, SUBSCRIBE".as_slice()));
}

#[test]
fn rfc3261_21_4_refusals_from_inside_name_what_was_agreed() {
    let border = primary_where(talkative);
    for (status, name, said, shown) in [
        (405, Name::Allow, "Allow: REGISTER\r\n", "MESSAGE, OPTIONS, SUBSCRIBE"),
        (405, Name::Allow, "", "MESSAGE, OPTIONS, SUBSCRIBE"),
        (415, Name::Accept, "Accept: application/x-internal\r\n", "application/xcap-diff+xml"),
        (489, Name::AllowEvents, "u: reg\r\n", "xcap-diff"),
        (420, Name::Unsupported, "Unsupported: foo\r\n", "foo"),
    ] {
        let (inside, waiting) = border.pass(&theirs("sip:lms_psi@primary.example"), &from_partner()).unwrap();
        let mut out = bytes::BytesMut::new();
        sip::Response::new(status).print(&inside, "t", &mut out);
        let text = String::from_utf8(out.to_vec()).unwrap();
        let text = text.replacen("Content-Length", &format!("{said}Content-Length"), 1);
        assert_eq!(value(&border.back(&parse(text), &waiting), name), shown, "{status} {said}");
    }
}

#[test]
fn what_stayed_inside_is_counted_by_known_and_unknown() {
    let border = primary();
    let mut registry = prometheus_client::registry::Registry::default();
    border.metrics.register(&mut registry);
    let draft =
        request().header("Subject: x").header("X-Trace: 1").header("Session-ID: 2").header("X-Trace: 3");
    border.pass(&draft.message(), &from_lms()).unwrap();
    answered(&border, 200, "Server: x\r\nX-Trace: 1\r\n");
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for (message, header, count) in
        // Contact, Route, User-Agent and Subject.
        [
            ("request", "known", 4),
            ("request", "unknown", 3),
            ("response", "known", 1),
            ("response", "unknown", 1),
        ]
    {
        let line = format!(
            "mcx_gateway_headers_dropped_total{{partner=\"partner.example\",message=\"{message}\",header=\"{header}\"}} {count}"
        );
        assert!(text.contains(&line), "{line} in {text}");
    }
}

#[test]
fn rfc3261_16_9_a_server_of_ours_that_is_down_is_not_the_partner() {
    let code = |message: &Message, arrival: &wire::Arrival| {
        let (forward, _) = primary().forwarded(message, arrival);
        let answer = print(&forward.unreachable.unwrap(), message);
        assert_eq!((answer.status(), value(&answer, Name::RetryAfter).as_str()), (Some(503), "5"));
        kit::Cause::from_response(&answer)
    };
    assert_eq!(code(&request().message(), &from_lms()), kit::Cause::PartnerUnreachable);
    assert_eq!(code(&partners_request().message(), &from_partner()), kit::Cause::ServerUnreachable);
}

fn seeded() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(24379), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded())]

    /// Whatever a server inside writes into a field that nobody knows: neither name nor value leaves.
    #[test]
    fn no_unknown_field_leaves(
        fields in proptest::collection::vec(("[A-Za-z][A-Za-z0-9.!%*_+`'~-]{1,24}", "[ -~]{0,40}"), 0..12),
    ) {
        let known = |name: &str| Name::from_bytes(name.as_bytes()) != Name::Other
            || ["Suppress-If-Match", kit::refusal::CAUSE_HEADER].iter().any(|pass| pass.eq_ignore_ascii_case(name));
        let lines: String = fields.iter().filter(|(name, _)| !known(name))
            .map(|(name, value)| format!("{name}: {value}marked-inside\r\n")).collect();
        let mut draft = request();
        draft.headers.extend(lines.lines().map(str::to_owned));
        let border = primary();
        let (sent, _) = border.pass(&draft.message(), &from_lms()).unwrap();
        let back = answered(&border, 200, &lines);
        for message in [sent, back] {
            prop_assert!(!String::from_utf8_lossy(message.bytes()).contains("marked-inside"));
            prop_assert!(message.headers().all(|header| header.name != Name::Other));
        }
    }
}

/// What proves who somebody is in one system, asks for such a proof, or confirms it (RFC 3261 22, RFC 7615).
const CREDENTIALS: [&str; 6] = [
    "Authorization: Digest username=\"alice\", response=\"0\"",
    "Proxy-Authorization: Bearer a.b.c",
    "WWW-Authenticate: Digest realm=\"x\"",
    "Proxy-Authenticate: Digest realm=\"x\"",
    "Authentication-Info: nextnonce=\"1\"",
    "Proxy-Authentication-Info: nextnonce=\"1\"",
];

#[test]
fn rfc3261_22_credentials_cross_in_neither_direction_whatever_is_hidden() {
    let lines = CREDENTIALS.map(|line| format!("{line}\r\n")).concat();
    let left = |message: &Message| {
        names(message).into_iter().filter(|name| name.contains("uth")).collect::<Vec<_>>()
    };
    for hide in [true, false] {
        let border = primary_where(|partner| partner.hide = hide);
        for (mut draft, arrival) in [(request(), from_lms()), (partners_request(), from_partner())] {
            draft.headers.extend(CREDENTIALS.map(str::to_owned));
            let (sent, waiting) = border.pass(&draft.message(), &arrival).unwrap();
            assert_eq!(left(&sent), [""; 0], "hide {hide}");
            let mut out = bytes::BytesMut::new();
            sip::Response::new(200).print(&sent, "t", &mut out);
            let answer = String::from_utf8(out.to_vec()).unwrap();
            let answer = answer.replacen("Content-Length", &format!("{lines}Content-Length"), 1);
            assert_eq!(left(&border.back(&parse(answer), &waiting)), [""; 0], "hide {hide}");
        }
    }
}
