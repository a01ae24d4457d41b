//! What the server asks itself before it speaks for a user.

use kit::{Cause, Covers, Policy, Question, Ruling};
use xml_schemas::{ids::McServiceId, location::LocationRequest};

use crate::State;

/// May this server ask where these users are, in the name of that user?
///
/// The decision here is only whether the server may speak for the user at all. Whether that user may know is decided
/// by the location management server, for each target (TS 23.280 10.9.3.10.2 step 2).
#[derive(Clone, Debug)]
pub struct AskFor {
    /// In whose name.
    pub requester: McServiceId,
    /// About whom.
    pub targets: Vec<McServiceId>,
}

impl Question for AskFor {
    const NAME: &'static str = "ask-for-user";
}

impl Covers<LocationRequest> for AskFor {
    fn cover(questions: &[&Self], flow: &LocationRequest) -> bool {
        let allowed = |target| questions.iter().any(|question| question.targets.contains(target));
        flow.targets.iter().all(allowed)
            && questions.iter().all(|question| question.requester == flow.requester)
    }
}

impl Policy<AskFor> for State {
    fn rule(&self, question: &AskFor) -> Ruling {
        if self.serves(&question.requester) {
            Ruling::allow("the requester is a user served here")
        } else {
            Ruling::refuse(Cause::RequesterUnknown, "the requester is not served here")
        }
    }
}
