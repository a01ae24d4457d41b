//! The lines of `interop/sipp/README.md` work as they stand there.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, net::SocketAddr, process::Command};

use interop::{
    Lab, Running, System,
    sipp::{self, STOPPED},
    tools::{self, SIPP},
};

/// The line of the README that plays this scenario.
fn line(scenario: &str) -> String {
    let readme = tools::workspace().join("interop/sipp/README.md");
    let text = fs::read_to_string(&readme).expect("it lies beside the scenarios");
    let lines = text.lines().filter(|line| line.starts_with("sipp "));
    let mut found = lines.filter(|line| line.contains(&format!("-sf {scenario}.xml")));
    found.next().unwrap_or_else(|| panic!("no line for {scenario} in {}", readme.display())).to_owned()
}

/// Pastes it, with the variables set that the README explains.
fn paste(scenario: &str, local: SocketAddr, core: Option<SocketAddr>, password: &str) -> Running {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec {}", line(scenario))]).env("TERM", "dumb");
    shell.current_dir(tools::workspace().join("interop/sipp"));
    shell.env("IP", local.ip().to_string()).env("PORT", local.port().to_string()).env("PASSWORD", password);
    shell.env("CORE", core.map(|core| core.to_string()).unwrap_or_default());
    Running::start(&mut shell)
}

/// A lab where this system's SIP core takes SIPp's kind of digest.
fn lab(home: &'static str) -> Lab {
    let edit = |system: &System<'_>, text: String| {
        sipp::with_long_datagrams(&sipp::with_md5(system.domain(), &system.users(), &text))
    };
    let lab = Lab::served().edit_servers(home, edit);
    lab.edit_clients(home, |_, text| sipp::answering_md5(&text)).start()
}

#[test]
fn the_line_of_the_requesting_client() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab("primary");
    let primary = lab.system("primary");
    let core = primary.listener("sip-core", "clients-tcp");
    let mut asking =
        paste("requesting_client", sipp::port(core.ip()), Some(core), primary.user("alice").password());
    let (status, output) = asking.end();
    assert_eq!(status.code(), Some(STOPPED), "{output}");
    lab.nothing_panicked();
}

#[test]
fn the_line_of_the_location_client() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let lab = lab("partner");
    let partner = lab.system("partner");
    let core = partner.listener("sip-core", "clients-tcp");
    let mut reporting = paste("register", sipp::port(core.ip()), Some(core), partner.user("erin").password());
    reporting.line("registered");
    let told = tools::text(&tools::succeed(&mut lab.locate("alice", &["erin"])));
    assert!(told.contains("sip:erin@partner.example  60.00000 25.00000"), "{told}");
    let (status, output) = reporting.end();
    assert_eq!(status.code(), Some(STOPPED), "{output}");
}

#[test]
fn the_line_of_the_partners_location_management_server() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let served = Lab::served();
    let local = sipp::port(served.system("partner").listener("gateway", "inner-udp").ip());
    let mut answering = paste("partner_lms", local, None, "");
    let edit = |system: &System<'_>, text: String| {
        let service = format!("[[gateway.service]]\nuri = \"{}\"\n", system.locations());
        let (before, after) = text.split_once(&service).expect("the gateway has the service");
        let (_, rest) = after.split_once("\n\n").expect("the table ends");
        let hop = format!("name = \"sipp\"\naddress = \"{local}\"\ntransport = \"udp\"");
        sipp::with_long_datagrams(&format!("{before}{service}{hop}\n\n{rest}"))
    };
    let lab = served.edit_servers("partner", edit).start();
    let told = tools::text(&tools::succeed(&mut lab.locate("alice", &["bob"])));
    assert!(told.contains("sip:bob@partner.example  60.00000 25.00000"), "{told}");
    answering.succeed();
}
