//! What is wrong with a configuration, and where.

use std::fmt;

/// How what is no mistake begins.
pub(super) const WARNING: &str = "warning: ";

/// One mistake at one place. Prints as `mcx.toml:12:3: what is wrong`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ConfigError {
    /// The file's name as it was given.
    pub file: String,
    /// Counts from 1.
    pub line: usize,
    /// Counts from 1, in characters.
    pub column: usize,
    /// What is wrong and, where it can be known, what would be right.
    pub text: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.text)
    }
}

impl std::error::Error for ConfigError {}

/// Every mistake of a document, in the order of their places. Prints one per line.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Errors(pub Vec<ConfigError>);

impl Errors {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From the first place to the last.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }

    /// The warnings among them, and the mistakes.
    #[must_use]
    pub fn parted(self) -> (Self, Self) {
        let (warnings, mistakes) = self.0.into_iter().partition(|each| each.text.starts_with(WARNING));
        (Self(warnings), Self(mistakes))
    }

    pub(super) fn in_order(mut self) -> Self {
        self.0.sort();
        self.0.dedup();
        self
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, error)| {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{error}")
        })
    }
}

impl std::error::Error for Errors {}
