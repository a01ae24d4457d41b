use std::{
    io::{Seek, SeekFrom, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::*;

const RECORDS: u32 = 2000;

/// A file with enough records for a tree of several levels.
fn filled(path: &Path) {
    let store = Redb::open(path, clock()).unwrap();
    let batch = (0..RECORDS).fold(Batch::new(), |batch, number| {
        batch.put(number.to_be_bytes().to_vec(), number.to_be_bytes().repeat(50))
    });
    block_on(store.commit(batch)).unwrap();
}

fn garble(path: &Path, from: u64, length: u64) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(&noise(length, from)).unwrap();
}

#[test]
fn a_file_with_a_garbled_middle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    filled(&path);
    let size = fs::metadata(&path).unwrap().len();
    garble(&path, size / 4, size / 2);
    let fault = Redb::open(&path, clock()).err().expect("a fault");
    assert_eq!(fault.kind(), Kind::Corrupt, "{fault}");
    assert!(fault.to_string().starts_with(&format!("cannot open the store {}", path.display())), "{fault}");
}

#[test]
fn wherever_a_file_is_garbled_there_is_no_panic_and_no_wrong_record() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, path) = (folder.path().join("whole"), folder.path().join("store"));
    filled(&whole);
    let size = fs::metadata(&whole).unwrap().len();
    let mut refused = 0;
    for part in 0..32 {
        fs::copy(&whole, &path).unwrap();
        garble(&path, part * size / 32, 700);
        let outcome = catch_unwind(AssertUnwindSafe(|| match Redb::open(&path, clock()) {
            Err(_) => true,
            Ok(store) => {
                for number in 0..RECORDS {
                    let record = block_on(store.get(&number.to_be_bytes()));
                    let value = record.unwrap().expect("a record").value;
                    assert_eq!(value, number.to_be_bytes().repeat(50), "part {part}");
                }
                false
            }
        }));
        refused += u32::from(outcome.unwrap_or_else(|_| panic!("a panic or a wrong record, part {part}")));
    }
    assert!(refused > 0, "records are somewhere in the file");
}

#[test]
fn a_truncated_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    for kept in [100, 5000, 300_000] {
        filled(&path);
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(kept).unwrap();
        let fault = Redb::open(&path, clock()).err().expect("a fault");
        assert_eq!(fault.kind(), Kind::Corrupt, "{fault}");
        fs::remove_file(&path).unwrap();
    }
}
