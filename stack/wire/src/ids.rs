//! Chance, as an argument.

/// The only source of identifiers above `driver`: the system's random source, or a seeded one in lab and tests.
pub trait Ids: Send + Sync {
    /// A token of 128 random bits as 26 characters of `[a-z2-7]`: for tags, branches, Call-IDs, nonces.
    fn token(&self) -> String;
    /// A version 4 UUID in its usual form: for `request-id` and client IDs.
    fn uuid(&self) -> String;
}
