//! The information documents of the MC services, which have the same elements under other names: who calls whom, with which token.
//! TS 24.379 F.1, TS 24.281 F.1. What the elements are called is said in [`super::mcptt_info`] and [`super::mcvideo_info`].

mod terms;

use std::{borrow::Cow, fmt};

use xml::{Element, Malformed, Writer};

use super::{
    Body, Content, Kept,
    kept::{Own, fields, once},
    migration_elements::{MigrationElements, write},
    open,
};
use crate::{
    ids::{FunctionalAlias, McServiceId},
    lexical::Lexical,
};

pub(super) use terms::vocabulary;
pub use terms::{Terms, Vocabulary};

/// The information document of one MC service.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServiceInfo<V> {
    /// `…-access-token`: the user's token, at service authorization (TS 24.379 7.2, TS 24.281 7.2).
    pub access_token: Option<Content<AccessToken>>,
    /// `…-request-uri`: whom the request is for: a user, a group or a function, by a `sip:` URI.
    pub request_uri: Option<Content<McServiceId>>,
    /// `…-calling-user-id`: the user on whose behalf the request is sent.
    pub calling_user_id: Option<Content<McServiceId>>,
    /// `…-client-id`: which client of the user (a URN).
    pub client_id: Option<Content<String>>,
    /// `functional-alias-URI`, under `anyExt`: the role in which the user acts.
    pub functional_alias: Option<Content<FunctionalAlias>>,
    /// What is said of a migrating user, under `anyExt`.
    pub migration: MigrationElements,
    /// Every other child beside these.
    pub kept: Kept,
    /// Children of the document's element beside the one that holds these.
    pub kept_beside: Kept,
    /// By which names.
    pub vocabulary: V,
}

impl Terms {
    const fn own(&self) -> Own {
        Own { namespace: self.names.namespace, placed: self.order }
    }

    const fn beside(&self) -> Own {
        Own { namespace: self.names.namespace, placed: &[] }
    }
}

impl<V: Vocabulary + Default> Body for ServiceInfo<V> {
    const MEDIA_TYPE: &'static str = V::MEDIA_TYPE;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let terms = V::TERMS;
        let document = open(bytes, terms.names.namespace, terms.root)?;
        let mut info = Self::default();
        let mut params = None;
        for field in fields(document.root(), terms.names.namespace) {
            if field.name(terms.names.namespace) == terms.params {
                once(&mut params, field.element, field.element)?;
            } else {
                info.kept_beside.keep(field, terms.beside());
            }
        }
        // F.1 lets it be absent: a body that says nothing.
        params.map_or(Ok(()), |params| info.read_params(&terms, params))?;
        Ok(info)
    }

    fn write(&self) -> Vec<u8> {
        let terms = V::TERMS;
        Writer::document(terms.root, terms.names.namespace, &[], |w| {
            w.element(terms.params, &[], |w| self.write_params(&terms, w));
            self.kept_beside.write_end(w, terms.beside(), None);
        })
    }
}

impl<V> ServiceInfo<V> {
    fn read_params(&mut self, terms: &Terms, params: Element<'_>) -> Result<(), Malformed> {
        let names = &terms.names;
        for field in fields(params, names.namespace) {
            let (at, name) = (field.element, field.name(names.namespace));
            if name == terms.access_token {
                once(&mut self.access_token, at, names.read_string(at)?)?;
            } else if name == terms.request_uri {
                once(&mut self.request_uri, at, names.read_uri(at)?)?;
            } else if name == terms.calling_user_id {
                once(&mut self.calling_user_id, at, names.read_uri(at)?)?;
            } else if name == terms.client_id {
                once(&mut self.client_id, at, names.read_string(at)?)?;
            } else if Some(name) == terms.functional_alias {
                once(&mut self.functional_alias, at, names.read_uri(at)?)?;
            } else if !self.migration.read(names, name, at)? {
                self.kept.keep(field, terms.own());
            }
        }
        Ok(())
    }

    fn write_params(&self, terms: &Terms, w: &mut Writer) {
        let names = &terms.names;
        for name in terms.order.iter().copied() {
            if name == terms.access_token {
                write(w, name, names.string, self.access_token.as_ref());
            } else if name == terms.request_uri {
                write(w, name, names.uri, self.request_uri.as_ref());
            } else if name == terms.calling_user_id {
                write(w, name, names.uri, self.calling_user_id.as_ref());
            } else if name == terms.client_id {
                write(w, name, names.string, self.client_id.as_ref());
            } else {
                self.kept.write_named(w, terms.own(), name);
            }
        }
        let alias = terms.functional_alias.zip(self.functional_alias.as_ref());
        let typed = |w: &mut Writer| {
            if let Some((name, alias)) = alias {
                write(w, name, names.uri, Some(alias));
            }
            self.migration.write(names, w);
        };
        let is_said = alias.is_some() || self.migration != MigrationElements::default();
        let typed: Option<&dyn Fn(&mut Writer)> = if is_said { Some(&typed) } else { None };
        self.kept.write_end(w, terms.own(), typed);
    }
}

/// A bearer token: a secret, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// Wraps a token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

impl Lexical for AccessToken {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        if text.is_empty() { Err("the token is empty".into()) } else { Ok(Self::new(text)) }
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
