//! A user asks something of a partner system: step 1 of each procedure of TS 23.280 10.17, at the initiator's client.

use std::time::Duration;

use kit::{Cause, Covers, Cx, Permitted, Policy, Question, Ruling, Verdict};
use xml_schemas::{
    Timestamp,
    acm::{
        AcmRequest, Actor, AddMigrationUsersRequest, Addressee, GroupInformationProvisionRequest,
        GroupMembershipUpdateRequest, GroupOperation, Heading, ProvidedGroup, RemoveMigrationUsersRequest,
        Urgency, UserProfile, UserProfileUpdateRequest,
    },
    ids::{FunctionalAlias, GroupId, McServiceId, RequestId},
};

use super::{
    steps,
    surely::{self, Unheard},
};
use crate::acm::State;

/// What a user wants of a partner system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ask {
    /// Whom he asks.
    pub target: Addressee,
    /// Under which functional alias he asks, if under one.
    pub alias: Option<FunctionalAlias>,
    /// How much it hurries, where he says so.
    pub urgency: Option<Urgency>,
    /// For how long he wants an answer; for as long as the servers keep it where he does not say.
    pub within: Option<Duration>,
    /// What he wants.
    pub wish: Wish,
}

/// What is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wish {
    /// That the partner's users can join these groups.
    ProvideGroups(Vec<ProvidedGroup>),
    /// That these users are made members of a group, or are members no longer.
    UpdateMembers {
        /// The group.
        group: GroupId,
        /// The users.
        users: Vec<McServiceId>,
        /// Which of the two.
        operation: GroupOperation,
    },
    /// That these users may migrate to the partner system.
    AddUsers(Vec<McServiceId>),
    /// That they may no longer.
    RemoveUsers(Vec<McServiceId>),
    /// That the partner system changes the profile that it gave to a user.
    UpdateProfile {
        /// The MC service ID that the partner system gave him.
        user: McServiceId,
        /// The profile that is suggested.
        profile: UserProfile,
        /// What people should know of it.
        information: Option<String>,
    },
}

/// May this client ask its own server in its user's name? What the user wants is enough; whether he is authorised is the
/// server's to say (step 2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskAbroad {
    /// Who asks.
    pub initiator: McServiceId,
    /// Whom.
    pub target: Addressee,
}

impl Question for AskAbroad {
    const NAME: &'static str = "ask-abroad";
}

impl<F: AcmRequest> Covers<F> for AskAbroad {
    fn cover(questions: &[&Self], flow: &F) -> bool {
        let heading = flow.heading();
        questions
            .iter()
            .any(|question| question.initiator == heading.initiator.id && question.target == heading.target)
    }
}

impl Policy<AskAbroad> for State {
    fn rule(&self, question: &AskAbroad) -> Ruling {
        if question.initiator == self.user {
            Ruling::allow("the user's own wish")
        } else {
            Ruling::refuse(Cause::RequesterNotAuthorized, "no one but the user")
        }
    }
}

/// Asks. Once it is accepted it is the server's to see that it is answered.
///
/// # Errors
/// [`Unheard`] where the server refuses it, or nobody says whether it has it.
pub async fn request(cx: Cx<State>, ask: Ask) -> Result<RequestId, Unheard> {
    let request_id = cx.fresh_request_id()?;
    let cx = cx.for_flow(&request_id);
    let heading = heading(&cx, request_id.clone(), &ask);
    match ask.wish {
        Wish::ProvideGroups(groups) => send(&cx, GroupInformationProvisionRequest { heading, groups }).await,
        Wish::UpdateMembers { group, users, operation } => {
            send(&cx, GroupMembershipUpdateRequest { heading, group, users, operation }).await
        }
        Wish::AddUsers(users) => send(&cx, AddMigrationUsersRequest { heading, users }).await,
        Wish::RemoveUsers(users) => send(&cx, RemoveMigrationUsersRequest { heading, users }).await,
        Wish::UpdateProfile { user, profile, information } => {
            let additional_information = information;
            send(&cx, UserProfileUpdateRequest { heading, user, profile, additional_information }).await
        }
    }?;
    Ok(request_id)
}

fn heading(cx: &Cx<State>, request_id: RequestId, ask: &Ask) -> Heading {
    let now = cx.world().clock.wall();
    let initiator = Actor { id: cx.user.clone(), alias: ask.alias.clone() };
    let mut heading = Heading::new(request_id, initiator, ask.target.clone());
    heading.time_of_request = Some(Timestamp::from(now));
    heading.expires = ask.within.and_then(|within| now.checked_add(within)).map(Timestamp::from);
    heading.urgency = ask.urgency;
    heading
}

async fn send<F: AcmRequest>(cx: &Cx<State>, request: F) -> Result<(), Unheard> {
    let steps = steps::of(F::KIND);
    cx.step(steps.clause, steps.ask); // the request is sent to the own ACM server
    let heading = request.heading();
    let question = AskAbroad { initiator: heading.initiator.id.clone(), target: heading.target.clone() };
    let request: Permitted<F> = match cx.decide(question) {
        Verdict::Allow(permit) => permit.release(request)?,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::RequesterNotAuthorized.into()),
    };
    surely::tell(cx, &request).await
}
