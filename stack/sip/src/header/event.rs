//! Event: RFC 6665 clause 8.2.1.

use super::Typed;
use crate::{
    Malformed, Name, Params,
    lex::{token, whole},
    params::params,
};

/// Which state is subscribed to, notified or published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event<'a> {
    /// The event package with its templates, such as `poc-settings` or `presence.winfo`. Compared with regard to case.
    pub package: &'a [u8],
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> Event<'a> {
    /// Tells subscriptions of one dialog and package apart.
    #[must_use]
    pub fn id(&self) -> Option<&'a [u8]> {
        self.params.get("id")
    }
}

impl<'a> Typed<'a> for Event<'a> {
    const NAME: Name = Name::Event;

    fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        whole(value, (token, params)).map(|(package, params)| Self { package, params })
    }
}
