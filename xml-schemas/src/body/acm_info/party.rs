//! `initiating-party`, `target-party` and `handling-party` of `acm-info`.

use xml::{Element, Malformed, Writer};

use super::{NS, OWN, uri, write_uri};
use crate::{
    body::{
        Content, Kept,
        kept::{fields, once},
    },
    ids::{FunctionalAlias, McServiceId},
};

/// A user, a role, or a user in a role: one of the two at least (NOTE of the tables of TS 23.280 10.17.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartyInfo {
    /// `mcs-id`.
    pub id: Option<Content<McServiceId>>,
    /// `functional-alias-URI`.
    pub alias: Option<Content<FunctionalAlias>>,
    /// Every other child.
    pub kept: Kept,
}

impl PartyInfo {
    /// A user, and his role where he acts in one.
    #[must_use]
    pub fn user(id: McServiceId, alias: Option<FunctionalAlias>) -> Self {
        Self { id: Some(id.into()), alias: alias.map(Content::from), kept: Kept::default() }
    }

    /// Whoever holds a role.
    #[must_use]
    pub fn alias(alias: FunctionalAlias) -> Self {
        Self { id: None, alias: Some(alias.into()), kept: Kept::default() }
    }

    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let (mut id, mut alias, mut kept) = (None, None, Kept::default());
        for field in fields(element, NS) {
            let at = field.element;
            match field.name(NS) {
                "mcs-id" => once(&mut id, at, uri(at)?)?,
                "functional-alias-URI" => once(&mut alias, at, uri(at)?)?,
                _ => kept.keep(field, OWN),
            }
        }
        if id.is_none() && alias.is_none() {
            return Err(element.fault("a required element is missing: mcs-id or functional-alias-URI"));
        }
        Ok(Self { id, alias, kept })
    }

    pub(super) fn write(&self, w: &mut Writer, name: &'static str) {
        w.element(name, &[], |w| {
            write_uri(w, "mcs-id", self.id.as_ref());
            write_uri(w, "functional-alias-URI", self.alias.as_ref());
            self.kept.write_end(w, OWN, None);
        });
    }
}
