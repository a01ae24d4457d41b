//! What the own ACM server has said of a partner's user, as servers keep it that hear of it: that he may come, or may not.
//! TS 23.280 10.17.5
//!
//! A yes may be taken back ([`Said::taken_back`]); then what was said before it counts again.

use store::Batch;

/// What is kept of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// He may come, and nothing was said of him before.
    Yes,
    /// He may not.
    No,
    /// He may come again, after he might not.
    YesAgain,
}

impl Said {
    /// As it is kept.
    #[must_use]
    pub fn read(value: &[u8]) -> Self {
        match value {
            b"no" => Self::No,
            b"yes, again" => Self::YesAgain,
            _ => Self::Yes,
        }
    }

    /// As it is to be kept.
    #[must_use]
    pub fn written(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::YesAgain => "yes, again",
        }
    }

    /// A yes, after whatever was said before.
    #[must_use]
    pub fn yes_after(before: Option<Self>) -> Self {
        match before {
            None | Some(Self::Yes) => Self::Yes,
            Some(Self::No | Self::YesAgain) => Self::YesAgain,
        }
    }

    /// Whether he may come.
    #[must_use]
    pub fn is_yes(self) -> bool {
        self != Self::No
    }

    /// The batch in which the last yes of the record under this key is taken back; none where the last was no yes.
    #[must_use]
    pub fn taken_back(self, batch: Batch, key: String) -> Option<Batch> {
        match self {
            Self::Yes => Some(batch.delete(key)),
            Self::YesAgain => Some(batch.put(key, Self::No.written())),
            Self::No => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_that_is_taken_back_leaves_what_was_said_before_it() {
        let all = [Said::Yes, Said::No, Said::YesAgain];
        assert!(all.iter().all(|said| Said::read(said.written().as_bytes()) == *said), "as it was written");
        assert_eq!(all.map(Said::is_yes), [true, false, true]);
        let yes = [None, Some(Said::Yes), Some(Said::No), Some(Said::YesAgain)].map(Said::yes_after);
        assert_eq!(yes, [Said::Yes, Said::Yes, Said::YesAgain, Said::YesAgain]);
        let back = |said: Said| said.taken_back(Batch::new(), "key".to_owned());
        assert!(back(Said::No).is_none(), "there was none");
        let left = |said| back(said).map(|batch| format!("{:?}", batch.changes()));
        let (delete, put) = (Batch::new().delete("key"), Batch::new().put("key", "no"));
        assert_eq!(left(Said::Yes), Some(format!("{:?}", delete.changes())));
        assert_eq!(left(Said::YesAgain), Some(format!("{:?}", put.changes())));
    }
}
