//! Fills a store in a file with records that differ by a number, for measurements of large stores.
//!
//! `cargo run --release -p mcx-interop --example fill -- STORE COUNT KEY=FILE...`: for each number below COUNT one record for each
//! KEY, whose value is the file's content. `{n}` is replaced by the number in both.

use std::{error::Error, fs, path::Path, time::UNIX_EPOCH};

use futures::{executor::block_on, future::join_all};
use store::{Batch, Clock, Redb, Store as _};

/// How many batches are handed in at once.
const AT_ONCE: u64 = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, count, records @ ..] = arguments.as_slice() else {
        return Err("usage: fill STORE COUNT KEY=FILE...".into());
    };
    let mut drafts = Vec::new();
    for record in records {
        let (key, file) = record.rsplit_once('=').ok_or("a record is KEY=FILE")?;
        drafts.push((key, fs::read_to_string(file)?));
    }
    let (store, count) = (Redb::open(Path::new(path), Clock::still(UNIX_EPOCH))?, count.parse()?);
    for first in (0..count).step_by(usize::try_from(AT_ONCE)?) {
        let commits = (first..count.min(first + AT_ONCE)).map(|number| {
            let number = number.to_string();
            let put = |batch: Batch, (key, value): &(&str, String)| {
                batch.put(key.replace("{n}", &number), value.replace("{n}", &number))
            };
            store.commit(drafts.iter().fold(Batch::new(), put))
        });
        for committed in block_on(join_all(commits)) {
            committed?;
        }
    }
    Ok(())
}
