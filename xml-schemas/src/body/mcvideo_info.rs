//! `mcvideoinfo`: the twin of `mcpttinfo` for MCVideo. TS 24.281 F.1 · media type [`crate::mime::MCVIDEO_INFO`]

use super::service_info::{ServiceInfo, vocabulary};
use crate::{mime, names};

/// `mcvideo-Params` of an `mcvideoinfo` document. It has no functional alias.
pub type McVideoInfo = ServiceInfo<McVideo>;

vocabulary! {
    /// The names of MCVideo.
    McVideo: "mcvideo", mime::MCVIDEO_INFO, mime::namespace::MCVIDEO_INFO, names::MCVIDEO;
    functional_alias: None;
    after_mc_org: [];
    last: [];
}
