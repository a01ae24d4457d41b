//! SUBSCRIBE and NOTIFY through two gateways back to back, with no state in either (RFC 6665, RFC 3261 12 and 16.12; TS 24.379
//! clauses 6.8.2 and 6.8.3).
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
mod dialogs {
    mod leaks;
}

use common::{
    ends::{self, *},
    *,
};
use sip::{Message, Name};

const CHANGED: &str = "<?xml version=\"1.0\"?><xcap-diff xmlns=\"urn:ietf:params:xml:ns:xcap-diff\" xcap-root=\"https://x.partner.example/\"/>";
const PROXY: &str = "Record-Route: <sip:lms1.core.primary.example:5070;lr>\r\n";

/// A subscription that stands: how the subscriber and the notifier see it.
fn subscribed(pair: &mut Pair, recorded: &str) -> (ends::Dialog, ends::Dialog) {
    let tag = "n1.lms1.core.partner.example";
    let (arrived, answered) = pair.out(&subscribe(recorded), |arrived| answer(200, arrived, tag, NOTIFIER));
    (ends::Dialog::of_answer(&answered), ends::Dialog::of_request(&arrived, tag))
}

fn fine(arrived: &Message) -> Message {
    answer(200, arrived, "", SUBSCRIBER)
}

fn notification(notifier: &mut ends::Dialog) -> Message {
    notifier.request("NOTIFY", "Subscription-State: active;expires=3600\r\n", CHANGED)
}

fn status(refused: Result<(Message, relay::Waiting), sip::Response>) -> u16 {
    refused.err().map_or(0, |response| response.status())
}

/// Every exchange of a subscription; whatever arrives bears the identifiers that its end knows.
fn live(pair: &mut Pair, subscriber: &mut ends::Dialog, notifier: &mut ends::Dialog) {
    let (arrived, answered) = pair.notify(&notification(notifier), fine);
    assert_eq!(arrived.request_uri(), SUBSCRIBER.trim_matches(['<', '>']).as_bytes());
    assert_eq!(value(&arrived, Name::CallId), subscriber.call_id);
    assert_eq!(
        (value(&arrived, Name::To), value(&arrived, Name::From)),
        (subscriber.own.clone(), subscriber.other.clone())
    );
    assert_eq!(arrived.body(), CHANGED.as_bytes());
    assert_eq!(value(&answered, Name::CallId), notifier.call_id);

    let refresh = subscriber.request("SUBSCRIBE", "Expires: 3600\r\n", "");
    let (arrived, answered) = pair.out(&refresh, |arrived| answer(200, arrived, "", NOTIFIER));
    assert_eq!(arrived.request_uri(), NOTIFIER.trim_matches(['<', '>']).as_bytes());
    assert_eq!(value(&arrived, Name::CallId), notifier.call_id);
    assert_eq!(
        (value(&arrived, Name::To), value(&arrived, Name::From)),
        (notifier.own.clone(), notifier.other.clone())
    );
    assert_eq!(value(&answered, Name::CallId), subscriber.call_id);
    assert_eq!(answered.status(), Some(200));
}

#[test]
fn rfc6665_4_a_subscription_lives_and_ends_through_two_hiding_gateways() {
    for recorded in ["", PROXY] {
        let mut pair = Pair::new(true);
        let (mut subscriber, mut notifier) = subscribed(&mut pair, recorded);
        live(&mut pair, &mut subscriber, &mut notifier);
        live(&mut pair, &mut subscriber, &mut notifier);
        let end = subscriber.request("SUBSCRIBE", "Expires: 0\r\n", "");
        pair.out(&end, |arrived| answer(200, arrived, "", NOTIFIER));
        let last = notifier.request("NOTIFY", "Subscription-State: terminated;reason=timeout\r\n", "");
        let (arrived, _) = pair.notify(&last, fine);
        assert_eq!(value(&arrived, Name::SubscriptionState), "terminated;reason=timeout");
    }
}

#[test]
fn rfc3261_16_12_an_inner_proxy_that_stays_in_the_way_stays_there() {
    let mut pair = Pair::new(true);
    let (subscriber, mut notifier) = subscribed(&mut pair, PROXY);
    let (arrived, _) = pair.notify(&notification(&mut notifier), fine);
    assert_eq!(value(&arrived, Name::Route), "<sip:lms1.core.primary.example:5070;lr>");
    assert_eq!(subscriber.routes.first().unwrap(), "sip:lms1.core.primary.example:5070;lr");
}

#[test]
fn rfc3261_16_4_a_route_to_the_gateway_ends_there() {
    let pair = Pair::new(true);
    let (between, _) = pair.near.pass(&subscribe(""), &from_subscriber()).unwrap();
    let routed = changed(&between, "Max-Forwards", "Route: <sip:mcgw.partner.example;lr>\r\nMax-Forwards");
    let (arrived, _) = pair.far.pass(&routed, &from_near()).unwrap();
    assert_eq!(arrived.header(Name::Route), None);
    let elsewhere =
        changed(&between, "Max-Forwards", "Route: <sip:lms1.core.partner.example;lr>\r\nMax-Forwards");
    assert_eq!(status(pair.far.pass(&elsewhere, &from_near())), 403);
}

#[test]
fn rfc6665_4_4_1_a_notification_may_overtake_the_answer() {
    let mut pair = Pair::new(true);
    let (between, _) = pair.near.pass(&subscribe(""), &from_subscriber()).unwrap();
    let (arrived, _) = pair.far.pass(&between, &from_near()).unwrap();
    let mut notifier = ends::Dialog::of_request(&arrived, "n1");
    let (first, _) = pair.notify(&notification(&mut notifier), fine);
    // What the notification records is the route set that the answer would have given.
    let mut early = ends::Dialog::of_request(&first, "");
    (early.own, early.contact) = (value(&first, Name::To), SUBSCRIBER);
    let refresh = early.request("SUBSCRIBE", "", "");
    let (arrived, _) = pair.out(&refresh, |arrived| answer(200, arrived, "", NOTIFIER));
    assert_eq!(value(&arrived, Name::CallId), notifier.call_id);
}

#[test]
fn a_dialog_survives_the_restart_of_both_gateways_and_any_replica_serves_it() {
    let mut pair = Pair::new(true);
    let (mut subscriber, mut notifier) = subscribed(&mut pair, "");
    for _ in 0..3 {
        (pair.near, pair.far) = (near(&["near"], true), far(&["far!"], true));
        live(&mut pair, &mut subscriber, &mut notifier);
    }
}

#[test]
fn a_dialog_keeps_its_key_when_a_new_one_seals_what_is_new() {
    let mut pair = Pair::new(true);
    let (mut subscriber, mut notifier) = subscribed(&mut pair, PROXY);
    (pair.near, pair.far) = (near(&["new1", "near"], true), far(&["new2", "far!"], true));
    live(&mut pair, &mut subscriber, &mut notifier);
    let before = pair.crossed.first().unwrap().call_id().to_vec();
    let (_, refresh) = (pair.crossed.clear(), subscriber.request("SUBSCRIBE", "", ""));
    pair.out(&refresh, |arrived| answer(200, arrived, "", NOTIFIER));
    assert_eq!(pair.crossed.first().unwrap().call_id(), before);
    pair.crossed.clear();
    subscribed(&mut pair, "");
    assert_ne!(pair.crossed.first().unwrap().call_id(), before, "what is new is sealed under the new key");
}

#[test]
fn rfc3261_12_2_2_a_dialog_whose_key_is_gone_is_481() {
    let mut pair = Pair::new(true);
    let (mut subscriber, mut notifier) = subscribed(&mut pair, "");
    let (between, _) = pair.far.pass(&notification(&mut notifier), &from_notifier()).unwrap();
    pair.near = near(&["new1"], true);
    assert_eq!(status(pair.near.pass(&between, &from_far())), 481);
    assert_eq!(status(pair.near.pass(&subscriber.request("SUBSCRIBE", "", ""), &from_subscriber())), 481);
}

#[test]
fn what_was_sealed_for_one_partner_is_no_way_in_for_another() {
    let mut pair = Pair::new(true);
    let (_, mut notifier) = subscribed(&mut pair, "");
    let (between, _) = pair.far.pass(&notification(&mut notifier), &from_notifier()).unwrap();
    pair.near.pass(&between, &from_far()).unwrap();
    assert_eq!(status(pair.near.pass(&between, &from_third())), 481);
    assert_eq!(status(pair.near.pass(&between, &from_impostor())), 403);
}

fn changed(message: &Message, from: &str, to: &str) -> Message {
    let text = String::from_utf8_lossy(message.bytes()).into_owned();
    assert!(text.contains(from), "{from} is not in {text}");
    parse(text.replace(from, to))
}

#[test]
fn what_was_forged_or_moved_to_another_call_is_481() {
    let mut pair = Pair::new(true);
    let (_, mut notifier) = subscribed(&mut pair, PROXY);
    let (between, _) = pair.far.pass(&notification(&mut notifier), &from_notifier()).unwrap();
    let target = String::from_utf8_lossy(between.request_uri()).into_owned();
    let token = target.trim_start_matches("sip:").split('@').next().unwrap().to_owned();
    let mut flipped = token.clone();
    let last = flipped.pop().unwrap();
    flipped.push(if last == 'a' { 'b' } else { 'a' });
    let route = value(&between, Name::Route);
    let tag = value(&between, Name::To).split(";tag=").nth(1).unwrap().to_owned();
    let other_call = {
        let (other, _) =
            pair.near.pass(&changed(&subscribe(PROXY), "sub1@", "sub2@"), &from_subscriber()).unwrap();
        String::from_utf8_lossy(other.call_id()).into_owned()
    };
    let call = String::from_utf8_lossy(between.call_id()).into_owned();
    for (why, forged) in [
        ("a changed target", changed(&between, &token, &flipped)),
        ("no token", changed(&between, &format!("{token}@"), "alice@")),
        ("the route as target", changed(&between, &target, route.trim_matches(['<', '>']))),
        ("the target as route", changed(&between, &route, &format!("<{target};lr>"))),
        ("another tag", changed(&between, &tag, "made-up")),
        ("no tag", changed(&between, &format!(";tag={tag}"), "")),
        ("another call of ours", changed(&between, &call, &other_call)),
        ("a call of theirs", changed(&between, &call, "made-up@partner.example")),
    ] {
        assert_eq!(status(pair.near.pass(&forged, &from_far())), 481, "{why}");
    }
    pair.near.pass(&between, &from_far()).unwrap();
}

#[test]
fn nobody_inside_is_led_back_inside_by_a_partners_contact() {
    let mut pair = Pair::new(true);
    let (mut subscriber, _) = subscribed(&mut pair, "");
    for target in ["sip:x@mcgw.primary.example", "sip:lms_psi@primary.example"] {
        subscriber.target = target.to_owned();
        let request = subscriber.request("SUBSCRIBE", "", "");
        assert_eq!(status(pair.near.pass(&request, &from_subscriber())), 481, "{target}");
    }
}

#[test]
fn rfc6665_7_3_2_an_event_that_was_not_agreed_is_489_with_what_was() {
    let pair = Pair::new(true);
    let other = |message: &Message| changed(message, "Event: xcap-diff", "Event: presence");
    pair.near.assert_refused(&other(&subscribe("")), &from_subscriber(), "agreement", 489, "47");
    let (between, _) = pair.near.pass(&subscribe(""), &from_subscriber()).unwrap();
    pair.far.assert_refused(&other(&between), &from_near(), "agreement", 489, "47");
    let (refused, _) = pair.far.refused(&other(&between), &from_near());
    assert_eq!(refused.get(Name::AllowEvents), Some(b"xcap-diff".as_slice()));
    // The agreement has a direction: the partner may not subscribe here.
    let theirs = changed(
        &changed(&subscribe(""), "lms_psi@partner", "lms_psi@primary"),
        "mcptt_psi@primary",
        "x@partner",
    );
    pair.near.assert_refused(&theirs, &from_far(), "agreement", 489, "47");
}

#[test]
fn rfc6665_4_a_subscriber_does_not_notify_and_a_notifier_does_not_subscribe() {
    let mut pair = Pair::new(true);
    let (mut subscriber, mut notifier) = subscribed(&mut pair, "");
    let active = "Subscription-State: active;expires=3600\r\n";
    // The partner that subscribed here notifies into that very dialog; what our side lets out is checked likewise.
    let disguised = |refresh: &Message| {
        let text = String::from_utf8_lossy(refresh.bytes()).replace("SUBSCRIBE", "NOTIFY");
        parse(text.replacen("Event:", &format!("{active}Event:"), 1))
    };
    let refresh = subscriber.request("SUBSCRIBE", "", "");
    pair.near.assert_refused(&disguised(&refresh), &from_subscriber(), "agreement", 403, "11");
    let (between, _) = pair.near.pass(&refresh, &from_subscriber()).unwrap();
    pair.far.assert_refused(&disguised(&between), &from_near(), "agreement", 403, "11");
    let back = notification(&mut notifier);
    let resubscribed = |message: &Message| {
        parse(String::from_utf8_lossy(message.bytes()).replace("NOTIFY", "SUBSCRIBE").replace(active, ""))
    };
    pair.far.assert_refused(&resubscribed(&back), &from_notifier(), "agreement", 403, "11");
    let (between, _) = pair.far.pass(&back, &from_notifier()).unwrap();
    pair.near.assert_refused(&resubscribed(&between), &from_far(), "agreement", 403, "11");
    live(&mut pair, &mut subscriber, &mut notifier);
}

#[test]
fn an_agreement_that_ends_ends_the_notifications_too() {
    let mut pair = Pair::new(true);
    let (mut subscriber, mut notifier) = subscribed(&mut pair, "");
    let none = |name: &str| {
        agreed(name, |other| {
            other.system.inbound = Default::default();
            other.system.outbound = Default::default();
        })
    };
    pair.near.gateway.replace_partners(vec![none("partner")]);
    pair.far.gateway.replace_partners(vec![none("primary")]);
    assert_eq!(status(pair.near.pass(&subscriber.request("SUBSCRIBE", "", ""), &from_subscriber())), 489);
    assert_eq!(status(pair.far.pass(&notification(&mut notifier), &from_notifier())), 489);
}

#[test]
fn rfc6665_4_1_2_2_a_481_from_the_other_end_reaches_this_one() {
    let mut pair = Pair::new(true);
    let (mut subscriber, mut notifier) = subscribed(&mut pair, "");
    let refresh = subscriber.request("SUBSCRIBE", "", "");
    let (_, answered) = pair.out(&refresh, |arrived| answer(481, arrived, "", NOTIFIER));
    assert_eq!((answered.status(), answered.header(Name::Contact)), (Some(481), None));
    let (_, answered) =
        pair.notify(&notification(&mut notifier), |arrived| answer(481, arrived, "", SUBSCRIBER));
    assert_eq!((answered.status(), answered.header(Name::Contact)), (Some(481), None));
}

#[test]
fn without_hiding_identifiers_are_shown_and_the_ends_sealed_all_the_same() {
    let mut pair = Pair::new(false);
    let (mut subscriber, mut notifier) = subscribed(&mut pair, PROXY);
    live(&mut pair, &mut subscriber, &mut notifier);
    let crossed = pair.crossed.first().unwrap();
    assert_eq!(crossed.call_id(), b"sub1@lms1.core.primary.example");
    assert!(value(crossed, Name::From).ends_with(";tag=s1.lms1.core.primary.example"));
    assert!(
        value(crossed, Name::Contact).contains("@mcgw.primary.example:5061;transport=tls>;+g.3gpp.mcptt")
    );
    pair.near = near(&["near"], true);
    assert_eq!(
        status(pair.near.pass(&through_proxy(&subscriber.request("SUBSCRIBE", "", "")), &from_subscriber())),
        403,
        "a dialog that showed its Call-ID does not go on in hiding"
    );
}

#[test]
fn rfc6665_4_1_2_1_a_subscription_without_one_contact_that_can_be_reached_is_refused() {
    let near = near(&["near"], true);
    let line = format!("Contact: {SUBSCRIBER};+g.3gpp.mcptt;+sip.instance=\"<urn:uuid:1>\"\r\n");
    for (contact, code, cause) in [
        ("", 400, "41"),
        ("Contact: *\r\n", 400, "41"),
        ("Contact: <sip:a@lms1.core.primary.example>, <sip:b@lms1.core.primary.example>\r\n", 400, "41"),
        ("Contact: <tel:+1555>\r\n", 400, "41"),
        ("Contact: <sip:nobody.core.primary.example>\r\n", 404, "13"),
    ] {
        let request = changed(&subscribe(""), &line, contact);
        let (refused, step) = near.refused(&request, &from_subscriber());
        let printed = print(&refused, &request);
        let code_of = printed.extension(kit::refusal::CAUSE_HEADER).map(String::from_utf8_lossy);
        assert_eq!(
            (refused.status(), code_of.as_deref(), step.as_str()),
            (code, Some(cause), "hide-topology"),
            "{contact}"
        );
    }
}

#[test]
fn two_servers_inside_cannot_be_told_apart_by_their_contacts() {
    let near = near(&["near"], true);
    let contact = |call: &str| {
        let request = changed(&subscribe(""), "Call-ID: sub1", &format!("Call-ID: {call}"));
        value(&near.pass(&request, &from_subscriber()).unwrap().0, Name::Contact)
    };
    assert_eq!(contact("sub1"), contact("sub1"));
    assert_ne!(contact("sub1"), contact("sub2"));
}

#[test]
fn rfc3903_a_publication_is_a_request_of_its_own() {
    let mut other = partner("partner").media(["application/poc-settings+xml"]);
    other.system.outbound = ["publish:poc-settings"].into_iter().collect();
    other.system.inbound = ["poc-settings"].into_iter().collect();
    let border = border("primary", vec![other]);
    let publish = |uri: &str, from: &str| {
        parse(format!(
            "PUBLISH {uri} SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <{from}>;tag=1\r\n\
             To: <{uri}>\r\nCall-ID: 1@h\r\nCSeq: 1 PUBLISH\r\nEvent: poc-settings\r\nSIP-If-Match: e1\r\nExpires: 60\r\n\
             Content-Length: 0\r\n\r\n"
        ))
    };
    let (ours, theirs) = ("sip:lms_psi@primary.example", "sip:lms_psi@partner.example");
    let (sent, waiting) = border.pass(&publish(theirs, ours), &from_subscriber()).unwrap();
    assert_eq!(
        (value(&sent, Name::SipIfMatch), value(&sent, Name::Event)),
        ("e1".into(), "poc-settings".into())
    );
    assert_eq!((sent.header(Name::Contact), sent.header(Name::RecordRoute)), (None, None));
    let back = border.back(&answer(200, &sent, "t", "<sip:x@partner.example>"), &waiting);
    assert_eq!((back.status(), back.header(Name::Contact)), (Some(200), None));
    // Leave to subscribe is no leave to publish.
    border.assert_refused(&publish(ours, theirs), &from_partner(), "agreement", 489, "47");
}
