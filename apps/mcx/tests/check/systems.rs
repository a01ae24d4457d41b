//! Rules and agreements name MC systems, users and servers that there are.

use std::fs;

use mcx::cli::Topology;

use crate::{changed, check, lab, refused};

/// What is told at `[[acm.allow]]` where its user is another; whether it is an error.
fn asker(user: &str) -> (Option<i32>, String) {
    let rule = "user = \"sip:alice@primary.example\"\npartners";
    changed(rule, &rule.replace("sip:alice@primary.example", user))
}

#[test]
fn c10_17_a_rule_names_a_partner_that_there_is() {
    let wrong =
        "\"partners\" names an unknown MC system \"partnr.example\"; did you mean \"partner.example\"?";
    let rule = "user = \"sip:alice@primary.example\"\npartners = [\"partner.example\"]";
    refused(rule, &rule.replace("partner.example", "partnr.example"), wrong);
    // What profiles say of partners' groups goes by the same names.
    let (code, told) = changed("partners = [\"partner.example\"]", "partners = [\"partnr.example\"]");
    assert!(code == Some(0) && told.contains("warning: ") && told.contains(wrong), "{told}");
}

#[test]
fn a_rule_about_users_of_ours_names_one_of_a_system_that_is_ours() {
    let (code, told) = asker("sip:alice@primry.example");
    let wrong = "\"user\" names an unknown MC system \"primry.example\"";
    assert!(code == Some(1) && told.contains(wrong) && told.contains("did you mean"), "{told}");
    let (code, told) = asker("sip:*@partner.example");
    assert!(code == Some(1) && told.contains("\"user\" is about our own system"), "{told}");
    assert_eq!(asker("sip:*@primary.example"), (Some(0), String::new()));
}

/// Users may be in the store: only a name that is almost one of the file's is told of.
#[test]
fn a_user_of_ours_whose_name_is_almost_another_s_is_told_of() {
    let (code, told) = asker("sip:alise@primary.example");
    let warned = "warning: \"user\" names \"sip:alise@primary.example\", no user of this file; did you mean \"sip:alice@primary.example\"?";
    assert!(code == Some(0) && told.contains(warned) && told.lines().count() == 1, "{told}");
    assert_eq!(asker("sip:frederica@primary.example"), (Some(0), String::new()));
    let rule = "[[service.migration.partner.allow]]\nuser = \"sip:dave@primary.example\"";
    let (code, told) = changed(rule, &rule.replace("dave", "dav"));
    assert!(code == Some(0) && told.contains("did you mean \"sip:dave@primary.example\"?"), "{told}");
}

#[test]
fn a_server_of_a_partner_is_in_a_domain_of_the_partner() {
    for psi in ["acm_psi", "gms_psi", "lms_psi", "mcptt_psi"] {
        let right = format!("psi = \"sip:{psi}@partner.example\"");
        refused(
            &right,
            &right.replace("partner.example", "partnr.example"),
            "\"psi\" is of \"partnr.example\", which is not in partner.example; did you mean \"partner.example\"?",
        );
        let (code, told) = changed(&right, &right.replace("partner.example", "elsewhere.test"));
        assert!(code == Some(0) && told.contains("warning: \"psi\" is of \"elsewhere.test\""), "{told}");
    }
    let (_folder, plan) = lab(Topology::On);
    let root = plan.systems[1].xcap_root();
    let right = format!("xcap-root = \"{root}\"\nmay-be-provided");
    refused(
        &right,
        &right.replace("partner.example", "partnr.example"),
        "\"xcap-root\" is of \"xcap.partnr.example\"",
    );
}

/// As at a gateway: a slip would deny in silence.
#[test]
fn servers_that_talk_directly_name_flows_that_there_are() {
    for flow in
        ["location-information-request", "acm-group-information-provision-request", "migration-ended-notice"]
    {
        let (_folder, plan) = lab(Topology::Direct);
        let file = plan.systems[0].servers_file();
        let text = fs::read_to_string(&file).expect("was written");
        let (right, wrong) = (format!("\"{flow}\""), format!("\"{}\"", flow.replacen('o', "", 1)));
        assert!(text.contains(&right), "{flow} in {text}");
        assert_eq!(check(&file).0, Some(0));
        fs::write(&file, text.replacen(&right, &wrong, 1)).expect("can be written");
        let (code, told) = check(&file);
        let meant = format!("names an unknown flow {wrong}; did you mean {right}?");
        assert!(code == Some(1) && told.contains(&meant), "{told}");
    }
}

/// Nobody relays between them: what a server itself does not speak with its like is never met, and what is not said is denied.
#[test]
fn servers_that_talk_directly_name_flows_of_their_own() {
    let location = "inbound = [\"location-information-request\", ";
    let (administration, ended) = ("\"acm-audit-receipt\"", "\"migration-ended-notice\"");
    let listed = |flow: &str, more: &str| (flow.to_owned(), format!("\"{more}\", {flow}"));
    let changes = [
        (
            (location.to_owned(), location.replace("[", "[\"foo\", ")),
            "names \"foo\", which this server never speaks; it speaks location-information-request",
        ),
        (
            listed(administration, "acm-group-info-request"),
            "names \"acm-group-info-request\", which this server never speaks",
        ),
        (
            listed(administration, "location-information-report"),
            "names \"location-information-report\", which this server never speaks",
        ),
        (listed(ended, "foo"), "names \"foo\", which this server never speaks"),
    ];
    for ((right, wrong), told_of) in changes {
        let (code, told) = of_direct(&right, &wrong);
        assert!(code == Some(0) && told.contains("warning: ") && told.contains(told_of), "{wrong}: {told}");
    }
}

/// As [`changed`], of systems without gateways.
fn of_direct(from: &str, to: &str) -> (Option<i32>, String) {
    let (_folder, plan) = lab(Topology::Direct);
    let file = plan.systems[0].servers_file();
    let text = fs::read_to_string(&file).expect("was written");
    assert!(text.contains(from), "{from} in {text}");
    fs::write(&file, text.replacen(from, to, 1)).expect("can be written");
    check(&file)
}

#[test]
fn c10_9_3_10_1_partners_without_gateways_arrive_somewhere_and_say_something() {
    let borders = ["[locations]", "[groups]", "[acm]", "[service.migration]"];
    for section in borders {
        let (_folder, plan) = lab(Topology::Direct);
        let file = plan.systems[0].servers_file();
        let text = fs::read_to_string(&file).expect("was written");
        let at = text.find(&format!("\n{section}\n")).expect("is there");
        let (before, after) = text.split_at(at);
        fs::write(&file, format!("{before}{}", after.replacen("\nborder = ", "\n# border = ", 1)))
            .expect("can be written");
        let (code, told) = check(&file);
        assert!(
            code == Some(0) && told.contains("no \"border\", the listeners at which"),
            "{section}: {told}"
        );
    }
    let flows = "[\"location-information-request\", \"location-information-report\"]";
    let (code, told) = of_direct(&format!("inbound = {flows}\noutbound = {flows}\n"), "");
    assert!(code == Some(0) && told.contains("neither \"inbound\" nor \"outbound\""), "{told}");
}

/// 10.17.5: the ACM server of the file says who is expected; nobody else of it is known to.
#[test]
fn c10_17_5_the_acm_server_of_the_file_is_the_one_whose_word_is_taken() {
    let wrong =
        "names an unknown ACM server \"acm2.core.primary.example\": that of this file proves to be acm1";
    for after in ["core = {", "revoked-to"] {
        let right = format!("acm-servers = [\"acm1.core.primary.example\"]\n{after}");
        refused(&right, &right.replace("acm1", "acm2"), wrong);
        let both = right.replace("[\"acm1", "[\"acm2.core.primary.example\", \"acm1");
        assert_eq!(changed(&right, &both), (Some(0), String::new()));
    }
}
