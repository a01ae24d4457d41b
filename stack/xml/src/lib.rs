//! Namespaced XML for message bodies and documents: a bounded reader, a small tree to walk, and a writer.
//!
//! A document passes three gates before anything reads it: size and UTF-8, then a linear scan that counts what could
//! grow (depth, attributes, namespace declarations) and refuses a document type declaration, then a well-formedness
//! check that builds the tree. Every refusal is a [`Malformed`], which says line, column and element path, so that the
//! answer to a peer can name the place. Values of the document never stand in an error: they may be personal data.
//!
//! ```
//! let document = xml::Document::parse(br#"<a xmlns="urn:x"><b c="1">text</b></a>"#, &xml::Limits::default())?;
//! let b = document.root().required("urn:x", "b")?;
//! assert_eq!((b.text().as_ref(), b.attribute("c")), ("text", Some("1")));
//! # Ok::<(), xml::Malformed>(())
//! ```

mod built;
mod canonical;
mod document;
pub mod edit;
mod element;
mod escape;
pub mod index;
mod limits;
mod malformed;
pub mod patch;
pub mod path;
mod ranges;
mod raw;
mod scan;
pub mod schema;
mod select;
mod writer;

pub use built::escaped;
pub use canonical::{Form, canonical};
pub use document::Document;
pub use element::Element;
pub use escape::escaped_attribute;
pub use index::Index;
pub use limits::Limits;
pub use malformed::{Malformed, Place};
pub use raw::Raw;
pub use select::Selected;
pub use writer::Writer;
