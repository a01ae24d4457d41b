use std::{
    fs, io,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use clients::service::{Journey, NotMigrated};
use driver::{Memory, RuntimeClock, Shards};
use kit::Cause;
use tokio::task::LocalSet;
use xml_schemas::{body::interconnection_info::McService, location::TargetAnswer, migration::ProfileIndex};

use super::*;
use crate::{
    cli::Topology,
    config::Process,
    lab::{files, plan::Plan},
    location,
};

mod lines;

/// Both systems in memory.
struct Lab {
    plan: Plan,
    systems: Vec<System>,
    _folder: tempfile::TempDir,
}

impl Lab {
    async fn start() -> Self {
        Self::start_after(|_| ()).await
    }

    /// As it is once this has been done to its files.
    async fn start_after(change: impl FnOnce(&Plan)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::in_memory(folder.path(), Topology::On, &SeededIds::new(1));
        files::write(&plan).unwrap();
        change(&plan);
        let (net, mut systems) = (Memory::new(), Vec::new());
        let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        for (system, seed) in plan.systems.iter().zip([2, 4]) {
            for (file, more) in [(system.servers_file(), 0), (system.clients_file(), 1)] {
                let config = SystemConfig::open(&file).unwrap();
                let process = Process { shards: Shards::Local, store: None, admin: None, ..config.process };
                let env = Env {
                    net: Arc::new(net.clone()),
                    clock: Arc::new(RuntimeClock::starting_at(begin)),
                    ids: Arc::new(SeededIds::new(seed + more)),
                    recorder: Arc::new(Silent),
                    metrics: Metrics::new(),
                    runtime: Handle::current(),
                    room: driver::Room::default(),
                };
                systems.push(System::start(&SystemConfig { process, ..config }, &env).await.unwrap());
            }
        }
        for system in &systems {
            system.log_on().await.unwrap();
        }
        let lab = Self { plan, systems, _folder: folder };
        lab.client("alice").log_on().await.unwrap();
        lab.quiet().await;
        lab
    }

    async fn quiet(&self) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    fn client(&self, name: &str) -> &crate::assemble::Client {
        self.systems.iter().find_map(|system| system.client(name)).unwrap()
    }

    /// What the gateway's agreement lets out, as the file says.
    fn outbound(&self) -> String {
        let text = fs::read_to_string(self.plan.systems[0].servers_file()).unwrap();
        text.lines().find(|line| line.starts_with("outbound = [")).unwrap().to_owned()
    }

    /// Changes the file of the primary's servers, and tells them.
    fn reload(&self, from: &str, to: &str) -> String {
        let file = self.plan.systems[0].servers_file();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let log = Log::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        tracing::subscriber::with_default(lines, || drop(reload(&self.systems[0], read(&file))));
        let told = log.0.lock().unwrap();
        String::from_utf8_lossy(&told).into_owned()
    }

    /// Why bob is not reported to alice; nothing where he is.
    async fn bob(&self) -> Option<Cause> {
        let bob = location::user("sip:bob@partner.example").unwrap();
        let report = self.client("alice").location().locate(vec![bob], true).await;
        match report.map(|report| report.targets.into_iter().next().unwrap().answer) {
            Ok(TargetAnswer::Located(_)) => None,
            Ok(TargetAnswer::Refused(refusal)) => refusal.code.and_then(Cause::from_code),
            Err(stop) => Some(stop.cause()),
        }
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn run(test: impl AsyncFnOnce(Lab)) {
    world(async || test(Lab::start().await).await);
}

fn world(test: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    LocalSet::new().block_on(&runtime.unwrap(), async { test().await });
}

#[test]
fn an_agreement_that_is_read_again_holds_at_once() {
    run(async |lab| {
        assert_eq!(lab.bob().await, None);
        let agreed = lab.outbound();
        let told = lab.reload(&agreed, "outbound = [\"options\"]");
        assert!(told.contains("read again") && !told.contains("ERROR"), "{told}");
        assert!(told.contains("what they ask is never answered"), "{told}");
        assert_eq!(lab.bob().await, Some(Cause::NotPermitted));
        lab.reload("outbound = [\"options\"]", &agreed);
        assert_eq!(lab.bob().await, None, "without a restart");
    });
}

#[test]
fn rules_and_users_that_are_read_again_hold_at_once() {
    run(async |lab| {
        lab.reload("allow = true", "allow = false");
        assert_eq!(lab.bob().await, Some(Cause::RequesterNotAuthorized));
        lab.reload("allow = false", "allow = true");
        assert_eq!(lab.bob().await, None);

        let alice = "\n[[locations.user]]\nmc-service-id = \"sip:alice@primary.example\"\nimpu = \"sip:alice.imsi@primary.example\"\n";
        lab.reload(alice, "");
        assert_eq!(lab.bob().await, Some(Cause::RequesterUnknown));
    });
}

#[test]
fn who_may_migrate_with_which_profile_is_read_again_and_holds_at_once() {
    run(async |lab| {
        // Nobody has given the user his profile.
        lab.reload("[service.migration]\n", "[service.migration]\ncheck-profiles = false\n");
        let told = lab.reload("profiles = [3]", "profiles = [4]");
        assert!(told.contains("read again") && !told.contains("WARN") && !told.contains("ERROR"), "{told}");
        let terminal = lab.client("dave-abroad");
        terminal.log_on().await.unwrap();
        let primary = location::user("sip:dave@primary.example").unwrap();
        let journey = Journey { service: McService::Mcptt, primary, profile: ProfileIndex(3) };
        let migrate = async || terminal.service().unwrap().migrate(&journey).await;
        assert!(
            matches!(migrate().await, Err(NotMigrated::Refused(why)) if why.code == Some(Cause::WrongProfile.code()))
        );
        lab.reload("profiles = [4]", "profiles = [3]");
        assert!(migrate().await.is_ok(), "without a restart");
    });
}

#[test]
fn a_user_who_is_no_longer_in_the_sip_core_is_nobody() {
    run(async |lab| {
        let from = "username = \"alice\"\nidentities = [\"sip:alice.imsi@primary.example\"]";
        let to = "username = \"anna\"\nidentities = [\"sip:anna.imsi@primary.example\"]";
        // Whoever else speaks of her goes first.
        lab.reload("users = [\"sip:alice@primary.example\", ", "users = [");
        for server in ["locations", "service", "groups", "configuration", "aliases", "acm"] {
            let user = format!(
                "\n[[{server}.user]]\nmc-service-id = \"sip:alice@primary.example\"\nimpu = \"sip:alice.imsi@primary.example\"\n"
            );
            lab.reload(&user, "");
        }
        let told = lab.reload(from, to);
        assert!(!told.contains("ERROR"), "{told}");
        lab.quiet().await;
        assert!(lab.bob().await.is_some());
        assert!(lab.client("alice").log_on().await.is_err());
    });
}

#[test]
fn a_broken_file_changes_nothing_and_each_mistake_is_logged_with_its_place() {
    run(async |lab| {
        let agreed = lab.outbound();
        let told = lab.reload(&agreed, "outbond = [\"options\"]\nhdie = true");
        let errors: Vec<&str> = told.lines().filter(|line| line.contains("ERROR")).collect();
        assert_eq!(errors.len(), 2, "{told}");
        assert!(
            errors[0].contains("servers.toml:") && errors[0].contains("did you mean \\\"outbound\\\"?"),
            "{told}"
        );
        assert!(errors[1].contains("did you mean \\\"hide\\\"?"), "{told}");
        assert_eq!(lab.bob().await, None, "as agreed before");

        let told = lab.reload("outbond = [\"options\"]\nhdie = true", &agreed);
        assert!(!told.contains("ERROR"), "{told}");
        let told = lab.reload("certificate = \"tls/border.pem\"", "certificate = \"tls/gateway.pem\"");
        assert!(
            told.contains("ERROR") && told.contains("the key does not belong to the certificate"),
            "{told}"
        );
        assert_eq!(lab.bob().await, None);
    });
}

#[test]
fn what_waits_for_the_next_start_is_named() {
    run(async |lab| {
        let told = lab.reload("drain = \"3s\"", "drain = \"4s\"");
        assert!(told.contains("WARN") && told.contains("\"drain\" in [process] has changed"), "{told}");
        assert!(!told.contains("ERROR") && told.matches("has changed").count() == 1, "{told}");
        let told = lab.reload("side = \"border\"", "trusted = [\"10.0.0.0/8\"]\nside = \"border\"");
        assert!(told.contains("\"listen\" in [gateway] has changed"), "{told}");
        assert_eq!(lab.bob().await, None);
    });
}

/// Puts a certificate that has expired in the place of the alias server's.
fn expire(plan: &Plan) {
    let system = &plan.systems[0];
    let leaf = certs::Leaf::new("fa1").dns_name(system.inner("fa1")).expired();
    let issued = certs::Authority::new("another").unwrap().issue(&leaf).unwrap();
    issued.write(&system.folder.join("tls"), "aliases").unwrap();
}

#[test]
fn a_certificate_that_has_expired_holds_up_neither_a_start_nor_a_reload() {
    world(async || {
        let lab = Lab::start_after(expire).await;
        let agreed = lab.outbound();
        let told = lab.reload(&agreed, "outbound = [\"options\"]");
        assert!(told.contains("read again") && !told.contains("ERROR"), "{told}");
        let warned = told.lines().find(|line| line.contains("WARN")).unwrap_or_default();
        assert!(warned.contains("aliases.pem, of [tls.aliases], has expired: it held until "), "{told}");
        assert_eq!(lab.bob().await, Some(Cause::NotPermitted));
    });
}

#[test]
fn a_certificate_that_has_expired_takes_no_place_of_one_that_holds() {
    run(async |lab| {
        expire(&lab.plan);
        let agreed = lab.outbound();
        let told = lab.reload(&agreed, "outbound = [\"options\"]");
        assert!(told.contains("[tls.aliases]: the certificate that is new there has expired"), "{told}");
        assert!(told.contains("the configuration stays as it was") && !told.contains("read again"), "{told}");
        assert_eq!(lab.bob().await, None, "as agreed before");
    });
}

/// A drive that hangs, say: whoever waits for the file is the reading alone.
#[test]
fn a_file_that_does_not_come_holds_up_nothing_but_its_own_reading() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.toml");
    let made = std::process::Command::new("mkfifo").arg(&file).status().expect("coreutils are there");
    assert!(made.success());
    let mut reading = pin!(read_again(&file));
    assert!(reading.as_mut().now_or_never().is_none(), "and nobody is held up by that");
    fs::write(&file, "[gatway]\n").expect("is read meanwhile");
    let read = futures::executor::block_on(reading);
    assert!(read.is_err_and(|why| why.to_string().contains("did you mean")), "once it has come");
}

#[test]
fn a_file_of_tls_that_does_not_come_holds_up_nothing_but_its_reading_either() {
    run(async |lab| {
        let file = lab.plan.systems[0].servers_file();
        let agreed = lab.outbound();
        let certificate = lab.plan.systems[0].folder.join("tls").join("border.pem");
        let pem = fs::read_to_string(&certificate).unwrap();
        // The configuration has been read, and judged, by the time that what is served is made of it.
        let (config, prepared) = read(&file).unwrap();
        fs::remove_file(&certificate).unwrap();
        assert!(lab.systems[0].reload(&config, prepared.unwrap()).is_ok(), "reads nothing");
        fs::write(&certificate, pem).unwrap();
        assert!(lab.reload(&agreed, &agreed).contains("read again"));
    });
}
