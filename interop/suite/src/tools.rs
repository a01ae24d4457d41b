//! The programs that the suite runs.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

/// A program and the Debian package that brings it.
pub struct Tool {
    program: &'static str,
    package: &'static str,
}

/// Plays user agents and servers.
pub const SIPP: Tool = Tool { program: "sipp", package: "sip-tester" };
/// Carries SIPp's TCP over TLS.
pub const STUNNEL: Tool = Tool { program: "stunnel", package: "stunnel4" };
/// Shows certificates of every kind.
pub const OPENSSL: Tool = Tool { program: "openssl", package: "openssl" };
/// Asks the admin listeners.
pub const CURL: Tool = Tool { program: "curl", package: "curl" };
/// Records packets.
pub const DUMPCAP: Tool = Tool { program: "dumpcap", package: "wireshark-common" };
/// Decodes them.
pub const TSHARK: Tool = Tool { program: "tshark", package: "tshark" };

/// Runs the OpenID provider and the client library of interop/oidc.
pub const NODE: Tool = Tool { program: "node", package: "nodejs" };

impl Tool {
    /// A command of this program.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::new(find(self.program).unwrap_or_else(|| self.program.into()))
    }
}

/// Whether a test that needs these programs is to run.
///
/// # Panics
/// A program is missing and nobody asked to do without: the message says what to install.
#[must_use]
pub fn have(tools: &[Tool]) -> bool {
    if env::var_os("MCX_WITHOUT_INTEROP").is_some_and(|value| value == "1") {
        eprintln!("skipped: MCX_WITHOUT_INTEROP=1");
        return false;
    }
    let missing: Vec<&str> =
        tools.iter().filter(|tool| find(tool.program).is_none()).map(|tool| tool.package).collect();
    assert!(missing.is_empty(), "install: apt-get install {}", missing.join(" "));
    true
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(usual).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The `mcx` that is tested: the one that `MCX_BIN` names, else the workspace's own, built like this test.
///
/// # Panics
/// It cannot be built.
#[must_use]
pub fn mcx() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    Command::new(BUILT.get_or_init(|| env::var_os("MCX_BIN").map_or_else(build, PathBuf::from)))
}

fn build() -> PathBuf {
    // Tests lie in `<target>/<profile>/deps`.
    let own = env::current_exe().expect("a test knows its own file");
    let profile = own.parent().and_then(Path::parent).expect("tests lie in the target folder");
    let target = profile.parent().expect("profiles lie in the target folder");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "mcx", "--target-dir"]).arg(target).current_dir(workspace());
    if profile.file_name() == Some(OsStr::new("release")) {
        cargo.arg("--release");
    }
    succeed(&mut cargo);
    profile.join("mcx")
}

/// The folder of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("interop/suite lies in it").to_path_buf()
}

/// The folder of shared test material; none where it is absent, which is then said.
#[must_use]
pub fn shared(folder: &str) -> Option<PathBuf> {
    let shared = env::var_os("MCX_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from);
    let found = shared.join(folder);
    if found.is_dir() {
        return Some(found);
    }
    eprintln!("skipped: {} is not there", found.display());
    None
}

/// Runs a command to its end and hands back what it printed.
///
/// # Panics
/// It cannot be run, or fails.
pub fn succeed(command: &mut Command) -> Output {
    let output = run(command);
    assert!(output.status.success(), "{}: {}\n{}", shown(command), output.status, text(&output));
    output
}

/// Runs a command to its end, whatever that is, without input.
///
/// # Panics
/// It cannot be run.
pub fn run(command: &mut Command) -> Output {
    println!("$ {}", shown(command));
    command.stdin(Stdio::null()).output().unwrap_or_else(|why| panic!("{}: {why}", shown(command)))
}

/// Everything that a command printed.
#[must_use]
pub fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets)).concat()
}

/// A command as it would be typed.
#[must_use]
pub fn shown(command: &Command) -> String {
    let word = |word: &OsStr| {
        let word = word.to_string_lossy();
        let is_plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_=./:,@+%".contains(c));
        if is_plain { word.into_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    let words: Vec<String> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(word).collect();
    words.join(" ")
}
