//! What a refusal becomes, and who is told of an answer.

use wire::Arrival;

use super::{Entity, basics};
use crate::{
    refusal::{Cause, Refusal},
    stop::Stop,
};

impl<S: Send + Sync + 'static> Entity<S> {
    pub(super) fn refuse(&self, request: &sip::Message, arrival: &Arrival, stop: &Stop) -> sip::Response {
        let profile = self.cx.profile();
        if let Stop::Fault(fault) = stop {
            tracing::error!(target: "mcx::fault", entity = %profile.name, %fault);
        }
        let refusal = stop.refusal();
        tracing::info!(target: "mcx::refused", entity = %profile.name, cause = %refusal.cause, place = refusal.place);
        let refusal = refusal.seen_by(self.merges(request, arrival));
        self.record(request, arrival, refusal.cause.status());
        self.complete(request, &refusal)
    }

    fn complete(&self, request: &sip::Message, refusal: &Refusal) -> sip::Response {
        let response = refusal.response(self.cx.profile().warn_agent());
        match refusal.cause {
            Cause::MethodNotAllowed => response.header(sip::Name::Allow, self.table.allow()),
            // RFC 6665 8.2.2: a 489 lists the packages that are supported.
            Cause::BadEvent => response.header(sip::Name::AllowEvents, self.table.allow_events()),
            // RFC 3903 6 step 4.
            Cause::TooBrief => response.header(sip::Name::MinExpires, self.shortest(request)),
            Cause::UnsupportedBody => response.header(sip::Name::Accept, basics::accept(self.cx.profile())),
            Cause::BadExtension => response.header(sip::Name::Unsupported, basics::required(request)),
            _ => response,
        }
    }

    fn merges(&self, request: &sip::Message, arrival: &Arrival) -> bool {
        let peer = self.cx.profile().trust.peer(&self.cx.partners(), request, arrival);
        peer.is_ok_and(|peer| self.cx.partner(&peer).is_ok_and(|partner| partner.merge_unknown_and_refused))
    }

    pub(super) fn record(&self, request: &sip::Message, arrival: &Arrival, status: u16) {
        let tracer = self.cx.tracer();
        if !tracer.is_listening() {
            return;
        }
        let what = format!("{status} {}", sip::reason_phrase(status));
        let sender = basics::sender(self.cx.profile(), &self.cx.partners(), arrival);
        tracer.answered(&basics::flow_of(request), &sender, &what);
    }
}
