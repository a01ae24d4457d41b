//! Users in lines of JSON, as `mcx users import` reads and `mcx users list --json` writes them.

use super::User;

/// Reads users, one JSON object in each line that is not empty, with the number of the line, counted from one.
///
/// # Errors
/// With the number of the first line that is wrong, and what is.
pub fn import(lines: &str, is_own_domain: impl Fn(&str) -> bool) -> Result<Vec<(usize, User)>, String> {
    let numbered = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(index, line): (usize, &str)| {
        let at = |why: &dyn std::fmt::Display| format!("line {}: {why}", index + 1);
        let user: User = serde_json::from_str(line).map_err(|why| at(&broken(line, &why)))?;
        user.check(&is_own_domain).map_err(|why| at(&format!("{}: {why}", user.name)))?;
        Ok((index + 1, user))
    };
    numbered.map(read).collect()
}

/// What is wrong with a line that is no user, by its column: serde counts lines of its own.
fn broken(line: &str, why: &serde_json::Error) -> String {
    let told = why.to_string();
    let told = told.split(" at line ").next().unwrap_or_default();
    if why.is_eof() || serde_json::from_str::<serde_json::Value>(line).is_err() {
        return format!("{told} at column {}: each user is a JSON object on one line", why.column());
    }
    told.to_owned()
}

/// The users as a SIP core's configuration has them: `[[sip-core.users]]`.
#[must_use]
pub fn listed(users: &[User]) -> String {
    let quoted = |text: &String| format!("\"{text}\"");
    let of = |user: &User| {
        let sip = user.sip.as_ref().filter(|_| !user.locked)?;
        let identities = sip.identities.iter().map(quoted).collect::<Vec<_>>().join(", ");
        let md5 = sip.ha1_md5.iter().map(|hash| format!("ha1-md5 = \"{hash}\"\n")).collect::<String>();
        let (name, sha) = (&sip.username, &sip.ha1_sha_256);
        Some(format!(
            "[[sip-core.users]]\nusername = \"{name}\"\nidentities = [{identities}]\nha1-sha-256 = \"{sha}\"\n{md5}"
        ))
    };
    users.iter().filter_map(of).collect::<Vec<_>>().join("\n")
}
