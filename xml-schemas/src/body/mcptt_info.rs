//! `mcpttinfo`: who calls whom, with which token. TS 24.379 F.1 · media type [`crate::mime::MCPTT_INFO`]

use super::service_info::{ServiceInfo, vocabulary};
use crate::{mime, names};

pub use super::service_info::AccessToken;

/// `mcptt-Params` of an `mcpttinfo` document.
pub type McpttInfo = ServiceInfo<Mcptt>;

vocabulary! {
    /// The names of MCPTT.
    Mcptt: "mcptt", mime::MCPTT_INFO, mime::namespace::MCPTT_INFO, names::MCPTT;
    functional_alias: Some("functional-alias-URI");
    after_mc_org: ["floor-state"];
    last: ["gw-mcptt-usage"];
}
