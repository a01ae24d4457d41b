//! One file for each procedure.

pub mod change;
pub mod log_off;
pub(crate) mod release;
