//! Where promises are kept.

use std::{path::Path, sync::Arc};

use store::{Disk, Redb, Store};

use crate::Failure;

/// The store of a process: a file, or memory where none is named.
pub(super) fn open(file: Option<&Path>) -> Result<Arc<dyn Store>, Failure> {
    let opened = match file {
        Some(file) => Redb::open(file),
        None => Redb::open_in_memory(Disk::new()),
    };
    opened.map(|store| Arc::new(store) as Arc<dyn Store>).map_err(|why| Failure::start("store", why))
}
