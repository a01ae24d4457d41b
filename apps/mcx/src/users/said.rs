//! What is said of what was done.

use std::path::Path;

use identity::users::User;
use xml_schemas::ids::McServiceId;

use super::tables::Lacking;
use crate::Failure;

/// What a new user can do, and what he lacks.
pub(super) fn added(user: &User) {
    let ids: Vec<&str> = user.ids.all().map(McServiceId::as_str).collect();
    let sip = user.sip.as_ref().map_or_else(
        || "he logs in, and cannot register or be reached: no --impu".to_owned(),
        |sip| {
            let realm = sip.realm.as_deref().unwrap_or_default();
            format!("he registers as {} in the realm {realm}", sip.identities.join(" "))
        },
    );
    println!("{} added as {}; {sip}", user.name, ids.join(" "));
}

/// Nobody registers as two users.
///
/// # Errors
/// Another user of the store has one of his public identities, or his digest username.
pub(super) fn shared(user: &User, all: &[User]) -> Result<(), Failure> {
    let Some(sip) = &user.sip else { return Ok(()) };
    let has = |other: &&User| {
        let theirs = other.sip.as_ref().filter(|_| other.name != user.name);
        theirs.is_some_and(|theirs| {
            theirs.username == sip.username || theirs.identities.iter().any(|id| sip.identities.contains(id))
        })
    };
    all.iter().find(has).map_or(Ok(()), |other| Err(Failure::start(&user.name, same(&other.name))))
}

/// What is said of it.
pub(super) fn same(other: &str) -> String {
    format!("{other} registers by the same --impu or name")
}

/// What a new password is at the SIP core.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Core {
    /// The hash was made anew.
    Changed,
    /// It is that of the old password: the record is from before the realm was kept.
    Kept,
    /// There is none.
    Unknown,
}

pub(super) fn password(name: &str, core: Core) {
    let sip = match core {
        Core::Changed => {
            "; `mcx users list --sip-core` prints his hash for the SIP core, which takes the old password until its file has that"
        }
        Core::Kept => {
            "; what the store has of him for the SIP core is as it was, and he registers by the old password: say --impu and --realm"
        }
        Core::Unknown => "; the store has nothing of him for a SIP core: no --impu",
    };
    println!("{name} has another password, and his tokens are revoked{sip}");
}

/// Who is in the store no more.
pub(super) fn removed(user: &User) {
    let core = if user.sip.is_some() {
        "; his tables in configuration files are to be taken out of them"
    } else {
        ""
    };
    println!("{} is removed, and his tokens are revoked{core}", user.name);
}

/// Prints the tables; whoever has none is told of beside them.
///
/// # Errors
/// Somebody was left out whom the file would not take, or who could not register by it.
pub(super) fn lacking(file: &Path, lacking: Lacking) -> Result<(), Failure> {
    print!("{}", lacking.tables);
    for name in &lacking.without_sip {
        eprintln!("{name}: has no SIP identity (--impu): no table is for him");
    }
    for (name, why) in &lacking.left_out {
        eprintln!("{name}: left out: {why}");
    }
    let count = lacking.left_out.len();
    match count {
        0 => Ok(()),
        1 => Err(Failure::file(file, "one user is left out; what was printed is right for the others")),
        _ => Err(Failure::file(
            file,
            format!("{count} users are left out; what was printed is right for the others"),
        )),
    }
}
