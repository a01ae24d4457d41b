//! `/mcx/identity/visitors/ID`: the own ACM server has visitors admitted, or sent away. The project's own; answers are JSON.
//! TS 23.280 10.17.5, which says that the partner MC system assigns MC service IDs, and not how
//!
//! `PUT` of a user's ID in his primary MC system admits him, whatever `visitors` of that system says, and answers with the MC service
//! ID that he has here; `DELETE` sends him away, his ID stays his; `DELETE …?undo` takes the last `PUT` back, so that what was before
//! counts again. `GET` of an ID of ours says whose it is. All may be repeated.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kit::{
    Cause, Said, Turn, Word,
    audit::refused_for,
    web::{id_of, overtaken, problem},
};
use serde_json::json;
use store::{Batch, Version};
use wire::Arrival;
use xml_schemas::ids::McServiceId;

use super::not_allowed;
use crate::{
    config::Partner,
    issue::{Allocated, read},
    keys,
    oauth::{self, Code, Refused, fault},
    revoked::{self, seconds},
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
        let Some(id) = id_of(of) else {
            return problem(StatusCode::BAD_REQUEST, "the path does not end in an MC service ID");
        };
        let turn = Turn::of(request.headers());
        let done = match *request.method() {
            Method::PUT => self.admit(by, &id, turn).await,
            Method::DELETE if request.uri().query() == Some(UNDO) => self.take_back(by, &id, turn).await,
            Method::DELETE => self.send_away(by, &id, turn).await,
            Method::GET | Method::HEAD => self.whose(&id).await,
            _ => return not_allowed("GET, HEAD, PUT, DELETE"),
        };
        done.unwrap_or_else(|refused| refused.response())
    }

    /// The visitor gets tokens from now on, with the same MC service ID as ever.
    async fn admit(
        &self,
        by: &str,
        primary: &McServiceId,
        turn: Option<Turn>,
    ) -> Result<Response<Bytes>, Refused> {
        let Some(partner) = self.partner_of(primary) else { return Ok(of_no_partner()) };
        let visitor = keys::visitor(&partner.name, primary);
        for _ in 0..TRIES {
            let batch = match self.hear((primary, partner), Word::Yes, turn).await? {
                Ok((batch, true)) => self.told(batch, "admitted", by, (primary, partner)),
                Ok((batch, false)) => batch,
                Err(late) => return Ok(overtaken(late)),
            };
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
        Err(contended())
    }

    /// The visitor gets no tokens from now on, whatever `visitors` of his system says, and those that he has count no more.
    async fn send_away(
        &self,
        by: &str,
        primary: &McServiceId,
        turn: Option<Turn>,
    ) -> Result<Response<Bytes>, Refused> {
        let Some(partner) = self.partner_of(primary) else { return Ok(of_no_partner()) };
        for _ in 0..TRIES {
            let batch = match self.hear((primary, partner), Word::No, turn).await? {
                Ok((batch, true)) => {
                    let batch = self.take_tokens(batch, (primary, partner)).await?;
                    self.told(batch, "sent-away", by, (primary, partner))
                }
                Ok((batch, false)) => batch,
                Err(late) => return Ok(overtaken(late)),
            };
            if self.use_up(batch).await?.is_some() {
                return Ok(oauth::json(StatusCode::OK, &json!({})));
            }
        }
        Err(contended())
    }

    /// What the visitor has counts no more, where the operator wants it; what was issued in this second neither.
    async fn take_tokens(
        &self,
        batch: Batch,
        (primary, partner): (&McServiceId, &Partner),
    ) -> Result<Batch, Refused> {
        let kept = self.record(&keys::visitor(&partner.name, primary)).await?;
        let kept = kept.map(|record| read::<Allocated>(&record.value)).transpose()?;
        let id = kept.and_then(|kept| kept.id);
        let (now, subject) = (self.now(), revoked::subject_of_visitor(&partner.name, primary.as_str()));
        let before = (id.as_ref(), seconds(now) + 1);
        Ok(match self.config.removed_leave {
            true => revoked::visitor(batch, &subject, before, now + revoked::LONGEST),
            false => batch,
        })
    }

    /// What was said of the visitor before he was admitted counts again; of whom nothing was said, the operator's list.
    async fn take_back(
        &self,
        by: &str,
        primary: &McServiceId,
        turn: Option<Turn>,
    ) -> Result<Response<Bytes>, Refused> {
        let Some(partner) = self.partner_of(primary) else { return Ok(of_no_partner()) };
        for _ in 0..TRIES {
            let batch = match self.hear((primary, partner), Word::TakenBack, turn).await? {
                Ok((batch, true)) => self.told(batch, "taken-back", by, (primary, partner)),
                Ok((batch, false)) => batch,
                Err(late) => return Ok(overtaken(late)),
            };
            if self.use_up(batch).await?.is_some() {
                return Ok(oauth::json(StatusCode::OK, &json!({})));
            }
        }
        Err(contended())
    }

    /// The batch that keeps what is said of a visitor, and whether it is news; or the last word, where this one is older and comes late.
    async fn hear(
        &self,
        (primary, partner): (&McServiceId, &Partner),
        word: Word,
        turn: Option<Turn>,
    ) -> Result<Result<(Batch, bool), Turn>, Refused> {
        let key = keys::admitted(&partner.name, primary);
        let seen = self.record(&key).await?;
        let before = Said::kept(seen.as_ref());
        let batch = |said: Said| said.keep(Batch::new(), &key, seen.as_ref(), self.now());
        let is_news = |said: Said| match word {
            Word::TakenBack => said.is_yes() != before.is_yes(),
            Word::Yes | Word::No => said.is_news_after(before),
        };
        Ok(before.then(word, turn).map(|said| (batch(said), is_news(said))))
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

    /// What the own ACM server has said of a visitor, none where it has said nothing; and which writing of it that is.
    pub(crate) async fn is_admitted(
        &self,
        partner: &Partner,
        primary: &McServiceId,
    ) -> Result<(Option<bool>, Option<Version>), Refused> {
        let record = self.record(&keys::admitted(&partner.name, primary)).await?;
        let said = Said::kept(record.as_ref()).is_yes();
        Ok((said, record.map(|record| record.version)))
    }
}

fn of_no_partner() -> Response<Bytes> {
    problem(StatusCode::NOT_FOUND, "the user is of no partner")
}

fn contended() -> Refused {
    Refused::new(Code::TemporarilyUnavailable, "the visitor is being written by somebody else")
}

/// The query by which an admission is taken back.
const UNDO: &str = "undo";
