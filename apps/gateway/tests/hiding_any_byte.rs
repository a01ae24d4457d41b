//! Topology hiding (TS 24.379 clause 6.8.2 step 3), whatever a message holds: nothing internal leaves in any byte.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{leaving::*, *};
use proptest::{prelude::*, test_runner::RngSeed};
use wire::Inline as _;

/// Something internal, in one of the ways in which it may be written.
fn internal() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{1,8}".prop_map(|host| format!("{host}.core.primary.example")),
        "[a-z0-9]{1,8}".prop_map(|host| format!("{host}.CORE.Primary.Example:5061")),
        any::<u8>().prop_map(|last| format!("10.0.0.{last}")),
        any::<u16>().prop_map(|last| format!("[2001:db8:c0::{last:x}]:5060")),
        any::<u8>().prop_map(|last| format!("[::ffff:a00:{last:x}]")),
    ]
}

/// The same, split by what a receiver takes out again.
fn split() -> impl Strategy<Value = String> {
    let forms = vec!["\\.", "\\.\\", "\r\n .", ".\r\n\t", " . ", "&#x2E;", "%2E", "\\\r\n ."];
    let name = prop_oneof![
        "[a-z0-9]{1,8}".prop_map(|host| format!("{host}.core.primary.example")),
        Just("10.0.0.7".to_owned())
    ];
    (name, prop::sample::select(forms)).prop_map(|(name, form)| name.replace('.', form))
}

/// The same as the text of an XML document.
fn split_by_markup() -> impl Strategy<Value = String> {
    let forms = vec![("<![CDATA[", "]]>"), ("<!---->", ""), ("", "<?x?>"), ("<!---->", "<![CDATA[]]>")];
    (internal(), prop::sample::select(forms), any::<prop::sample::Index>()).prop_map(
        |(name, (open, close), at)| {
            let (head, tail) = name.split_at(at.index(name.len()));
            format!("{head}{open}{tail}{close}")
        },
    )
}

const NAMES: [&str; 34] = [
    "Via",
    "Route",
    "Record-Route",
    "Path",
    "Service-Route",
    "Contact",
    "m",
    "User-Agent",
    "Server",
    "Subject",
    "s",
    "Reason",
    "Warning",
    "Organization",
    "In-Reply-To",
    "Call-Info",
    "Reply-To",
    "Referred-By",
    "b",
    "History-Info",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "P-Access-Network-Info",
    "P-Charging-Vector",
    "P-Charging-Function-Addresses",
    "P-Visited-Network-ID",
    "X-Debug",
    "Unheard-Of",
    "Authorization",
    "Date",
    "Geolocation",
    "Accept-Contact",
    "Supported",
    "Priority",
];

/// Fields that leave, with a place for a name.
const WRITTEN: [&str; 8] = [
    "Reason: SIP;cause=404;text=\"at @\"",
    "Content-Disposition: x;f=@",
    "MIME-Version: 1.0 (by @)",
    "Content-Language: @",
    "Accept-Contact: *;x=\"@\"",
    "Priority: @",
    "Warning: 399 h \"at @\"",
    "Content-ID: <a@>",
];

fn seeded() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(24379), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn nothing_internal_leaves_in_any_byte(
        lines in proptest::collection::vec((prop::sample::select(NAMES.to_vec()), internal()), 0..8),
        call_id in internal(), tag in "[a-z.0-9]{1,20}", from in internal(), to in internal(),
    ) {
        let mut draft = request();
        draft.call_id = format!("x@{}", call_id.replace(['[', ']'], ""));
        draft.from = format!("\"{from}\" <sip:u@{from}>;tag={tag}.core.primary.example");
        draft.to = format!("\"{to}\" <sip:lms_psi@partner.example>");
        draft.headers.extend(lines.iter().map(|(name, host)| match *name {
            "Via" => format!("Via: SIP/2.0/TLS {host};branch=z9hG4bK2"),
            "Warning" => format!("Warning: 399 {host} \"{host}\""),
            "Unheard-Of" if !host.contains(':') => format!("Unheard-Of-{host}: 1"),
            name => format!("{name}: <sip:u@{host}>"),
        }));
        let (_, sent) = primary().forwarded(&draft.message(), &from_lms());
        prop_assert_eq!(exposes(sent.bytes()), None);
    }

    #[test]
    fn nothing_internal_leaves_in_escapes_or_pieces(
        lines in proptest::collection::vec((prop::sample::select(WRITTEN.to_vec()), split()), 0..6), body in split_by_markup(),
    ) {
        let lines: Vec<String> = lines.iter().map(|(line, host)| line.replace('@', host)).collect();
        let mut draft = request();
        draft.headers.extend(lines.iter().cloned());
        let (_, sent) = primary().forwarded(&draft.message(), &from_lms());
        prop_assert_eq!(exposes(sent.bytes()), None);
        let head: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let back = answered(&head, &partners_request().message(), &primary());
        prop_assert_eq!(exposes(back.bytes()), None);
        draft.companion = draft.companion.replace("</request-id>", &format!(" {body}</request-id>"));
        let refused = primary().refused(&draft.message(), &from_lms());
        prop_assert_eq!((refused.0.status(), refused.1.as_str()), (403, "public-names"));
    }

    #[test]
    fn nothing_internal_leaves_in_any_byte_of_a_response(
        lines in proptest::collection::vec((prop::sample::select(NAMES.to_vec()), internal()), 0..8),
    ) {
        let head: String = lines.iter().filter(|(name, _)| *name != "Via").map(|(name, host)| match *name {
            "Warning" => format!("Warning: 399 {host} \"at {host}\"\r\n"),
            name => format!("{name}: <sip:u@{host}>\r\n"),
        }).collect();
        let sent = answered(&head, &partners_request().message(), &primary());
        prop_assert_eq!(exposes(sent.bytes()), None);
    }

    #[test]
    fn no_request_whatever_makes_the_border_panic(
        cut in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), inbound in any::<bool>(),
    ) {
        let draft = if inbound { partners_request() } else { request() };
        let mut text = draft.text().into_bytes();
        let place = at.index(text.len());
        text[place] = byte;
        text.truncate(cut.index(text.len()) + 1);
        if let Ok(message) = sip::Message::parse(text.into(), &sip::Limits::default()) {
            let arrival = if inbound { from_partner() } else { from_lms() };
            let _decision = primary().gateway.request(&message, &arrival);
        }
    }
}
