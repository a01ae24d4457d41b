//! One table of a document, and how its keys are asked for.

use std::{
    cell::RefCell,
    fmt::{Debug, Display},
    ops::{Range, RangeInclusive},
    path::Path,
};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{
    asked::{Holds, Need},
    document::Source,
    nearest::did_you_mean,
    value::{Raw, Value, kind},
};

/// A table while it is being read. Each key that is asked for becomes a known key; whatever else stands in the table
/// is an error once the reading function has returned.
#[derive(Debug)]
pub struct Table<'d> {
    source: &'d Source<'d>,
    path: String,
    /// The path with `NAME` for names that the file chooses.
    section: String,
    entries: &'d DeTable<'d>,
    place: Range<usize>,
    /// Whether it has been read before: nothing that it holds is new then.
    is_again: bool,
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
        let (section, known, any_name) = (path.clone(), RefCell::default(), RefCell::default());
        Self { source, path, section, entries, place, is_again: false, known, any_name }
    }

    /// Its dotted name, such as `gateway.listen`; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file that it stands in, as it was named.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.source.file()
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
        self.asks(key, Holds::value::<T>(), Need::Required);
        self.optional(key)
    }

    /// The key's value where it is there; it is an error where it is of the wrong kind.
    pub fn optional<T: Value>(&self, key: &'static str) -> Option<T> {
        self.asks(key, Holds::value::<T>(), Need::Optional);
        let (_, value) = self.find(key)?;
        // What is read again has been judged before.
        T::read(&Raw::new((!self.is_again).then_some(self.source), self.source.folder(), key, value))
    }

    /// The key's value, or `default` where it is absent.
    pub fn or<T: Value + Debug>(&self, key: &'static str, default: T) -> T {
        self.asks(key, Holds::value::<T>(), Need::Default(format!("{default:?}")));
        self.optional(key).unwrap_or(default)
    }

    /// The key's value within a range, or `default` where it is absent.
    pub fn within<T>(&self, key: &'static str, range: RangeInclusive<T>, default: T) -> T
    where
        T: Value + PartialOrd + Display,
    {
        self.asks(key, Holds::value::<T>(), Need::Default(default.to_string()));
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
        let hint = did_you_mean(&name, names);
        self.error_at_value(key, format!("\"{key}\" names an unknown {what} \"{name}\"{hint}"));
        None
    }

    /// The table under `key`, where it is there.
    pub fn table<R>(&self, key: &'static str, f: impl FnOnce(&Table<'_>) -> Option<R>) -> Option<R> {
        self.asks(key, Holds::Table, Need::Optional);
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
        self.asks(key, Holds::Table, Need::Required);
        self.table(key, f)
    }

    /// The array of tables under `key`, those that could be read; none where the key is absent.
    pub fn tables<R>(&self, key: &'static str, mut f: impl FnMut(&Table<'_>) -> Option<R>) -> Vec<R> {
        self.asks(key, Holds::Tables, Need::Optional);
        let Some((_, value)) = self.find(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            let (found, path) = (kind(value.get_ref()), self.inner(key));
            let hint = match value.get_ref() {
                DeValue::Table(_) => format!(": [[{path}]] begins each, above what belongs to it"),
                _ => String::new(),
            };
            self.source
                .error(&value.span(), format!("\"{key}\" must be an array of tables, not {found}{hint}"));
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
        self.asks(key, Holds::NamedTables, Need::Optional);
        read.unwrap_or_default()
    }

    /// The table under `key`, or each of the tables, once more, after all of them have been read: for what holds between sections.
    /// Nothing of it counts as asked for.
    pub fn again(&self, key: &'static str, mut f: impl FnMut(&Table<'_>)) {
        let Some((name, value)) = self.find(key) else { return };
        let mut visit = |entries: &DeTable<'_>, place: Range<usize>| {
            let table = Table { is_again: true, ..Table::new(self.source, self.inner(key), entries, place) };
            f(&table);
        };
        match value.get_ref() {
            DeValue::Table(entries) => visit(entries, name.span()),
            DeValue::Array(items) => {
                for item in items.iter() {
                    if let DeValue::Table(entries) = item.get_ref() {
                        visit(entries, item.span());
                    }
                }
            }
            _ => {}
        }
    }

    /// As [`Table::again`], for tables that go by names of their own.
    pub fn named_again(&self, key: &'static str, mut f: impl FnMut(&Table<'_>)) {
        self.again(key, |group| {
            for (name, value) in group.entries.iter() {
                if let DeValue::Table(entries) = value.get_ref() {
                    let path = group.inner(name.get_ref());
                    f(&Table { is_again: true, ..Table::new(group.source, path, entries, name.span()) });
                }
            }
        });
    }

    /// Every table below this one, whatever it is called, once more: as [`Table::again`].
    pub fn all_again(&self, f: &mut dyn FnMut(&Table<'_>)) {
        for (name, value) in self.entries.iter() {
            let mut visit = |entries: &DeTable<'_>, place: Range<usize>| {
                let path = self.inner(name.get_ref());
                let table = Table { is_again: true, ..Table::new(self.source, path, entries, place) };
                f(&table);
                table.all_again(f);
            };
            match value.get_ref() {
                DeValue::Table(entries) => visit(entries, name.span()),
                DeValue::Array(items) => {
                    for item in items.iter() {
                        if let DeValue::Table(entries) = item.get_ref() {
                            visit(entries, item.span());
                        }
                    }
                }
                _ => {}
            }
        }
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

    /// Tells what may not be meant, at the value of a key or at the table where the key is absent.
    pub fn warn_at_value(&self, key: &'static str, text: &str) {
        let place = self.find(key).map_or_else(|| self.place.clone(), |(_, value)| value.span());
        self.source.warn(&place, text);
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
            let hint = did_you_mean(wrong, known.iter().copied());
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
        let mut table = Table::new(self.source, self.inner(name), entries, place);
        let name = if *self.any_name.borrow() { "NAME" } else { name };
        table.section = dotted(&self.section, name);
        let read = f(&table);
        table.finish();
        read
    }

    fn inner(&self, name: &str) -> String {
        dotted(&self.path, name)
    }

    fn asks(&self, key: &'static str, holds: Holds, need: Need) {
        if !self.is_again {
            self.source.asked.borrow_mut().add(&self.section, key, holds, need);
        }
    }

    fn missing(&self, key: &str) {
        if !self.source.broken {
            // The place of a table that has no header is where one below it begins.
            let hint = match self.source.is_part(&self.place) {
                true => format!(": there is only a part of it, and no [{}]", self.path),
                false => String::new(),
            };
            self.source.error(&self.place, format!("missing key \"{key}\"{}{hint}", self.inside()));
        }
    }

    fn inside(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" in [{}]", self.path) }
    }

    fn find(&self, key: &'static str) -> Option<(&'d Spanned<DeString<'d>>, &'d Spanned<DeValue<'d>>)> {
        self.asks(key, Holds::Unread, Need::Optional);
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.entries.get_key_value(key)
    }
}

fn dotted(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
