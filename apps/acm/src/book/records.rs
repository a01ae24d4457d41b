//! Short records: what waits for a user, and what is open.

use serde::{Deserialize, Serialize};

use super::Book;
use crate::case::{Case, CaseKey, Seq};

/// What waits for a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Waiting {
    /// Its place.
    pub seq: Seq,
    /// Which request.
    pub case: CaseKey,
    /// Whether it is what came of a request of his; else a request that he is to handle.
    pub is_response: bool,
    /// Whether his client has accepted it.
    pub is_told: bool,
    /// For which of his clients it is, or for any; none where only its case says so, as an earlier version left it.
    pub client: Option<Option<String>>,
}

#[derive(Serialize, Deserialize)]
struct WaitingLine {
    case: String,
    #[serde(rename = "resp", default)]
    is_response: bool,
    /// Empty: for any.
    #[serde(rename = "cl", skip_serializing_if = "Option::is_none", default)]
    client: Option<String>,
}

impl Waiting {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let client = self.client.clone().map(Option::unwrap_or_default);
        let line = WaitingLine { case: self.case.text(), is_response: self.is_response, client };
        serde_json::to_vec(&line).unwrap_or_default()
    }

    /// From what follows `acm/wait/USER/` in the key, and the value.
    pub(crate) fn decode(tail: &str, value: &[u8]) -> Option<Self> {
        let (told, seq) = tail.split_once('/')?;
        let line: WaitingLine = serde_json::from_slice(value).ok()?;
        let (case, seq) = (CaseKey::read(&line.case)?, Seq::read(seq)?);
        let client = line.client.map(|client| Some(client).filter(|client| !client.is_empty()));
        Some(Self { seq, case, is_response: line.is_response, is_told: told == "t", client })
    }

    /// For which of his clients it is; none is any.
    ///
    /// # Errors
    /// [`kit::Fault`] where its case has to be read and cannot.
    pub(crate) async fn for_client(&self, book: &Book) -> Result<Option<String>, kit::Fault> {
        match &self.client {
            Some(client) => Ok(client.clone()),
            None => Ok(book.case(&self.case).await?.and_then(|(case, _)| case.client)),
        }
    }
}

/// What is known of a request without reading it, for as long as it is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Open {
    /// For how many it counts.
    weight: usize,
    /// The other system, by its configured name.
    pub(crate) partner: String,
    /// Which request.
    pub(crate) case: CaseKey,
}

impl Open {
    pub(super) fn of(case: &Case) -> Self {
        Self { weight: case.request.weight(), partner: case.partner.clone(), case: case.key.clone() }
    }

    pub(super) fn encode(&self) -> String {
        format!("{} {} {}", self.weight, self.partner, self.case.text())
    }

    /// None where it is no such record.
    pub(crate) fn decode(value: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(value).ok()?.splitn(3, ' ');
        let weight = words.next()?.parse().ok()?;
        let partner = words.next()?.to_owned();
        Some(Self { weight, partner, case: CaseKey::read(words.next()?)? })
    }
}

#[cfg(test)]
mod tests;
