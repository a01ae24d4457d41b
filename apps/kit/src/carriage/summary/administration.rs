//! What is in a flow of administration, in words. TS 23.280 10.17.2

use std::fmt::Write as _;

use xml_schemas::{
    acm::{Admission, Outcome, ProcessIndication, Refusal, Request, Response},
    body::AcmInfo,
    flow::{Carriage as _, Part},
    ids::RequestId,
    mime,
};

/// One line for who asks or handles, one for each group and user, one for what came of it; empty where it is no such flow.
pub(super) fn summary(parts: &[Part<'_>]) -> String {
    if !parts.iter().any(|part| part.is(mime::ACM_INFO)) {
        return String::new();
    }
    if let Ok(request) = Request::read(parts) {
        return asked(&request);
    }
    if let Ok(response) = Response::read(parts) {
        return answered(&response);
    }
    match ProcessIndication::join(parts) {
        Ok(indication) => format!("{}\n", indication.progress.state().name()),
        Err(_) => String::new(),
    }
}

fn asked(request: &Request) -> String {
    let heading = request.heading();
    let mut lines =
        format!("initiator {}\ntarget {}\n", heading.initiator.id.as_str(), heading.target.as_str());
    let mut say = |what: &str, id: &str| {
        let _ = writeln!(lines, "{what} {id}");
    };
    match request {
        Request::GroupInformationProvision(request) => {
            request.groups.iter().for_each(|group| say("group", group.id.as_str()));
        }
        Request::GroupMembershipUpdate(request) => {
            say("group", request.group.as_str());
            request.users.iter().for_each(|user| say("user", user.as_str()));
        }
        Request::AddMigrationUsers(request) => {
            request.users.iter().for_each(|user| say("user", user.as_str()))
        }
        Request::RemoveMigrationUsers(request) => {
            request.users.iter().for_each(|user| say("user", user.as_str()))
        }
        Request::UserProfileUpdate(request) => say("user", request.user.as_str()),
    }
    lines
}

fn answered(response: &Response) -> String {
    let mut lines = format!("handler {}\n", response.heading().handler.id.as_str());
    if let Response::AddMigrationUsers(response) = response {
        for user in &response.users {
            let said = match &user.admission {
                Admission::Admitted { partner, .. } => partner.as_str().to_owned(),
                Admission::Approved => "approved".to_owned(),
                Admission::Refused(why) => format!("refused{}", because(why)),
            };
            let _ = writeln!(lines, "user {}: {said}", user.primary.as_str());
        }
    }
    let why = match response.outcome() {
        Outcome::Failure(why) => because(why),
        Outcome::Success | Outcome::Partial => String::new(),
    };
    let _ = writeln!(lines, "{}{why}", response.outcome().state().name());
    lines
}

fn because(why: &Refusal) -> String {
    why.text.as_ref().map_or_else(String::new, |text| format!(": {text}"))
}

/// The `request-id` of its first message.
pub(super) fn request_id(part: &Part<'_>) -> Option<RequestId> {
    let info = super::read::<AcmInfo>(std::slice::from_ref(part))?;
    info.params.into_iter().next().map(|params| params.request_id)
}
