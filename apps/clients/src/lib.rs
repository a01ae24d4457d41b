//! The clients of an MC system, as a library: what runs in a user's terminal, behind the command line, and in tests.
//!
//! A [`Device`] is a terminal at its SIP core: it registers with digest authentication, stays registered, and sends everything over
//! the flow that it registered over. A [`LocationClient`] is the location management client of TS 23.280 7.4.2.3 on top of
//! it: it says where its user is, if the user permits, and asks where others are. A [`ServiceClient`] has its user served, at home or
//! in a partner MC system; a [`ProfileClient`] reads how he is connected there. An [`IdentityClient`] gets the tokens that servers take. A [`GroupClient`] reads and writes groups over
//! HTTP; a [`ChangeWatcher`] is told when they change. An [`AcmClient`] arranges things with users of partner MC systems who are
//! rarely logged on at the same time; an [`AliasClient`] activates the roles in which they do.

pub mod account;
pub mod acm;
pub mod aliases;
mod challenge;
pub mod changes;
pub mod device;
pub mod groups;
pub mod identity;
pub mod location;
pub mod position;
pub mod profiles;
pub mod service;
mod terminal;
#[cfg(test)]
mod testing;

pub use account::Account;
pub use acm::AcmClient;
pub use aliases::AliasClient;
pub use changes::ChangeWatcher;
pub use device::{Device, RegisterError, Registered};
pub use groups::GroupClient;
pub use identity::IdentityClient;
pub use location::{LocationClient, Permission};
pub use position::{Source, Track};
pub use profiles::ProfileClient;
pub use service::ServiceClient;
pub use terminal::Terminal;

use kit::{Fault, Stop};
use xml_schemas::ids::BadId;

/// An identity of the configuration that cannot stand in a message.
fn fault(error: BadId) -> Stop {
    Fault::new(error.to_string()).into()
}
