//! Words of `acm-Params`: how a request hurries, and what it does with its users.

use std::borrow::Cow;

use crate::lexical::Lexical;

/// How much a request hurries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Urgency {
    /// It can wait.
    Low,
    /// As others.
    #[default]
    Normal,
    /// Before others.
    High,
}

/// What a group membership update does with the users of its list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GroupOperation {
    /// They become members.
    Add,
    /// They are members no longer.
    Delete,
}

impl Lexical for Urgency {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        match text {
            "low" => Ok(Self::Low),
            "normal" => Ok(Self::Normal),
            "high" => Ok(Self::High),
            _ => Err("not one of low, normal, high".into()),
        }
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        })
    }
}

impl Lexical for GroupOperation {
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        match text {
            "add" => Ok(Self::Add),
            "delete" => Ok(Self::Delete),
            _ => Err("not one of add, delete".into()),
        }
    }
    fn write(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Add => "add",
            Self::Delete => "delete",
        })
    }
}
