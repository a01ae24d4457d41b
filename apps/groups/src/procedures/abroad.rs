//! One HTTP exchange with the group management server of another system (CSC-16), which may be its gateway.

use bytes::Bytes;
use http::{HeaderName, Method, Response};
use kit::{
    Cause, Cx, Permit,
    documents::client::{Ask, Sender},
};
use wire::{Entry, Hop, Kind};
use xcap::Root;

pub(crate) use kit::documents::client::{Failed, etag};

use crate::{
    Gms,
    config::PartnerConfig,
    group::{GroupId, MEDIA_TYPE},
    policy::{AskForGroup, ProvideGroup},
};

/// The way to a partner's group documents.
pub(crate) struct Abroad<'a> {
    cx: &'a Cx<Gms>,
    partner: &'a str,
    hop: Hop,
    root: &'a Root,
}

/// What lets a request about a group leave for a partner.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leave<'l> {
    /// Policy lets the group be provided (10.2.7.2).
    Provide(&'l Permit<ProvideGroup>),
    /// Policy lets the group be requested (10.2.7.3).
    Ask(&'l Permit<AskForGroup>),
    /// What is no longer to be there is taken back, whatever is agreed by now.
    Withdraw { partner: &'l str, group: &'l GroupId },
}

impl<'l> Leave<'l> {
    /// For which partner.
    pub(crate) fn partner(&self) -> &'l str {
        match self {
            Self::Provide(permit) => &permit.question().partner,
            Self::Ask(permit) => &permit.question().partner,
            Self::Withdraw { partner, .. } => partner,
        }
    }

    fn group(&self) -> &'l GroupId {
        match self {
            Self::Provide(permit) => &permit.question().group,
            Self::Ask(permit) => &permit.question().group,
            Self::Withdraw { group, .. } => group,
        }
    }
}

impl<'a> Abroad<'a> {
    /// The way that is configured.
    ///
    /// # Errors
    /// [`Cause::NoAddress`]: 10.2.7.2 and 10.2.7.3, the system has not been configured with addressing information.
    pub(crate) fn to(cx: &'a Cx<Gms>, partner: &'a PartnerConfig) -> Result<Self, Cause> {
        let root = partner.root.as_ref().ok_or(Cause::NoAddress)?;
        let hop = cx.http_hop(partner).ok_or(Cause::NoAddress)?;
        Ok(Self { cx, partner: &partner.name, hop, root })
    }

    /// Sends a request about the group that may leave, and awaits the answer within the deadline.
    pub(crate) async fn send(
        &self,
        method: Method,
        leave: &Leave<'_>,
        condition: Option<(HeaderName, String)>,
        body: Bytes,
    ) -> Result<Response<Bytes>, Failed> {
        let (cx, group) = (self.cx, leave.group());
        if leave.partner() != self.partner {
            return Err(Failed::for_good(Cause::NotPermitted));
        }
        let uri = group.target().uri(self.root);
        let shown = (format!("{method} group"), group.to_string());
        let ask = Ask { method, uri: &uri, media_type: Some(MEDIA_TYPE), condition, body };
        let request = ask.request(Sender::Server(&cx.profile().psi, cx.flow_id()));
        let request = request.ok_or(Failed::for_good(Cause::Fault))?;
        let exchange = cx.fetch(request, &self.hop, cx.config().partner_deadline, shown);
        exchange.await.map_err(Failed::for_now)
    }
}

/// What an answer other than a success says of a group.
pub(crate) fn failed(response: &Response<Bytes>) -> Failed {
    Failed::of(response, Cause::UnknownGroup)
}

/// Tells whoever draws a ladder.
pub(crate) fn record(cx: &Cx<Gms>, kind: Kind) {
    let recorder = &cx.world().recorder;
    if recorder.is_listening() {
        let entity = cx.profile().name.clone();
        recorder.record(Entry { flow: cx.flow_id().to_owned(), entity, kind });
    }
}
