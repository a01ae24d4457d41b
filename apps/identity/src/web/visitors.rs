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
    web::{id_of, out_of_turn, overtaken, problem},
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
        let word = match *request.method() {
            Method::PUT => Word::Yes,
            Method::DELETE if request.uri().query() == Some(UNDO) => Word::TakenBack,
            Method::DELETE => Word::No,
            Method::GET | Method::HEAD => {
                return self.whose(&id).await.unwrap_or_else(|refused| refused.response());
            }
            _ => return not_allowed("GET, HEAD, PUT, DELETE"),
        };
        let done = match Turn::of(request.headers()) {
            Ok(turn) => self.hear(by, &id, (word, turn)).await,
            Err(unreadable) => return out_of_turn(unreadable),
        };
        done.unwrap_or_else(|refused| refused.response())
    }

    /// Hears what the own ACM server says. A yes gets the visitor tokens from now on, with the same MC service ID as ever; with a no he
    /// gets none, whatever `visitors` of his system says. Where a yes is taken back, what was said of him before counts again; where
    /// nothing was, the operator's list. The tokens of whoever gets none any more count no more.
    async fn hear(
        &self,
        by: &str,
        primary: &McServiceId,
        (word, turn): (Word, Option<Turn>),
    ) -> Result<Response<Bytes>, Refused> {
        let Some(partner) = self.partner_of(primary) else { return Ok(of_no_partner()) };
        let key = keys::admitted(&partner.name, primary);
        for _ in 0..TRIES {
            let seen = self.record(&key).await?;
            let before = Said::kept(seen.as_ref());
            let said = match before.then(word, turn) {
                Ok(said) => said,
                Err(last) => return Ok(overtaken(last)),
            };
            let mut batch = said.keep(Batch::new(), &key, seen.as_ref(), self.now());
            if said.is_news_after(before, word) {
                if !said.is_yes().unwrap_or_else(|| partner.sends(primary)) {
                    batch = self.take_tokens(batch, (primary, partner)).await?;
                }
                batch = self.told(batch, word, by, (primary, partner));
            }
            let mut answer = json!({});
            if word == Word::Yes {
                let (with, id) = self.visitor_with_id(batch, (partner, primary)).await?;
                (batch, answer) = (with, json!({ "id": id.as_str() }));
            }
            if self.use_up(batch).await?.is_some() {
                return Ok(oauth::json(StatusCode::OK, &answer));
            }
        }
        Err(Refused::new(Code::TemporarilyUnavailable, "the visitor is being written by somebody else"))
    }

    /// The ID that the visitor has here, or is given.
    async fn visitor_with_id(
        &self,
        batch: Batch,
        (partner, primary): (&Partner, &McServiceId),
    ) -> Result<(Batch, McServiceId), Refused> {
        let visitor = keys::visitor(&partner.name, primary);
        let Some(record) = self.record(&visitor).await? else {
            return self.new_visitor(batch, &visitor, (partner, primary), 0);
        };
        let lost = || fault("a visitor's record holds no ID", &partner.name);
        let id = read::<Allocated>(&record.value)?.id.ok_or_else(lost)?;
        Ok((batch.expect_version(visitor, record.version), id))
    }

    /// What the visitor has counts no more, where the operator wants it; what was issued in this second neither, nor by a server whose
    /// clock is ahead.
    async fn take_tokens(
        &self,
        batch: Batch,
        (primary, partner): (&McServiceId, &Partner),
    ) -> Result<Batch, Refused> {
        if !self.config.removed_leave {
            return Ok(batch);
        }
        let visitor = keys::visitor(&partner.name, primary);
        let kept = self.record(&visitor).await?;
        let (batch, kept) = match kept {
            Some(record) => {
                (batch.expect_version(visitor, record.version), read::<Allocated>(&record.value)?)
            }
            None => (batch.expect_absent(visitor), Allocated { id: None, issued: 0 }),
        };
        let (now, subject) = (self.now(), revoked::subject_of_visitor(&partner.name, primary.as_str()));
        let before = (kept.id.as_ref(), seconds(now).max(kept.issued) + 1);
        Ok(revoked::visitor(batch, &subject, before, now + revoked::LONGEST))
    }

    fn told(
        &self,
        batch: Batch,
        word: Word,
        by: &str,
        (primary, partner): (&McServiceId, &Partner),
    ) -> Batch {
        let what = match word {
            Word::Yes => "admitted",
            Word::No => "sent-away",
            Word::TakenBack => "taken-back",
        };
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

/// The query by which an admission is taken back.
const UNDO: &str = "undo";
