//! `/mcx/groups/`: what administrators see and decide. The project's own; answers are JSON, refusals problems (RFC 9457).
//!
//! | Method and path | What |
//! |---|---|
//! | `GET status` | shares, copies and requests that wait; `?partner=` and `?group=` narrow it |
//! | `GET preview?partner=&group=` | what would be sent there, and which rule did what; with `&direction=accept` what would be stored |
//! | `PUT shares/PARTNER/GROUP` | the group is shared with the partner, or told to it again |
//! | `DELETE shares/PARTNER/GROUP` | it no longer is |
//! | `POST requests/GROUP` | the group is requested of its primary, and subscribed to anew where it is followed so |

mod preview;
mod status;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use kit::{Cause, Cx, Refusal, Stop, config::did_you_mean, refusal::not_allowed, web::Caller};
use serde_json::{Value, json};
use xml_schemas::ids::McServiceId;

use crate::{
    Gms, entered,
    group::GroupId,
    procedures::{provide, request_abroad, withdraw},
};

pub(super) const PATH: &str = "/mcx/groups/";

pub(super) async fn serve(
    cx: &Cx<Gms>,
    caller: &Caller,
    path: &str,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refusal> {
    let rules = cx.rules();
    let users = || caller.user().into_iter().flat_map(|bearer| &bearer.users).map(McServiceId::as_str);
    let Some(by) = users().find(|id| rules.is_administrator(id)) else {
        entered::forbidden(cx, users().next().unwrap_or_default(), path).await;
        return Err(Cause::RequesterNotAuthorized.into());
    };
    let segments: Option<Vec<String>> = path.split('/').map(decoded).collect();
    let segments = segments.ok_or(Cause::MalformedMessage)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = Query::read(request.uri().query().unwrap_or_default());
    let outcome = match (request.method(), segments.as_slice()) {
        (&Method::GET, ["status"]) => status::read(cx, &query).await.map(ok),
        (&Method::GET, ["preview"]) => preview::make(cx, &query).await.map(ok),
        (&Method::PUT, ["shares", partner, group]) => provide::share(cx, by, partner, &of(group)?)
            .await
            .map(|()| response(StatusCode::ACCEPTED, &json!({}))),
        (&Method::DELETE, ["shares", partner, group]) => withdraw::unshare(cx, by, partner, &of(group)?)
            .await
            .map(|()| response(StatusCode::ACCEPTED, &json!({}))),
        (&Method::POST | &Method::PUT, ["requests", group]) => {
            let group = of(group)?;
            if rules.is_own_domain(&group.domain()) {
                let why = "the group is of this MC system itself, and requested of no other";
                return Err(Refusal::at(Cause::UnknownPartner, why));
            }
            return obtain(cx, by, &group).await;
        }
        (_, ["status" | "preview"]) => return Ok(not_allowed("GET")),
        (_, ["shares", _, _]) => return Ok(not_allowed("PUT, DELETE")),
        (_, ["requests", _]) => return Ok(not_allowed("POST, PUT")),
        _ => Err(Cause::UnknownTarget.into()),
    };
    outcome.map_err(|stop| {
        if let Stop::Fault(fault) = &stop {
            // What failed is for whoever reads the log; the cause is what is told.
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
        }
        match segments.as_slice() {
            ["shares", partner, _] => naming(cx, stop.refusal(), Some(partner)),
            _ => naming(cx, stop.refusal(), query.get("partner")),
        }
    })
}

/// Of a partner that there is not the administrator is told which may have been meant.
fn naming(cx: &Cx<Gms>, refusal: Refusal, partner: Option<&str>) -> Refusal {
    match partner {
        Some(partner) if refusal.cause == Cause::UnknownPartner && refusal.place.is_none() => {
            let rules = cx.rules();
            let hint = did_you_mean(partner, rules.partners.iter().map(|known| known.name.as_str()));
            Refusal::at(Cause::UnknownPartner, &format!("no partner has this name{hint}"))
        }
        _ => refusal,
    }
}

async fn obtain(cx: &Cx<Gms>, by: &str, group: &GroupId) -> Result<Response<Bytes>, Refusal> {
    cx.log().note(by, entered::act(cx, "copy.asked", by, (group, ""))).await;
    request_abroad::obtain(cx, group).await?;
    cx.followed().anew(cx.world(), group);
    Ok(ok(json!({ "group": group.as_str() })))
}

/// A group ID that an administrator wrote.
fn of(text: &str) -> Result<GroupId, Refusal> {
    GroupId::new(text).ok_or_else(|| Refusal::at(Cause::MalformedMessage, "not a group identity"))
}

fn ok(body: Value) -> Response<Bytes> {
    response(StatusCode::OK, &body)
}

fn response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The parameters of a query.
#[derive(Debug, Default)]
struct Query(Vec<(String, String)>);

impl Query {
    fn read(text: &str) -> Self {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.filter_map(|(name, value)| Some((decoded(name)?, decoded(value)?))).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// RFC 3986 2.1.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{Query, decoded};

    #[test]
    fn rfc3986_2_1_what_is_encoded_is_decoded() {
        assert_eq!(decoded("sip%3Afire%40a.example").as_deref(), Some("sip:fire@a.example"));
        assert_eq!((decoded("%4"), decoded("%zz"), decoded("%ff")), (None, None, None));
        let query = Query::read("partner=b.example&group=sip%3af&x");
        assert_eq!((query.get("group"), query.get("x")), (Some("sip:f"), None));
    }
}
