//! Who may touch documents of the own system, what they may define, and what a change of them promises to partners.

use kit::{
    Live,
    audit::Log,
    documents::{Change, Custom},
};
use store::Batch;
use xcap::{Act, Claim, Denied, Target, Tree, Usage, XcapError};

use crate::{
    FUNCTION,
    config::Rules,
    group::{AUID, GroupId},
    keys, members,
};

/// The rules as they are now, shared by the server and its documents.
pub(crate) type Book = Live<Rules>;

/// What the server adds to its documents.
pub(crate) struct Guard {
    pub(crate) book: Book,
    /// Documents that one user may keep of each usage other than groups.
    pub(crate) per_user: usize,
    pub(crate) log: Log,
    /// As whom the log knows the server itself.
    pub(crate) own: String,
}

impl Custom for Guard {
    /// Administrators do everything, creators what concerns their own tree; nobody writes a partner's group. Members and own servers, who read, are let in
    /// before this is asked.
    fn may(
        &self,
        principal: Option<&str>,
        usage: &Usage,
        target: &Target,
        act: Act,
    ) -> Option<Result<(), Denied>> {
        let user = principal.filter(|_| usage.auid == AUID)?;
        let rules = self.book.now();
        let is_foreign = |group: &GroupId| !rules.is_own_domain(&group.domain());
        if act == Act::Write && GroupId::of_target(target).as_ref().is_some_and(is_foreign) {
            return Some(Err(Denied::Forbidden));
        }
        if rules.is_administrator(user) {
            return Some(Ok(()));
        }
        match (&target.tree, act) {
            // The usage's own rule says whose tree it is.
            (Tree::User(_), Act::Write) if rules.is_creator(user) => None,
            (Tree::User(_), Act::Read) => None,
            _ => Some(Err(Denied::Forbidden)),
        }
    }

    /// Users keep lists as they please, and a disk has an end. Who may define groups has been trusted with more.
    fn quota(&self, usage: &Usage, _xui: &str) -> Option<usize> {
        (usage.auid != AUID).then_some(self.per_user)
    }

    /// A group defined here is of one of the own domains.
    fn judge(&self, target: &Target, claims: &[Claim]) -> Result<(), XcapError> {
        if target.auid != AUID {
            return Ok(());
        }
        let rules = self.book.now();
        let is_ours =
            |claim: &Claim| GroupId::new(&claim.value).is_some_and(|id| rules.is_own_domain(&id.domain()));
        if claims.iter().all(is_ours) {
            return Ok(());
        }
        Err(XcapError::Constraint(Some("the group identity is not of this MC system's domains".to_owned())))
    }

    /// The promise that partners who have the group are told (10.2.7.2), and who its members are: in one commit with the change.
    fn accompany(&self, batch: Batch, change: &Change<'_>) -> Batch {
        if change.target.auid != AUID {
            return batch;
        }
        let batch = self.log.enter(batch, &self.log.changed(FUNCTION, &self.own, change));
        let rules = self.book.now();
        // The identity of a group is what no other document may hold.
        let groups = change.claims.iter().filter_map(|claim| GroupId::new(&claim.value));
        groups
            .filter(|group| rules.is_own_domain(&group.domain()))
            .fold(members::follow(batch, change), |batch, group| {
                batch.put(keys::changed(&group), group.as_str().to_owned())
            })
    }
}
