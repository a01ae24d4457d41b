//! `mcx audit`: what the audit log of an entity says, and whether it is what was written.

mod print;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ::audit::{Entry, Fault, Kept, PublicKey, Trusted, chains, entries, verify_by};
use clap::{Args, Subcommand, ValueEnum};
use store::Store;

use crate::{Failure, config::signing_key, runtime, store::Named};
use print::Shown;

/// How many entries are read at a time.
const PAGE: usize = 1_000;

/// `mcx audit`
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
    /// The log of this entity, by its configured name; of every entity that has one in the store, where nothing is said.
    #[arg(long, value_name = "NAME", global = true)]
    of: Option<String>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

/// How it is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Format {
    /// A line for each entry.
    #[default]
    Text,
    /// A JSON object in each line.
    Json,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Prints entries, the oldest first.
    Show {
        /// Only those after this number.
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: u64,
        /// At most so many.
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Only those of this request.
        #[arg(long, value_name = "REQUEST-ID")]
        request: Option<String>,
        /// Only those that name this user (by MC service ID, or by what he logs in by), group, alias or document.
        #[arg(long, value_name = "NAME")]
        on: Option<String>,
        /// Only what this partner has signed about the end of his log, each a line for his `verify --against`.
        #[arg(long, value_name = "PARTNER", conflicts_with_all = ["request", "on"])]
        heads: Option<String>,
    },
    /// Reads a whole log and tells every entry that was altered, moved or taken out, and whether it was shortened; exits 1 then.
    Verify {
        /// A file with signed ends of this log, as a partner's `show --heads` has written them.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// The public key that its ends are signed with, in base64url; any where nothing is said.
        #[arg(long, value_name = "KEY")]
        key: Vec<String>,
        /// The public key that a partner signs with, as `NAME=KEY`; any of a partner of whom nothing is said.
        #[arg(long, value_name = "NAME=KEY")]
        partner_key: Vec<String>,
    },
    /// Prints the public key of a file with a private one: for `[[acm.partner]] audit-keys` at partners, and for `verify --key`.
    Key {
        /// The PEM file of `[audit] key`.
        file: PathBuf,
    },
}

/// Does what was typed.
///
/// # Errors
/// The store cannot be read, or, of `verify`, a log is not what was written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Command::Key { file } = &arguments.command {
        let key = signing_key(file).map_err(|why| Failure::file(file, why))?;
        println!("{}", key.public());
        return Ok(());
    }
    let named = arguments.store.as_ref();
    let named = named.ok_or_else(|| Failure::start("audit", "--store says which store it is about"))?;
    let store = named.open(arguments.ca.as_deref())?;
    runtime()?.block_on(async {
        let all = chains(&*store).await.map_err(failed)?;
        let names = chosen(all, arguments.of.as_deref())?;
        match &arguments.command {
            Command::Verify { against, key, partner_key } => {
                let mut witnessed = witnessed(against.as_deref())?;
                // What one log of the store says of the end of another counts as a partner's word does.
                for name in chains(&*store).await.map_err(failed)? {
                    witnessed.extend(told_of_others(&*store, &name).await?);
                }
                let trusted = Trusted { own: keys(key)?, partners: partners(partner_key)? };
                judge(&store, &names, (&trusted, &witnessed), arguments.format).await
            }
            show => {
                let mut count = 0;
                for name in &names {
                    count += print_all(&store, name, show, arguments.format).await?;
                }
                if let (0, Command::Show { heads: Some(partner), .. }) = (count, show) {
                    let names = names.join(", ");
                    return Err(Failure::Procedure(format!(
                        "{names} holds no end of a log that {partner} has signed"
                    )));
                }
                if count == 0 {
                    // Programs read what is printed; people wonder whether they have misspelt something.
                    let hint = meant(&*store, &names, show).await?;
                    eprintln!("no entry of {}{}{hint}", names.join(", "), show.wanted());
                }
                Ok(())
            }
        }
    })
}

/// Entries name users by MC service ID or by what they log in by: who goes by that ID whose first part was said.
async fn meant(store: &dyn Store, names: &[String], show: &Command) -> Result<String, Failure> {
    let Command::Show { on: Some(on), .. } = show else { return Ok(String::new()) };
    let begins = format!(":{on}@");
    for name in names {
        let mut after = 0;
        loop {
            let page = entries(store, name, after, PAGE).await.map_err(failed)?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let entries = page.iter().filter_map(|sealed| sealed.entry.as_ref());
            let mut known = entries.flat_map(|entry| entry.on.iter().chain([&entry.by]));
            if let Some(id) = known.find(|known| known.contains(&begins)) {
                return Ok(format!("; did you mean \"{id}\"?"));
            }
        }
    }
    Ok(String::new())
}

/// Those of this name, where one is said; it has to be there.
fn chosen(all: Vec<String>, of: Option<&str>) -> Result<Vec<String>, Failure> {
    if all.is_empty() {
        return Err(Failure::Procedure("the store holds no audit log".to_owned()));
    }
    match of {
        None => Ok(all),
        Some(name) if all.iter().any(|known| known == name) => Ok(vec![name.to_owned()]),
        Some(name) => {
            let hint = kit::config::did_you_mean(name, all.iter().map(String::as_str));
            Err(Failure::Procedure(format!(
                "the store holds no audit log of {name}{hint}; there are those of {}",
                all.join(", ")
            )))
        }
    }
}

/// How many it has printed.
async fn print_all(
    store: &Arc<dyn Store>,
    name: &str,
    wanted: &Command,
    format: Format,
) -> Result<usize, Failure> {
    let Command::Show { after, limit, .. } = wanted else { return Ok(0) };
    let most = limit.unwrap_or(usize::MAX);
    let (mut after, mut left) = (*after, most);
    while left > 0 {
        let page = entries(&**store, name, after, PAGE).await.map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for sealed in page.iter().filter(|sealed| wanted.picks(sealed)).take(left) {
            left -= 1;
            match (wanted, sealed.entry.as_ref().and_then(kept)) {
                (Command::Show { heads: Some(_), .. }, Some(kept)) => println!("{kept}"),
                _ => println!("{}", Shown { name, sealed }.line(format == Format::Json)),
            }
        }
    }
    Ok(most - left)
}

impl Command {
    /// By what entries are picked, in words.
    fn wanted(&self) -> String {
        let Self::Show { after, request, on, heads, .. } = self else { return String::new() };
        let says = |what: &str, name: &Option<String>| {
            name.as_ref().map(|name| format!(" {what} {name}")).unwrap_or_default()
        };
        let after = if *after == 0 { String::new() } else { format!(" after {after}") };
        [
            after,
            says("of request", request),
            says("names", on),
            says("holds an end that was signed by", heads),
        ]
        .concat()
    }

    fn picks(&self, sealed: &::audit::Sealed) -> bool {
        let Self::Show { request, on, heads, .. } = self else { return true };
        let Some(entry) = &sealed.entry else { return request.is_none() && on.is_none() && heads.is_none() };
        let of_request = request.is_none() || entry.request == *request;
        let names = on.as_ref().is_none_or(|name| entry.on.contains(name) || entry.by == *name);
        let is_head = heads.is_none() || (kept(entry).is_some() && entry.partner == *heads);
        of_request && names && is_head
    }
}

/// What a partner has signed about the end of his own log.
fn kept(entry: &Entry) -> Option<String> {
    let head = entry.head.as_ref().map(::audit::SignedHead::to_text);
    head.or_else(|| entry.receipt.as_ref().map(::audit::Receipt::to_text))
}

async fn judge(
    store: &Arc<dyn Store>,
    names: &[String],
    (trusted, witnessed): (&Trusted, &[Kept]),
    format: Format,
) -> Result<(), Failure> {
    let mut are_sound = true;
    for name in names {
        let report = verify_by(&**store, name, trusted, witnessed).await.map_err(failed)?;
        are_sound &= report.is_sound();
        print::report(&report, format == Format::Json);
    }
    if are_sound { Ok(()) } else { Err(Failure::Procedure("a log is not what was written".to_owned())) }
}

fn witnessed(file: Option<&Path>) -> Result<Vec<Kept>, Failure> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let text = fs::read_to_string(file).map_err(|why| Failure::file(file, why))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| {
        let wrong = || format!("{}:{}: not a signed end of a log", file.display(), number + 1);
        Kept::from_text(line).ok_or_else(|| Failure::Procedure(wrong()))
    };
    lines.map(read).collect()
}

/// The ends of other logs of the same process, as the ACM server's holds them.
async fn told_of_others(store: &dyn Store, name: &str) -> Result<Vec<Kept>, Failure> {
    let (mut told, mut after) = (Vec::new(), 0);
    loop {
        let page = entries(store, name, after, PAGE).await.map_err(failed)?;
        let Some(last) = page.last() else { return Ok(told) };
        after = last.seq;
        let own = page.into_iter().filter_map(|sealed| sealed.entry).filter(|entry| entry.partner.is_none());
        told.extend(own.filter_map(|entry| entry.head).map(Kept::Head));
    }
}

fn partners(texts: &[String]) -> Result<BTreeMap<String, Vec<PublicKey>>, Failure> {
    let mut partners: BTreeMap<String, Vec<PublicKey>> = BTreeMap::new();
    for text in texts {
        let wrong = || Failure::Procedure(format!("{text} is not NAME=KEY"));
        let (name, key) = text.split_once('=').ok_or_else(wrong)?;
        partners.entry(name.to_owned()).or_default().push(PublicKey::read(key).ok_or_else(wrong)?);
    }
    Ok(partners)
}

fn keys(texts: &[String]) -> Result<Vec<PublicKey>, Failure> {
    let read = |text: &String| {
        PublicKey::read(text).ok_or_else(|| Failure::Procedure(format!("{text} is not a public key")))
    };
    texts.iter().map(read).collect()
}

fn failed(why: Fault) -> Failure {
    Failure::start("audit", why)
}
