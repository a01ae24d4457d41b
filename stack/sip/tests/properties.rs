//! Printing and parsing are each other's inverse, and an edit does what it was asked to and nothing else.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use bytes::{Bytes, BytesMut};
use proptest::{collection::vec, prelude::*, sample::select};
use sip::{Edits, Frame, Framer, Limits, Message, Method, MultipartBuilder, Name, Request};

/// Lists among the names that edits are tried on, and names that are no lists.
const NAMES: [Name; 8] = [
    Name::Via,
    Name::Route,
    Name::RecordRoute,
    Name::Contact,
    Name::Subject,
    Name::CallId,
    Name::PAssertedIdentity,
    Name::MaxForwards,
];

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9.!%*_+`'~-]{1,12}"
}

/// A value without commas outside quotes, without white space at its ends.
fn value() -> impl Strategy<Value = String> {
    let quoted = "\"[a-z ,<>;]{0,8}\"";
    let bracketed = "<[a-z,;:\"]{1,8}>";
    prop_oneof![
        word(),
        (word(), quoted).prop_map(|(a, b)| format!("{a} {b}")),
        bracketed.prop_map(|text| text)
    ]
}

#[derive(Clone, Debug)]
struct Draft {
    method: String,
    uri: String,
    lines: Vec<(Name, String)>,
    extension: (String, String),
    body: Vec<u8>,
}

prop_compose! {
    fn draft()(
        method in word(),
        user in word(),
        lines in vec((select(&NAMES[1..]), value()), 0..12),
        extension in ("X-[A-Za-z0-9]{1,8}", value()),
        body in vec(any::<u8>(), 0..200),
    ) -> Draft {
        Draft { method, uri: format!("sip:{}@h.example", user.replace('%', "")), lines, extension, body }
    }
}

fn print(draft: &Draft) -> Bytes {
    let mut request = Request::new(Method::from_bytes(draft.method.as_bytes()), draft.uri.clone());
    for (name, value) in &draft.lines {
        request = request.header(*name, value);
    }
    let request = request
        .extension(&draft.extension.0, &draft.extension.1)
        .body("application/octet-stream", draft.body.clone());
    let mut out = BytesMut::new();
    request.print(b"SIP/2.0/UDP h.example;branch=z9hG4bK1", &mut out);
    out.freeze()
}

fn parse(octets: Bytes) -> Message {
    Message::parse(octets, &Limits::DATAGRAM).expect("what is printed parses")
}

#[derive(Clone, Debug)]
enum Edit {
    Remove(Name),
    Set(Name, String),
    Pop(Name),
    Prepend(Name, String),
    Append(Name, String),
    RemoveExtension,
    AppendExtension(String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = || select(&NAMES[..]);
    prop_oneof![
        name().prop_map(Edit::Remove),
        (name(), value()).prop_map(|(name, value)| Edit::Set(name, value)),
        name().prop_map(Edit::Pop),
        (name(), value()).prop_map(|(name, value)| Edit::Prepend(name, value)),
        (name(), value()).prop_map(|(name, value)| Edit::Append(name, value)),
        Just(Edit::RemoveExtension),
        value().prop_map(Edit::AppendExtension),
    ]
}

/// The values of one name after some edits, by the plainest means: what stands, and what was appended.
fn model(name: Name, before: Vec<Vec<u8>>, edits: &[Edit]) -> Vec<Vec<u8>> {
    let octets = |value: &String| value.clone().into_bytes();
    let (mut standing, mut appended) = (before, Vec::new());
    for edit in edits {
        match edit {
            Edit::Remove(n) if *n == name => (standing, appended) = (Vec::new(), Vec::new()),
            Edit::Set(n, value) if *n == name => (standing, appended) = (vec![octets(value)], Vec::new()),
            Edit::Pop(n) if *n == name && !standing.is_empty() => drop(standing.remove(0)),
            Edit::Prepend(n, value) if *n == name => standing.insert(0, octets(value)),
            Edit::Append(n, value) if *n == name => appended.push(octets(value)),
            _ => {}
        }
    }
    standing.append(&mut appended);
    standing
}

fn values(message: &Message, name: Name) -> Vec<Vec<u8>> {
    message.values(name).map(<[u8]>::to_vec).collect()
}

fn record(edits: &mut Edits, edit: &Edit, extension: &str) {
    match edit {
        Edit::Remove(name) => edits.remove(*name),
        Edit::Set(name, value) => edits.set(*name, value.as_bytes()),
        Edit::Pop(name) => edits.pop_first(*name),
        Edit::Prepend(name, value) => edits.prepend(*name, value.as_bytes()),
        Edit::Append(name, value) => edits.append(*name, value.as_bytes()),
        Edit::RemoveExtension => edits.remove_extension(extension),
        Edit::AppendExtension(value) => edits.append_extension(extension, value.as_bytes()),
    };
}

/// The same lines with values of one name joined by commas, in compact form, folded: another spelling of one message.
fn respell(octets: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(octets).into_owned();
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    let body = &octets[head.len() + 4..];
    let mut spelled = BytesMut::new();
    for line in head.split("\r\n") {
        let line = match line.split_once(": ") {
            Some(("Via", value)) => format!("v  :{value} ,\r\n SIP/2.0/TCP  second.example"),
            Some(("Contact", value)) => format!("m:\r\n\t{value} ,<sip:second>"),
            Some((name, value)) if name != "Content-Length" => {
                format!("{}\t: {value}  ", name.to_uppercase())
            }
            _ => line.to_owned(),
        };
        spelled.extend_from_slice(line.as_bytes());
        spelled.extend_from_slice(b"\r\n");
    }
    spelled.extend_from_slice(b"\r\n");
    spelled.extend_from_slice(body);
    spelled.freeze()
}

proptest! {
    // Failures are printed with their seed; nothing is written into the tree.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_parsed_again(draft in draft()) {
        let octets = print(&draft);
        let message = parse(octets.clone());
        prop_assert_eq!(message.method().as_bytes(), draft.method.as_bytes());
        prop_assert_eq!(message.request_uri(), draft.uri.as_bytes());
        prop_assert_eq!(message.body(), &draft.body[..]);
        prop_assert_eq!(message.extension(&draft.extension.0), Some(draft.extension.1.as_bytes()));
        for (name, value) in &draft.lines {
            prop_assert!(message.headers().any(|h| h.name == *name && h.value == value.as_bytes()));
        }
        let mut out = BytesMut::new();
        Edits::new().apply(&message, &mut out);
        prop_assert_eq!(out.freeze(), octets);
    }

    #[test]
    fn an_edit_does_what_it_says_and_leaves_the_rest(
        draft in draft(), edits in vec(edit(), 0..10), respelled in any::<bool>(),
    ) {
        let octets = print(&draft);
        let message = parse(if respelled { respell(&octets) } else { octets });
        let mut changes = Edits::new();
        edits.iter().for_each(|edit| record(&mut changes, edit, &draft.extension.0));
        let mut out = BytesMut::new();
        changes.apply(&message, &mut out);
        let edited = parse(out.freeze());
        prop_assert_eq!(edited.body(), message.body());
        prop_assert_eq!(edited.request_uri(), message.request_uri());
        for name in NAMES {
            prop_assert_eq!(values(&edited, name), model(name, values(&message, name), &edits), "{:?}", name);
        }
        let untouched = |m: &Message| -> Vec<(Vec<u8>, Vec<u8>)> {
            let rest = m.headers().filter(|h| !NAMES.contains(&h.name) && h.name != Name::Other);
            rest.map(|h| (h.raw_name.to_vec(), h.value.to_vec())).collect()
        };
        prop_assert_eq!(untouched(&edited), untouched(&message));
        let last = edits.iter().rposition(|e| matches!(e, Edit::RemoveExtension));
        let added = edits[last.map_or(0, |at| at + 1)..].iter().filter(|e| matches!(e, Edit::AppendExtension(_)));
        let expected = usize::from(last.is_none()) + added.count();
        prop_assert_eq!(edited.headers().filter(|h| h.name == Name::Other).count(), expected);
    }

    #[test]
    fn any_octets_in_any_value_stay_in_it(
        draft in draft(), evil in vec(select(&b"\r\n\0:, \"\\x"[..]), 0..24),
    ) {
        let message = parse(print(&draft));
        let mut changes = Edits::new();
        changes.request_uri(&evil).set(Name::Subject, &evil).append_extension("X-Evil", &evil);
        let mut out = BytesMut::new();
        changes.apply(&message, &mut out);
        if let Ok(edited) = Message::parse(out.freeze(), &Limits::DATAGRAM) {
            let kept = message.headers().filter(|h| h.name != Name::Subject).count();
            prop_assert_eq!(edited.headers().count(), kept + 2);
            prop_assert_eq!(edited.body(), message.body());
        } else {
            prop_assert!(evil.is_empty(), "only an empty Request-URI cannot be written");
        }
    }

    #[test]
    fn a_stream_gives_the_same_messages_however_it_is_cut(
        drafts in vec(draft(), 1..4), cuts in vec(1_usize..300, 1..20),
    ) {
        let printed: Vec<Bytes> = drafts.iter().map(print).collect();
        let stream: Vec<u8> = printed.concat();
        let mut framer = Framer::new(Limits::STREAM);
        let (mut found, mut at) = (Vec::new(), 0);
        for cut in cuts.iter().cycle() {
            let end = (at + cut).min(stream.len());
            framer.push(&stream[at..end]);
            while let Some(frame) = framer.next().expect("no fault") {
                if let Frame::Message(message) = frame {
                    found.push(message.bytes().clone());
                }
            }
            at = end;
            if at == stream.len() {
                break;
            }
        }
        prop_assert_eq!(found, printed);
    }

    #[test]
    fn parts_are_split_as_they_were_built(bodies in vec(vec(any::<u8>(), 0..60), 1..6), id in word()) {
        let builder = bodies.iter().fold(MultipartBuilder::new("b"), |builder, body| {
            builder.part("application/octet-stream", Some(&id), body.clone())
        });
        let (content_type, body) = builder.build();
        let parts = sip::multipart::split(content_type.as_bytes(), &body, &Limits::default()).expect("splits");
        let split: Vec<&[u8]> = parts.iter().map(|part| part.body).collect();
        prop_assert_eq!(split, bodies);
        prop_assert!(parts.iter().all(|part| part.content_id == Some(id.as_bytes())));
    }

    #[test]
    fn no_octets_make_a_parser_panic(octets in vec(any::<u8>(), 0..300)) {
        let octets = Bytes::from(octets);
        let _ = sip::Uri::parse(&octets);
        let _ = sip::multipart::split(b"multipart/mixed;boundary=b", &octets, &Limits::default());
        let _ = Message::salvage(&octets);
        if let Ok(message) = Message::parse(octets, &Limits::DATAGRAM) {
            let _ = message.check();
        }
    }
}
