//! "I have your request." TS 23.280 10.17.7.2 step 4, 10.17.4.2 (the study's step 4b) · schema `xsd/acm-info.xsd`

use super::{
    Addressee, Refusal, heading,
    outcome::result_of,
    sheet::{self, Sheet},
};
use crate::{
    body::acm_info::{AcmParams, State},
    flow::{BadBody, Flow, Open},
    ids::RequestId,
    mime::kind,
};

/// A process indication: the partner's server tells where a request stands with it.
///
/// Its content is not defined by the text. It goes to the server of the primary system and from there to the initiator. That a
/// request has expired is final only when it says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProcessIndication {
    /// M. That of the request.
    pub request_id: RequestId,
    /// M. The request's initiator.
    pub target: Addressee,
    /// M. Where it stands.
    pub progress: Progress,
    /// Why, where there is something to say.
    pub why: Refusal,
}

/// Where a request stands with the server that has to see to its answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Progress {
    /// It is kept, and waits.
    Stored,
    /// Somebody has it in hand.
    InProcess,
    /// Its time ran out; no answer will come. Provisional.
    Expired,
}

impl Progress {
    /// The same as a state of the request.
    #[must_use]
    pub fn state(self) -> State {
        match self {
            Self::Stored => State::Stored,
            Self::InProcess => State::InProcess,
            Self::Expired => State::Expired,
        }
    }

    fn of(state: State) -> Option<Self> {
        [Self::Stored, Self::InProcess, Self::Expired].into_iter().find(|progress| progress.state() == state)
    }
}

impl Flow for ProcessIndication {
    const NAME: &'static str = kind::ACM_PROCESS_INDICATION;
    const CLAUSE: &'static str = "10.17.7.2";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Sheet for ProcessIndication {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let result = params.result.as_ref().ok_or_else(|| sheet::missing("result"))?;
        let progress = Progress::of(result.outcome);
        Ok(Self {
            progress: progress
                .ok_or(BadBody::Contradiction { rule: "a process indication does not answer a request" })?,
            why: Refusal { code: result.cause_code, text: result.cause_text.clone() },
            target: heading::addressee(params.target.as_ref())?,
            request_id: params.request_id.clone(),
        })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            target: Some(self.target.to_party()),
            result: Some(result_of(self.progress.state(), &self.why)),
            ..AcmParams::new(sheet::message(Self::NAME), self.request_id.clone())
        }
    }
}
