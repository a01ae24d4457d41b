//! `/mcx/service/expected/ID`: the own ACM server tells of a partner's user that he may come (`PUT`), or may no longer (`DELETE`), or
//! takes the last `PUT` back (`DELETE …?undo`); of an ID of ours it asks whether its user is here (`GET`). The project's own. TS 23.280 10.17.5, 10.17.7

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{
    Cause, Cx, Turn, Word,
    audit::refused_for,
    refusal::not_allowed,
    web::{Caller, id_of, out_of_turn, overtaken},
};

use crate::{Mcs, migration};

/// Before the user's ID in his primary MC system.
pub(super) const PATH: &str = "/mcx/service/expected/";

pub(super) async fn answer(cx: &Cx<Mcs>, request: &Request<Bytes>, caller: &Caller) -> Response<Bytes> {
    let Some(by) = acm(cx, caller) else {
        let entry = cx.log().act("migration.expectation.refused", "somebody");
        cx.log().note("expected", refused_for(entry, Cause::RequesterNotAuthorized)).await;
        return Cause::RequesterNotAuthorized.web();
    };
    let id = request.uri().path().strip_prefix(PATH).and_then(id_of);
    let Some(id) = id else { return Cause::UnknownTarget.web() };
    let word = match *request.method() {
        Method::PUT => Word::Yes,
        Method::DELETE if request.uri().query() == Some("undo") => Word::TakenBack,
        Method::DELETE => Word::No,
        Method::GET => {
            let is_here = migration::is_here(cx, &id).await;
            return is_here.map_or_else(|stop| stop.cause().web(), |()| nothing());
        }
        _ => return not_allowed("GET, PUT, DELETE"),
    };
    let turn = match Turn::of(request.headers()) {
        Ok(turn) => turn,
        Err(unreadable) => return out_of_turn(unreadable),
    };
    match migration::hear(cx, &by, &id, (word, turn)).await {
        Ok(Ok(())) => nothing(),
        Ok(Err(last)) => overtaken(last),
        Err(stop) => stop.cause().web(),
    }
}

fn nothing() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// The own ACM server that asks.
fn acm(cx: &Cx<Mcs>, caller: &Caller) -> Option<String> {
    let server = caller.peer().and_then(kit::Peer::server)?;
    let config = cx.migrations().map(crate::Migrations::config)?;
    config.acm_servers.iter().find(|name| server.eq_ignore_ascii_case(name)).cloned()
}
