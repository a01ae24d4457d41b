//! `docs/METRICS.md`: what a running system shows, and what the sources register.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use driver::{Env, Memory, Metrics, RuntimeClock, SeededIds, Shards};
use mcx::{
    System, SystemConfig,
    cli::Topology,
    config::Process,
    lab::{files, plan::Plan},
    location,
};
use tokio::{runtime::Handle, task::LocalSet};
use wire::Silent;

use super::table::{in_backticks, rows, same};

const FILE: &str = "METRICS.md";

/// A metric as it is scraped.
#[derive(Default, Debug)]
struct Shown {
    kind: String,
    labels: BTreeSet<String>,
    has_sample: bool,
}

/// Both systems in memory, after one user has been located.
async fn scraped() -> BTreeMap<String, Shown> {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = Plan::in_memory(folder.path(), Topology::On, &SeededIds::new(1));
    files::write(&plan).expect("the lab's files");
    let (net, metrics) = (Memory::new(), Metrics::new());
    let clock = RuntimeClock::starting_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
    let mut systems = Vec::new();
    for (system, seed) in plan.systems.iter().zip([2, 4]) {
        for (file, more) in [(system.servers_file(), 0), (system.clients_file(), 1)] {
            let read = SystemConfig::open(&file).expect("is right");
            let process = Process { shards: Shards::Local, store: None, admin: None, ..read.process };
            let env = Env {
                net: Arc::new(net.clone()),
                clock: Arc::new(clock),
                ids: Arc::new(SeededIds::new(seed + more)),
                recorder: Arc::new(Silent),
                metrics: metrics.clone(),
                runtime: Handle::current(),
                room: driver::Room::default(),
            };
            systems.push(System::start(&SystemConfig { process, ..read }, &env).await.expect("starts"));
        }
    }
    for system in &systems {
        system.log_on().await.expect("everybody logs on");
    }
    let alice = systems.iter().find_map(|system| system.client("alice")).expect("a terminal");
    alice.log_on().await.expect("alice logs on");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let bob = location::user("sip:bob@partner.example").expect("an identity");
    alice.location().locate(vec![bob], true).await.expect("is answered");
    shown(&metrics.text())
}

fn shown(text: &str) -> BTreeMap<String, Shown> {
    let mut all: BTreeMap<String, Shown> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            kind.clone_into(&mut all.entry(scraped_as(name, kind)).or_default().kind);
        }
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let end = line.find(['{', ' ']).unwrap_or(line.len());
        let name = line.get(..end).unwrap_or_default();
        let family =
            ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        let key = if all.contains_key(name) { name } else { family };
        let Some(metric) = all.get_mut(key) else { panic!("a sample without its type: {line}") };
        metric.has_sample = true;
        let labels =
            line.split_once('{').and_then(|(_, rest)| rest.split_once("} ")).map_or("", |(labels, _)| labels);
        let names = labels.split(',').filter_map(|label| label.split_once('=')).map(|(name, _)| name);
        metric.labels.extend(names.filter(|name| *name != "le").map(str::to_owned));
    }
    all
}

/// Counters are scraped with a suffix of their own (OpenMetrics).
fn scraped_as(name: &str, kind: &str) -> String {
    if kind == "counter" && !name.ends_with("_total") { format!("{name}_total") } else { name.to_owned() }
}

/// Every name that a source file gives to a registry: what a test's system does not run is found here.
fn registered() -> BTreeSet<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut names = BTreeSet::new();
    for folder in ["stack", "apps"] {
        for package in fs::read_dir(root.join(folder)).expect("a folder").flatten() {
            sources(&package.path().join("src"), &mut names);
        }
    }
    names
}

fn sources(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            for call in ["registry.register(", "encode_descriptor("] {
                names.extend(text.split(call).skip(1).filter_map(quoted));
            }
        }
    }
}

fn quoted(argument: &str) -> Option<String> {
    argument
        .trim_start()
        .strip_prefix('"')
        .and_then(|rest| rest.split_once('"'))
        .map(|(name, _)| name.to_owned())
}

#[tokio::test(start_paused = true)]
async fn every_metric_has_its_row_with_its_kind_and_its_labels() {
    let scraped = LocalSet::new().run_until(scraped()).await;
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows(FILE) {
        told.insert(in_backticks(&row.cells[0]).swap_remove(0), row.cells);
    }
    let known = |name: &String| told.contains_key(name) || told.contains_key(&format!("{name}_total"));
    let mut missing: Vec<String> = registered()
        .into_iter()
        .filter(|name| !known(name))
        .map(|name| format!("{name} (registered)"))
        .collect();
    let mut wrong = Vec::new();
    for (name, metric) in &scraped {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let Some(cells) = told.remove(name) else {
            missing.push(format!("| `{name}` | {} | {} | |", metric.kind, labels.join(", ")));
            continue;
        };
        let told: BTreeSet<String> = in_backticks(&cells[2]).into_iter().collect();
        if cells.len() < 4 || cells[3].is_empty() || cells[1] != metric.kind {
            wrong.push(format!("`{name}` is a {} and has a meaning", metric.kind));
        }
        if metric.has_sample && told != metric.labels {
            wrong.push(format!("`{name}` has the labels {}, not {}", labels.join(", "), cells[2]));
        }
    }
    let registered = registered();
    let is_gone = |name: &&String| {
        let bare = name.strip_suffix("_total").unwrap_or(name);
        !registered.contains(*name) && !registered.contains(bare)
    };
    let obsolete: Vec<String> = told.keys().filter(is_gone).cloned().collect();
    same(FILE, &missing, &obsolete, &wrong);
}
