//! So many groups, and so many octets.

/// What part of the free room is given away before it is counted again.
const PART: usize = 16;

/// How much is kept, comes, or may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Amount {
    pub(crate) groups: usize,
    pub(crate) octets: u64,
}

impl Amount {
    /// What an offer adds to what was there instead; none where it adds nothing.
    pub(crate) fn added(former: Option<&str>, offer: &str) -> Option<Self> {
        let grows = offer.len().saturating_sub(former.map_or(0, str::len));
        let octets = u64::try_from(grows).unwrap_or(u64::MAX);
        let added = Self { groups: usize::from(former.is_none()), octets };
        (added != Self::default()).then_some(added)
    }

    pub(crate) fn holds(self, other: Self) -> bool {
        self.groups >= other.groups && self.octets >= other.octets
    }

    pub(crate) fn and(self, other: Self) -> Self {
        let groups = self.groups.saturating_add(other.groups);
        Self { groups, octets: self.octets.saturating_add(other.octets) }
    }

    /// What is left of it; nothing where the other is more.
    pub(crate) fn less(self, other: Self) -> Self {
        let groups = self.groups.saturating_sub(other.groups);
        Self { groups, octets: self.octets.saturating_sub(other.octets) }
    }

    /// A sixteenth of it, and something of whatever there is.
    pub(crate) fn part(self) -> Self {
        let octets = self.octets.div_ceil(u64::try_from(PART).unwrap_or(1));
        Self { groups: self.groups.div_ceil(PART), octets }
    }

    /// It, or the other where that is more.
    pub(crate) fn at_least(self, other: Self) -> Self {
        Self { groups: self.groups.max(other.groups), octets: self.octets.max(other.octets) }
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn an_offer_adds_what_it_is_longer_by() {
        assert_eq!(Amount::added(None, "12345"), Some(Amount { groups: 1, octets: 5 }));
        assert_eq!(Amount::added(Some("123"), "12345"), Some(Amount { groups: 0, octets: 2 }));
        assert_eq!(Amount::added(Some("12345"), "123"), None);
    }

    #[test]
    fn a_part_of_what_is_free_is_something_and_never_more() {
        let of = |groups, octets| Amount { groups, octets };
        assert_eq!(of(40, 1_000).part(), of(3, 63));
        assert_eq!(of(1, 1).part(), of(1, 1));
        assert_eq!(of(0, 0).part(), of(0, 0));
        assert!(of(3, 5).holds(of(3, 5)) && !of(3, 5).holds(of(3, 6)) && !of(3, 5).holds(of(4, 0)));
        assert_eq!(of(3, 5).less(of(4, 2)), of(0, 3));
    }
}
