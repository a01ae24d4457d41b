//! Two MC systems on this machine: what a newcomer runs first.

mod down;
mod endpoints;
pub mod files;
pub mod groups;
mod hints;
pub mod idms;
mod lock;
mod marker;
pub mod pki;
pub mod plan;
mod ports;
mod private;
pub mod profiles;
mod run;
mod running;
mod scenarios;
mod token;
mod up;
mod watch;

pub use down::down;
pub use run::run;
pub use token::token;
pub use up::up;
