//! What is counted: every request that a chain decided, by partner, direction, step and cause.

use std::sync::Arc;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::topology::Stayed;

/// The labels of one decision.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Labels {
    /// The partner's configured name; empty where the chain ended before it was known.
    partner: Arc<str>,
    /// `outbound` or `inbound`.
    direction: &'static str,
    /// The step that ended the chain; `forward` where none did, and `answer` once more where what was to go on reached nobody.
    step: &'static str,
    /// The cause's name; empty where nothing was refused.
    cause: &'static str,
}

/// The labels of header fields that stayed inside.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Stay {
    /// The partner's configured name.
    partner: Arc<str>,
    /// `request` or `response`.
    message: &'static str,
    /// `known` for a name of a specification that is known here, else `unknown`.
    header: &'static str,
}

/// The gateway's counters.
#[derive(Clone, Default, Debug)]
pub struct Metrics {
    decisions: Family<Labels, Counter>,
    headers: Family<Stay, Counter>,
}

impl Metrics {
    /// Puts the counters into a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "mcx_gateway_decisions",
            "Requests decided by the chains of the MC gateway server",
            self.decisions.clone(),
        );
        registry.register(
            "mcx_gateway_headers_dropped",
            "Header fields that stayed inside because they are not among those that leave",
            self.headers.clone(),
        );
    }

    pub(crate) fn decided(
        &self,
        partner: Option<&Arc<str>>,
        direction: Direction,
        step: &'static str,
        cause: &'static str,
    ) {
        let partner = partner.cloned().unwrap_or_default();
        self.decisions.get_or_create(&Labels { partner, direction: direction.name(), step, cause }).inc();
    }

    /// The counters of what passes to and from one partner, so that the hot path looks nothing up.
    pub(crate) fn passed(&self, partner: &Arc<str>) -> Passed {
        let counter = |direction: Direction| {
            let labels =
                Labels { partner: partner.clone(), direction: direction.name(), step: "forward", cause: "" };
            self.decisions.get_or_create(&labels).clone()
        };
        let header = |message, header| {
            self.headers.get_or_create(&Stay { partner: partner.clone(), message, header }).clone()
        };
        Passed {
            outbound: counter(Direction::Outbound),
            inbound: counter(Direction::Inbound),
            requests: [header("request", "known"), header("request", "unknown")],
            responses: [header("response", "known"), header("response", "unknown")],
        }
    }
}

/// Which way a request crosses the border.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Outbound,
    Inbound,
}

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

/// What leaves towards a partner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Leaves {
    Request,
    Response,
}

/// One partner's counters of forwarded requests, and of what stayed inside of them and of responses.
#[derive(Clone, Default, Debug)]
pub(crate) struct Passed {
    outbound: Counter,
    inbound: Counter,
    requests: [Counter; 2],
    responses: [Counter; 2],
}

impl Passed {
    pub fn count(&self, direction: Direction) {
        match direction {
            Direction::Outbound => self.outbound.inc(),
            Direction::Inbound => self.inbound.inc(),
        };
    }

    /// Header fields that stayed inside.
    pub fn stayed(&self, of: Leaves, stayed: Stayed) {
        let [known, unknown] = match of {
            Leaves::Request => &self.requests,
            Leaves::Response => &self.responses,
        };
        for (counter, count) in [(known, stayed.known), (unknown, stayed.unknown)] {
            if count > 0 {
                counter.inc_by(count.into());
            }
        }
    }
}
