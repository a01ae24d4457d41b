//! Protection of message bodies between those who share a key: TS 33.180 clause 9.3, TS 24.379 clauses 4.8, 6.6 and F.6.
//!
//! *Integrity*: a body of its own, [`names::SIGNED`], holds one XML signature for each other body: HMAC-SHA256 over its
//! SHA-256 digest, referred to by Content-ID. *Confidentiality*: the content of single elements becomes an `EncryptedData`,
//! AES-128-GCM. Both keys come from one shared secret (a CSK or SPK) that its identifier names.
//!
//! Of XML Signature and XML Encryption this is the profile that those clauses use, and nothing beside: no other algorithm, no
//! transform, no reference to anything but a body of the same message, no key in the message. What is outside is a
//! [`Fault`] of its own, so that nothing is ever half verified. Pure: no clock, no chance, no file, no network.
//!
//! Whoever receives verifies first and decrypts then; nothing of a body is read before its signature holds:
//!
//! ```
//! use protection::{Key, KeyId, Keys, Limits, Part};
//!
//! let key = Key::new(KeyId::new(0x3000_0001), &[7; 16], "")?;
//! let part = Part { content_id: Some("1@b.invalid"), bytes: b"<a/>" };
//! let signature = protection::sign(&[part], &key)?;
//!
//! let keys = Keys::from_iter([key]);
//! assert!(protection::verify(&[part], &signature, &keys, &Limits::DEFAULT).is_ok());
//! let changed = Part { bytes: b"<b/>", ..part };
//! assert_eq!(protection::verify(&[changed], &signature, &keys, &Limits::DEFAULT), Err(protection::Fault::Digest));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod base64;
mod content_id;
mod decrypt;
mod encrypt;
mod fault;
mod key;
mod limits;
pub mod names;
mod part;
mod sign;
mod signature;
mod tag;
mod verify;

pub use decrypt::decrypt;
pub use encrypt::encrypt;
pub use fault::Fault;
pub use key::{BadKey, Key, KeyId, Keys};
pub use limits::Limits;
pub use part::Part;
pub use sign::sign;
pub use verify::verify;
