//! The procedures, one to a file.

pub mod answer;
pub mod ask;
pub(super) mod listen;
pub(super) mod pending;
pub(super) mod status;
mod steps;
pub mod surely;
pub(super) mod withdraw;
