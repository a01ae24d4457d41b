//! The other end: what a SUBSCRIBE asks for, and what a NOTIFY tells.

use std::sync::OnceLock;

use bytes::Bytes;
use sip::{Message, Name};
use wire::Ids;
use xcap::{
    Target, Usages,
    diff::{MEDIA_TYPE, XcapDiff},
};
use xml::Limits;
use xml_schemas::{
    body::{McpttInfo, mcptt_info::AccessToken},
    flow::Part,
};

use super::wanted::{NAMESPACE, RESOURCE_LISTS};
use crate::{
    carriage,
    refusal::Cause,
    stop::{Done, Stop},
};

/// Content-Type and body of a SUBSCRIBE to documents, collections and nodes, by their selectors below the XCAP root; with the
/// user's access token where a terminal subscribes (TS 24.481 clause 6.3.13.2, TS 24.484 clause 6.3.13.2).
#[must_use]
pub fn wish(selectors: &[&str], token: Option<&AccessToken>, ids: &dyn Ids) -> (String, Bytes) {
    let entries: String =
        selectors.iter().map(|uri| format!("<entry uri=\"{}\"/>", xml::escaped_attribute(uri))).collect();
    let list = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<resource-lists xmlns=\"{NAMESPACE}\"><list>{entries}</list></resource-lists>"
    );
    let list = Part::borrowed(RESOURCE_LISTS, list.as_bytes());
    let Some(token) = token else { return carriage::bodies(&[list], ids) };
    let info = McpttInfo { access_token: Some(token.clone().into()), ..McpttInfo::default() };
    carriage::bodies(&[Part::of(&info), list], ids)
}

/// A selector of a document in its one spelling, however whoever told it spelled it: clients and servers encode `:` and `@` or do not
/// (RFC 4825 clause 6). As it stands where it names no document.
#[must_use]
pub fn selector(sel: &str) -> String {
    static USAGES: OnceLock<Usages> = OnceLock::new();
    let usages = USAGES.get_or_init(xcap::usages::built_in);
    Target::relative(sel, usages).map_or_else(|_| sel.to_owned(), |target| target.selector())
}

/// What a NOTIFY says; none where it has no body.
///
/// # Errors
/// [`Stop`] where it cannot be read.
pub fn told(notify: &Message) -> Done<Option<XcapDiff>> {
    if notify.header(Name::ContentType).is_none() {
        return Ok(None);
    }
    let parts = carriage::parts(notify)?;
    let diff = parts.iter().find(|part| part.is(MEDIA_TYPE)).ok_or(Cause::UnsupportedBody)?;
    let diff = XcapDiff::read(&diff.bytes, &Limits::default());
    diff.map(Some).map_err(|why| Stop::Malformed(format!("{MEDIA_TYPE} {why}")))
}

#[cfg(test)]
mod tests {
    use super::selector;

    #[test]
    fn rfc4825_6_a_document_has_one_selector_however_it_is_spelled() {
        let one = "org.openmobilealliance.groups/global/byGroupID/sip:fire@a.example";
        for sel in [
            one,
            "/org.openmobilealliance.groups/global/byGroupID/sip:fire@a.example",
            "org.openmobilealliance.groups/global/byGroupID/sip%3Afire%40a.example",
            "org.openmobilealliance.groups/global/byGroupID/SIP:fire@A.example",
        ] {
            assert_eq!(selector(sel), one, "{sel}");
        }
        assert_eq!(selector("nothing/we/serve"), "nothing/we/serve");
    }
}
