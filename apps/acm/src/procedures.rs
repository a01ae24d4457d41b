//! The procedures of TS 23.280 10.17, a file each.

mod add_migration_users;
mod provide_groups;
mod remove_migration_users;
mod update_group_members;
pub(crate) mod user_profile;

use crate::procedure::Procedures;

pub use add_migration_users::AddMigrationUsers;
pub use provide_groups::ProvideGroups;
pub use remove_migration_users::RemoveMigrationUsers;
pub use update_group_members::UpdateGroupMembers;
pub use user_profile::UpdateUserProfile;

/// All of them.
#[must_use]
pub fn all() -> Procedures {
    Procedures::default()
        .with::<ProvideGroups>() // 10.17.4.2
        .with::<UpdateGroupMembers>() // 10.17.2
        .with::<AddMigrationUsers>() // 10.17.5.2
        .with::<RemoveMigrationUsers>() // 10.17.5
        .with::<UpdateUserProfile>() // 10.17.7.2
}
