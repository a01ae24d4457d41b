//! What the own ACM server has said of a partner's user, as servers keep it that hear of it: that he may come, or may not.
//! TS 23.280 10.17.5
//!
//! A yes may be taken back; then what was said before it counts again. What was held up on its way and comes late undoes nothing: each
//! word has its [`Turn`], and one that is older than the last that was heard of this user changes nothing.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderName};
use store::{Batch, Record};

/// The field that carries a [`Turn`], in requests and in the refusal of one that is over. The project's own name.
pub const TURN_FIELD: HeaderName = HeaderName::from_static("x-mcx-turn");

/// For so long it is known which word was the last of a user of whom nothing counts: nothing is under way for longer.
const KNOWN: Duration = Duration::from_secs(86_400);

/// Which decision about a user a word is of, and which word of that decision: later ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Turn {
    /// The place of the decision among those about its user.
    pub decision: u64,
    /// The place of the word.
    pub word: u64,
}

/// What stands where a [`Turn`] should cannot be read, or stands there twice: nobody knows what came before that word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoTurn;

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}.{:016x}", self.decision, self.word)
    }
}

impl Turn {
    /// As [`TURN_FIELD`] and records spell it; none where it is no such spelling.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (decision, word) = text.split_once('.')?;
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        Some(Self { decision: number(decision)?, word: number(word)? })
    }

    /// What these fields say; none where they do not.
    ///
    /// # Errors
    /// [`NoTurn`]
    pub fn of(fields: &HeaderMap) -> Result<Option<Self>, NoTurn> {
        let mut said = fields.get_all(TURN_FIELD).iter();
        match (said.next(), said.next()) {
            (None, _) => Ok(None),
            (Some(field), None) => field.to_str().ok().and_then(Self::read).map(Some).ok_or(NoTurn),
            (Some(_), Some(_)) => Err(NoTurn),
        }
    }
}

/// What the ACM server says of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// He may come.
    Yes,
    /// He may not.
    No,
    /// The last yes is taken back.
    TakenBack,
}

/// What counts of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Counts {
    Nothing,
    /// He may come, and nothing was said of him before.
    Yes,
    No,
    /// He may come again, after he might not.
    YesAgain,
}

const NAMES: [(Counts, &str); 4] = [
    (Counts::Nothing, "nothing"),
    (Counts::Yes, "yes"),
    (Counts::No, "no"),
    (Counts::YesAgain, "yes, again"),
];

/// What is kept of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    counts: Counts,
    /// The last word that was heard, where it said its turn.
    last: Option<Turn>,
}

impl Said {
    /// What a record says; without one nothing was said. What cannot be read lets nobody come.
    #[must_use]
    pub fn kept(record: Option<&Record>) -> Self {
        let Some(record) = record else { return Self { counts: Counts::Nothing, last: None } };
        let text = std::str::from_utf8(&record.value).unwrap_or_default();
        let with_turn = text.rsplit_once(' ').and_then(|(name, turn)| Some((name, Turn::read(turn)?)));
        let (name, last) = with_turn.map_or((text, None), |(name, turn)| (name, Some(turn)));
        let counts = NAMES.iter().find(|(_, known)| *known == name).map_or(Counts::No, |(counts, _)| *counts);
        Self { counts, last }
    }

    /// Whether he may come; none where nothing counts that was said of him.
    #[must_use]
    pub fn is_yes(self) -> Option<bool> {
        match self.counts {
            Counts::Nothing => None,
            Counts::No => Some(false),
            Counts::Yes | Counts::YesAgain => Some(true),
        }
    }

    /// Whether this, which is kept after that and this word, is news: another word, and not the same of the same decision again, for
    /// somebody was not sure that it had been heard. What is taken back is news where it had counted.
    #[must_use]
    pub fn is_news_after(self, before: Self, word: Word) -> bool {
        if word == Word::TakenBack {
            return self.is_yes() != before.is_yes();
        }
        let decision = |said: Self| said.last.map(|turn| turn.decision);
        self.counts != before.counts || self.last.is_none() || decision(self) != decision(before)
    }

    /// What is to be kept after one more word, which says its turn or comes of somebody who knows of none.
    ///
    /// # Errors
    /// The turn of the last word, where that is later.
    pub fn then(self, word: Word, turn: Option<Turn>) -> Result<Self, Turn> {
        if let (Some(turn), Some(last)) = (turn, self.last)
            && turn < last
        {
            return Err(last);
        }
        // Of another decision's yes it says nothing.
        let is_its_own = match (turn, self.last) {
            (Some(turn), Some(last)) => turn.decision == last.decision,
            _ => true,
        };
        let counts = match (word, self.counts) {
            (Word::Yes, Counts::Nothing | Counts::Yes) => Counts::Yes,
            (Word::Yes, Counts::No | Counts::YesAgain) => Counts::YesAgain,
            (Word::TakenBack, Counts::Yes) if is_its_own => Counts::Nothing,
            (Word::TakenBack, Counts::YesAgain) if is_its_own => Counts::No,
            (Word::TakenBack, counts) => counts,
            (Word::No, _) => Counts::No,
        };
        Ok(Self { counts, last: turn.or(self.last) })
    }

    /// The batch that keeps it under this key, where nobody has written since that record was read.
    #[must_use]
    pub fn keep(self, batch: Batch, key: &str, seen: Option<&Record>, now: SystemTime) -> Batch {
        let batch = match seen {
            Some(record) => batch.expect_version(key.to_owned(), record.version),
            None => batch.expect_absent(key.to_owned()),
        };
        let name = NAMES.iter().find(|(counts, _)| *counts == self.counts).map_or("no", |(_, name)| name);
        match (self.counts, self.last) {
            (Counts::Nothing, None) => batch.delete(key.to_owned()),
            (Counts::Nothing, Some(last)) => {
                batch.put_until(key.to_owned(), format!("{name} {last}"), now + KNOWN)
            }
            (_, None) => batch.put(key.to_owned(), name),
            (_, Some(last)) => batch.put(key.to_owned(), format!("{name} {last}")),
        }
    }
}

#[cfg(test)]
mod tests;
