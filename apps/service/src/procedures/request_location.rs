//! On-demand request of location information across MC systems: the MC service server as requester.
//! TS 23.280 clause 10.9.3.10.2 steps 1 and 7. What lies between is `locate_abroad.rs` and `tell_abroad.rs` of `locations`.

use kit::{Cause, Cx, Done, Permit, To, Verdict};
use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, LocationRequest},
};

use crate::{Mcs, policy::AskFor};

/// Asks in a user's name, and awaits the one final report.
///
/// # Errors
/// [`Cause::RequesterUnknown`] where the user is none of this server's, [`Cause::RequesterNotAuthorized`] where the user is logged
/// off; else [`kit::Stop`] with the cause for which the location management server refuses or does not report.
pub async fn request(
    cx: Cx<Mcs>,
    on_behalf_of: McServiceId,
    targets: Vec<McServiceId>,
    refresh: bool,
) -> Done<LocationReport> {
    let request_id = cx.fresh_request_id()?;
    let cx = cx.for_flow(&request_id);

    cx.step("10.9.3.10.2", 1); // on-demand location information is requested
    cx.know(&on_behalf_of).await?;
    let permit = permit(&cx, &on_behalf_of, &targets)?;
    let request = LocationRequest { refresh, ..LocationRequest::new(request_id, on_behalf_of, targets) };
    let report = cx.ask(To::Server(cx.locations()), &permit.release(request)?).await?;

    cx.step("10.9.3.10.2", 7); // the report reaches the requester
    Ok(report)
}

fn permit(cx: &Cx<Mcs>, requester: &McServiceId, targets: &[McServiceId]) -> Done<Permit<AskFor>> {
    let now = cx.world().clock.wall();
    let (is_user, is_logged_on) = (cx.is_user(requester, now), cx.is_logged_on(requester, now));
    let is_away = cx.authorizations().away(requester).is_some();
    let (requester, targets) = (requester.clone(), targets.to_vec());
    let question = AskFor { requester, is_user, is_away, is_logged_on, targets };
    match cx.decide(question) {
        Verdict::Allow(permit) => Ok(permit),
        Verdict::Refuse(cause) => Err(cause.into()),
        Verdict::Defer(_) => Err(Cause::RequesterNotAuthorized.into()),
    }
}
