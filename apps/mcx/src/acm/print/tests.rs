use xml_schemas::{
    Timestamp,
    acm::{Actor, AddMigrationUsersRequest, Addressee, Heading, Kind},
    ids::{FunctionalAlias, McServiceId},
};

use super::{standing::table, *};

fn item(request: &str, state: State, why: Option<&str>) -> StatusItem {
    let id = |text: &str| McServiceId::new(text).unwrap();
    let target = Addressee::User(id("sip:bob@b.example"));
    let initiator = Actor::user(id("sip:alice@a.example"));
    StatusItem {
        kind: Kind::UserProfileUpdate,
        heading: Heading::new(RequestId::new(request).unwrap(), initiator, target),
        groups: Vec::new(),
        users: vec![id("sip:v-carol@b.example")],
        given: Vec::new(),
        state,
        since: None,
        handler: None,
        why: Refusal { code: None, text: why.map(Into::into) },
        information: Some("- Name = Visitor\n+ Name = \u{9b}31mNight".into()),
    }
}

#[test]
fn a_table_has_columns_and_nothing_that_a_peer_wrote_breaks_it() {
    let items =
        [item("r-1", State::Stored, None), item("r-1000", State::Fail, Some("no\nr-2  success \u{202e}"))];
    let lines = table(&items, &McServiceId::new("sip:alice@a.example").unwrap());
    assert_eq!(lines.len(), 7, "a head, and of each a row and two lines of what changed: {lines:#?}");
    let places: Vec<_> = [0, 1, 4].map(|at: usize| lines[at].find("  ").is_some()).to_vec();
    assert_eq!(places, [true, true, true]);
    let with = |line: &str| line.split_once("to sip:bob@b.example").map(|(before, _)| before.chars().count());
    assert!(with(&lines[1]).is_some() && with(&lines[1]) == with(&lines[4]), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains(['\n', '\u{9b}', '\u{202e}'])), "{lines:#?}");
}

#[test]
fn who_was_given_which_id_is_shown_to_people_and_programs() {
    let id = |text: &str| McServiceId::new(text).unwrap();
    let given = vec![(id("sip:carol@a.example"), id("sip:v-carol@b.example"))];
    let item = StatusItem { given, information: None, ..item("r-1", State::Success, None) };
    let lines = table(std::slice::from_ref(&item), &id("sip:alice@a.example"));
    assert_eq!(lines[2], "  sip:carol@a.example  sip:v-carol@b.example");
    assert_eq!(standing_of(&item)["users"][0]["partner_id"], "sip:v-carol@b.example");
}

#[test]
fn what_is_to_decide_shows_its_hurry_until_when_and_the_role() {
    let id = |text: &str| McServiceId::new(text).unwrap();
    let role = FunctionalAlias::new("sip:chief@a.example").unwrap();
    let initiator = Actor { id: id("sip:alice@a.example"), alias: Some(role) };
    let target = Addressee::User(id("sip:bob@b.example"));
    let mut heading = Heading::new(RequestId::new("r-1").unwrap(), initiator, target);
    heading.urgency = Some(Urgency::High);
    heading.expires = Timestamp::from_unix_ms(0);
    let request = AddMigrationUsersRequest { heading, users: vec![id("sip:carol@a.example")] };
    let line = to_decide(&request.into());
    for part in [", urgent, until 1970-", "as sip:chief@a.example", "sip:carol@a.example"] {
        assert!(line.contains(part), "{part} in {line}");
    }
}
