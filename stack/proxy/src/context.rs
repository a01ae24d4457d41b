//! The response context: one forwarded request, its branches, and the best of what they bring.
//! RFC 3261 clauses 16.6, 16.7, 16.8 and 16.9 for methods other than INVITE · RFC 4320 clause 4 · RFC 5626 clause 7
//!
//! A target set of several is searched one after the other. The next is tried where the one before has ended without a
//! success, or has been silent for longer than [`crate::search::patience`] says; a late success of that one still counts.

use sip::Message;
use smallvec::SmallVec;

/// One of the branches of a context.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BranchId(usize);

/// Why a branch ended without a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Timer F (16.7; never a 408, RFC 4320 4.2).
    Timeout,
    /// The next hop could not be reached (16.9).
    Unreachable,
}

/// What is to be done now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Choice {
    /// Nothing yet, or nothing any more.
    Wait,
    /// 16.6, sequential search: open a branch for the next target.
    Search,
    /// Step 9: send this branch's response back.
    Relay(BranchId),
    /// Step 6: this branch's 503 is best; send it back with [`crate::respond::instead_of_503`].
    Replace(BranchId),
    /// Step 6: no branch brought a response, and this one could not even be reached: 503, or what the chain has for it.
    Unreachable(BranchId),
    /// Nothing came in time. Nothing is sent, since no response would be in time any more (RFC 4320 4.2).
    Silence,
}

/// The branches of one request. The response that is chosen is chosen once.
#[derive(Debug, Default)]
pub struct ResponseContext {
    branches: SmallVec<[Outcome; 1]>,
    /// Targets that may still be tried, beyond the branches there are.
    untried: usize,
    has_chosen: bool,
}

#[derive(Debug)]
enum Outcome {
    /// Nothing has come.
    Pending,
    /// Somebody is there and works on it.
    Proceeding,
    /// Nothing has come for so long that it is no longer waited for.
    Overdue,
    Answered(Box<Message>),
    Failed(Failure),
}

impl Outcome {
    fn is_awaited(&self) -> bool {
        matches!(self, Self::Pending | Self::Proceeding)
    }

    fn is_open(&self) -> bool {
        self.is_awaited() || matches!(self, Self::Overdue)
    }
}

impl ResponseContext {
    /// A context without a branch, and without targets to be searched.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A context without a branch. After the first, so many targets more may be tried, one after the other.
    #[must_use]
    pub fn searching(others: usize) -> Self {
        Self { untried: others, ..Self::default() }
    }

    /// One more branch, whose request is about to be sent.
    pub fn branch(&mut self) -> BranchId {
        self.branches.push(Outcome::Pending);
        BranchId(self.branches.len() - 1)
    }

    /// A response has come on a branch.
    ///
    /// Provisional ones end here: 100 is hop by hop (step 5), and another is no response to a method other than INVITE
    /// (RFC 4320 4.1). They say that somebody is there, which a search waits for.
    pub fn response(&mut self, branch: BranchId, response: Message) -> Choice {
        let outcome = match response.status() {
            // As late as our own would be: whoever sent it violates RFC 4320 4.2, and we do not pass it on.
            Some(408) => Outcome::Failed(Failure::Timeout),
            Some(200..) => Outcome::Answered(Box::new(response)),
            _ => {
                if let Some(silent @ Outcome::Pending) = self.branches.get_mut(branch.0) {
                    *silent = Outcome::Proceeding;
                }
                return Choice::Wait;
            }
        };
        self.end(branch, outcome)
    }

    /// A branch has ended without a response.
    ///
    /// After timer F nothing is tried any more: that of whoever asked has fired too (RFC 4320 4.2).
    pub fn failed(&mut self, branch: BranchId, failure: Failure) -> Choice {
        if failure == Failure::Timeout {
            self.untried = 0;
        }
        self.end(branch, Outcome::Failed(failure))
    }

    /// A branch of a search has been silent for too long. Nothing is cancelled, since a request other than INVITE cannot be
    /// (RFC 3261 9.1): whatever it brings yet counts as long as nothing has been chosen.
    pub fn overdue(&mut self, branch: BranchId) -> Choice {
        match self.branches.get_mut(branch.0) {
            Some(silent @ Outcome::Pending) => *silent = Outcome::Overdue,
            _ => return Choice::Wait,
        }
        self.settle()
    }

    /// The response of a branch, once it has a final one.
    #[must_use]
    pub fn answer(&self, branch: BranchId) -> Option<&Message> {
        match self.branches.get(branch.0)? {
            Outcome::Answered(response) => Some(response),
            _ => None,
        }
    }

    /// Step 4 for a 2xx, which does not wait for the other branches. Only the first end of a branch counts, and only one
    /// choice is made.
    fn end(&mut self, branch: BranchId, outcome: Outcome) -> Choice {
        match self.branches.get_mut(branch.0) {
            Some(open) if open.is_open() => *open = outcome,
            _ => return Choice::Wait,
        }
        match self.answer(branch).and_then(Message::status) {
            Some(200..=299) if !self.has_chosen => {
                self.has_chosen = true;
                return Choice::Relay(branch);
            }
            // Step 5: nobody else is asked after a 6xx.
            Some(600..) => self.untried = 0,
            _ => {}
        }
        self.settle()
    }

    /// Where nothing is waited for: the next target, or step 6 once there is none.
    fn settle(&mut self) -> Choice {
        if self.has_chosen || self.branches.iter().any(Outcome::is_awaited) {
            return Choice::Wait;
        }
        if self.untried > 0 {
            self.untried -= 1;
            return Choice::Search;
        }
        match self.best() {
            Choice::Silence if self.branches.iter().any(Outcome::is_open) => Choice::Wait,
            choice => {
                self.has_chosen = true;
                choice
            }
        }
    }

    /// Step 6, where none has brought a 2xx.
    fn best(&self) -> Choice {
        let rank = |response: &Message| rank(response.status().unwrap_or_default());
        if let Some((branch, response)) = self.answers().min_by_key(|(_, response)| rank(response)) {
            return if response.status() == Some(503) {
                Choice::Replace(branch)
            } else {
                Choice::Relay(branch)
            };
        }
        let unreachable = |outcome: &Outcome| matches!(outcome, Outcome::Failed(Failure::Unreachable));
        match self.branches.iter().position(unreachable) {
            Some(index) => Choice::Unreachable(BranchId(index)),
            None => Choice::Silence,
        }
    }

    fn answers(&self) -> impl Iterator<Item = (BranchId, &Message)> {
        (0..self.branches.len()).map(BranchId).filter_map(|branch| Some((branch, self.answer(branch)?)))
    }
}

/// Step 6: a 6xx before all others, then the lowest class; within 4xx those first that tell the client how to try again;
/// a 503 after its class, and so a 480, which says no more than that nobody is there.
fn rank(status: u16) -> (u16, u16) {
    let class = match status / 100 {
        6 => 0,
        class => class,
    };
    let within = match status {
        401 | 407 | 415 | 420 | 484 => 0,
        480 | 503 => 2,
        _ => 1,
    };
    (class, within)
}

#[cfg(test)]
mod tests;
