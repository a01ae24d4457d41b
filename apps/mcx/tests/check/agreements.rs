//! Words of an agreement, names of a border and secrets, of which a slip would deny, or give away, in silence.

use std::fs;

use mcx::cli::Topology;

use crate::{changed, check, lab, refused};

/// A warning about a change stands alone, and the file is right.
fn warned(from: &str, to: &str, told_of: &str) {
    let (code, told) = changed(from, to);
    assert_eq!(code, Some(0), "{to}: {told}");
    assert!(told.contains("warning: ") && told.contains(told_of), "{to}: {told}");
    assert_eq!(told.lines().count(), 1, "{to}: {told}");
}

#[test]
fn rfc4825_5_1_an_application_usage_that_is_almost_a_known_one_is_refused() {
    let meant = "\"org.openmobilealliance.group\"; did you mean \"org.openmobilealliance.groups\"?";
    let server = "auids = [\"org.openmobilealliance.groups\"]";
    refused(
        server,
        &server.replace("groups", "group"),
        &format!("\"auids\" names an unknown application usage {meant}"),
    );
    for key in ["inbound", "outbound"] {
        let (from, to) = (
            format!("\n{key} = [\"GET org.openmobilealliance.groups\""),
            format!("\n{key} = [\"GET org.openmobilealliance.group\""),
        );
        refused(&from, &to, &format!("\"{key}\" names an unknown application usage {meant}"));
    }
    for theirs in ["org.3gpp.mcdata.user-profile", "org.3gpp.mcx.user-profiles", "org.example.tracks"] {
        assert_eq!(
            changed(server, &server.replace("groups\"", &format!("groups\", \"{theirs}\""))),
            (Some(0), String::new())
        );
    }
    let profile = "org.3gpp.mcdata.user-profil";
    refused(
        server,
        &server.replace("groups\"", &format!("groups\", \"{profile}\"")),
        "did you mean \"org.3gpp.mcdata.user-profile\"?",
    );
}

#[test]
fn an_application_usage_of_the_file_s_own_folder_is_a_known_one() {
    let (_folder, plan) = lab(Topology::On);
    let (system, file) = (&plan.systems[0], plan.systems[0].servers_file());
    let usages = system.folder.join("usages");
    fs::create_dir_all(&usages).expect("can be made");
    let usage = "auid = \"org.openmobilealliance.group\"\nmedia-type = \"application/x-g+xml\"\nnamespace = \"urn:g\"\nusers = [\"*\"]\n";
    fs::write(usages.join("g.toml"), usage).expect("can be written");
    let right = fs::read_to_string(&file).expect("was written");
    let slip = right.replacen(
        "auids = [\"org.openmobilealliance.groups\"]",
        "auids = [\"org.openmobilealliance.group\"]",
        1,
    );
    fs::write(&file, &slip).expect("can be written");
    assert_eq!(check(&file).0, Some(1));
    fs::write(&file, slip.replacen("[configuration]\n", "[configuration]\nusages = \"usages\"\n", 1))
        .expect("can be written");
    assert_eq!(check(&file), (Some(0), String::new()));
}

#[test]
fn rfc9110_8_3_1_what_is_no_media_type_is_refused() {
    let partner = "hop = { name = \"mcgw.partner.example\"";
    let with = |media: &str| format!("media = [\"application/sdp\", \"{media}\"]\n{partner}");
    for wrong in
        ["foo", "*/*", "application/", "aplication/pdf", "text/plain; charset=utf-8", "application/a b"]
    {
        refused(partner, &with(wrong), &format!("\"media\" has \"{wrong}\", which is no media type"));
    }
    for (slip, meant) in [
        ("application/vnd.3gpp.mcptt-inf+xml", "application/vnd.3gpp.mcptt-info+xml"),
        ("application/vnd.3gpp.mcptt-user-profle+xml", "application/vnd.3gpp.mcptt-user-profile+xml"),
    ] {
        warned(partner, &with(slip), &format!("unknown type \"{slip}\"; did you mean \"{meant}\"?"));
    }
    for theirs in [
        "application/vnd.example.tracks+json",
        "Text/Plain",
        "image/png",
        "x-lab/any",
        "application/pdf",
        "application/zip",
    ] {
        assert_eq!(changed(partner, &with(theirs)), (Some(0), String::new()), "{theirs}");
    }
}

/// RFC 5922 7.2: whoever the hop leads to is who may call, as far as we know.
#[test]
fn rfc5922_7_2_a_partner_whose_hop_is_none_of_its_identities_is_told_of() {
    let hop = "hop = { name = \"mcgw.partner.example\"";
    let with = |identities: &str| format!("identities = [{identities}]\n{hop}");
    warned(
        hop,
        &with("\"mcgw.patner.example\""),
        "the hop leads to \"mcgw.partner.example\", which is none of these",
    );
    for right in ["\"mcgw2.partner.example\", \"MCGW.partner.example.\"", "\"mcgw.partner.example\""] {
        assert_eq!(changed(hop, &with(right)), (Some(0), String::new()), "{right}");
    }
}

/// RFC 3261 19.1.4: `sip:` and `sips:` are two names.
#[test]
fn rfc3261_19_1_4_a_service_identity_is_a_sip_uri() {
    let uri = "uri = \"sip:lms_psi@primary.example\"";
    refused(uri, &uri.replace("sip:", "sips:"), "\"uri\" must be a sip: URI with a user");
}

#[test]
fn rfc3608_5_a_core_that_nobody_finds_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let uri = format!("uri = \"sip:{}\"", plan.systems[0].at.clients);
    for right in ["core.primary.example", "sip-core.elsewhere.example:5061", "[2001:db8::1]:5060"] {
        assert_eq!(changed(&uri, &format!("uri = \"sip:{right}\"")), (Some(0), String::new()), "{right}");
    }
    warned(&uri, "uri = \"sip:x\"", "\"x\", neither \"name\" nor a host of \"domain\"");
}

/// What hides the topology is worth what it takes to guess it.
#[test]
fn a_secret_that_is_there_twice_or_has_too_little_in_it_is_told_of() {
    let (_folder, plan) = lab(Topology::On);
    let (system, file) = (&plan.systems[0], plan.systems[0].servers_file());
    let (hex, other) = ("0123456789abcdef".repeat(4), "89abcdef01234567".repeat(4));
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIO\n-----END PRIVATE KEY-----\n";
    let private = fs::metadata(system.folder.join("tls/hiding.secret")).expect("is there").permissions();
    let right = fs::read_to_string(&file).expect("was written");
    let two = right.replacen("\"tls/hiding.secret\"", "\"tls/hiding.secret\", \"tls/hiding.next\"", 1);
    assert_ne!(right, two);
    fs::write(&file, two).expect("can be written");
    let told = |next: &str| {
        for (name, secret) in [("tls/hiding.secret", hex.as_str()), ("tls/hiding.next", next)] {
            fs::write(system.folder.join(name), secret).expect("can be written");
            fs::set_permissions(system.folder.join(name), private.clone()).expect("is ours");
        }
        let (code, told) = check(&file);
        assert_eq!(code, Some(0), "{told}");
        told
    };
    assert_eq!(told(&other), "");
    assert_eq!(told("thirty-two and more octets, well mixed"), "");
    for (secret, why) in [
        (hex.clone(), "holds the same secret as one before it"),
        (format!("{}\n", &other[..32]), "has 16 octets in hexadecimal, of 32 that are wanted"),
        ("0".repeat(64), "has 1 different octets alone, and can be guessed"),
        (pem.to_owned(), "a PEM file, which has another use"),
    ] {
        let told = told(&secret);
        assert!(told.contains("warning: ") && told.contains("hiding.next: ") && told.contains(why), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(!told.contains(secret.trim()), "{told}");
    }
}

/// RFC 5280: authorities publish DER; PEM is read.
#[test]
fn rfc7468_a_file_in_der_is_told_to_be_wanted_in_pem() {
    let (_folder, plan) = lab(Topology::On);
    let (tls, file) = (plan.systems[0].folder.join("tls"), plan.systems[0].servers_file());
    let text = fs::read_to_string(&file).expect("was written");
    let right = "authorities = [\"tls/partner-ca.pem\"]";
    assert!(text.contains(right), "{text}");
    fs::write(&file, text.replacen(right, &format!("{right}\nrevocations = [\"tls/own.crl\"]"), 1))
        .expect("can be written");
    fs::write(tls.join("own.crl"), [0x30, 0x82, 0x01, 0xff, 0xfe]).expect("can be written");
    let (code, told) = check(&file);
    assert!(
        code == Some(1) && told.contains("own.crl is no text: PEM is wanted; \"openssl crl -inform DER"),
        "{told}"
    );
}

#[test]
fn rfc5922_7_4_a_border_that_asks_nobody_for_a_certificate_is_refused() {
    let border = "side = \"border\"\nsent-by";
    let none = "\"none\" at the border makes everybody an unknown partner";
    refused(border, &border.replacen('\n', "\nclient-certificate = \"none\"\n", 1), none);
    let http = "name = \"border-http\"\n";
    refused(http, &format!("{http}client-certificate = \"none\"\n"), none);
    let inner = "name = \"inner\"\n";
    warned(inner, &format!("{inner}client-certificate = \"none\"\n"), "leaves everybody unknown here");
}

#[test]
fn rfc3261_18_1_1_a_border_that_shows_an_internal_name_in_its_via_is_told_of() {
    let sent_by = "sent-by = \"mcgw.primary.example";
    let told = "is among \"internal\" and leaves in the Via of each request all the same";
    warned(sent_by, &sent_by.replace("mcgw", "mcgw.core"), told);
    warned("side = \"border\"\nsent-by = ", "side = \"border\"\n# ", told);
}
