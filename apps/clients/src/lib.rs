//! The clients of an MC system, as a library: what runs in a user's terminal, behind the command line, and in tests.
//!
//! A [`Device`] is a terminal at its SIP core: it registers with digest authentication, stays registered, and sends everything over
//! the flow that it registered over. A [`LocationClient`] is the location management client of TS 23.280 7.4.2.3 on top of
//! it: it says where its user is, if the user permits, and asks where others are. A [`ServiceClient`] has its user served, at home or
//! in a partner MC system. A [`GroupClient`] reads and writes groups over
//! HTTP; a [`ChangeWatcher`] is told when they change.

pub mod account;
mod challenge;
pub mod changes;
pub mod device;
pub mod groups;
pub mod location;
pub mod position;
pub mod service;
mod terminal;
#[cfg(test)]
mod testing;

pub use account::Account;
pub use changes::ChangeWatcher;
pub use device::{Device, RegisterError, Registered};
pub use groups::GroupClient;
pub use location::{LocationClient, Permission};
pub use position::{Source, Track};
pub use service::ServiceClient;
pub use terminal::terminal;
