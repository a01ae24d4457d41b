//! What may stand to the right of an equals sign.

use std::{ops::Range, path::Path};

use toml::{Spanned, de::DeValue};

use super::{document::Source, nearest::did_you_mean};

/// A type that a value of the configuration is read into.
pub trait Value: Sized {
    /// The value, or none after having reported why not (see [`Raw::expected`] and [`Raw::error`]).
    fn read(raw: &Raw<'_>) -> Option<Self>;
}

/// An enumeration whose values go by name.
pub trait Named: Copy + 'static {
    /// Every name with its value.
    const NAMES: &'static [(&'static str, Self)];
}

/// A value as it stands in the file, with its place.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'d> {
    /// Where a mistake is told; none where it has been.
    source: Option<&'d Source<'d>>,
    folder: &'d Path,
    key: &'d str,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Raw<'d> {
    pub(super) fn new(
        source: Option<&'d Source<'d>>,
        folder: &'d Path,
        key: &'d str,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Self {
        Self { source, folder, key, value }
    }

    /// The text, where it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&'d str> {
        self.value.get_ref().as_str()
    }

    /// The number, where it is an integer; decimal, hexadecimal, octal or binary.
    #[must_use]
    pub fn as_integer(&self) -> Option<i128> {
        let integer = self.value.get_ref().as_integer()?;
        i128::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    /// The number, where it is an integer or a float.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        match self.value.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => self.as_integer().map(|whole| whole as f64),
        }
    }

    /// The truth, where it is a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        self.value.get_ref().as_bool()
    }

    /// The items, where it is an array.
    #[must_use]
    pub fn items(&self) -> Option<impl Iterator<Item = Raw<'d>> + use<'d>> {
        let raw = *self;
        match self.value.get_ref() {
            DeValue::Array(items) => Some(items.iter().map(move |value| Raw { value, ..raw })),
            _ => None,
        }
    }

    /// The folder of the file, which paths are relative to.
    #[must_use]
    pub fn folder(&self) -> &'d Path {
        self.folder
    }

    /// Reports that the value had to be `what` (such as `a duration like "10s"`).
    pub fn expected<T>(&self, what: &str) -> Option<T> {
        let found = match self.value.get_ref() {
            DeValue::String(text) => format!("\"{text}\""),
            DeValue::Integer(integer) => integer.to_string(),
            other => kind(other).to_owned(),
        };
        self.error(format!("\"{}\" must be {what}, not {found}", self.key))
    }

    /// Reports a mistake at the value.
    pub fn error<T>(&self, text: impl Into<String>) -> Option<T> {
        if let Some(source) = self.source {
            source.error(&self.place(), text);
        }
        None
    }

    fn place(&self) -> Range<usize> {
        self.value.span()
    }
}

impl<T: Named> Value for T {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let names = || T::NAMES.iter().map(|(name, _)| *name);
        let list = || names().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let Some(text) = raw.as_str() else { return raw.expected(&format!("one of {}", list())) };
        match T::NAMES.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Some(*value),
            None => raw.error(format!(
                "\"{}\" must be one of {}, not \"{text}\"{}",
                raw.key,
                list(),
                did_you_mean(text, names())
            )),
        }
    }
}

impl<T: Value> Value for Vec<T> {
    fn read(raw: &Raw<'_>) -> Option<Self> {
        let Some(items) = raw.items() else { return raw.expected("an array") };
        let read: Vec<Option<T>> = items.map(|item| T::read(&item)).collect();
        read.into_iter().collect()
    }
}

pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
