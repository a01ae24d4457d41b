//! What is bound to one public user identity. TS 24.379 clauses 7.3.2 to 7.3.5

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use kit::{Cause, Impu, publication::Publication, tokens::Marks};
use xml_schemas::{body::interconnection_info::McService, ids::McServiceId, migration::ProfileIndex};

use super::{Authorization, millis, moment};
use crate::credentials::Proof;

/// As long as the registration lasts.
pub(crate) const FOR_GOOD: u64 = u64::MAX;

/// How many clients of one identity there may be. Beyond, the one gives way that ends first.
const CLIENTS: usize = 16;

/// One public user identity: all times in milliseconds of Unix time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Binding {
    /// Until when it is registered, as the SIP core tells; none where the core has not told yet.
    pub(crate) registered: Option<u64>,
    /// In the order in which they were last authorized.
    pub(crate) clients: Vec<Client>,
}

/// One client of a user. That of a visitor is one for each MC service that he has asked for with it: each has its own publication,
/// and its own end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Client {
    /// Which, where it said so.
    pub(crate) id: Option<Arc<str>>,
    /// Whose.
    pub(crate) user: McServiceId,
    /// How long it is authorized; [`FOR_GOOD`] where that is as long as the registration lasts.
    pub(crate) until: u64,
    /// How long at most, however often it is refreshed: as long as the access token, where the operator wants that.
    pub(crate) at_most: u64,
    /// By what the access token that it was authorized by is revoked, and it with that.
    pub(crate) marks: Option<Arc<Marks>>,
    /// The profile that it selected.
    pub(crate) profile: Option<ProfileIndex>,
    /// Its settings, where it has published them.
    pub(crate) publication: Option<Publication>,
    /// Where it is the client of a visitor.
    pub(crate) visit: Option<Visit>,
}

/// A user of another MC system who migrates here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Visit {
    /// With which MC service.
    pub(crate) service: McService,
    /// Who the user is there.
    pub(crate) primary: McServiceId,
    /// Whether that system has said yes (TS 23.280 10.6.3.3 step 11) to this client. It authorizes as long as the book of migrations
    /// says so too.
    pub(crate) is_admitted: bool,
}

impl Client {
    pub(crate) fn new(id: Option<Arc<str>>, user: McServiceId) -> Self {
        Self {
            id,
            user,
            until: 0,
            at_most: FOR_GOOD,
            marks: None,
            profile: None,
            publication: None,
            visit: None,
        }
    }

    /// Its settings are published anew, under this entity tag. What is authorized for as long as the registration lasts stays so.
    pub(crate) fn renew(&mut self, now: SystemTime, tag: &str, lifetime: Duration) {
        if self.until != FOR_GOOD {
            self.until = millis(now.checked_add(lifetime).unwrap_or(now));
        }
        self.publication = Some(Publication::new(now, tag, lifetime));
    }

    /// It is authorized by this, and for as long.
    pub(crate) fn prove(&mut self, proof: &Proof) {
        (self.at_most, self.marks) = (proof.until, proof.marks.clone());
    }

    /// With which MC service, of a visitor's.
    pub(crate) fn service(&self) -> Option<McService> {
        self.visit.as_ref().map(|visit| visit.service)
    }

    /// Whether it is this visitor's, with this MC service.
    pub(crate) fn is_of(&self, service: McService, visitor: &McServiceId) -> bool {
        self.user == *visitor && self.service() == Some(service)
    }

    /// Whether it is the same client as that one, for the same user and MC service.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.id == other.id && self.user == other.user && self.service() == other.service()
    }
}

impl Binding {
    /// When this client of it ends.
    pub(crate) fn end_of(&self, client: &Client) -> u64 {
        client.until.min(client.at_most).min(self.registered.unwrap_or(FOR_GOOD))
    }

    /// Takes away what has ended. With the registration everything ends; the core, where it has told nothing, may yet.
    pub(crate) fn retire(&mut self, now: u64) {
        let clients = std::mem::take(&mut self.clients);
        let (left, _) = clients.into_iter().partition(|client| self.end_of(client) > now);
        self.clients = left;
        self.registered = self.registered.filter(|until| *until > now);
    }

    /// Whether nothing is left.
    pub(crate) fn is_over(&self) -> bool {
        self.registered.is_none() && self.clients.is_empty()
    }

    /// When something of it ends next.
    pub(crate) fn next(&self) -> Option<u64> {
        let clients = self.clients.iter().map(|client| self.end_of(client));
        clients.chain(self.registered).min()
    }

    /// When nothing of it is left.
    pub(crate) fn end(&self) -> u64 {
        let clients = self.clients.iter().map(|client| self.end_of(client));
        clients.chain(self.registered).max().unwrap_or_default()
    }

    /// Whether it is registered. Where the SIP core has not told yet, a client that it let publish is proof.
    pub(crate) fn is_registered(&self, now: u64) -> bool {
        match self.registered {
            Some(until) => until > now,
            None => self.clients.iter().any(|client| self.end_of(client) > now),
        }
    }

    /// The clients of this user that have not ended. Whether a visitor's counts, the book of migrations says.
    pub(crate) fn clients_of(&self, user: &McServiceId, now: u64) -> impl Iterator<Item = &Client> {
        self.clients.iter().filter(move |client| client.user == *user && self.end_of(client) > now)
    }

    /// What it says of this client.
    pub(crate) fn authorization(&self, impu: &Impu, client: &Client) -> Authorization {
        Authorization {
            user: client.user.clone(),
            impu: impu.clone(),
            client: client.id.clone(),
            profile: client.profile,
            until: moment(self.end_of(client)),
            service: client.service(),
            primary: client.visit.as_ref().map(|visit| visit.primary.clone()),
        }
    }

    /// Changes the client of this ID, which is last in order from now on; a new one where there is none. One that had not said who
    /// it is says so now; where this one does not say it, it is the last of the user's.
    pub(crate) fn with_client(
        &mut self,
        id: Option<&str>,
        (user, service): (&McServiceId, Option<McService>),
        change: impl FnOnce(&mut Client),
    ) {
        let is_his = |client: &Client| client.user == *user && client.service() == service;
        let is_it = |client: &Client| is_his(client) && (id.is_none() || client.id.as_deref() == id);
        let is_nameless = |client: &Client| is_his(client) && client.id.is_none();
        let place =
            self.clients.iter().rposition(is_it).or_else(|| self.clients.iter().position(is_nameless));
        let mut client = match place {
            Some(place) => self.clients.remove(place),
            None => Client::new(None, user.clone()),
        };
        if let Some(id) = id {
            client.id = Some(Arc::from(id));
        }
        change(&mut client);
        if self.clients.len() >= CLIENTS {
            let ends = |(_, client): &(usize, &Client)| self.end_of(client);
            let first = self.clients.iter().enumerate().min_by_key(ends).map(|(place, _)| place);
            first.map(|place| self.clients.remove(place));
        }
        self.clients.push(client);
    }

    /// The client whose publication has this entity tag: RFC 3903 6 step 4.
    ///
    /// # Errors
    /// [`Cause::NoPublication`] where there is none.
    pub(crate) fn published(&mut self, now: SystemTime, tag: &str) -> Result<&mut Client, Cause> {
        let has = |client: &Client| {
            client.publication.as_ref().is_some_and(|publication| publication.matches(now, tag).is_ok())
        };
        self.clients.iter_mut().find(|client| has(client)).ok_or(Cause::NoPublication)
    }

    /// Which client published under this entity tag, where one is named.
    ///
    /// # Errors
    /// As [`Binding::published`].
    pub(crate) fn published_by(
        &mut self,
        now: SystemTime,
        tag: Option<&str>,
    ) -> Result<Option<Client>, Cause> {
        let Some(tag) = tag else { return Ok(None) };
        Ok(Some(self.published(now, tag)?.clone()))
    }

    /// Whether this client of the user is bound, or one of the user's that has not said who it is.
    pub(crate) fn knows(&self, id: &str, (user, service): (&McServiceId, Option<McService>)) -> bool {
        let is_it = |client: &Client| client.id.as_deref().is_none_or(|known| known == id);
        self.clients.iter().any(|client| client.user == *user && client.service() == service && is_it(client))
    }

    /// Whether a client of this visitor is bound, with this MC service.
    pub(crate) fn holds(&self, service: McService, visitor: &McServiceId) -> bool {
        self.clients.iter().any(|client| client.is_of(service, visitor))
    }

    /// This visitor is here with this MC service no more, whichever client it was.
    pub(crate) fn dismiss(&mut self, service: McService, visitor: &McServiceId) {
        self.clients.retain(|client| !client.is_of(service, visitor));
    }

    /// Whether any of its clients was authorized by a token of these.
    pub(crate) fn has(&self, is_one: impl Fn(&Marks) -> bool) -> bool {
        self.clients.iter().any(|client| client.marks.as_ref().is_some_and(|marks| is_one(marks)))
    }

    /// This client is authorized no more, for whichever MC service.
    pub(crate) fn remove(&mut self, id: &str) {
        self.clients.retain(|client| client.id.as_deref() != Some(id));
    }

    /// This client is authorized no more for this user and MC service.
    pub(crate) fn remove_one(&mut self, id: &str, (user, service): (&McServiceId, Option<McService>)) {
        let is_it = |client: &Client| {
            client.id.as_deref() == Some(id) && client.user == *user && client.service() == service
        };
        self.clients.retain(|client| !is_it(client));
    }
}
