//! Group membership update: a user of one system asks that users of his become members of a group of the other's, or be members no
//! longer. TS 23.280 10.17.2 (group membership update request and response).
//!
//! The table leaves open whose group and whose users they are. Ours: the group is homed in the system that is asked, and the users are
//! of the system that asks. Where the group's home has a group management server, that must have the group: when the request comes, and
//! still when somebody says yes. That the group's document is changed accordingly is the work of whoever says yes.

use kit::{Cause, Cx, Done, Partner};
use xml_schemas::{
    acm::{GroupMembershipUpdateRequest as Request, Outcome},
    ids::McServiceId,
};

use super::provide_groups::interconnection;
use crate::{
    Acm,
    procedure::{Approved, CarriedOut, Procedure, Steps},
};

/// The procedure.
pub enum UpdateGroupMembers {}

impl Procedure for UpdateGroupMembers {
    type Request = Request;

    const STEPS: Steps = Steps {
        clause: "10.17.4",
        asked: 1,
        authorized: 2,
        forwarded: 3,
        kept: 4,
        target_returns: None,
        delivered: 5,
        answered: 7,
        returned: 8,
        stored: 9,
        initiator_leaves: None,
        initiator_returns: None,
        told: 10,
    };

    async fn may_ask(cx: &Cx<Acm>, request: &Request) -> Done<()> {
        let is_ours = |user: &McServiceId| cx.is_own_domain(user.domain());
        let partners = cx.partners();
        let home = partners.serving(request.group.as_str());
        let target = partners.serving(request.heading.target.as_str());
        if !request.users.iter().all(is_ours) {
            return Err(Cause::ForeignIdentity.into());
        }
        match (home, target) {
            (Some(home), Some(target)) if home.name == target.name => Ok(()),
            _ => Err(Cause::UnknownGroup.into()),
        }
    }

    async fn may_be_asked(cx: &Cx<Acm>, partner: &Partner, request: &Request) -> Done<Option<String>> {
        if !request.users.iter().all(|user| partner.owns_domain(user.domain())) {
            return Err(Cause::ForeignIdentity.into());
        }
        if !cx.is_own_domain(request.group.domain()) {
            return Err(Cause::UnknownGroup.into());
        }
        is_there(cx, request).await.map(|()| None)
    }

    async fn carry_out(cx: &Cx<Acm>, approved: &Approved<Request>) -> Done<CarriedOut<Request>> {
        is_there(cx, &approved.request).await?;
        let by_rule = || approved.request.answer(approved.handler.clone(), Outcome::Success);
        Ok(CarriedOut::with(approved.said.clone().unwrap_or_else(by_rule)))
    }
}

/// The group, as far as there is a server that knows.
async fn is_there(cx: &Cx<Acm>, request: &Request) -> Done<()> {
    match &cx.config().neighbours.groups {
        Some(server) => interconnection::is_there(cx, server, &request.group).await,
        None => Ok(()),
    }
}
