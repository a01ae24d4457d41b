//! Personal data and secrets in logs: never in clear.
//!
//! Identities hide themselves: `Display` and `Debug` of an [`xml_schemas::ids::Identity`] show a short mark and the domain.
//! Whatever else must not be shown is wrapped in [`Private`].

use std::fmt;

/// A value that prints as nothing but its kind, so that it cannot slip into a log through `{:?}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for use on the wire or in a rule; not for a log.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(private)")
    }
}

#[cfg(test)]
mod tests {
    use super::Private;

    #[test]
    fn a_private_value_does_not_print() {
        let position = Private::new("40.4168, -3.7038");
        assert_eq!(format!("{position:?} {:?}", Some(&position)), "(private) Some((private))");
        assert_eq!(*position.reveal(), "40.4168, -3.7038");
    }
}
