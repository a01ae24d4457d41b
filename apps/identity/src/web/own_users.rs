//! `/mcx/identity/users/ID`: the own ACM server asks whether an MC service ID is of a user of this system, before it asks a partner to let
//! him migrate. `GET` says 204, or 404. The project's own; TS 23.280 10.17.5.2 step 2 has the server check, and not how.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{
    Cause,
    audit::refused_for,
    web::{id_of, problem},
};
use wire::Arrival;
use xml_schemas::ids::McServiceId;

use super::not_allowed;
use crate::{keys, oauth::Refused, state::Idms};

impl Idms {
    pub(super) async fn own_users(
        &self,
        request: &Request<Bytes>,
        arrival: &Arrival,
        of: &str,
    ) -> Response<Bytes> {
        if self.acm_server(arrival).is_none() {
            let entry = self.log.act("identity.user.refused", "somebody").on(of);
            self.log.note("users", refused_for(entry, Cause::RequesterNotAuthorized)).await;
            return problem(StatusCode::FORBIDDEN, "only the own ACM server may ask this");
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return not_allowed("GET, HEAD");
        }
        let Some(id) = id_of(of) else {
            return problem(StatusCode::BAD_REQUEST, "the path does not end in an MC service ID");
        };
        match self.is_own(&id).await {
            Ok(true) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
            Ok(false) => problem(StatusCode::NOT_FOUND, "no user has this MC service ID"),
            Err(refused) => refused.response(),
        }
    }

    /// Whether it is a user's, of the configuration or of the store, and no visitor's.
    async fn is_own(&self, id: &McServiceId) -> Result<bool, Refused> {
        if self.rules.load().users.iter().any(|user| user.ids.all().any(|own| own == id)) {
            return Ok(true);
        }
        let Some(record) = self.record(&keys::id(id)).await? else { return Ok(false) };
        Ok(keys::primary_of(std::str::from_utf8(&record.value).unwrap_or_default()).is_none())
    }
}
