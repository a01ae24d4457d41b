//! What cannot work as a whole: hops to nobody, sides of a gateway, a log-in that leads nowhere, passwords that all may read.

use std::{fs, os::unix::fs::PermissionsExt as _};

use mcx::cli::Topology;

use crate::{changed, check, lab, refused};

/// The place of the MC service server in the first hop to it, that of the gateway.
fn hop_to_service() -> (String, std::net::SocketAddr) {
    let (_folder, plan) = lab(Topology::On);
    let at = plan.systems[0].at.service;
    (format!("name = \"mcs1.core.primary.example\"\naddress = \"{at}\""), at)
}

#[test]
fn a_hop_to_an_entity_of_the_file_leads_to_where_it_listens() {
    let (hop, at) = hop_to_service();
    let wrong = std::net::SocketAddr::new(at.ip(), 4_099);
    refused(
        &hop,
        &hop.replace(&at.to_string(), &wrong.to_string()),
        &format!("nobody listens at {wrong}: [service] does at {at}"),
    );
    let acm = "[acm.identity-server]\nroot = \"https://idms.primary.example\"\n";
    let (_folder, plan) = lab(Topology::On);
    let identity = plan.systems[0].at.identity_servers;
    let hop = format!("{acm}name = \"idms.primary.example\"\naddress = \"{identity}\"");
    let wrong = std::net::SocketAddr::new(identity.ip(), 4_099);
    refused(&hop, &hop.replace(&identity.to_string(), &wrong.to_string()), "[identity] does at");
}

/// A file has some of a system's processes: who has another name, or is on another host, is in another of them.
#[test]
fn a_hop_to_another_process_is_nobody_s_to_blame() {
    let (hop, at) = hop_to_service();
    let elsewhere = hop.replace(&at.to_string(), "192.0.2.9:5072");
    assert_eq!(changed(&hop, &elsewhere), (Some(0), String::new()));
    let (_folder, plan) = lab(Topology::On);
    let groups = plan.systems[0].at.groups;
    let service = format!(
        "[[gateway.service]]\nuri = \"sip:mcptt_psi@primary.example\"\nname = \"mcs2.core.primary.example\"\naddress = \"{}:4099\"\ntransport = \"tls\"\ntls = \"gateway\"\n\n[[gateway.service]]\n",
        groups.ip()
    );
    assert_eq!(changed("[[gateway.service]]\n", &service), (Some(0), String::new()));
}

/// TS 33.180 5.12: between MC systems each proves to the other who it is; in a lab the price of that may be measured.
#[test]
fn ts33180_5_12_the_hop_to_a_partner_is_tls() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    assert!(right.contains("lab = true\n"));
    let in_lab = |hop: &str| {
        let end = ", transport = \"tls\", tls = \"border\" }";
        let line = right.lines().find(|line| line.starts_with(hop) && line.ends_with(end)).expect("is there");
        right.replacen(line, &line.replace(end, ", transport = \"udp\" }"), 1)
    };
    let sip = in_lab("hop = { name = \"mcgw.partner.example\"");
    fs::write(&file, &sip).expect("can be written");
    assert_eq!(check(&file), (Some(0), String::new()));
    fs::write(&file, sip.replacen("lab = true\n", "", 1)).expect("can be written");
    let (code, told) = check(&file);
    let wrong = "MC systems know each other by their certificates: \"transport\" must be \"tls\"";
    assert!(code == Some(1) && told.contains(wrong), "{told}");
    fs::write(&file, right.replacen("lab = true\n", "", 1)).expect("can be written");
    assert!(!check(&file).1.contains(wrong));
}

#[test]
fn a_gateway_that_lets_nobody_out_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let right = fs::read_to_string(&file).expect("was written");
    fs::write(&file, right.replace("side = \"inner\"", "side = \"border\"")).expect("can be written");
    assert!(check(&file).1.contains("warning: no listener has side = \"inner\""), "{}", check(&file).1);

    let keys = ["internal = [", "trusted-certificates = [", "trusted-addresses = ["];
    let nobody = |line: &&str| !keys.iter().any(|key| line.starts_with(key));
    let without: String = right.lines().filter(nobody).map(|line| format!("{line}\n")).collect();
    fs::write(&file, &without).expect("can be written");
    let (code, told) = check(&file);
    assert!(code == Some(0) && told.contains("warning: nobody is let out"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn what_partners_are_told_of_a_gateway_is_its_own() {
    let (code, told) =
        changed("uri = \"sip:lms_psi@primary.example\"", "uri = \"sip:lms_psi@partner.example\"");
    let wrong = "\"uri\" is of \"partner.example\", no domain of ours (primary.example)";
    assert!(code == Some(1) && told.contains(wrong), "{told}");
    let (code, told) = changed("sent-by = \"mcgw.primary.example:", "sent-by = \"mcgw.primary.exmaple:");
    let wrong = "warning: \"sent-by\" names \"mcgw.primary.exmaple\", no host of ours; did you mean \"mcgw.primary.example\"?";
    assert!(code == Some(0) && told.contains(wrong), "{told}");
}

#[test]
fn a_name_that_is_none_of_a_host_is_refused() {
    let (code, told) =
        changed("domains = [\"primary.example\"]\ninternal", "domains = [\"primary example\"]\ninternal");
    let wrong = "\"domains\" has \"primary example\", which is no name of a host or a domain";
    assert!(code == Some(1) && told.contains(wrong), "{told}");
    let partner = "[[gateway.partner]]\nname = \"partner.example\"";
    let (code, told) = changed(partner, &partner.replace("partner.example", "partner_example"));
    assert!(code == Some(1) && told.contains("\"partner_example\" is no name of a domain"), "{told}");
}

/// RFC 8414 3: clients look for an issuer at the host of its URI.
#[test]
fn rfc8414_3_an_issuer_answers_for_its_host() {
    refused(
        "issuer = \"https://idms.primary.example\"\ndomains",
        "issuer = \"https://idms.partner.example\"\ndomains",
        "no [[identity.http]] answers for \"idms.partner.example\"",
    );
    let domains = "domains = [\"primary.example\"]\naudience";
    let (code, told) = changed(domains, &domains.replace("primary", "primry"));
    let wrong =
        "\"domains\" has none of the MC system's (primary.example); did you mean \"primary.example\"?";
    assert!(code == Some(1) && told.contains(wrong), "{told}");
    let (code, told) = changed("redirect-uris = [\"http://127.0.0.1/callback\"]", "redirect-uris = []");
    assert!(code == Some(0) && told.contains("warning: \"redirect-uris\" names none"), "{told}");
}

#[test]
fn a_file_with_a_password_that_others_may_read_is_refused_once() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].clients_file();
    assert!(fs::read_to_string(&file).expect("was written").matches("\npassword = ").count() > 1);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("is ours");
    let (code, told) = check(&file);
    let wrong = "clients.toml is open to others (mode 0644); make it 0600 or stricter";
    assert!(code == Some(1) && told.contains(wrong) && told.lines().count() == 1, "{told}");
}

#[test]
fn a_file_with_the_password_of_a_database_that_others_may_read_is_refused() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    let text = fs::read_to_string(&file).expect("was written");
    let line = text.lines().find(|line| line.starts_with("store = ")).expect("it has a store").to_owned();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("is ours");
    for (store, is_secret) in [
        ("postgres://mcx:secret@127.0.0.1:5432/mcx", true),
        ("postgres://mcx@127.0.0.1:5432/mcx?password=secret", true),
        ("postgres://mcx@127.0.0.1:5432/mcx", false),
    ] {
        fs::write(&file, text.replacen(&line, &format!("store = \"{store}\""), 1)).expect("can be written");
        let (_, told) = check(&file);
        let wrong = "servers.toml is open to others (mode 0644); make it 0600 or stricter";
        assert_eq!(told.contains(wrong), is_secret, "{store}: {told}");
    }
}

/// RFC 7009: who has revoked what, and when, is for servers that prove who they are.
#[test]
fn rfc7009_what_is_revoked_is_fetched_where_certificates_are_asked_for() {
    let (_folder, plan) = lab(Topology::On);
    let (servers, clients) = (plan.systems[0].at.identity_servers, plan.systems[0].at.identity);
    let hop = |at| format!("/revoked\"\nserver = {{ name = \"idms.primary.example\", address = \"{at}\"");
    let wrong = "\"clients\" of [identity] asks nobody for a certificate: \"revoked-uri\" is refused there";
    refused(&hop(servers), &hop(clients), wrong);
}
