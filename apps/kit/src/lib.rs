//! What an MC entity is made of: partners, policy and permits, the carriage of flows, refusals, traces.
//!
//! A procedure sees a context, the flows it exchanges and nothing of sockets, runtimes or time but what the context gives it.

pub mod config;
pub mod digest;
pub mod partner;
pub mod refusal;
