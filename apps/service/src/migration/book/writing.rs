//! Changes: several records at once or none, in the store first. What changes in the book of migrations and what changes with it in
//! bindings is one commit, so that no moment finds the one without the other.

mod entered;

use audit::Entry;
use kit::{Cx, Fault};
use store::{Batch, CommitError, Record, Version};
use xml_schemas::ids::McServiceId;

use super::{Index, Migrations, Who};
use crate::{
    Mcs,
    authorization::{Draft, moment},
    migration::{
        letter::{LETTERS, Letter},
        record::{MARKS, Mark, RECORDS, VISITS, Visit, key, of_key},
    },
};

/// Changes that are made together.
#[derive(Default)]
pub(crate) struct Changes {
    batch: Batch,
    steps: Vec<Step>,
    bindings: Vec<Draft>,
    /// What stands in the audit log beside what the steps say by themselves.
    entries: Vec<Entry>,
    /// By whose word something ends, where it is not this server's own.
    by: Option<String>,
}

enum Step {
    PutMark(Mark),
    /// A mark on which two systems had agreed holds again.
    RestoreMark(Mark),
    DropMark(Who),
    PutVisit(Visit),
    DropVisit(Who),
    Letter(String, Letter),
    NoLetter(String),
}

/// What came of changes.
pub(crate) enum Written {
    /// They are made.
    Done(Made),
    /// Somebody else was first: what was seen is read again by now.
    Conflict,
}

/// What follows from changes that were made.
pub(crate) struct Made {
    /// The commit.
    pub(crate) version: Version,
    /// What is to be delivered.
    pub(crate) letters: Vec<(String, Letter)>,
    /// Whose authorizations may be others.
    pub(crate) users: Vec<McServiceId>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn expect(mut self, key: &str, seen: Option<Version>) -> Self {
        self.batch = match seen {
            Some(version) => self.batch.expect_version(key.to_owned(), version),
            None => self.batch.expect_absent(key.to_owned()),
        };
        self
    }

    /// Only as long as nobody has written this record since it was seen.
    pub(crate) fn unless_written(self, (key, seen): (String, Option<Version>)) -> Self {
        self.expect(&key, seen)
    }

    /// Writes a mark; none must have been written since this one was seen.
    pub(crate) fn put_mark(self, mark: Mark, seen: Option<Version>) -> Self {
        let key = mark.key();
        let mut this = self.expect(&key, seen);
        this.batch = this.batch.put(key, mark.encode());
        this.steps.push(Step::PutMark(mark));
        this
    }

    /// The mark on which two systems had agreed takes the place again of the one that was to take its own.
    pub(crate) fn restore_mark(self, former: Mark, seen: Version) -> Self {
        let mut this = self.put_mark(former, Some(seen));
        if let Some(Step::PutMark(mark)) = this.steps.pop() {
            this.steps.push(Step::RestoreMark(mark));
        }
        this
    }

    /// What ends with these changes ends by the word of this system.
    pub(crate) fn by(self, system: &str) -> Self {
        Self { by: Some(system.to_owned()), ..self }
    }

    pub(crate) fn drop_mark(self, mark: &Mark, seen: Version) -> Self {
        let key = mark.key();
        let mut this = self.expect(&key, Some(seen));
        this.batch = this.batch.delete(key);
        this.steps.push(Step::DropMark((mark.service, mark.primary.clone())));
        this
    }

    pub(crate) fn put_visit(self, visit: Visit, seen: Option<Version>) -> Self {
        let key = visit.key();
        let mut this = self.expect(&key, seen);
        this.batch = this.batch.put(key, visit.encode());
        this.steps.push(Step::PutVisit(visit));
        this
    }

    pub(crate) fn drop_visit(self, visit: &Visit, seen: Version) -> Self {
        let key = visit.key();
        let mut this = self.expect(&key, Some(seen));
        this.batch = this.batch.delete(key);
        this.steps.push(Step::DropVisit((visit.service, visit.partner.clone())));
        this
    }

    /// Something is to be told; `id` is a name that no other letter has.
    pub(crate) fn letter(self, id: &str, letter: Letter) -> Self {
        self.letter_again(format!("{LETTERS}{id}"), letter)
    }

    /// A letter that is kept says something else from then on.
    pub(crate) fn letter_again(mut self, key: String, letter: Letter) -> Self {
        self.batch = self.batch.put_until(key.clone(), letter.encode(), moment(letter.until));
        self.steps.push(Step::Letter(key, letter));
        self
    }

    /// This is bound to an identity from then on; what changes nothing there must still be so.
    pub(crate) fn bind(mut self, draft: Draft) -> Self {
        self.batch = draft.enter(self.batch);
        self.bindings.push(draft);
        self
    }

    /// Stands in the audit log.
    pub(crate) fn logged(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// It is told, or need not be any more.
    pub(crate) fn no_letter(mut self, key: &str) -> Self {
        self.batch = self.batch.delete(key.to_owned());
        self.steps.push(Step::NoLetter(key.to_owned()));
        self
    }
}

/// Makes changes.
///
/// # Errors
/// [`Fault`] where the store cannot keep them. What has changed then, if anything, is found by reading.
pub(crate) async fn write(cx: &Cx<Mcs>, changes: Changes) -> Result<Written, Fault> {
    let Changes { batch, steps, bindings, entries, by } = changes;
    // An act and its entry are kept together or not at all.
    let said = entered::of(cx, &steps, by.as_deref());
    let batch = entries.iter().chain(&said).fold(batch, |batch, entry| cx.log().enter(batch, entry));
    let keys: Vec<_> = batch.preconditions().iter().map(|each| each.key.clone()).collect();
    let (authorizations, migrations) = (cx.authorizations(), cx.migrations());
    let version = match authorizations.store().commit(batch).await {
        Ok(version) => version,
        Err(CommitError::Conflict(_)) => {
            read_again(cx, &keys, &bindings).await?;
            return Ok(Written::Conflict);
        }
        Err(CommitError::Fault(fault)) => {
            // It may have been kept all the same: what is known is as it is kept, or as it was.
            drop(read_again(cx, &keys, &bindings).await);
            return Err(fault.into());
        }
    };
    let letters = migrations.map(|migrations| migrations.took(&keys, steps, version)).unwrap_or_default();
    let mut users: Vec<McServiceId> = Vec::new();
    for draft in &bindings {
        authorizations.took(draft, version);
        users.extend(draft.users());
    }
    Ok(Written::Done(Made { version, letters, users }))
}

async fn read_again(cx: &Cx<Mcs>, keys: &[bytes::Bytes], bindings: &[Draft]) -> Result<(), Fault> {
    if let Some(migrations) = cx.migrations() {
        for key in keys {
            migrations.read_again(key).await?;
        }
    }
    for draft in bindings {
        cx.authorizations().refresh(&draft.impu).await?;
    }
    Ok(())
}

impl Migrations {
    /// The changes are kept, as of this version. Which letters are among them.
    fn took(&self, keys: &[bytes::Bytes], steps: Vec<Step>, version: Version) -> Vec<(String, Letter)> {
        let mut written = Vec::new();
        {
            let (mut index, mut letters) = (self.index.write(), self.letters.lock());
            keys.iter().for_each(|key| self.loading.apart(key));
            for step in steps {
                match step {
                    Step::PutMark(mark) | Step::RestoreMark(mark) => index.put_mark(mark, version),
                    Step::DropMark(who) => index.drop_mark(&who),
                    Step::PutVisit(visit) => index.put_visit(visit, version),
                    Step::DropVisit(who) => index.drop_visit(&who),
                    Step::Letter(key, letter) => {
                        letters.put(key.clone(), letter.clone());
                        written.push((key, letter));
                    }
                    Step::NoLetter(key) => letters.remove(&key),
                }
            }
        }
        self.count();
        written
    }

    /// What the store has of this user now: another process of the same server may have written it a moment ago.
    pub(crate) async fn read_user_again(&self, user: &McServiceId) -> Result<(), Fault> {
        for service in super::MIGRATE {
            for prefix in [MARKS, VISITS] {
                self.read_again(key(prefix, service, user).as_bytes()).await?;
            }
        }
        Ok(())
    }

    /// As [`Migrations::read_user_again`], of an own user's marks alone.
    pub(crate) async fn read_marks_again(&self, user: &McServiceId) -> Result<(), Fault> {
        for service in super::MIGRATE {
            self.read_again(key(MARKS, service, user).as_bytes()).await?;
        }
        Ok(())
    }

    /// Another process of the same server has written this record, or deleted it. What is written here while the store is asked is not
    /// undone by what the store said before.
    pub(crate) async fn read_again(&self, key: &[u8]) -> Result<(), Fault> {
        if !key.starts_with(RECORDS.as_bytes()) {
            return Ok(());
        }
        loop {
            let before = self.version(&self.index.read(), key);
            let kept = self.store.get(key).await?;
            let mut index = self.index.write();
            if self.version(&index, key) == before {
                self.loading.apart(key);
                // What is known already need not be read again.
                if kept.as_ref().map(|kept| kept.version) != before {
                    self.install(&mut index, key, kept.as_ref());
                }
                return Ok(());
            }
        }
    }

    /// Which writing of a record is known; of a letter, whether it is.
    fn version(&self, index: &Index, key: &[u8]) -> Option<Version> {
        if let Some(who) = of_key(MARKS, key) {
            return index.mark(&who).map(|(_, version)| *version);
        }
        if let Some(who) = of_key(VISITS, key) {
            return index.visit(&who).map(|(_, version)| *version);
        }
        std::str::from_utf8(key).is_ok_and(|key| self.is_letter(key)).then_some(Version(0))
    }

    /// The record as it is kept; none where it is not, or cannot be read.
    fn install(&self, index: &mut Index, key: &[u8], kept: Option<&Record>) {
        if let Some(who) = of_key(MARKS, key) {
            let mark = kept.and_then(|kept| Some((Mark::decode(key, &kept.value)?, kept.version)));
            match mark {
                Some((mark, version)) => index.put_mark(mark, version),
                None => index.drop_mark(&who),
            }
        } else if let Some(who) = of_key(VISITS, key) {
            let visit = kept.and_then(|kept| Some((Visit::decode(key, &kept.value)?, kept.version)));
            match visit {
                Some((visit, version)) => index.put_visit(visit, version),
                None => index.drop_visit(&who),
            }
        } else if let Ok(key) = std::str::from_utf8(key) {
            match kept.and_then(|kept| Letter::decode(&kept.value)) {
                Some(letter) => self.letters.lock().put(key.to_owned(), letter),
                None => self.letters.lock().remove(key),
            }
        }
    }
}
