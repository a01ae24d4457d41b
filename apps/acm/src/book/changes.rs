//! Changes that are made together: the case, what waits for whom, and what is to be told. No act without its answer.

use audit::Entry;
use bytes::Bytes;
use store::{Batch, Version};

use super::{
    Effects, keys, moment,
    records::{Open, Waiting},
};
use crate::{
    case::{Case, CaseKey, Seq},
    outbox::Letter,
    people::Clients,
};

/// A place in a lane, or among what was decided about a user, and what it rests on.
pub(crate) struct Turn {
    pub(super) key: String,
    pub(super) seen: Option<Version>,
    pub(crate) seq: Seq,
    pub(super) now: u64,
}

/// It counts among what has ended for as long as it is kept.
fn closed(batch: Batch, case: &Case, until: Option<u64>) -> Batch {
    match until {
        Some(until) => batch.put_until(keys::closed(case), case.weight().to_string(), moment(until)),
        None => batch,
    }
}

/// Milliseconds for which the last place of a lane is remembered: clocks differ by less.
const TURN: u64 = 86_400_000;

/// Changes that are made together or not at all.
#[derive(Default)]
pub(crate) struct Changes {
    pub(super) batch: Batch,
    pub(super) letters: Vec<(Seq, Letter)>,
    /// Of which nothing is to be told any more, since then.
    pub(super) settled: Vec<(Letter, u64)>,
    pub(super) happened: Vec<&'static str>,
    pub(super) entries: Vec<Entry>,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn on(mut self, change: impl FnOnce(Batch) -> Batch) -> Self {
        self.batch = change(self.batch);
        self
    }

    /// Counted once it is kept.
    pub(crate) fn happens(mut self, event: &'static str) -> Self {
        self.happened.push(event);
        self
    }

    /// Stands in the audit log, where there is one.
    pub(crate) fn logged(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// A place in a lane that nobody else must have taken since.
    pub(crate) fn turn(self, turn: &Turn) -> Self {
        self.on(|batch| {
            let key = turn.key.clone();
            let batch = match turn.seen {
                Some(version) => batch.expect_version(key.clone(), version),
                None => batch.expect_absent(key.clone()),
            };
            batch.put_until(key, turn.seq.to_string(), moment(turn.now.saturating_add(TURN)))
        })
    }

    /// A partner is to be given a receipt for what came of him.
    pub(crate) fn receipt_due(self, key: String, partner: &str) -> Self {
        self.on(|batch| batch.put(key, partner.to_owned()))
    }

    /// Has happened once, and is known to have for so long, or for good: a second time is a conflict.
    pub(crate) fn once(self, key: String, until: Option<u64>) -> Self {
        self.on(|batch| {
            let batch = batch.expect_absent(key.clone());
            match until {
                Some(until) => batch.put_until(key, Bytes::new(), moment(until)),
                None => batch.put(key, Bytes::new()),
            }
        })
    }

    /// Is kept for good, where nothing else was before.
    pub(crate) fn pin(self, key: String, value: String) -> Self {
        self.on(|batch| batch.expect_absent(key.clone()).put(key, value))
    }

    /// Takes the place of what was seen.
    pub(crate) fn replaced(self, key: String, value: Vec<u8>, seen: Option<Version>) -> Self {
        self.on(|batch| match seen {
            Some(version) => batch.expect_version(key.clone(), version).put(key, value),
            None => batch.expect_absent(key.clone()).put(key, value),
        })
    }

    /// Writes a case; none must have been written since this one was seen. `until`: where it has ended, how long it is kept.
    pub(crate) fn case(self, case: &Case, seen: Option<Version>, until: Option<u64>) -> Self {
        let key = keys::case(&case.key);
        self.on(|batch| {
            let batch = match seen {
                Some(version) => batch.expect_version(key.clone(), version),
                None => batch.expect_absent(key.clone()),
            };
            let kept = case.kept();
            let batch = match (case.stage.is_end(), seen) {
                (true, Some(_)) if !case.is_told => closed(batch.delete(keys::open(case)), &kept, until),
                (false, None) => batch.put(keys::open(case), Open::of(case).encode()),
                _ => batch,
            };
            match until {
                Some(until) => batch.put_until(key, kept.encode(), moment(until)),
                None => batch.put(key, kept.encode()),
            }
        })
    }

    /// Nobody must have written the case since it was seen.
    pub(crate) fn if_still(self, key: &CaseKey, seen: Version) -> Self {
        self.on(|batch| batch.expect_version(keys::case(key), seen))
    }

    /// A partner is to be told. Another process may have drawn the same place by chance: then it is a conflict, and another is drawn.
    pub(crate) fn letter(mut self, seq: Seq, letter: Letter) -> Self {
        self.batch = self.batch.expect_absent(keys::letter(seq)).put(keys::letter(seq), letter.encode());
        if letter.is_ordered() {
            let lane = keys::lane(&letter.partner, &letter.lane);
            self.batch = self.batch.put(format!("{lane}{seq}"), Bytes::new());
        }
        self.letters.push((seq, letter));
        self
    }

    /// The partner has been told, or need not be.
    pub(crate) fn settled(mut self, seq: Seq, letter: &Letter, now: u64) -> Self {
        self.settled.push((letter.clone(), now));
        self.no_letter(seq, letter)
    }

    /// It is told no more.
    pub(crate) fn no_letter(self, seq: Seq, letter: &Letter) -> Self {
        self.on(|batch| {
            let batch = batch.delete(keys::letter(seq));
            if letter.is_ordered() {
                batch.delete(format!("{}{seq}", keys::lane(&letter.partner, &letter.lane)))
            } else {
                batch
            }
        })
    }

    /// A record is forgotten of which nothing is known but its key.
    pub(crate) fn forgotten(self, key: String) -> Self {
        self.on(|batch| batch.delete(key))
    }

    /// It is decided, and something follows from it, at this place among what was decided.
    pub(crate) fn work(self, key: &CaseKey, place: Seq) -> Self {
        self.on(|batch| batch.put(keys::work(key), place.to_string()))
    }

    /// What follows for this user follows at that place.
    pub(crate) fn next(self, user: &str, place: Seq, key: &CaseKey) -> Self {
        self.on(|batch| batch.put(keys::next_of(user, place), key.text()))
    }

    pub(crate) fn no_work(self, key: &CaseKey) -> Self {
        self.on(|batch| batch.delete(keys::work(key)))
    }

    /// It expires.
    pub(crate) fn due(self, case: &Case) -> Self {
        match case.expires {
            Some(at) => self.on(|batch| batch.put(keys::due(at, &case.key), Bytes::new())),
            None => self,
        }
    }

    pub(crate) fn not_due(self, case: &Case) -> Self {
        match case.expires {
            Some(at) => self.on(|batch| batch.delete(keys::due(at, &case.key))),
            None => self,
        }
    }

    /// Something waits for a user.
    pub(crate) fn wait(self, user: &str, waiting: &Waiting) -> Self {
        let key = keys::wait(user, waiting.is_told, waiting.seq);
        self.on(|batch| batch.put(key, waiting.encode()))
    }

    /// It waits no more.
    pub(crate) fn no_wait(self, user: &str, seq: Seq) -> Self {
        self.on(|batch| batch.delete(keys::wait(user, false, seq)).delete(keys::wait(user, true, seq)))
    }

    /// It waits for whoever holds an alias.
    pub(crate) fn role(self, alias: &str, waiting: &Waiting) -> Self {
        self.on(|batch| batch.put(keys::role(alias, waiting.seq), waiting.encode()))
    }

    pub(crate) fn no_role(self, alias: &str, seq: Seq) -> Self {
        self.on(|batch| batch.delete(keys::role(alias, seq)))
    }

    /// A user can ask what became of it, for as long as it is kept.
    pub(crate) fn listed(self, user: &str, case: &Case, until: Option<u64>) -> Self {
        let (key, value) = (keys::list(user, case.seq), case.key.text());
        self.on(|batch| match until {
            Some(until) => batch.put_until(key, value, moment(until)),
            None => batch.put(key, value),
        })
    }

    /// What a procedure changes.
    pub(crate) fn effects(self, Effects { puts, expects, deletes }: Effects) -> Self {
        self.on(|batch| {
            let batch = expects.into_iter().fold(batch, |batch, (key, seen)| match seen {
                Some(seen) => batch.expect_version(key, seen),
                None => batch.expect_absent(key),
            });
            let batch = puts.into_iter().fold(batch, |batch, (key, value, until)| match until {
                Some(until) => batch.put_until(key, value, moment(until)),
                None => batch.put(key, value),
            });
            deletes.into_iter().fold(batch, Batch::delete)
        })
    }

    /// A registration, by these clients, and none that was written since those were seen.
    pub(crate) fn logged_on(self, impu: &str, clients: &Clients, seen: Option<Version>) -> Self {
        let key = keys::logged_on(impu);
        self.on(|batch| {
            let batch = match seen {
                Some(version) => batch.expect_version(key.clone(), version),
                None => batch.expect_absent(key.clone()),
            };
            batch.put_until(key, clients.encode(), moment(clients.until()))
        })
    }

    /// Whoever is registered no more can be reached no more, whatever his client has published.
    pub(crate) fn logged_off(self, impu: &str) -> Self {
        self.on(|batch| batch.delete(keys::logged_on(impu)).delete(keys::published(impu)))
    }

    /// A publication.
    pub(crate) fn published(self, impu: &str, tag: &str, until: u64) -> Self {
        let value = Bytes::copy_from_slice(tag.as_bytes());
        self.on(|batch| batch.put_until(keys::published(impu), value, moment(until)))
    }

    pub(crate) fn published_no_more(self, impu: &str) -> Self {
        self.on(|batch| batch.delete(keys::published(impu)))
    }
}
