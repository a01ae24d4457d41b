//! `cargo xtask bench relay`: the gateway, the proxy to beat and a forwarder that does nothing, by turns under the same load.

use std::process::Command;

use clap::Args;
use serde_json::Value;

use super::{Leg, built, proxy::Proxy, setting, setting::Setting, usage::Machine};
use crate::shell::{Done, cargo, output, root, run as run_command, which};

#[derive(Args)]
pub struct Relay {
    /// Requests a second, each rate a run of its own.
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 5000])]
    rates: Vec<u64>,
    /// For how many seconds requests are sent.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How often each is measured, in turns; the table has the medians.
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Counts only rounds during which the host of a virtual machine withheld no more than this percentage of the CPU time
    /// from it (steal time), and makes up to three more for each that is wanted.
    #[arg(long)]
    still: Option<f64>,
    /// The transports, the same on both sides of the proxy.
    #[arg(long, value_delimiter = ',', default_values_t = [Leg::Udp, Leg::Tls])]
    transports: Vec<Leg>,
}

/// What one run of one proxy gave.
#[derive(Clone, Copy)]
struct Row {
    cpu_per_10k: f64,
    p50_ms: f64,
    p99_ms: f64,
    late_ms: f64,
    unanswered: f64,
    memory_mib: f64,
    withheld: f64,
}

/// Rounds that may be made for each that is wanted, where only those on a still machine count.
const ROUNDS_EACH: usize = 4;

/// Runs the benchmark and prints a table and the ratios.
pub fn run(relay: &Relay) -> Done {
    run_command(&mut cargo(&["build", "--release", "--package", "mcx", "--package", "mcx-load"]))?;
    let setting = Setting::prepare()?;
    let compared = which("kamailio").is_some();
    if !compared {
        eprintln!("xtask: kamailio is not installed, so there is nothing to compare with");
    }
    println!(
        "| transport | rate/s | proxy | CPU s per 10,000 | p50 ms | p99 ms | load late, p99 ms | unanswered | memory MiB | withheld % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (leg, rate) in relay.transports.iter().flat_map(|leg| relay.rates.iter().map(|rate| (*leg, *rate))) {
        let one = |proxy| one(&setting, proxy, leg, rate, relay.seconds);
        let (mut ours, mut theirs, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        let (mut work, mut left_out) = (0, 0);
        let wanted = relay.runs.max(1);
        while ours.len() < wanted && left_out + ours.len() < wanted * ROUNDS_EACH {
            let mine = one(Proxy::Mcx)?;
            work = as_busy_as(&mine, leg);
            let other = if compared { Some(one(Proxy::Kamailio)?) } else { None };
            let nothing = one(Proxy::Forwarder(work))?;
            let withheld = [Some(mine), other, Some(nothing)].into_iter().flatten().map(|row| row.withheld);
            if relay.still.is_some_and(|most| withheld.fold(0.0, f64::max) > most) {
                left_out += 1;
                continue;
            }
            ours.push(mine);
            theirs.extend(other);
            bare.push(nothing);
        }
        if left_out > 0 {
            eprintln!("xtask: {leg} {rate}/s: {left_out} rounds left out, {} counted", ours.len());
        }
        print(leg, rate, Proxy::Mcx, &ours);
        print(leg, rate, Proxy::Kamailio, &theirs);
        print(leg, rate, Proxy::Forwarder(work), &bare);
        if let (Some(ours), Some(theirs)) = (median(&ours), median(&theirs)) {
            let ratio = ours.cpu_per_10k / theirs.cpu_per_10k;
            println!("| {leg} | {rate} | **ratio** | **{ratio:.2}** | | | | | | |");
        }
    }
    Ok(())
}

/// For how long a forwarder is busy with a message so that it takes about the CPU time that this run took: a transaction is
/// two messages, and each costs a forwarder that is not busy at all some microseconds in the kernel and under TLS.
fn as_busy_as(row: &Row, leg: Leg) -> u64 {
    let idle = match leg {
        Leg::Udp => 10.0,
        Leg::Tls => 18.0,
    };
    (row.cpu_per_10k * 1e6 / 10_000.0 / 2.0 - idle).max(0.0) as u64
}

fn one(setting: &Setting, proxy: Proxy, leg: Leg, rate: u64, seconds: u64) -> Done<Row> {
    let running = proxy.start(setting, leg)?;
    let (before, machine) = (running.cpu_seconds()?, Machine::now()?);
    let load = output(&mut load(setting, leg, rate, seconds))?;
    let load: Value = serde_json::from_str(&load).map_err(|why| format!("mcx-load: {why}"))?;
    let spent = running.cpu_seconds()? - before;
    let count = |key| load.get(key).and_then(Value::as_f64).unwrap_or_default();
    Ok(Row {
        cpu_per_10k: spent / count("sent").max(1.0) * 10_000.0,
        p50_ms: count("p50_us") / 1000.0,
        p99_ms: count("p99_us") / 1000.0,
        late_ms: count("late_p99_us") / 1000.0,
        unanswered: count("sent") - count("answered"),
        memory_mib: running.memory_mib()?,
        withheld: Machine::now()?.withheld_since(machine),
    })
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

fn print(leg: Leg, rate: u64, proxy: Proxy, rows: &[Row]) {
    let (Some(row), Some(low), Some(high)) = (median(rows), extreme(rows, f64::min), extreme(rows, f64::max))
    else {
        return;
    };
    let range = match rows.len() {
        1 => String::new(),
        _ => format!(" ({low:.2} to {high:.2})"),
    };
    println!(
        "| {leg} | {rate} | {} | {:.2} | {:.2} | {:.2}{range} | {:.2} | {} | {:.0} | {:.1} |",
        proxy.name(),
        row.cpu_per_10k,
        row.p50_ms,
        row.p99_ms,
        row.late_ms,
        row.unanswered,
        row.memory_mib,
        row.withheld,
    );
}

/// The lowest or the highest 99th percentile of the runs.
fn extreme(rows: &[Row], of: fn(f64, f64) -> f64) -> Option<f64> {
    rows.iter().map(|row| row.p99_ms).reduce(of)
}

/// Each figure's median over the runs; what went unanswered is summed.
fn median(rows: &[Row]) -> Option<Row> {
    let middle = |figure: fn(&Row) -> f64| {
        let mut sorted: Vec<f64> = rows.iter().map(figure).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    };
    Some(Row {
        cpu_per_10k: middle(|row| row.cpu_per_10k)?,
        p50_ms: middle(|row| row.p50_ms)?,
        p99_ms: middle(|row| row.p99_ms)?,
        late_ms: middle(|row| row.late_ms)?,
        unanswered: rows.iter().map(|row| row.unanswered).sum(),
        memory_mib: middle(|row| row.memory_mib)?,
        withheld: middle(|row| row.withheld)?,
    })
}
