//! A system of the lab taken apart: entities that a test runs in processes of their own, so that each can be killed by itself.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
};

use nix::sys::signal::Signal;

use crate::{Lab, Running, endpoints::System, http, tools};

/// What every process keeps of its system's configuration.
const COMMON: [&str; 4] = ["process", "admin", "tls", "audit"];

/// Processes over one system's folder.
pub struct Pieces(Vec<Piece>);

/// One process.
struct Piece {
    name: String,
    file: PathBuf,
    admin: SocketAddr,
    running: Option<Running>,
}

impl Pieces {
    /// Writes their configurations. None of them runs.
    ///
    /// # Panics
    /// They cannot be written.
    #[must_use]
    pub fn of<'l>(cuts: impl IntoIterator<Item = Cut<'l>>) -> Self {
        // All ports are held until all are chosen.
        let cuts: Vec<_> = cuts.into_iter().collect();
        let pieces = cuts.iter().map(|cut| {
            fs::write(&cut.file, &cut.text).expect("the folder is ours");
            Piece { name: cut.name.clone(), file: cut.file.clone(), admin: cut.admin, running: None }
        });
        Self(pieces.collect())
    }

    fn piece(&self, name: &str) -> &Piece {
        self.0.iter().find(|piece| piece.name == name).expect("a piece")
    }

    fn piece_mut(&mut self, name: &str) -> &mut Piece {
        self.0.iter_mut().find(|piece| piece.name == name).expect("a piece")
    }

    /// Starts one, and waits until it is ready.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve(&mut self, name: &str) {
        let piece = self.piece_mut(name);
        piece.running = Some(Running::start(tools::mcx().args(["serve", "--config"]).arg(&piece.file)));
        http::ready(piece.admin);
    }

    /// Ends one as a crash does.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self, name: &str) {
        let mut running = self.piece_mut(name).running.take().expect("it runs");
        running.signal(Signal::SIGKILL);
        running.end();
    }

    /// Its admin listener.
    ///
    /// # Panics
    /// There is none of this name.
    #[must_use]
    pub fn admin(&self, name: &str) -> SocketAddr {
        self.piece(name).admin
    }

    /// The admin listeners of those that run.
    pub fn running(&self) -> impl Iterator<Item = SocketAddr> {
        self.0.iter().filter(|piece| piece.running.is_some()).map(|piece| piece.admin)
    }
}

/// The configuration of a process, while it is cut out of its system's.
pub struct Cut<'l> {
    system: System<'l>,
    name: String,
    file: PathBuf,
    admin: SocketAddr,
    text: String,
    held: Vec<TcpListener>,
}

impl<'l> Cut<'l> {
    /// Of this system, the tables whose first word is wanted and those that every process has; with an admin listener of its own.
    ///
    /// # Panics
    /// The lab has not written the system's.
    #[must_use]
    pub fn of(lab: &'l Lab, system: &str, name: &str, wanted: &[&str]) -> Self {
        let folder = lab.dir().join(system);
        let whole = fs::read_to_string(folder.join("servers.toml")).expect("the lab wrote it");
        let text = tables(&whole, |head| wanted.contains(&head) || COMMON.contains(&head));
        let (system, file) = (lab.system(system), folder.join(name).with_extension("toml"));
        let usual = system.admin("servers");
        let mut cut = Self { system, name: name.to_owned(), file, admin: usual, text, held: Vec::new() };
        cut.admin = cut.moved_from(usual);
        cut
    }

    /// What the process keeps, and where.
    ///
    /// # Panics
    /// It keeps nothing.
    pub fn store(&mut self, url: &str) {
        self.replace("store = \"servers.redb\"", &format!("store = \"{url}\""));
    }

    /// A listener moves to where nobody is: there.
    ///
    /// # Panics
    /// The process has no such listener.
    pub fn moved(&mut self, entity: &str, listener: &str) -> SocketAddr {
        let from = self.system.listener(entity, listener);
        self.moved_from(from)
    }

    fn moved_from(&mut self, from: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind((from.ip(), 0)).expect("a free port");
        let to = listener.local_addr().expect("a bound socket");
        self.held.push(listener);
        self.replace(&format!("\"{from}\""), &format!("\"{to}\""));
        to
    }

    /// # Panics
    /// It is not there.
    pub fn replace(&mut self, from: &str, to: &str) {
        replace(&mut self.text, from, to);
    }

    /// What comes after everything else.
    pub fn append(&mut self, text: &str) {
        self.text += text;
    }
}

/// # Panics
/// It is not there.
pub(crate) fn replace(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "{from} is not in\n{text}");
    *text = text.replacen(from, to, 1);
}

/// Where a gateway finds an entity, from now on: what it answers partners is not told to the process that the rest of the system knows.
pub(crate) fn led_to(text: &str, from: SocketAddr, to: SocketAddr) -> String {
    let (before, behind) = text.split_once("[[gateway.service]]").expect("the gateway knows the servers");
    let mut behind = behind.to_owned();
    replace(&mut behind, &format!("\"{from}\""), &format!("\"{to}\""));
    format!("{before}[[gateway.service]]{behind}")
}

/// The tables of a file whose first word is wanted; between tables the lab leaves a line empty.
pub fn tables(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    let head = |table: &&str| {
        let line = table.lines().find(|line| line.starts_with('['));
        let word = line.map(|line| line.trim_start_matches('[').split(['.', ']']).next().unwrap_or_default());
        word.is_none_or(&wanted)
    };
    text.split("\n\n").filter(head).collect::<Vec<_>>().join("\n\n")
}
