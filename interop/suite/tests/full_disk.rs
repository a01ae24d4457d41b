//! A disk that is full, as clients of a running server see it: writers are told so, and when to come again; readers read on;
//! and once there is space again it goes on by itself. RFC 9110 15.6.4, RFC 9457
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, path::Path, process::Command};

use interop::{
    Lab, Running, http,
    process::until,
    tools,
    xcap::{Answer, Client},
};

/// More groups than there is space for.
const MANY: usize = 500;

/// The host of the primary's XCAP root.
const XCAP: &str = "xcap.primary.example";

/// So much space is left.
const LEFT: u64 = 512 * 1024;

/// Lets no file of the process grow beyond this: what a write past it is told is what a full disk says.
fn limit(process: &Running, octets: &str) {
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &process.pid().to_string(), &format!("--fsize={octets}:")]);
    tools::succeed(&mut prlimit);
}

/// `mcx serve` that is not killed by that.
fn serve(file: &Path) -> Running {
    let mcx = tools::mcx();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" serve --config \"$1\""]).arg(mcx.get_program()).arg(file);
    Running::start(&mut shell)
}

fn path(number: usize) -> String {
    format!("org.openmobilealliance.groups/global/byGroupID/sip:group-{number}@primary.example")
}

/// Some 40 kB.
fn group(number: usize) -> String {
    let entries: String =
        (0..1000).map(|user| format!("<entry uri=\"sip:user-{user}@primary.example\"/>")).collect();
    format!(
        "<group xmlns=\"urn:oma:xml:poc:list-service\"><list-service uri=\"sip:group-{number}@primary.example\">\
         <display-name>{number}</display-name><list>{entries}</list></list-service></group>"
    )
}

#[test]
fn on_a_full_disk_puts_are_503_with_a_cause_and_gets_go_on_until_there_is_space() {
    if !tools::have(&[]) {
        return;
    }
    let mut lab = Lab::served().edit_servers("primary", |_, text| {
        text.replacen(
            "transport = \"tls\"\ntls = \"xcap\"\nclient-certificate = \"none\"",
            "transport = \"tcp\"",
            1,
        )
    });
    let folder = lab.dir().join("primary");
    let server = serve(&folder.join("servers.toml"));
    lab.started();
    let system = lab.system("primary");
    http::ready(system.admin("servers"));
    let mut token = tools::mcx();
    token.args(["lab", "token", "--as", system.administrator(), "--dir"]).arg(lab.dir());
    let token = String::from_utf8_lossy(&tools::succeed(&mut token).stdout).trim().to_owned();
    let mut client = Client::new(system.listener("groups", "clients"), XCAP, &token);
    let first = client.put(&path(0), None, &group(0)).expect("an answer");
    assert_eq!(first.status, 201, "{}", first.body);

    let kept = fs::metadata(folder.join("servers.redb")).expect("the store is there").len();
    limit(&server, &(kept + LEFT).to_string());
    let mut put = |number: usize| client.put(&path(number), None, &group(number)).expect("an answer");
    let answers: Vec<Answer> = (1..MANY).map(&mut put).take_while(Answer::is_success).collect();
    println!("# {} groups fit", answers.len());
    let refused = put(MANY);
    assert_eq!(
        (refused.status, refused.field("content-type")),
        (503, "application/problem+json"),
        "{}",
        refused.body
    );
    assert!(refused.field("retry-after").parse::<u32>().is_ok_and(|wait| wait > 0), "{refused:?}");
    assert!(refused.body.contains("urn:x-mcx:cause:no-space"), "{}", refused.body);
    // The engine opens its file anew after a write that failed half way; until it has, readers too are told to come again.
    let read = |number: usize| {
        let read = Client::new(system.listener("groups", "clients"), XCAP, &token)
            .get(&path(number))
            .expect("an answer");
        assert!(read.status != 503 || !read.field("retry-after").is_empty(), "{read:?}");
        read
    };
    for number in 0..=answers.len() {
        until("readers read on", || {
            let read = read(number);
            assert!(read.status != 200 || read.body == group(number), "{number}");
            read.status == 200
        });
    }
    until("what was refused is not there", || read(MANY).status == 404);
    // The command line finds no room either, and asks the process that has the store.
    let mut beside = Command::new("sh");
    beside
        .args(["-c", "trap '' XFSZ; exec prlimit --fsize=1: \"$0\" users --store \"$1\" list"])
        .arg(tools::mcx().get_program())
        .arg(format!("redb:{}", folder.join("servers.redb").display()));
    tools::succeed(&mut beside);

    limit(&server, "unlimited");
    until("it goes on by itself", || {
        let again = Client::new(system.listener("groups", "clients"), XCAP, &token).put(
            &path(MANY),
            None,
            &group(MANY),
        );
        again.is_some_and(|answer| answer.is_success())
    });
    let panics = http::metric(system.admin("servers"), "mcx_panics_total");
    assert!(panics < 1.0, "{panics} panics");
}
