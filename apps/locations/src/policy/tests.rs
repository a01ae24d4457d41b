use kit::{Cause, Covers as _, Policy as _, Ruling, permit::CoversWith as _, policy::Answer};
use xml_schemas::ids::{McServiceId, RequestId};
use xml_schemas::location::{
    Coordinate, LocationReport, LocationRequest, Position, TargetAnswer, TargetReport,
};

use super::{AskLocation, TellLocation};
use crate::{
    Config, Lms,
    config::{AskRule, Tell, TellRule, User, Whom},
};

fn id(name: &str) -> McServiceId {
    McServiceId::new(&format!("sip:{name}")).expect("valid")
}

fn tell(name: &str, requester: Whom, answer: Tell) -> TellRule {
    TellRule { name: name.into(), requester, answer }
}

fn asks(requester: &str, target: &str) -> AskLocation {
    AskLocation { requester: id(requester), target: id(target), is_own: false }
}

fn lms() -> Lms {
    let bob = User {
        id: id("bob@b.example"),
        impu: kit::Impu::new("sip:bob@b.example").expect("valid"),
        share: vec![
            tell("not-mallory", Whom::User(id("mallory@a.example")), Tell::Refuse),
            tell("ask-me", Whom::User(id("stranger@a.example")), Tell::AskUser),
        ],
    };
    let ask = |name: &str, target, allow| AskRule {
        name: name.into(),
        requester: Whom::User(id("bob@b.example")),
        target,
        allow,
    };
    let config = Config {
        users: vec![bob],
        ask: vec![
            ask("not-the-boss", Whom::User(id("boss@a.example")), false),
            ask("system-a", Whom::System("a.example".into()), true),
        ],
        tell: vec![tell("friends", Whom::System("a.example".into()), Tell::Allow)],
        ..Config::new("lms.b", xml_schemas::ids::Psi::new("sip:lms_psi@b.example").expect("valid"))
    };
    Lms::new(config)
}

#[test]
fn ts23280_10_9_3_10_2_step_2_the_first_rule_that_matches_the_pair_decides() {
    let rule = |requester, target| lms().rule(&asks(requester, target));
    assert_eq!(rule("bob@b.example", "alice@a.example"), Ruling::allow("system-a"));
    let refused = Answer::Refuse(Cause::RequesterNotAuthorized);
    assert_eq!(rule("bob@b.example", "boss@a.example").answer, refused);
    assert_eq!(
        rule("bob@b.example", "carol@c.example"),
        Ruling::refuse(Cause::RequesterNotAuthorized, "default")
    );
    assert_eq!(rule("eve@b.example", "alice@a.example").answer, refused);
}

#[test]
fn ts23280_10_9_3_10_2_step_4_the_users_rule_comes_before_general_policy() {
    let rule =
        |requester| lms().rule(&TellLocation { requester: id(requester), target: id("bob@b.example") });
    assert_eq!(rule("mallory@a.example"), Ruling::refuse(Cause::TargetRefuses, "not-mallory"));
    assert!(matches!(rule("stranger@a.example").answer, Answer::Defer(_)));
    assert_eq!(rule("alice@a.example"), Ruling::allow("friends"));
    assert_eq!(rule("carol@c.example"), Ruling::refuse(Cause::PolicyRefuses, "default"));
}

fn report(target: &str, requester: &str) -> LocationReport {
    let here = Coordinate::from_degrees(40.0, -3.0).expect("on earth");
    let position = Position::new(here, std::time::UNIX_EPOCH.into());
    LocationReport {
        request_id: RequestId::new("1").expect("valid"),
        mc_service: None,
        requesting_system: None,
        target_system: None,
        requester: id(requester),
        targets: vec![TargetReport { target: id(target), answer: TargetAnswer::Located(Box::new(position)) }],
    }
}

#[test]
fn a_permit_covers_its_own_pair_and_no_other() {
    let asked = asks("bob@b.example", "alice@a.example");
    let told = TellLocation { requester: id("bob@b.example"), target: id("alice@a.example") };
    let (own, other_target, other_requester) = (
        report("alice@a.example", "bob@b.example"),
        report("boss@a.example", "bob@b.example"),
        report("alice@a.example", "eve@b.example"),
    );
    let asked_alone = |report: &LocationReport| AskLocation::cover_with(&[&asked], &[], report);
    assert!(asked_alone(&own) && TellLocation::cover(&[&told], &own));
    for report in [other_target, other_requester] {
        assert!(!asked_alone(&report) && !TellLocation::cover(&[&told], &report));
    }
    let request = |targets: &[&str]| {
        let targets = targets.iter().map(|target| id(target)).collect();
        LocationRequest::new(RequestId::new("1").expect("valid"), id("bob@b.example"), targets)
    };
    assert!(AskLocation::cover(&[&asked], &request(&["alice@a.example"])));
    assert!(!AskLocation::cover(&[&asked], &request(&["alice@a.example", "boss@a.example"])));
}

/// 10.9.3.10.2 step 7: that a requester may ask is not yet that a user of ours is told of.
#[test]
fn a_position_of_a_user_of_ours_wants_both_permits() {
    let asked = AskLocation { is_own: true, ..asks("bob@b.example", "carol@b.example") };
    let told = |requester, target| TellLocation { requester: id(requester), target: id(target) };
    let (own, another, for_another) = (
        told("bob@b.example", "carol@b.example"),
        told("bob@b.example", "dan@b.example"),
        told("eve@b.example", "carol@b.example"),
    );
    let report = report("carol@b.example", "bob@b.example");
    assert!(AskLocation::cover_with(&[&asked], &[&own], &report));
    assert!(!AskLocation::cover_with(&[&asked], &[], &report));
    assert!(!AskLocation::cover_with(&[&asked], &[&another, &for_another], &report));
    assert!(!AskLocation::cover_with(&[], &[&own], &report));
}
