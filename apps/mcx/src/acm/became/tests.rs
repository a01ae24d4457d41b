use std::cell::Cell;

use futures::{executor::block_on, future};
use xml_schemas::acm::{Actor, Addressee, Heading, Kind, Refusal};

use super::*;

fn named(request: &str) -> RequestId {
    RequestId::new(request).unwrap()
}

fn item(request: &str, state: State) -> StatusItem {
    let id = |text: &str| McServiceId::new(text).unwrap();
    let initiator = Actor::user(id("sip:alice@a.example"));
    let target = Addressee::User(id("sip:bob@b.example"));
    StatusItem {
        kind: Kind::UserProfileUpdate,
        heading: Heading::new(named(request), initiator, target),
        groups: Vec::new(),
        users: Vec::new(),
        given: Vec::new(),
        state,
        since: None,
        handler: None,
        why: Refusal { code: Some(35), text: None },
        information: None,
    }
}

fn ends(state: State) -> Result<String, String> {
    approved(&named("r-1"), Some(&item("r-1", state))).map_err(|why| why.to_string())
}

#[test]
fn what_was_approved_is_no_success_before_it_is_one() {
    assert!(ends(State::Success).unwrap().contains("success"));
    for open in [State::InProcess, State::Stored] {
        assert!(ends(open).unwrap().contains("still being carried out"));
    }
    let failed = ends(State::Fail).unwrap_err();
    assert!(failed.contains("came to nothing") && failed.contains("cause 35"), "{failed}");
    assert!(approved(&named("r-1"), None).unwrap().contains("still"), "nobody said that it is done");
}

#[test]
fn a_withdrawal_says_whether_it_came_in_time() {
    let took = |before: Option<State>, after: Option<State>| {
        let (before, after) = (before.map(|state| item("r-1", state)), after.map(|state| item("r-1", state)));
        withdrawn(&named("r-1"), before.as_ref(), after.as_ref()).map_err(|why| why.to_string())
    };
    assert_eq!(took(Some(State::Stored), Some(State::Withdrawn)).unwrap(), "r-1  withdrawn");
    assert_eq!(took(Some(State::Fail), Some(State::Withdrawn)).unwrap(), "r-1  withdrawn", "it was presumed");
    assert!(took(Some(State::Stored), Some(State::Unconfirmed)).unwrap().contains("unconfirmed: "));
    assert!(took(Some(State::Stored), None).unwrap().contains("not known yet"), "nobody has said anything");
    for late in [State::Success, State::Fail, State::Expired] {
        let said = took(Some(State::Stored), Some(late)).unwrap_err();
        assert!(said.starts_with("too late") && said.contains("was answered"), "{late:?}");
    }
    for undecided in [State::Stored, State::InProcess] {
        let said = took(Some(State::Stored), Some(undecided)).unwrap_err();
        assert!(said.contains("has been decided") && !said.contains("answered"), "{said}");
    }
    for ended in [State::Success, State::Withdrawn, State::Fail] {
        let said = took(Some(ended), Some(ended)).unwrap_err();
        assert!(said.contains("had ended") && said.contains(ended.name()), "{said}");
    }
}

#[test]
fn a_request_is_found_on_whichever_page_it_is() {
    let asked = Cell::new(0);
    let ask = |from: Option<Mark>| {
        asked.set(asked.get() + 1);
        let request = from.as_ref().map_or("r-2", |_| "r-1");
        let next = if from.is_none() { Mark::new("x") } else { None };
        future::ready(Ok(StatusResponse {
            request_id: named("s-1"),
            user: McServiceId::new("sip:alice@a.example").unwrap(),
            is_all: next.is_none(),
            next,
            items: vec![item(request, State::Stored)],
        }))
    };
    let [alice, bob] = ["sip:alice@a.example", "sip:bob@b.example"].map(|id| McServiceId::new(id).unwrap());
    for (request, is_there, pages) in [("r-2", true, 1), ("r-1", true, 2), ("r-3", false, 2)] {
        asked.set(0);
        let found = block_on(find(&alice, (&named(request), Whose::Own), ask)).unwrap();
        assert_eq!((found.is_some(), asked.get()), (is_there, pages), "{request}");
    }
    for (user, whose, is_there) in
        [(&bob, Whose::Handled, true), (&alice, Whose::Handled, false), (&bob, Whose::Own, false)]
    {
        let found = block_on(find(user, (&named("r-1"), whose), ask)).unwrap();
        assert_eq!(found.is_some(), is_there, "another's of the same name is another's");
    }
}
