//! What a simulation is made of.

mod beside;
mod chance;
mod check;
mod decide;
mod disk;
mod fault;
mod life;
mod log;
mod net;
mod pairs;
mod server;
mod stages;
mod terminal;
mod users;
mod world;

pub use check::wrong;
pub use fault::Fault;
pub use world::Simulation;
