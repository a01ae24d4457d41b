//! The clients by which a user is logged on, as far as his registrations say which they are: a functional alias is active on a client.
//! TS 23.280 10.17.7.2 step 4 · TS 24.379 7.2.1, 7.3.2 · RFC 5626 4.1
//!
//! A client is where one of its terminals is. Of one that has never said that it is there nothing is known: it may be at any of the
//! user's contacts. One that is known to have left or to have gone is not there until it is heard of again. One that has run out without
//! a word may have said one that was not heard: it is chosen after others, and sent to all the same. So is a user whose contacts are not
//! told apart and none of whom takes anything, until one is heard of.

use kit::{
    Registration,
    aliases::{client_name, is_same_client},
};
use serde::{Deserialize, Serialize};
use xml_schemas::acm::ClientId;

/// So many terminals of a user's are known: of more, those that have registered last.
const MOST: usize = 16;

/// How one of a user's clients is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// By whichever of his contacts takes it: it is not known which is that client's.
    Any,
    /// By this contact alone.
    One(Contact),
    /// It is not logged on.
    Not,
}

/// The contact of a terminal, as it was registered last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Contact {
    /// What its `+sip.instance` is.
    pub(crate) instance: String,
    /// Until when it is registered, in milliseconds of Unix time.
    pub(crate) until: u64,
    /// Whether it has not answered since it registered, however often it was tried; or has run out without a word.
    pub(crate) is_silent: bool,
}

/// What a registration says of the clients of its user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// This client is there, if it is known which it is; and whether it was.
    Is(Option<String>, bool),
    /// This client is there no more.
    Left(String),
    /// One of its terminals has left, or nobody knows which client that was.
    Nothing,
}

/// The terminals that have registered, and until when somebody's registration lasts. Of a user whose terminals say nothing they say
/// nothing either.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Clients {
    #[serde(rename = "exp", default)]
    until: u64,
    /// In the order in which they registered last.
    #[serde(rename = "is", default)]
    all: Vec<Terminal>,
    /// None of his contacts has taken what was for any of them since one was heard of last.
    #[serde(rename = "mute", skip_serializing_if = "std::ops::Not::not", default)]
    is_silent: bool,
    /// How often one was heard of: by a registration, or by what it has taken.
    #[serde(rename = "n", default)]
    heard: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Terminal {
    /// Which client it is; empty where it has not said.
    #[serde(rename = "id", default)]
    name: String,
    #[serde(rename = "at", skip_serializing_if = "Option::is_none", default)]
    instance: Option<String>,
    /// In milliseconds of Unix time. Nought: it has left, or the SIP core knows it no more.
    #[serde(rename = "exp", default)]
    until: u64,
    #[serde(rename = "mute", skip_serializing_if = "std::ops::Not::not", default)]
    is_silent: bool,
}

impl Terminal {
    fn is_of(&self, name: &str) -> bool {
        !self.name.is_empty() && is_same_client(&self.name, name)
    }

    fn is_there(&self, now: u64) -> bool {
        self.until > now && !self.is_silent
    }

    fn contact(&self) -> Option<Contact> {
        let instance = self.instance.clone()?;
        Some(Contact { instance, until: self.until, is_silent: self.is_silent })
    }
}

impl Clients {
    /// What an earlier version left says nothing of anybody.
    pub(crate) fn read(record: &[u8]) -> Self {
        serde_json::from_slice(record).unwrap_or_default()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// When the last of them is there no more, in milliseconds of Unix time.
    pub(crate) fn until(&self) -> u64 {
        self.until
    }

    /// Whether what is for any of his contacts would reach none.
    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// How often one of his contacts was heard of: for [`Self::none_answers`].
    pub(crate) fn heard(&self) -> u64 {
        self.heard
    }

    /// How the client of this name is reached.
    pub(crate) fn reach(&self, name: Option<&str>, now: u64) -> Reach {
        let Some(name) = name else { return Reach::Any };
        let (live, gone): (Vec<_>, Vec<_>) =
            self.all.iter().filter(|terminal| terminal.is_of(name)).partition(|it| it.until > now);
        if live.is_empty() {
            // Its refresh may not have been heard.
            let ran_out = |it: &&&Terminal| it.until != 0;
            if let Some(contact) = gone.iter().rev().filter(ran_out).find_map(|it| it.contact()) {
                return Reach::One(Contact { is_silent: true, ..contact });
            }
            // What refreshes without a word may be what has run out without one.
            let may_be = |it: &&Terminal| it.until != 0 && it.instance.is_none();
            let is_nobody = |it: &Terminal| it.until > now && it.name.is_empty();
            let may_refresh = gone.iter().any(may_be) && self.all.iter().any(is_nobody);
            let is_known = !gone.is_empty() && !may_refresh;
            return if is_known { Reach::Not } else { Reach::Any };
        }
        match live.as_slice() {
            [only] => only.contact().map_or(Reach::Any, Reach::One),
            _ => Reach::Any,
        }
    }

    /// His only client, where there is no other, and it is known which it is.
    pub(crate) fn only(&self, now: u64) -> Option<&str> {
        let mut live = self.all.iter().filter(|terminal| terminal.until > now);
        let (first, second) = (live.next()?, live.next());
        (second.is_none() && !first.name.is_empty()).then_some(first.name.as_str())
    }

    /// A user is registered until `until`, and whoever says so until `own`: what follows for his clients.
    pub(crate) fn follow(
        &mut self,
        registration: &Registration,
        (until, own): (u64, u64),
        now: u64,
    ) -> Heard {
        self.until = until;
        let (said, instance) = (registration.client_id.as_deref(), registration.instance.clone());
        let said = said.and_then(bounded).unwrap_or_default();
        // An instance is one terminal for good; what has none is told apart by its client alone.
        let is_it = |it: &Terminal| it.instance == instance && (instance.is_some() || it.name == said);
        let known = self.all.iter().position(is_it).map(|place| self.all.remove(place));
        let name = match &known {
            Some(known) if said.is_empty() => known.name.clone(),
            _ => said,
        };
        let was_there = known.iter().chain(&self.all).any(|it| it.is_of(&name) && it.is_there(now));
        self.all.iter_mut().for_each(|it| it.until = it.until.min(until));
        self.all.retain(|it| it.until > now || !it.name.is_empty());
        if registration.is_leaving {
            if name.is_empty() {
                if instance.is_none() && known.is_none() {
                    // It is one of those that have none; which, nobody knows.
                    self.all.retain(|it| it.instance.is_some());
                }
                return Heard::Nothing;
            }
            self.all.push(Terminal { name: name.clone(), instance, until: 0, is_silent: false });
            self.forget(now);
            let stays = self.all.iter().any(|it| it.is_of(&name) && it.until > now);
            return if stays { Heard::Nothing } else { Heard::Left(name) };
        }
        self.all.push(Terminal { name: name.clone(), instance, until: own.min(until), is_silent: false });
        self.forget(now);
        let (is_named, was_silent) = (!name.is_empty(), std::mem::take(&mut self.is_silent));
        self.heard += 1;
        Heard::Is(is_named.then_some(name), (was_there || !is_named) && !was_silent)
    }

    /// Those first that are not there, then those that have registered first.
    fn forget(&mut self, now: u64) {
        while self.all.len() > MOST {
            let place = self.all.iter().position(|it| it.until <= now).unwrap_or_default();
            self.all.remove(place);
        }
    }

    /// The SIP core has no contact of this terminal any more. False where it has registered since.
    pub(crate) fn is_gone(&mut self, contact: &Contact) -> bool {
        self.change(contact, |terminal| terminal.until = 0)
    }

    /// It does not answer. False where it has registered since.
    pub(crate) fn does_not_answer(&mut self, contact: &Contact) -> bool {
        self.change(contact, |terminal| terminal.is_silent = true)
    }

    /// None of his contacts takes anything, and none has been heard of since there had been so many words of them. False where one has,
    /// or nothing is known of him.
    pub(crate) fn none_answers(&mut self, heard: u64) -> bool {
        let is_so = self.heard == heard && self.until != 0;
        self.is_silent |= is_so;
        is_so
    }

    /// A client of his has taken an answer, this one if it says which it is, in which there was something or not: it is there, at the
    /// terminal that was so last. Whether that is to be kept.
    pub(crate) fn is_back(&mut self, name: Option<&str>, now: u64, was_something: bool) -> bool {
        let is_heard = was_something || std::mem::take(&mut self.is_silent);
        self.is_silent = false;
        self.heard += u64::from(is_heard);
        name.is_some_and(|name| self.is_client_back(name, now)) || is_heard && self.until != 0
    }

    fn is_client_back(&mut self, name: &str, now: u64) -> bool {
        let until = self.until;
        let its = self.all.iter_mut().filter(|it| it.is_of(name));
        let Some(last) = its.max_by_key(|it| it.until).filter(|it| !it.is_there(now)) else { return false };
        if last.until <= now {
            last.until = until;
        }
        last.is_silent = false;
        true
    }

    fn change(&mut self, contact: &Contact, change: impl FnOnce(&mut Terminal)) -> bool {
        let is_it = |it: &&mut Terminal| {
            it.until == contact.until && it.instance.as_deref() == Some(contact.instance.as_str())
        };
        self.all.iter_mut().find(is_it).map(change).is_some()
    }
}

/// A client by its name; none where that is none (empty, or of more than 128 octets), so that nobody has others keep much for him.
pub(crate) fn bounded(client: &str) -> Option<String> {
    ClientId::new(client).map(|client| client_name(client.as_str()))
}

#[cfg(test)]
mod tests;
