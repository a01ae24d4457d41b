//! Whatever a server of ours writes and wherever it writes it: nothing internal is in any octet that leaves over HTTP.
//! TS 24.379 clause 6.8.2 step 3
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;
mod http_support;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_support::*;
use proptest::prelude::*;

/// What must never be seen outside, as it may be written.
const SECRETS: [&str; 11] = [
    "gms1.core.pri<![CDATA[mary.example]]>",
    "gms1.core.pri<!---->mary.example",
    "gms1\\.core\\.primary.example",
    "gms1\\u002ecore.primary.example",
    "::ffff:a00:7",
    "gms1.core.primary.example",
    "GMS1.CORE.PRIMARY.EXAMPLE",
    "gms1%2ecore.primary.example",
    "gms1&#46;core.primary.example",
    "10.0.0.7",
    "2001:db8:c0::7",
];

/// What an eavesdropper looks for.
const FOUND: [&str; 6] =
    ["core.primary", "core&#46;primary", "10.0.0.7", "2001:db8:c0", "::ffff:a00:7", "/inner"];

fn value() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "\"1\"",
        "*",
        "text/plain",
        GROUP_XML,
        "a",
        "5",
        "application/problem+json",
    ]);
    let secret = prop::sample::select(SECRETS.to_vec());
    prop_oneof![
        plain.clone().prop_map(str::to_owned),
        secret.clone().prop_map(str::to_owned),
        (plain, secret).prop_map(|(plain, secret)| format!("{plain};x=https://{secret}/inner")),
    ]
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "content-type",
        "etag",
        "location",
        "content-location",
        "if-match",
        "if-none-match",
        "accept",
        "via",
        "host",
        "x-mcx-flow",
        "x-mcx-cause",
        "retry-after",
        "allow",
        "server",
        "user-agent",
        "referer",
        "origin",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-3gpp-asserted-identity",
        "x-3gpp-intended-identity",
        "warning",
        "link",
        "set-cookie",
        "cookie",
        "authorization",
        "www-authenticate",
        "date",
        "last-modified",
        "vary",
        "from",
        "x-request-id",
    ])
}

fn fields() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    prop::collection::vec((name(), value()), 0..8)
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("<group/>".to_owned()),
        prop::sample::select(SECRETS.to_vec()).prop_map(|secret| format!("<group><a>{secret}</a></group>")),
    ]
}

/// The path of a server of ours, as it may be written.
const PATHS: [&str; 6] =
    ["/inner/1", "\\/inner\\/1", "%2Finner/1", "&#47;inner/1", "\\u002finner", "%252finner"];

/// How a server explains a refusal, and its tag.
fn explanation() -> impl Strategy<Value = (Option<(&'static str, String)>, String)> {
    let path = || prop::sample::select(PATHS.to_vec());
    prop_oneof![
        body().prop_map(|body| (None, body)),
        path().prop_map(|path| (
            Some(("content-type", "application/problem+json".to_owned())),
            format!("{{\"instance\":\"{path}\"}}"),
        )),
        path().prop_map(|path| (
            Some(("content-type", "application/xcap-error+xml".to_owned())),
            format!("<xcap-error><no-parent><ancestor>{path}</ancestor></no-parent></xcap-error>"),
        )),
        path().prop_map(|path| (Some(("etag", format!("\"{path}\""))), String::new())),
    ]
}

fn fill(headers: &mut http::HeaderMap, fields: &[(&'static str, String)]) {
    for (name, value) in fields {
        headers.append(HeaderName::from_static(name), HeaderValue::try_from(value).unwrap());
    }
}

fn shows(octets: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(octets).to_ascii_lowercase();
    let splits = ["<![cdata[", "]]>", "<!---->", "\\"];
    let text = splits.iter().fold(text, |text, split| text.replace(split, ""));
    let text = text.replace("%25", "%").replace("%2e", ".").replace("u002e", ".");
    let text = ["%2f", "&#47;", "u002f"].iter().fold(text, |text, slash| text.replace(slash, "/"));
    FOUND.iter().any(|found| text.contains(found)).then_some(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn requests_show_nothing(
        fields in fields(),
        body in body(),
        method in prop::sample::select(vec!["GET", "PUT", "DELETE", "HEAD"]),
        node in prop_oneof![Just(String::new()), value().prop_map(|value| format!("/~~/a%5b{}%5d", value.replace(['"', ' '], "")))],
    ) {
        let world = World::new();
        let uri = format!("{THEIRS}{node}");
        let Ok(mut request) = Request::builder().method(method).uri(uri).body(Bytes::from(body)) else { return Ok(()) };
        fill(request.headers_mut(), &fields);
        world.gms_asks(request);
        if let Some((asked, _)) = world.asked() {
            let uri = asked.uri().to_string();
            let shown = shows(&octets(asked.headers(), &[uri.as_bytes(), asked.body()]));
            prop_assert!(shown.is_none(), "{shown:?}");
        }
    }

    #[test]
    fn responses_show_nothing(
        fields in fields(),
        (first, body) in explanation(),
        status in prop::sample::select(vec![200_u16, 201, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 409, 412, 500, 502, 503]),
        method in prop::sample::select(vec!["GET", "PUT", "DELETE", "HEAD"]),
    ) {
        let world = World::new();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status.try_into().unwrap();
        let first: Vec<_> = first.into_iter().collect();
        fill(response.headers_mut(), &first);
        fill(response.headers_mut(), &fields);
        world.answers(Ok(response));
        let mut sent = if method == "PUT" { put(OURS, "<group/>") } else { get(OURS) };
        *sent.method_mut() = method.parse().unwrap();
        let answered = world.partner_asks(sent);
        let shown = shows(&octets(answered.headers(), &[answered.body()]));
        prop_assert!(shown.is_none(), "{shown:?}");
    }
}
