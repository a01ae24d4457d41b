//! "I have written it down." *Provisional*, the project's own: TS 22.280 asks for auditing and says nothing of receipts
//! · schema `xsd/acm-info.xsd`

use super::sheet::{self, Sheet};
use crate::{
    body::acm_info::{AcmParams, Receipt},
    flow::{BadBody, Flow, Open},
    ids::RequestId,
    mime::kind,
};

/// A server proves to that of the other system that it has what was sent to it in its audit log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditReceipt {
    /// M. That of the request that the flow was about.
    pub request_id: RequestId,
    /// M. Of what, and where.
    pub receipt: Receipt,
}

impl Flow for AuditReceipt {
    const NAME: &'static str = kind::ACM_AUDIT_RECEIPT;
    const CLAUSE: &'static str = "10.17";
    type Guard = Open;

    fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}

impl Sheet for AuditReceipt {
    fn read(params: &AcmParams) -> Result<Self, BadBody> {
        let receipt = params.receipt.clone().ok_or_else(|| sheet::missing("receipt"))?;
        Ok(Self { request_id: params.request_id.clone(), receipt })
    }

    fn write(&self) -> AcmParams {
        AcmParams {
            receipt: Some(self.receipt.clone()),
            ..AcmParams::new(sheet::message(Self::NAME), self.request_id.clone())
        }
    }
}
