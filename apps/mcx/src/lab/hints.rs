//! Lines to paste: others' software against the running lab.

mod log_in;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::scenarios::{GROUP, OPTIONS, REQUEST};
use crate::endpoints::{Endpoints, SystemEndpoints};

/// The program that runs, as whoever pastes a line has to call it.
pub(super) fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| "mcx".into())
}

/// A path as a shell reads it back.
pub(super) fn pasted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// What `mcx lab up` prints.
pub(super) fn of(endpoints: &Endpoints, file: &Path) -> String {
    let mut out = String::new();
    for system in &endpoints.systems {
        listeners(&mut out, system);
    }
    let [first, second] = endpoints.systems.as_slice() else { return out };
    commands(&mut out, endpoints, (first, second), file);
    out
}

fn listeners(out: &mut String, system: &SystemEndpoints) {
    let _ = writeln!(out, "MC system {}", system.domain);
    for each in &system.listeners {
        let _ =
            writeln!(out, "  {:<34} {:<12} {:<4} {}", each.name, each.listener, each.protocol, each.address);
    }
    for process in &system.processes {
        let (name, pid, admin) = (&process.name, process.pid, &process.admin);
        let _ = writeln!(
            out,
            "  {:<34} {:<12} {:<4} {admin}",
            format!("{name} (process {pid})"),
            "admin",
            "http"
        );
    }
    let users: Vec<&str> = system.users.iter().map(|user| user.mc_service_id.as_str()).collect();
    let _ = writeln!(out, "  users: {}\n", users.join(" "));
}

fn commands(
    out: &mut String,
    endpoints: &Endpoints,
    (first, second): (&SystemEndpoints, &SystemEndpoints),
    file: &Path,
) {
    let asking = first.users.first().map_or("", |user| user.name.as_str());
    let targets: Vec<&str> = second.users.iter().map(|user| user.mc_service_id.as_str()).collect();
    let (mcx, file, targets) = (pasted(&program()), pasted(file), targets.join(" "));
    let _ = writeln!(
        out,
        "# where are they?\n{mcx} location request --as {asking} --endpoints {file} {targets}\n"
    );
    if let Some(admin) = first.processes.first().map(|process| &process.admin) {
        let _ =
            writeln!(out, "# health and counters\ncurl http://{admin}/readyz\ncurl http://{admin}/metrics\n");
    }
    if let (Some(gateway), Some(dir)) = (first.listener("gateway", "inner-udp"), endpoints.key_log.parent()) {
        let (address, domain) = (&gateway.address, first.domain.as_str());
        let ip = address.rsplit_once(':').map_or("127.0.0.1", |(ip, _)| ip);
        for (what, scenario) in
            [("is the gateway there", OPTIONS), ("a location request to the partner", REQUEST)]
        {
            let scenario = dir.join(scenario);
            let _ = writeln!(
                out,
                "# SIPp, as a server of {domain}: {what}\nsipp {address} -i {ip} -m 1 -nostdin -sf {}\n",
                pasted(&scenario)
            );
        }
    }
    log_in::lines(out, endpoints, (first, second));
    groups(out, endpoints, (first, second));
    capture(out, endpoints);
    border(out, first, second);
}

/// A group put by the administrator of the first system, and got by the one of the second (TS 23.280 10.2.7.2).
fn groups(out: &mut String, endpoints: &Endpoints, (first, second): (&SystemEndpoints, &SystemEndpoints)) {
    let Some(dir) = endpoints.key_log.parent() else { return };
    let path = format!("org.openmobilealliance.groups/global/byGroupID/sip:fire@{}", first.domain);
    let line = |system: &SystemEndpoints, more: &str| {
        let listener = system.listener("groups", "clients")?;
        let (ip, port) = listener.address.rsplit_once(':')?;
        let (root, host) = (&system.xcap_root, system.xcap_root.trim_start_matches("https://"));
        let (ca, mcx, dir) = (pasted(&system.tls.ca), pasted(&program()), pasted(dir));
        let who = &system.administrator;
        Some(format!(
            "curl -sS --fail-with-body --cacert {ca} --resolve {host}:{port}:{ip} -H \"Authorization: Bearer $({mcx} lab token --as {who} --dir {dir})\" {more} {root}:{port}/{path}"
        ))
    };
    let file = pasted(&dir.join(GROUP));
    let (mcx, endpoints) = (pasted(&program()), pasted(&dir.join("endpoints.json")));
    let _ = writeln!(
        out,
        "# the group of {file}, put\n{mcx} groups put --endpoints {endpoints} sip:fire@{} {file}\n",
        first.domain
    );
    let put = format!("-H 'Content-Type: {}' -T {file}", ::groups::group::MEDIA_TYPE);
    let get = "--retry 5 --retry-all-errors --retry-delay 1";
    if let (Some(put), Some(get)) = (line(first, &put), line(second, get)) {
        let _ = writeln!(out, "# the same with curl; then what the partner has of it\n{put}\n{get}\n");
    }
}

fn capture(out: &mut String, endpoints: &Endpoints) {
    let all = endpoints.systems.iter().flat_map(|system| &system.listeners);
    let port = |address: &str| address.rsplit(':').next().unwrap_or_default().to_owned();
    let (mut decode, mut ports) = (String::new(), Vec::new());
    for each in all {
        let port = port(&each.address);
        let kind = match each.protocol.as_str() {
            "tls" | "https" => "tls",
            "http" => "http",
            _ => "sip",
        };
        let layer = if each.protocol == "udp" { "udp" } else { "tcp" };
        let _ = write!(decode, " -d {layer}.port=={port},{kind}");
        if each.protocol == "tls" {
            let _ = write!(decode, " -d tls.port=={port},sip");
        }
        if each.protocol == "https" {
            let _ = write!(decode, " -d tls.port=={port},http");
        }
        ports.push(format!("port {port}"));
    }
    ports.sort();
    ports.dedup();
    let (keys, ports) = (pasted(&endpoints.key_log), ports.join(" or "));
    let _ = writeln!(
        out,
        "# tshark: everything, decrypted (start it before the first request)\ntshark -l -i lo -f '{ports}' -o tls.keylog_file:{keys}{decode} -Y 'sip or http or http2'\n"
    );
}

/// As the partner's gateway would, at the border.
fn border(out: &mut String, first: &SystemEndpoints, second: &SystemEndpoints) {
    let border = first.listeners.iter().find(|each| each.listener == "border");
    let shown = second.tls.certificates.iter().find(|each| each.holder == "border");
    let (Some(border), Some(shown)) = (border, shown) else { return };
    let (address, ca) = (&border.address, pasted(&first.tls.ca));
    let (certificate, key) = (pasted(&shown.certificate), pasted(&shown.key));
    let _ = writeln!(
        out,
        "# openssl: at the border of {}, as {}\nopenssl s_client -connect {address} -CAfile {ca} -cert {certificate} -key {key}",
        first.domain, second.domain
    );
}
