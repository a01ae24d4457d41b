//! Commands run, and where.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Done, or what went wrong in words for the person at the terminal.
pub type Done<T = ()> = Result<T, String>;

/// The workspace's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// `cargo`, in the workspace.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Shows the command, runs it, and takes a failure for one of ours.
pub fn run(command: &mut Command) -> Done {
    let shown = show(command);
    eprintln!("xtask: {shown}");
    let status = command.status().map_err(|why| format!("{shown}: {why}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}")) }
}

/// Whether the command succeeds, quietly.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// What a command prints.
pub fn output(command: &mut Command) -> Done<String> {
    let shown = show(command);
    let output = command.output().map_err(|why| format!("{shown}: {why}"))?;
    if !output.status.success() {
        return Err(format!("{shown}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{shown}: its output is not UTF-8"))
}

/// The file that a name in PATH stands for.
pub fn which(name: &str) -> Option<PathBuf> {
    let places = std::env::var_os("PATH")?;
    let usual = ["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from);
    std::env::split_paths(&places).chain(usual).map(|place| place.join(name)).find(|file| file.is_file())
}

/// A command as it would be typed.
pub fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
