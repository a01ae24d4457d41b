use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use sip::{Limits, Message, Method, Name, Request, Response};

use super::{Dialog, Id, OutOfOrder, Unusable};

fn parse(text: impl Into<String>) -> Message {
    Message::parse(Bytes::from(text.into()), &Limits::default()).unwrap()
}

fn subscribe(seq: u32, lines: &str, to_tag: &str) -> Message {
    parse(format!(
        "SUBSCRIBE sip:gms_psi@b.example SIP/2.0\r\nVia: SIP/2.0/TCP s;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: \"S\" <sip:mcptt_psi@a.example>;tag=ours\r\nTo: <sip:gms_psi@b.example>{to_tag}\r\nCall-ID: c1@a\r\n\
         CSeq: {seq} SUBSCRIBE\r\nEvent: xcap-diff\r\n{lines}Content-Length: 0\r\n\r\n"
    ))
}

fn printed(request: &Request) -> Message {
    let mut out = BytesMut::new();
    request.print(b"SIP/2.0/TCP x;branch=z9hG4bK2", &mut out);
    Message::parse(out.freeze(), &Limits::default()).unwrap()
}

fn answered(request: &Message, response: Response) -> Message {
    let mut out = BytesMut::new();
    response.print(request, "theirs", &mut out);
    Message::parse(out.freeze(), &Limits::default()).unwrap()
}

const CONTACT: &str = "Contact: <sip:s@192.0.2.1:5070;transport=tcp>\r\n";
const RECORDED: &str = "Contact: <sip:s@192.0.2.1:5070>\r\nRecord-Route: <sip:p1.a.example;lr>\r\nRecord-Route: <sip:p2.a.example;lr;k=v>, <sip:p3.a.example;lr>\r\n";

#[test]
fn c12_1_1_the_end_that_was_asked_goes_back_the_recorded_way() {
    let mut dialog = Dialog::answering(&subscribe(7, RECORDED, ""), "theirs").unwrap();
    let notify = printed(&dialog.request(Method::Notify));
    assert_eq!(notify.request_uri(), b"sip:s@192.0.2.1:5070");
    let routes: Vec<_> = notify.values(Name::Route).collect();
    assert_eq!(
        routes,
        [&b"<sip:p1.a.example;lr>"[..], b"<sip:p2.a.example;lr;k=v>", b"<sip:p3.a.example;lr>"]
    );
    assert_eq!(notify.header(Name::From), Some(&b"<sip:gms_psi@b.example>;tag=theirs"[..]));
    assert_eq!(notify.header(Name::To), Some(&b"<sip:mcptt_psi@a.example>;tag=ours"[..]));
    assert_eq!(notify.header(Name::CSeq), Some(&b"1 NOTIFY"[..]));
    assert_eq!(notify.call_id(), b"c1@a");
}

#[test]
fn c12_1_2_the_end_that_asked_goes_the_recorded_way_turned_round() {
    let response = Response::new(200).header(Name::Contact, "<sip:gms@198.51.100.1>");
    let mut dialog = Dialog::accepted(&answered(&subscribe(7, RECORDED, ""), response)).unwrap();
    let refresh = printed(&dialog.request(Method::Subscribe));
    let routes: Vec<_> = refresh.values(Name::Route).collect();
    assert_eq!(
        routes,
        [&b"<sip:p3.a.example;lr>"[..], b"<sip:p2.a.example;lr;k=v>", b"<sip:p1.a.example;lr>"]
    );
    assert_eq!(refresh.request_uri(), b"sip:gms@198.51.100.1");
    assert_eq!(refresh.header(Name::CSeq), Some(&b"8 SUBSCRIBE"[..]));
}

#[test]
fn rfc6665_4_4_1_the_notify_makes_the_dialog_of_whoever_subscribed() {
    let mut notifier = Dialog::answering(&subscribe(7, CONTACT, ""), "theirs").unwrap();
    let notify = printed(&notifier.request(Method::Notify).header(Name::Contact, "<sip:gms@198.51.100.1>"));
    let mut subscriber = Dialog::notified(&notify, 7).unwrap();
    assert_eq!(
        subscriber.id(),
        &Id { call_id: "c1@a".into(), local_tag: "ours".into(), remote_tag: "theirs".into() }
    );
    let refresh = printed(&subscriber.request(Method::Subscribe).header(Name::Contact, "<sip:s@192.0.2.1>"));
    assert_eq!(refresh.header(Name::CSeq), Some(&b"8 SUBSCRIBE"[..]));
    assert_eq!(Id::of_request(&refresh).unwrap().as_ref(), Some(notifier.id()));
    notifier.receive(&refresh).unwrap();
    assert_eq!(notifier.target(), "sip:s@192.0.2.1");
}

#[test]
fn c12_2_2_a_request_behind_a_later_one_is_out_of_order() {
    let mut dialog = Dialog::answering(&subscribe(7, CONTACT, ""), "theirs").unwrap();
    let late = subscribe(7, "Contact: <sip:other@192.0.2.9>\r\n", ";tag=theirs");
    assert_eq!(dialog.receive(&late), Err(OutOfOrder { number: 7, last: 7 }));
    assert_eq!(dialog.target(), "sip:s@192.0.2.1:5070;transport=tcp", "nothing has changed");
    dialog.receive(&subscribe(9, CONTACT, ";tag=theirs")).unwrap();
}

#[test]
fn c12_2_1_1_a_strict_router_is_named_in_the_request_uri() {
    let lines = "Contact: <sip:s@192.0.2.1>\r\nRecord-Route: <sip:old.a.example>, <sip:p2.a.example;lr>\r\n";
    let mut dialog = Dialog::answering(&subscribe(7, lines, ""), "theirs").unwrap();
    let notify = printed(&dialog.request(Method::Notify));
    assert_eq!(notify.request_uri(), b"sip:old.a.example");
    let routes: Vec<_> = notify.values(Name::Route).collect();
    assert_eq!(routes, [&b"<sip:p2.a.example;lr>"[..], b"<sip:s@192.0.2.1>"]);
}

#[test]
fn c12_1_1_without_contact_or_tag_there_is_no_dialog() {
    assert!(matches!(Dialog::answering(&subscribe(7, "", ""), "theirs"), Err(Unusable::Malformed(_))));
    assert!(matches!(Dialog::notified(&subscribe(7, CONTACT, ""), 1), Err(Unusable::NoTag(Name::To))));
    let star = subscribe(7, "Contact: <tel:+123>\r\n", "");
    assert!(matches!(Dialog::answering(&star, "theirs"), Err(Unusable::Malformed(_))));
}

#[test]
fn a_dialog_outlives_a_restart() {
    let dialog = Dialog::answering(&subscribe(7, RECORDED, ""), "theirs").unwrap();
    let kept = serde_json::to_string(&dialog).unwrap();
    assert_eq!(serde_json::from_str::<Dialog>(&kept).unwrap(), dialog);
}

proptest! {
    #[test]
    fn requests_count_up_and_are_taken_in_order(count in 1_usize..20) {
        let mut notifier = Dialog::answering(&subscribe(1, CONTACT, ""), "theirs").unwrap();
        let first = printed(&notifier.request(Method::Notify).header(Name::Contact, "<sip:g@192.0.2.2>"));
        let mut subscriber = Dialog::notified(&first, 1).unwrap();
        for _ in 0..count {
            let next = printed(&notifier.request(Method::Notify).header(Name::Contact, "<sip:g@192.0.2.2>"));
            prop_assert!(subscriber.receive(&next).is_ok());
            prop_assert!(subscriber.receive(&next).is_err());
        }
    }
}
