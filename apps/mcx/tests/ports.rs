//! Two processes of one configuration: the second does not start, and says which listener and who has its address.

#![allow(clippy::expect_used, reason = "a test")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
};

/// Ends with the test.
struct Running(Child, Lines<BufReader<ChildStderr>>);

impl Running {
    fn start(file: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcx"));
        let command = command.args(["serve", "--config"]).arg(file).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("mcx runs");
        let told = BufReader::new(child.stderr.take().expect("is piped")).lines();
        Self(child, told)
    }

    /// Where the next of its listeners is.
    fn listens(&mut self) -> Option<String> {
        self.1.by_ref().map_while(Result::ok).find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            let is_listener = line["message"] == "listening";
            is_listener.then(|| line["address"].as_str().expect("an address").to_owned())
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A SIP core with two shards, which share each address.
fn core(folder: &Path, transport: &str, address: &str) -> std::path::PathBuf {
    let text = format!(
        r#"[process]
shards = 2
[sip-core]
name = "core.a.example"
domain = "a.example"
uri = "sip:core.a.example"
[[sip-core.listen]]
name = "terminals"
address = "{address}"
transport = "{transport}"
"#
    );
    let file = folder.join(format!("{transport}.toml"));
    fs::write(&file, text).expect("the folder is ours");
    file
}

#[test]
fn a_second_process_does_not_share_the_ports_of_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    for transport in ["udp", "tcp"] {
        let mut first = Running::start(&core(folder.path(), transport, "127.0.0.1:0"));
        let address = first.listens().expect("it starts");
        let mut second = Running::start(&core(folder.path(), transport, &address));
        let told: Vec<String> =
            second.1.by_ref().map_while(Result::ok).take_while(|line| !line.contains("listening")).collect();
        let told = told.join("\n");
        let wanted = format!(
            "listener terminals at {address}: the address is in use by process {} (mcx)",
            first.0.id()
        );
        assert!(told.contains(&wanted), "{told}");
        assert_eq!(second.0.wait().expect("it ends").code(), Some(1));
    }
}
