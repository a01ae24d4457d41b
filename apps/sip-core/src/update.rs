//! RFC 3261 10.3 steps 6 and 7: what a REGISTER makes of the bindings of one address of record. Pure.

use crate::binding::Binding;

/// What a REGISTER asks for, with every value of step 6 already checked for its form.
#[derive(Clone, Debug)]
pub struct Update {
    /// The REGISTER's Call-ID.
    pub call_id: String,
    /// The REGISTER's CSeq number.
    pub cseq: u32,
    /// Its contacts.
    pub change: Change,
}

impl Update {
    /// Which device it is of: by the instance of its only contact (RFC 5626 4.1), else by its Call-ID, which all of a device's REGISTERs
    /// have (RFC 3261 10.2).
    #[must_use]
    pub fn device(&self) -> &str {
        match &self.change {
            Change::Contacts(contacts) => match contacts.as_slice() {
                [only] => only.instance.as_deref().unwrap_or(&self.call_id),
                _ => &self.call_id,
            },
            Change::Fetch | Change::Clear => &self.call_id,
        }
    }
}

/// The contacts of a REGISTER.
#[derive(Clone, Debug)]
pub enum Change {
    /// None: the bindings are only read.
    Fetch,
    /// `*` with `Expires: 0`: every binding goes.
    Clear,
    /// Each is added, refreshed or, where it has expired at once, removed.
    Contacts(Vec<Binding>),
}

/// Why nothing was changed. An update is whole or not at all (RFC 3261 10.3 step 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rejected {
    /// The same Call-ID with a CSeq that is not higher than the binding's: it was overtaken.
    OutOfOrder,
    /// More contacts than one user may have. Whoever only asks, or gives one up, is not held to it.
    TooManyContacts,
}

/// The bindings after the update, at `now` in milliseconds of Unix time. `same` compares contact URIs (RFC 3261 19.1.4).
///
/// # Errors
/// The update as a whole is rejected; the bindings stay as they are.
pub fn apply(
    bindings: &[Binding],
    update: &Update,
    now: u64,
    limit: usize,
    same: impl Fn(&str, &str) -> bool,
) -> Result<Vec<Binding>, Rejected> {
    let live: Vec<Binding> = bindings.iter().filter(|binding| binding.is_live(now)).cloned().collect();
    let after = match &update.change {
        Change::Fetch => return Ok(live),
        Change::Clear if live.iter().all(|binding| is_newer(update, binding)) => Vec::new(),
        Change::Clear => return Err(Rejected::OutOfOrder),
        // Each is compared with each. Whoever gives up all that he has and takes as many as he may names no more than these.
        Change::Contacts(contacts) if contacts.len() > live.len().saturating_add(limit) => {
            return Err(Rejected::TooManyContacts);
        }
        Change::Contacts(contacts) => {
            let overtaken = |contact: &Binding| {
                live.iter().any(|old| is_same(contact, old, &same) && !is_newer(update, old))
            };
            if contacts.iter().any(overtaken) {
                return Err(Rejected::OutOfOrder);
            }
            contacts.iter().fold(live.clone(), |after, contact| put(after, contact, now, &same))
        }
    };
    let gives_up = after.len() < live.len();
    if after.len() > limit && !gives_up { Err(Rejected::TooManyContacts) } else { Ok(after) }
}

fn put(
    mut bindings: Vec<Binding>,
    contact: &Binding,
    now: u64,
    same: &impl Fn(&str, &str) -> bool,
) -> Vec<Binding> {
    bindings.retain(|old| !is_same(contact, old, same));
    if contact.is_live(now) {
        bindings.push(contact.clone());
    }
    bindings
}

fn is_same(a: &Binding, b: &Binding, same: &impl Fn(&str, &str) -> bool) -> bool {
    same(&a.contact, &b.contact) || (a.instance.is_some() && a.instance == b.instance)
}

fn is_newer(update: &Update, binding: &Binding) -> bool {
    update.call_id != binding.call_id || update.cseq > binding.cseq
}

#[cfg(test)]
mod tests;
