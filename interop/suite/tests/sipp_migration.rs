//! SIPp migrates: TS 23.280 10.6.3.3, as somebody else's SIP stack sees it, once as the client of a user who goes to work in system B, and
//! once as the MC service server of his primary system A, behind its gateway: in time, twice, and late.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;

use interop::{
    Lab, System,
    sipp::{self, STOPPED, Sipp, Transport},
    tools::{self, SIPP},
};

fn service(system: &System<'_>) -> String {
    format!("sip:mcptt_psi@{}", system.domain())
}

/// A lab whose SIP core at system B takes SIPp's kind of digest.
fn lab() -> Lab {
    let edit = |system: &System<'_>, text: String| {
        let visitor = system.visitor();
        let mut users = system.users();
        users.push(visitor.user());
        sipp::with_md5(system.domain(), &users, &text)
    };
    let lab = Lab::served().edit_servers("partner", edit);
    lab.edit_clients("partner", |_, text| sipp::answering_md5(&text)).start()
}

/// SIPp asks at B's SIP core with this profile, until it hears the outcome that this scenario awaits.
fn asks(lab: &Lab, profile: &str, outcome: &str) {
    let partner = lab.system("partner");
    let (core, visitor) = (partner.listener("sip-core", "clients-tcp"), partner.visitor());
    let local = sipp::port(core.ip());
    let token = fs::read_to_string(visitor.access_token()).expect("the lab wrote it");
    let sipp = Sipp::new("migrating_client", Transport::Tcp, local)
        .to(core)
        .user(&visitor.user())
        .key("via", "TCP")
        .key("domain", partner.domain())
        .key("contact", &format!("sip:visitor@{local};transport=tcp"))
        .key("mcs", &service(&partner))
        .key("partner", visitor.user().mc_service_id())
        .key("primary", visitor.primary_mc_service_id())
        .key("profile", profile)
        .key("token", token.trim());
    let (status, output) = sipp.out_of_call(outcome).start().end();
    assert_eq!(status.code(), Some(STOPPED), "no outcome arrived, or another:\n{output}");
    lab.nothing_panicked();
}

#[test]
fn c10_6_3_3_sipp_migrates_as_a_client_without_a_companion_body_and_is_told_the_outcome() {
    if tools::have(&[SIPP]) {
        asks(&lab(), "3", "migration_receiver");
    }
}

#[test]
fn c10_6_3_3_sipp_is_told_as_a_client_that_its_user_may_not_migrate_with_that_profile() {
    if tools::have(&[SIPP]) {
        asks(&lab(), "4", "migration_refused");
    }
}

/// A primary MC service server of SIPp's: what it plays, how many requests that answers, and with which result.
struct Primary<'p> {
    scenario: &'p str,
    calls: usize,
    result: &'p str,
}

const AT_ONCE: Primary<'_> = Primary { scenario: "primary_mcs", calls: 1, result: "true" };

impl Primary<'_> {
    /// What `mcx migrate` says, and whether it went well, where the partner's servers are configured so.
    fn answers(&self, configured: impl Fn(String) -> String) -> (bool, String) {
        let served = Lab::served();
        let local = sipp::port(served.system("primary").listener("gateway", "inner-udp").ip());
        let (primary, partner) = (served.system("primary"), served.system("partner"));
        let mut sipp = Sipp::new(self.scenario, Transport::Tcp, local)
            .calls(self.calls)
            .key("via", "TCP")
            .key("psi", &service(&primary))
            .key("peer", &service(&partner))
            .key("result", self.result)
            .start();
        // Gateway A hands what is for its MC service server to SIPp.
        let edit =
            |system: &System<'_>, text: String| sipp::led_to(&text, &service(system), Transport::Tcp, local);
        let served = served.edit_servers("primary", edit);
        let lab = served.edit_servers("partner", |_, text| configured(text)).start();
        let visitor = lab.system("partner").visitor();
        let mut migrate = tools::mcx();
        migrate.args(["migrate", "--to", "partner.example", "--profile", "3", "--as"]);
        migrate.args([visitor.user().username(), "--primary", visitor.primary_mc_service_id(), "--config"]);
        let output = tools::run(migrate.arg(lab.dir().join("partner/clients.toml")));
        sipp.succeed();
        lab.nothing_panicked();
        (output.status.success(), tools::text(&output))
    }
}

/// Nothing that is awaited fails for want of time.
fn patient(text: String) -> String {
    waiting(&text, "30s")
}

/// The partner waits so long for the primary system's answer.
fn waiting(text: &str, long: &str) -> String {
    text.replacen("[service.migration]\n", &format!("[service.migration]\nanswer-within = \"{long}\"\n"), 1)
}

#[test]
fn c10_6_3_3_sipp_says_yes_as_the_primary_mc_service_server_by_both_ids() {
    if tools::have(&[SIPP]) {
        let (went_well, told) = AT_ONCE.answers(patient);
        assert!(went_well && told.contains("has migrated to partner.example"), "{told}");
    }
}

#[test]
fn c10_6_3_3_sipp_says_yes_twice_and_the_second_is_accepted_and_changes_nothing() {
    if !tools::have(&[SIPP]) {
        return;
    }
    let file = tools::workspace().join("interop/sipp/primary_mcs.xml");
    let scenario = fs::read_to_string(file).expect("it is there");
    let start = scenario.find("  <send retrans").expect("it answers");
    let (before, rest) = scenario.split_at(start);
    let (answer, end) = rest.split_once("</scenario>").expect("it ends");
    let again = answer.replace("CSeq: 9 ", "CSeq: 10 ");
    let folder = tempfile::tempdir().expect("a folder");
    let twice = folder.path().join("primary_mcs_twice.xml");
    fs::write(&twice, format!("{before}{answer}{again}</scenario>{end}")).expect("the folder is ours");
    let primary = Primary { scenario: twice.to_str().expect("a plain name"), ..AT_ONCE };
    let (went_well, told) = primary.answers(patient);
    assert!(went_well && told.contains("has migrated to partner.example"), "{told}");
}

#[test]
fn c10_6_3_3_sipp_says_yes_when_it_has_been_given_up_and_is_told_that_it_is_over() {
    if tools::have(&[SIPP]) {
        let late = Primary { scenario: "primary_mcs_late", calls: 2, ..AT_ONCE };
        let (went_well, told) = late.answers(|text| waiting(&text, "2s"));
        assert!(
            !went_well
                && told.contains(
                    "did not answer the partner system (partner.example): no answer within the deadline"
                ),
            "{told}"
        );
    }
}

#[test]
fn c10_6_3_3_sipp_says_no_as_the_primary_mc_service_server_and_the_client_is_told() {
    if tools::have(&[SIPP]) {
        let (went_well, told) = Primary { result: "false", ..AT_ONCE }.answers(patient);
        assert!(!went_well && told.contains("refused: unspecified failure"), "{told}");
    }
}
