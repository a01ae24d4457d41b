//! What is written, and who may read it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use certs::{Authority, Leaf, Validity};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

#[test]
fn a_key_file_is_readable_by_its_owner_only_even_when_it_replaces_a_lax_one() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new("lab").unwrap();
    fs::write(dir.path().join("gw.key"), "old").unwrap();
    fs::set_permissions(dir.path().join("gw.key"), fs::Permissions::from_mode(0o644)).unwrap();

    let written = authority.issue(&Leaf::new("gw")).unwrap().write(dir.path(), "gw").unwrap();

    assert_eq!(fs::metadata(&written.key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&written.key).unwrap().contains("PRIVATE KEY"));
    let root = authority.write(dir.path(), "ca").unwrap();
    assert!(!fs::read_to_string(root).unwrap().contains("PRIVATE KEY"));
}

#[test]
fn rfc5922_7_1_a_leaf_names_its_sip_domains_before_its_hosts() {
    let leaf = Leaf::new("mcgw").sip_domain("primary.example").dns_name("mcgw.primary.example").expired();
    let issued = Authority::new("lab").unwrap().issue(&leaf).unwrap();
    let (_, parsed) = X509Certificate::from_der(&issued.cert_der).unwrap();
    let names = &parsed.subject_alternative_name().unwrap().unwrap().value.general_names;

    assert_eq!(
        names[..],
        [GeneralName::URI("sip:primary.example"), GeneralName::DNSName("mcgw.primary.example")]
    );
    assert!(parsed.validity().not_after.timestamp() < 1_000_000_000);
}

#[test]
fn a_revocation_list_and_an_impostor_can_be_made() {
    let authority = Authority::new("lab").unwrap();
    assert!(authority.crl(1, Validity::wide(), &[7]).unwrap().contains("X509 CRL"));
    assert_ne!(authority.impostor().unwrap().pem(), authority.pem());
}
