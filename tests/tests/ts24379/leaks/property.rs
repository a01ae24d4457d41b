//! Whatever our servers say, in whatever place of a request or response.

use bytes::Bytes;
use mcx_tests::{Home, TwoSystems, flows};
use proptest::{
    collection::vec, prelude::*, sample::select, strategy::ValueTree as _, test_runner::TestRunner,
};
use sip::{Header, Limits, Message, Name, Request, Response};

use super::named;
use crate::{ALICE, BOB, LMS_A, OURS, THEIRS};

const CASES: usize = 300;

/// A place of a message in which a server may name the inside.
#[derive(Clone, Copy, Debug)]
enum Place {
    Header(Name),
    Extension(&'static str),
    CallId,
    FromTag,
    FromName,
    FromUri,
    ToName,
    Warning,
    Reason,
}

fn place() -> impl Strategy<Value = Place> {
    let headers = [
        Name::Contact,
        Name::UserAgent,
        Name::Server,
        Name::RecordRoute,
        Name::Path,
        Name::ServiceRoute,
        Name::Organization,
        Name::HistoryInfo,
        Name::PChargingVector,
        Name::PAccessNetworkInfo,
        Name::CallInfo,
        Name::ErrorInfo,
        Name::ReplyTo,
        Name::Reason,
        Name::Subject,
        Name::Date,
        Name::Supported,
        Name::Allow,
        Name::AcceptContact,
        Name::PAssertedService,
    ];
    let extensions =
        ["X-Trace", "P-Whatever", "Session-ID", "Identity-Info", "Served-By", "User-to-User", "X-3GPP-Any"];
    prop_oneof![
        4 => select(headers.to_vec()).prop_map(Place::Header),
        2 => select(extensions.to_vec()).prop_map(Place::Extension),
        4 => select(vec![
            Place::CallId, Place::FromTag, Place::FromName, Place::FromUri, Place::ToName, Place::Warning, Place::Reason,
        ]),
    ]
}

/// Something of the inside: a host, and how a server might write it.
#[derive(Clone, Debug)]
struct Secret {
    host: &'static str,
    text: String,
}

fn secret() -> impl Strategy<Value = Secret> {
    let hosts =
        ["lms1.core.primary.example", "MCS1.core.Primary.example", "core.primary.example", "10.0.1.3"];
    (select(hosts.to_vec()), 0..6_u8).prop_map(|(host, form)| {
        let text = match form {
            0 => host.to_owned(),
            1 => host.to_ascii_uppercase(),
            2 => format!("sip:{host}:5062"),
            3 => format!("<sip:a@{host};transport=tls>"),
            4 => format!("id={host};n=1"),
            _ => format!("at {host}"),
        };
        Secret { host, text }
    })
}

fn quoted(text: &str) -> String {
    text.chars().filter(|c| !"\"\\".contains(*c)).collect()
}

fn in_request(request: Request, place: Place, Secret { host, text }: &Secret) -> Request {
    match place {
        Place::Header(name) => request.header(name, text),
        Place::Extension(name) => request.extension(name, text),
        Place::Warning | Place::Reason => request.extension("X-Why", text),
        Place::CallId => replaced(request, Name::CallId, &format!("c1@{host}")),
        Place::FromTag => replaced(request, Name::From, &format!("<{OURS}>;tag={host}")),
        Place::FromName => replaced(request, Name::From, &format!("\"{}\" <{OURS}>;tag=1", quoted(text))),
        Place::FromUri => replaced(request, Name::From, &format!("<sip:lms_psi@{host}>;tag=1")),
        Place::ToName => replaced(request, Name::To, &format!("\"{}\" <{THEIRS}>", quoted(text))),
    }
}

/// The request with this in place of what it had.
fn replaced(request: Request, name: Name, value: &str) -> Request {
    let mut again = Request::new(request.method(), request.uri());
    for kept in [Name::From, Name::To, Name::CallId, Name::CSeq, Name::PAssertedIdentity] {
        let value = if kept == name { Some(value.as_bytes()) } else { request.get(kept) };
        again = value.into_iter().fold(again, |again, value| again.header(kept, value));
    }
    let content_type = String::from_utf8_lossy(request.get(Name::ContentType).unwrap()).into_owned();
    again.body(&content_type, request.content().clone())
}

fn in_response(response: Response, place: Place, Secret { host, text }: &Secret) -> Response {
    match place {
        Place::Header(name) => response.header(name, text),
        Place::Extension(name) => response.extension(name, text),
        Place::Warning => response.warning(host, &quoted(text)),
        Place::Reason => response.reason(quoted(text)),
        Place::ToName => response.warning("primary.example", &format!("no such user at {}", quoted(text))),
        _ => response.body("text/plain", text.clone()),
    }
}

/// The fields with a name that nobody knows, but for the cause of a refusal: none leaves, whatever is in it.
fn unknown(message: &Bytes) -> Vec<String> {
    let message = Message::parse(message.clone(), &Limits::default()).expect("a message");
    let unknown = |header: &Header<'_>| {
        header.name == Name::Other
            && !header.raw_name.eq_ignore_ascii_case(kit::refusal::CAUSE_HEADER.as_bytes())
    };
    message.headers().filter(unknown).map(|h| String::from_utf8_lossy(h.raw_name).into_owned()).collect()
}

fn drawn<T>(strategy: &impl Strategy<Value = T>, runner: &mut TestRunner) -> T {
    strategy.new_tree(runner).expect("a value").current()
}

#[test]
fn nothing_internal_leaves_in_any_request() {
    TwoSystems::new().without(LMS_A).without_system(Home::Partner).run(async |world| {
        let (server, partner) = (world.play_locations(Home::Primary), world.play_border(Home::Partner));
        let gateway = world.gateway_of(Home::Primary);
        let (strategy, mut runner) = (vec((place(), secret()), 1..4), TestRunner::deterministic());
        for _ in 0..CASES {
            let exposed = drawn(&strategy, &mut runner);
            let request = server.message(&flows::request("r1", ALICE, &[BOB]), OURS, THEIRS);
            let request =
                exposed.iter().fold(request, |request, (place, secret)| in_request(request, *place, secret));
            if request.check().is_ok() {
                server.send(request, &gateway).await.unwrap();
            }
        }
        let received = partner.received();
        assert!(received.len() > CASES / 2, "only {} were let out", received.len());
        for message in received {
            assert_eq!(named(&message), None);
            assert_eq!(unknown(&message), Vec::<String>::new());
        }
    });
}

#[test]
fn nothing_internal_leaves_in_any_response() {
    TwoSystems::new().without(LMS_A).without_system(Home::Partner).run(async |world| {
        let (server, partner) = (world.play_locations(Home::Primary), world.play_border(Home::Partner));
        let border = world.border_of(Home::Primary);
        let statuses = select(vec![200_u16, 202, 400, 403, 404, 480, 500, 503, 603]);
        let (strategy, mut runner) =
            ((statuses, vec((place(), secret()), 1..4)), TestRunner::deterministic());
        for _ in 0..CASES {
            let (status, exposed) = drawn(&strategy, &mut runner);
            server.answer(move |_| {
                let response = Response::new(status);
                let said =
                    |response, (place, secret): &(Place, Secret)| in_response(response, *place, secret);
                Some(exposed.iter().fold(response, said))
            });
            let request = partner.message(&flows::request("r1", BOB, &[ALICE]), THEIRS, OURS);
            let answer = partner.send(request, &border).await.unwrap();
            assert_eq!(answer.status(), Some(if status == 503 { 500 } else { status }));
        }
        for message in partner.received() {
            assert_eq!(named(&message), None);
            assert_eq!(unknown(&message), Vec::<String>::new());
        }
    });
}
