//! At the partner: a security token of the primary's identity management server for tokens of ours, with the MC service ID that the
//! visitor has here. TS 33.180 annex B.7.4, RFC 7523, RFC 7521

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use kit::tokens::Invalid;
use serde_json::Value;
use store::{Batch, Record, Version};
use xml_schemas::ids::McServiceId;

use crate::{
    config::{Client, Partner},
    issue::{Allocated, Subject, written},
    keys,
    oauth::{Code, Parameters, Refused, fault},
    revoked::{self, seconds},
    scopes,
    state::Idms,
    users::Ids,
};

/// What a security token may call itself. One that is an access token says so, and is none.
const KINDS: [&str; 1] = ["JWT"];

/// No assertion that counts for longer is taken: that it has been used is remembered for as long.
const LONGEST: Duration = Duration::from_secs(3_600);

/// For how long after its end an assertion is taken, as clocks may be apart.
const LEEWAY: Duration = Duration::from_secs(60);

const REFUSED: Refused = Refused { code: Code::InvalidGrant, why: "the assertion does not count" };

/// What a security token says.
struct Assertion<'p> {
    partner: &'p Partner,
    primary: McServiceId,
    jti: String,
    /// Until when it has to be known that it has been used.
    until: SystemTime,
    /// Which writing of what the own ACM server has said of the user lets him in; none where it has said nothing.
    said: Option<Version>,
    /// When it was presented: what is issued for it is issued then, in seconds since 1970.
    at: u64,
}

/// Why a security token does not count, for the client.
fn told(why: Invalid) -> &'static str {
    match why {
        Invalid::Malformed | Invalid::Kind | Invalid::Missing(_) | Invalid::Claim(..) | Invalid::NoUser => {
            "the assertion cannot be read"
        }
        Invalid::UnknownIssuer => "the assertion is of an issuer or a key that is not known here",
        Invalid::Signature => "the signature of the assertion does not verify",
        Invalid::Audience => "the assertion is not meant for this server",
        Invalid::Expired => "the assertion has expired",
        Invalid::NotYet => "the assertion does not count yet",
        Invalid::Revoked => "the assertion has been revoked",
        Invalid::ForeignUser => "the assertion is of a user for whom its issuer does not speak",
        Invalid::Scope(_) => "the assertion has other scopes",
    }
}

impl Idms {
    pub(super) async fn by_assertion(&self, client: &Client, asked: &Parameters) -> Result<Value, Refused> {
        let token = asked.required("assertion", "the assertion is missing")?;
        let now = self.now();
        let assertion = self.asserted(token, now).await?;
        let Assertion { partner, primary, .. } = &assertion;
        let wanted = asked.get("scope").map_or_else(|| partner.scopes.join(" "), str::to_owned);
        let mut scopes = scopes::granted(&wanted, &client.scopes, &Ids::of_anybody());
        scopes.retain(|scope| partner.scopes.contains(scope));
        if scopes.is_empty() {
            return Err(Refused::new(Code::InvalidScope, "none of the scopes can be had by a visitor"));
        }
        let (ids, sid) = (Ids::same(self.allocate(&assertion).await?), self.world.ids.token());
        let subject = Subject {
            subject: revoked::subject_of_visitor(&partner.name, primary.as_str()),
            ids: &ids,
            primary: Some(primary),
            client: &client.id,
            sid: &sid,
            scopes: &scopes,
            at: assertion.at,
        };
        self.tokens(&subject, None, None, now)
    }

    /// RFC 7523 clause 3: whether an assertion counts, and what it says.
    async fn asserted(&self, token: &str, now: SystemTime) -> Result<Assertion<'_>, Refused> {
        let claims = self.partners.claims(token, &KINDS, now).await.map_err(|why| {
            tracing::info!(target: "mcx::refused", %why, "a security token does not count");
            Refused::new(Code::InvalidGrant, told(why))
        })?;
        let claim = |name: &str| claims.get(name).and_then(Value::as_str);
        let partner = claim("iss").and_then(|name| self.partner(name)).ok_or(REFUSED)?;
        let primary = claim("sub").and_then(|id| McServiceId::new(id).ok()).ok_or(REFUSED)?;
        let (is_admitted, said) = self.is_admitted(partner, &primary).await?;
        if !partner.owns(&primary) || !is_admitted.unwrap_or_else(|| partner.sends(&primary)) {
            return Err(Refused::new(Code::InvalidGrant, "the user is not expected here"));
        }
        let jti = claim("jti").filter(|jti| jti.len() <= 256).ok_or(REFUSED)?.to_owned();
        let expires = claims.get("exp").and_then(Value::as_u64).unwrap_or_default();
        let until = SystemTime::UNIX_EPOCH + Duration::from_secs(expires) + LEEWAY;
        if until > now + LONGEST + LEEWAY {
            return Err(Refused::new(Code::InvalidGrant, "the assertion counts for longer than an hour"));
        }
        Ok(Assertion { partner, primary, jti, until, said, at: seconds(now) })
    }

    /// Uses the assertion up, and returns the MC service ID that its subject has here: the same as ever, or a new one that is on disk
    /// before anybody hears of it.
    async fn allocate(&self, assertion: &Assertion<'_>) -> Result<McServiceId, Refused> {
        let used = keys::assertion(&assertion.partner.name, &assertion.jti);
        let visitor = keys::visitor(&assertion.partner.name, &assertion.primary);
        let said = keys::admitted(&assertion.partner.name, &assertion.primary);
        for _ in 0..8 {
            let batch = Batch::new().expect_absent(used.clone());
            let batch = batch.put_until(used.clone(), Bytes::new(), assertion.until);
            let batch = match assertion.said {
                Some(version) => batch.expect_version(said.clone(), version),
                None => batch.expect_absent(said.clone()),
            };
            let (batch, id) = match self.record(&visitor).await? {
                Some(record) => {
                    let kept: Allocated = crate::issue::read(&record.value)?;
                    let id = kept.id.ok_or(REFUSED)?;
                    let batch = batch.expect_version(visitor.clone(), record.version);
                    let newest = Allocated { id: Some(id.clone()), issued: assertion.at };
                    let batch = match kept.issued < newest.issued {
                        true => batch.put(visitor.clone(), written(&newest)?),
                        false => batch,
                    };
                    (batch, id)
                }
                None => {
                    let who = (assertion.partner, &assertion.primary);
                    self.new_visitor(batch, &visitor, who, assertion.at)?
                }
            };
            if self.use_up(batch).await?.is_some() {
                return Ok(id);
            }
            if self.record(&used).await?.is_some() {
                return Err(Refused::new(Code::InvalidGrant, "the assertion has been used"));
            }
            if self.record(&said).await?.map(|record| record.version) != assertion.said {
                // Something else has been said of him meanwhile: it is looked at when he comes again.
                break;
            }
        }
        Err(Refused::new(Code::TemporarilyUnavailable, "the visitor is being written by somebody else"))
    }

    /// A visitor who has no MC service ID here yet, and the one that he is given; he has tokens that were issued then, or none.
    pub(crate) fn new_visitor(
        &self,
        batch: Batch,
        visitor: &str,
        (partner, primary): (&Partner, &McServiceId),
        issued: u64,
    ) -> Result<(Batch, McServiceId), Refused> {
        let id = match partner.allocated_to(primary) {
            Some(beforehand) => beforehand.clone(),
            None => {
                let domain = self.config.domains.first().map(String::as_str).unwrap_or_default();
                let id = McServiceId::new(&format!("sip:visitor-{}@{domain}", self.world.ids.token()));
                id.map_err(|why| fault("a visitor's identity cannot be made", &why))?
            }
        };
        let (taken, kept) = (keys::id(&id), written(&Allocated { id: Some(id.clone()), issued })?);
        let batch = batch.expect_absent(visitor.to_owned()).put(visitor.to_owned(), kept);
        let batch = batch.expect_absent(taken.clone()).put(taken, visitor.to_owned());
        let entry = self.log.act("identity.visitor.allocated", &*self.config.name).on(primary.as_str());
        let entry = entry.on(id.as_str()).partner(&*partner.name);
        Ok((self.log.enter(batch, &entry), id))
    }

    pub(crate) async fn record(&self, key: &str) -> Result<Option<Record>, Refused> {
        self.store.get(key.as_bytes()).await.map_err(|why| fault("a record cannot be read", &why))
    }
}
