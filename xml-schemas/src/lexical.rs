//! Values and their lexical form in XML.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use xml::{Element, Malformed};

use crate::{
    Timestamp,
    ids::{Identity, Kind, RequestId, SystemId},
};

/// A value that stands as text in an element or an attribute.
pub trait Lexical: Sized {
    /// Reads the lexical form.
    ///
    /// # Errors
    /// The rule that the text breaks; it does not repeat the text.
    fn read(text: &str) -> Result<Self, Cow<'static, str>>;

    /// The lexical form, unescaped.
    fn write(&self) -> Cow<'_, str>;
}

/// Reads the text of an element that holds nothing else.
///
/// # Errors
/// [`Malformed`] at the element.
pub fn text_of<T: Lexical>(element: Element<'_>) -> Result<T, Malformed> {
    T::read(&element.simple_text()?).map_err(|rule| element.fault(rule))
}

/// Reads an attribute that may be absent.
///
/// # Errors
/// [`Malformed`] at the element.
pub fn attribute_of<T: Lexical>(element: Element<'_>, name: &str) -> Result<Option<T>, Malformed> {
    let value = element.attribute(name).map(|text| T::read(text.trim()));
    value.transpose().map_err(|rule| element.fault(format!("attribute {name}: {rule}")))
}

fn parsed<T: FromStr>(text: &str) -> Result<T, Cow<'static, str>>
where
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| Cow::Owned(error.to_string()))
}

impl<K: Kind> Lexical for Identity<K> {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        parsed(text)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

impl Lexical for SystemId {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        parsed(text)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.uri())
    }
}

impl Lexical for RequestId {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        parsed(text)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

impl Lexical for Timestamp {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        parsed(text)
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl Lexical for String {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        Ok(text.to_owned())
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl Lexical for bool {
    /// XML Schema Part 2, 3.2.2: `true`, `false`, `1`, `0`.
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("not true or false".into()),
        }
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(if *self { "true" } else { "false" })
    }
}

impl Lexical for u16 {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        text.parse().map_err(|_| "not a number from 0 to 65535".into())
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl Lexical for u64 {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        text.parse().map_err(|_| "not a number from 0 to 18446744073709551615".into())
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}
