//! Both MC systems of the lab with what administration needs taken apart: the gateway, the ACM server and the functional alias
//! controlling server of each run in a process and over a store of their own, so that each can be killed by itself.

use std::process::Command;

use crate::{
    Lab, http,
    pieces::{Cut, Pieces, tables},
    tools,
};

/// The processes that an entity has for itself; what is left runs in `servers`, which starts first.
pub const ALONE: [&str; 3] = ["aliases", "acm", "gateway"];

/// The two systems.
pub const SYSTEMS: [&str; 2] = ["primary", "partner"];

/// The lab, in pieces. Nobody is logged on.
pub struct Apart {
    /// Where it is, and what it is called.
    pub lab: Lab,
    pieces: [(&'static str, Pieces); 2],
}

impl Apart {
    /// Starts everything but terminals.
    ///
    /// # Panics
    /// It does not come up.
    #[must_use]
    pub fn start() -> Self {
        let mut lab = Lab::served();
        let pieces = SYSTEMS.map(|system| {
            let cuts = ALONE.map(|entity| {
                let mut cut = Cut::of(&lab, system, entity, &[entity]);
                cut.store(&format!("{entity}.redb"));
                cut
            });
            (system, Pieces::of(cuts))
        });
        for system in SYSTEMS {
            lab = lab.edit_servers(system, |_, text| tables(&text, |head| !ALONE.contains(&head)));
            lab.serve(system, "servers");
        }
        let mut apart = Self { lab, pieces };
        for system in SYSTEMS {
            ALONE.into_iter().for_each(|entity| apart.serve(system, entity));
        }
        apart.lab.started();
        apart
    }

    fn pieces(&mut self, system: &str) -> &mut Pieces {
        let found = self.pieces.iter_mut().find(|(name, _)| *name == system);
        &mut found.expect("one of two systems").1
    }

    /// Starts a process, and waits until it is ready.
    ///
    /// # Panics
    /// It does not come up.
    pub fn serve(&mut self, system: &str, entity: &str) {
        self.pieces(system).serve(entity);
    }

    /// Ends a process as a crash does.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self, system: &str, entity: &str) {
        self.pieces(system).kill(entity);
    }

    /// How often an ACM server has counted this event since it was started.
    ///
    /// # Panics
    /// It does not answer.
    #[must_use]
    pub fn events(&self, system: &str, event: &str) -> u64 {
        let (_, pieces) = self.pieces.iter().find(|(name, _)| *name == system).expect("one of two systems");
        let (_, text) = http::get(pieces.admin("acm"), "/metrics").expect("the admin listener answers");
        let label = format!("event=\"{event}\"");
        let is_it = |line: &&str| line.starts_with("mcx_acm_events_total{") && line.contains(&label);
        let lines = text.lines().filter(is_it);
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// `mcx audit verify` over the log of an ACM server that has ended.
    #[must_use]
    pub fn verify(&self, system: &str) -> Command {
        let mut command = tools::mcx();
        let store = self.lab.dir().join(system).join("acm.redb");
        command.args(["audit", "verify", "--store", &format!("redb:{}", store.display())]);
        command
    }
}
