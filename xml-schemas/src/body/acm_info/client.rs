//! `client` of `acm-info`.

use std::borrow::Cow;

use crate::lexical::Lexical;

/// No name is longer, in octets.
const LONGEST: usize = 128;

/// Which client of a user speaks, by its MC client ID: 1 to 128 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClientId(String);

impl ClientId {
    /// None where the text is empty, too long, or has other characters.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_one = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_one.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Lexical for ClientId {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        Self::new(text).ok_or_else(|| "not 1 to 128 visible ASCII characters".into())
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
