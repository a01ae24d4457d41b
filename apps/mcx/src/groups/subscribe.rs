//! `mcx groups subscribe`: what becomes of groups, as it happens. RFC 5875 over SIP, as the user's own terminal
//! (TS 24.481 clause 6.3.13.2).

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use clap::{Args, ValueEnum};
use clients::changes::{
    News, Processing, Wish,
    diff::{Change, Content, DocumentChange, XcapDiff},
};
use futures::{StreamExt as _, channel::mpsc};
use tokio::time::timeout;
use wire::Silent;
use xml_schemas::{body::mcptt_info::AccessToken, ids::Psi};

use super::{lab_token, reach, server::of_all};
use crate::{
    Failure, System, assemble::Client, block_on, endpoints::Endpoints, serve, table::one_line,
    terminal::Terminal,
};

/// Where a group's document is, below the XCAP root.
const BY_GROUP_ID: &str = "org.openmobilealliance.groups/global/byGroupID";

/// For how long a subscription is asked for; it is refreshed in time.
const LIFETIME: Duration = Duration::from_secs(3600);

/// How long the end of a subscription is awaited.
const LEAVE: Duration = Duration::from_secs(2);

#[derive(Args, Debug)]
pub(super) struct Subscribe {
    /// Ends after the first NOTIFY, which says what there is.
    #[arg(long)]
    once: bool,
    /// How changes are told (RFC 5875 4.3).
    #[arg(long, value_enum, default_value_t)]
    diff_processing: Told,
    /// Prints each xcap-diff document in place of lines.
    #[arg(long)]
    xml: bool,
    /// In place of a lab: a configuration file with the user's `[client.NAME]`.
    #[arg(long, value_name = "FILE", requires = "server", conflicts_with = "root")]
    config: Option<PathBuf>,
    /// With --config: the public service identity of the group management server.
    #[arg(long, value_name = "URI", requires = "config")]
    server: Option<String>,
    /// The group IDs.
    #[arg(required = true, value_name = "GROUP")]
    groups: Vec<String>,
}

/// How changes are told.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Told {
    /// By their entity tags alone.
    NoPatching,
    /// Each change, with a patch.
    #[default]
    XcapPatching,
    /// One patch over all changes since the last NOTIFY.
    Aggregate,
}

impl From<Told> for Processing {
    fn from(told: Told) -> Self {
        match told {
            Told::NoPatching => Self::NoPatching,
            Told::XcapPatching => Self::XcapPatching,
            Told::Aggregate => Self::Aggregate,
        }
    }
}

/// Registers as the user, subscribes, prints what is told until Ctrl-C, and logs off again.
pub(super) fn run(options: &Subscribe, reach: &reach::Options) -> Result<(), Failure> {
    let user = reach.user().ok_or_else(|| {
        Failure::Procedure(
            "subscribe needs --as USER: whoever subscribes is registered at a SIP core".to_owned(),
        )
    })?;
    let terminal = Terminal::found(options.config.as_deref(), reach.endpoints(), user)?;
    block_on(terminal.config.process.threads(), async {
        let wish = wish(options, reach, user).await?;
        let env = serve::world(None, Arc::new(Silent));
        let terminal = terminal.alone_as(&env.ids.token());
        let system = System::start(&terminal.config, &env).await?;
        system.log_on().await?;
        let Some(client) = system.clients().next() else {
            return Err(Failure::Procedure("no terminal".to_owned()));
        };
        let outcome = follow(client, &wish, options).await;
        if let Err(why) = client.log_off().await {
            tracing::warn!(%why, "the registration is left to expire");
        }
        outcome
    })
}

async fn wish(options: &Subscribe, reach: &reach::Options, user: &str) -> Result<Wish, Failure> {
    let (server, token) = match &options.server {
        Some(server) => (server.clone(), reach.token().map(token).transpose()?),
        None => {
            let file = reach.endpoints().unwrap_or("endpoints.json".as_ref());
            let endpoints = Endpoints::open(file)?;
            let (home, known) = endpoints.known_user(user)?;
            let token = lab_token(file, user)?;
            (of_all(&endpoints, (home, &known.mc_service_id), &options.groups, &token).await?, Some(token))
        }
    };
    Ok(Wish {
        server: Psi::new(&server).map_err(|why| Failure::Procedure(format!("{server}: {why}")))?,
        selectors: options.groups.iter().map(|group| format!("{BY_GROUP_ID}/{group}")).collect(),
        processing: options.diff_processing.into(),
        token: token.map(AccessToken::new),
        lifetime: LIFETIME,
    })
}

fn token(file: &PathBuf) -> Result<String, Failure> {
    Ok(fs::read_to_string(file).map_err(|why| Failure::file(file, why))?.trim().to_owned())
}

/// Prints what is told, until that is enough.
async fn follow(client: &Client, wish: &Wish, options: &Subscribe) -> Result<(), Failure> {
    let (tell, mut news) = mpsc::unbounded();
    let told = move |each| {
        // Nobody listens once it is enough.
        let _ = tell.unbounded_send(each);
    };
    let held = client.changes().watch(wish, told);
    let held = held.map_err(|stop| Failure::Procedure(stop.to_string()))?;
    let mut signals = serve::Signals::new()?;
    loop {
        tokio::select! {
            next = news.next() => match next {
                Some(News::Changed(diff)) => {
                    print!("{}", if options.xml { xml(&diff) } else { lines(&diff) });
                    if options.once {
                        break;
                    }
                }
                Some(News::Over(status)) => return Err(over(status)),
                None => return Err(over(None)),
            },
            () = signals.stop() => break,
        }
    }
    client.changes().leave(&held);
    let left = async { while !matches!(news.next().await, Some(News::Over(_)) | None) {} };
    if timeout(LEAVE, left).await.is_err() {
        tracing::warn!("the subscription is left to expire");
    }
    Ok(())
}

fn over(status: Option<u16>) -> Failure {
    Failure::Procedure(match status {
        Some(403) => "the server refuses: not a member of the group, or no such group (403)".to_owned(),
        Some(status) => format!("the server refuses: {status}"),
        None => "the server has ended the subscription".to_owned(),
    })
}

fn xml(diff: &XcapDiff) -> String {
    format!("{}\n", String::from_utf8_lossy(&diff.write()).trim_end())
}

/// A line for each document, and one for each operation of a patch.
fn lines(diff: &XcapDiff) -> String {
    let documents = diff.changes.iter().filter_map(|change| match change {
        Change::Document(document) => Some(line(document)),
        // Nobody asked for nodes.
        Change::Element(_) | Change::Attribute(_) => None,
    });
    let lines: String = documents.collect();
    if lines.is_empty() { "nothing there\n".to_owned() } else { lines }
}

fn line(document: &DocumentChange) -> String {
    let name = document.sel.rsplit('/').next().unwrap_or_default();
    let tag =
        |etag: &Option<xcap::Etag>| etag.as_ref().map(|etag| etag.as_str().to_owned()).unwrap_or_default();
    let (before, now) = (tag(&document.previous), tag(&document.new));
    let became = match (document.previous.is_some(), document.new.is_some()) {
        (_, false) => format!("{name}  gone  was {before}"),
        (false, true) => format!("{name}  there  {now}"),
        (true, true) => format!("{name}  changed  {before} to {now}"),
    };
    // Names, entity tags and operations are whoever's has the document.
    let mut out = format!("{}\n", one_line(&became));
    if let Content::Patched(patch) = &document.content {
        for operation in &patch.write(xcap::diff::NAMESPACE) {
            out.push_str(&format!("  {}\n", one_line(operation.as_str().trim())));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use xcap::Etag;

    use super::{Change, Content, DocumentChange, XcapDiff, lines};

    #[test]
    fn a_line_says_what_became_of_each_group() {
        let sel = "org.openmobilealliance.groups/global/byGroupID/sip:fire@a.example";
        let mut diff = XcapDiff::new("https://xcap.a.example/");
        assert_eq!(lines(&diff), "nothing there\n");
        let (one, two) = (Etag::new("1"), Etag::new("2"));
        diff.changes = vec![
            Change::Document(DocumentChange::created(sel, one.clone())),
            Change::Document(DocumentChange::modified(sel, one, two.clone(), Content::Untold)),
            Change::Document(DocumentChange::deleted(sel, two)),
        ];
        let told = "sip:fire@a.example  there  1\nsip:fire@a.example  changed  1 to 2\nsip:fire@a.example  gone  was 2\n";
        assert_eq!(lines(&diff), told);
    }
}
