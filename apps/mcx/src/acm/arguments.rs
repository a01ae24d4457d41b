//! What may be typed after `mcx acm`.

mod ask;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use xml_schemas::{
    acm::Refusal,
    ids::{FunctionalAlias, McServiceId, RequestId},
};

use self::ask::Ask;
use crate::{Failure, location};

/// `mcx acm`
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What goes with every command.
#[derive(Args, Debug)]
pub(super) struct Common {
    /// The user who acts, by name, such as `alice`, or by MC service ID.
    #[arg(long = "as", value_name = "USER", global = true)]
    actor: Option<String>,
    /// What `mcx lab up` wrote; `endpoints.json` where nothing else is said.
    #[arg(long, value_name = "FILE", conflicts_with = "config", global = true)]
    pub(super) endpoints: Option<PathBuf>,
    /// In place of a lab: a configuration file with the user's `[client.NAME]`.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(super) format: Format,
    /// Stays logged on afterwards, and prints what comes until Ctrl-C.
    #[arg(long, global = true)]
    pub(super) watch: bool,
}

impl Common {
    /// The user who acts.
    pub(super) fn user(&self) -> Result<&str, Failure> {
        self.actor.as_deref().ok_or_else(|| Failure::Procedure("--as USER says who acts".to_owned()))
    }
}

/// How something is printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Format {
    /// A table for people.
    #[default]
    Text,
    /// One JSON object on each line.
    Json,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    #[command(flatten)]
    Ask(Ask),
    /// What waits for the user: requests to decide, and responses to his own.
    Pending,
    #[command(flatten)]
    Decide(Decide),
    /// Takes a request back, unless it has been answered before.
    Withdraw {
        /// The request, as it was named when it was asked.
        request: String,
    },
    /// What the user has asked, what waits for him, and what became of it.
    Status {
        /// All of it; else the newest, as many as one answer holds.
        #[arg(long)]
        all: bool,
    },
}

/// What a person decides.
#[derive(Subcommand, Debug)]
pub(super) enum Decide {
    /// Says yes to a request that waits.
    Approve {
        /// The request, as `pending` names it.
        request: String,
        /// The functional alias under which the user decides.
        #[arg(long, value_name = "URI")]
        alias: Option<String>,
        /// Of a list of users, one who is excepted, and why: `USER=REASON`.
        #[arg(long, value_name = "USER=REASON")]
        except: Vec<String>,
    },
    /// Says no.
    Refuse {
        /// The request, as `pending` names it.
        request: String,
        /// The functional alias under which the user decides.
        #[arg(long, value_name = "URI")]
        alias: Option<String>,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        because: Option<String>,
    },
}

/// Names that stand for MC service IDs.
type Names = [(String, String)];

/// The functional alias under which a user acts, if under one.
pub(super) fn alias(text: Option<&str>) -> Result<Option<FunctionalAlias>, Failure> {
    text.map(role_of).transpose()
}

/// `USER=REASON` each.
pub(super) fn exceptions(texts: &[String], names: &Names) -> Result<Vec<(McServiceId, Refusal)>, Failure> {
    let exception = |text: &String| {
        let (who, why) = text.split_once('=').unwrap_or((text, "excepted by the authorized user"));
        let code = Some(kit::Cause::Declined.code());
        Ok((user(who, names)?, Refusal { code, text: Some(why.to_owned()) }))
    };
    texts.iter().map(exception).collect()
}

/// A request's name.
pub(super) fn request_id(text: &str) -> Result<RequestId, Failure> {
    RequestId::new(text).map_err(|why| Failure::Procedure(format!("{text}: {why}")))
}

fn role_of(text: &str) -> Result<FunctionalAlias, Failure> {
    FunctionalAlias::new(text).map_err(|why| Failure::Procedure(format!("{text}: {why}")))
}

fn user(text: &str, names: &Names) -> Result<McServiceId, Failure> {
    location::named(text, names)
}
