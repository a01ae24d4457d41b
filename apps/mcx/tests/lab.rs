//! The lab that stays, over real sockets and real TLS.

#![allow(clippy::expect_used, reason = "a test")]

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Command,
};

use mcx::endpoints::Endpoints;
use nix::sys::signal::Signal;
use support::{Up, mcx};

#[test]
fn a_lab_that_is_up_answers_the_command_line_and_stops_with_0() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut up = Up::start(folder.path());
    let file = folder.path().join("endpoints.json");
    let endpoints = Endpoints::open(&file).expect("was written");
    let file = file.to_str().expect("a file in UTF-8");

    let output = mcx(&[
        "location",
        "request",
        "--as",
        "alice",
        "--endpoints",
        file,
        "--format",
        "json",
        "bob",
        "carol",
        "erin",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    let target = |name: &str| {
        let id = format!("sip:{name}@partner.example");
        let mut targets = answer["targets"].as_array().into_iter().flatten();
        targets.find(|target| target["target"] == id.as_str()).cloned().unwrap_or_default()
    };
    assert!(target("bob")["latitude"].is_number(), "{answer}");
    let (carol, erin) = (target("carol")["cause"].as_u64(), target("erin")["cause"].as_u64());
    assert!(carol.is_some() && erin.is_some() && carol != erin, "{answer}");

    let keys = fs::read_to_string(&endpoints.key_log).expect("session keys were written");
    assert!(keys.contains("CLIENT_TRAFFIC_SECRET_0") || keys.contains("CLIENT_RANDOM"));
    for system in &endpoints.systems {
        assert!(
            system.listener("gateway", "border").is_some()
                && system.listener("sip-core", "clients-udp").is_some()
        );
        for certificate in &system.tls.certificates {
            assert!(certificate.certificate.is_file() && certificate.key.is_file(), "{certificate:?}");
        }
    }
    assert_eq!(up.stop(), Some(0));
    for process in endpoints.systems.iter().flat_map(|system| &system.processes) {
        let config = process.config.to_str().expect("a file in UTF-8");
        assert_eq!(mcx(&["check", "--config", config]).status.code(), Some(0), "{config}");
    }
}

/// What `mcx location request` comes to, for alice.
fn asks(arguments: &[&str]) -> (Option<i32>, String) {
    let output = mcx(&[&["location", "request", "--as", "alice"], arguments].concat());
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_request_fails_where_nobody_is_reported_and_a_terminals_own_file_will_do_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().expect("a file in UTF-8").to_owned();
    let (endpoints, clients) = (path("endpoints.json"), path("primary/clients.toml"));
    let in_lab = |targets: &[&str]| asks(&[&["--endpoints", endpoints.as_str()], targets].concat());
    assert_eq!(in_lab(&["bob", "erin"]).0, Some(0), "some are reported");
    let (code, told) = in_lab(&["erin", "carol"]);
    assert_eq!(code, Some(1), "none is");
    assert!(told.contains("nobody's position is reported"), "{told}");

    let (code, told) = asks(&["--config", &clients, "sip:bob@partner.example"]);
    assert_eq!(code, Some(0), "{told}");
    let output =
        mcx(&["location", "request", "--as", "alcie", "--config", &clients, "sip:bob@partner.example"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && told.contains("did you mean \"alice\"?"), "{told}");

    let many: Vec<String> = (0..8000).map(|number| format!("sip:user{number}@partner.example")).collect();
    let (code, told) = in_lab(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, Some(1));
    assert!(told.contains("message or list too large (cause 48)"), "{told}");
}

#[test]
fn a_running_lab_is_not_replaced_and_one_that_has_ended_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("a folder in UTF-8");
    let mut up = Up::start(folder.path());
    let before = fs::read(folder.path().join("endpoints.json")).expect("was written");
    let second = mcx(&["lab", "up", "--dir", dir]);
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{told}");
    let pid =
        Endpoints::open(&folder.path().join("endpoints.json")).expect("is read").systems[0].processes[0].pid;
    assert!(told.contains("a lab runs in") && told.contains(&pid.to_string()), "{told}");
    assert_eq!(fs::read(folder.path().join("endpoints.json")).expect("is there"), before);
    assert_eq!(up.stop(), Some(0));
    let servers = folder.path().join("primary/servers.toml");
    let edited = fs::read_to_string(&servers).expect("was written") + "# edited\n";
    fs::write(&servers, &edited).expect("can be written");
    let again = mcx(&["lab", "up", "--dir", dir]);
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.code() == Some(1) && told.contains("--fresh replaces it"), "{told}");
    assert_eq!(fs::read_to_string(&servers).expect("is there"), edited, "it is as it was");
    fs::write(folder.path().join("notes"), "the user's own").expect("can be written");
    let fresh = mcx(&["lab", "up", "--dir", dir, "--fresh", "--detach"]);
    assert_eq!(fresh.status.code(), Some(0), "{}", String::from_utf8_lossy(&fresh.stderr));
    assert_ne!(fs::read_to_string(&servers).expect("is there"), edited, "it is replaced");
    assert!(folder.path().join("notes").exists());
    assert_eq!(mcx(&["lab", "down", "--dir", dir]).status.code(), Some(0));
}

#[test]
fn a_folder_that_only_looks_like_a_lab_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("a folder in UTF-8");
    let servers = folder.path().join("primary/servers.toml");
    fs::create_dir(folder.path().join("primary")).expect("can be made");
    fs::write(&servers, "# mine").expect("can be written");
    fs::write(folder.path().join("endpoints.json"), "{}").expect("can be written");
    for more in [&[][..], &["--fresh"]] {
        let up = mcx(&[&["lab", "up", "--dir", dir, "--detach"], more].concat());
        let told = String::from_utf8_lossy(&up.stderr);
        assert!(up.status.code() == Some(1) && told.contains("which no lab wrote"), "{told}");
    }
    assert_eq!(fs::read_to_string(&servers).expect("is there"), "# mine");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is laid there");
}

#[test]
fn servers_that_were_started_again_from_their_folder_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("a folder in UTF-8");
    let up = mcx(&["lab", "up", "--dir", dir, "--detach"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let before = [pids(folder.path(), 0), pids(folder.path(), 1)].concat();
    assert_eq!(mcx(&["lab", "down", "--dir", dir]).status.code(), Some(0));
    let serve = |from: &str, file: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
        command.args(["serve", "--config", file]).current_dir(folder.path().join(from));
        command.stderr(std::process::Stdio::null()).spawn().expect("mcx runs")
    };
    let mut served = [serve("", "primary/servers.toml"), serve("partner", "servers.toml")];
    let (_nobody, pause) = std::sync::mpsc::channel::<()>();
    let are_known = (0..400).any(|_| {
        let _ = pause.recv_timeout(std::time::Duration::from_millis(50));
        let now = [pids(folder.path(), 0), pids(folder.path(), 1)].concat();
        now[0] != before[0] && now[2] != before[2]
    });
    assert!(are_known, "the file follows");
    let second = mcx(&["lab", "up", "--dir", dir, "--fresh"]);
    let told = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.code() == Some(1) && told.contains("a lab runs in"), "{told}");
    assert!(served.iter().all(|each| told.contains(&each.id().to_string())), "{told}");
    let down = mcx(&["lab", "down", "--dir", dir]);
    assert_eq!(String::from_utf8_lossy(&down.stdout), "2 processes have ended\n");
    for each in &mut served {
        assert_eq!(each.wait().expect("has ended").code(), Some(0), "in order");
    }
}

#[test]
fn what_a_lab_writes_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().to_str().expect("a folder in UTF-8");
    assert_eq!(Up::start(folder.path()).stop(), Some(0));
    let open = |name: &str, mode| {
        let opened = fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode));
        opened.expect("an earlier lab wrote it");
    };
    open("primary", 0o755);
    open("primary/servers.log", 0o644);
    let up = mcx(&["lab", "up", "--dir", dir, "--fresh", "--detach"]);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    assert_eq!(mcx(&["lab", "down", "--dir", dir]).status.code(), Some(0));
    let mut seen = Vec::new();
    let mut folders = vec![folder.path().to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder").flatten() {
            let mode = entry.metadata().expect("is there").permissions().mode() & 0o777;
            let is_folder = entry.path().is_dir();
            assert_eq!(mode, if is_folder { 0o700 } else { 0o600 }, "{}", entry.path().display());
            seen.push(entry.file_name());
            folders.extend(is_folder.then(|| entry.path()));
        }
    }
    assert!(seen.iter().any(|name| name == "servers.log") && seen.iter().any(|name| name == "keys.log"));
}

#[test]
fn a_lab_that_is_killed_leaves_nothing_running() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut up = Up::start(folder.path());
    let endpoints = Endpoints::open(&folder.path().join("endpoints.json")).expect("was written");
    let admins: Vec<_> =
        endpoints.systems.iter().flat_map(|system| &system.processes).map(|each| &each.admin).collect();
    let answers = |admin: &&&String| std::net::TcpStream::connect(admin.as_str()).is_ok();
    assert_eq!(admins.iter().filter(answers).count(), 4);
    up.0.kill().expect("runs");
    up.0.wait().expect("has ended");
    let (_nobody, pause) = std::sync::mpsc::channel::<()>();
    let left = (0..400).find_map(|_| {
        let left = admins.iter().filter(answers).count();
        let _ = pause.recv_timeout(std::time::Duration::from_millis(50));
        (left == 0).then_some(left)
    });
    assert_eq!(left, Some(0), "they end by themselves");
}

#[test]
fn a_user_logs_in_migrates_and_sees_how_he_stands_in_both_systems() {
    let folder = tempfile::tempdir().expect("a folder");
    let _up = Up::start(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().expect("a file in UTF-8").to_owned();
    let endpoints = path("endpoints.json");
    let does = |arguments: &[&str]| {
        let output = mcx(&[arguments, &["--endpoints", &endpoints]].concat());
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&told).into_owned())
    };
    let migrate = ["migrate", "--as", "dave", "--to", "partner.example", "--profile", "3"];
    let (code, told) = does(&migrate);
    assert!(code == Some(1) && told.contains("mcx login --as dave"), "{told}");

    fs::write(path("wrong"), "sesame\n").expect("can be written");
    let (code, told) = does(&["login", "--as", "dave", "--password-file", &path("wrong")]);
    assert!(code == Some(1) && told.contains("Name or password is wrong"), "{told}");
    let (code, told) = does(&["login", "--as", "dave"]);
    assert!(code == Some(0) && told.contains("sip:dave@primary.example is logged in"), "{told}");
    let mode = fs::metadata(path("tokens.json")).expect("was written").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);

    let (code, told) = does(&["migrate", "--as", "dave", "--to", "partner.example", "--profile", "4"]);
    assert!(code == Some(1) && told.contains("the user has no profile of this index; he has 3\n"), "{told}");
    let (code, told) = does(&migrate);
    assert!(code == Some(0) && told.contains("is sip:dave-abroad@partner.example there"), "{told}");
    let (code, told) = does(&["service", "status", "--as", "dave"]);
    assert!(
        code == Some(0) && told.contains("has migrated to partner.example with MCPTT profile 3"),
        "{told}"
    );
    assert!(told.contains("visits from primary.example") && !told.contains("alice"), "{told}");
    let (code, told) = does(&["service", "status", "--system", "partner.example"]);
    assert!(code == Some(0) && told.contains("sip:bob@partner.example"), "{told}");

    let (code, told) = does(&[&migrate[..], &["--service", "mcvideo"]].concat());
    assert!(code == Some(0) && told.contains("has migrated with MCVideo to partner.example"), "{told}");

    let stays = [&migrate[..], &["--stay", "--endpoints", &endpoints]].concat();
    let told = until_told_to_stop(&stays, "is sip:dave-abroad@partner.example there");
    assert!(told.contains("the migration is over"), "{told}");
    let (code, told) = does(&["service", "status", "--as", "dave"]);
    assert!(
        code == Some(0) && told.contains("has migrated to partner.example with MCVideo profile 3"),
        "{told}"
    );
    assert!(told.contains("visits from primary.example with MCVideo profile 3"), "{told}");
    assert!(!told.contains("MCPTT"), "each ends for itself: {told}");

    let (code, told) = does(&["login", "--as", "dave", "--end"]);
    assert!(code == Some(0) && told.contains("logged out"), "{told}");
    let (code, told) = does(&["service", "status", "--as", "dave"]);
    assert!(
        code == Some(1) && told.contains("primary.example: not logged in: log in with `mcx login --as dave`"),
        "{told}"
    );
    assert!(
        told.contains("visits from primary.example with MCVideo"),
        "where he is logged in he is told: {told}"
    );
    let (code, told) = does(&migrate);
    assert!(code == Some(1) && told.contains("not logged in"), "{told}");
}

/// What a command prints that stays until Ctrl-C, which it gets once it has printed this.
fn until_told_to_stop(arguments: &[&str], first: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
    let mut child = command.args(arguments).stdout(std::process::Stdio::piped()).spawn().expect("mcx runs");
    let mut lines = BufReader::new(child.stdout.take().expect("is piped")).lines().map_while(Result::ok);
    let mut told: Vec<String> = Vec::new();
    for line in lines.by_ref() {
        let is_it = line.contains(first);
        told.push(line);
        if is_it {
            support::signal(child.id());
        }
    }
    child.wait().expect("ends");
    told.join("\n")
}

/// What the file says of the processes of a system: `servers`, then `clients`.
fn pids(folder: &std::path::Path, system: usize) -> Vec<u32> {
    let endpoints = Endpoints::open(&folder.join("endpoints.json")).expect("is there");
    endpoints.systems[system].processes.iter().map(|process| process.pid).collect()
}

#[test]
fn a_detached_lab_says_how_it_is_ended_knows_who_was_started_again_and_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().canonicalize().expect("a folder");
    let dir = dir.to_str().expect("a folder in UTF-8");
    let up = mcx(&["lab", "up", "--dir", dir, "--detach"]);
    let told = String::from_utf8_lossy(&up.stdout);
    assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
    let config = format!("{dir}/partner/clients.toml");
    assert!(told.contains(&format!(" lab down --dir {dir}\n")), "{told}");
    assert!(told.contains(&format!(" serve --config {config}\n")), "{told}");

    let before = pids(folder.path(), 1);
    support::signal(before[1]);
    let mut again = Command::new(env!("CARGO_BIN_EXE_mcx"))
        .args(["serve", "--config", &config])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("mcx runs");
    let (_nobody, pause) = std::sync::mpsc::channel::<()>();
    let after = (0..400).find_map(|_| {
        let _ = pause.recv_timeout(std::time::Duration::from_millis(50));
        let now = pids(folder.path(), 1);
        (now != before).then_some(now)
    });
    assert_eq!(after, Some(vec![before[0], again.id()]), "the file follows");

    let down = mcx(&["lab", "down", "--dir", dir]);
    let told = String::from_utf8_lossy(&down.stdout);
    assert_eq!(down.status.code(), Some(0), "{}", String::from_utf8_lossy(&down.stderr));
    assert_eq!(told, "4 processes have ended\n");
    assert_eq!(again.wait().expect("has ended").code(), Some(0), "in order");
    let twice = mcx(&["lab", "down", "--dir", dir]);
    let told = String::from_utf8_lossy(&twice.stderr);
    assert!(twice.status.code() == Some(1) && told.contains("nothing runs of the lab"), "{told}");
}

#[test]
fn a_lab_in_the_foreground_is_ended_from_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut up = Up::start(folder.path());
    let down = mcx(&["lab", "down", "--dir", folder.path().to_str().expect("a folder in UTF-8")]);
    assert_eq!(down.status.code(), Some(0), "{}", String::from_utf8_lossy(&down.stderr));
    assert_eq!(up.0.wait().expect("has ended").code(), Some(0));
}

#[test]
fn a_lab_of_which_one_process_is_killed_goes_on_and_says_which_and_how_it_is_started_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().canonicalize().expect("a folder");
    let mut up = Command::new(env!("CARGO_BIN_EXE_mcx"))
        .args(["lab".as_ref(), "up".as_ref(), "--dir".as_ref(), dir.as_os_str()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("mcx runs");
    let mut told = BufReader::new(up.stdout.take().expect("is piped")).lines().map_while(Result::ok);
    assert!(told.any(|line| line.starts_with("# a process that ended alone")), "the lab came up");
    let before = pids(&dir, 1);
    kill(before[0], Signal::SIGKILL);

    let config = dir.join("partner/servers.toml");
    let which = told.find(|line| line.contains("ended: signal: 9")).expect("is told");
    assert!(which.contains(config.to_str().expect("UTF-8")), "{which}");
    let line = told.find(|line| line.contains(" serve --config ")).expect("is told how");
    assert!(line.ends_with(&format!("serve --config {}", config.display())), "{line}");
    assert!(told.next().is_some_and(|line| line.ends_with("partner/servers.log")), "and where it says why");
    // Nobody reads along from here on.
    drop(told);

    let mut words = line.split_whitespace();
    let mut again = Command::new(words.next().expect("the program"))
        .args(words)
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("mcx runs");
    let (_nobody, pause) = std::sync::mpsc::channel::<()>();
    let endpoints = dir.join("endpoints.json");
    let asked =
        ["location", "request", "--as", "alice", "--endpoints", endpoints.to_str().expect("UTF-8"), "bob"];
    let found = (0..100).any(|_| {
        let _ = pause.recv_timeout(std::time::Duration::from_millis(100));
        mcx(&asked).status.success()
    });
    assert!(found, "as before");
    kill(pids(&dir, 0)[1], Signal::SIGKILL);
    support::signal(up.id());
    let up = up.wait_with_output().expect("has ended");
    let why = String::from_utf8_lossy(&up.stderr);
    assert!(up.status.code() == Some(1) && why.contains("ended: signal: 9"), "{why}");
    support::signal(again.id());
    assert_eq!(again.wait().expect("has ended").code(), Some(0));
}

fn kill(pid: u32, signal: Signal) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a process id"));
    nix::sys::signal::kill(pid, signal).expect("runs");
}
