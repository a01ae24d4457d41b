//! One MC service server that is two processes on one database: system `partner` of the lab, where users come to, taken apart.
//!
//! Its gateway, SIP core and the rest are in a process that keeps its own file. The SIP core knows replica `one`, and the gateway
//! knows replica `two`: what a client asks and what its primary system answers never reach the same process. System `primary` is as
//! the lab has it.

use crate::{
    Lab,
    pieces::{Cut, Pieces, led_to, tables},
    replicas::BOTH,
};

/// The lab, and its replicas.
pub struct ServiceReplicas {
    /// System `primary` and the rest of `partner`.
    pub lab: Lab,
    /// Both.
    pub pieces: Pieces,
}

impl ServiceReplicas {
    /// Starts everything. `store` is the URL of a database with our tables.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn start(store: &str) -> Self {
        let mut lab = Lab::served();
        let [one, mut two] = BOTH.map(|name| {
            let mut cut = Cut::of(&lab, "partner", name, &["service"]);
            cut.store(store);
            cut
        });
        let at = two.moved("service", "inner");
        for listener in ["servers", "clients"] {
            two.moved("service", listener);
        }
        let pieces = Pieces::of([one, two]);
        lab = lab.edit_servers("partner", |system, text| {
            let rest = tables(&text, |head| head != "service");
            led_to(&rest, system.listener("service", "inner"), at)
        });
        for system in ["primary", "partner"] {
            lab.serve(system, "servers");
        }
        let mut all = Self { lab, pieces };
        BOTH.into_iter().for_each(|name| all.pieces.serve(name));
        for system in ["primary", "partner"] {
            all.lab.serve(system, "clients");
        }
        all.lab.started();
        all
    }
}
