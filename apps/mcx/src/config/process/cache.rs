//! `store-cache`: how much memory a store in a file may take for its pages.

use kit::config::{Size, Table};

use super::Kept;

/// What may be asked for. Less keeps no page that leads to others; more is no memory of one process.
const BOUNDS: [Size; 2] = [Size(16 << 20), Size(256 << 30)];

/// Where documents are served: of a million, the pages that lead to the others stay, so that the million costs little more to read than a
/// few; and a server of nothing else keeps below 500 MB.
const OF_DOCUMENTS: Size = Size(336 << 20);

/// Where none are: an ACM server, which holds more itself, keeps below 500 MB over a million requests.
const OF_OTHERS: Size = Size(288 << 20);

/// What is served decides where the file does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cache(Size);

impl Cache {
    pub(crate) fn of(asked: Option<Size>, serves_documents: bool) -> Self {
        Self(asked.unwrap_or(if serves_documents { OF_DOCUMENTS } else { OF_OTHERS }))
    }

    pub(crate) fn octets(self) -> usize {
        usize::try_from(self.0.0).unwrap_or(usize::MAX)
    }
}

pub(super) fn read(table: &Table<'_>, store: Option<&Kept>) -> Option<Size> {
    let size = table.optional::<Size>("store-cache")?;
    let [least, most] = BOUNDS;
    if !(least..=most).contains(&size) {
        let text = format!("\"store-cache\" must be between {least} and {most}, not {size}");
        table.error_at_value("store-cache", text);
    }
    if store.and_then(Kept::file).is_none() {
        let text = "\"store-cache\" is for a store in a file, and \"store\" names none";
        table.error_at("store-cache", text);
    }
    Some(size)
}

#[cfg(test)]
mod tests;
