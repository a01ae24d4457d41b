//! The location management server (TS 23.280 7.4.2.2.10): knows where the users of its MC system are, and asks the servers of
//! interconnected systems for theirs.
//!
//! Procedures: 10.9.3.10.2, location on demand across MC systems, with 10.9.3.2, location on demand within one, inside.
//! What the text leaves open is in `SPEC.md`, with our choice and its switch.

pub mod config;
pub mod policy;
pub mod procedures;
mod state;

use kit::{Cx, Entity, PartnerTable, Profile};
use wire::World;
use xml_schemas::{location::LocationReport, mime};

pub use config::Config;
pub use state::Lms;

/// The function's name, under which partners' service identities are configured.
pub const FUNCTION: &str = "locations";

/// The location management server as an entity: a table from flow to procedure.
#[must_use]
pub fn entity(profile: Profile, config: Config, partners: PartnerTable, world: World) -> Entity<Lms> {
    let profile = Profile {
        function: FUNCTION,
        accept: vec![mime::MCPTT_INFO, mime::LOCATION_INFO, mime::INTERCONNECTION_INFO, mime::SIP_MESSAGE],
        deadline: config.partner_deadline,
        ..profile
    };
    let lms = Lms::new(config, profile.psi.domain(), &*world.clock);
    Entity::new(Cx::new(profile, lms, partners, world))
        .registered(procedures::log_on::receive)
        .on(procedures::request) // 10.9.3.10.2 steps 1, 2, 3, 7 in the primary system; 3, 4, 5, 6 in the partner's
        .awaits::<LocationReport>() // 10.9.3.10.2 step 6
        .on(procedures::locate_here::report) // 10.9.3.2 step 3
}
