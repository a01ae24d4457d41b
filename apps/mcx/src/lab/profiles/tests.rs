use std::path::Path;

use clients::profiles::UserProfile;
use driver::SeededIds;
use xml::{Document, Limits};
use xml_schemas::xsd;

use super::*;
use crate::{
    cli::Topology,
    terminal::{Carried, Terminal},
};

#[test]
fn c10_6_3_3_precondition_the_labs_profile_is_valid_and_connects_its_user_with_the_partner_system() {
    let plan = Plan::in_memory(Path::new("lab"), Topology::On, &SeededIds::new(7));
    let [home, there] = &plan.systems;
    let visitor = there.visitors.first().expect("dave");
    let user = location::user(&visitor.primary(home)).expect("is one");
    let text = document(&user, there, visitor);
    assert!(!text.contains(&visitor.password), "no secret stands in a profile");
    let parsed = Document::parse(text.as_bytes(), &Limits::default()).expect("is well-formed");
    let catalog = xsd::catalog().expect("is sound");
    let schemas = xsd::documents(&catalog).expect("are sound");
    assert_eq!(xml::schema::Validator::validate(&schemas, &parsed), Ok(()));
    let profile = UserProfile::read(text.as_bytes(), &user, ProfileIndex(ABROAD)).expect("is read");
    let id = location::user(&visitor.partner(there)).expect("is one");
    let own = Carried { id: &id, password: &visitor.password, client_id: "urn:uuid:1", core: "sip-core" };
    let system = profile.partner(there.domain).expect("is valid there");
    let terminal = Terminal::visiting(visitor.name, system, &own);
    let config = terminal.expect("is one").config;
    let settings = &config.clients[0].device;
    assert_eq!(settings.core.address, there.at.clients);
    assert_eq!(
        (settings.account.impu.as_str(), &*settings.account.username),
        (&*visitor.impu(there), visitor.name)
    );
    assert!(profile.partner(home.domain).is_err());
}
