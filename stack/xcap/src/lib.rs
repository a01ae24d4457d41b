//! The XML Configuration Access Protocol (RFC 4825), pure: a request and the document as it is kept go in, an answer or
//! the document as it shall be kept comes out. No socket, no store, no time.
//!
//! A [`Usage`] is data: which documents there are, what they must be, who may touch them. A [`Target`] is what a request
//! URI names. [`decide`] goes through RFC 4825 clauses 7 and 8 in their order; what it wants kept is a [`Commit`], which
//! the caller makes under the condition that the document is still the one decided upon.

mod access;
pub mod caps;
mod check;
mod condition;
mod current;
mod decide;
pub mod diff;
pub mod directory;
pub mod error;
mod media;
mod outcome;
mod pattern;
pub mod services;
mod target;
mod usage;
pub mod usages;

pub use access::{Access, Act, Denied, Who};
pub use check::{Check, Claim, Form, claims, selector};
pub use condition::{Conditions, Etag, EtagList};
pub use current::Current;
pub use decide::{Method, Request, Rules, decide};
pub use error::{Exists, XcapError};
pub use media::{ATTRIBUTE, ELEMENT, ERROR, NAMESPACES};
pub use outcome::{Answer, Body, Commit, Outcome};
pub use pattern::Pattern;
pub use target::{BadUri, MAX_URI, Node, Root, Target, Tree, canonical, decode, encode};
pub use usage::{Documents, Served, Usage, Usages};
