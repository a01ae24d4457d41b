//! `/mcx/service/migrations`: who has migrated and who visits, each user himself and administrators all; `DELETE …/migrations/<MC service ID>` takes back the yes of
//! TS 23.280 10.6.3.3 step 6.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{Cause, Cx, audit::refused_for, refusal::not_allowed};
use serde_json::{Value, json};
use xml_schemas::{ids::McServiceId, lexical::Lexical as _};

use super::{Sees, ok};
use crate::{Mcs, migration};

/// The path, and what of it names a user.
pub(super) const PATH: &str = "/mcx/service/migrations";

pub(super) async fn answer(cx: &Cx<Mcs>, request: &Request<Bytes>, sees: &Sees) -> Response<Bytes> {
    let below = request.uri().path().strip_prefix(PATH).unwrap_or_default();
    match (request.method(), below.strip_prefix('/')) {
        (&Method::GET | &Method::HEAD, None) if below.is_empty() => ok(&all(cx, sees)),
        (&Method::DELETE, Some(user)) if !sees.is_all() => {
            let entry = cx.log().act("migration.revocation.refused", sees.name()).on(user);
            cx.log().note(sees.name(), refused_for(entry, Cause::RequesterNotAuthorized)).await;
            Cause::RequesterNotAuthorized.web()
        }
        (&Method::DELETE, Some(user)) => match McServiceId::new(user) {
            Ok(user) => revoke(cx, sees.name(), &user).await,
            Err(_) => Cause::UnknownTarget.web(),
        },
        (_, None) if !below.is_empty() => Cause::UnknownTarget.web(),
        (_, None) => not_allowed("GET, HEAD"),
        (_, Some(_)) => not_allowed("DELETE"),
    }
}

async fn revoke(cx: &Cx<Mcs>, by: &str, user: &McServiceId) -> Response<Bytes> {
    let entry = cx.log().act("migration.revoked", by).on(user.as_str());
    match migration::revoke(cx, user, Some(entry.ruled("allow", "an administrator"))).await {
        Ok(()) => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(stop) => stop.cause().web(),
    }
}

fn all(cx: &Cx<Mcs>, sees: &Sees) -> Value {
    let Some(migrations) = cx.migrations() else { return json!({ "marks": [], "visits": [] }) };
    let (marks, visits) = match sees {
        Sees::All(_) => (migrations.marks(), migrations.visits()),
        Sees::Himself(ids) => (
            ids.iter().flat_map(|id| migrations.marks_of(id)).collect(),
            ids.iter().flat_map(|id| migrations.visits_of(id)).collect(),
        ),
    };
    let marks = marks.into_iter().map(|mark| {
        json!({
            "id": mark.primary.as_str(),
            "service": mark.service.write(),
            "system": mark.system,
            "partner-id": mark.partner.as_str(),
            "profile": mark.profile.0,
            "since": mark.since,
            "until": mark.until,
            "confirmed": mark.is_confirmed,
            "former-system": mark.former.as_ref().map(|former| &former.system),
        })
    });
    let visits = visits.into_iter().map(|visit| {
        json!({
            "id": visit.partner.as_str(),
            "service": visit.service.write(),
            "system": visit.system,
            "primary-id": visit.primary.as_str(),
            "profile": visit.profile.0,
            "since": visit.since,
            "admitted": visit.is_admitted(),
        })
    });
    json!({ "marks": marks.collect::<Vec<_>>(), "visits": visits.collect::<Vec<_>>() })
}
