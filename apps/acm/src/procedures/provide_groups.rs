//! Group information provision, now called interconnection group identity provision: users of a partner system are told which groups
//! of ours they may join. TS 23.280 10.17.4.2, the fourteen steps of the study.
//!
//! At the initiator's server, step 2 refuses groups that are homed elsewhere or are no interconnection groups. At the target's, step
//! 4a refuses those that are not of the system that provides them. What the target does with them is his: a yes says that he has the
//! list.

pub(super) mod interconnection;

use kit::{Cause, Cx, Done, Partner, document_rules::like};
use xml_schemas::{
    acm::{GroupInformationProvisionRequest as Request, Outcome},
    ids::GroupId,
};

use crate::{
    Acm,
    procedure::{Approved, CarriedOut, Procedure, Steps},
};

/// The procedure.
pub enum ProvideGroups {}

impl Procedure for ProvideGroups {
    type Request = Request;

    const STEPS: Steps = Steps {
        clause: "10.17.4.2",
        asked: 1,
        authorized: 2,
        forwarded: 3,
        kept: 4,
        target_returns: Some([6, 7]),
        delivered: 8,
        answered: 9,
        returned: 10,
        stored: 11,
        initiator_leaves: Some(5),
        initiator_returns: Some([12, 13]),
        told: 14,
    };

    async fn may_ask(cx: &Cx<Acm>, request: &Request) -> Done<()> {
        let config = cx.config();
        if let (Some(server), []) = (&config.neighbours.groups, config.interconnection_groups.as_slice()) {
            if !request.groups.iter().all(|group| cx.is_own_domain(group.id.domain())) {
                return Err(Cause::NotInterconnectionGroup.into());
            }
            if request.groups.len() > interconnection::MOST {
                return Err(Cause::TooLarge.into());
            }
            let partners = cx.partners();
            let partner = partners.serving(request.heading.target.as_str()).ok_or(Cause::UnknownPartner)?;
            return interconnection::are_shared_with(cx, server, partner, &request.groups).await;
        }
        let is_offered = |group: &GroupId| {
            cx.is_own_domain(group.domain())
                && config.interconnection_groups.iter().any(|pattern| like(pattern, group.as_str()))
        };
        if request.groups.iter().all(|group| is_offered(&group.id)) {
            Ok(())
        } else {
            Err(Cause::NotInterconnectionGroup.into())
        }
    }

    async fn may_be_asked(_: &Cx<Acm>, partner: &Partner, request: &Request) -> Done<Option<String>> {
        if request.groups.iter().all(|group| partner.owns_domain(group.id.domain())) {
            Ok(None)
        } else {
            Err(Cause::ForeignIdentity.into())
        }
    }

    async fn carry_out(_: &Cx<Acm>, approved: &Approved<Request>) -> Done<CarriedOut<Request>> {
        let by_rule = || approved.request.answer(approved.handler.clone(), Outcome::Success);
        Ok(CarriedOut::with(approved.said.clone().unwrap_or_else(by_rule)))
    }
}
