use std::{path::Path, time::UNIX_EPOCH};

use futures::executor::block_on;

use super::*;
use crate::{Batch, Clock, Redb, Store};

fn clock() -> Clock {
    Clock::still(UNIX_EPOCH)
}

fn place(folder: &Path, name: &str) -> Place {
    Place::File(folder.join(name))
}

/// A store whose last version belongs to a record that is gone.
fn filled(folder: &Path) -> Place {
    let store = Redb::open(&folder.join("filled"), clock()).unwrap();
    let until = UNIX_EPOCH + std::time::Duration::from_secs(10_000_000_000);
    for number in 0..300_u32 {
        let key = format!("key/{number}");
        block_on(store.commit(Batch::new().put(key, vec![number as u8; number as usize * 10]))).unwrap();
    }
    block_on(store.commit(Batch::new().put_until("lease", "held", until).put("", ""))).unwrap();
    block_on(store.commit(Batch::new().delete("key/7"))).unwrap();
    place(folder, "filled")
}

fn everything(place: &Place) -> (Vec<Entry>, Version) {
    let Place::File(path) = place else { panic!("a file") };
    let store = Redb::open(path, clock()).unwrap();
    let entries = block_on(store.scan(b"", None, usize::MAX)).unwrap();
    (entries, block_on(store.commit(Batch::new().put("next", ""))).unwrap())
}

fn backup(place: &Place) -> Vec<u8> {
    let mut file = Vec::new();
    back_up(place, &mut file).unwrap();
    file
}

#[test]
fn a_restored_store_has_the_same_records_versions_and_expiries_and_gives_no_version_twice() {
    let folder = tempfile::tempdir().unwrap();
    let from = filled(folder.path());
    let (file, to) = (backup(&from), place(folder.path(), "restored"));
    let contents = restore(&file[..], &to, Existing::Keep).unwrap();
    assert_eq!(contents.records, 301);
    assert!(contents.version >= Some(Version(302)), "the version of what was deleted counts");
    assert_eq!(to.check().unwrap(), contents);
    let (entries, next) = everything(&to);
    assert!(Some(next) > contents.version, "no version is given again");
    assert_eq!(entries, everything(&from).0);
}

#[test]
fn what_is_there_is_replaced_only_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (filled(folder.path()), place(folder.path(), "other"));
    let other = Redb::open(&folder.path().join("other"), clock()).unwrap();
    block_on(other.commit(Batch::new().put("mine", ""))).unwrap();
    drop(other);
    let refused = from.copy(&to, Existing::Keep).unwrap_err();
    assert_eq!(refused.kind(), Kind::Occupied);
    assert_eq!(to.check().unwrap().records, 1);
    from.copy(&to, Existing::Replace).unwrap();
    assert_eq!(to.check().unwrap().records, 301);
    assert_eq!(everything(&to).0, everything(&from).0);
}

#[test]
fn a_backup_of_which_any_octet_is_wrong_or_missing_restores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = backup(&filled(folder.path()));
    let to = place(folder.path(), "restored");
    let stride = (file.len() / 20).max(1);
    for wrong in (0..file.len()).step_by(stride).chain([file.len() - 1]) {
        let mut garbled = file.clone();
        garbled[wrong] ^= 0x20;
        let cut = &file[..wrong];
        for damaged in [&garbled[..], cut] {
            let fault = restore(damaged, &to, Existing::Replace).unwrap_err();
            assert!(matches!(fault.kind(), Kind::Corrupt | Kind::Newer), "octet {wrong}: {fault}");
        }
    }
    let longer = [&file[..], b"more"].concat();
    assert_eq!(restore(&longer[..], &to, Existing::Replace).unwrap_err().kind(), Kind::Corrupt);
    assert_eq!(to.check().unwrap().records, 0);
}

#[test]
fn a_backup_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let later = b"mcx-store-backup 2\nwhatever";
    let fault = restore(&later[..], &place(folder.path(), "to"), Existing::Keep).unwrap_err();
    assert_eq!(fault.kind(), Kind::Newer);
    assert!(fault.to_string().contains("(format 2, known is 1)"), "{fault}");
}

#[test]
fn a_file_that_is_not_there_or_in_use_is_not_moved() {
    let folder = tempfile::tempdir().unwrap();
    let missing = place(folder.path(), "missing");
    assert_eq!(missing.copy(&place(folder.path(), "to"), Existing::Keep).unwrap_err().kind(), Kind::Io);
    assert!(!folder.path().join("missing").exists());
    let from = filled(folder.path());
    let _running = Redb::open(&folder.path().join("filled"), clock()).unwrap();
    assert_eq!(from.check().unwrap_err().kind(), Kind::InUse);
}
