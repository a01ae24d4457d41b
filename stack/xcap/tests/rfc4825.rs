//! RFC 4825, by section.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "rfc4825/support.rs"]
mod support;

#[path = "rfc4825/s05_application_usages.rs"]
mod s05_application_usages;
#[path = "rfc4825/s06_uri_construction.rs"]
mod s06_uri_construction;
#[path = "rfc4825/s07_client_operations.rs"]
mod s07_client_operations;
#[path = "rfc4825/s08_get_delete.rs"]
mod s08_get_delete;
#[path = "rfc4825/s08_put.rs"]
mod s08_put;
#[path = "rfc4825/s11_error_documents.rs"]
mod s11_error_documents;
#[path = "rfc4825/s12_capabilities.rs"]
mod s12_capabilities;
