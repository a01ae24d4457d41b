//! `cargo xtask bench relay`: the gateway beside the proxy to beat, in one run, under the same load. `cargo xtask bench
//! location`: a location from client to client through both gateways, all of both systems in one process; `cargo xtask bench
//! migration`: a migration likewise, and a thousand of them at once. `cargo xtask bench
//! xcap`: documents, their durable store and the subscriptions to them.
//!
//! Absolute figures move with the machine; the ratio of two runs side by side is what counts. The proxy is pinned to one
//! core and the load to another. How late the load driver itself was says how much of a tail is the machine's.

mod proxy;
mod relay;
mod setting;
mod usage;
mod xcap;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::shell::{Done, cargo, root, run as run_command};

/// What `cargo xtask bench` takes.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Relays a 2.2 kB multipart MESSAGE with topology hiding and agreement checks.
    Relay(relay::Relay),
    /// Locates users of one system for users of the other, from client to client through both gateways.
    Location(Location),
    /// Lets users of one system migrate to the other, from client to client through both gateways.
    Migration(Migration),
    /// Reads, writes and watches documents at a group management server, over HTTPS and on disk.
    Xcap(xcap::Xcap),
}

#[derive(Args)]
struct Location {
    /// What `apps/mcx/benches/location.rs` takes: `--rates`, `--seconds`, `--users`, `--topology-hiding`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

#[derive(Args)]
struct Migration {
    /// What `apps/mcx/benches/migration.rs` takes: `--users`, `--rate`, `--topology-hiding`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// A transport on both sides of the proxy.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Leg {
    Udp,
    Tls,
}

impl std::fmt::Display for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Udp => "udp",
            Self::Tls => "tls",
        })
    }
}

/// Runs the benchmark and prints a table and the ratios.
pub fn run(options: &Options) -> Done {
    match &options.what {
        What::Relay(relay) => relay::run(relay),
        What::Xcap(xcap) => xcap::run(xcap),
        What::Location(location) => whole("location", &location.options),
        What::Migration(migration) => whole("migration", &migration.options),
    }
}

/// A benchmark of both systems in one process.
fn whole(bench: &str, options: &[String]) -> Done {
    let mut command = cargo(&["bench", "--package", "mcx", "--bench", bench, "--"]);
    run_command(command.args(options))
}

/// A program of ours, where cargo has put it.
fn built(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release").join(name)
}
