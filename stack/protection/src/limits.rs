//! How much of a peer's protection is looked at.

/// Bounds on one message. Each is checked before the work that it bounds is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Octets of the body that holds the signatures.
    pub size: usize,
    /// Signatures in it, and bodies that they may refer to.
    pub signatures: usize,
    /// References of one signature.
    pub references: usize,
    /// Encrypted elements in one body.
    pub encrypted: usize,
}

impl Limits {
    /// What a message of MC signalling may hold.
    pub const DEFAULT: Self = Self { size: 64 * 1024, signatures: 16, references: 16, encrypted: 256 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
