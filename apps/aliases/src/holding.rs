//! Who holds an alias, and what activation, take-over and de-activation do to that.
//! TS 23.280 clauses 10.13.4 to 10.13.8

use std::time::{Duration, SystemTime};

use kit::{Cause, Impu};
use serde::{Deserialize, Serialize};
use xml_schemas::ids::McServiceId;

use crate::config::Alias;

/// On so many of his clients a user holds an alias at most.
const CLIENTS: usize = 16;

/// An alias as a user holds it on one of his clients.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// Who.
    pub user: McServiceId,
    /// The public user identity by which he asked.
    pub impu: Impu,
    /// On which client: the tuple of his presence.
    pub client: String,
    /// Since when.
    pub since: SystemTime,
    /// Until when, unless it is activated anew.
    pub until: SystemTime,
    /// The entity tag of the PUBLISH that activated it last (RFC 3903).
    pub tag: String,
}

/// All who hold one alias, in the order of activation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Holding(pub(crate) Vec<Held>);

/// That a user wants an alias.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) user: McServiceId,
    pub(crate) impu: Impu,
    pub(crate) client: String,
    pub(crate) tag: String,
    pub(crate) lifetime: Duration,
}

/// What came of a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Claimed {
    /// He held it on this client, and goes on.
    Renewed,
    /// He holds it now.
    Activated,
    /// He holds it now, and these do no more.
    TakenOver(Vec<Held>),
}

impl Holding {
    /// Takes out what has ended by itself.
    pub(crate) fn retire(&mut self, now: SystemTime) -> Vec<Held> {
        self.release(|held| held.until <= now)
    }

    /// Takes out what is picked.
    pub(crate) fn release(&mut self, which: impl Fn(&Held) -> bool) -> Vec<Held> {
        let (gone, kept) = std::mem::take(&mut self.0).into_iter().partition(|held| which(held));
        self.0 = kept;
        gone
    }

    /// Activates the alias for a user, or renews it.
    ///
    /// Where as many users hold it as may, whoever takes it over has it in the stead of the one who has held it longest.
    ///
    /// # Errors
    /// [`Cause::RequesterNotAuthorized`] where he may not hold it; [`Cause::AliasInUse`] where as many users hold it as may, and
    /// he does not take it over, or may not; or where he holds it on as many clients as may be.
    pub(crate) fn claim(
        &mut self,
        rules: &Alias,
        claim: &Claim,
        takes_over: bool,
        now: SystemTime,
    ) -> Result<Claimed, Cause> {
        if !rules.users.contains(&claim.user) {
            return Err(Cause::RequesterNotAuthorized);
        }
        let until = now.checked_add(claim.lifetime).unwrap_or(now);
        let mine = |held: &&mut Held| held.user == claim.user && held.client == claim.client;
        if let Some(held) = self.0.iter_mut().find(mine) {
            (held.until, held.tag) = (until, claim.tag.clone());
            held.impu = claim.impu.clone();
            return Ok(Claimed::Renewed);
        }
        let outcome = self.make_room(rules, &claim.user, takes_over)?;
        let Claim { user, impu, client, tag, .. } = claim.clone();
        self.0.push(Held { user, impu, client, since: now, until, tag });
        Ok(outcome)
    }

    fn make_room(&mut self, rules: &Alias, user: &McServiceId, takes_over: bool) -> Result<Claimed, Cause> {
        let mut users: Vec<&McServiceId> = Vec::new();
        for held in &self.0 {
            if !users.contains(&&held.user) {
                users.push(&held.user);
            }
        }
        // A client's name is the user's to choose: without a bound he would hold it on clients without end.
        if self.0.iter().filter(|held| held.user == *user).count() >= CLIENTS {
            return Err(Cause::AliasInUse);
        }
        // Another client of one who holds it already takes nobody's place.
        if users.contains(&user) || users.len() < rules.limit {
            return Ok(Claimed::Activated);
        }
        match users.first().map(|first| (*first).clone()) {
            Some(first) if takes_over && rules.take_over => {
                Ok(Claimed::TakenOver(self.release(|held| held.user == first)))
            }
            _ => Err(Cause::AliasInUse),
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let kept: Vec<Kept> = serde_json::from_slice(bytes).ok()?;
        kept.into_iter().map(Kept::held).collect::<Option<Vec<Held>>>().map(Self)
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.0.iter().map(Kept::of).collect::<Vec<_>>())
    }
}

/// As the store keeps it.
#[derive(Serialize, Deserialize)]
struct Kept {
    user: String,
    impu: String,
    client: String,
    since: SystemTime,
    until: SystemTime,
    tag: String,
}

impl Kept {
    fn of(held: &Held) -> Self {
        let Held { user, impu, client, since, until, tag } = held.clone();
        let (user, impu) = (user.as_str().to_owned(), impu.as_str().to_owned());
        Self { user, impu, client, since, until, tag }
    }

    fn held(self) -> Option<Held> {
        let Self { user, impu, client, since, until, tag } = self;
        let (user, impu) = (McServiceId::new(&user).ok()?, Impu::new(&impu).ok()?);
        Some(Held { user, impu, client, since, until, tag })
    }
}

#[cfg(test)]
mod tests;
