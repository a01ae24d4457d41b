//! For which servers a token is, by its scopes. TS 33.180 clause B.4.2.2, RFC 6749 clause 3.3

use std::fmt;

use crate::config::Named;

/// What the scopes of MC services begin with.
const MC: &str = "3gpp:mc:";

/// The servers that look at scopes: for each of the three MC services there is one scope of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// MC service servers.
    Service,
    /// Group management servers.
    Groups,
    /// Configuration management servers.
    Configuration,
}

impl Part {
    /// The scopes of which one is needed.
    #[must_use]
    pub fn scopes(self) -> [&'static str; 3] {
        match self {
            Self::Service => ["3gpp:mc:ptt_service", "3gpp:mc:video_service", "3gpp:mc:data_service"],
            Self::Groups => [
                "3gpp:mc:ptt_group_management_service",
                "3gpp:mc:video_group_management_service",
                "3gpp:mc:data_group_management_service",
            ],
            Self::Configuration => [
                "3gpp:mc:ptt_config_management_service",
                "3gpp:mc:video_config_management_service",
                "3gpp:mc:data_config_management_service",
            ],
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "an MC service (3gpp:mc:*_service)",
            Self::Groups => "group management (3gpp:mc:*_group_management_service)",
            Self::Configuration => "configuration management (3gpp:mc:*_config_management_service)",
        })
    }
}

/// What is asked of the scopes of an issuer's tokens.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Scopes {
    /// One that is for the server.
    #[default]
    Required,
    /// The same of tokens that name any scope of MC services; others are for every server.
    AsNamed,
}

impl Named for Scopes {
    const NAMES: &'static [(&'static str, Self)] =
        &[("required", Self::Required), ("as-named", Self::AsNamed)];
}

impl Scopes {
    /// Whether a token with these scopes is for whoever wants one of `wanted`.
    pub(super) fn admit(self, named: &[String], wanted: &[&str]) -> bool {
        let is_silent = || !named.iter().any(|scope| scope.starts_with(MC));
        named.iter().any(|scope| wanted.contains(&scope.as_str())) || self == Self::AsNamed && is_silent()
    }
}
