//! Answers across the border.

use sip::{Edits, Message, Uri};

use super::Gateway;
use crate::{
    Partner, Partners, agreement,
    content::has_doctype,
    metrics::Leaves,
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
        if has_doctype(response.body()) {
            edits.drop_body();
        }
        if !topology::has_dialog(request) {
            return;
        }
        let (dialog, partner) = match topology::read_inside(&self.sealer, request) {
            Some((dialog, name)) => (Some(dialog), partners.named(&name)),
            None => {
                let uri = Uri::parse(request.request_uri()).ok();
                (None, uri.and_then(|uri| partners.serving(uri.host)))
            }
        };
        let hides = partner.is_none_or(|partner| partner.hide);
        let dialog = dialog.unwrap_or_else(|| Dialog::new(true, hides));
        self.hiding(partner).dialog_answered(response, request, dialog, edits);
    }
}
