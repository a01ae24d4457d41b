//! One table of a document, and how its keys are asked for.

use std::{
    cell::RefCell,
    fmt::Display,
    ops::{Range, RangeInclusive},
};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{
    document::Source,
    nearest::hint,
    value::{Raw, Value, kind},
};

/// A table while it is being read. Each key that is asked for becomes a known key; whatever else stands in the table
/// is an error once the reading function has returned.
#[derive(Debug)]
pub struct Table<'d> {
    source: &'d Source<'d>,
    path: String,
    entries: &'d DeTable<'d>,
    place: Range<usize>,
    known: RefCell<Vec<&'static str>>,
    any_name: RefCell<bool>,
}

impl<'d> Table<'d> {
    pub(super) fn new(
        source: &'d Source<'d>,
        path: String,
        entries: &'d DeTable<'d>,
        place: Range<usize>,
    ) -> Self {
        Self { source, path, entries, place, known: RefCell::default(), any_name: RefCell::default() }
    }

    /// Its dotted name, such as `gateway.listen`; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its own name within its parent: `alice` for `[client.alice]`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// Whether the key is there, without reading it.
    #[must_use]
    pub fn has(&self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// The key's value; it is an error where it is absent or of the wrong kind.
    pub fn required<T: Value>(&self, key: &'static str) -> Option<T> {
        if !self.has(key) {
            self.missing(key);
        }
        self.optional(key)
    }

    /// The key's value where it is there; it is an error where it is of the wrong kind.
    pub fn optional<T: Value>(&self, key: &'static str) -> Option<T> {
        let (_, value) = self.find(key)?;
        T::read(&Raw::new(self.source, key, value))
    }

    /// The key's value, or `default` where it is absent.
    pub fn or<T: Value>(&self, key: &'static str, default: T) -> T {
        self.optional(key).unwrap_or(default)
    }

    /// The key's value within a range, or `default` where it is absent.
    pub fn within<T>(&self, key: &'static str, range: RangeInclusive<T>, default: T) -> T
    where
        T: Value + PartialOrd + Display,
    {
        match self.optional::<T>(key) {
            Some(value) if !range.contains(&value) => {
                let (least, most) = (range.start(), range.end());
                self.error_at(key, format!("\"{key}\" must be between {least} and {most}, not {value}"));
                default
            }
            Some(value) => value,
            None => default,
        }
    }

    /// The key's value, which must be one of `names`: a reference to something that the document defines elsewhere.
    pub fn reference<'n>(
        &self,
        key: &'static str,
        what: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<String> {
        let name = self.optional::<String>(key)?;
        let names: Vec<&str> = names.into_iter().collect();
        if names.contains(&name.as_str()) {
            return Some(name);
        }
        let hint = hint(&name, names);
        self.error_at_value(key, format!("\"{key}\" names an unknown {what} \"{name}\"{hint}"));
        None
    }

    /// The table under `key`, where it is there.
    pub fn table<R>(&self, key: &'static str, f: impl FnOnce(&Table<'_>) -> Option<R>) -> Option<R> {
        let (name, value) = self.find(key)?;
        match value.get_ref() {
            DeValue::Table(entries) => self.descend(key, entries, name.span(), f),
            other => {
                self.source.error(&value.span(), format!("\"{key}\" must be a table, not {}", kind(other)));
                None
            }
        }
    }

    /// The table under `key`; it is an error where it is absent.
    pub fn required_table<R>(&self, key: &'static str, f: impl FnOnce(&Table<'_>) -> Option<R>) -> Option<R> {
        if !self.has(key) {
            self.missing(key);
        }
        self.table(key, f)
    }

    /// The array of tables under `key`, those that could be read; none where the key is absent.
    pub fn tables<R>(&self, key: &'static str, mut f: impl FnMut(&Table<'_>) -> Option<R>) -> Vec<R> {
        let Some((_, value)) = self.find(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            let found = kind(value.get_ref());
            self.source.error(&value.span(), format!("\"{key}\" must be an array of tables, not {found}"));
            return Vec::new();
        };
        let read = |item: &Spanned<DeValue<'d>>| match item.get_ref() {
            DeValue::Table(entries) => self.descend(key, entries, item.span(), &mut f),
            other => {
                let text = format!("\"{key}\" must hold tables, not {}", kind(other));
                self.source.error(&item.span(), text);
                None
            }
        };
        items.iter().filter_map(read).collect()
    }

    /// The tables under `key` that go by names of their own (`[client.alice]`), in the order of the file.
    pub fn named_tables<R>(&self, key: &'static str, mut f: impl FnMut(&Table<'_>) -> Option<R>) -> Vec<R> {
        let read = self.table(key, |group| {
            *group.any_name.borrow_mut() = true;
            let mut members: Vec<_> = group.entries.iter().collect();
            members.sort_by_key(|(name, _)| name.span().start);
            let read = members.into_iter().filter_map(|(name, value)| match value.get_ref() {
                DeValue::Table(entries) => group.descend(name.get_ref(), entries, name.span(), &mut f),
                other => {
                    let text = format!("\"{}\" must be a table, not {}", name.get_ref(), kind(other));
                    group.source.error(&value.span(), text);
                    None
                }
            });
            Some(read.collect())
        });
        read.unwrap_or_default()
    }

    /// Reports a mistake at a key, or at the table where the key is absent.
    pub fn error_at(&self, key: &'static str, text: impl Into<String>) {
        let place = self.find(key).map_or_else(|| self.place.clone(), |(name, _)| name.span());
        self.source.error(&place, text);
    }

    /// Reports a mistake at the value of a key, or at the table where the key is absent.
    pub fn error_at_value(&self, key: &'static str, text: impl Into<String>) {
        let place = self.find(key).map_or_else(|| self.place.clone(), |(_, value)| value.span());
        self.source.error(&place, text);
    }

    /// Reports a mistake of the table as a whole.
    pub fn error(&self, text: impl Into<String>) {
        self.source.error(&self.place, text);
    }

    /// Everything that nobody has asked for is an error.
    pub(super) fn finish(self) {
        if *self.any_name.borrow() {
            return;
        }
        let known = self.known.borrow();
        for name in self.entries.keys().filter(|name| !known.contains(&name.get_ref().as_ref())) {
            let wrong = name.get_ref();
            let hint = hint(wrong, known.iter().copied());
            self.source.error(&name.span(), format!("unknown key \"{wrong}\"{}{hint}", self.inside()));
        }
    }

    fn descend<R>(
        &self,
        name: &str,
        entries: &DeTable<'_>,
        place: Range<usize>,
        f: impl FnOnce(&Table<'_>) -> Option<R>,
    ) -> Option<R> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let table = Table::new(self.source, path, entries, place);
        let read = f(&table);
        table.finish();
        read
    }

    fn missing(&self, key: &str) {
        if !self.source.broken {
            self.source.error(&self.place, format!("missing key \"{key}\"{}", self.inside()));
        }
    }

    fn inside(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" in [{}]", self.path) }
    }

    fn find(&self, key: &'static str) -> Option<(&'d Spanned<DeString<'d>>, &'d Spanned<DeValue<'d>>)> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.entries.get_key_value(key)
    }
}
