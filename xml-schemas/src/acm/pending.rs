//! "Something waits for you", "what is it?", "this is it": a client and its own server. TS 23.280 10.17.2, 10.17.3.1
//! · schema `xsd/acm-info.xsd`

use super::{
    Request, Response, heading,
    sheet::{self, Sheet},
};
use crate::{
    body::acm_info::{AcmParams, ClientId, Mark, PartyInfo, ResultInfo, State},
    flow::{BadBody, Disclose, Flow, Open, Question},
    ids::{McServiceId, RequestId},
    mime::kind,
};

/// A pending ACM data notification: the server tells a client that something waits for its user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingDataNotification {
    /// Names the notification.
    pub request_id: RequestId,
    /// M. MC service ID of the user.
    pub user: McServiceId,
}

/// A pending ACM data request: the client asks what it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingDataRequest {
    /// Ties the response to it.
    pub request_id: RequestId,
    /// M. MC service ID of the user.
    pub user: McServiceId,
    /// Where the list goes on, as the last response said; from its beginning where nothing is said. Provisional.
    pub from: Option<Mark>,
    /// Which client of his asks: the answer is for that one. Provisional; absent where it has no name.
    pub client: Option<ClientId>,
}

/// A pending ACM data response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingDataResponse {
    /// That of the request.
    pub request_id: RequestId,
    /// M. MC service ID of the user.
    pub user: McServiceId,
    /// Whether this is everything. Where it is not, the client asks again; provisional.
    pub is_all: bool,
    /// What the client says to be told the rest. Provisional.
    pub next: Option<Mark>,
    /// M. ACM data: what waits for him, in order.
    pub items: Vec<PendingItem>,
}

/// One thing that waits for a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PendingItem {
    /// A request that he is to decide.
    Request(Request),
    /// The response to a request of his.
    Response(Response),
}

impl PendingItem {
    /// The request that it is, or that it answers.
    #[must_use]
    pub fn request_id(&self) -> &RequestId {
        match self {
            Self::Request(request) => &request.heading().request_id,
            Self::Response(response) => &response.heading().request_id,
        }
    }
}

impl Flow for PendingDataNotification {
    const NAME: &'static str = kind::ACM_PENDING_NOTIFICATION;
    const CLAUSE: &'static str = "10.17.2";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl PendingDataRequest {
    /// The first question.
    #[must_use]
    pub fn new(request_id: RequestId, user: McServiceId) -> Self {
        Self { request_id, user, from: None, client: None }
    }
}

impl Flow for PendingDataRequest {
    const NAME: &'static str = kind::ACM_PENDING_REQUEST;
    const CLAUSE: &'static str = "10.17.2";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Question for PendingDataRequest {
    type Answer = PendingDataResponse;
}

impl Flow for PendingDataResponse {
    const NAME: &'static str = kind::ACM_PENDING_RESPONSE;
    const CLAUSE: &'static str = "10.17.2";
    type Guard = Disclose;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Sheet for PendingDataNotification {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self { user: heading::user(params.target.as_ref())?, request_id: params.request_id.clone() })
    }

    fn write(&self) -> AcmParams {
        of_user(Self::NAME, &self.request_id, &self.user)
    }
}

impl Sheet for PendingDataRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Ok(Self {
            user: heading::user(params.target.as_ref())?,
            request_id: params.request_id.clone(),
            from: params.continue_at.clone(),
            client: params.client.clone(),
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            continue_at: self.from.clone(),
            client: self.client.clone(),
            ..of_user(Self::NAME, &self.request_id, &self.user)
        }
    }
}

impl Sheet for PendingDataResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        Self::read_all(params, &[])
    }

    fn read_all(first: &AcmParams, items: &[AcmParams]) -> Result<Self, BadBody> {
        let user = heading::user(first.target.as_ref())?;
        let items = items.iter().map(|params| PendingItem::read(params, &user));
        Ok(Self {
            items: items.collect::<Result<_, _>>()?,
            is_all: first.result.as_ref().is_none_or(|result| result.outcome != State::Partial),
            request_id: first.request_id.clone(),
            next: first.continue_at.clone(),
            user,
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
        let params = |item: &PendingItem| match item {
            PendingItem::Request(request) => request.params(),
            PendingItem::Response(response) => response.params(),
        };
        self.items.iter().map(params).collect()
    }
}

impl PendingItem {
    /// An item that does not say whom it is for is for the user who asked.
    fn read(params: &AcmParams, user: &McServiceId) -> Result<Self, BadBody> {
        let mut params = params.clone();
        params.target.get_or_insert_with(|| PartyInfo::user(user.clone(), None));
        let name = sheet::named(&params)?;
        if let Some(request) = Request::of(name, &params) {
            return request.map(Self::Request);
        }
        Response::of(name, &params).map_or(Err(BadBody::OtherFlow), |response| response.map(Self::Response))
    }
}

pub(super) fn of_user(name: &str, request_id: &RequestId, user: &McServiceId) -> AcmParams {
    AcmParams {
        target: Some(PartyInfo::user(user.clone(), None)),
        ..AcmParams::new(sheet::message(name), request_id.clone())
    }
}
