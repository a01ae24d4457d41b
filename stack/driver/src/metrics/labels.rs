//! What tells the series of one family apart, over SIP as over HTTP.

use prometheus_client::encoding::EncodeLabelSet;

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Node {
    pub(crate) node: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Direction {
    pub(crate) node: String,
    pub(crate) direction: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Request {
    pub(crate) node: String,
    pub(crate) direction: &'static str,
    pub(crate) method: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Response {
    pub(crate) node: String,
    pub(crate) direction: &'static str,
    pub(crate) class: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Reason {
    pub(crate) node: String,
    pub(crate) reason: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Link {
    pub(crate) node: String,
    pub(crate) transport: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Outcome {
    pub(crate) node: String,
    pub(crate) outcome: &'static str,
}
