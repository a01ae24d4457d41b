//! What a process and all its descendants have used, as the kernel counts it.

use std::fs;

use crate::shell::Done;

/// The kernel counts in hundredths of a second on every platform that this runs on (`sysconf(_SC_CLK_TCK)`).
const TICKS_PER_SECOND: f64 = 100.0;

/// User and system time of the tree, in seconds.
pub fn cpu_seconds(root: u32) -> Done<f64> {
    let ticks: u64 = tree(root)?.iter().map(|process| process.ticks).sum();
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// Proportional set size of the tree, in MiB.
pub fn memory_mib(root: u32) -> Done<f64> {
    let kib: u64 = tree(root)?.iter().map(|process| pss_kib(process.id)).sum();
    Ok(kib as f64 / 1024.0)
}

/// CPU time of the whole machine since it started, in ticks: what its host has withheld from it, and all.
#[derive(Clone, Copy)]
pub struct Machine {
    withheld: u64,
    all: u64,
}

impl Machine {
    /// As the first line of `/proc/stat` has it: user, nice, system, idle, iowait, irq, softirq, steal.
    pub fn now() -> Done<Self> {
        let stat = fs::read_to_string("/proc/stat").map_err(|why| format!("/proc/stat: {why}"))?;
        let line = stat.lines().next().unwrap_or_default();
        let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).flat_map(str::parse).collect();
        let withheld = *ticks.get(7).ok_or_else(|| format!("/proc/stat: {line}"))?;
        Ok(Self { withheld, all: ticks.iter().sum() })
    }

    /// The share of all CPU time that was withheld between `before` and this moment, in percent.
    pub fn withheld_since(self, before: Self) -> f64 {
        let all = self.all.saturating_sub(before.all).max(1);
        self.withheld.saturating_sub(before.withheld) as f64 * 100.0 / all as f64
    }
}

struct Process {
    id: u32,
    parent: u32,
    ticks: u64,
}

fn tree(root: u32) -> Done<Vec<Process>> {
    let entries = fs::read_dir("/proc").map_err(|why| format!("/proc: {why}"))?;
    let all = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(read);
    let mut rest: Vec<Process> = all.collect();
    let mut found: Vec<Process> = Vec::new();
    let mut wanted = vec![root];
    while let Some(id) = wanted.pop() {
        wanted.extend(rest.iter().filter(|process| process.parent == id).map(|process| process.id));
        if let Some(place) = rest.iter().position(|process| process.id == id) {
            found.push(rest.swap_remove(place));
        }
    }
    if found.is_empty() { Err("the proxy has ended".to_owned()) } else { Ok(found) }
}

/// `/proc/ID/stat`: the fields after the name, which may itself hold blanks and parentheses.
fn read(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)?;
    Some(Process { id, parent: u32::try_from(number(1)?).ok()?, ticks })
}

fn pss_kib(id: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
