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

/// Says that the server has nothing to make of the documents before it is measured: who their members are is of no account here.
const MEMBERS: &str = "gms/members";

/// After so many GETs the store has filled the memory that it may keep pages in. From then on it takes up what it has let go of; to take
/// memory for the first time costs as much again as the page itself, and a server that has been up for a while does not.
const FILLS: u64 = 120_000;

/// How often each is measured, in turn: whatever else the machine does meets both.
const ROUNDS: u64 = 3;

/// Fills both, starts a server on each in turn, and prints what that and reading costs.
pub fn measure(setting: &Setting, documents: u64, tens: u64) -> Done {
    let mut stores = Vec::new();
    for count in [FEW, documents] {
        let store = setting.store(&format!("filled-{count}"))?;
        fill(setting, &store, count)?;
        read_through(&store)?;
        stores.push((store, count, f64::INFINITY));
    }
    println!(
        "\n| documents | start ms | GET 4 kB, CPU s per 10,000 | GET/s | p50 ms | p99 ms | not 2xx | memory MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for round in 1..=ROUNDS {
        for (store, count, least) in &mut stores {
            *least = least.min(one(setting, store, *count, tens * 10_000, round)?);
        }
    }
    if let [(_, _, few), (_, _, many)] = stores.as_slice() {
        println!("| **ratio of the least** | | **{:.2}** | | | | | |", many / few);
    }
    stores.iter().try_for_each(|(store, ..)| setting.remove(store))
}

/// What the kernel has room for is in its memory from here on, as it is once a server has been up for a while.
fn read_through(store: &Path) -> Done {
    let read = || std::io::copy(&mut std::fs::File::open(store)?, &mut std::io::sink());
    read().map(drop).map_err(|why| format!("{}: {why}", store.display()))
}

fn fill(setting: &Setting, store: &Path, count: u64) -> Done {
    write(setting.folder(), "claim", DOCUMENT)?;
    write(setting.folder(), "members", "1")?;
    let mut command =
        cargo(&["run", "--release", "--quiet", "--package", "mcx-interop", "--example", "fill", "--"]);
    command.arg(store).arg(count.to_string());
    command.arg(format!("{DOCUMENT}={}", setting.file("middling.xml").display()));
    command.arg(format!("{CLAIM}={}", setting.file("claim").display()));
    command.arg(format!("{MEMBERS}={}", setting.file("members").display()));
    run(&mut command)
}

/// CPU seconds for 10,000 of them. Each document is as likely as any other, and few are asked for twice.
fn one(setting: &Setting, store: &Path, count: u64, requests: u64, round: u64) -> Done<f64> {
    let server = Server::start(setting, store, Kept::Warm)?;
    let get = |first| Load::of("GET", &format!("{TREE}middling{{n}}")).documents(count).drawn_from(first);
    get(0).run_so_many(setting, FILLS)?.demand_success()?;
    let before = server.cpu_seconds()?;
    let outcome = get(FILLS + round * requests).run_so_many(setting, requests)?;
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
