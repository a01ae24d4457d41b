//! `mcpttinfo`: who calls whom, with which token. TS 24.379 F.1 · media type [`crate::mime::MCPTT_INFO`]

use std::{borrow::Cow, fmt};

use xml::{Element, Malformed, Writer};

use super::{
    Body, Content, Kept,
    kept::{Own, fields, once},
    migration_elements::{MigrationElements, Names, write},
    open,
};
use crate::{
    ids::{FunctionalAlias, McServiceId},
    lexical::Lexical,
    mime::{self, namespace::MCPTT_INFO as NS},
    names,
};

/// The children of `mcptt-Params` in the schema's order. Those that no field below names are kept as they come.
const ORDER: [&str; 19] = [
    "mcptt-access-token",
    "session-type",
    "mcptt-request-uri",
    "mcptt-calling-user-id",
    "mcptt-called-party-id",
    "mcptt-calling-group-id",
    "required",
    "emergency-ind",
    "alert-ind",
    "imminentperil-ind",
    "broadcast-ind",
    "mc-org",
    "floor-state",
    "associated-group-id",
    "originated-by",
    "MKFC-GKTPs",
    "mcptt-client-id",
    "alert-ind-rcvd",
    "gw-mcptt-usage",
];

const NAMES: Names = Names {
    namespace: NS,
    uri: names::MCPTT[0],
    string: names::MCPTT[1],
    boolean: "mcpttBoolean",
    partner: "partner-mcptt-id",
    primary: "primary-mcptt-id",
};

const PARAMS: Own = Own { namespace: NS, placed: &ORDER };
const BESIDE: Own = Own { namespace: NS, placed: &[] };

/// `mcptt-Params` of an `mcpttinfo` document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct McpttInfo {
    /// `mcptt-access-token`: the user's token, at service authorization (TS 24.379 7.2).
    pub access_token: Option<Content<AccessToken>>,
    /// `mcptt-request-uri`: whom the request is for: a user, a group or a function, by a `sip:` URI.
    pub request_uri: Option<Content<McServiceId>>,
    /// `mcptt-calling-user-id`: the user on whose behalf the request is sent.
    pub calling_user_id: Option<Content<McServiceId>>,
    /// `mcptt-client-id`: which client of the user (a URN).
    pub client_id: Option<Content<String>>,
    /// `functional-alias-URI`, under `anyExt`: the role in which the user acts.
    pub functional_alias: Option<Content<FunctionalAlias>>,
    /// What is said of a migrating user, under `anyExt`.
    pub migration: MigrationElements,
    /// Every other child of `mcptt-Params`.
    pub kept: Kept,
    /// Children of `mcpttinfo` beside `mcptt-Params`.
    pub kept_beside: Kept,
}

impl Body for McpttInfo {
    const MEDIA_TYPE: &'static str = mime::MCPTT_INFO;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = open(bytes, NS, "mcpttinfo")?;
        let mut info = Self::default();
        let mut params = None;
        for field in fields(document.root(), NS) {
            match field.name(NS) {
                "mcptt-Params" => once(&mut params, field.element, field.element)?,
                _ => info.kept_beside.keep(field, BESIDE),
            }
        }
        // F.1 lets mcptt-Params be absent: a body that says nothing.
        params.map_or(Ok(()), |params| info.read_params(params))?;
        Ok(info)
    }

    fn write(&self) -> Vec<u8> {
        Writer::document("mcpttinfo", NS, &[], |w| {
            w.element("mcptt-Params", &[], |w| self.write_params(w));
            self.kept_beside.write_end(w, BESIDE, None);
        })
    }
}

impl McpttInfo {
    fn read_params(&mut self, params: Element<'_>) -> Result<(), Malformed> {
        for field in fields(params, NS) {
            let element = field.element;
            let name = field.name(NS);
            match name {
                "mcptt-access-token" => once(&mut self.access_token, element, NAMES.read_string(element)?)?,
                "mcptt-request-uri" => once(&mut self.request_uri, element, NAMES.read_uri(element)?)?,
                "mcptt-calling-user-id" => {
                    once(&mut self.calling_user_id, element, NAMES.read_uri(element)?)?
                }
                "mcptt-client-id" => once(&mut self.client_id, element, NAMES.read_string(element)?)?,
                "functional-alias-URI" => {
                    once(&mut self.functional_alias, element, NAMES.read_uri(element)?)?
                }
                _ if self.migration.read(&NAMES, name, element)? => {}
                _ => self.kept.keep(field, PARAMS),
            }
        }
        Ok(())
    }

    fn write_params(&self, w: &mut Writer) {
        for name in ORDER {
            match name {
                "mcptt-access-token" => write(w, name, "mcpttString", self.access_token.as_ref()),
                "mcptt-request-uri" => write(w, name, "mcpttURI", self.request_uri.as_ref()),
                "mcptt-calling-user-id" => write(w, name, "mcpttURI", self.calling_user_id.as_ref()),
                "mcptt-client-id" => write(w, name, "mcpttString", self.client_id.as_ref()),
                _ => self.kept.write_named(w, PARAMS, name),
            }
        }
        let (alias, migration) = (self.functional_alias.as_ref(), &self.migration);
        let typed = |w: &mut Writer| {
            write(w, "functional-alias-URI", "mcpttURI", alias);
            migration.write(&NAMES, w);
        };
        let is_said = alias.is_some() || *migration != MigrationElements::default();
        let typed: Option<&dyn Fn(&mut Writer)> = if is_said { Some(&typed) } else { None };
        self.kept.write_end(w, PARAMS, typed);
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
