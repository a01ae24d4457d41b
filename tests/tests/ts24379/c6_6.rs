//! 6.6: confidentiality and integrity of bodies, from server to server, through gateways that have no key.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use kit::{
    Cause,
    carriage::{self, Envelope, Key, KeyId, Protection, Sending},
};
use mcx_tests::{Home, Setup, TwoSystems, causes, flows, located};
use sip::Name;
use tempfile::TempDir;
use xml_schemas::{flow::Carriage as _, ids::Psi, mime};

use crate::{ALICE, BOB, LMS_A, OURS, THEIRS, text};

const LMS_B: &str = "lms1.core.partner.example";
const SIGNED: &str = "application/vnd.3gpp.mcptt-signed+xml";

/// Secrets in files that nobody else may read.
pub(crate) struct Secrets(TempDir);

impl Secrets {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, octet: u8) -> PathBuf {
        let file = self.0.path().join(format!("{octet}.spk"));
        fs::write(&file, format!("{octet:02x}").repeat(16)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    /// What a server's configuration says of its partner.
    pub(crate) fn agreed(&self, id: &str, octet: u8) -> toml::Value {
        let file = self.file(octet);
        let text = format!(
            "send = \"sign-and-encrypt\"\nrequired = true\nkeys = [{{ id = \"{id}\", file = \"{}\" }}]",
            file.display()
        );
        toml::Value::Table(text.parse().unwrap())
    }
}

/// Both agreements let signatures pass.
pub(crate) fn passing(setup: Setup) -> Setup {
    let media = || vec![mime::MCPTT_INFO, mime::LOCATION_INFO, mime::INTERCONNECTION_INFO, SIGNED];
    setup
        .with(Home::Primary, move |config| {
            config.set("gateway.partner.0.media", media());
        })
        .with(Home::Partner, move |config| {
            config.set("gateway.partner.0.media", media());
        })
}

fn protected(setup: Setup, home: Home, agreed: toml::Value) -> Setup {
    setup.with(home, move |config| {
        config.set("locations.partner.0.protection", agreed);
    })
}

#[test]
fn signed_and_encrypted_the_whole_procedure_runs_through_two_gateways_that_hide() {
    let secrets = Secrets::new();
    let setup = protected(passing(TwoSystems::new()), Home::Primary, secrets.agreed("30000001", 1));
    let setup = protected(setup, Home::Partner, secrets.agreed("30000001", 1));
    setup.run(async |world| {
        let report = world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!(located(&report), [BOB]);
    });
}

#[test]
fn servers_that_do_not_share_a_key_are_told_which_way() {
    for (id, octet, cause) in [("30000002", 1, Cause::UnknownKey), ("30000001", 2, Cause::ProtectionInvalid)]
    {
        let secrets = Secrets::new();
        let setup = protected(passing(TwoSystems::new()), Home::Primary, secrets.agreed(id, octet));
        let setup = protected(setup, Home::Partner, secrets.agreed("30000001", 1));
        setup.run(async move |world| {
            let report = world.ask("alice", &[BOB]).await.unwrap();
            assert_eq!(causes(&report), [Some(cause)]);
        });
    }
}

#[test]
fn a_server_that_does_not_sign_is_refused_where_it_has_to() {
    let secrets = Secrets::new();
    let setup = protected(passing(TwoSystems::new()), Home::Partner, secrets.agreed("30000001", 1));
    setup.run(async |world| {
        let report = world.ask("alice", &[BOB]).await.unwrap();
        assert_eq!(causes(&report), [Some(Cause::Unprotected)]);
    });
}

#[test]
fn bodies_pass_two_gateways_that_hide_octet_for_octet() {
    let setup = passing(TwoSystems::new()).without(LMS_A).without(LMS_B);
    setup.run(async |world| {
        let (server, far) = (world.play_locations(Home::Primary), world.play_locations(Home::Partner));
        let key = Key::new(KeyId::new(0x3000_0001), &[1; 16], "").unwrap();
        let protection = Protection::new(Sending::SignAndEncrypt, true, key, []);
        let (own, ids) = (Psi::new(OURS).unwrap(), driver::SeededIds::new(1));
        let flow = flows::request("r1", ALICE, &[BOB]);
        let envelope = Envelope { uri: THEIRS, own: &own, asserts: true, ids: &ids };
        let sent = carriage::compose_protected(&envelope, &flow.split(), &protection).unwrap();
        let call_id = sent.get(Name::CallId).unwrap().to_vec();
        let content_type = sent.get(Name::ContentType).unwrap().to_vec();
        let body = sent.content().to_vec();
        assert_eq!(server.send(sent, &world.gateway_of(Home::Primary)).await.unwrap().status(), Some(200));

        let seen = &far.requests()[0];
        assert_ne!(seen.call_id(), call_id, "the topology is hidden");
        assert_eq!((seen.header(Name::ContentType).unwrap(), seen.body()), (&content_type[..], &body[..]));
        assert!(text(seen, Name::ContentType).starts_with("multipart/mixed"));
        assert_eq!(carriage::unprotect(seen, &protection).unwrap(), flow.split());
    });
}
