//! The procedures of TS 23.280 10.17, a file each.

mod provide_groups;
mod update_group_members;

use crate::procedure::Procedures;

pub use provide_groups::ProvideGroups;
pub use update_group_members::UpdateGroupMembers;

/// All of them.
#[must_use]
pub fn all() -> Procedures {
    Procedures::default()
        .with::<ProvideGroups>() // 10.17.4.2
        .with::<UpdateGroupMembers>() // 10.17.2
}
