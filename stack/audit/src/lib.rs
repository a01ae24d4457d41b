//! An append-only, hash-chained log of administrative acts: TS 22.280 [R-6.1-004], TS 33.180 clause 10.
//!
//! An act's entry goes into the act's own batch ([`Chain::append`]): there is no act without its entry and no entry without its
//! act. Acts do not wait for each other: an entry is first kept beside the chain, and [`Chain::seal`], of which there is one at a
//! time, puts what it finds there at the chain's end. Each entry's link is the SHA-256 of the link before it and of its own bytes,
//! so that no byte of it changes, and no entry is taken out, put in or moved, without that being seen ([`verify`]).
//!
//! Whoever writes the whole chain anew from some point on makes links that fit. Against that stand [`SignedHead`]s: the chain's end
//! as its holder signed it, kept here and given to partners, who chain them into logs of their own. What a partner received he
//! confirms in a [`Receipt`], so that both sides can prove what was sent and what came.
//!
//! The chain is named by an identifier made when it began, which tells a partner nothing of hosts or instances.

mod chain;
mod digest;
mod entry;
mod fault;
mod head;
mod keys;
mod read;
mod receipt;
mod record;
mod sign;
mod verify;

pub use chain::{Chain, PAGE};
pub use digest::Digest;
pub use entry::{Entry, Ruling};
pub use fault::Fault;
pub use head::{Head, SignedHead};
pub use read::{Sealed, chains, entries};
pub use receipt::Receipt;
pub use sign::{Forged, Key, PublicKey};
pub use verify::{Finding, Kept, Report, Trusted, Witness, verify, verify_by};
