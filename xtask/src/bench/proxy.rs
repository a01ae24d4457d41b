//! The proxies under test.

use std::{
    net::{TcpListener, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    Leg, built,
    setting::{self, Setting},
    usage,
};
use crate::shell::{Done, root, show};

/// Which proxy.
#[derive(Clone, Copy)]
pub enum Proxy {
    Mcx,
    Kamailio,
    /// No proxy: hands octets on, and is busy for so many microseconds with each message.
    Forwarder(u64),
}

/// A proxy at work; stopped when dropped.
pub struct Running(Child);

impl Proxy {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mcx => "mcx",
            Self::Kamailio => "Kamailio + topoh",
            Self::Forwarder(_) => "bare forwarder",
        }
    }

    /// Starts it on the first core and waits until it listens.
    pub fn start(self, setting: &Setting, leg: Leg) -> Done<Running> {
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]);
        match self {
            Self::Mcx => mcx(&mut command, setting, leg),
            Self::Kamailio => kamailio(&mut command, setting, leg),
            Self::Forwarder(work) => forwarder(&mut command, setting, leg, work),
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|why| format!("{}: {why}", show(&command)))?;
        let mut running = Running(child);
        running.wait_until_listening(leg).map_err(|why| format!("{}: {why}", show(&command)))?;
        Ok(running)
    }
}

fn mcx(command: &mut Command, setting: &Setting, leg: Leg) {
    command.arg(built("mcx")).args(["serve", "--config"]);
    command.arg(setting.folder().join(format!("gateway-{leg}.toml")));
}

fn forwarder(command: &mut Command, setting: &Setting, leg: Leg, work: u64) {
    command.arg(built("mcx-load")).args([
        "forward",
        "--transport",
        &leg.to_string(),
        "--work",
        &work.to_string(),
    ]);
    command.args(["--listen", setting::proxy(leg), "--next", setting::next(leg)]);
    if leg == Leg::Tls {
        command.arg("--tls").arg(setting.folder()).args(["--next-name", setting::PARTNER]);
    }
}

/// One worker for datagrams and one for streams, and the allocator that holds up under bursts: the fastest that we know.
fn kamailio(command: &mut Command, setting: &Setting, leg: Leg) {
    command.args(["kamailio", "-f"]).arg(root().join("interop/relay/kamailio.cfg"));
    command.args(["-DD", "-E", "-x", "tlsf", "-X", "tlsf", "-m", "4096", "-n", "1", "-N", "2"]);
    command.args(["-l", &format!("{leg}:{}", setting::proxy(leg))]);
    let next = match leg {
        Leg::Udp => format!("NEXT=\"sip:{}\"", setting::next(leg)),
        Leg::Tls => format!("NEXT=\"sip:{};transport=tls\"", setting::next(leg)),
    };
    command.args(["-A", &next]);
    if leg == Leg::Tls {
        let profile = setting.folder().join("kamailio-tls.cfg");
        command.args(["-A", "WITH_TLS", "-A", &format!("TLSCFG=\"{}\"", profile.display())]);
    }
}

impl Running {
    /// CPU seconds of the whole process tree so far.
    pub fn cpu_seconds(&self) -> Done<f64> {
        usage::cpu_seconds(self.0.id())
    }

    /// Proportional set size of the whole process tree.
    pub fn memory_mib(&self) -> Done<f64> {
        usage::memory_mib(self.0.id())
    }

    /// The address is taken once the proxy listens there.
    fn wait_until_listening(&mut self, leg: Leg) -> Done {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(format!("ended at once: {status}"));
            }
            if is_taken(leg) {
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Err("does not listen after 20 s".to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn is_taken(leg: Leg) -> bool {
    match leg {
        Leg::Udp => UdpSocket::bind(setting::proxy(leg)).is_err(),
        Leg::Tls => {
            TcpListener::bind(setting::proxy(leg)).is_err() && TcpStream::connect(setting::proxy(leg)).is_ok()
        }
    }
}
