//! `mcx groups`: a group management client at the command line.

mod print;
mod reach;
mod server;
mod subscribe;

use std::{io::Read as _, path::PathBuf};

use bytes::Bytes;
use clap::{Args, Subcommand};
use clients::groups::{GroupClient, Refused, Told};

use crate::{Failure, logging, runtime};

pub(crate) use reach::lab_token;

/// `mcx groups`
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    reach: reach::Options,
}

#[derive(Subcommand, Debug)]
enum Command {
    #[command(flatten)]
    Ask(Ask),
    /// Prints what becomes of groups as it happens, until Ctrl-C (RFC 5875): the user's terminal subscribes over SIP.
    Subscribe(subscribe::Subscribe),
}

/// What is asked over HTTP, and answered once.
#[derive(Subcommand, Debug)]
enum Ask {
    /// Writes a group, from a file or from standard input.
    Put {
        /// The group ID, such as `sip:fire@a.example`.
        group: String,
        /// The group document; `-` is standard input.
        #[arg(default_value = "-")]
        file: PathBuf,
        /// Only while the group still has this entity tag.
        #[arg(long, value_name = "ETAG")]
        if_match: Option<String>,
    },
    /// Prints a group. A user of a lab asks the server that his profile names for it.
    Get {
        /// The group ID.
        group: String,
    },
    /// Deletes a group.
    Delete {
        /// The group ID.
        group: String,
        /// Only while the group still has this entity tag.
        #[arg(long, value_name = "ETAG")]
        if_match: Option<String>,
    },
    /// Shares a group with a partner, or tells it again, whatever the partner holds (TS 23.280 10.2.7.2).
    Share {
        /// The partner's main domain.
        #[arg(long)]
        partner: String,
        /// The group ID.
        group: String,
    },
    /// Withdraws a group from a partner.
    Unshare {
        /// The partner's main domain.
        #[arg(long)]
        partner: String,
        /// The group ID.
        group: String,
    },
    /// Has a partner's group requested of its primary system (TS 23.280 10.2.7.3).
    Request {
        /// The group ID.
        group: String,
    },
    /// Shows what policy would make of a group on its way to a partner, and which rule did what.
    Preview {
        /// The partner's main domain.
        #[arg(long)]
        partner: String,
        /// Shows instead what policy makes of a partner's group that is kept here.
        #[arg(long)]
        accepted: bool,
        /// Prints the server's JSON.
        #[arg(long)]
        json: bool,
        /// The group ID.
        group: String,
    },
    /// Shows what is shared with whom, what is held of whom, and what is still to be done: `due`. What was provided keeps its entity tag where
    /// a later version of ours comes to the same for the partner.
    Status {
        /// Of this partner alone, by its main domain.
        #[arg(long)]
        partner: Option<String>,
        /// Of this group alone.
        #[arg(long)]
        group: Option<String>,
        /// Prints the server's JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Sends the request, and prints what comes of it.
///
/// # Errors
/// The server cannot be reached or refuses; why is told.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    logging::start("warn")?;
    let ask = match &arguments.command {
        Command::Ask(ask) => ask,
        Command::Subscribe(options) => return subscribe::run(options, &arguments.reach),
    };
    let document = match ask {
        Ask::Put { file, .. } => read(file)?,
        _ => Bytes::new(),
    };
    if let Some(partner) = ask.partner() {
        reach::known_partner(&arguments.reach, partner)?;
    }
    if let Some(group) = ask.group() {
        is_group(group)?;
    }
    runtime()?.block_on(async {
        let (client, _http) = reach::client(&arguments.reach, ask.read()).await?;
        let told = send(&client, ask, document).await;
        let told = told.map_err(|refused| Failure::Procedure(refused.to_string()))?;
        print::answer(ask, &told);
        Ok(())
    })
}

async fn send(client: &GroupClient, ask: &Ask, document: Bytes) -> Result<Told, Refused> {
    match ask {
        Ask::Put { group, if_match, .. } => client.put(group, document, if_match.as_deref()).await,
        Ask::Get { group } => client.get(group).await,
        Ask::Delete { group, if_match } => client.delete(group, if_match.as_deref()).await,
        Ask::Share { partner, group } => client.share(partner, group).await,
        Ask::Unshare { partner, group } => client.unshare(partner, group).await,
        Ask::Request { group } => client.request(group).await,
        Ask::Preview { partner, accepted, group, .. } => client.preview(partner, group, *accepted).await,
        Ask::Status { partner, group, .. } => client.status(partner.as_deref(), group.as_deref()).await,
    }
}

impl Ask {
    /// The group that is read as its members read it: at the server that their profiles name.
    fn read(&self) -> Option<&str> {
        match self {
            Self::Get { group } => Some(group),
            _ => None,
        }
    }

    /// The group that it names.
    fn group(&self) -> Option<&str> {
        match self {
            Self::Put { group, .. }
            | Self::Get { group }
            | Self::Delete { group, .. }
            | Self::Share { group, .. }
            | Self::Unshare { group, .. }
            | Self::Request { group }
            | Self::Preview { group, .. } => Some(group),
            Self::Status { group, .. } => group.as_deref(),
        }
    }

    /// The partner that it names.
    fn partner(&self) -> Option<&str> {
        match self {
            Self::Share { partner, .. } | Self::Unshare { partner, .. } | Self::Preview { partner, .. } => {
                Some(partner)
            }
            Self::Status { partner, .. } => partner.as_deref(),
            _ => None,
        }
    }
}

/// What is no URI is no group, and no server could have it: what was meant is told.
fn is_group(text: &str) -> Result<(), Failure> {
    let Err(why) = xml_schemas::ids::GroupId::new(text) else { return Ok(()) };
    let hint = match text.split_once('@') {
        Some((name, domain)) if !name.contains(':') => format!("; did you mean \"sip:{name}@{domain}\"?"),
        _ => ", such as \"sip:fire@a.example\"".to_owned(),
    };
    Err(Failure::Procedure(format!("{text}: {why}{hint}")))
}

/// A document that is at least XML: of one that is not, the server could only say the same.
fn read(file: &PathBuf) -> Result<Bytes, Failure> {
    let document = if file.as_os_str() == "-" {
        let mut document = Vec::new();
        std::io::stdin().read_to_end(&mut document)?;
        document
    } else {
        std::fs::read(file).map_err(|why| Failure::file(file, why))?
    };
    match xml::Document::parse(&document, &xml::Limits::default()) {
        Err(wrong) if !wrong.is_over_limit() => Err(Failure::file(file, wrong)),
        _ => Ok(document.into()),
    }
}
