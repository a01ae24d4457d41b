//! Which of the five requests.

use crate::mime::kind;

/// What is asked of the partner system.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Group information provision, now called interconnection group identity provision: "these are groups of ours that your
    /// users may join" (TS 23.280 10.17.4.2).
    GroupInformationProvision,
    /// "Change the members of this group".
    GroupMembershipUpdate,
    /// "Let these users of ours migrate to you" (TS 23.280 10.17.5).
    AddMigrationUsers,
    /// "Let them no longer".
    RemoveMigrationUsers,
    /// "Change the profile that you gave to this user of ours" (TS 23.280 10.17.7).
    UserProfileUpdate,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::GroupInformationProvision,
        Self::GroupMembershipUpdate,
        Self::AddMigrationUsers,
        Self::RemoveMigrationUsers,
        Self::UserProfileUpdate,
    ];

    /// The name of the request's flow.
    #[must_use]
    pub fn request(self) -> &'static str {
        match self {
            Self::GroupInformationProvision => kind::ACM_GROUP_PROVISION_REQUEST,
            Self::GroupMembershipUpdate => kind::ACM_GROUP_MEMBERSHIP_REQUEST,
            Self::AddMigrationUsers => kind::ACM_USERS_ADD_REQUEST,
            Self::RemoveMigrationUsers => kind::ACM_USERS_REMOVE_REQUEST,
            Self::UserProfileUpdate => kind::ACM_PROFILE_UPDATE_REQUEST,
        }
    }

    /// The name of the response's flow.
    #[must_use]
    pub fn response(self) -> &'static str {
        match self {
            Self::GroupInformationProvision => kind::ACM_GROUP_PROVISION_RESPONSE,
            Self::GroupMembershipUpdate => kind::ACM_GROUP_MEMBERSHIP_RESPONSE,
            Self::AddMigrationUsers => kind::ACM_USERS_ADD_RESPONSE,
            Self::RemoveMigrationUsers => kind::ACM_USERS_REMOVE_RESPONSE,
            Self::UserProfileUpdate => kind::ACM_PROFILE_UPDATE_RESPONSE,
        }
    }

    /// Its name for people, in both of its spellings where it has two.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::GroupInformationProvision => {
                "group information provision (interconnection group identity provision)"
            }
            Self::GroupMembershipUpdate => "group membership update",
            Self::AddMigrationUsers => "users for migration, add",
            Self::RemoveMigrationUsers => "users for migration, remove",
            Self::UserProfileUpdate => "user profile update",
        }
    }

    /// The clause of its procedure.
    #[must_use]
    pub fn clause(self) -> &'static str {
        match self {
            Self::GroupInformationProvision => "10.17.4.2",
            Self::GroupMembershipUpdate => "10.17.4",
            Self::AddMigrationUsers | Self::RemoveMigrationUsers => "10.17.5.2",
            Self::UserProfileUpdate => "10.17.7.2",
        }
    }

    /// The kind whose request or response has this flow's name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.request() == name || kind.response() == name)
    }
}
