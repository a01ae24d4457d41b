//! The services of all users in one document: `rls-services/global/index` (RFC 4826 clause 4.4.7).

use xml::{Document, Limits, Writer};

/// The application usage.
pub const AUID: &str = "rls-services";
/// The media type of its documents.
pub const MEDIA_TYPE: &str = "application/rls-services+xml";
/// The namespace of its documents.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:rls-services";
/// The document of each user that counts, and the one that is made of them.
pub const DOCUMENT: &str = "index";

/// The document made of those of users, in the order in which they are given. One that cannot be read adds nothing.
#[must_use]
pub fn write<'d>(documents: impl IntoIterator<Item = &'d [u8]>, limits: &Limits) -> Vec<u8> {
    Writer::document("rls-services", NAMESPACE, &[], |w| {
        for document in documents {
            let Ok(document) = Document::parse(document, limits) else { continue };
            let services = document.root().children().filter(|child| child.is(NAMESPACE, "service"));
            services.for_each(|service| w.raw(&service.to_raw()));
        }
    })
}
