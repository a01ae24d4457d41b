//! The vocabulary: what MC systems say to each other.
//!
//! An information flow of TS 23.280 is a struct that looks like its table ([`location`], [`migration`], [`acm`]). It
//! travels on one or more bodies ([`body`]), each written once by hand from its schema; [`flow::Carriage`] takes a flow
//! apart into bodies and puts it together again, refusing bodies that contradict each other. What is written is strict; what is read may be
//! of another release: elements that are not known are kept and handed on.
//!
//! Identities and positions are personal data. Their `Debug` and `Display` show a mark and the domain, never the value;
//! `as_str` gives the value for the wire.

pub mod acm;
pub mod body;
pub mod flow;
pub mod ids;
pub mod lexical;
pub mod location;
pub mod migration;
pub mod mime;
pub mod names;
mod timestamp;
pub mod xsd;

pub use timestamp::{BadTimestamp, Timestamp};
