//! Which keys a configuration has: every key that was asked for while one was read, so that a reference of them can be checked
//! against the code.

use std::{any::type_name, collections::BTreeMap};

/// One key that the code asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Its table by its dotted name, where tables that go by names of their own are called `NAME`: `tls.NAME`; empty for the root.
    pub section: String,
    /// The key.
    pub key: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Whether it must be there.
    pub need: Need,
}

/// What stands to the right of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    /// Nobody looked: it was only asked whether the key is there.
    Unread,
    /// A value; what Rust calls its type.
    Value(&'static str),
    /// A table.
    Table,
    /// An array of tables.
    Tables,
    /// A table of tables that go by names of their own.
    NamedTables,
}

/// Whether a key must be there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// It may be absent.
    Optional,
    /// Where it is absent, this is read.
    Default(String),
    /// It must be there.
    Required,
}

impl Holds {
    pub(super) fn value<T>() -> Self {
        Self::Value(type_name::<T>())
    }
}

/// Every key so far, by section and name.
#[derive(Default, Debug)]
pub(super) struct Keys(BTreeMap<(String, &'static str), (Holds, Need)>);

impl Keys {
    /// A key is asked for, perhaps again: what is known of it stays.
    pub(super) fn add(&mut self, section: &str, key: &'static str, holds: Holds, need: Need) {
        let known = self.0.entry((section.to_owned(), key)).or_insert((Holds::Unread, Need::Optional));
        if holds != Holds::Unread {
            known.0 = holds;
        }
        if need > known.1 {
            known.1 = need;
        }
    }

    pub(super) fn into_list(self) -> Vec<Asked> {
        let asked = |((section, key), (holds, need))| Asked { section, key, holds, need };
        self.0.into_iter().map(asked).collect()
    }
}
