use std::fs;

use super::*;

#[test]
fn a_folder_that_only_looks_like_a_lab_is_left_alone_even_when_it_is_to_be_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in WRITTEN {
        let own = folder.path().join(name);
        fs::write(&own, "somebody's own").expect("can be written");
        let told = is_ours_or_free(folder.path()).expect_err("it is somebody's").to_string();
        assert!(told.contains(name) && told.contains("no lab wrote"), "{told}");
        fs::remove_file(own).expect("is there");
    }
    is_ours_or_free(folder.path()).expect("nothing is there");
}

#[test]
fn a_lab_is_replaced_where_that_is_said_and_otherwise_not() {
    let folder = tempfile::tempdir().expect("a folder");
    claim(folder.path(), false).expect("nothing is there");
    fs::create_dir(folder.path().join("primary")).expect("can be made");
    is_ours_or_free(folder.path()).expect("a lab wrote it");
    let told = claim(folder.path(), false).expect_err("there is one").to_string();
    assert!(told.contains("there is a lab in") && told.contains("--fresh replaces it"), "{told}");
    claim(folder.path(), true).expect("is to be replaced");
}

#[test]
fn a_folder_that_anybody_may_write_to_is_no_place_for_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    for (mode, is_fine) in [(0o700, true), (0o775, true), (0o777, false), (0o1777, false)] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("is ours");
        assert_eq!(is_ours_or_free(folder.path()).is_ok(), is_fine, "{mode:o}");
    }
}
