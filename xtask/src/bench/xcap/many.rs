//! A million documents of 4 kB beside a thousand: to start, in memory, and to read.

use std::path::Path;

use super::{Kept, Load, documents::TREE, server::Server, setting::Setting};
use crate::{
    bench::setting::write,
    shell::{Done, cargo, run},
};

/// How many documents the store has that the large one is compared with.
const FEW: u64 = 1_000;

/// How the group management server keeps a group document, and the identity that no other document may have.
const DOCUMENT: &str =
    "gms/document/org.openmobilealliance.groups/users/sip:admin@primary.example/middling{n}";
const CLAIM: &str = "gms/claim/org.openmobilealliance.groups/sip:middling{n}@primary.example";

/// Fills both, starts a server on each, and prints what that and reading costs.
pub fn measure(setting: &Setting, documents: u64, tens: u64) -> Done {
    println!(
        "\n| documents | start ms | GET 4 kB, CPU s per 10,000 | GET/s | p50 ms | p99 ms | not 2xx | memory MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut costs = Vec::new();
    for count in [FEW, documents] {
        let store = setting.store(&format!("filled-{count}"))?;
        fill(setting, &store, count)?;
        costs.push(one(setting, &store, count, tens)?);
        setting.remove(&store)?;
    }
    if let [few, many] = costs.as_slice() {
        println!("| **ratio** | | **{:.2}** | | | | | |", many / few);
    }
    Ok(())
}

fn fill(setting: &Setting, store: &Path, count: u64) -> Done {
    write(setting.folder(), "claim", DOCUMENT)?;
    let mut command =
        cargo(&["run", "--release", "--quiet", "--package", "mcx-interop", "--example", "fill", "--"]);
    command.arg(store).arg(count.to_string());
    command.arg(format!("{DOCUMENT}={}", setting.file("middling.xml").display()));
    command.arg(format!("{CLAIM}={}", setting.file("claim").display()));
    run(&mut command)
}

/// CPU seconds for 10,000 of them.
fn one(setting: &Setting, store: &Path, count: u64, tens: u64) -> Done<f64> {
    let server = Server::start(setting, store, Kept::Warm)?;
    let get = Load::of("GET", &format!("{TREE}middling{{n}}")).documents(count).drawn();
    get.run_so_many(setting, tens * 10_000)?.demand_success()?;
    let before = server.cpu_seconds()?;
    let outcome = get.run_so_many(setting, tens * 10_000)?;
    let spent = server.cpu_seconds()? - before;
    let cost = spent / outcome.number("requests") * 10_000.0;
    println!(
        "| {count} | {} | {cost:.2} | {:.0} | {:.2} | {:.2} | {} | {:.0} |",
        server.started().as_millis(),
        outcome.number("rate"),
        outcome.number("p50_us") / 1000.0,
        outcome.number("p99_us") / 1000.0,
        outcome.number("refused"),
        server.memory_mib()?,
    );
    Ok(cost)
}
