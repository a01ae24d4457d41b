//! `mcx users import`: users of lines of JSON, one after the other.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::SystemTime,
};

use identity::users::{Problem, User, Users, import};

use super::{begins, said, tables};
use crate::Failure;

/// How many users of these lines are new, and how many were there. Since when what is issued to him counts says the line of a backup; of
/// whom no line says it, he is new now.
///
/// # Errors
/// A line is no user, or he cannot be added: with the number of the line, who it is, and how many were added before him.
pub(super) async fn take(
    users: &Users,
    lines: &str,
    known_to: Option<&Path>,
    now: SystemTime,
) -> Result<(usize, usize), Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::start("users", why.to_string());
    let mut known = Known::default();
    users.all().await.map_err(|why| failed(&why))?.iter().for_each(|user| known.add(user));
    let (mut added, mut there) = (0, 0);
    for (line, mut user) in import(lines, |_| true).map_err(|why| failed(&why))? {
        if known.names.contains(&user.name) {
            there += 1;
            continue;
        }
        if user.valid_from == 0 {
            user.valid_from = begins(now);
        }
        let stopped = |why: &dyn std::fmt::Display| {
            failed(&format!("line {line}: {}: {why}; {added} users were added before", user.name))
        };
        if let Some(other) = known.registering_as(&user) {
            return Err(stopped(&said::same(other)));
        }
        if let Some(why) = known_to.map(|file| tables::refusal(file, &user)).transpose()?.flatten() {
            return Err(stopped(&why));
        }
        match users.add(&user).await {
            Ok(()) => added += 1,
            Err(Problem::Exists) => there += 1,
            Err(why) => return Err(stopped(&why)),
        }
        known.add(&user);
    }
    Ok((added, there))
}

/// Who is there, and by what he registers.
#[derive(Default)]
struct Known {
    names: HashSet<String>,
    /// Digest usernames and public identities, each with whose it is.
    registers: HashMap<(bool, String), String>,
}

impl Known {
    fn add(&mut self, user: &User) {
        self.names.insert(user.name.clone());
        self.registers.extend(registers(user).map(|by| (by, user.name.clone())));
    }

    /// Another who registers by the same name or identity.
    fn registering_as(&self, user: &User) -> Option<&str> {
        registers(user).find_map(|by| self.registers.get(&by)).map(String::as_str)
    }
}

/// By what a user registers: his digest username (`true`), and his public identities.
fn registers(user: &User) -> impl Iterator<Item = (bool, String)> {
    let sip = user.sip.iter();
    sip.flat_map(|sip| {
        std::iter::once((true, sip.username.clone()))
            .chain(sip.identities.iter().map(|id| (false, id.clone())))
    })
}
