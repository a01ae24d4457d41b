//! Answers across the border.

use kit::refusal::{CAUSE_HEADER, Cause};
use sip::{Edits, Message, Name, Uri};
use wire::{Arrival, WireError};

use super::Gateway;
use crate::{
    Partner, Partners, agreement,
    content::has_doctype,
    metrics::{Direction, Leaves},
    topology::{self, Dialog, Stayed},
};

impl Gateway {
    /// Our answer to a partner. One that has left the table since it asked is shown nothing either.
    pub(super) fn answer_leaves(
        &self,
        partner: Option<&Partner>,
        response: &Message,
        request: &Message,
        edits: &mut Edits,
    ) {
        if has_doctype(response.body()) {
            edits.drop_body();
        }
        topology::strip_credentials(response, edits);
        let hiding = self.hiding(partner);
        let hides = partner.is_none_or(|partner| partner.hide);
        let in_dialog = topology::has_dialog(request);
        let inward = if in_dialog { hiding.read_outside(request) } else { None };
        let dialog = inward.map_or_else(|| Dialog::new(false, hides), |inward| inward.dialog);
        if hides {
            let mut stayed = Stayed::default();
            hiding.response(response, request, dialog, edits, &mut stayed);
            agreement::answer(partner, response, request, edits);
            if let Some(partner) = partner {
                partner.passed.stayed(Leaves::Response, stayed);
            }
        }
        if in_dialog {
            hiding.dialog_answers(response, request, dialog, edits);
        }
    }

    /// A partner's answer to us.
    pub(super) fn answer_enters(
        &self,
        partners: &Partners,
        response: &Message,
        request: &Message,
        edits: &mut Edits,
    ) {
        topology::clean_from_outside(response, edits);
        says_why(response, edits);
        if has_doctype(response.body()) {
            edits.drop_body();
        }
        if !topology::has_dialog(request) {
            return;
        }
        let (dialog, partner) = self.far_end(partners, request);
        let hides = partner.is_none_or(|partner| partner.hide);
        let dialog = dialog.unwrap_or_else(|| Dialog::new(true, hides));
        self.hiding(partner).dialog_answered(response, request, dialog, edits);
    }

    /// What we gave out has reached nobody: it is counted, with its cause, beside what the chain decided.
    pub(super) fn not_delivered(&self, request: &Message, arrival: &Arrival, why: &WireError) {
        let (partners, direction) = (self.partners(), self.direction(arrival));
        let partner = match direction {
            Direction::Outbound => self.far_end(&partners, request).1,
            Direction::Inbound => partners.proved_by(arrival),
        };
        let cause = match direction {
            _ if matches!(why, WireError::Overloaded) => Cause::Overloaded,
            Direction::Outbound => Cause::PartnerUnreachable,
            Direction::Inbound => Cause::ServerUnreachable,
        };
        let partner = partner.map(|partner| &partner.system.name);
        self.metrics.decided(partner, direction, "answer", cause.name());
        let (partner, direction, cause) = (partner.map_or("", |name| name), direction.name(), cause.name());
        tracing::info!(partner, direction, cause, %why, "request reached nobody behind the border");
    }

    /// The partner to whom a request of ours went, and the dialog where it belongs to one.
    fn far_end<'p>(
        &self,
        partners: &'p Partners,
        request: &Message,
    ) -> (Option<Dialog>, Option<&'p Partner>) {
        if let Some((dialog, name)) = topology::read_inside(&self.sealer, request) {
            return (Some(dialog), partners.named(&name));
        }
        let uri = Uri::parse(request.request_uri()).ok();
        (None, uri.and_then(|uri| partners.serving(uri.host)))
    }
}

/// A 503 goes on as a 500 (RFC 3261 16.7 step 6), by which nobody sees any more that it can be tried again: where it says no cause itself,
/// that is said for it.
fn says_why(response: &Message, edits: &mut Edits) {
    if response.status() == Some(503) && response.extension(CAUSE_HEADER).is_none() {
        let waits = response.header(Name::RetryAfter).is_some();
        let cause = if waits { Cause::Overloaded } else { Cause::PartnerUnreachable };
        edits.append_extension(CAUSE_HEADER, cause.code().to_string().as_bytes());
    }
}
