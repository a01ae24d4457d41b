//! A partner's group as it is kept here: the offer as the primary provided it, the effective copy that our policy made of
//! it, and where it came from. All three change in one commit.

use kit::Fault;
use serde::{Deserialize, Serialize};
use store::Batch;

use crate::{Gms, group::GroupId, keys, share::written};

/// By which procedure a copy came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// 10.2.7.2.
    Provided,
    /// 10.2.7.3.
    Requested,
}

/// Where a copy came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Source {
    /// The partner's configured name.
    pub partner: String,
    /// How.
    pub how: How,
    /// The primary's entity tag of what it told, where it was requested.
    pub etag: Option<String>,
    /// Octets of the offer; none where an earlier release kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub octets: Option<u64>,
    /// The flow in which it came, so that what follows from it is shown with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub flow: String,
}

impl Source {
    /// Of an offer that came in a flow.
    pub(crate) fn new(partner: &str, how: How, offer: &str, flow: &str) -> Self {
        let octets = Some(u64::try_from(offer.len()).unwrap_or(u64::MAX));
        Self { partner: partner.to_owned(), how, etag: None, octets, flow: flow.to_owned() }
    }

    /// Reads a record of the store.
    #[must_use]
    pub fn read(value: &[u8]) -> Option<Self> {
        serde_json::from_slice(value).ok()
    }
}

/// A copy that is about to be kept.
pub(crate) struct Copy<'c> {
    pub(crate) group: &'c GroupId,
    /// What the primary said, octet for octet; none where it stays as it is.
    pub(crate) offer: Option<&'c str>,
    /// What our policy makes of it; none where that stays as it is, and its entity tag with it.
    pub(crate) effective: Option<bytes::Bytes>,
    pub(crate) source: Option<&'c Source>,
}

impl Copy<'_> {
    /// Adds the copy to a batch. Whoever waits for it has it then.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be written down.
    pub(crate) fn keep(self, gms: &Gms, mut batch: Batch) -> Result<Batch, Fault> {
        if let Some(offer) = self.offer {
            batch = batch.put(keys::offer(self.group), offer.to_owned());
        }
        if let Some(effective) = self.effective {
            batch = batch.put(gms.documents().keys().document(&self.group.target()), effective);
        }
        if let Some(source) = self.source {
            batch = batch.put(keys::source(self.group), written(source)?);
        }
        Ok(batch.delete(keys::ask(self.group)))
    }
}
