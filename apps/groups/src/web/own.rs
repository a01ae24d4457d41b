//! Clients and servers of the own MC system.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{Cause, Cx, Fault, Refusal, audit::named, tokens::Bearer};
use xcap::{Act, Target};

use crate::{
    Gms, entered,
    group::{AUID, GroupId},
    procedures::request_abroad,
};

/// A user: an administrator or a creator by what the operator says, a member by what the group's document says.
pub(super) async fn user(
    cx: &Cx<Gms>,
    bearer: &Bearer,
    target: &Target,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let rules = cx.rules();
    let ours: Vec<&str> =
        bearer.users.iter().filter(|id| rules.is_own_domain(id.domain())).map(|id| id.as_str()).collect();
    let first = *ours.first().ok_or(Cause::ForeignIdentity)?;
    if target.auid != AUID {
        let principal = by_the_usage(cx, &ours, target, request.method()).unwrap_or(first);
        return Ok(cx.documents().serve(request, Some(principal)).await);
    }
    let administrator = ours.iter().find(|id| rules.is_administrator(id));
    if let Some(group) = GroupId::of_target(target).filter(|_| reads(request.method())) {
        if administrator.is_some() && is_abroad(cx, &group) {
            request_abroad::want(cx, &group).await?;
        }
        if administrator.is_none() && is_member(cx, &ours, &group).await? {
            return cx.documents().show(target, &request).await;
        }
    }
    // Of several identities of one user the one counts whose tree it is.
    let creators: Vec<&str> = ours.iter().copied().filter(|id| rules.is_creator(id)).collect();
    let owner = |ids| by_the_usage(cx, ids, target, request.method());
    let principal =
        administrator.copied().or_else(|| owner(&creators)).or_else(|| owner(&ours)).unwrap_or(first);
    let writes = !reads(request.method());
    let response = cx.documents().serve(request, Some(principal)).await;
    if writes && response.status() == StatusCode::FORBIDDEN {
        entered::forbidden(cx, principal, &named(target)).await;
    }
    Ok(response)
}

/// The one of a user's identities to which the usage's own rule grants this: of what is not a group, nobody administers
/// another's (RFC 4826 clauses 3.4.8 and 4.4.8).
fn by_the_usage<'i>(cx: &Cx<Gms>, ours: &[&'i str], target: &Target, method: &Method) -> Option<&'i str> {
    let access = &cx.documents().usages().get(&target.auid)?.access;
    let act = if reads(method) { Act::Read } else { Act::Write };
    ours.iter().find(|id| access.check(Some(id), &target.tree, act).is_ok()).copied()
}

async fn is_member(cx: &Cx<Gms>, users: &[&str], group: &GroupId) -> Result<bool, Refusal> {
    let document = cx.document(group).await.map_err(|fault| broken(cx, &fault))?;
    let Some(document) = document else { return Ok(false) };
    let facts = cx.facts(group, &document);
    Ok(users.iter().any(|user| facts.members.contains(*user)))
}

/// An MC service server reads everything. What is a partner's and not here is requested of it (10.2.7.3 step 1).
pub(super) async fn server(
    cx: &Cx<Gms>,
    target: &Target,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    if !reads(request.method()) {
        return Err(Cause::NotPermitted.into());
    }
    if let Some(group) = GroupId::of_target(target).filter(|group| is_abroad(cx, group)) {
        request_abroad::want(cx, &group).await?;
    }
    cx.documents().show(target, request).await
}

/// Whether a group is another MC system's. Whose, if anybody's, is for the procedure to say.
fn is_abroad(cx: &Cx<Gms>, group: &GroupId) -> bool {
    !cx.rules().is_own_domain(&group.domain())
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn broken(cx: &Cx<Gms>, fault: &Fault) -> Refusal {
    tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
    fault.cause().into()
}
