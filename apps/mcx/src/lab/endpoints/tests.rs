use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
};

use driver::SystemIds;

use crate::{
    cli::Topology,
    lab::{files, plan::Plan},
};

#[test]
fn passwords_are_never_where_others_may_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::in_memory(folder.path(), Topology::On, &*SystemIds::shared());
    files::write(&plan).unwrap();
    let file = folder.path().join("endpoints.json");
    // Nothing that stands where the file is begun is written to, nor taken as it is.
    let (begun, elsewhere) = (
        folder.path().join(format!("endpoints.json.{}", std::process::id())),
        folder.path().join("of-others"),
    );
    fs::write(&elsewhere, "as it was").unwrap();
    symlink(&elsewhere, &begun).unwrap();
    super::of(&plan, None, &[]).unwrap().write(&file).unwrap();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "as it was");
    let written = fs::symlink_metadata(&file).unwrap();
    assert!(written.is_file());
    assert_eq!(written.permissions().mode() & 0o777, 0o600);
}
