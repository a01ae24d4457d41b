//! `target-list` of `interconnection-info`.

use xml::{Element, Malformed, Writer};

use super::{NS, OWN, ResultInfo, uri, write_uri};
use crate::{
    body::{
        Content, Kept,
        kept::{fields, once},
    },
    ids::{FunctionalAlias, McServiceId},
};

/// One `target`: who is meant, and in answers what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// `mcs-id` or `functional-alias-URI`.
    pub party: Party,
    /// `result`.
    pub result: Option<ResultInfo>,
    /// `partner-mcs-id`: who the user is in the MC system where he works.
    pub partner: Option<Content<McServiceId>>,
    /// Every other child.
    pub kept: Kept,
}

/// A user or a role: the schema's choice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Party {
    /// `mcs-id`: a user.
    User(Content<McServiceId>),
    /// `functional-alias-URI`: whoever holds the role.
    Alias(Content<FunctionalAlias>),
}

impl Target {
    /// A user, of whom no result is known.
    #[must_use]
    pub fn user(id: McServiceId) -> Self {
        Self { party: Party::User(id.into()), result: None, partner: None, kept: Kept::default() }
    }

    fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let (mut party, mut result, mut partner, mut kept) = (None, None, None, Kept::default());
        for field in fields(element, NS) {
            let at = field.element;
            match field.name(NS) {
                "mcs-id" => once(&mut party, at, Party::User(uri(at)?))?,
                "functional-alias-URI" => once(&mut party, at, Party::Alias(uri(at)?))?,
                "result" => once(&mut result, at, ResultInfo::read(at, OWN)?)?,
                "partner-mcs-id" => once(&mut partner, at, uri(at)?)?,
                _ => kept.keep(field, OWN),
            }
        }
        let party = party
            .ok_or_else(|| element.fault("a required element is missing: mcs-id or functional-alias-URI"))?;
        Ok(Self { party, result, partner, kept })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.element("target", &[], |w| {
            match &self.party {
                Party::User(id) => id.write(w, "mcs-id", "mcsURI"),
                Party::Alias(alias) => alias.write(w, "functional-alias-URI", "mcsURI"),
            }
            if let Some(result) = &self.result {
                result.write(w, OWN);
            }
            write_uri(w, "partner-mcs-id", self.partner.as_ref());
            self.kept.write_end(w, OWN, None);
        });
    }
}

pub(super) fn read_list(element: Element<'_>) -> Result<Vec<Target>, Malformed> {
    let targets: Vec<Target> = element
        .children()
        .filter(|child| child.is(NS, "target"))
        .map(Target::read)
        .collect::<Result<_, _>>()?;
    if targets.is_empty() { Err(element.fault("a required element is missing: target")) } else { Ok(targets) }
}
