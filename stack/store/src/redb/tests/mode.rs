use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_file_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let _store = Redb::open(&path, clock()).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_file_that_others_may_read_is_narrowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(Redb::open(&path, clock()).unwrap());
    fs::set_permissions(&path, Permissions::from_mode(0o664)).unwrap();
    drop(Redb::open(&path, clock()).unwrap());
    assert_eq!(mode(&path), 0o600);
}
