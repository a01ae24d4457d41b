//! Many subscriptions to one document (RFC 5875), and how soon all of them are told of a change.
//!
//! This end is one server of the own system, which subscribes over TLS and is told over TLS: each subscription is a dialog of
//! its own, with a NOTIFY of its own.

mod dialogs;
mod subscriber;

use std::{
    net::SocketAddr,
    path::PathBuf,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::Parser;
use tokio::{net::TcpListener, time::timeout};

use crate::{stream::Tls, xcap};
use dialogs::Dialogs;
use subscriber::{Subscriber, serve};

/// How long the last of them are waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Subscribes many times, changes the document, and waits for all to be told.
#[derive(Clone, Parser, Debug)]
pub struct Options {
    #[command(flatten)]
    host: xcap::Server,
    /// The server's address for SIP.
    #[arg(long)]
    notifier: SocketAddr,
    /// Its name in its certificate.
    #[arg(long)]
    notifier_name: String,
    /// Its public service identity.
    #[arg(long)]
    identity: String,
    /// Where this end is told, as the server's configuration says.
    #[arg(long)]
    listen: SocketAddr,
    /// The folder of certificates: `client.pem`, `client.key`, `server.pem`, `server.key`, `ca.pem`.
    #[arg(long)]
    tls: PathBuf,
    /// How many subscriptions.
    #[arg(long, default_value_t = 10_000)]
    subscriptions: usize,
    /// How many of them are begun at once.
    #[arg(long, default_value_t = 256)]
    at_once: usize,
    /// The document, as it stands below the XCAP root.
    #[arg(long)]
    document: String,
    /// The document: a file, in which `{k}` is replaced by the number of the change.
    #[arg(long)]
    body: PathBuf,
    /// Its media type.
    #[arg(long)]
    media_type: String,
    /// How many changes, one after the other.
    #[arg(long, default_value_t = 3)]
    changes: usize,
}

/// Runs it all, and reports in one line of JSON; times in milliseconds.
pub async fn run(options: Options) -> Result<String, Box<dyn std::error::Error>> {
    let tls = Tls::read(&options.tls, ["client", "server"], &options.notifier_name)?;
    let host = options.host.host()?;
    let text = std::fs::read_to_string(&options.body)?;
    let mut web = xcap::Connection::open(&host).await?;
    change(&mut web, &host, &options, &text, 0).await?;

    let dialogs = Rc::new(Dialogs::new(options.subscriptions));
    let listener = TcpListener::bind(options.listen).await?;
    tokio::task::spawn_local(serve(listener, tls.clone(), dialogs.clone()));
    let start = Instant::now();
    let subscriber = Subscriber::connect(&options, &tls, dialogs.clone()).await?;
    subscriber.subscribe_all().await;
    timeout(PATIENCE, dialogs.all_notified(1)).await.map_err(|_| dialogs.missing())?;
    let subscribed = start.elapsed();

    let mut changes = Vec::new();
    for k in 1..=options.changes {
        dialogs.begin();
        let sent = Instant::now();
        change(&mut web, &host, &options, &text, k).await?;
        let answered = sent.elapsed();
        timeout(PATIENCE, dialogs.all_notified(1 + k)).await.map_err(|_| dialogs.missing())?;
        let mut spread = dialogs.spread(sent);
        changes.push(serde_json::json!({
            "answered_ms": millis(answered),
            "p50_ms": spread.at(0.50) as f64 / 1000.0,
            "all_ms": spread.at(1.0) as f64 / 1000.0,
        }));
    }
    Ok(serde_json::json!({
        "subscriptions": options.subscriptions,
        "refused": dialogs.refused(),
        "subscribed_ms": millis(subscribed),
        "changes": changes,
    })
    .to_string())
}

async fn change(
    web: &mut xcap::Connection,
    host: &xcap::Host,
    options: &Options,
    text: &str,
    k: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let body = text.replace("{k}", &k.to_string());
    let path = format!("/{}", options.document);
    let request = host.request("PUT", &path, Some(&options.media_type), body.as_bytes());
    let answer = web.exchange(&request).await?;
    if (200..300).contains(&answer.status) {
        Ok(())
    } else {
        Err(format!("PUT {path}: {} {}", answer.status, answer.begins()).into())
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
