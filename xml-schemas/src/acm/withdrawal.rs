//! "I do not want it any more." *Provisional*, the project's own: TS 23.280 10.17 knows no withdrawal · schema `xsd/acm-info.xsd`
//!
//! The partner's server owns the outcome: a request is withdrawn when that server says so, and not where it has been answered before.

use super::{
    Actor, Addressee, Refusal, heading,
    outcome::result_of,
    sheet::{self, Sheet},
};
use crate::{
    body::acm_info::{AcmParams, State},
    flow::{BadBody, Flow, Open},
    ids::RequestId,
    mime::kind,
};

/// A request is to be withdrawn: client to server, and server to server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithdrawalRequest {
    /// M. That of the request that is withdrawn.
    pub request_id: RequestId,
    /// M. Its initiator, who alone may withdraw it.
    pub initiator: Actor,
    /// Towards whom it was sent, where that is said.
    pub target: Option<Addressee>,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithdrawalResponse {
    /// M. That of the request that is withdrawn.
    pub request_id: RequestId,
    /// M. The request's initiator.
    pub target: Addressee,
    /// M. Where the request stands now: withdrawn, or in the state that it had reached before, or unconfirmed while nobody can say.
    pub state: State,
    /// Why it could not be withdrawn.
    pub why: Refusal,
}

impl Flow for WithdrawalRequest {
    const NAME: &'static str = kind::ACM_WITHDRAWAL_REQUEST;
    const CLAUSE: &'static str = "10.17.3";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Flow for WithdrawalResponse {
    const NAME: &'static str = kind::ACM_WITHDRAWAL_RESPONSE;
    const CLAUSE: &'static str = "10.17.3";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Sheet for WithdrawalRequest {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let target = params.target.as_ref().map(|party| heading::addressee(Some(party))).transpose()?;
        let initiator = heading::actor(params.initiating.as_ref(), "initiating-party")?;
        Ok(Self { request_id: params.request_id.clone(), initiator, target })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            initiating: Some(self.initiator.to_party()),
            target: self.target.as_ref().map(Addressee::to_party),
            ..AcmParams::new(sheet::message(Self::NAME), self.request_id.clone())
        }
    }
}

impl Sheet for WithdrawalResponse {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let result = params.result.as_ref().ok_or_else(|| sheet::missing("result"))?;
        Ok(Self {
            state: result.outcome,
            why: Refusal { code: result.cause_code, text: result.cause_text.clone() },
            target: heading::addressee(params.target.as_ref())?,
            request_id: params.request_id.clone(),
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            target: Some(self.target.to_party()),
            result: Some(result_of(self.state, &self.why)),
            ..AcmParams::new(sheet::message(Self::NAME), self.request_id.clone())
        }
    }
}
