//! Which of a user's profiles.

use std::{borrow::Cow, fmt};

use crate::lexical::Lexical;

/// The MC service user profile index (TS 23.280 table 10.6.3.2.1-1; `user-profile-index` of TS 24.484 8.3.2, 0 to 255).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ProfileIndex(pub u8);

impl fmt::Display for ProfileIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Lexical for ProfileIndex {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        // XML Schema Part 2, 3.3.24: a sign and leading zeroes are allowed.
        text.parse().map(Self).map_err(|_| "not a number from 0 to 255".into())
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}
