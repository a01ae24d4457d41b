//! Load drivers: for SIP proxies, for servers of XML documents, and for subscriptions to such documents. Each prints what came of
//! it as one line of JSON.
//!
//! They share no code with mcx, so that a fault in mcx's parsers cannot hide itself here.

#![allow(clippy::disallowed_methods, reason = "a load driver measures time")]

mod forward;
mod relay;
mod sip;
mod stream;
mod tally;
mod watch;
mod xcap;

use clap::{Parser, Subcommand};

/// Asks a server for more than its users would, and measures what comes back.
#[derive(Parser)]
#[command(name = "mcx-load", version)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// MESSAGE requests through a proxy, at a fixed rate.
    Relay(relay::Options),
    /// Hands messages on without looking into them: the floor under any proxy.
    Forward(forward::Options),
    /// Requests to a server of XML documents, as fast as they are answered.
    Xcap(xcap::Options),
    /// Many subscriptions to one document, and changes of it.
    Watch(watch::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let reported = tokio::task::LocalSet::new()
        .run_until(async {
            match arguments.what {
                What::Relay(options) => relay::run(options).await,
                What::Forward(options) => forward::run(options).await,
                What::Xcap(options) => xcap::run(options).await,
                What::Watch(options) => watch::run(options).await,
            }
        })
        .await?;
    println!("{reported}");
    Ok(())
}
