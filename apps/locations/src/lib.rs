//! The location management server (TS 23.280 7.4.2.2.10): knows where the users of its MC system are, and asks the servers of
//! interconnected systems for theirs.
//!
//! Procedures: 10.9.3.10.2, location on demand across MC systems, with 10.9.3.2, location on demand within one, inside.
//! What the text leaves open is in `SPEC.md`, with our choice and its switch.

pub mod config;
mod migrants;
pub mod policy;
pub mod procedures;
mod state;

use std::{path::Path, sync::Arc};

use kit::{Cx, Entity, Partner, PartnerTable, Profile, Trust, config::HopConfig};
use wire::{AnchorId, World};
use xml_schemas::{location::LocationReport, migration::Whereabouts, mime};

pub use config::Config;
pub use migrants::{Migrants, Standing};
pub use state::Lms;

/// The function's name, under which partners' service identities are known.
pub const FUNCTION: &str = "locations";

/// The location management server as an entity: a table from flow to procedure, ready to be given to a node.
#[must_use]
pub fn entity(config: Config, partners: Vec<Partner>, world: World) -> Entity<Lms> {
    let table = table(&config, partners);
    let (profile, lms) = (profile(&config), Lms::new(config));
    Entity::new(Cx::new(profile, lms, table, world))
        .registered(procedures::log_on::receive)
        .on(procedures::request) // 10.9.3.10.2 steps 1, 2, 3, 7 in the primary system; 3, 4, 5, 6 in the partner's
        .awaits::<LocationReport>() // 10.9.3.10.2 step 6
        .on_report(procedures::locate_here::report) // 10.9.3.2 step 3
        .on(procedures::follow_migrated::changed)
        .awaits::<Whereabouts>()
}

/// From now on the entity's partners, users and rules are those of a configuration that was read again.
pub fn replace(entity: &Entity<Lms>, mut config: Config, partners: Vec<Partner>) {
    entity.cx().replace_partners(table(&config, partners));
    entity.cx().replace_rules(config.take_rules());
}

/// How partners are known, and by whose word.
fn table(config: &Config, partners: Vec<Partner>) -> PartnerTable {
    let protections = config.partners.iter().map(|each| (each.name.as_str(), each.protection.as_ref()));
    kit::config::known(partners, &config.border, config.gateway.as_ref(), protections)
}

/// The partners of a configuration, each bound to the anchor that its issuer's file holds.
///
/// # Errors
/// What `anchor` says of a file.
pub fn partners<E>(
    config: &Config,
    anchor: impl Fn(&Path) -> Result<AnchorId, E>,
) -> Result<Vec<Partner>, E> {
    let gateway = config.gateway.as_ref();
    kit::config::bound(
        &config.partners,
        |partner| partner.direct.as_ref()?.issuer.as_deref(),
        anchor,
        |partner, anchor| partner.partner(gateway, anchor),
    )
}

fn profile(config: &Config) -> Profile {
    let core = config.core.as_ref();
    Profile {
        accept: vec![mime::MCPTT_INFO, mime::LOCATION_INFO, mime::INTERCONNECTION_INFO, mime::SIP_MESSAGE],
        core: core.map(HopConfig::hop),
        trust: Trust {
            core: core.map(|core| Arc::from(core.identity.as_str())),
            servers: config.servers.iter().map(|server| Arc::clone(&server.identity)).collect(),
            ..Trust::default()
        },
        deadline: config.partner_deadline,
        ..Profile::new(config.name.as_str(), FUNCTION, config.psi.clone())
    }
}
