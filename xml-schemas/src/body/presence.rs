//! `pidf` with functional aliases: what a client wishes to hold, and who holds what. RFC 3863; TS 24.379 9A.3.1 ·
//! media type [`crate::mime::PIDF`]
//!
//! A PUBLISH has one tuple for the client that publishes, with every alias that it wishes to hold; a NOTIFY to a user has one
//! tuple for each of his clients. A NOTIFY to a server of the own system has one tuple for each alias, with its holders in the
//! order in which they activated it.

mod read;

use std::borrow::Cow;

use xml::{Malformed, Raw, Writer};

use super::{Body, open};
use crate::{
    Timestamp,
    ids::{FunctionalAlias, McServiceId},
    lexical::Lexical,
    mime::{
        self,
        namespace::{FUNCTIONAL_ALIAS, MCPTT_PRESENCE, PIDF as NS},
    },
};

/// A `presence` document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Presence {
    /// `entity`: whose presence it is, or the server whose aliases they are.
    pub entity: String,
    /// How much of the state it holds; a document that does not say holds all of it (RFC 3863).
    pub scope: Scope,
    /// Each `tuple`.
    pub tuples: Vec<Tuple>,
    /// `mcpttPI10:p-id-fa`: which PUBLISH it is, or answers.
    pub p_id: Option<String>,
    /// Children of other names.
    pub kept: Vec<Raw>,
}

/// *Provisional.* How much of the state a document holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scope {
    /// All of it: what is not in it is no more.
    #[default]
    Whole,
    /// What has changed since the last one.
    Changes,
}

/// One `tuple`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tuple {
    /// `id`: of a client, its MC client ID as an XML name; else of no meaning beyond the document.
    pub id: String,
    /// Each `functionalAlias` of its `status`.
    pub aliases: Vec<AliasStatus>,
    /// Every other child of its `status`, affiliations among them.
    pub kept: Vec<Raw>,
}

/// One `mcpttPI10:functionalAlias`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AliasStatus {
    /// `functionalAliasID`.
    pub alias: FunctionalAlias,
    /// `user`: who holds it.
    pub user: Option<McServiceId>,
    /// `status`: what became of it; a PUBLISH does not say.
    pub status: Option<Standing>,
    /// `expires`: until when it is held.
    pub expires: Option<Timestamp>,
    /// *Provisional.* Since when it is held.
    pub since: Option<Timestamp>,
    /// *Provisional.* On which client it is held.
    pub client: Option<String>,
    /// *Provisional.* In a PUBLISH: whoever holds it is to lose it.
    pub takes_over: bool,
}

/// The values of `status`. Those of TS 24.379 9A.3.1 were not to be seen in their published form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It is being activated.
    Activating,
    /// It is active.
    Activated,
    /// It is being de-activated.
    Deactivating,
    /// It is not active.
    Deactivated,
    /// Others hold it, and the user may take it over.
    TakeOverPossible,
}

impl Lexical for Standing {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        match text {
            "activating" => Ok(Self::Activating),
            "activated" => Ok(Self::Activated),
            "deactivating" => Ok(Self::Deactivating),
            "deactivated" => Ok(Self::Deactivated),
            "take-over-possible" => Ok(Self::TakeOverPossible),
            _ => Err("not a status of a functional alias".into()),
        }
    }

    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Activating => "activating",
            Self::Activated => "activated",
            Self::Deactivating => "deactivating",
            Self::Deactivated => "deactivated",
            Self::TakeOverPossible => "take-over-possible",
        })
    }
}

impl AliasStatus {
    /// An alias of which nothing is said.
    #[must_use]
    pub fn of(alias: FunctionalAlias) -> Self {
        Self { alias, user: None, status: None, expires: None, since: None, client: None, takes_over: false }
    }

    fn write(&self, w: &mut Writer) {
        let status = self.status.as_ref().map(Lexical::write);
        let [expires, since] = [self.expires, self.since].map(|moment| moment.map(|at| at.to_string()));
        let present = [
            ("user", self.user.as_ref().map(McServiceId::as_str)),
            ("status", status.as_deref()),
            ("expires", expires.as_deref()),
            ("fa:since", since.as_deref()),
            ("fa:client", self.client.as_deref()),
            ("fa:take-over", self.takes_over.then_some("true")),
        ];
        let present = present.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
        let attributes: Vec<(&'static str, &str)> =
            [("functionalAliasID", self.alias.as_str())].into_iter().chain(present).collect();
        w.element("mcpttPI10:functionalAlias", &attributes, |_| ());
    }
}

impl Body for Presence {
    const MEDIA_TYPE: &'static str = mime::PIDF;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        read::presence(open(bytes, NS, "presence")?.root())
    }

    fn write(&self) -> Vec<u8> {
        let mut attributes = vec![
            ("xmlns:mcpttPI10", MCPTT_PRESENCE),
            ("xmlns:fa", FUNCTIONAL_ALIAS),
            ("entity", self.entity.as_str()),
        ];
        if self.scope == Scope::Changes {
            attributes.push(("fa:scope", "changes"));
        }
        Writer::document("presence", NS, &attributes, |w| {
            self.tuples.iter().for_each(|tuple| tuple.write(w));
            self.p_id.iter().for_each(|id| w.leaf("mcpttPI10:p-id-fa", id));
            self.kept.iter().for_each(|raw| w.raw(raw));
        })
    }
}

impl Tuple {
    fn write(&self, w: &mut Writer) {
        w.element("tuple", &[("id", &self.id)], |w| {
            w.element("status", &[], |w| {
                self.aliases.iter().for_each(|alias| alias.write(w));
                self.kept.iter().for_each(|raw| w.raw(raw));
            });
        });
    }
}

#[cfg(test)]
mod tests;
