//! A lab's configuration file, changed where a test wants it otherwise.

use toml::{Table, Value};

/// A configuration as `mcx lab` writes it.
#[derive(Clone, Debug)]
pub struct Toml(Table);

impl Toml {
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.parse().expect("the lab writes TOML"))
    }

    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    /// Takes over what another file says at the top.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, value) in other.0 {
            self.0.entry(key).or_insert(value);
        }
    }

    /// Whether there is anything under this key at the top.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The keys of a table at the top.
    #[must_use]
    pub fn keys(&self, table: &str) -> Vec<String> {
        let table = self.0.get(table).and_then(Value::as_table);
        table.into_iter().flat_map(Table::keys).cloned().collect()
    }

    /// Sets the value at a path of keys and places: `gateway.partner.0.hide`.
    ///
    /// # Panics
    /// Where the path leads nowhere.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) -> &mut Self {
        let (table, key) = self.table(path);
        table.insert(key, value.into());
        self
    }

    /// Puts what is at one path at another too: a second terminal of a user.
    ///
    /// # Panics
    /// Where either leads nowhere.
    pub fn copy(&mut self, from: &str, to: &str) -> &mut Self {
        let (table, key) = self.table(from);
        let value = table.get(&key).cloned().unwrap_or_else(|| panic!("nothing at {from}"));
        self.set(to, value)
    }

    /// Removes what is at a path.
    ///
    /// # Panics
    /// Where nothing is.
    pub fn remove(&mut self, path: &str) -> &mut Self {
        let (table, key) = self.table(path);
        assert!(table.remove(&key).is_some(), "nothing at {path}");
        self
    }

    /// Puts a table, as TOML, in front of those at a path: rules are read in order.
    ///
    /// # Panics
    /// Where the path leads nowhere, or the text is no TOML.
    pub fn first(&mut self, path: &str, text: &str) -> &mut Self {
        self.list(path).insert(0, parsed(text));
        self
    }

    /// Puts a table, as TOML, behind those at a path.
    ///
    /// # Panics
    /// Where the path leads nowhere, or the text is no TOML.
    pub fn add(&mut self, path: &str, text: &str) -> &mut Self {
        self.list(path).push(parsed(text));
        self
    }

    /// Removes the table at a place of those at a path.
    ///
    /// # Panics
    /// Where the path leads nowhere, or there are not so many.
    pub fn forget(&mut self, path: &str, place: usize) -> &mut Self {
        self.list(path).remove(place);
        self
    }

    /// Keeps those tables at a path that are such.
    ///
    /// # Panics
    /// Where the path leads nowhere.
    pub fn retain(&mut self, path: &str, is_one: impl Fn(&Value) -> bool) -> &mut Self {
        self.list(path).retain(|table| is_one(table));
        self
    }

    fn list(&mut self, path: &str) -> &mut Vec<Value> {
        let (table, key) = self.table(path);
        let list = table.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut().unwrap_or_else(|| panic!("no list at {path}"))
    }

    fn table(&mut self, path: &str) -> (&mut Table, String) {
        let (way, key) = path.rsplit_once('.').unwrap_or(("", path));
        let mut keys = way.split('.').filter(|key| !key.is_empty());
        let Some(first) = keys.next() else { return (&mut self.0, key.to_owned()) };
        let mut at = self.0.get_mut(first).unwrap_or_else(|| panic!("no {first} in {path}"));
        for key in keys {
            let inner = match at {
                Value::Array(list) => key.parse::<usize>().ok().and_then(|place| list.get_mut(place)),
                other => other.get_mut(key),
            };
            at = inner.unwrap_or_else(|| panic!("no {key} in {path}"));
        }
        let table = at.as_table_mut().unwrap_or_else(|| panic!("no table at {way}"));
        (table, key.to_owned())
    }
}

fn parsed(text: &str) -> Value {
    Value::Table(text.parse().unwrap_or_else(|why| panic!("{why}: {text}")))
}
