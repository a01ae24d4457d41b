//! The elements of migration service authorization, which the information documents of the MC services have in common but for
//! their names. TS 24.379 F.1, TS 24.281 F.1: under `anyExt` · TS 23.280 tables 10.6.3.2.1-1 and 10.6.3.2.2-1

use xml::{Element, Malformed, Writer};

use super::{Content, kept::once};
use crate::{
    ids::McServiceId,
    lexical::{Lexical, text_of},
    migration::ProfileIndex,
};

/// What the elements are called in the document of one MC service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub namespace: &'static str,
    /// The child of a `contentType` that holds a URI.
    pub uri: &'static str,
    /// The one that holds a string.
    pub string: &'static str,
    /// The one that holds a truth value.
    pub boolean: &'static str,
    /// The element with the MC service ID in the partner system.
    pub partner: &'static str,
    /// The element with the MC service ID in the primary system.
    pub primary: &'static str,
}

/// What a message says of a migrating user.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MigrationElements {
    /// `req-type`: which request this is, where it is one. Values in [`crate::mime::kind`].
    pub req_type: Option<Content<String>>,
    /// `resp-type`: which response this is, where it is one.
    pub resp_type: Option<Content<String>>,
    /// `migration-auth-result`: whether the user may work in the partner system.
    pub result: Option<Content<bool>>,
    /// `partner-mcptt-id`, `partner-mcvideo-id`: who the user is in the partner system.
    pub partner: Option<Content<McServiceId>>,
    /// `selected-user-profile-index`: which of the user's profiles.
    pub profile: Option<ProfileIndex>,
    /// `primary-mcptt-id`, `primary-mcvideo-id`: who the user is in the primary system.
    pub primary: Option<Content<McServiceId>>,
}

impl MigrationElements {
    /// Takes an element that is one of these; whether it is.
    pub(super) fn read(&mut self, names: &Names, name: &str, at: Element<'_>) -> Result<bool, Malformed> {
        match name {
            "req-type" => once(&mut self.req_type, at, names.read_string(at)?)?,
            "resp-type" => once(&mut self.resp_type, at, names.read_string(at)?)?,
            "migration-auth-result" => once(&mut self.result, at, names.read_boolean(at)?)?,
            "selected-user-profile-index" => once(&mut self.profile, at, profile(names.namespace, at)?)?,
            _ if name == names.partner => once(&mut self.partner, at, names.read_uri(at)?)?,
            _ if name == names.primary => once(&mut self.primary, at, names.read_uri(at)?)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn write(&self, names: &Names, w: &mut Writer) {
        write(w, "req-type", names.string, self.req_type.as_ref());
        write(w, "resp-type", names.string, self.resp_type.as_ref());
        write(w, "migration-auth-result", names.boolean, self.result.as_ref());
        write(w, names.partner, names.uri, self.partner.as_ref());
        if let Some(profile) = &self.profile {
            w.element("selected-user-profile-index", &[], |w| w.leaf("user-profile-index", &profile.write()));
        }
        write(w, names.primary, names.uri, self.primary.as_ref());
    }
}

impl Names {
    /// Lenient: URIs and strings are taken from either child, since senders mix them up.
    pub(super) fn read_uri<T: Lexical>(&self, element: Element<'_>) -> Result<Content<T>, Malformed> {
        Content::read(element, self.namespace, &[self.uri, self.string])
    }

    pub(super) fn read_string<T: Lexical>(&self, element: Element<'_>) -> Result<Content<T>, Malformed> {
        Content::read(element, self.namespace, &[self.string, self.uri])
    }

    /// Lenient: the text does not say which child holds it.
    fn read_boolean(&self, element: Element<'_>) -> Result<Content<bool>, Malformed> {
        Content::read(element, self.namespace, &[self.boolean, self.string])
    }
}

/// `selected-user-profile-index`: its one child of that name, whatever stands beside it.
pub(super) fn profile(namespace: &str, element: Element<'_>) -> Result<ProfileIndex, Malformed> {
    let mut index = None;
    for child in element.children().filter(|child| child.is(namespace, "user-profile-index")) {
        once(&mut index, child, text_of(child)?)?;
    }
    index.ok_or_else(|| element.fault("a required element is missing: user-profile-index"))
}

pub(super) fn write<T: Lexical>(
    w: &mut Writer,
    name: &'static str,
    child: &'static str,
    value: Option<&Content<T>>,
) {
    if let Some(value) = value {
        value.write(w, name, child);
    }
}
