//! Values that only one document of a usage may hold (RFC 4825 clause 5.3), kept beside the documents and by the same
//! commits.

use std::collections::BTreeSet;

use bytes::Bytes;
use store::Batch;
use xcap::{Answer, Check, Claim, Target, Tree, Usage, XcapError};

use super::{Documents, Trouble};

/// How many other values are tried before none is proposed.
const ALTERNATIVES: u32 = 20;

impl Documents {
    /// Adds to a batch what the values of a document, as it shall be, need: a claim for each new one, none for those that
    /// it holds no longer. The answer is 409 where another document holds one.
    pub(super) async fn claim(
        &self,
        mut batch: Batch,
        usage: &Usage,
        key: &Bytes,
        before: &[Claim],
        after: &[Claim],
    ) -> Result<Result<Batch, Answer>, Trouble> {
        let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (values(before), values(after));
        for claim in after.iter().filter(|claim| !old.contains(&*claim.value)) {
            let claimed = self.keys.claim(&usage.auid, &claim.value);
            match self.store.get(&claimed).await? {
                Some(record) if record.value != *key => {
                    let alternatives = self.alternatives(usage, claim).await?;
                    return Ok(Err(claim.conflict(alternatives).into()));
                }
                Some(record) => batch = batch.expect_version(claimed, record.version),
                None => batch = batch.expect_absent(claimed.clone()).put(claimed, key.clone()),
            }
        }
        for value in old.difference(&new) {
            batch = batch.delete(self.keys.claim(&usage.auid, value));
        }
        Ok(Ok(batch))
    }

    async fn alternatives(&self, usage: &Usage, claim: &Claim) -> Result<Vec<String>, Trouble> {
        for number in 2..ALTERNATIVES {
            let value = claim.alternative(number);
            if self.store.get(&self.keys.claim(&usage.auid, &value)).await?.is_none() {
                return Ok(vec![value]);
            }
        }
        Ok(Vec::new())
    }

    /// The document that holds the value by which a target names it.
    pub(super) async fn aliased(&self, usage: &Usage, target: &Target) -> Result<Option<Bytes>, Trouble> {
        let Some(value) = alias_value(usage, target) else { return Ok(None) };
        Ok(self.store.get(&self.keys.claim(&usage.auid, value)).await?.map(|record| record.value))
    }
}

fn values(claims: &[Claim]) -> BTreeSet<&str> {
    claims.iter().map(|claim| claim.value.as_str()).collect()
}

/// The value by which a target names a document of another tree, where its folder is one of aliases.
pub(super) fn alias_value<'t>(usage: &Usage, target: &'t Target) -> Option<&'t str> {
    let (folder, value) = target.document.split_once('/').filter(|_| target.tree == Tree::Global)?;
    let is_folder =
        |check: &Check| matches!(check, Check::UniqueOnServer { alias: Some(name), .. } if name == folder);
    usage.checks.iter().any(is_folder).then_some(value)
}

/// A document that is put by its alias keeps the value by which it is found: a GET finds what was put.
pub(super) fn keeps_alias(usage: &Usage, asked: &Target, after: &[Claim]) -> Result<(), Answer> {
    match alias_value(usage, asked) {
        Some(value) if !after.iter().any(|claim| claim.value == value) => {
            let phrase = "the document would not be found by this name";
            Err(XcapError::Constraint(Some(phrase.to_owned())).into())
        }
        _ => Ok(()),
    }
}
