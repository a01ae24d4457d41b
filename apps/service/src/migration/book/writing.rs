//! Changes: several records at once or none, in the store first.

use store::{Batch, CommitError, Version};

use super::{Migrations, Who};
use crate::{
    authorization::moment,
    migration::{
        letter::{LETTERS, Letter},
        record::{Mark, Visit},
    },
};

/// Changes that are made together.
#[derive(Default)]
pub(in crate::migration) struct Changes {
    batch: Batch,
    steps: Vec<Step>,
}

enum Step {
    PutMark(Mark),
    DropMark(Who),
    PutVisit(Visit),
    DropVisit(Who),
    Letter(String, Letter),
    NoLetter(String),
}

/// What came of changes.
pub(in crate::migration) enum Written {
    /// They are made. The letters among them are to be delivered.
    Done(Vec<(String, Letter)>),
    /// Somebody else was first: what was seen is read again by now.
    Conflict,
}

impl Changes {
    pub(in crate::migration) fn new() -> Self {
        Self::default()
    }

    fn expect(mut self, key: &str, seen: Option<Version>) -> Self {
        self.batch = match seen {
            Some(version) => self.batch.expect_version(key.to_owned(), version),
            None => self.batch.expect_absent(key.to_owned()),
        };
        self
    }

    /// Writes a mark; none must have been written since this one was seen.
    pub(in crate::migration) fn put_mark(self, mark: Mark, seen: Option<Version>) -> Self {
        let key = mark.key();
        let mut this = self.expect(&key, seen);
        this.batch = this.batch.put(key, mark.encode());
        this.steps.push(Step::PutMark(mark));
        this
    }

    pub(in crate::migration) fn drop_mark(self, mark: &Mark, seen: Version) -> Self {
        let key = mark.key();
        let mut this = self.expect(&key, Some(seen));
        this.batch = this.batch.delete(key);
        this.steps.push(Step::DropMark((mark.service, mark.primary.clone())));
        this
    }

    pub(in crate::migration) fn put_visit(self, visit: Visit, seen: Option<Version>) -> Self {
        let key = visit.key();
        let mut this = self.expect(&key, seen);
        this.batch = this.batch.put(key, visit.encode());
        this.steps.push(Step::PutVisit(visit));
        this
    }

    pub(in crate::migration) fn drop_visit(self, visit: &Visit, seen: Version) -> Self {
        let key = visit.key();
        let mut this = self.expect(&key, Some(seen));
        this.batch = this.batch.delete(key);
        this.steps.push(Step::DropVisit((visit.service, visit.partner.clone())));
        this
    }

    /// Something is to be told; `id` is a name that no other letter has.
    pub(in crate::migration) fn letter(mut self, id: &str, letter: Letter) -> Self {
        let key = format!("{LETTERS}{id}");
        self.batch = self.batch.put_until(key.clone(), letter.encode(), moment(letter.until));
        self.steps.push(Step::Letter(key, letter));
        self
    }

    /// It is told, or need not be any more.
    pub(in crate::migration) fn no_letter(mut self, key: &str) -> Self {
        self.batch = self.batch.delete(key.to_owned());
        self.steps.push(Step::NoLetter(key.to_owned()));
        self
    }
}

impl Migrations {
    /// Makes changes.
    ///
    /// # Errors
    /// [`kit::Fault`] where the store cannot keep them: then nothing has changed.
    pub(in crate::migration) async fn write(&self, changes: Changes) -> Result<Written, kit::Fault> {
        let keys: Vec<_> = changes.batch.preconditions().iter().map(|each| each.key.clone()).collect();
        let version = match self.store.commit(changes.batch).await {
            Ok(version) => version,
            Err(CommitError::Conflict(_)) => {
                for key in keys {
                    self.read_again(&key).await?;
                }
                return Ok(Written::Conflict);
            }
            Err(error) => return Err(error.into()),
        };
        let mut written = Vec::new();
        {
            let (mut index, mut letters) = (self.index.write(), self.letters.lock());
            keys.iter().for_each(|key| self.loading.apart(key));
            for step in changes.steps {
                match step {
                    Step::PutMark(mark) => index.put_mark(mark, version),
                    Step::DropMark(who) => index.drop_mark(&who),
                    Step::PutVisit(visit) => index.put_visit(visit, version),
                    Step::DropVisit(who) => index.drop_visit(&who),
                    Step::Letter(key, letter) => {
                        letters.insert(key.clone(), letter.clone());
                        written.push((key, letter));
                    }
                    Step::NoLetter(key) => drop(letters.remove(&key)),
                }
            }
        }
        self.count();
        Ok(Written::Done(written))
    }

    /// Another process of the same server has written this record, or deleted it.
    pub(in crate::migration) async fn read_again(&self, key: &[u8]) -> Result<(), kit::Fault> {
        use crate::migration::record::{MARKS, VISITS, of_key};
        let kept = self.store.get(key).await?;
        let mut index = self.index.write();
        self.loading.apart(key);
        if let Some(who) = of_key(MARKS, key) {
            match kept
                .as_ref()
                .and_then(|kept| Mark::decode(key, &kept.value).map(|mark| (mark, kept.version)))
            {
                Some((mark, version)) => index.put_mark(mark, version),
                None => index.drop_mark(&who),
            }
        } else if let Some(who) = of_key(VISITS, key) {
            match kept
                .as_ref()
                .and_then(|kept| Visit::decode(key, &kept.value).map(|visit| (visit, kept.version)))
            {
                Some((visit, version)) => index.put_visit(visit, version),
                None => index.drop_visit(&who),
            }
        }
        Ok(())
    }
}
