use std::{sync::Arc, time::Duration};

use sip::{Method, Name, Request};
use wire::Arrival;
use xml_schemas::ids::Psi;

use super::Entity;
use crate::{
    Cause, Cx, PartnerTable, Profile, Trust,
    publication::{Lifetimes, Operation, Publish, Published},
    stop::Done,
    testing::{Lab, arrival},
};

const CORE: &str = "sip-core.core.a.example";
const PSI: &str = "sip:mcptt_psi@a.example";

const LIFETIMES: Lifetimes = Lifetimes {
    default: Duration::from_secs(600),
    longest: Duration::from_secs(3600),
    shortest: Duration::from_secs(60),
};

/// Accepts what is new, and knows no entity tag but `known`.
async fn compose(_: Cx<()>, publish: Publish) -> Done<Published> {
    match publish.operation {
        Operation::Initial => Ok(Published::new("first", publish.lifetime)),
        Operation::Modify(tag) | Operation::Refresh(tag) | Operation::Remove(tag) if tag == "known" => {
            Ok(Published::new("next", publish.lifetime))
        }
        _ => Err(Cause::NoPublication.into()),
    }
}

fn entity(lab: &Lab) -> Entity<()> {
    let trust = Trust { core: Some(Arc::from(CORE)), ..Trust::default() };
    let profile = Profile { trust, ..Profile::new("mcs1", "service", Psi::new(PSI).expect("valid")) };
    Entity::new(Cx::new(profile, (), PartnerTable::default(), lab.world("mcs1"))).publishes(
        "poc-settings",
        LIFETIMES,
        compose,
    )
}

fn publish(event: &str, uri: &str) -> Request {
    Request::new(Method::Publish, uri)
        .header(Name::From, "<sip:alice.imsi@a.example>;tag=1")
        .header(Name::To, format!("<{uri}>"))
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 PUBLISH")
        .header(Name::PAssertedIdentity, "<sip:alice.imsi@a.example>")
        .header(Name::Event, event)
}

fn answer_from(request: &Request, from: Arrival) -> sip::Message {
    let lab = Lab::new();
    lab.deliver(&entity(&lab), request, from).expect("is answered")
}

fn answer(request: &Request) -> sip::Message {
    answer_from(request, arrival("inner", CORE))
}

fn text(message: &sip::Message, name: Name) -> String {
    String::from_utf8_lossy(message.header(name).unwrap_or_default()).into_owned()
}

fn settings() -> Request {
    publish("poc-settings", PSI).body("application/poc-settings+xml", "<a/>")
}

#[test]
fn rfc3903_6_step_6_a_success_gives_the_entity_tag_and_the_lifetime() {
    let asked = |seconds: &str| {
        let answer = answer(&settings().header(Name::Expires, seconds));
        assert_eq!((answer.status(), text(&answer, Name::SipEtag).as_str()), (Some(200), "first"));
        text(&answer, Name::Expires)
    };
    assert_eq!([asked("300"), asked("4294967295"), asked("0")], ["300", "3600", "0"]);
    assert_eq!(text(&answer(&settings()), Name::Expires), "600", "nothing is asked for");
}

#[test]
fn rfc3903_6_step_5_a_lifetime_that_is_too_short_is_423_with_the_shortest() {
    let answer = answer(&settings().header(Name::Expires, "59"));
    assert_eq!((answer.status(), text(&answer, Name::MinExpires).as_str()), (Some(423), "60"));
    assert_eq!(Cause::from_response(&answer), Cause::TooBrief);
}

#[test]
fn rfc3903_6_step_4_an_unknown_entity_tag_is_412() {
    let tagged = |tag| publish("poc-settings", PSI).header(Name::SipIfMatch, tag);
    assert_eq!(answer(&tagged("other")).status(), Some(412));
    let known = answer(&tagged("known").header(Name::Expires, "0"));
    assert_eq!((known.status(), text(&known, Name::SipEtag).as_str()), (Some(200), "next"));
}

#[test]
fn rfc3903_6_neither_entity_tag_nor_body_is_400() {
    assert_eq!(answer(&publish("poc-settings", PSI)).status(), Some(400));
}

#[test]
fn rfc3903_6_steps_1_and_2_another_target_or_package_is_refused() {
    let other = publish("poc-settings", "sip:lms_psi@a.example").body("application/poc-settings+xml", "<a/>");
    assert_eq!(answer(&other).status(), Some(404));
    let other = answer(&publish("presence", PSI).body("application/pidf+xml", "<a/>"));
    assert_eq!((other.status(), text(&other, Name::AllowEvents).as_str()), (Some(489), "poc-settings"));
}

#[test]
fn a_stranger_does_not_publish_and_allow_says_who_is_asked() {
    assert_eq!(answer_from(&settings(), arrival("inner", "elsewhere.example")).status(), Some(403));
    let invite = Request::new(Method::Invite, PSI)
        .header(Name::From, "<sip:alice.imsi@a.example>;tag=1")
        .header(Name::To, format!("<{PSI}>"))
        .header(Name::CallId, "c")
        .header(Name::CSeq, "1 INVITE");
    assert_eq!(text(&answer(&invite), Name::Allow), "MESSAGE, PUBLISH, OPTIONS");
}
