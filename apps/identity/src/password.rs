//! Passwords: argon2id (RFC 9106), on threads of its own, so that whoever logs in holds nobody else up.

use std::sync::{
    Arc, Mutex, PoisonError,
    mpsc::{Receiver, SyncSender, sync_channel},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash,
};
use futures::channel::oneshot;

use crate::config::Hashing;

/// No hash that is read may ask for more memory than this, in KiB.
pub(crate) const MOST_MEMORY: u32 = 1 << 20;

/// No hash that is read may ask for more passes than this.
pub(crate) const MOST_PASSES: u32 = 64;

/// No password is longer, in octets.
pub(crate) const LONGEST: usize = 1_024;

/// Hashes a password, for whoever writes a user's record. The salt is random and used once: 16 octets or more.
///
/// # Errors
/// With what is wrong with the parameters, the password or the salt.
pub fn hash(hashing: &Hashing, password: &str, salt: &[u8]) -> Result<String, String> {
    if password.is_empty() || password.len() > LONGEST {
        return Err(format!("a password has between 1 and {LONGEST} octets"));
    }
    let params = Params::new(hashing.memory, hashing.passes, 1, None).map_err(|why| why.to_string())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(password.as_bytes(), salt);
    hash.map(|hash| hash.to_string()).map_err(|why| why.to_string())
}

/// Whether a text is a hash that passwords can be held against.
///
/// # Errors
/// With what is wrong.
pub fn check(hash: &str) -> Result<(), String> {
    let parsed = PasswordHash::new(hash).map_err(|why| why.to_string())?;
    if parsed.algorithm.as_str() != "argon2id" {
        return Err("it is not of argon2id".into());
    }
    let params = Params::try_from(&parsed).map_err(|why| why.to_string())?;
    if params.m_cost() > MOST_MEMORY || params.t_cost() > MOST_PASSES || params.p_cost() > 16 {
        return Err(format!("it asks for more than {MOST_MEMORY} KiB, {MOST_PASSES} passes or 16 lanes"));
    }
    let whole = parsed.salt.is_some() && parsed.hash.is_some();
    if whole { Ok(()) } else { Err("it lacks its salt or its hash".into()) }
}

fn verify(password: &str, hash: &str) -> bool {
    check(hash).is_ok() && Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

/// More passwords wait than are looked at in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

type Job = Box<dyn FnOnce() + Send>;

/// Looks at passwords. Its threads end with it.
pub struct Hasher {
    /// None where hashing is done by whoever asks.
    jobs: Option<SyncSender<Job>>,
    /// What a user's password is held against who is not there: it takes as long.
    nobody: Arc<str>,
}

impl Hasher {
    /// With as many threads as are asked for; with none, whoever asks does the work.
    ///
    /// # Errors
    /// With what is wrong with the parameters, or that there are no threads.
    pub fn new(hashing: &Hashing, salt: &[u8]) -> Result<Self, String> {
        let nobody = Arc::from(hash(hashing, "nobody", salt)?);
        if hashing.threads == 0 {
            return Ok(Self { jobs: None, nobody });
        }
        let (jobs, waiting) = sync_channel::<Job>(hashing.waiting);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..hashing.threads {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name("password".to_owned());
            thread.spawn(move || work(&waiting)).map_err(|why| why.to_string())?;
        }
        Ok(Self { jobs: Some(jobs), nobody })
    }

    /// Whether this is the password of that hash. Without a hash it is not, which takes as long to say.
    ///
    /// # Errors
    /// [`Busy`]: nobody looked at it.
    pub async fn verify(&self, password: String, hash: Option<&str>) -> Result<bool, Busy> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let is_somebody = hash.is_some();
        let hash: Arc<str> = hash.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let Some(jobs) = &self.jobs else { return Ok(verify(&password, &hash) && is_somebody) };
        let (done, verdict) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Whoever has gone needs no answer, and costs no hash.
            if !done.is_canceled() {
                let _ = done.send(verify(&password, &hash));
            }
        });
        jobs.try_send(job).map_err(|_| Busy)?;
        verdict.await.map(|right| right && is_somebody).map_err(|_| Busy)
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

#[cfg(test)]
mod tests;
