//! `mcx users`: who can log in, in the store of an identity management server.
//!
//! A store in a file is changed through the process that serves from it, where one does; a database beside those who do.

mod import;
mod said;
mod signed;
mod tables;

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use audit::Chain;
use clap::{Args, Subcommand};
use driver::{SystemClock, SystemIds};
use identity::{
    config::Hashing,
    password,
    users::{Ids, Problem, SipUser, User, Users, listed},
};
use kit::{audit::Log, config::did_you_mean};
use store::Store;
use xml_schemas::ids::McServiceId;

use crate::{Failure, config::signing_key, runtime, store::Named};

/// `mcx users`
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// `redb:` and a file, or `postgres:` and a connection string, or a URL.
    #[arg(long, value_name = "STORE", global = true)]
    store: Option<Named>,
    /// PEM certificates of who issues the database's certificate: connections are TLS then, and verified.
    #[arg(long, value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
    /// A file with the password; where nothing is said it is the first line of standard input.
    #[arg(long, value_name = "FILE", global = true)]
    password_file: Option<PathBuf>,
    /// The PEM file of an Ed25519 key, as `[audit] key` names one: the log of what is changed here is signed with it.
    #[arg(long, value_name = "FILE", global = true)]
    audit_key: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Adds a user. His password has 1 to 1,024 octets; it is asked for nothing else.
    Add {
        /// What he logs in by.
        name: String,
        #[command(flatten)]
        ids: IdOptions,
        #[command(flatten)]
        sip: SipOptions,
        /// The configuration file of the servers: whom it would not take, since he has another's identity or one of another domain, or
        /// who could not register by it, is not added.
        #[arg(long = "for", value_name = "FILE")]
        known_to: Option<PathBuf>,
    },
    /// Gives a user another password, also at the SIP core: what that is to know of him stays where nothing is said of it. His tokens
    /// are revoked.
    Password {
        /// What he logs in by.
        name: String,
        #[command(flatten)]
        sip: SipOptions,
    },
    /// Lets a user log in no more. His tokens are revoked.
    Lock {
        /// What he logs in by.
        name: String,
    },
    /// Lets a user log in again.
    Unlock {
        /// What he logs in by.
        name: String,
    },
    /// Takes a user out, for good; what he is called and his identities may be another's then. His tokens are revoked.
    Remove {
        /// What he logs in by.
        name: String,
    },
    /// Adds the users of a file, one JSON object in each line, as `list --json` writes them; all who are not there yet. It ends at
    /// the first who cannot be added, and says his line; those before him are added.
    Import {
        /// The file; `-` is standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
        /// The configuration file of the servers: who would not be added by `add --for` is not added.
        #[arg(long = "for", value_name = "FILE")]
        known_to: Option<PathBuf>,
    },
    /// Prints the users: their names, identities, and whether they are locked.
    List {
        /// Prints a JSON object for each, with the hashes of his passwords.
        #[arg(long, conflicts_with = "sip_core")]
        json: bool,
        /// Prints the `[[sip-core.users]]` of those who have SIP identities and are not locked.
        #[arg(long)]
        sip_core: bool,
        /// Prints what this configuration file lacks of those who have SIP identities and are not locked: their
        /// `[[sip-core.users]]`, and the `user` tables of each of its servers, to be put at its end. Whose tables the file
        /// would not take, or who could not register by them, is left out and named; the command exits 1 then.
        #[arg(long = "for", value_name = "FILE", conflicts_with_all = ["json", "sip_core"])]
        lacking: Option<PathBuf>,
    },
    /// Prints the hash of a password, for `[[identity.user]]`.
    Hash,
}

#[derive(Args, Debug)]
struct IdOptions {
    /// The user's MC service ID, of every MC service that is not named otherwise.
    #[arg(long, value_name = "ID")]
    mc_service_id: Option<String>,
    /// His MCPTT ID.
    #[arg(long, value_name = "ID")]
    mcptt_id: Option<String>,
    /// His MCVideo ID.
    #[arg(long, value_name = "ID")]
    mcvideo_id: Option<String>,
    /// His MCData ID.
    #[arg(long, value_name = "ID")]
    mcdata_id: Option<String>,
}

#[derive(Args, Debug)]
struct SipOptions {
    /// A public identity that he registers at the SIP core; more than one may be said.
    #[arg(long, value_name = "IMPU", requires = "realm")]
    impu: Vec<String>,
    /// The digest username at the SIP core; his name where nothing is said.
    #[arg(long, value_name = "NAME", requires = "impu")]
    sip_username: Option<String>,
    /// The digest realm of the SIP core.
    #[arg(long, requires = "impu")]
    realm: Option<String>,
    /// Keeps the MD5 hash as well, for user agents that know nothing else.
    #[arg(long, requires = "impu")]
    md5: bool,
}

/// Does what was typed, and says what it came to.
///
/// # Errors
/// The store cannot be used, or the user cannot be written; nothing was changed then.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if matches!(arguments.command, Command::Hash) {
        println!("{}", hash(&secret(arguments)?)?);
        return Ok(());
    }
    let named = arguments.store.as_ref();
    let named = named.ok_or_else(|| Failure::start("users", "--store says which store it is about"))?;
    let now = SystemClock::shared().wall();
    let store = named.open(arguments.ca.as_deref())?;
    runtime()?.block_on(async {
        // Reading is no act.
        let reads = matches!(arguments.command, Command::List { .. });
        let log = if reads { Log::none() } else { log(&store, arguments.audit_key.as_deref()).await? };
        let users = Users::new(Arc::clone(&store)).audited(log.clone(), "mcx users");
        let done = perform(arguments, &users, now).await;
        if let Some(chain) = log.chain() {
            chain.seal(now).await.map_err(|why| Failure::start("users", why))?;
        }
        done
    })
}

async fn perform(arguments: &Arguments, users: &Users, now: SystemTime) -> Result<(), Failure> {
    match &arguments.command {
        Command::Add { name, ids, sip, known_to } => {
            let password = secret(arguments)?;
            let sip = sip.of(name, &password);
            let valid_from = begins(now);
            let user = User { ids: ids.read()?, sip, valid_from, ..User::new(name, hash(&password)?) };
            if let Some(why) =
                known_to.as_ref().map(|file| tables::refusal(file, &user)).transpose()?.flatten()
            {
                return Err(Failure::start(name, why));
            }
            said::shared(&user, &users.all().await.map_err(|why| Failure::start("users", why))?)?;
            users.add(&user).await.map_err(|why| Failure::start(name, why))?;
            said::added(&user);
        }
        Command::Password { name, sip } => {
            let password = secret(arguments)?;
            let (sip, core) = match sip.of(name, &password) {
                Some(sip) => (Some(sip), said::Core::Changed),
                None => again(users, name, &password).await?,
            };
            let done = users.set_password(name, &hash(&password)?, sip, now).await;
            changed(users, name, done).await?;
            said::password(name, core);
        }
        Command::Lock { name } => {
            let was = changed(users, name, users.lock(name, true, now).await).await?;
            println!("{name} is locked{}", if was { "; his tokens are revoked" } else { " already" });
        }
        Command::Unlock { name } => {
            let was = changed(users, name, users.lock(name, false, now).await).await?;
            println!("{name} {}", if was { "may log in again" } else { "was not locked" });
        }
        Command::Remove { name } => {
            let gone = changed(users, name, users.remove(name, now).await).await?;
            said::removed(&gone);
        }
        Command::Import { file, known_to } => {
            let (added, there) = import::take(users, &read(file)?, known_to.as_deref(), now).await?;
            println!("{added} users added, {there} were there");
        }
        Command::List { json, sip_core, lacking } => {
            let all = users.all().await.map_err(|why| Failure::start("users", why))?;
            return match lacking {
                Some(file) => said::lacking(file, tables::lacking(file, &all)?),
                None => {
                    print(&all, *json, *sip_core);
                    Ok(())
                }
            };
        }
        Command::Hash => return Ok(()),
    }
    if arguments.audit_key.is_none() && !matches!(arguments.command, Command::List { .. }) {
        eprintln!("the audit log's entry of this is not signed: --audit-key names a key");
    }
    Ok(())
}

/// What the SIP core has to know of a user with another password, where it knew something of him and in which realm.
async fn again(users: &Users, name: &str, password: &str) -> Result<(Option<SipUser>, said::Core), Failure> {
    let user = users.get(name).await.map_err(|why| Failure::start(name, why))?;
    let Some(sip) = user.and_then(|user| user.sip) else { return Ok((None, said::Core::Unknown)) };
    let Some(realm) = sip.realm else { return Ok((None, said::Core::Kept)) };
    let anew = SipUser::of(&sip.username, &realm, sip.identities, password, sip.ha1_md5.is_some());
    Ok((Some(anew), said::Core::Changed))
}

/// What came of a change of this user; where there is none, who may have been meant.
async fn changed<T>(users: &Users, name: &str, done: Result<T, Problem>) -> Result<T, Failure> {
    let why = match done {
        Ok(done) => return Ok(done),
        Err(why) => why,
    };
    let all = match why {
        Problem::Unknown => users.all().await.unwrap_or_default(),
        _ => Vec::new(),
    };
    let hint = did_you_mean(name, all.iter().map(|user| user.name.as_str()));
    Err(Failure::start(name, format!("{why}{hint}")))
}

/// The command line is an instance of its own, with a log of its own beside the server's, signed where there is a key.
async fn log(store: &Arc<dyn Store>, key: Option<&Path>) -> Result<Log, Failure> {
    let (clock, ids) = (SystemClock::shared(), SystemIds::shared());
    let key = key.map(|file| signing_key(file).map_err(|why| Failure::file(file, why))).transpose()?;
    if let Some(key) = &key {
        signed::warn(store, &key.public(), clock.wall()).await?;
    }
    let chain = Chain::open(Arc::clone(store), "mcx-users", key, &ids.uuid(), clock.wall()).await;
    Ok(Log::new(chain.map_err(|why| Failure::start("users", why))?, Arc::clone(store), clock))
}

/// Since when something counts that is issued to a user who is new now: nothing that was issued to one of his name who is gone.
fn begins(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn print(users: &[User], json: bool, sip_core: bool) {
    if sip_core {
        print!("{}", listed(users));
        return;
    }
    if json {
        users.iter().for_each(|user| println!("{}", serde_json::to_string(user).unwrap_or_default()));
        return;
    }
    let row = |user: &User| {
        let ids: Vec<&str> = user.ids.all().map(McServiceId::as_str).collect();
        let sip = user.sip.as_ref().map_or_else(|| "-".to_owned(), |sip| sip.identities.join(" "));
        [user.name.clone(), ids.join(" "), sip, if user.locked { "locked" } else { "open" }.to_owned()]
    };
    let rows: Vec<[String; 4]> = users.iter().map(row).collect();
    let lines = crate::table::lines(["NAME", "MC SERVICE IDS", "REGISTERS AS", "LOG-IN"], &rows);
    lines.iter().for_each(|line| println!("{line}"));
}

impl IdOptions {
    fn read(&self) -> Result<Ids, Failure> {
        let id = |text: &Option<String>| {
            let text = text.as_ref().or(self.mc_service_id.as_ref());
            let id = text.map(|text| McServiceId::new(text)).transpose();
            id.map_err(|why| Failure::start("users", why))
        };
        Ok(Ids { mcptt: id(&self.mcptt_id)?, mcvideo: id(&self.mcvideo_id)?, mcdata: id(&self.mcdata_id)? })
    }
}

impl SipOptions {
    /// What the SIP core has to know, where anything is said of it.
    fn of(&self, name: &str, password: &str) -> Option<SipUser> {
        let realm = self.realm.as_ref()?;
        let username = self.sip_username.as_deref().unwrap_or(name);
        Some(SipUser::of(username, realm, self.impu.clone(), password, self.md5))
    }
}

fn hash(password: &str) -> Result<String, Failure> {
    let salt = SystemIds::shared().token();
    let hash = password::hash(&Hashing::default(), password, salt.as_bytes());
    hash.map_err(|why| Failure::start("users", why))
}

/// The first line of a file or of standard input: a password on the command line would be everybody's.
fn secret(arguments: &Arguments) -> Result<String, Failure> {
    let text = match &arguments.password_file {
        Some(file) => fs::read_to_string(file).map_err(|why| Failure::file(file, why))?,
        None => {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line)?;
            line
        }
    };
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn read(file: &Path) -> Result<String, Failure> {
    if file.as_os_str() == "-" {
        let mut lines = String::new();
        std::io::stdin().read_to_string(&mut lines)?;
        return Ok(lines);
    }
    fs::read_to_string(file).map_err(|why| Failure::file(file, why))
}

#[cfg(test)]
mod tests;
