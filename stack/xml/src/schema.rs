//! Validation against XML Schema 1.0.
//!
//! A [`Catalog`] holds schema texts by location, a [`SchemaSet`] is compiled from some of them, and judges documents
//! that were read within [`crate::Limits`]:
//!
//! ```
//! use xml::{Document, Limits, schema::{Catalog, SchemaSet, Validator}};
//!
//! let mut catalog = Catalog::default();
//! catalog.add("a.xsd", r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x">
//!     <xs:element name="a" type="xs:unsignedByte"/></xs:schema>"#)?;
//! let schemas = SchemaSet::build(&catalog, &["urn:x"])?;
//! let bad = Document::parse(br#"<a xmlns="urn:x">256</a>"#, &Limits::default())?;
//! let faults = schemas.validate(&bad).unwrap_err();
//! assert_eq!(faults[0].to_string(), "1:1 /a: the value is not of its type");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is loaded that the catalog does not hold: `xsi:schemaLocation` in a document is never followed, and a schema
//! that names another which is not there is refused when it is built, not passed over. Faults say where and which rule;
//! values of the document never stand in them.
//!
//! The engine is `xsd-schema`, behind [`Validator`]. It interns names for ever and is bound to one thread, therefore
//! each thread compiles a set once, on first use, names that the schemas do not know are judged without being interned,
//! and an engine whose table of names has grown past a bound all the same is dropped and compiled anew.

mod catalog;
mod engine;
mod fault;
mod names;
mod set;
mod walk;

#[cfg(test)]
mod tests;

pub use catalog::Catalog;
pub use fault::Fault;
pub use set::{SchemaSet, Unsound};

use crate::Document;

/// What a validator says: nothing, or the first faults in document order, at least one and at most [`FAULTS`].
pub type Verdict = Result<(), Vec<Fault>>;

/// How many faults a verdict holds at most: enough for a person, bounded for a log.
pub const FAULTS: usize = 16;

/// Judges documents.
pub trait Validator: Send + Sync {
    /// Judges a well-formed document.
    ///
    /// # Errors
    /// The faults found, when the document is not valid.
    fn validate(&self, document: &Document<'_>) -> Verdict;
}
