//! One datagram: see README.md.
#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use sip::{Edits, Limits, Message, Name, Response, header::*};

/// Reading is all that matters.
fn ignore<T>(_: T) {}

/// Every type of header field, over every value.
fn read_all(message: &Message) {
    fn all<'m, T: Typed<'m>>(message: &'m Message) {
        message.all::<T>().for_each(drop);
    }
    all::<AcceptContact<'_>>(message);
    all::<AuthenticationInfo<'_>>(message);
    message.all::<Authorization<'_>>().flatten().for_each(|auth| auth.params.iter().for_each(drop));
    all::<CallId<'_>>(message);
    message
        .all::<Contact<'_>>()
        .flatten()
        .for_each(|contact| ignore((contact.parse_uri(), contact.expires())));
    all::<ContentId<'_>>(message);
    all::<ContentType<'_>>(message);
    all::<CSeq<'_>>(message);
    all::<Date>(message);
    all::<Event<'_>>(message);
    all::<Expires>(message);
    message.all::<From<'_>>().flatten().for_each(|from| ignore((from.tag(), from.parse_uri())));
    all::<MaxForwards>(message);
    all::<PAssertedIdentity<'_>>(message);
    all::<PAssertedService<'_>>(message);
    all::<PPreferredIdentity<'_>>(message);
    all::<PPreferredService<'_>>(message);
    all::<Path<'_>>(message);
    all::<ProxyAuthenticate<'_>>(message);
    all::<ProxyAuthorization<'_>>(message);
    all::<ProxyRequire<'_>>(message);
    message.all::<Reason<'_>>().flatten().for_each(|reason| ignore((reason.cause(), reason.text())));
    all::<RecordRoute<'_>>(message);
    all::<Require<'_>>(message);
    all::<RetryAfter<'_>>(message);
    all::<Route<'_>>(message);
    all::<Server<'_>>(message);
    all::<ServiceRoute<'_>>(message);
    all::<SipEtag<'_>>(message);
    all::<SipIfMatch<'_>>(message);
    message
        .all::<SubscriptionState<'_>>()
        .flatten()
        .for_each(|state| ignore((state.expires(), state.reason())));
    all::<Supported<'_>>(message);
    all::<To<'_>>(message);
    all::<Unsupported<'_>>(message);
    all::<UserAgent<'_>>(message);
    message.all::<Via<'_>>().flatten().for_each(|via| ignore((via.rport(), via.received(), via.maddr())));
    all::<Warning<'_>>(message);
    all::<WwwAuthenticate<'_>>(message);
}

/// What is written may pass the limits of what is read: a Via and a name's canonical spelling come to it.
const GENEROUS: Limits = Limits {
    max_message: 1 << 20,
    max_head: 1 << 20,
    max_headers: 1000,
    max_vias: 1 << 20,
    max_routes: 1 << 20,
    max_parts: 1000,
};

fn written(edits: &Edits, message: &Message) -> Message {
    let mut out = BytesMut::new();
    edits.apply(message, &mut out);
    Message::parse(out.freeze(), &GENEROUS).expect("what is written parses")
}

fn forward(message: &Message) {
    let same = written(&Edits::new(), message);
    assert_eq!(same.body(), message.body());
    assert!(
        same.headers()
            .filter(|h| h.name != Name::ContentLength)
            .eq(message.headers().filter(|h| h.name != Name::ContentLength))
    );
    let mut edits = Edits::new();
    edits
        .pop_first(Name::Route)
        .prepend(Name::Via, b"SIP/2.0/UDP ours")
        .set(Name::MaxForwards, b"69")
        .remove(Name::Contact);
    let edited = written(&edits, message);
    assert_eq!(edited.body(), message.body());
    assert_eq!(edited.values(Name::Via).next(), Some(&b"SIP/2.0/UDP ours"[..]));
    assert!(edited.values(Name::Via).skip(1).eq(message.values(Name::Via)));
    assert!(edited.values(Name::Route).eq(message.values(Name::Route).skip(1)));
    assert_eq!((edited.count(Name::MaxForwards), edited.count(Name::Contact)), (1, 0));
}

fn answer(message: &Message) {
    let mut out = BytesMut::new();
    let source = ([192, 0, 2, 1], 5060).into();
    Response::new(400).print_from(message, "t", Some(source), &mut out);
    let answer = Message::parse(out.freeze(), &GENEROUS).expect("an answer parses");
    assert_eq!(answer.values(Name::Via).count(), message.values(Name::Via).count());
    assert_eq!(answer.call_id(), message.call_id());
}

fuzz_target!(|octets: &[u8]| {
    let octets = Bytes::copy_from_slice(octets);
    match Message::parse(octets.clone(), &Limits::DATAGRAM) {
        Ok(message) => {
            let _ = message.check();
            read_all(&message);
            forward(&message);
            if message.is_request() {
                answer(&message);
            }
        }
        Err(malformed) => {
            assert!(malformed.offset <= octets.len());
            if let Some(message) = Message::salvage(&octets) {
                answer(&message);
            }
        }
    }
});
