//! "What have I asked, what waits for me, and what became of it?" *Provisional*, the project's own: TS 23.280 10.17 knows no such
//! question · schema `xsd/acm-info.xsd`

use super::{
    Actor, Heading, Kind, Refusal, State, heading,
    outcome::result_of,
    pending::of_user,
    sheet::{self, Sheet},
};
use crate::{
    Timestamp,
    body::{
        AcmInfo, Body as _, Content,
        acm_info::{AcmParams, Entry, Mark, MigrationUser, ResultInfo},
    },
    flow::{BadBody, Disclose, Flow, Open, Question},
    ids::{GroupId, McServiceId, RequestId},
    mime::kind,
};

/// A client asks its own server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatusRequest {
    /// Ties the response to it.
    pub request_id: RequestId,
    /// M. MC service ID of the user.
    pub user: McServiceId,
    /// Where the list goes on, as the last response said; from its beginning where nothing is said. Provisional.
    pub from: Option<Mark>,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatusResponse {
    /// That of the question.
    pub request_id: RequestId,
    /// M. MC service ID of the user.
    pub user: McServiceId,
    /// Whether this is everything; the newest where it is not.
    pub is_all: bool,
    /// What the client says to be told the rest. Provisional.
    pub next: Option<Mark>,
    /// The requests that the user has asked, and those that wait for him or that he handled.
    pub items: Vec<StatusItem>,
}

/// Where one request stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatusItem {
    /// What is asked.
    pub kind: Kind,
    /// By whom, of whom and when. Who is not its initiator is asked.
    pub heading: Heading,
    /// The groups that it is about.
    pub groups: Vec<GroupId>,
    /// The users that it is about.
    pub users: Vec<McServiceId>,
    /// Who of them is who in the partner system, as it has answered.
    pub given: Vec<(McServiceId, McServiceId)>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Who handled it, once it is answered.
    pub handler: Option<Actor>,
    /// Why, where it was refused.
    pub why: Refusal,
    /// What has changed by it, for people.
    pub information: Option<String>,
}

impl StatusRequest {
    /// The first question.
    #[must_use]
    pub fn new(request_id: RequestId, user: McServiceId) -> Self {
        Self { request_id, user, from: None }
    }
}

impl Flow for StatusRequest {
    const NAME: &'static str = kind::ACM_STATUS_REQUEST;
    const CLAUSE: &'static str = "10.17.3";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Question for StatusRequest {
    type Answer = StatusResponse;
}

impl Flow for StatusResponse {
    const NAME: &'static str = kind::ACM_STATUS_RESPONSE;
    const CLAUSE: &'static str = "10.17.3";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Sheet for StatusRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self {
            user: heading::user(params.target.as_ref())?,
            request_id: params.request_id.clone(),
            from: params.continue_at.clone(),
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams { continue_at: self.from.clone(), ..of_user(Self::NAME, &self.request_id, &self.user) }
    }
}

impl Sheet for StatusResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Self::read_all(params, &[])
    }

    fn read_all(first: &AcmParams, items: &[AcmParams]) -> Result<Self, BadBody> {
        Ok(Self {
            user: heading::user(first.target.as_ref())?,
            items: items.iter().map(StatusItem::read).collect::<Result<_, _>>()?,
            is_all: first.result.as_ref().is_none_or(|result| result.outcome != State::Partial),
            request_id: first.request_id.clone(),
            next: first.continue_at.clone(),
        })
    }

    fn write(&self) -> AcmParams {
        let result = (!self.is_all).then(|| ResultInfo::new(State::Partial));
        AcmParams {
            result,
            continue_at: self.next.clone(),
            ..of_user(Self::NAME, &self.request_id, &self.user)
        }
    }

    fn write_items(&self) -> Vec<AcmParams> {
        self.items.iter().map(StatusItem::write).collect()
    }
}

impl StatusItem {
    /// Who is asked, where it is a user, not a role.
    #[must_use]
    pub fn is_asked_by(&self, user: &McServiceId) -> bool {
        self.heading.initiator.id == *user
    }

    /// How many octets it takes in a body.
    #[must_use]
    pub fn length(&self) -> usize {
        AcmInfo::of(vec![self.write()]).write().len()
    }

    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let name = sheet::named(params)?;
        let kind = Kind::of(name).filter(|kind| kind.request() == name).ok_or(BadBody::OtherFlow)?;
        let result = params.result.as_ref().ok_or_else(|| sheet::missing("result"))?;
        let id = |entry: &Entry<GroupId>| sheet::needed(Some(&entry.uri), "uri-entry");
        let user = |entry: &Entry<McServiceId>| sheet::needed(Some(&entry.uri), "uri-entry");
        let handler = params.handling.as_ref();
        Ok(Self {
            kind,
            heading: Heading::read(params)?,
            groups: params.groups.iter().map(id).collect::<Result<_, _>>()?,
            users: params.users.iter().map(user).collect::<Result<_, _>>()?,
            given: params.migration_users.iter().filter_map(given).collect(),
            state: result.outcome,
            since: params.time_of_result,
            handler: handler.map(|party| heading::actor(Some(party), "handling-party")).transpose()?,
            why: Refusal { code: result.cause_code, text: result.cause_text.clone() },
            information: sheet::plain(params.additional_information.as_ref(), "additional-information")?,
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            handling: self.handler.as_ref().map(Actor::to_party),
            groups: self.groups.iter().cloned().map(Entry::new).collect(),
            users: self.users.iter().cloned().map(Entry::new).collect(),
            migration_users: self.given.iter().map(given_user).collect(),
            result: Some(result_of(self.state, &self.why)),
            time_of_result: self.since,
            additional_information: self.information.clone().map(Into::into),
            ..self.heading.params_of(self.kind.request())
        }
    }
}

/// A user who was given an ID, and that.
fn given(user: &MigrationUser) -> Option<(McServiceId, McServiceId)> {
    let plain = |id: Option<&Content<McServiceId>>, name| sheet::plain(id, name).ok().flatten();
    Some((plain(user.primary.as_ref(), "primary-mcs-id")?, plain(user.partner.as_ref(), "partner-mcs-id")?))
}

fn given_user((primary, partner): &(McServiceId, McServiceId)) -> MigrationUser {
    MigrationUser {
        primary: Some(primary.clone().into()),
        partner: Some(partner.clone().into()),
        ..MigrationUser::default()
    }
}
