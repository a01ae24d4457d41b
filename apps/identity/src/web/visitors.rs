//! `/mcx/identity/visitors/ID`: the own ACM server has visitors admitted, or sent away. The project's own; answers are JSON.
//! TS 23.280 10.17.5, which says that the partner MC system assigns MC service IDs, and not how
//!
//! `PUT` of a user's ID in his primary MC system admits him, whatever `visitors` of that system says, and answers with the MC service
//! ID that he has here; `DELETE` sends him away, his ID stays his; `DELETE …?undo` takes the last `PUT` back, so that what was before
//! counts again. `GET` of an ID of ours says whose it is. All may be repeated.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{Cause, Said, audit::refused_for, web::problem};
use serde_json::json;
use store::Batch;
use wire::Arrival;
use xml_schemas::ids::McServiceId;

use super::not_allowed;
use crate::{
    config::Partner,
    issue::{Allocated, read},
    keys,
    oauth::{self, Code, Refused, fault},
    state::Idms,
};

/// How often a record is written over that somebody else writes too.
const TRIES: usize = 8;

impl Idms {
    pub(super) async fn visitors(
        &self,
        request: &Request<Bytes>,
        arrival: &Arrival,
        of: &str,
    ) -> Response<Bytes> {
        let Some(by) = self.acm_server(arrival) else {
            let entry = self.log.act("identity.visitor.refused", "somebody").on(of);
            self.log.note("visitors", refused_for(entry, Cause::RequesterNotAuthorized)).await;
            return problem(StatusCode::FORBIDDEN, "only the own ACM server may ask this");
        };
        let Ok(id) = McServiceId::new(of) else {
            return problem(StatusCode::BAD_REQUEST, "the path does not end in an MC service ID");
        };
        let done = match *request.method() {
            Method::PUT => self.admit(by, &id).await,
            Method::DELETE if request.uri().query() == Some(UNDO) => self.take_back(by, &id).await,
            Method::DELETE => self.send_away(by, &id).await,
            Method::GET | Method::HEAD => self.whose(&id).await,
            _ => return not_allowed("GET, HEAD, PUT, DELETE"),
        };
        done.unwrap_or_else(|refused| refused.response())
    }

    /// The visitor gets tokens from now on, with the same MC service ID as ever.
    async fn admit(&self, by: &str, primary: &McServiceId) -> Result<Response<Bytes>, Refused> {
        let Some(partner) = self.partner_of(primary) else {
            return Ok(problem(StatusCode::NOT_FOUND, "the user is of no partner"));
        };
        let (visitor, admitted) =
            (keys::visitor(&partner.name, primary), keys::admitted(&partner.name, primary));
        for _ in 0..TRIES {
            let said = self.record(&admitted).await?;
            let batch = match &said {
                Some(said) => Batch::new().expect_version(admitted.clone(), said.version),
                None => Batch::new().expect_absent(admitted.clone()),
            };
            let yes = Said::yes_after(said.map(|said| Said::read(&said.value)));
            let batch = batch.put(admitted.clone(), yes.written());
            let batch = self.told(batch, "admitted", by, (primary, partner));
            let (batch, id) = match self.record(&visitor).await? {
                Some(record) => {
                    let kept: Allocated = read(&record.value)?;
                    let lost = || fault("a visitor's record holds no ID", &partner.name);
                    (batch.expect_version(visitor.clone(), record.version), kept.id.ok_or_else(lost)?)
                }
                None => self.new_visitor(batch, &visitor, partner, primary)?,
            };
            if self.use_up(batch).await?.is_some() {
                return Ok(oauth::json(StatusCode::OK, &json!({ "id": id.as_str() })));
            }
        }
        Err(Refused::new(Code::TemporarilyUnavailable, "the visitor is being written by somebody else"))
    }

    /// The visitor gets no tokens from now on, whatever `visitors` of his system says.
    async fn send_away(&self, by: &str, primary: &McServiceId) -> Result<Response<Bytes>, Refused> {
        let Some(partner) = self.partner_of(primary) else {
            return Ok(problem(StatusCode::NOT_FOUND, "the user is of no partner"));
        };
        let batch = Batch::new().put(keys::admitted(&partner.name, primary), Said::No.written());
        let batch = self.told(batch, "sent-away", by, (primary, partner));
        match self.use_up(batch).await? {
            Some(()) => Ok(oauth::json(StatusCode::OK, &json!({}))),
            None => Err(Refused::new(
                Code::TemporarilyUnavailable,
                "the visitor is being written by somebody else",
            )),
        }
    }

    /// What was said of the visitor before he was admitted counts again; of whom nothing was said, the operator's list.
    async fn take_back(&self, by: &str, primary: &McServiceId) -> Result<Response<Bytes>, Refused> {
        let Some(partner) = self.partner_of(primary) else {
            return Ok(problem(StatusCode::NOT_FOUND, "the user is of no partner"));
        };
        let admitted = keys::admitted(&partner.name, primary);
        for _ in 0..TRIES {
            let done = || Ok(oauth::json(StatusCode::OK, &json!({})));
            let Some(said) = self.record(&admitted).await? else { return done() };
            let batch = Batch::new().expect_version(admitted.clone(), said.version);
            let Some(batch) = Said::read(&said.value).taken_back(batch, admitted.clone()) else {
                return done();
            };
            if self.use_up(self.told(batch, "taken-back", by, (primary, partner))).await?.is_some() {
                return done();
            }
        }
        Err(Refused::new(Code::TemporarilyUnavailable, "the visitor is being written by somebody else"))
    }

    fn told(
        &self,
        batch: Batch,
        what: &str,
        by: &str,
        (primary, partner): (&McServiceId, &Partner),
    ) -> Batch {
        let entry = self.log.act(format!("identity.visitor.{what}"), by).on(primary.as_str());
        self.log.enter(batch, &entry.partner(&*partner.name))
    }

    /// Whose ID this is: a visitor's, or, as to all who ask here, nobody's.
    async fn whose(&self, id: &McServiceId) -> Result<Response<Bytes>, Refused> {
        let unknown = || Ok(problem(StatusCode::NOT_FOUND, "no visitor has this MC service ID"));
        let Some(record) = self.record(&keys::id(id)).await? else { return unknown() };
        let owner = std::str::from_utf8(&record.value).unwrap_or_default();
        match keys::primary_of(owner) {
            Some(primary) => Ok(oauth::json(StatusCode::OK, &json!({ "primary": primary }))),
            None => unknown(),
        }
    }

    fn partner_of(&self, primary: &McServiceId) -> Option<&Partner> {
        self.config.partners.iter().find(|partner| partner.owns(primary))
    }

    /// What the own ACM server has said of a visitor; none where it has said nothing.
    pub(crate) async fn is_admitted(
        &self,
        partner: &Partner,
        primary: &McServiceId,
    ) -> Result<Option<bool>, Refused> {
        let record = self.record(&keys::admitted(&partner.name, primary)).await?;
        Ok(record.map(|record| Said::read(&record.value).is_yes()))
    }
}

/// The query by which an admission is taken back.
const UNDO: &str = "undo";
