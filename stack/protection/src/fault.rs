//! What is wrong with a protected message.

use std::fmt;

use crate::KeyId;

/// Why protection does not hold. Each is another mistake, or another attack. No value of a document stands in one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// There is no signature, and one is wanted.
    Missing,
    /// More than one body holds signatures: which one would count is a matter of taste.
    Doubled,
    /// More than one body has this Content-ID: a reference would have two targets.
    RepeatedContentId,
    /// A body is referred to twice.
    RepeatedReference,
    /// A body is covered by no signature.
    Unsigned,
    /// A reference names no body of the message.
    Unresolved,
    /// A limit is passed.
    TooLarge,
    /// A document is not well-formed, or not the one that it should be; with the rule it breaks.
    Malformed(String),
    /// An algorithm other than those of the profile.
    Algorithm(&'static str),
    /// A reference is to be transformed before it is digested: what would be verified is not what is read.
    Transform,
    /// A signature or an authentication tag is cut short.
    Truncated,
    /// The key that a signature or an encrypted element names is not ours.
    UnknownKey(KeyId),
    /// The signature over the references does not hold.
    Signature,
    /// A body is not what was signed.
    Digest,
    /// Encrypted content does not open with the key that it names.
    Undecryptable,
    /// Decrypted content is not what may stand in its element.
    Plaintext,
}

impl Fault {
    /// A word for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing => "signature-missing",
            Self::Doubled => "signatures-doubled",
            Self::RepeatedContentId => "content-id-repeated",
            Self::RepeatedReference => "reference-repeated",
            Self::Unsigned => "body-unsigned",
            Self::Unresolved => "reference-unresolved",
            Self::TooLarge => "too-large",
            Self::Malformed(_) => "malformed",
            Self::Algorithm(_) => "algorithm",
            Self::Transform => "transform",
            Self::Truncated => "truncated",
            Self::UnknownKey(_) => "key-unknown",
            Self::Signature => "signature-wrong",
            Self::Digest => "digest-wrong",
            Self::Undecryptable => "undecryptable",
            Self::Plaintext => "plaintext",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Malformed(rule) => write!(f, ": {rule}"),
            Self::Algorithm(element) => write!(f, ": {element}"),
            Self::UnknownKey(id) => write!(f, ": {id}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

impl From<xml::Malformed> for Fault {
    fn from(error: xml::Malformed) -> Self {
        if error.is_over_limit() { Self::TooLarge } else { Self::Malformed(error.to_string()) }
    }
}
