//! Where a chain lies in the store.

/// Before all chains.
const ALL: &str = "audit/";

/// The keys of one chain.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    folder: String,
}

impl Keys {
    pub(crate) fn of(name: &str) -> Self {
        Self { folder: format!("{ALL}{name}/") }
    }

    /// Which chain it is, and where it ends.
    pub(crate) fn end(&self) -> String {
        format!("{}end", self.folder)
    }

    /// Before the entries that wait for their place.
    pub(crate) fn waiting(&self) -> String {
        format!("{}new/", self.folder)
    }

    /// Before the entries.
    pub(crate) fn entries(&self) -> String {
        format!("{}entry/", self.folder)
    }

    pub(crate) fn entry(&self, seq: u64) -> String {
        format!("{}{seq:016x}", self.entries())
    }

    /// Before the signed heads.
    pub(crate) fn heads(&self) -> String {
        format!("{}head/", self.folder)
    }

    pub(crate) fn head(&self, seq: u64) -> String {
        format!("{}{seq:016x}", self.heads())
    }

    /// The number at the end of a key below this prefix.
    pub(crate) fn number(prefix: &str, key: &[u8]) -> Option<u64> {
        let digits = std::str::from_utf8(key).ok()?.strip_prefix(prefix)?;
        u64::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 16)
    }

    pub(crate) fn all() -> &'static str {
        ALL
    }
}
