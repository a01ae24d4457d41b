//! The functional aliases of a terminal's user: activated, taken over and de-activated by PUBLISH, and how they stand by SUBSCRIBE.
//! TS 24.379 clauses 9A.2.1.2 and 9A.2.1.3 · TS 23.280 clause 10.13

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, channel::oneshot};
use kit::{
    Cause, Cx, Done, Entity, Expected, Impu, PartnerTable,
    aliases::{EVENT, client_name, told},
    carriage,
    events::{Ask, Outcome, Watcher},
};
use sip::{Message, Method, Name, Request};
use wire::Service;
use xml_schemas::{
    body::{
        McpttInfo, Presence,
        presence::{AliasStatus, Tuple},
    },
    flow::Part,
    ids::{FunctionalAlias, McServiceId, Psi},
    mime,
};

use crate::{Device, fault};

/// TS 24.379 9A.2.1.2: for as long as there are numbers; the server says for how long it is.
const FOR_GOOD: u32 = u32::MAX;

/// The tuple of a terminal that has no client ID.
const TERMINAL: &str = "terminal";

/// How long a subscription is asked to last of which only the first NOTIFY is wanted.
const GLANCE: Duration = Duration::from_secs(60);

/// What an alias client is told beside its terminal's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public service identity of the functional alias controlling server.
    pub server: Psi,
    /// The domain that the SIP core's certificate proves, where the terminal reaches it over TLS.
    pub core_identity: Option<Arc<str>>,
    /// How long an answer is awaited.
    pub deadline: Duration,
}

/// A client that activates aliases. A clone is the same client.
#[derive(Clone)]
pub struct AliasClient {
    entity: Entity<()>,
    watcher: Watcher,
    device: Device,
    server: Psi,
}

impl AliasClient {
    /// The client of a terminal's user.
    ///
    /// # Errors
    /// [`kit::Stop::Fault`] where an identity cannot stand in a message.
    pub fn new(device: &Device, settings: Settings) -> Done<Self> {
        let terminal = device.settings();
        let own = Psi::new(terminal.account.impu.as_str()).map_err(fault)?;
        let watcher = Watcher::of_terminal(device.world(), own.clone(), &terminal.contact);
        let mut profile = device.profile("alias-client", settings.core_identity)?;
        profile.deadline = settings.deadline;
        profile.accept = vec![mime::PIDF];
        let cx = Cx::new(profile, (), PartnerTable::default(), device.world());
        let entity = Entity::new(cx).watches(&watcher);
        Ok(Self { entity, watcher, device: device.clone(), server: settings.server })
    }

    /// Activates aliases, all of them or none, or goes on with them; with `takes_over`, in another's stead where that is needed and
    /// may be. For how long: before that they are to be activated anew.
    ///
    /// # Errors
    /// [`kit::Stop::Refused`] with the server's cause.
    pub async fn activate(&self, aliases: &[FunctionalAlias], takes_over: bool) -> Done<Duration> {
        self.publish(aliases, takes_over, FOR_GOOD).await
    }

    /// Lets go of aliases, where this client of the user holds them.
    ///
    /// # Errors
    /// [`kit::Stop::Refused`] with the server's cause.
    pub async fn deactivate(&self, aliases: &[FunctionalAlias]) -> Done<()> {
        self.publish(aliases, false, 0).await.map(drop)
    }

    /// The aliases that the user may hold, and how each stands (TS 24.379 9A.2.1.3).
    ///
    /// # Errors
    /// [`Cause::TimedOut`] where the server does not answer; [`Cause::Unspecified`] where it refuses.
    pub async fn status(&self) -> Done<Vec<AliasStatus>> {
        let (tell, heard) = oneshot::channel();
        let tell = Mutex::new(Some(tell));
        let held = self.watcher.subscribe(self.ask()?, move |outcome| {
            let said = match &outcome {
                Outcome::Notified(notify) => told(notify),
                Outcome::Over(_) => Err(Cause::Unspecified.into()),
            };
            // That it is over is what was asked for, or is told to whoever still waits.
            let is_over = matches!(outcome, Outcome::Over(_));
            let heard = said
                .as_ref()
                .map(|_| ())
                .map_err(Clone::clone)
                .or_else(|stop| if is_over { Ok(()) } else { Err(stop) });
            // A NOTIFY without a body says nothing; after the first that does nobody waits any more.
            if let Some(said) = said.transpose() {
                let tell = tell.lock().unwrap_or_else(PoisonError::into_inner).take();
                let _ = tell.map(|tell| tell.send(said));
            }
            async move { heard }.boxed()
        });
        let world = self.entity.cx().world();
        let late = world.clock.sleep(self.entity.cx().profile().deadline);
        let presence = match futures::future::select(heard, late).await {
            futures::future::Either::Left((heard, _)) => {
                heard.unwrap_or_else(|_| Err(Cause::Unspecified.into()))
            }
            futures::future::Either::Right(_) => Err(Cause::TimedOut.into()),
        };
        held.unsubscribe(world);
        Ok(presence?.tuples.into_iter().flat_map(|tuple| tuple.aliases).collect())
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &McServiceId {
        &self.device.settings().account.mc_id
    }

    /// Whether a NOTIFY is for an alias client, and not for another client of the terminal.
    #[must_use]
    pub fn takes(notify: &Message) -> bool {
        let event = notify.header(Name::Event).unwrap_or_default();
        let package = event.split(|byte| *byte == b';').next().unwrap_or_default();
        package.trim_ascii().eq_ignore_ascii_case(EVENT.as_bytes())
    }

    /// What the terminal's node serves.
    #[must_use]
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.entity.clone())
    }

    fn ask(&self) -> Done<Ask> {
        Ok(Ask {
            uri: self.server.as_str().to_owned(),
            hop: self.device.settings().core.clone(),
            peer: Expected::asserted(Impu::new(self.server.as_str()).map_err(fault)?),
            event: EVENT.to_owned(),
            accept: mime::PIDF,
            lifetime: GLANCE,
            body: None,
        })
    }

    async fn publish(&self, aliases: &[FunctionalAlias], takes_over: bool, expires: u32) -> Done<Duration> {
        let cx = self.entity.cx();
        let (core, request) =
            (self.device.settings().core.clone(), self.compose(aliases, takes_over, expires));
        let names = || aliases.iter().map(FunctionalAlias::as_str).collect::<Vec<_>>().join(" ");
        cx.sent(&core.name, || format!("PUBLISH {EVENT}"), names);
        let answer = cx.world().wire.request(request, core).await.map_err(|error| Cause::from(&error))?;
        match answer.response.status() {
            Some(200..=299) => {
                let expires = answer.response.typed::<sip::Expires>().ok().flatten();
                Ok(Duration::from_secs(expires.map_or(0, |expires| expires.0.into())))
            }
            _ => Err(Cause::from_response(&answer.response).into()),
        }
    }

    fn compose(&self, aliases: &[FunctionalAlias], takes_over: bool, expires: u32) -> Request {
        let cx = self.entity.cx();
        let (own, server, ids) = (cx.profile().psi.as_str(), self.server.as_str(), &*cx.world().ids);
        let parts = self.parts(aliases, takes_over);
        let (icsi, accept_contact) = carriage::service_of(&parts);
        let (content_type, body) = carriage::bodies(&parts, ids);
        Request::new(Method::Publish, server)
            .header(Name::From, format!("<{own}>;tag={}", ids.token()))
            .header(Name::To, format!("<{server}>"))
            .header(Name::CallId, ids.token())
            .header(Name::CSeq, "1 PUBLISH")
            .header(Name::PPreferredIdentity, format!("<{own}>"))
            .header(Name::PPreferredService, icsi)
            .header(Name::AcceptContact, accept_contact)
            .header(Name::Event, EVENT)
            .header(Name::Expires, expires.to_string())
            .body(&content_type, body)
    }

    /// TS 24.379 9A.2.1.2: whose presence it is, and the aliases that it is about.
    fn parts(&self, aliases: &[FunctionalAlias], takes_over: bool) -> Vec<Part<'static>> {
        let account = &self.device.settings().account;
        let status = |alias: &FunctionalAlias| AliasStatus { takes_over, ..AliasStatus::of(alias.clone()) };
        let tuple = Tuple {
            id: account.client_id.as_deref().map_or_else(|| TERMINAL.to_owned(), client_name),
            aliases: aliases.iter().map(status).collect(),
            ..Tuple::default()
        };
        let presence = Presence {
            entity: account.mc_id.as_str().to_owned(),
            tuples: vec![tuple],
            p_id: Some(self.entity.cx().world().ids.uuid()),
            ..Presence::default()
        };
        let info = McpttInfo { request_uri: Some(account.mc_id.clone().into()), ..McpttInfo::default() };
        vec![Part::of(&presence), Part::of(&info)]
    }
}
