//! Certificates beyond those that the lab makes: one authority for both systems, and a third system's.

use std::{fs, path::Path};

use certs::{Authority, Leaf};
use mcx::lab::{
    pki::files,
    plan::{Plan, SystemPlan},
};

/// The third system, which exists only as what tests play of it.
pub(crate) const OTHER: &str = "mcgw.other.example";

/// The partner's gateway by name, by the third system's authority.
pub(crate) const IMPOSTOR: &str = "tls/impostor";

/// Both systems in one security domain: one authority has issued everything.
pub(crate) fn share(plan: &Plan) {
    let authority = Authority::new("shared").expect("an authority");
    for system in &plan.systems {
        for (file, name) in leaves(system) {
            issue(&authority, &system.folder, file, &name);
        }
        for file in [files::AUTHORITY, files::PARTNER] {
            fs::write(system.folder.join(file), authority.pem()).expect("written");
        }
    }
}

fn leaves(system: &SystemPlan) -> [(&'static str, String); 6] {
    [
        (files::BORDER, system.gateway()),
        (files::GATEWAY, system.gateway()),
        (files::CORE, system.inner("sip-core")),
        (files::LOCATIONS, system.inner("lms1")),
        (files::SERVICE, system.inner("mcs1")),
        (files::TESTER, system.inner("tester")),
    ]
}

/// A third system with an authority of its own, which both others may trust at their borders.
pub(crate) fn other(plan: &Plan) {
    let authority = Authority::new("other").expect("an authority");
    issue(&authority, &plan.dir.join("other"), files::BORDER, OTHER);
    issue(&authority, &plan.dir.join("other"), IMPOSTOR, &plan.systems[1].gateway());
    for system in &plan.systems {
        fs::write(system.folder.join("tls/other-ca.pem"), authority.pem()).expect("written");
        let seen = fs::read(system.folder.join("tls/ca.pem")).expect("the lab wrote it");
        fs::write(plan.dir.join("other").join(format!("tls/{}.pem", system.domain)), seen).expect("written");
    }
}

fn issue(authority: &Authority, folder: &Path, file: &str, name: &str) {
    let path = folder.join(file);
    let (folder, stem) = (path.parent().expect("a folder"), path.file_name().expect("a name"));
    let issued = authority.issue(&Leaf::new(name).dns_name(name)).expect("a leaf");
    issued.write(folder, &stem.to_string_lossy()).expect("written");
}
