//! What is asked of policy, and which rules answer. TS 23.280 10.9.3.10.2 step 1.

use kit::{Cause, Covers, Policy, Question, Ruling};
use xml_schemas::{ids::McServiceId, location::LocationRequest};

use crate::Mcs;

/// May this server ask for these targets in this user's name? Whether the user may have their locations is for the location
/// management server to say (step 2); here it must be a user of ours who is there to receive them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskFor {
    /// In whose name.
    pub requester: McServiceId,
    /// Whether the requester is a user of this server, or a visitor who is authorized here.
    pub is_user: bool,
    /// Whether the requester works in another MC system.
    pub is_away: bool,
    /// Whether the requester is logged on.
    pub is_logged_on: bool,
    /// For whom.
    pub targets: Vec<McServiceId>,
}

impl Question for AskFor {
    const NAME: &'static str = "ask-for-user";
}

impl Covers<LocationRequest> for AskFor {
    fn cover(questions: &[&Self], flow: &LocationRequest) -> bool {
        questions
            .iter()
            .any(|question| question.requester == flow.requester && question.targets == flow.targets)
    }
}

impl Policy<AskFor> for Mcs {
    fn rule(&self, question: &AskFor) -> Ruling {
        if !question.is_user {
            return Ruling::refuse(Cause::RequesterUnknown, "only for users of this server");
        }
        if question.is_away {
            return Ruling::refuse(Cause::MigratedAway, "not for users who have migrated");
        }
        if !question.is_logged_on {
            return Ruling::refuse(Cause::RequesterNotAuthorized, "only for users who are logged on");
        }
        Ruling::allow("a user who is logged on")
    }
}
