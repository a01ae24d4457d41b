//! Two ends of a handshake, without anything between them.

use std::sync::{Arc, Mutex};

use certs::{Authority, Leaf};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, ConnectionCommon, Error, ServerConnection, SideData,
    SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey,
};
use wire::TlsPeer;

use crate::tls::testing::profile;

/// What one end has to say, for the other.
fn pass<A: SideData, B: SideData>(
    from: &mut ConnectionCommon<A>,
    to: &mut ConnectionCommon<B>,
) -> Result<(), Error> {
    let mut said = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut said).expect("memory takes everything");
    }
    let mut said = &said[..];
    while !said.is_empty() {
        to.read_tls(&mut said).expect("memory gives everything");
        to.process_new_packets()?;
    }
    Ok(())
}

/// What the client that shows this certificate comes to know.
fn told(leaf: &Leaf) -> Result<(), Error> {
    shaken(leaf, |_| {})
}

fn shaken(leaf: &Leaf, change: impl FnOnce(&mut ClientConfig)) -> Result<(), Error> {
    let (ours, theirs) = (Authority::new("ours").expect("made"), Authority::new("theirs").expect("made"));
    let gateway = profile(&ours, &Leaf::new("gw b").sip_domain("b.example"), &theirs);
    let caller = profile(&theirs, leaf, &ours);
    let peer = TlsPeer { profile: "border".into(), domain: "b.example".into(), anchor: None };
    let mut config = ClientConfig::clone(&caller.client(&peer).expect("can be used"));
    change(&mut config);
    let name = "b.example".try_into().expect("a name");
    let mut client = ClientConnection::new(Arc::new(config), name).expect("can begin");
    let mut server =
        ServerConnection::new(gateway.server(true).expect("has a certificate")).expect("can begin");
    for _ in 0..3 {
        pass(&mut client, &mut server).or_else(|_| pass(&mut server, &mut client))?;
        pass(&mut server, &mut client)?;
    }
    Ok(())
}

#[test]
fn rfc5922_7_1_a_client_whose_certificate_names_nobody_is_told_so_within_the_handshake() {
    let nobody = || Leaf::new("a.example");
    let denied = Err(Error::AlertReceived(AlertDescription::AccessDenied));
    for leaf in [nobody(), nobody().dns_name("*.a.example"), nobody().uri("https://a.example")] {
        assert_eq!(told(&leaf), denied, "{leaf:?}");
    }
    assert_eq!(told(&nobody().dns_name("a.example")), Ok(()));
    assert_eq!(told(&nobody().sip_domain("a.example")), Ok(()));
}

/// Whoever asks what he is asked for.
#[derive(Debug, Default)]
struct Curious(Mutex<Option<usize>>);

impl ResolvesClientCert for Curious {
    fn resolve(&self, authorities: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().expect("lock") = Some(authorities.len());
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn rfc8446_4_2_4_a_stranger_is_not_told_whose_authorities_are_trusted() {
    let curious = Arc::new(Curious::default());
    let resolver: Arc<dyn ResolvesClientCert> = curious.clone();
    let refused = shaken(&Leaf::new("a.example"), |config| config.client_auth_cert_resolver = resolver);
    assert_eq!(refused, Err(Error::AlertReceived(AlertDescription::CertificateRequired)));
    assert_eq!(*curious.0.lock().expect("lock"), Some(0), "was asked for a certificate, of nobody's");
}
