//! What the border shows of itself before a word of SIP is said.

use std::{path::Path, sync::Arc};

use mcx_tests::{Home, TwoSystems};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use tokio_rustls::TlsConnector;
use wire::Identity;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use super::named;
use crate::BOB;

/// As the partner's gateway.
fn connector(folder: &Path) -> TlsConnector {
    let certificate = |file: &str| CertificateDer::from_pem_file(folder.join(file)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate("tls/partner-ca.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("tls/border.key")).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![certificate("tls/border.pem")], key)
        .unwrap();
    TlsConnector::from(Arc::new(config))
}

#[test]
fn nothing_internal_is_in_a_certificate_that_the_border_shows() {
    TwoSystems::new().run(async |world| {
        let border = world.border_of(Home::Primary);
        let partner = world.border_of(Home::Partner).address.ip();
        let stream = world.network().host(partner).connect(None, border.address).await.unwrap();
        let name = ServerName::try_from("mcgw.primary.example").unwrap();
        let tls = connector(&world.files(Home::Partner)).connect(name, stream.io).await.unwrap();
        let shown = tls.get_ref().1.peer_certificates().unwrap();
        assert!(!shown.is_empty());
        for certificate in shown {
            assert_eq!(named(certificate), None);
            let (_, read) = X509Certificate::from_der(certificate).unwrap();
            let names = read.subject_alternative_name().unwrap().unwrap();
            let names: Vec<String> =
                names.value.general_names.iter().map(|name| format!("{name:?}")).collect();
            assert_eq!(names, ["DNSName(\"mcgw.primary.example\")"]);
        }
    });
}

#[test]
fn nothing_internal_is_in_a_certificate_that_the_gateway_calls_with() {
    TwoSystems::new().without_system(Home::Partner).run(async |world| {
        let partner = world.play_border(Home::Partner);
        world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!(partner.peers(), [Identity::Dns("mcgw.primary.example".to_owned())]);
    });
}
