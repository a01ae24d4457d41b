//! Certificates, keys and secrets: what a peer would refuse, or anybody could read, is refused before anything is started.

use std::fs;

use mcx::cli::Topology;

use crate::{changed, check, lab, refused};

#[test]
fn a_key_belongs_to_its_certificate_and_an_authority_is_one() {
    refused(
        "key = \"tls/border.key\"",
        "key = \"tls/gateway.key\"",
        "the key does not belong to the certificate",
    );
    refused("tls/border.pem", "tls/border.key", "no certificate in the PEM text");
    let (code, told) =
        changed("authorities = [\"tls/partner-ca.pem\"]", "authorities = [\"tls/border.key\"]");
    assert_eq!(code, Some(1));
    assert!(told.contains("tls/border.key: no certificate in the PEM text"), "{told}");
}

#[test]
fn a_partner_is_trusted_where_it_arrives_and_where_it_is_reached() {
    let (code, told) = changed("issuer = \"tls/partner-ca.pem\"", "issuer = \"tls/ca.pem\"");
    assert_eq!(code, Some(1));
    assert!(told.contains("not among the authorities of the listener for partners"), "{told}");
    assert!(
        told.contains("not among the authorities of the profile that the partner is reached under"),
        "{told}"
    );
    refused(
        "issuer = \"tls/partner-ca.pem\"",
        "issuer = \"tls/border.key\"",
        "no certificate in the PEM text",
    );
}

#[test]
fn a_secret_that_is_too_short_is_refused_as_at_a_start() {
    let (_folder, plan) = lab(Topology::On);
    let file = plan.systems[0].servers_file();
    fs::write(plan.systems[0].folder.join("tls/hiding.secret"), "short").expect("can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(1));
    assert!(told.starts_with(&format!("{}:", file.display())) && told.contains("secret"), "{told}");
}

#[test]
fn a_certificate_of_ours_that_has_expired_or_is_still_to_hold_is_told_of_and_stops_nothing_else() {
    let (_folder, plan) = lab(Topology::On);
    let system = &plan.systems[0];
    let authority = certs::Authority::new("another").expect("an authority");
    let leaf = || certs::Leaf::new("x").dns_name(system.inner("mcs1"));
    for (leaf, told_of) in [
        (leaf().expired(), "service.pem, of [tls.service], has expired: it held until "),
        (leaf().valid(certs::Validity::future()), "not yet"),
    ] {
        let issued = authority.issue(&leaf).expect("a certificate");
        issued.write(&system.folder.join("tls"), "service").expect("can be written");
        let (ended, told) = check(&system.servers_file());
        assert_eq!(ended, Some(0), "{told}");
        assert!(told.starts_with(&format!("{}:", system.servers_file().display())), "{told}");
        assert!(told.contains("warning: ") && told.contains(told_of), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn rfc5280_5_1_2_a_revocation_list_that_is_old_or_of_somebody_else_is_told_of() {
    let (authority, other) =
        (certs::Authority::new("ours").expect("one"), certs::Authority::new("other").expect("one"));
    let lists = [
        (authority.crl(1, certs::Validity::wide(), &[7]), ""),
        (authority.crl(1, certs::Validity::past(), &[7]), "who has been revoked since is let in"),
        (other.crl(1, certs::Validity::wide(), &[7]), "a list of none of the authorities of this profile"),
    ];
    let (_folder, plan) = lab(Topology::On);
    let (tls, file) = (plan.systems[0].folder.join("tls"), plan.systems[0].servers_file());
    let text = fs::read_to_string(&file).expect("was written");
    let right = "authorities = [\"tls/partner-ca.pem\"]";
    let more = "authorities = [\"tls/partner-ca.pem\", \"tls/own.pem\"]\nrevocations = [\"tls/own.crl\"]";
    assert!(text.contains(right), "{text}");
    fs::write(&file, text.replacen(right, more, 1)).expect("can be written");
    fs::write(tls.join("own.pem"), authority.pem()).expect("can be written");
    for (list, told_of) in lists {
        fs::write(tls.join("own.crl"), list.expect("a list")).expect("can be written");
        let (ended, told) = check(&file);
        assert_eq!(ended, Some(0), "{told}");
        assert_eq!(told.is_empty(), told_of.is_empty(), "{told}");
        assert!(told.contains(told_of) && told.lines().count() < 2, "{told}");
    }
}

/// A system with a further authority for partners, and with a revocation list of it; what is told of that list.
fn of_list(authorities: &[&certs::Authority], list: &str) -> (Option<i32>, String) {
    let (_folder, plan) = lab(Topology::On);
    let (tls, file) = (plan.systems[0].folder.join("tls"), plan.systems[0].servers_file());
    let text = fs::read_to_string(&file).expect("was written");
    let right = "authorities = [\"tls/partner-ca.pem\"]";
    let more = "authorities = [\"tls/partner-ca.pem\", \"tls/own.pem\"]\nrevocations = [\"tls/own.crl\"]";
    assert!(text.contains(right), "{text}");
    fs::write(&file, text.replacen(right, more, 1)).expect("can be written");
    let pem: String = authorities.iter().map(|authority| authority.pem()).collect();
    fs::write(tls.join("own.pem"), pem).expect("can be written");
    fs::write(tls.join("own.crl"), list).expect("can be written");
    check(&file)
}

#[test]
fn rfc5280_6_3_3_a_revocation_list_that_its_issuer_has_not_signed_is_refused() {
    let (authority, wide) = (certs::Authority::new("ours").expect("one"), certs::Validity::wide());
    let impostor = authority.impostor().expect("one");
    let (own, forged) = (authority.crl(1, wide, &[7]), impostor.crl(1, wide, &[7]));
    let (own, forged) = (own.expect("a list"), forged.expect("a list"));
    assert_eq!(of_list(&[&authority], &own), (Some(0), String::new()));
    let (ended, told) = of_list(&[&authority], &forged);
    let wrong = "own.crl: not signed by the authority of this profile whose name it has";
    assert!(ended == Some(1) && told.contains(wrong) && told.lines().count() == 1, "{told}");
    // Whoever has come after it, with another key, is no less trusted: but one list holds for one of them.
    let (ended, told) = of_list(&[&authority, &impostor], &forged);
    let in_part = "own.crl: signed by one of the authorities of this profile that have its issuer's name";
    assert!(ended == Some(0) && told.contains("warning: ") && told.contains(in_part), "{told}");
}

#[test]
fn a_secret_that_others_may_read_is_refused_with_what_to_do() {
    for secret in ["tls/hiding.secret", "tls/audit.key", "tls/border.key"] {
        let (_folder, plan) = lab(Topology::On);
        let (system, file) = (&plan.systems[0], plan.systems[0].servers_file());
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        fs::set_permissions(system.folder.join(secret), open).expect("is ours");
        let (code, told) = check(&file);
        let wrong = format!("{secret} is open to others (mode 0644); make it 0600 or stricter");
        assert!(code == Some(1) && told.contains(&wrong) && told.lines().count() == 1, "{secret}: {told}");
        assert!(told.starts_with(&format!("{}:", file.display())), "{told}");
    }
}

#[test]
fn rfc5280_4_2_1_12_a_border_certificate_for_one_end_of_a_handshake_alone_is_refused() {
    let (_folder, plan) = lab(Topology::On);
    let system = &plan.systems[0];
    let authority = certs::Authority::new("another").expect("an authority");
    for (usage, wrong) in [
        (certs::Usage::Both, None),
        (certs::Usage::Server, Some("is not for clients (extended key usage), and hops have it")),
        (certs::Usage::Client, Some("is not for servers (extended key usage), and a listener has it")),
    ] {
        let leaf = certs::Leaf::new("x").dns_name(system.gateway()).usage(usage);
        let issued = authority.issue(&leaf).expect("a certificate");
        issued.write(&system.folder.join("tls"), "border").expect("can be written");
        let (code, told) = check(&system.servers_file());
        match wrong {
            None => assert_eq!((code, told.as_str()), (Some(0), "")),
            Some(wrong) => {
                assert!(code == Some(1) && told.contains(wrong) && told.lines().count() == 1, "{told}");
            }
        }
    }
}

/// RFC 5924 3: such a certificate is for SIP domains, and some take it for TLS: a border that works with a partner goes on.
#[test]
fn rfc5924_a_certificate_for_any_use_or_for_sip_domains_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let system = &plan.systems[0];
    let authority = certs::Authority::new("another").expect("an authority");
    for usage in [certs::Usage::Any, certs::Usage::SipDomain] {
        let leaf = certs::Leaf::new("x").dns_name(system.gateway()).usage(usage);
        let issued = authority.issue(&leaf).expect("a certificate");
        issued.write(&system.folder.join("tls"), "border").expect("can be written");
        let (code, told) = check(&system.servers_file());
        let wrong = "warning: the certificate is for any use, or for SIP domains, and not by name";
        assert!(code == Some(0) && told.contains(wrong) && told.lines().count() == 1, "{told}");
    }
}

/// Whoever has the list of what is revoked asks for a certificate, and without that list no token counts.
#[test]
fn rfc5280_4_2_1_12_who_fetches_what_is_revoked_is_known_by_a_certificate_for_clients() {
    let (_folder, plan) = lab(Topology::On);
    let (system, file) = (&plan.systems[0], plan.systems[0].servers_file());
    let authority = certs::Authority::new("another").expect("an authority");
    let leaf = certs::Leaf::new("x").dns_name(system.configuration_host()).usage(certs::Usage::Server);
    authority.issue(&leaf).expect("a certificate").write(&system.folder.join("tls"), "cms").expect("is ours");
    let right = fs::read_to_string(&file).expect("was written");
    let (before, issuers) = right.split_once("[[configuration.issuer]]").expect("is there");
    let issuers = issuers.replacen("tls = \"configuration\"", "tls = \"cms\"", 1);
    fs::write(&file, format!("{before}[[configuration.issuer]]{issuers}")).expect("is ours");
    let (code, told) = check(&file);
    let wrong = "is not for clients (extended key usage), and hops have it: whoever is called refuses it";
    assert!(code == Some(1) && told.contains(wrong) && told.lines().count() == 1, "{told}");
}

/// RFC 5922 7.2: whom partners find at the border is who the certificate there proves.
#[test]
fn rfc5922_7_2_a_border_that_proves_to_be_somebody_else_is_refused() {
    let (_folder, plan) = lab(Topology::On);
    let system = &plan.systems[0];
    let authority = certs::Authority::new("another").expect("an authority");
    let right =
        [certs::Leaf::new("x").dns_name(system.gateway()), certs::Leaf::new("x").sip_domain(system.domain)];
    let wrong = [
        (certs::Leaf::new("x").dns_name("mcgw.elsewhere.example"), "proves mcgw.elsewhere.example;"),
        (
            certs::Leaf::new("x").dns_name(system.inner("mcs1")),
            "partners look for one of mcgw.primary.example",
        ),
        (certs::Leaf::new("x").uri("https://mcgw.primary.example"), "proves nobody; partners"),
    ];
    let checked = |leaf: &certs::Leaf| {
        let issued = authority.issue(leaf).expect("a certificate");
        issued.write(&system.folder.join("tls"), "border").expect("can be written");
        check(&system.servers_file())
    };
    for leaf in &right {
        assert_eq!(checked(leaf), (Some(0), String::new()), "{leaf:?}");
    }
    for (leaf, why) in &wrong {
        let (code, told) = checked(leaf);
        assert!(code == Some(1) && told.contains(why), "{leaf:?}: {told}");
    }
    // Another name of it is as good.
    let file = system.servers_file();
    let named = "[gateway]\nname = \"mcgw.primary.example\"\n";
    let text = fs::read_to_string(&file).expect("was written");
    assert!(text.contains(named));
    let alias = format!("{named}aliases = [\"mcgw.elsewhere.example\"]\n");
    fs::write(&file, text.replacen(named, &alias, 1)).expect("can be written");
    assert_eq!(checked(&wrong[0].0), (Some(0), String::new()));
}
