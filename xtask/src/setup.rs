//! Others' software that the interop suite runs against.

use std::{path::Path, process::Command};

use clap::Args;

use crate::shell::{Done, cargo, root, run as run_command, succeeds, which};

/// What `cargo xtask setup` takes.
#[derive(Args)]
pub struct Options {
    /// Also cargo-deny, which the gate needs and the tests do not.
    #[arg(long)]
    with_deny: bool,
    /// Only says what is missing.
    #[arg(long)]
    check: bool,
}

/// A program, the Debian package that brings it, and what it is for.
struct Tool {
    program: &'static str,
    package: &'static str,
    purpose: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { program: "sipp", package: "sip-tester", purpose: "client, partner and location client" },
    Tool { program: "stunnel", package: "stunnel4", purpose: "TLS for SIPp" },
    Tool { program: "tshark", package: "tshark", purpose: "decodes the capture" },
    Tool { program: "kamailio", package: "kamailio", purpose: "the proxy that the gateway is compared with" },
    Tool { program: KAMAILIO_TLS, package: "kamailio-tls-modules", purpose: "the same, over TLS" },
    Tool { program: POSTGRES, package: "postgresql", purpose: "the store of more than one machine" },
    Tool { program: "xmllint", package: "libxml2-utils", purpose: "validates against schemas" },
    Tool { program: "xmlsec1", package: "xmlsec1", purpose: "signs and encrypts bodies, and reads ours" },
    Tool { program: "c++", package: "g++", purpose: "the engine of the fuzz targets" },
    Tool { program: "openssl", package: "openssl", purpose: "peers with wrong certificates" },
    Tool { program: "curl", package: "curl", purpose: "the admin listener" },
    Tool { program: "node", package: "nodejs", purpose: "an OpenID provider and a client library of others" },
    Tool { program: "npm", package: "npm", purpose: "installs both of them" },
    Tool { program: LXML, package: "python3-lxml", purpose: "XPath that is not ours, on group documents" },
    Tool { program: REQUESTS, package: "python3-requests", purpose: "the HTTP of the same" },
];

/// Not a program but a module: looked for in its folders.
const KAMAILIO_TLS: &str = "kamailio/modules/tls.so";

/// Not in anybody's path: looked for in the folders of its versions.
const POSTGRES: &str = "postgres";

/// Not programs but modules of Debian's own Python.
const LXML: &str = "lxml";
const REQUESTS: &str = "requests";

/// Installs, or says what is missing.
pub fn run(options: &Options) -> Done {
    if options.check {
        return say(&missing());
    }
    interop()?;
    if options.with_deny { deny() } else { Ok(()) }
}

/// What the interop suite needs: installed where that may be done, else an error that names each missing package.
pub fn interop() -> Done {
    let absent = missing();
    if absent.is_empty() {
        return oidc();
    }
    let (Some(mut update), Some(mut install)) = (apt(), apt()) else { return say(&absent) };
    let packages = absent.iter().map(|tool| tool.package);
    // An old package list is no reason to fail: the installation says whether it serves.
    let _ = run_command(update.args(["update", "-qq"]));
    run_command(install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages))?;
    say(&missing())?;
    oidc()
}

/// What interop/oidc needs, as its lock file has it.
fn oidc() -> Done {
    let folder = root().join("interop/oidc");
    if folder.join("node_modules").is_dir() {
        return Ok(());
    }
    let install = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
    run_command(Command::new("npm").args(install).arg(folder))
}

/// cargo-deny, built from its published source where it is absent.
fn deny() -> Done {
    if which("cargo-deny").is_some() || succeeds(&mut cargo(&["deny", "--version"])) {
        return Ok(());
    }
    run_command(&mut cargo(&["install", "--locked", "--quiet", "cargo-deny"]))
}

fn missing() -> Vec<&'static Tool> {
    TOOLS.iter().filter(|tool| !is_there(tool.program)).collect()
}

fn is_there(program: &str) -> bool {
    let within =
        |folder: &str| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    match program {
        KAMAILIO_TLS => within("/usr/lib")
            .chain(["/usr/lib".into(), "/usr/lib64".into()])
            .any(|folder| folder.join(KAMAILIO_TLS).is_file()),
        LXML | REQUESTS => Path::new("/usr/lib/python3/dist-packages").join(program).is_dir(),
        POSTGRES => {
            which("postgres").is_some()
                || within("/usr/lib/postgresql").any(|version| version.join("bin/initdb").is_file())
        }
        _ => which(program).is_some(),
    }
}

fn say(absent: &[&Tool]) -> Done {
    if absent.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = absent
        .iter()
        .map(|tool| format!("  {} (package {}): {}", tool.program, tool.package, tool.purpose))
        .collect();
    let packages: Vec<&str> = absent.iter().map(|tool| tool.package).collect();
    Err(format!(
        "missing for the interop suite:\n{}\ninstall with: apt-get install {}\nor run the rest with: cargo xtask test --without-interop",
        lines.join("\n"),
        packages.join(" ")
    ))
}

/// `apt-get` as root, where this is Debian or Ubuntu and we may.
fn apt() -> Option<Command> {
    which("apt-get")?;
    let mut command = if is_root() {
        Command::new("apt-get")
    } else if which("sudo").is_some() && succeeds(Command::new("sudo").args(["-n", "true"])) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        return None;
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Some(command)
}

/// Whoever owns our own process entry is who we are.
#[cfg(target_os = "linux")]
fn is_root() -> bool {
    use std::os::linux::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.st_uid() == 0)
}

#[cfg(not(target_os = "linux"))]
fn is_root() -> bool {
    false
}
