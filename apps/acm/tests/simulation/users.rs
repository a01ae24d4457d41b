//! Whom a partner's users are in the end: what was approved last of each of them is how he stands.

use std::collections::{BTreeMap, HashMap};

use acm::{Case, CaseKey, case::Stage};
use xml_schemas::{
    acm::{Admission, Request, Response, UserAdmission, UserRemoval},
    ids::McServiceId,
};

use super::world::Simulation;
use crate::{
    neighbours::{given, profile_of},
    systems::{A, B, request_id},
};

/// What was approved of a user, and came to something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Came {
    Added,
    Removed,
    /// It came to nothing for him: what was before is as far as it could be seen.
    Nothing,
}

/// Whoever was admitted last has his ID, a profile, and is expected; whoever was removed last gets no tokens and is not.
pub fn wrong(run: &Simulation) -> Vec<String> {
    let done = run.disks[B].content().done.clone();
    let (mut wrong, mut last) = (Vec::new(), BTreeMap::new());
    for key in done {
        let text = std::str::from_utf8(&key).expect("a case's key");
        let (_, id) = text.trim_start_matches("acm/case/i/").split_once('/').expect("a case's key");
        let Some(case) = run.case(B, CaseKey::received(A, request_id(id))) else { continue };
        for (user, came) in of(&case, &mut wrong) {
            last.insert(user, (id.to_owned(), came));
        }
    }
    for (user, (id, came)) in last {
        let stands = stands(run, &user);
        if came != Came::Nothing && stands != [came == Came::Added; 4] {
            wrong.push(format!(
                "{user}: {came:?} by {id}, and yet tokens, expected, a profile and a record: {stands:?}"
            ));
        }
    }
    wrong
}

/// What came of each user of a request, which somebody had approved.
fn of(case: &Case, wrong: &mut Vec<String>) -> Vec<(String, Came)> {
    let response = case.response.as_ref().and_then(|kept| kept.as_response().ok());
    let nothing =
        |users: &[McServiceId]| users.iter().map(|user| (user.as_str().to_owned(), Came::Nothing)).collect();
    match (case.request.as_request(), response.filter(|_| case.stage == Stage::Answered)) {
        (Ok(Request::AddMigrationUsers(request)), Some(Response::AddMigrationUsers(response))) => {
            let named: Vec<_> = response.users.iter().map(|user| &user.primary).collect();
            if named != request.users.iter().collect::<Vec<_>>() {
                wrong.push(format!("{:?} is about others", case.key));
            }
            response.users.iter().map(|user| added(user, wrong)).collect()
        }
        (Ok(Request::RemoveMigrationUsers(_)), Some(Response::RemoveMigrationUsers(response))) => {
            let came =
                |user: &UserRemoval| if user.refused.is_none() { Came::Removed } else { Came::Nothing };
            response.users.iter().map(|user| (user.primary.as_str().to_owned(), came(user))).collect()
        }
        (Ok(Request::AddMigrationUsers(request)), _) => nothing(&request.users),
        (Ok(Request::RemoveMigrationUsers(request)), _) => nothing(&request.users),
        _ => Vec::new(),
    }
}

/// He is told the ID that he has there, and where his profile is.
fn added(user: &UserAdmission, wrong: &mut Vec<String>) -> (String, Came) {
    let primary = user.primary.as_str().to_owned();
    let Admission::Admitted { partner, profiles } = &user.admission else { return (primary, Came::Nothing) };
    if partner.as_str() != given(&primary) || profiles.len() != 1 {
        wrong.push(format!("{primary} is {} there, with {profiles:?}", partner.as_str()));
    }
    (primary, Came::Added)
}

/// Whether he gets tokens, is expected, has a profile (which stays his, should he come again), and is known as admitted.
fn stands(run: &Simulation, user: &str) -> [bool; 4] {
    let is_known = !run.disks[B].under(&format!("acm/admitted/{A}/{user}")).is_empty();
    run.beside.fake.held(|held| {
        let of = |which: &HashMap<String, bool>| which.get(user).copied().unwrap_or_default();
        let has_profile = held.documents.contains_key(&profile_of(&given(user)));
        [of(&held.admitted), of(&held.expected), has_profile && is_known, is_known]
    })
}
