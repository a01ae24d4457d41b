//! `cargo xtask bench xcap`: a group management server of its own process, on a store in a file, asked over HTTPS.
//!
//! The server is pinned to one core and the load to another; connections are kept (HTTP/1.1), users have access tokens, and
//! every PUT is validated against the schemas and on disk before it is answered. CPU is that of the server's whole process,
//! its store included, as the kernel counts it.

mod documents;
mod many;
mod server;
mod setting;
mod subscriptions;
mod token;

use std::process::Command;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::built;
use crate::shell::{Done, cargo, output, run as run_command};
use documents::{MEDIA_TYPE, SMALL, TREE};
use server::Server;
use setting::Setting;

/// What `cargo xtask bench xcap` takes.
#[derive(Args)]
pub struct Xcap {
    /// What is measured. `million` fills 9 GB of disk, and deletes them.
    #[arg(long, value_delimiter = ',', default_values_t = [Part::Documents, Part::Subscriptions])]
    parts: Vec<Part>,
    /// Ten thousands of requests for each line of reading; a tenth of it for each line of writing.
    #[arg(long, default_value_t = 4)]
    requests: u64,
    /// How many documents the large store of `million` has.
    #[arg(long, default_value_t = 1_000_000)]
    documents: u64,
    /// How many subscriptions there are to one document.
    #[arg(long, default_value_t = 10_000)]
    subscriptions: u64,
}

/// One part of the measurement.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// GET and PUT of documents and of their elements.
    Documents,
    /// Many xcap-diff subscriptions to one document.
    Subscriptions,
    /// A store of a million documents beside a small one.
    Million,
    /// Commits through the store's interface, without a server.
    Store,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Documents => "documents",
            Self::Subscriptions => "subscriptions",
            Self::Million => "million",
            Self::Store => "store",
        })
    }
}

/// Runs the parts that are asked for, and prints a table for each.
pub fn run(options: &Xcap) -> Done {
    run_command(&mut cargo(&["build", "--release", "--package", "mcx", "--package", "mcx-load"]))?;
    let setting = Setting::prepare()?;
    for part in &options.parts {
        match part {
            Part::Documents => measure(&setting, options.requests)?,
            Part::Subscriptions => subscriptions::measure(&setting, options.subscriptions)?,
            Part::Million => many::measure(&setting, options.documents, options.requests)?,
            Part::Store => {
                run_command(&mut cargo(&["bench", "--package", "mcx-interop", "--bench", "store"]))?;
            }
        }
    }
    Ok(())
}

/// Whether the server keeps indexes of documents in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Warm,
    Cold,
}

fn measure(setting: &Setting, tens: u64) -> Done {
    println!("| request | writers | CPU s per 10,000 | goal | requests/s | p50 ms | p99 ms | not 2xx |");
    println!("|---|---|---|---|---|---|---|---|");
    let store = setting.store("documents")?;
    for kept in [Kept::Warm, Kept::Cold] {
        let server = Server::start(setting, &store, kept)?;
        if kept == Kept::Warm {
            put_all(setting)?;
            get_documents(setting, &server, tens)?;
        }
        get_elements(setting, &server, kept, tens)?;
        if kept == Kept::Warm {
            put_documents(setting, &server, tens)?;
            put_elements(setting, &server, tens)?;
        }
    }
    setting.remove(&store)
}

/// How many documents of each size there are: as many as connections.
const CONNECTIONS: u64 = 16;

fn put_all(setting: &Setting) -> Done {
    for stem in ["small", "large"] {
        let path = format!("{TREE}{stem}{{n}}");
        let put =
            Load::of("PUT", &path).body(&format!("{stem}-first.xml"), MEDIA_TYPE).documents(CONNECTIONS);
        put.connections(1).requests(CONNECTIONS).run(setting)?.demand_success()?;
    }
    Ok(())
}

fn get_documents(setting: &Setting, server: &Server, tens: u64) -> Done {
    let get = Load::of("GET", &format!("{TREE}small{{c}}"));
    Row::measure("GET document 2 kB", "0.5", setting, server, &get.requests(tens * 10_000))
}

fn get_elements(setting: &Setting, server: &Server, kept: Kept, tens: u64) -> Done {
    let (what, goal, tens) = match kept {
        Kept::Warm => ("warm", "0.8", tens * 10_000),
        Kept::Cold => ("cold", "4", tens * 2_500),
    };
    for (stem, size, members) in [("small", "2 kB", SMALL), ("large", "59 kB", documents::LARGE)] {
        let element = documents::element(stem, members / 2);
        let get = Load::of("GET", &element).requests(tens);
        Row::measure(&format!("GET element in {size}, {what}"), goal, setting, server, &get)?;
    }
    Ok(())
}

fn put_documents(setting: &Setting, server: &Server, tens: u64) -> Done {
    for writers in [1, 16, 64] {
        let put = Load::of("PUT", &format!("{TREE}small{{c}}")).body("small.xml", MEDIA_TYPE);
        let put = put.connections(writers).requests(tens * 1_000 * writers.min(4));
        Row::measure("PUT document 2 kB", "4", setting, server, &put)?;
    }
    Ok(())
}

fn put_elements(setting: &Setting, server: &Server, tens: u64) -> Done {
    for (stem, size, members, goal) in
        [("small", "2 kB", SMALL, "-"), ("large", "59 kB", documents::LARGE, "23")]
    {
        let element = documents::element(stem, members / 2);
        let put = Load::of("PUT", &element).body(&format!("{stem}-element.xml"), documents::ELEMENT);
        Row::measure(&format!("PUT element in {size}"), goal, setting, server, &put.requests(tens * 1_000))?;
    }
    Ok(())
}

/// Requests of one kind.
struct Load {
    arguments: Vec<String>,
    body: Option<String>,
    connections: u64,
    requests: u64,
}

impl Load {
    fn of(method: &str, path: &str) -> Self {
        let arguments = ["--method", method, "--path", path].map(str::to_owned).to_vec();
        Self { arguments, body: None, connections: CONNECTIONS, requests: 1 }
    }

    fn body(mut self, file: &str, media_type: &str) -> Self {
        self.body = Some(file.to_owned());
        self.arguments.extend(["--media-type", media_type].map(str::to_owned));
        self
    }

    fn documents(mut self, documents: u64) -> Self {
        self.arguments.extend(["--documents".to_owned(), documents.to_string()]);
        self
    }

    /// Documents at random, from this draw on.
    fn drawn_from(mut self, first: u64) -> Self {
        self.arguments.extend(["--drawn-from".to_owned(), first.to_string()]);
        self
    }

    fn connections(mut self, connections: u64) -> Self {
        self.connections = connections;
        self
    }

    fn requests(mut self, requests: u64) -> Self {
        self.requests = requests;
        self
    }

    fn run(&self, setting: &Setting) -> Done<Outcome> {
        self.run_so_many(setting, self.requests)
    }

    fn run_so_many(&self, setting: &Setting, requests: u64) -> Done<Outcome> {
        let mut command = load("xcap", setting);
        command.args(&self.arguments);
        if let Some(file) = &self.body {
            command.arg("--body").arg(setting.file(file));
        }
        command.args(["--connections", &self.connections.to_string()]);
        command.args(["--requests", &requests.to_string()]);
        let printed = output(&mut command)?;
        serde_json::from_str(&printed).map(Outcome).map_err(|why| format!("mcx-load: {why}"))
    }
}

/// The load driver, on the other core, with what it needs to reach the server.
fn load(what: &str, setting: &Setting) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "1"]).arg(built("mcx-load")).arg(what);
    command.args(["--server", setting::WEB, "--name", setting::ROOT]);
    command.arg("--authority").arg(setting.file("ca.pem")).arg("--token").arg(setting.file("token"));
    command
}

/// What the load driver reports.
struct Outcome(Value);

impl Outcome {
    fn number(&self, key: &str) -> f64 {
        self.0.get(key).and_then(Value::as_f64).unwrap_or_default()
    }

    fn demand_success(&self) -> Done {
        match self.0.get("first_refused").and_then(Value::as_str) {
            Some(first) => Err(format!("a request was refused: {first}")),
            None => Ok(()),
        }
    }
}

/// One line of the table.
struct Row;

impl Row {
    /// A tenth as many requests before, so that connections and caches are warm.
    fn measure(what: &str, goal: &str, setting: &Setting, server: &Server, load: &Load) -> Done {
        load.run_so_many(setting, load.requests.div_ceil(10))?.demand_success()?;
        let before = server.cpu_seconds()?;
        let outcome = load.run(setting)?;
        let spent = server.cpu_seconds()? - before;
        println!(
            "| {what} | {} | {:.2} | {goal} | {:.0} | {:.2} | {:.2} | {} |",
            load.connections,
            spent / outcome.number("requests") * 10_000.0,
            outcome.number("rate"),
            outcome.number("p50_us") / 1000.0,
            outcome.number("p99_us") / 1000.0,
            outcome.number("refused"),
        );
        if let Some(first) = outcome.0.get("first_refused").and_then(Value::as_str) {
            eprintln!("xtask: the first that was refused: {first}");
        }
        Ok(())
    }
}
