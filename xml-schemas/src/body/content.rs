//! The pattern of 3GPP's `contentType`: a value in the clear, or encrypted for someone who has the key.

use std::fmt;

use xml::{Element, Malformed, Raw, Writer};

use crate::{
    lexical::{Lexical, text_of},
    mime::namespace::XML_ENCRYPTION,
};

/// A value that may be encrypted (TS 24.379 F.1 `contentType`, TS 33.180 9.3.4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content<T> {
    /// `type="Normal"`, or no type.
    Normal(T),
    /// `type="Encrypted"`: the element as it came, to be refused or handed on.
    Encrypted(Raw),
}

/// A value is needed that only a holder of the key can read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StillEncrypted;

impl fmt::Display for StillEncrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content is encrypted")
    }
}

impl std::error::Error for StillEncrypted {}

impl<T> Content<T> {
    /// The value in the clear.
    ///
    /// # Errors
    /// [`StillEncrypted`] where it is not in the clear.
    pub fn plain(&self) -> Result<&T, StillEncrypted> {
        match self {
            Self::Normal(value) => Ok(value),
            Self::Encrypted(_) => Err(StillEncrypted),
        }
    }
}

impl<T> From<T> for Content<T> {
    fn from(value: T) -> Self {
        Self::Normal(value)
    }
}

impl<T: Lexical> Content<T> {
    /// Reads the element; the value stands in one child, under one of these names.
    pub(crate) fn read(element: Element<'_>, namespace: &str, children: &[&str]) -> Result<Self, Malformed> {
        let sealed = element.children().any(|child| child.namespace() == XML_ENCRYPTION);
        match element.attribute("type") {
            Some("Encrypted") => return Ok(Self::Encrypted(element.to_raw())),
            None | Some("Normal") if sealed => return Ok(Self::Encrypted(element.to_raw())),
            None | Some("Normal") => {}
            Some(_) => return Err(element.fault("attribute type: neither Normal nor Encrypted")),
        }
        let value = children.iter().find_map(|name| element.child(namespace, name));
        let value = value.ok_or_else(|| {
            element.fault(format!("a required element is missing: {}", children.join(" or ")))
        })?;
        text_of(value).map(Self::Normal)
    }

    /// Writes the element with the value in this child.
    pub(crate) fn write(&self, w: &mut Writer, name: &'static str, child: &'static str) {
        match self {
            Self::Normal(value) => w.element(name, &[("type", "Normal")], |w| w.leaf(child, &value.write())),
            Self::Encrypted(raw) => w.raw(raw),
        }
    }
}
