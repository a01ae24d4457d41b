//! Sending SUBSCRIBE, and waiting for what comes of it.

use std::{pin::pin, sync::Arc, time::Duration};

use dialog::subscriber::{Action, Input};
use futures::{
    StreamExt as _,
    channel::mpsc,
    future::{self, Either},
};
use sip::{Message, Method, Name, Request};

use super::{Outcome, Watcher, Watching};
use crate::events::retry_after;

impl Watcher {
    /// One subscription, from its first SUBSCRIBE to its end.
    pub(super) async fn drive(
        self,
        watching: Arc<Watching>,
        first: Action,
        mut woken: mpsc::UnboundedReceiver<Action>,
    ) {
        let mut action = first;
        loop {
            action = match action {
                Action::Subscribe { fresh, expires } => self.send(&watching, fresh, expires).await,
                Action::GiveUp => break,
                Action::Nothing => self.wait(&watching, &mut woken).await,
            };
        }
        let (key, refused) = {
            let now = watching.now();
            (now.key.clone(), now.refused)
        };
        self.table().remove(&key);
        if let Err(stop) = (watching.told)(Outcome::Over(refused)).await {
            tracing::warn!(target: "mcx::procedure", %stop, "the end of a subscription was not taken");
        }
    }

    async fn wait(&self, watching: &Watching, woken: &mut mpsc::UnboundedReceiver<Action>) -> Action {
        let clock = &self.inner.world.clock;
        let due = watching.now().machine.timeout();
        let Some(due) = due else { return Action::GiveUp };
        let left = due.duration_since(self.time()).unwrap_or_default();
        match future::select(pin!(woken.next()), clock.sleep(left)).await {
            Either::Left((action, _)) => action.unwrap_or(Action::GiveUp),
            Either::Right(_) => watching.now().machine.handle(self.time(), Input::Fired),
        }
    }

    async fn send(&self, watching: &Arc<Watching>, fresh: bool, expires: Duration) -> Action {
        let request = self.request(watching, fresh, expires);
        if let Some(tracer) = self.inner.tracer.get() {
            let ask = &watching.ask;
            let package = ask.event.split(';').next().unwrap_or_default();
            tracer.sent("", &ask.hop.name, || format!("SUBSCRIBE {package}"), String::new);
        }
        let outcome = self.inner.world.wire.request(request, watching.ask.hop.clone()).await;
        let input = match &outcome {
            Ok(answer) => read(&answer.response),
            Err(error) => {
                tracing::info!(target: "mcx::wire", %error, "a SUBSCRIBE was not answered");
                Input::Refused(None, None)
            }
        };
        let mut now = watching.now();
        now.refused = match input {
            Input::Refused(status, _) => status,
            _ => None,
        };
        now.machine.handle(self.time(), input)
    }

    fn request(&self, watching: &Arc<Watching>, fresh: bool, expires: Duration) -> Request {
        let ask = &watching.ask;
        let mut now = watching.now();
        if fresh || now.dialog.is_none() {
            self.begin(watching, &mut now);
        }
        let own = self.inner.own.as_str();
        let (contact, identity) = match &self.inner.contact {
            Some(contact) => (contact.as_str(), Name::PPreferredIdentity),
            None => (own, Name::PAssertedIdentity),
        };
        let request = match &mut now.dialog {
            Some(dialog) => dialog.request(Method::Subscribe),
            None => Request::new(Method::Subscribe, &ask.uri)
                .header(Name::From, format!("<{own}>;tag={}", now.key.tag))
                .header(Name::To, format!("<{}>", ask.uri))
                .header(Name::CallId, &now.key.call_id)
                .header(Name::CSeq, format!("{} SUBSCRIBE", now.sent)),
        };
        let request = request
            .header(Name::Contact, format!("<{contact}>"))
            .header(identity, format!("<{own}>"))
            .header(Name::Event, &ask.event)
            .header(Name::Accept, ask.accept)
            .header(Name::Expires, expires.as_secs().to_string());
        match &ask.body {
            // RFC 6665 4.1.2.2: a refresh without a body goes on with what was asked.
            Some((content_type, body)) if now.dialog.is_none() => request.body(content_type, body.clone()),
            _ => request,
        }
    }

    /// A new dialog, findable before its SUBSCRIBE leaves: the NOTIFY may overtake the response.
    fn begin(&self, watching: &Arc<Watching>, now: &mut super::Now) {
        let key = self.fresh_key();
        let mut table = self.table();
        table.remove(&now.key);
        (now.dialog, now.sent, now.key) = (None, 1, key.clone());
        table.insert(key, Arc::clone(watching));
    }
}

/// What a response to SUBSCRIBE says.
fn read(response: &Message) -> Input {
    let seconds = |name: Name| {
        let value = response.header(name).and_then(|value| std::str::from_utf8(value).ok());
        value.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs)
    };
    match response.status() {
        Some(200..=299) => Input::Accepted(seconds(Name::Expires).unwrap_or_default()),
        Some(423) => Input::TooBrief(seconds(Name::MinExpires).unwrap_or_default()),
        status => Input::Refused(status, retry_after(response)),
    }
}
