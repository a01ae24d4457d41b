//! What the log says while the process runs, and when it is told to read its file again.

use super::*;

/// What is logged at `debug` meanwhile.
async fn overheard<T>(of: impl Future<Output = T>) -> (T, String) {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG);
    let lines = lines.with_writer(move || writer.clone()).with_ansi(false).finish();
    // Of one dispatcher alone, threads of other tests would have their say in what it is asked about.
    let _other = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let guard = tracing::subscriber::set_default(lines);
    let came = of.await;
    drop(guard);
    let told = log.0.lock().unwrap();
    (came, String::from_utf8_lossy(&told).into_owned())
}

/// What passes is there to be looked for, and nobody's name is in it.
#[test]
fn each_request_that_passes_the_border_has_a_line_at_debug_without_anybody_s_name() {
    run(async |lab| {
        let (why, told) = overheard(lab.bob()).await;
        assert_eq!(why, None);
        for (direction, flow) in
            [("outbound", "location-information-request"), ("inbound", "location-information-report")]
        {
            let line = told.lines().find(|line| {
                line.contains("request passes the border")
                    && line.contains(&format!("direction=\"{direction}\""))
                    && line.contains(&format!("flow=\"{flow}\""))
            });
            let line = line.unwrap_or_else(|| panic!("{direction} {flow} in {told}"));
            assert!(
                line.contains("partner=\"partner.example\"") && line.contains("method=MESSAGE"),
                "{line}"
            );
            assert!(line.contains(" call_id=") && !line.contains(" call_id= "), "{line}");
        }
        for line in told.lines().filter(|line| line.contains(" gateway::")) {
            assert!(!["alice", "bob", "sip:"].iter().any(|name| line.contains(name)), "{line}");
        }
    });
}

#[test]
fn a_connection_that_opens_and_one_that_closes_have_a_line_at_debug() {
    world(async || {
        let (lab, told) = overheard(async {
            let lab = Lab::start().await;
            assert_eq!(lab.bob().await, None);
            lab
        })
        .await;
        // Who called keeps it by the hop's name, who was called by the listener's.
        let is_border =
            |line: &&str| ["of=mcgw.partner.example ", "of=border "].iter().any(|of| line.contains(of));
        let of_border = |line: &&str| is_border(line) && line.contains("peer=");
        let lines = |told: &str, what: &str| {
            let lines = told.lines().filter(of_border).filter(|line| line.contains(what));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let opened = lines(&told, "shard::stream: connection opened");
        assert!(!opened.is_empty() && opened.iter().all(|line| line.contains("transport=\"TLS\"")), "{told}");
        let ((), told) = overheard(async {
            for system in &lab.systems {
                system.drain(Duration::from_secs(1)).await;
            }
            lab.quiet().await;
        })
        .await;
        let closed = lines(&told, "shard::stream: connection closed");
        assert!(!closed.is_empty() && closed.iter().all(|line| !line.contains("why=\"\"")), "{told}");
    });
}

/// Who replaces a certificate's file and reloads will do the same with a secret's.
#[test]
fn another_content_of_a_file_that_is_read_at_a_start_only_waits_for_the_next_start() {
    run(async |lab| {
        let folder = &lab.plan.systems[0].folder;
        let agreed = lab.outbound();
        let reload = || lab.reload(&agreed, &agreed);
        assert!(!reload().contains("has changed"));
        let hiding = "\"hiding-secrets\" in [gateway] has changed; it is read at a start only";
        let key = "\"key\" in [audit] has changed; it is read at a start only";

        fs::write(folder.join("tls/hiding.secret"), "fedcba9876543210".repeat(4)).unwrap();
        let told = reload();
        assert!(told.contains("WARN") && told.contains(hiding) && !told.contains(key), "{told}");
        assert!(told.contains("read again") && !told.contains("ERROR"), "{told}");
        assert!(reload().contains(hiding), "until the next start");
        assert_eq!(lab.bob().await, None, "under the old one");

        let other = fs::read(lab.plan.systems[1].folder.join("tls/audit.key")).unwrap();
        fs::write(folder.join("tls/audit.key"), other).unwrap();
        let told = reload();
        assert!(told.contains(hiding) && told.contains(key), "{told}");
        assert_eq!(told.matches("has changed").count(), 2, "{told}");
    });
}

#[test]
fn of_a_file_that_is_refused_a_warning_is_no_reason() {
    run(async |lab| {
        let folder = &lab.plan.systems[0].folder;
        fs::write(folder.join("tls/hiding.secret"), "0".repeat(64)).unwrap();
        let told = lab.reload("hide = true", "hdie = true");
        let lines = |level: &str| told.lines().filter(|line| line.contains(level)).collect::<Vec<_>>();
        let [error] = lines("ERROR")[..] else { panic!("{told}") };
        assert!(
            error.contains("did you mean \\\"hide\\\"?")
                && error.contains("the configuration stays as it was"),
            "{told}"
        );
        let [warning] = lines("WARN")[..] else { panic!("{told}") };
        assert!(warning.contains("can be guessed") && !warning.contains("stays as it was"), "{told}");
    });
}
