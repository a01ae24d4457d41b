//! Users in lines of JSON, as `mcx users import` reads and `mcx users list --json` writes them.

use super::User;

/// Reads users, one JSON object in each line that is not empty.
///
/// # Errors
/// With the number of the first line that is wrong, and what is.
pub fn import(lines: &str, is_own_domain: impl Fn(&str) -> bool) -> Result<Vec<User>, String> {
    let numbered = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(index, line): (usize, &str)| {
        let at = |why: &dyn std::fmt::Display| format!("line {}: {why}", index + 1);
        let user: User = serde_json::from_str(line).map_err(|why| at(&why))?;
        user.check(&is_own_domain).map_err(|why| at(&why))?;
        Ok(user)
    };
    numbered.map(read).collect()
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
