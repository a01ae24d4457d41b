//! `cargo xtask bench relay`: the gateway beside the proxy to beat, in one run, under the same load. `cargo xtask bench
//! location`: a location from client to client through both gateways, all of both systems in one process. `cargo xtask bench
//! xcap`: documents, their durable store and the subscriptions to them.
//!
//! Absolute figures move with the machine; the ratio of two runs side by side is what counts. The proxy is pinned to one
//! core and the load to another. How late the load driver itself was says how much of a tail is the machine's.

mod proxy;
mod setting;
mod usage;
mod xcap;

use std::{path::PathBuf, process::Command};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use crate::shell::{Done, cargo, output, root, run as run_command, which};
use proxy::Proxy;
use setting::Setting;

/// What `cargo xtask bench` takes.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Relays a 2.2 kB multipart MESSAGE with topology hiding and agreement checks.
    Relay(Relay),
    /// Locates users of one system for users of the other, from client to client through both gateways.
    Location(Location),
    /// Reads, writes and watches documents at a group management server, over HTTPS and on disk.
    Xcap(xcap::Xcap),
}

#[derive(Args)]
struct Relay {
    /// Requests a second, each rate a run of its own.
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 5000])]
    rates: Vec<u64>,
    /// For how many seconds requests are sent.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The transports, the same on both sides of the proxy.
    #[arg(long, value_delimiter = ',', default_values_t = [Leg::Udp, Leg::Tls])]
    transports: Vec<Leg>,
}

#[derive(Args)]
struct Location {
    /// What `apps/mcx/benches/location.rs` takes: `--rates`, `--seconds`, `--users`, `--topology-hiding`.
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

/// One line of the table.
struct Row {
    proxy: &'static str,
    cpu_per_10k: f64,
    memory_mib: f64,
    load: Value,
}

/// Runs the benchmark and prints a table and the ratios.
pub fn run(options: &Options) -> Done {
    match &options.what {
        What::Relay(relay) => self::relay(relay),
        What::Xcap(xcap) => xcap::run(xcap),
        What::Location(location) => {
            let mut command = cargo(&["bench", "--package", "mcx", "--bench", "location", "--"]);
            run_command(command.args(&location.options))
        }
    }
}

fn relay(relay: &Relay) -> Done {
    run_command(&mut cargo(&["build", "--release", "--package", "mcx", "--package", "mcx-load"]))?;
    let setting = Setting::prepare()?;
    let mut proxies = vec![Proxy::Mcx];
    match which("kamailio") {
        Some(_) => proxies.push(Proxy::Kamailio),
        None => eprintln!("xtask: kamailio is not installed, so there is nothing to compare with"),
    }
    println!(
        "| transport | rate/s | proxy | CPU s per 10,000 | p50 ms | p99 ms | load late, p99 ms | unanswered | memory MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (leg, rate) in relay.transports.iter().flat_map(|leg| relay.rates.iter().map(|rate| (*leg, *rate))) {
        let rows: Done<Vec<Row>> =
            proxies.iter().map(|proxy| one(&setting, *proxy, leg, rate, relay.seconds)).collect();
        print(leg, rate, &rows?);
    }
    Ok(())
}

fn one(setting: &Setting, proxy: Proxy, leg: Leg, rate: u64, seconds: u64) -> Done<Row> {
    let running = proxy.start(setting, leg)?;
    let before = running.cpu_seconds()?;
    let load = output(&mut load(setting, leg, rate, seconds))?;
    let load: Value = serde_json::from_str(&load).map_err(|why| format!("mcx-load: {why}"))?;
    let spent = running.cpu_seconds()? - before;
    let memory_mib = running.memory_mib()?;
    let sent = load.get("sent").and_then(Value::as_f64).unwrap_or(1.0);
    Ok(Row { proxy: proxy.name(), cpu_per_10k: spent / sent * 10_000.0, memory_mib, load })
}

/// A program of ours, where cargo has put it.
fn built(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release").join(name)
}

fn load(setting: &Setting, leg: Leg, rate: u64, seconds: u64) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "1"]).arg(built("mcx-load")).arg("relay");
    command.args([
        "--transport",
        &leg.to_string(),
        "--proxy",
        setting::proxy(leg),
        "--server",
        setting::next(leg),
    ]);
    command.args(["--rate", &rate.to_string(), "--seconds", &seconds.to_string()]);
    command.arg("--request").arg(root().join("interop/relay/message.sip"));
    if leg == Leg::Tls {
        command.arg("--tls").arg(setting.folder()).args(["--proxy-name", setting::GATEWAY]);
    }
    command
}

fn print(leg: Leg, rate: u64, rows: &[Row]) {
    for row in rows {
        let count = |key| row.load.get(key).and_then(Value::as_f64).unwrap_or_default();
        println!(
            "| {leg} | {rate} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {:.0} |",
            row.proxy,
            row.cpu_per_10k,
            count("p50_us") / 1000.0,
            count("p99_us") / 1000.0,
            count("late_p99_us") / 1000.0,
            count("sent") - count("answered"),
            row.memory_mib,
        );
    }
    if let [ours, theirs] = rows {
        println!(
            "| {leg} | {rate} | **ratio** | **{:.2}** | | | | | |",
            ours.cpu_per_10k / theirs.cpu_per_10k
        );
    }
}
