use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Action, Input, Publication};

const HOUR: Duration = Duration::from_secs(3600);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn published() -> Publication {
    let (mut publication, action) = Publication::new(HOUR);
    assert_eq!(action, Action::Publish { tag: None, expires: HOUR });
    assert_eq!(publication.handle(at(0), Input::Accepted("one".into(), HOUR)), Action::Nothing);
    publication
}

#[test]
fn c4_2_it_is_refreshed_before_it_ends() {
    let mut publication = published();
    assert_eq!(publication.timeout(), Some(at(2880)));
    let refresh = Action::Refresh { tag: "one".into(), expires: HOUR };
    assert_eq!(publication.handle(at(2880), Input::Fired), refresh);
}

#[test]
fn c4_3_a_change_carries_the_last_tag() {
    let mut publication = published();
    let modify = Action::Publish { tag: Some("one".into()), expires: HOUR };
    assert_eq!(publication.handle(at(1), Input::Changed), modify);
}

#[test]
fn c4_1_one_publish_at_a_time() {
    let mut publication = published();
    publication.handle(at(1), Input::Changed);
    assert_eq!(publication.handle(at(2), Input::Changed), Action::Nothing);
    let next = Action::Publish { tag: Some("two".into()), expires: HOUR };
    assert_eq!(publication.handle(at(3), Input::Accepted("two".into(), HOUR)), next);
}

#[test]
fn c4_1_412_begins_anew() {
    let mut publication = published();
    publication.handle(at(2880), Input::Fired);
    let anew = Action::Publish { tag: None, expires: HOUR };
    assert_eq!(publication.handle(at(2881), Input::Refused(Some(412), None)), anew);
}

#[test]
fn c4_5_it_is_taken_back_with_its_tag() {
    let mut publication = published();
    assert_eq!(publication.handle(at(1), Input::Remove), Action::Remove { tag: "one".into() });
    assert_eq!(publication.handle(at(1), Input::Accepted("x".into(), Duration::ZERO)), Action::GiveUp);
}

#[test]
fn c4_5_what_is_taken_back_while_under_way_is_removed_then() {
    let (mut publication, _) = Publication::new(HOUR);
    assert_eq!(publication.handle(at(0), Input::Remove), Action::Nothing);
    let removed = publication.handle(at(1), Input::Accepted("one".into(), HOUR));
    assert_eq!(removed, Action::Remove { tag: "one".into() });
}

#[test]
fn c4_1_423_asks_for_longer() {
    let (mut publication, _) = Publication::new(HOUR);
    let longer = Action::Publish { tag: None, expires: 2 * HOUR };
    assert_eq!(publication.handle(at(0), Input::TooBrief(2 * HOUR)), longer);
}

#[test]
fn a_server_that_fails_is_tried_again_and_a_refusal_is_final() {
    let (mut publication, _) = Publication::new(HOUR);
    assert_eq!(publication.handle(at(0), Input::Refused(Some(503), Some(HOUR))), Action::Nothing);
    assert_eq!(publication.timeout(), Some(at(3600)));
    assert_eq!(publication.handle(at(3600), Input::Fired), Action::Publish { tag: None, expires: HOUR });
    assert_eq!(publication.handle(at(3600), Input::Refused(Some(403), None)), Action::GiveUp);
}

#[test]
fn rfc3903_4_5_a_compositor_that_keeps_what_is_taken_back_is_not_asked_for_ever() {
    let mut publication = published();
    assert_eq!(publication.handle(at(1), Input::Remove), Action::Remove { tag: "one".into() });
    assert_eq!(publication.handle(at(1), Input::Accepted("two".into(), HOUR)), Action::GiveUp);
}
