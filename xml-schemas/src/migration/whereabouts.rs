//! Where users of the own system work now: asked of its MC service server, which knows, by the servers that have something for
//! them. *Provisional*, the project's own. TS 23.280 10.6.3.3 step 7 records what is asked for
//!
//! One message is of one MC service, and of as many users as there is news of. The first stands in the information document, as the
//! only one would; the others in the companion's `target-list`.

use super::{
    Correlation,
    provisional::{named, provisional},
    sheet::{Sense, Sheet},
};
use crate::{
    body::{
        Content,
        interconnection_info::{McService, Outcome, Party, ResultInfo, Target},
    },
    flow::{BadBody, Carriage, Disclose, Flow as _, Open, Part, Question},
    ids::{McServiceId, RequestId},
    mime::{self, kind},
};

/// Where do these users work?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WhereaboutsRequest {
    /// M. Ties the answer to it.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service IDs in the own system, which is the primary one; at least one.
    pub users: Vec<McServiceId>,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whereabouts {
    /// M. What is answered.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. Of each who was asked about; at least one.
    pub places: Vec<Place>,
}

/// Where one user works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// M. The MC service ID in the own system.
    pub primary: McServiceId,
    /// The MC service ID in the partner system, whose domain says which that is; none of a user who has not migrated.
    pub partner: Option<McServiceId>,
}

/// These users have gone, or are back: whoever acts on that asks where they work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationChanged {
    /// M. This notice's own.
    pub request_id: RequestId,
    /// The MC service concerned.
    pub service: McService,
    /// M. The MC service IDs in the own system; at least one.
    pub users: Vec<McServiceId>,
}

impl Whereabouts {
    /// Where this user works: none where that is at home, or nothing is said of him.
    #[must_use]
    pub fn of(&self, user: &McServiceId) -> Option<&McServiceId> {
        self.place(user)?.partner.as_ref()
    }

    /// Whether something is said of this user.
    #[must_use]
    pub fn is_about(&self, user: &McServiceId) -> bool {
        self.place(user).is_some()
    }

    fn place(&self, user: &McServiceId) -> Option<&Place> {
        self.places.iter().find(|place| place.primary == *user)
    }
}

provisional!(WhereaboutsRequest, kind::WHEREABOUTS_REQUEST, Open);
provisional!(Whereabouts, kind::WHEREABOUTS, Disclose);
provisional!(MigrationChanged, kind::MIGRATION_CHANGED, Open);

impl Question for WhereaboutsRequest {
    type Answer = Whereabouts;
}

impl Carriage for WhereaboutsRequest {
    fn split(&self) -> Vec<Part<'static>> {
        of_users(self.service, &self.request_id, &self.users).split(Sense::Request, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Request, Self::NAME)?;
        Ok(Self { request_id: named(&sheet)?, service: sheet.service, users: users(&sheet)? })
    }
}

impl Carriage for Whereabouts {
    fn split(&self) -> Vec<Part<'static>> {
        let mut sheet = Sheet::new(self.service, &Correlation::named(self.request_id.clone()));
        let mut places = self.places.iter().cloned();
        if let Some(Place { primary, partner }) = places.next() {
            sheet.elements.primary = Some(primary.into());
            sheet.elements.result = Some(partner.is_some().into());
            sheet.result = Some(outcome(partner.as_ref()));
            sheet.elements.partner = partner.map(Into::into);
        }
        sheet.targets = places.map(Place::into_target).collect();
        sheet.split(Sense::Response, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Response, Self::NAME)?;
        let partner = sheet.elements.partner.is_some().then(|| sheet.partner()).transpose()?;
        let mut places = vec![Place { primary: sheet.primary()?, partner }];
        for target in &sheet.targets {
            places.push(Place::of_target(target)?);
        }
        Ok(Self { request_id: named(&sheet)?, service: sheet.service, places })
    }
}

impl Carriage for MigrationChanged {
    fn split(&self) -> Vec<Part<'static>> {
        of_users(self.service, &self.request_id, &self.users).split(Sense::Request, Self::NAME)
    }

    fn join(parts: &[Part<'_>]) -> Result<Self, BadBody> {
        let sheet = Sheet::join(parts, Sense::Request, Self::NAME)?;
        Ok(Self { request_id: named(&sheet)?, service: sheet.service, users: users(&sheet)? })
    }
}

impl Place {
    fn into_target(self) -> Target {
        let result = Some(outcome(self.partner.as_ref()));
        Target { result, partner: self.partner.map(Into::into), ..Target::user(self.primary) }
    }

    fn of_target(target: &Target) -> Result<Self, BadBody> {
        let partner = target.partner.as_ref().map(|partner| clear(partner, "partner-mcs-id")).transpose()?;
        Ok(Self { primary: user(target)?, partner })
    }
}

fn of_users(service: McService, request_id: &RequestId, users: &[McServiceId]) -> Sheet {
    let mut sheet = Sheet::new(service, &Correlation::named(request_id.clone()));
    let mut users = users.iter().cloned();
    sheet.elements.primary = users.next().map(Into::into);
    sheet.targets = users.map(Target::user).collect();
    sheet
}

fn users(sheet: &Sheet) -> Result<Vec<McServiceId>, BadBody> {
    let others = sheet.targets.iter().map(user);
    std::iter::once(sheet.primary()).chain(others).collect()
}

/// A role migrates nowhere.
fn user(target: &Target) -> Result<McServiceId, BadBody> {
    match &target.party {
        Party::User(id) => clear(id, "mcs-id"),
        Party::Alias(_) => Err(BadBody::UnsupportedTarget),
    }
}

fn clear(id: &Content<McServiceId>, element: &'static str) -> Result<McServiceId, BadBody> {
    id.plain().cloned().map_err(|_| BadBody::encrypted(mime::INTERCONNECTION_INFO, element))
}

fn outcome(partner: Option<&McServiceId>) -> ResultInfo {
    ResultInfo::new(if partner.is_some() { Outcome::Success } else { Outcome::Fail })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::body::Body as _;

    fn id(user: &str) -> McServiceId {
        McServiceId::new(&format!("sip:{user}@a.example")).unwrap()
    }

    fn request_id() -> RequestId {
        RequestId::new("n-1").unwrap()
    }

    fn read<F: Carriage>(flow: &F) -> F {
        F::join(&flow.split()).unwrap()
    }

    #[test]
    fn c10_6_3_one_notice_and_one_question_are_of_as_many_users_as_there_is_news_of() {
        for users in [vec![id("alice")], vec![id("alice"), id("dave"), id("erin")]] {
            let (request_id, service) = (request_id(), McService::McVideo);
            let notice = MigrationChanged { request_id: request_id.clone(), service, users: users.clone() };
            assert_eq!(read(&notice), notice);
            let question = WhereaboutsRequest { request_id, service, users };
            assert_eq!(read(&question), question);
        }
    }

    #[test]
    fn c10_6_3_each_user_has_a_place_of_his_own_in_the_answer() {
        let there = McServiceId::new("sip:m1@b.example").unwrap();
        let place = |user: &str, partner: Option<&McServiceId>| Place {
            primary: id(user),
            partner: partner.cloned(),
        };
        for first in [None, Some(&there)] {
            let places = vec![place("alice", first), place("dave", None), place("erin", Some(&there))];
            let answer = Whereabouts { request_id: request_id(), service: McService::Mcptt, places };
            assert_eq!(read(&answer), answer);
            assert_eq!(answer.of(&id("erin")), Some(&there));
            assert_eq!(answer.of(&id("dave")), None);
            assert!(answer.is_about(&id("dave")) && !answer.is_about(&id("frank")));
        }
    }

    #[test]
    fn c10_6_3_a_role_works_nowhere() {
        use crate::{body::InterconnectionInfo, ids::FunctionalAlias};
        let notice = MigrationChanged {
            request_id: request_id(),
            service: McService::Mcptt,
            users: vec![id("alice")],
        };
        let mut parts = notice.split();
        let mut companion = InterconnectionInfo::read(&parts[1].bytes).unwrap();
        let alias = FunctionalAlias::new("sip:lead@a.example").unwrap();
        companion.targets = vec![Target { party: Party::Alias(alias.into()), ..Target::user(id("alice")) }];
        parts[1] = Part::of(&companion);
        assert_eq!(MigrationChanged::join(&parts), Err(BadBody::UnsupportedTarget));
    }
}
