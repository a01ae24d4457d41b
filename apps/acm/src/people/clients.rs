//! The clients by which a user is logged on, as far as his registrations say which they are: a functional alias is active on a client.
//! TS 23.280 10.17.7.2 step 4 · TS 24.379 7.2.1, 7.3.2 · RFC 5626 4.1

use kit::{Registration, aliases::client_name};
use serde::{Deserialize, Serialize};

/// So many of a user's are known: of more, those that have registered last.
const MOST: usize = 16;

/// How one of a user's clients is reached.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Reach {
    /// By whichever of his contacts takes it: it is not known which is that client's.
    Any,
    /// By the contact that states this instance.
    One(String),
    /// It is not logged on.
    Not,
}

/// Those who have registered, and until when his registration lasts. Of a user whose terminals say nothing it is empty.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Clients {
    #[serde(rename = "exp", default)]
    until: u64,
    #[serde(rename = "is", default)]
    all: Vec<Client>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Client {
    /// As the alias controlling server calls it; empty where it does not say who it is.
    #[serde(rename = "id", default)]
    name: String,
    #[serde(rename = "at", skip_serializing_if = "Option::is_none", default)]
    instance: Option<String>,
    /// In milliseconds of Unix time. Nought: the SIP core knows it no more.
    #[serde(rename = "exp", default)]
    until: u64,
}

impl Clients {
    /// What an earlier version left says of nobody who he is.
    pub(crate) fn read(record: &[u8]) -> Self {
        let nameless = Client { name: String::new(), instance: None, until: u64::MAX };
        serde_json::from_slice(record).unwrap_or_else(|_| Self { until: 0, all: vec![nameless] })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// When the last of them is there no more, in milliseconds of Unix time.
    pub(crate) fn until(&self) -> u64 {
        self.until
    }

    /// How the client of this name is reached.
    pub(crate) fn reach(&self, name: Option<&str>, now: u64) -> Reach {
        let Some(name) = name.filter(|_| !self.all.is_empty()) else { return Reach::Any };
        let mut live = self.all.iter().filter(|client| client.until > now);
        match live.clone().find(|client| client.name == name) {
            Some(Client { instance: Some(instance), .. }) => Reach::One(instance.clone()),
            Some(_) => Reach::Any,
            // One that does not say who it is may be that one.
            None if live.any(|client| client.name.is_empty()) => Reach::Any,
            None => Reach::Not,
        }
    }

    /// A user has registered until then: the client that was not there before, where it says which it is.
    pub(crate) fn follow(&mut self, registration: &Registration, until: u64, now: u64) -> Option<String> {
        self.until = until;
        let name = registration.client_id.as_deref().map(client_name).unwrap_or_default();
        let instance = &registration.instance;
        let known = self
            .all
            .iter()
            .position(|client| client.name == name && (!name.is_empty() || client.instance == *instance));
        let known = known.map(|place| self.all.remove(place));
        self.all.iter_mut().for_each(|client| client.until = client.until.min(until));
        self.all.retain(|client| client.until > now);
        if registration.is_leaving {
            // Another terminal may be the same client (TS 24.379 7.2.1).
            let stays =
                known.filter(|known| known.until > now && instance.is_some() && known.instance != *instance);
            self.all.extend(stays);
            return None;
        }
        let was_there = known.as_ref().is_some_and(|known| known.until > now);
        let instance = instance.clone().or_else(|| known.and_then(|known| known.instance));
        self.all.push(Client { name: name.clone(), instance, until });
        let surplus = self.all.len().saturating_sub(MOST);
        self.all.drain(..surplus);
        (!was_there && !name.is_empty()).then_some(name)
    }

    /// The SIP core has no contact of this client any more: whether that was not known.
    pub(crate) fn is_gone(&mut self, name: &str, instance: &str) -> bool {
        let is_it = |client: &&mut Client| {
            client.name == name && client.instance.as_deref() == Some(instance) && client.until != 0
        };
        let gone = self.all.iter_mut().find(is_it);
        gone.map(|client| client.until = 0).is_some()
    }
}

#[cfg(test)]
mod tests;
