//! SIP transactions: RFC 3261 clause 17 for every method but INVITE, with the corrections of RFC 4320.
//!
//! Pure: time comes in as an argument, bytes come in and go out, and nothing here opens a socket, reads a clock or
//! draws a random number. A shard of `driver` owns one [`Clients`] and one [`Servers`], tells them what arrived, does
//! what they answer, and calls them again when [`Clients::next_timeout`] or [`Servers::next_timeout`] has come.
//!
//! Read first: [`client_non_invite`], which can be laid beside figure 6 of the RFC.

pub mod branch;
pub mod client_non_invite;
pub mod clients;
mod index;
pub mod key;
pub mod limits;
pub mod server_non_invite;
pub mod servers;
mod slab;
mod table;
pub mod timer;
pub mod wheel;

pub use branch::{Branch, BranchMaker};
pub use client_non_invite::ClientNonInvite;
pub use clients::{ClientId, Clients};
pub use key::{ClientKey, ServerKey};
pub use limits::{Limits, Overload, Refused};
pub use server_non_invite::ServerNonInvite;
pub use servers::{ServerId, Servers};
pub use table::Table;
pub use timer::{Reliability, Timer};
pub use wheel::Wheel;
