//! A change that has been decided: what it may not be, what is committed with it, and what is known of it then.

use bytes::Bytes;
use store::{CommitError, Version};
use xcap::{Claim, Commit, Current, Etag, Target, Tree, Usage, XcapError};
use xml::Index;

use super::{
    Applied, Change, Documents, Trouble,
    apply::{Extend, Located},
    claims,
};

impl Documents {
    /// None: somebody else was first, and the request is to be decided again.
    pub(super) async fn keep(
        &self,
        usage: &Usage,
        (asked, by): (&Target, Option<&str>),
        located: &Located,
        commit: Commit,
        extend: Extend<'_>,
    ) -> Result<Option<Applied>, Trouble> {
        let (status, key) = (commit.status(), &located.key);
        let (after, claims) = match commit {
            Commit::Put { text, index, claims, .. } => (Some((text, index)), claims),
            Commit::Delete => (None, Vec::new()),
        };
        if after.is_some()
            && let Some(objected) = self.objection(usage, asked, located, &claims).await?
        {
            return Ok(Some(objected));
        }
        let before = located.current.as_ref();
        let mut held =
            before.map_or_else(Vec::new, |current| xcap::claims(usage, current.text(), current.index()));
        let batch = match self.claim(located.as_read(), usage, key, &held, &claims).await? {
            Ok(batch) => batch,
            Err(answer) => return Ok(Some(Applied::Answered(answer))),
        };
        held.extend(claims);
        let text = after.as_ref().map(|(text, _)| text.as_str());
        let index = after.as_ref().map(|(_, index)| &**index);
        let change = Change { target: &located.target, before, after: text, index, claims: &held, by };
        let batch = match text {
            Some(text) => batch.put(key.clone(), Bytes::copy_from_slice(text.as_bytes())),
            None => batch.delete(key.clone()),
        };
        let batch = extend(self.custom.accompany(batch, &change), &change);
        let version = match self.store.commit(batch).await {
            Ok(version) => version,
            Err(CommitError::Conflict(_)) => return Ok(None),
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        };
        Ok(Some(Applied::Kept { status, etag: self.kept(located, version, after) }))
    }

    /// What a document as it shall be is refused for.
    async fn objection(
        &self,
        usage: &Usage,
        asked: &Target,
        located: &Located,
        claims: &[Claim],
    ) -> Result<Option<Applied>, Trouble> {
        if let Err(answer) = claims::keeps_alias(usage, asked, claims) {
            return Ok(Some(Applied::Answered(answer)));
        }
        if let Err(error) = self.custom.judge(&located.target, claims) {
            return Ok(Some(Applied::Objected(error)));
        }
        match located.version {
            None => Ok(self.beyond_quota(usage, &located.target).await?.map(Applied::Objected)),
            Some(_) => Ok(None),
        }
    }

    /// The entity tag of what has just been kept, if it is a document.
    fn kept(&self, located: &Located, version: Version, after: Option<(String, Box<Index>)>) -> Option<Etag> {
        let Some((text, index)) = after else {
            self.cache.remove(&located.key);
            return None;
        };
        let current = Current::new(text.into(), *index, Etag::new(&version.to_string()));
        self.cache.put(&located.key, version, &current);
        if let Some(hears) = self.hears.get() {
            hears(&located.target, located.current.as_ref().map(Current::etag), &current);
        }
        Some(current.etag().clone())
    }

    /// RFC 4825 clause 8.2.5: 409, where a user has as many documents as may be and this would be one more.
    async fn beyond_quota(&self, usage: &Usage, target: &Target) -> Result<Option<XcapError>, Trouble> {
        let Tree::User(xui) = &target.tree else { return Ok(None) };
        let Some(quota) = self.custom.quota(usage, xui) else { return Ok(None) };
        let kept = self.store.scan(self.keys.user(&target.auid, xui).as_bytes(), None, quota).await?;
        let phrase = format!("a user keeps no more than {quota} documents of this application usage");
        Ok((kept.len() >= quota).then_some(XcapError::Constraint(Some(phrase))))
    }
}
