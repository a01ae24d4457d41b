//! Location information on demand: the target's own client.
//! TS 23.280 clause 10.9.3.2, the client's part: the user is asked for permission where that is configured, and the client
//! reports, or says that it does not.

use futures::future::{Either, select};
use kit::{Accepted, Cause, Cx, Done, Inbound, Permitted, cx::To};
use xml_schemas::{
    Timestamp,
    location::{ClientAnswer, ClientLocationReport, ClientLocationRequest, Position, Refusal},
};

use crate::location::{Permission, State};

/// Receives the request of its own server, and of nobody else.
///
/// # Errors
/// [`Cause::NotPermitted`] from anybody else, [`Cause::UnknownUser`] where it is for another user.
pub async fn receive(cx: Cx<State>, request: Inbound<ClientLocationRequest>) -> Done<Accepted> {
    if request.peer.user() != Some(&cx.server) {
        return Err(Cause::NotPermitted.into());
    }
    if request.flow.target != cx.mc_id {
        return Err(Cause::UnknownUser.into());
    }
    Ok(Accepted::then(report(cx, request.flow)))
}

async fn report(cx: Cx<State>, request: ClientLocationRequest) {
    let answer = match position(&cx, &request).await {
        Ok(position) => ClientAnswer::Located(Box::new(position)),
        Err(cause) => {
            ClientAnswer::Refused(Refusal { code: Some(cause.code()), text: Some(cause.text().to_owned()) })
        }
    };
    let reporter = Some(cx.mc_id.clone());
    let report = ClientLocationReport { request_id: request.request_id, reporter, answer };

    cx.step("10.9.3.2", 3); // the client reports
    if let Err(stop) = cx.tell(To::User(&cx.server), &Permitted::open(report)).await {
        tracing::warn!(client = %cx.profile().name, flow = cx.flow_id(), %stop, "the report was not accepted");
    }
}

async fn position(cx: &Cx<State>, request: &ClientLocationRequest) -> Result<Position, Cause> {
    let is_given = match &cx.permission {
        Permission::Allow => true,
        Permission::Deny => false,
        Permission::Ask(ask) => {
            cx.step("10.9.3.2", 2); // the user is asked for permission
            let late = cx.world().clock.sleep(cx.permission_deadline);
            match select(ask(request.requester.clone()), late).await {
                Either::Left((is_given, _)) => is_given,
                // Nobody waits for it any more: the question is taken off the desk.
                Either::Right(_) => return Err(Cause::TimedOut),
            }
        }
    };
    if !is_given {
        return Err(Cause::UserDenied);
    }
    let clock = &cx.world().clock;
    let elapsed = clock.now().saturating_duration_since(cx.started_at);
    cx.source.position(elapsed, Timestamp::from(clock.wall())).ok_or(Cause::NoPosition)
}
