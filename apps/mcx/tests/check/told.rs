//! What is no mistake of its own and does what nobody means: rules that are never reached, servers that nobody knows, a switch that
//! says less than it seems to.

use std::fs;

use mcx::cli::Topology;

use crate::{changed, check, lab, refused};

/// A change is taken, with this warning and no other.
fn warned(from: &str, to: &str, told_of: &str) {
    let (code, told) = changed(from, to);
    assert!(code == Some(0) && told.lines().count() == 1, "{from} -> {to}: {told}");
    assert!(told.contains("warning: ") && told.contains(told_of), "{from} -> {to}: {told}");
}

/// A rule of `[[locations.tell]]` above those of the lab.
fn told_first(requester: &str, answer: &str) -> String {
    format!(
        "[[locations.tell]]\nrequester = \"{requester}\"\nanswer = \"{answer}\"\n\n[[locations.tell]]\nname = \"own system\"\n"
    )
}

/// 10.9.3.10.2 step 4: the first rule that matches decides, so that a user whom a later one has asked is not asked.
#[test]
fn c10_9_3_10_2_a_rule_that_is_never_reached_is_told_of() {
    let own = "[[locations.tell]]\nname = \"own system\"\n";
    let never = "warning: never reached: number 1 of [[locations.tell]] takes whatever this one, number ";
    let (code, told) = changed(own, &told_first("anyone", "allow"));
    assert!(code == Some(0) && told.lines().count() == 2, "{told}");
    assert!(
        told.contains(&format!("{never}2, would take")) && told.contains(&format!("{never}3, ")),
        "{told}"
    );
    warned(own, &told_first("Partner.example", "ask-user"), &format!("{never}3, would take"));
    for fine in ["sip:alice@primary.example", "sip:somebody@partner.example"] {
        assert_eq!(changed(own, &told_first(fine, "refuse")), (Some(0), String::new()));
    }
    // Of both whom it names.
    let ask = "[[locations.ask]]\nname = \"own users ask\"\n";
    let first = |requester, target| {
        format!(
            "[[locations.ask]]\nrequester = \"{requester}\"\ntarget = \"{target}\"\nallow = false\n\n{ask}"
        )
    };
    warned(ask, &first("anyone", "anyone"), "never reached: number 1 of [[locations.ask]]");
    assert_eq!(changed(ask, &first("anyone", "partner.example")), (Some(0), String::new()));
    // Between a user's own rules.
    let user = "[[locations.user]]\nmc-service-id = \"sip:alice@primary.example\"\nimpu = \"sip:alice.imsi@primary.example\"\n";
    let share =
        |requester| format!("\n[[locations.user.share]]\nrequester = \"{requester}\"\nanswer = \"refuse\"\n");
    let shares = |one, other| format!("{user}{}{}", share(one), share(other));
    let (all, one) = ("partner.example", "sip:ops@partner.example");
    warned(user, &shares(all, one), "never reached: number 1 of [[locations.user.share]]");
    assert_eq!(changed(user, &shares(one, all)), (Some(0), String::new()));
}

#[test]
fn c10_17_3_a_rule_of_administration_that_is_never_reached_is_told_of() {
    let partner = "[[acm.partner]]\n";
    let rule = |user: &str, flows: &str| format!("[[acm.allow]]\nuser = \"{user}\"\nflows = [{flows}]\n\n");
    let flow = "\"acm-users-add-request\"";
    let (every, some) = (rule("sip:*@primary.example", ""), rule("sip:a*@primary.example", flow));
    let before = |rules: &[&str]| format!("{}{partner}", rules.concat());
    let (_folder, plan) = lab(Topology::On);
    let text = fs::read_to_string(plan.systems[0].servers_file()).expect("was written");
    let (first, _) = text.split_once("[[acm.allow]]").expect("it has rules");
    assert!(first.contains("[acm]"));
    let only = |rules: &[&str]| {
        let rest = &text[first.len()..];
        let end = rest.find(partner).expect("and partners");
        changed(&rest[..end + partner.len()], &before(rules))
    };
    assert_eq!(only(&[&some, &every]), (Some(0), String::new()));
    let (code, told) = only(&[&every, &some]);
    assert!(code == Some(0) && told.contains("never reached: number 1 of [[acm.allow]]"), "{told}");
}

#[test]
fn ts33180_5_12_networks_alone_make_no_server_known() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let text = fs::read_to_string(&file).expect("was written");
    let of = |line: &str| match line.split_once(" = ") {
        Some(("internal", _)) => "internal = [\"127.0.0.0/8\", \"::1\"]\n".to_owned(),
        Some(("trusted-certificates" | "trusted-addresses", _)) => String::new(),
        _ => format!("{line}\n"),
    };
    fs::write(&file, text.lines().map(of).collect::<String>()).expect("can be written");
    let (code, told) = check(&file);
    assert!(code == Some(0) && told.contains("warning: nobody is let out"), "{told}");
}

/// RFC 5280 4.2.1.9: who is no authority vouches for nobody.
#[test]
fn rfc5280_4_2_1_9_a_partner_s_own_certificate_is_no_authority() {
    let wrong = "a certificate that is no authority's (basic constraints), and vouches for nobody";
    refused("issuer = \"tls/partner-ca.pem\"", "issuer = \"tls/border.pem\"", wrong);
    let (code, told) = changed(
        "authorities = [\"tls/partner-ca.pem\"]",
        "authorities = [\"tls/partner-ca.pem\", \"tls/border.pem\"]",
    );
    assert!(code == Some(1) && told.contains(wrong), "{told}");
}

#[test]
fn an_address_of_all_takes_the_port_of_each() {
    let (_folder, plan) = lab(Topology::On);
    let at = &plan.systems[0].at;
    let all = std::net::SocketAddr::new(std::net::Ipv4Addr::UNSPECIFIED.into(), at.border.port());
    let inner = |address| format!("name = \"inner\"\naddress = \"{address}\"");
    let (code, told) = changed(&inner(at.service), &inner(all));
    let wrong = format!("\"border\" of [gateway] listens at {} already", at.border);
    assert!(code == Some(1) && told.contains(&wrong), "{told}");
    // Of another family it takes none (RFC 3493 5.3).
    let other = std::net::SocketAddr::new(std::net::Ipv6Addr::UNSPECIFIED.into(), at.border.port());
    assert!(!changed(&inner(at.service), &inner(other)).1.contains("already"));
}

#[test]
fn ts33180_5_12_a_core_that_asks_no_server_for_a_certificate_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let at = &plan.systems[0].at;
    let listen = format!("name = \"inner\"\naddress = \"{}\"\n", at.core);
    warned(
        &listen,
        &format!("{listen}client-certificate = \"none\"\n"),
        "no listener asks for certificates: no server is known here",
    );
    let hop = |address| {
        format!(
            "migrated = \"follow\"\ncore = {{ name = \"sip-core.core.primary.example\", address = \"{address}\""
        )
    };
    warned(
        &hop(at.core),
        &hop(at.clients_tls),
        &format!(
            "\"clients-tls\" of [sip-core] asks nobody for a certificate: servers are known at {}",
            at.core
        ),
    );
}

#[test]
fn an_identity_server_without_an_application_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let text = fs::read_to_string(plan.systems[0].servers_file()).expect("was written");
    let from = text.find("[[identity.client]]").expect("is there");
    let end = text[from..].find("[[identity.user]]").expect("is there");
    warned(&text[from..from + end], "", "no [[identity.client]]: nobody can log in");
}

#[test]
fn a_deadline_of_no_time_is_refused() {
    refused("[service]\n", "[service]\ndeadline = \"0s\"\n", "\"deadline\" leaves no time for an answer");
    for key in ["client-deadline", "permission-deadline"] {
        let wrong = format!("\"{key}\" leaves no time for an answer");
        refused("[locations]\n", &format!("[locations]\n{key} = \"0ms\"\n"), &wrong);
    }
}

#[test]
fn a_terminal_that_is_almost_of_its_user_s_system_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].clients_file();
    let right = fs::read_to_string(&file).expect("was written");
    let told = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        fs::write(&file, right.replacen(from, to, 1)).expect("can be written");
        check(&file)
    };
    let impu = "impu = \"sip:alice.imsi@primary.example\"";
    let (code, said) = told(impu, "impu = \"sip:alice.imsi@primray.example\"");
    let wrong = "warning: \"impu\" is of \"primray.example\", and \"mc-service-id\" of \"primary.example\"";
    assert!(code == Some(0) && said.contains(wrong) && said.lines().count() == 1, "{said}");
    // An IMS may have a domain of its own.
    let ims = "impu = \"sip:alice@ims.mnc001.mcc001.3gppnetwork.org\"";
    assert_eq!(told(impu, ims), (Some(0), String::new()));
    let server = "location-server = \"sip:lms_psi@primary.example\"";
    let (code, said) = told(server, "location-server = \"sip:lms_psi@partner.example\"");
    let wrong = "warning: \"location-server\" is of \"partner.example\"";
    assert!(code == Some(0) && said.contains(wrong) && said.lines().count() == 1, "{said}");
    assert_eq!(told(server, "location-server = \"sip:lms@lms.primary.example\""), (Some(0), String::new()));
}

#[test]
fn a_hop_to_a_server_of_almost_the_own_domain_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let (name, at) = (plan.systems[0].gateway(), plan.systems[0].at.gateway_tls);
    let hop =
        |name: &str, at: std::net::SocketAddr| format!("gateway = {{ name = \"{name}\", address = \"{at}\"");
    // In another process, where no listener of the file proves anything.
    let elsewhere = "192.0.2.9:5061".parse().expect("an address");
    assert_eq!(changed(&hop(&name, at), &hop("gw.primary.example", elsewhere)), (Some(0), String::new()));
    warned(
        &hop(&name, at),
        &hop("mcgw.pirmary.example", elsewhere),
        "\"name\" has \"mcgw.pirmary.example\", in no domain of ours; did you mean \"primary.example\"?",
    );
}

/// Whoever wants a partner to be told no difference says so at each server that tells one.
#[test]
fn a_privacy_switch_at_the_gateway_alone_is_told_of() {
    let gateway = "[[gateway.partner]]\nname = \"partner.example\"\n";
    let merge = format!("{gateway}merge = true\n");
    warned(
        gateway,
        &merge,
        "without one of its own, [[locations.partner]], [[groups.partner]], [[acm.partner]], [[service.migration.partner]] tells unknown from refused",
    );
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let text = fs::read_to_string(&file).expect("was written");
    let name = ".partner]]\nname = \"partner.example\"\n";
    fs::write(&file, text.replace(name, &format!("{name}merge = true\n"))).expect("can be written");
    assert_eq!(check(&file), (Some(0), String::new()));
}
