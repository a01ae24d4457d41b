//! `migration-user-list` of `acm-info`.

use xml::{Element, Malformed, Raw, Writer};

use super::{NS, OWN, ResultInfo, uri, write_uri};
use crate::{
    body::{
        Content, Kept,
        kept::{fields, once},
    },
    ids::McServiceId,
    lexical::{Lexical as _, attribute_of},
    migration::ProfileIndex,
};

/// One `migration-user`: who he is in either system, his profiles there, and in answers what came of him.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MigrationUser {
    /// `primary-mcs-id`.
    pub primary: Option<Content<McServiceId>>,
    /// `partner-mcs-id`: made by the partner system.
    pub partner: Option<Content<McServiceId>>,
    /// `mc-service-user-profile`.
    pub profiles: Vec<ProfileInfo>,
    /// `result`.
    pub result: Option<ResultInfo>,
    /// Every other child.
    pub kept: Kept,
}

/// One `mc-service-user-profile`: the document itself, or where it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProfileInfo {
    /// `user-profile-index`.
    pub index: Option<ProfileIndex>,
    /// `cid`: the Content-ID of another body of the message.
    pub cid: Option<String>,
    /// `xcap-uri`: where the configuration management server has it.
    pub xcap_uri: Option<String>,
    /// `etag`: which version of it.
    pub etag: Option<String>,
    /// The child: the document itself (TS 24.484 8.3).
    pub document: Option<Raw>,
}

impl MigrationUser {
    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let (mut primary, mut partner, mut result) = (None, None, None);
        let (mut profiles, mut kept) = (Vec::new(), Kept::default());
        for field in fields(element, NS) {
            let at = field.element;
            match field.name(NS) {
                "primary-mcs-id" => once(&mut primary, at, uri(at)?)?,
                "partner-mcs-id" => once(&mut partner, at, uri(at)?)?,
                "mc-service-user-profile" => profiles.push(ProfileInfo::read(at)?),
                "result" => once(&mut result, at, ResultInfo::read(at, OWN)?)?,
                _ => kept.keep(field, OWN),
            }
        }
        Ok(Self { primary, partner, profiles, result, kept })
    }

    fn write(&self, w: &mut Writer) {
        w.element("migration-user", &[], |w| {
            write_uri(w, "primary-mcs-id", self.primary.as_ref());
            write_uri(w, "partner-mcs-id", self.partner.as_ref());
            self.profiles.iter().for_each(|profile| profile.write(w));
            if let Some(result) = &self.result {
                result.write(w, OWN);
            }
            self.kept.write_end(w, OWN, None);
        });
    }
}

impl ProfileInfo {
    fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let mut document = None;
        for child in element.children() {
            if child.namespace() == NS {
                return Err(child.fault("not a user profile"));
            }
            once(&mut document, child, child.to_raw())?;
        }
        Ok(Self {
            index: attribute_of(element, "user-profile-index")?,
            cid: attribute_of(element, "cid")?,
            xcap_uri: attribute_of(element, "xcap-uri")?,
            etag: attribute_of(element, "etag")?,
            document,
        })
    }

    fn write(&self, w: &mut Writer) {
        let index = self.index.as_ref().map(|index| index.write());
        let attributes = [
            ("user-profile-index", index.as_deref()),
            ("cid", self.cid.as_deref()),
            ("xcap-uri", self.xcap_uri.as_deref()),
            ("etag", self.etag.as_deref()),
        ];
        let said: Vec<(&'static str, &str)> =
            attributes.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        w.element("mc-service-user-profile", &said, |w| {
            if let Some(document) = &self.document {
                w.raw(document);
            }
        });
    }
}

pub(super) fn write_list(w: &mut Writer, users: &[MigrationUser]) {
    if !users.is_empty() {
        w.element("migration-user-list", &[], |w| users.iter().for_each(|user| user.write(w)));
    }
}
