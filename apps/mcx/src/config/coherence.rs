//! What must hold between the sections of one file: whoever is referred to is there, and proves to be who it is taken for.
//!
//! Only what the file itself can tell is asked. A hop to an address where no listener of this file is leads to another process.

mod agreements;
mod answers;
mod certificates;
mod gateway;
mod hops;
mod identities;
mod listeners;
mod log_in;
mod merge;
mod names;
mod never;
mod secrets;
mod sides;
mod slips;
mod systems;
mod usage;

use std::time::SystemTime;

use kit::config::Table;

use super::{Kept, SystemConfig};
use certificates::Certificates;
use listeners::Listener;

/// What the file says about itself, as far as it could be read.
struct Facts<'c> {
    config: &'c SystemConfig,
    certificates: Certificates,
    listeners: Vec<Listener>,
}

/// Reports whatever does not fit together, each at its place. `now` is when certificates must hold.
pub(super) fn check(root: &Table<'_>, config: &SystemConfig, now: SystemTime) {
    let certificates = Certificates::read(root, &config.tls, now);
    let facts = Facts { config, certificates, listeners: listeners::read(root, config.process.admin) };
    hops::check(root, &facts);
    usage::check(root, &facts);
    identities::check(root, &facts);
    gateway::check(root, &facts);
    agreements::check(root, &facts);
    answers::check(root, &facts);
    secrets::check(root, config);
    sides::check(root, &facts);
    names::check(root);
    systems::check(root, &facts);
    log_in::check(root, &facts);
    never::check(root);
    merge::check(root);
    slips::check(root);
    private(root);
    files(root, config);
    kept(root, config);
    signed(root, config);
    removed(root, config);
}

/// Who keeps promises, and has an audit log of them.
const KEEP: [&str; 6] = ["acm", "identity", "groups", "configuration", "service", "aliases"];

fn keeping(root: &Table<'_>) -> String {
    let kept = KEEP.into_iter().filter(|section| root.has(section)).map(|section| format!("[{section}]"));
    kept.collect::<Vec<_>>().join(", ")
}

/// Whoever writes to the store itself could write a log anew that nobody has signed. Without a store there is none to keep.
fn signed(root: &Table<'_>, config: &SystemConfig) {
    let kept = keeping(root);
    if config.process.store.is_none() || kept.is_empty() {
        return;
    }
    let text =
        format!("no \"key\" in [audit]: nobody signs the audit logs of {kept}, nor receipts for partners");
    if root.has("audit") {
        root.again("audit", |table| {
            if !table.has("key") {
                table.warn_at_value("key", &text);
            }
        });
    } else {
        root.warn_at_value("audit", &text);
    }
}

/// What is promised for longer than a process lasts is promised in vain without a store. A SIP core's users register again.
fn kept(root: &Table<'_>, config: &SystemConfig) {
    let kept = keeping(root);
    if config.process.store.is_some() || kept.is_empty() {
        return;
    }
    let text = format!(
        "no \"store\" in [process]: at the end of the process everything is forgotten that {kept} kept"
    );
    if root.has("process") {
        root.again("process", |table| table.warn_at_value("store", &text));
    } else {
        root.warn_at_value("process", &text);
    }
}

/// A file with the password of a terminal is a secret, however many terminals it has; so is one with that of a database.
fn private(root: &Table<'_>) {
    let mut is_told = false;
    root.named_again("client", |client| {
        if client.has("password") && client.file().is_file() && !is_told {
            client.is_private("password", client.file());
            is_told = true;
        }
    });
    if is_told || !root.has("process") {
        return;
    }
    root.again("process", |process| {
        let store = process.optional::<String>("store");
        if store.is_some_and(|store| has_password(&store)) && process.file().is_file() {
            process.is_private("store", process.file());
        }
    });
}

/// Whether a connection string or URL of a database holds a password.
fn has_password(store: &str) -> bool {
    let authority = store.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || store.contains("password=")
}

/// A visitor whom the ACM server removes stays where both servers let him: by his revoked tokens he leaves as well.
fn removed(root: &Table<'_>, config: &SystemConfig) {
    let migration = config.service.as_ref().and_then(|service| service.migration.as_ref());
    let revokes = |identity: &identity::Config| identity.removed_leave && !identity.acm_servers.is_empty();
    if migration.is_none_or(|migration| migration.removed_leave)
        || !config.identity.as_ref().is_some_and(revokes)
    {
        return;
    }
    root.again("service", |service| {
        service.again("migration", |table| {
            let text = "whoever is removed leaves all the same: his tokens are revoked, as long as \"removed-leave\" of [identity] is not false too";
            table.warn_at_value("removed-leave", text);
        });
    });
}

/// What the process writes to must be possible to make.
fn files(root: &Table<'_>, config: &SystemConfig) {
    let process = &config.process;
    root.again("process", |table| {
        let store = process.store.as_ref().and_then(Kept::file);
        for (key, file) in [("store", store), ("key-log", process.key_log.as_deref())] {
            let Some(folder) = file.and_then(std::path::Path::parent) else { continue };
            if !folder.as_os_str().is_empty() && !folder.is_dir() {
                table.error_at_value(
                    key,
                    format!("\"{key}\" lies in no folder: {} is none", folder.display()),
                );
            }
        }
    });
}
