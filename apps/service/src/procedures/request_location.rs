//! Asking where users are, whichever MC system they are in: the MC service server.
//! TS 23.280 clause 10.9.3.10.2 steps 1 and 7. The rest is the location management server's, `locate_abroad.rs`.

use kit::{Cause, Cx, Done, To, Verdict};
use xml_schemas::{
    ids::McServiceId,
    location::{LocationReport, LocationRequest},
};

use crate::{AskFor, State};

const CLAUSE: &str = "10.9.3.10.2";

/// Asks the own location management server, and awaits the one report about all targets.
///
/// # Errors
/// [`Cause::RequesterUnknown`] where the requester is not served here, [`Cause::UnsupportedTarget`] where no target is named,
/// [`Cause::TimedOut`] at the deadline, and what the location management server refuses with.
pub async fn ask(
    cx: Cx<State>,
    requester: McServiceId,
    targets: Vec<McServiceId>,
    refresh: bool,
) -> Done<LocationReport> {
    if targets.is_empty() {
        return Err(Cause::UnsupportedTarget.into());
    }
    let request_id = cx.fresh_request_id()?;
    let cx = cx.for_flow(&request_id);
    let permit = match cx.decide(AskFor { requester: requester.clone(), targets: targets.clone() }) {
        Verdict::Allow(permit) => permit,
        Verdict::Refuse(cause) => return Err(cause.into()),
        Verdict::Defer(_) => return Err(Cause::RequesterNotAuthorized.into()),
    };
    let request = permit
        .release(LocationRequest { refresh, ..LocationRequest::new(request_id, requester, targets) })?;

    cx.step(CLAUSE, 1); // the server, which has the targets' MC service IDs, asks
    let report = cx.ask(To::Server(cx.location_server()), &request).await?;

    cx.step(CLAUSE, 7); // and receives one report
    Ok(report)
}
