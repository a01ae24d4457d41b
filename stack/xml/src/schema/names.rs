//! Names of documents as the engine's numbers, without keeping those that no schema knows.

use xsd_schema::{ids::NameId, namespace::NameTable};

/// As many attributes on one element get distinct numbers without being interned.
const STRANGERS: usize = 64;

/// Numbers that stand for names which no schema uses.
///
/// Such a name can match a wildcard only, and a wildcard looks at the namespace alone, so one number per kind does. The
/// attributes of one element must stay distinct, since the engine refuses a second one of the same name.
pub(crate) struct Names {
    strange_namespace: NameId,
    strangers: Vec<NameId>,
    interned: usize,
}

impl Names {
    pub(crate) fn new(table: &NameTable) -> Self {
        // No XML name or namespace name can hold U+0001.
        let strange_namespace = table.add("\u{1}");
        let strangers = (0..STRANGERS).map(|number| table.add(&format!("\u{1}{number}"))).collect();
        Self { strange_namespace, strangers, interned: table.len() }
    }

    /// How many names there were before the first document.
    pub(crate) fn interned(&self) -> usize {
        self.interned
    }

    pub(crate) fn element(&self, table: &NameTable, name: &str) -> NameId {
        self.attribute(table, name, 0)
    }

    /// `number` is the attribute's place among those of its element.
    pub(crate) fn attribute(&self, table: &NameTable, name: &str, number: usize) -> NameId {
        table.get(name).or_else(|| self.strangers.get(number).copied()).unwrap_or_else(|| table.add(name))
    }

    pub(crate) fn namespace(&self, table: &NameTable, name: Option<&str>) -> Option<NameId> {
        let name = name.filter(|name| !name.is_empty())?;
        Some(table.get(name).unwrap_or(self.strange_namespace))
    }
}
