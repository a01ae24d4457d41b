//! Answering SUBSCRIBE: RFC 6665 clause 4.2.1.

use std::time::Duration;

use dialog::{Dialog, Id, Reason, Unusable, notifier};
use futures::FutureExt as _;
use sip::{Message, Name, Response};

use super::Notifier;
use crate::{
    events::{Answered, Package, Told, Watch, book::Entry, record::Record},
    peer::Peer,
    refusal::{Cause, Refusal},
    stop::{Done, Stop},
};

impl<P: Package> Notifier<P> {
    /// Answers a SUBSCRIBE for this package.
    ///
    /// # Errors
    /// [`Stop`]: what the subscriber is refused with.
    pub async fn subscribe(&self, peer: Peer, request: &Message) -> Done<Answered> {
        let asked = request.typed::<sip::Expires>().map_err(|fault| at(&fault))?;
        let asked = asked.map(|expires| Duration::from_secs(expires.0.into()));
        let granted = match self.inner.setup.lifetimes.grant(asked) {
            Ok(granted) => granted,
            Err(shortest) => {
                let brief = Response::new(423).header(Name::MinExpires, shortest.as_secs().to_string());
                return Ok(brief.into());
            }
        };
        match Id::of_request(request).map_err(|fault| at(&fault))? {
            None => self.begin_one(peer, request, granted).await,
            Some(id) => self.refresh(&id, &peer, request, granted).await,
        }
    }

    async fn begin_one(&self, peer: Peer, request: &Message, granted: Duration) -> Done<Answered> {
        let setup = &self.inner.setup;
        let mut place = self.place(&peer, 1)?;
        if !accepts(request, P::MEDIA_TYPE) {
            return Ok(Response::new(406).into());
        }
        let watch = self.inner.package.watch(&peer, request).await?;
        let hop = (setup.hops)(&peer).ok_or(Cause::UnknownPartner)?;
        let tag = setup.world.ids.token();
        let dialog = Dialog::answering(request, &tag).map_err(|fault| match fault {
            Unusable::Malformed(fault) => at(&fault),
            Unusable::NoTag(name) => Refusal::at(Cause::MalformedMessage, name.canonical()).into(),
        })?;
        let now = self.time();
        let record = Record {
            machine: notifier::Subscription::new(now, notifier::State::Active, granted),
            dialog,
            watch,
            event: header(request, Name::Event),
            peer: peer.word(),
            owner: setup.replica.clone(),
        };
        place.grow(record.octets())?;
        // A fetch is over with its one NOTIFY; nothing of it need outlive a restart.
        let is_fetch = granted.is_zero();
        if !is_fetch {
            self.keep_first(&record).await?;
        }
        let id = record.dialog.id().clone();
        let mut entry = Entry::new(record, peer, hop);
        entry.is_fetch = is_fetch;
        place.taken(|book| book.insert(id.clone(), entry));
        let this = self.clone();
        let after = async move { this.begin(vec![id]) }.boxed();
        Ok(Answered { response: self.accepted(granted).tag(tag), after: Some(after) })
    }

    async fn refresh(&self, id: &Id, peer: &Peer, request: &Message, granted: Duration) -> Done<Answered> {
        let gone = || Answered::from(Response::new(481));
        let here = self.inner.book().get(id).is_some();
        if !here && !self.adopt(id, peer).await? {
            return Ok(gone());
        }
        let watch = {
            let mut book = self.inner.book();
            // A subscription is its subscriber's alone: for anybody else there is none.
            let own = book.get_mut(id).filter(|entry| entry.peer == *peer);
            // One that is over is no more, however often its last NOTIFY is tried (RFC 6665 4.2.1.1).
            let Some(entry) = own.filter(|entry| !entry.is_over()) else { return Ok(gone()) };
            if entry.record.dialog.receive(request).is_err() {
                return Ok(Response::new(500).header(Name::RetryAfter, "1").into());
            }
            entry.record.watch.clone()
        };
        let before = watch.octets();
        let watch = match self.wished(peer, request, watch).await {
            Ok(watch) => watch,
            Err(stop) => {
                if self.is_rejected(id).await {
                    self.drive(vec![id.clone()], notifier::Input::Ended(Reason::Rejected));
                }
                return Err(stop);
            }
        };
        // Who asks for no more than he has is told on, however much others have.
        let more = watch.octets().saturating_sub(before);
        let mut place = None;
        if more > 0 {
            place.insert(self.place(peer, 0)?).grow(more)?;
        }
        let Some((record, action)) = self.renewed(id, granted, watch) else { return Ok(gone()) };
        // It counts by itself from here on.
        drop(place);
        let (this, id) = (self.clone(), id.clone());
        match self.keep_own(&record).await {
            Ok(true) => {}
            // Another replica has ended it meanwhile.
            Ok(false) => {
                self.inner.book().remove(&id);
                return Ok(gone());
            }
            Err(fault) => {
                this.spawn(vec![(id, action)]);
                return Err(fault.into());
            }
        }
        let after = async move { this.spawn(vec![(id, action)]) }.boxed();
        Ok(Answered { response: self.accepted(granted), after: Some(after) })
    }

    /// What a refresh makes of what is watched.
    async fn wished(&self, peer: &Peer, request: &Message, watch: Watch) -> Done<Watch> {
        if !request.body().is_empty() {
            return self.inner.package.watch(peer, request).await;
        }
        self.inner.package.may_still(peer, &watch).await?;
        Ok(self.inner.package.renewed(peer, request, watch))
    }

    /// The subscription with its new lifetime, of what it is about from now on: all of that is told again (RFC 6665 4.2.2). None where
    /// it has ended meanwhile, even where its last NOTIFY has still to be told.
    fn renewed(&self, id: &Id, granted: Duration, watch: Watch) -> Option<(Record, notifier::Action)> {
        let now = self.time();
        let mut book = self.inner.book();
        if book.get(id)?.is_over() {
            return None;
        }
        let mut entry = book.remove(id)?;
        if entry.record.watch.resources != watch.resources {
            // What it is no longer about is told of no more.
            entry.told = Told::new();
        }
        (entry.record.watch, entry.is_whole) = (watch, true);
        let action = entry.handle(now, notifier::Input::Refreshed(granted));
        let record = entry.record.clone();
        book.insert(id.clone(), entry);
        Some((record, action))
    }

    fn accepted(&self, granted: Duration) -> Response {
        Response::new(200)
            .header(Name::Expires, granted.as_secs().to_string())
            .header(Name::Contact, format!("<{}>", self.inner.setup.own.as_str()))
    }
}

/// RFC 6665 3.1.3, RFC 3261 20.1 and 21.4.7: whoever names types that it takes has to take the package's.
fn accepts(request: &Message, media_type: &str) -> bool {
    let mut named = request.values(Name::Accept).peekable();
    let kind = media_type.split('/').next().unwrap_or_default();
    let wanted = |value: &[u8]| {
        let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let is_kind =
            || essence.strip_suffix(b"/*").is_some_and(|found| found.eq_ignore_ascii_case(kind.as_bytes()));
        essence.eq_ignore_ascii_case(media_type.as_bytes()) || essence == b"*/*" || is_kind()
    };
    named.peek().is_none() || named.any(wanted)
}

fn at(fault: &sip::Malformed) -> Stop {
    Refusal::at(Cause::MalformedMessage, &fault.to_string()).into()
}

fn header(request: &Message, name: Name) -> String {
    request.header(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}
