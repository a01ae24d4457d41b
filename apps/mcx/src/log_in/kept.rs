//! Where tokens are kept between commands: a file that is its owner's alone.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clients::identity::Issued;
use kit::private::Private;
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

use super::Named;
use crate::Failure;

/// What is about to end is renewed before it is shown to anybody.
const MARGIN: Duration = Duration::from_secs(30);

/// What one log-in has given.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    /// Whose tokens these are: `iss`.
    pub(crate) issuer: String,
    /// Who has logged in, by name.
    pub(crate) user: String,
    /// His MC service ID there, as the ID token says.
    pub(crate) id: Option<String>,
    pub(crate) access_token: String,
    /// When that ends: seconds since 1970.
    expires: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
}

impl Tokens {
    pub(crate) fn of(named: &Named, issued: &Issued) -> Self {
        Self {
            issuer: named.issuer.clone(),
            user: named.user.clone(),
            id: issued.user.as_ref().map(|id| id.as_str().to_owned()),
            access_token: issued.access_token.as_str().to_owned(),
            expires: seconds(issued.expires),
            refresh_token: issued.refresh_token.as_ref().map(Private::reveal).cloned(),
        }
    }

    /// With what a refresh has given; a refresh token that is not replaced stays (RFC 6749 6).
    pub(super) fn renewed(self, issued: &Issued) -> Self {
        let next = issued.refresh_token.as_ref().map(Private::reveal).cloned();
        Self {
            access_token: issued.access_token.as_str().to_owned(),
            expires: seconds(issued.expires),
            refresh_token: next.or(self.refresh_token),
            ..self
        }
    }

    /// Whether the access token can be shown for a while.
    pub(super) fn lasts(&self, now: SystemTime) -> bool {
        seconds(now + MARGIN) < self.expires
    }
}

/// Shows no token.
impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// All that is kept in one file. Nobody else changes it meanwhile: a refresh token counts once, and two commands that showed the same
/// one would end the log-in.
pub(crate) struct Book {
    file: PathBuf,
    all: Vec<Tokens>,
    _lock: Flock<fs::File>,
}

impl Book {
    /// What the file holds; nothing where there is none.
    ///
    /// # Errors
    /// It cannot be read, or others can.
    pub(crate) fn open(file: &Path) -> Result<Self, Failure> {
        let failed = |why: io::Error| Failure::file(file, why);
        let beside = file.with_extension("lock");
        let lock = fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&beside);
        let lock = lock.map_err(|why| Failure::file(&beside, why))?;
        let lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, why)| failed(why.into()))?;
        let all = match fs::read(file) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(why) => return Err(failed(why)),
            Ok(json) => {
                let mode = fs::metadata(file).map_err(failed)?.permissions().mode();
                if mode & 0o077 != 0 {
                    return Err(Failure::file(
                        file,
                        "others may read it: it has to be its owner's alone (0600)",
                    ));
                }
                serde_json::from_slice(&json).map_err(|why| Failure::file(file, why))?
            }
        };
        Ok(Self { file: file.to_path_buf(), all, _lock: lock })
    }

    pub(crate) fn get(&self, issuer: &str, user: &str) -> Option<&Tokens> {
        let is_his = |tokens: &&Tokens| tokens.user == user || tokens.id.as_deref() == Some(user);
        self.all.iter().filter(|tokens| tokens.issuer == issuer).find(is_his)
    }

    /// In place of what the same log-in had.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn put(&mut self, tokens: Tokens) -> Result<(), Failure> {
        self.all.retain(|known| (&known.issuer, &known.user) != (&tokens.issuer, &tokens.user));
        self.all.push(tokens);
        self.write()
    }

    pub(super) fn remove(&mut self, issuer: &str, user: &str) -> Result<(), Failure> {
        let is_his = |tokens: &Tokens| tokens.user == user || tokens.id.as_deref() == Some(user);
        self.all.retain(|known| known.issuer != issuer || !is_his(known));
        self.write()
    }

    /// Whole or not at all.
    fn write(&self) -> Result<(), Failure> {
        let json = serde_json::to_vec_pretty(&self.all).map_err(io::Error::from)?;
        let begun = self.file.with_extension("new");
        let write = || {
            let open =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&begun);
            let mut new = open?;
            new.set_permissions(fs::Permissions::from_mode(0o600))?;
            new.write_all(&json)?;
            new.sync_all()?;
            fs::rename(&begun, &self.file)
        };
        write().map_err(|why| Failure::file(&self.file, why))
    }
}

/// The access token of a file: all that it holds, or of what `mcx login` has written the one log-in's that there is.
///
/// # Errors
/// The file cannot be read, or holds no token, or those of several log-ins.
pub(crate) fn token_in(file: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(file).map_err(|why| Failure::file(file, why))?;
    let text = text.trim();
    let none = |why: &str| Err(Failure::file(file, why));
    if let Ok(all) = serde_json::from_str::<Vec<Tokens>>(text) {
        return match all.as_slice() {
            [] => none("nobody is logged in by it"),
            [one] => Ok(one.access_token.clone()),
            _ => none("it holds the tokens of several log-ins: --token names a file with one access token"),
        };
    }
    let is_token = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~+/=".contains(&octet);
    if text.is_empty() || !text.bytes().all(is_token) {
        return none("it holds no access token, nor what `mcx login` writes");
    }
    Ok(text.to_owned())
}

/// The file that was named, or the one beside `endpoints.json`.
pub(crate) fn file(named: Option<&Path>, endpoints: Option<&Path>) -> PathBuf {
    match (named, endpoints) {
        (Some(file), _) => file.to_path_buf(),
        (None, endpoints) => endpoints.unwrap_or(Path::new("endpoints.json")).with_file_name("tokens.json"),
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests;
