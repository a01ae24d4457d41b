//! What is asked of another system, or of a server of the file, can be answered.

use std::fs;

use mcx::cli::Topology;

use crate::{changed, check, lab, refused};

fn warned(from: &str, to: &str, told_of: &str) {
    let (code, told) = changed(from, to);
    assert!(
        code == Some(0) && told.contains("warning: ") && told.contains(told_of),
        "{from} -> {to}: {told}"
    );
}

#[test]
fn c10_9_3_10_2_an_agreement_that_lets_no_answer_through_is_told_of() {
    let answers = [
        ("location-information-request", "location-information-report"),
        ("migration-service-authorization-request", "migration-service-authorization-response"),
        ("acm-withdrawal-request", "acm-withdrawal-response"),
    ];
    let (_folder, plan) = lab(Topology::On);
    let text = fs::read_to_string(plan.systems[0].servers_file()).expect("was written");
    for (way, other, who) in [("inbound", "outbound", "asked there"), ("outbound", "inbound", "they ask")] {
        let list = text.lines().find(|line| line.starts_with(&format!("{way} = ["))).expect("is there");
        for (request, answer) in answers {
            let without = list.replacen(&format!("\"{answer}\", "), "", 1);
            assert_ne!(list, without);
            let told = format!("\"{other}\" has \"{request}\", and \"{way}\" no \"{answer}\": what");
            warned(list, &without, &told);
            assert!(changed(list, &without).1.contains(who));
        }
    }
}

#[test]
fn c10_9_3_10_2_whoever_waits_for_somebody_who_waits_waits_longer() {
    for key in ["client-deadline", "permission-deadline"] {
        warned(
            "[locations]\n",
            &format!("[locations]\n{key} = \"30s\"\n"),
            &format!("\"{key}\", 30 s, is no shorter than \"partner-deadline\", 10 s"),
        );
    }
    warned(
        "[service]\n",
        "[service]\ndeadline = \"1s\"\n",
        "\"deadline\", 1 s, is no longer than \"partner-deadline\" of [locations], 10 s",
    );
}

#[test]
fn the_hop_to_a_partner_that_leads_back_to_our_own_border_is_refused() {
    let (_folder, plan) = lab(Topology::On);
    let [ours, theirs] = [&plan.systems[0].at, &plan.systems[1].at];
    let file = plan.systems[0].servers_file();
    let text = fs::read_to_string(&file).expect("was written");
    for (ours, theirs) in [(ours.border, theirs.border), (ours.border_http, theirs.border_http)] {
        let [to, from] = [ours, theirs].map(|address| format!("address = \"{address}\""));
        assert!(text.contains(&from), "{text}");
        fs::write(&file, text.replace(&from, &to)).expect("can be written");
        let (code, told) = check(&file);
        let wrong = format!("our own gateway listens at {ours}, and no partner's");
        assert!(code == Some(1) && told.contains(&wrong), "{told}");
    }
}

/// Like this, a rule is about nobody.
#[test]
fn an_identity_without_a_scheme_is_refused_in_a_rule() {
    let (_folder, plan) = lab(Topology::On);
    let right = format!("xcap-root = \"{}\"\nmay-be-provided", plan.systems[1].xcap_root());
    let of = |groups: &str| right.replacen('\n', &format!("\ngroups = [\"{groups}\"]\n"), 1);
    for fine in
        ["sip:ops@primary.example", "*@primary.example", "s*@primary.example", "S*@primary.example", "tel:*"]
    {
        assert_eq!(changed(&right, &of(fine)), (Some(0), String::new()), "{fine}");
    }
    for wrong in ["ops@primary.example", "ops*@primary.example"] {
        refused(&right, &of(wrong), "\"groups\" has what nobody is called");
    }
}

/// RFC 9110 15.5.20: whoever looks for a document asks the host of the root.
#[test]
fn rfc4825_6_1_a_server_that_no_listener_answers_for_is_refused() {
    let (_folder, plan) = lab(Topology::On);
    let (file, host) = (plan.systems[0].servers_file(), plan.systems[0].xcap_host());
    let text = fs::read_to_string(&file).expect("was written");
    let others = |line: &str| match line.starts_with("hosts = [") {
        true => format!("{}\n", line.replace(&host, "elsewhere.primary.example")),
        false => format!("{line}\n"),
    };
    let others: String = text.lines().map(others).collect();
    fs::write(&file, others).expect("can be written");
    let (code, told) = check(&file);
    let wrong = format!("no [[groups.http]] answers for \"{host}\": \"hosts\" has ");
    assert!(code == Some(1) && told.contains(&wrong), "{told}");
}

/// RFC 9068 4: an access token is for whom its `aud` names.
#[test]
fn rfc9068_4_an_issuer_of_the_file_whose_tokens_are_for_somebody_else_is_refused() {
    let right = "[identity]\n";
    let (_folder, plan) = lab(Topology::On);
    let text = fs::read_to_string(plan.systems[0].servers_file()).expect("was written");
    let (_, after) = text.split_once(right).expect("is there");
    let line = after.lines().find(|line| line.starts_with("audience = [")).expect("is there");
    let section = &after[..after.find(line).expect("is there")];
    let (code, told) =
        changed(&format!("{right}{section}{line}"), &format!("{right}{section}audience = [\"others\"]"));
    let wrong = "no access token of [identity] is for any of these: its \"audience\" is others";
    assert!(code == Some(1) && told.contains(wrong), "{told}");
}
