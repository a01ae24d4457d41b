//! What may be typed to ask a partner's user something.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};
use clients::acm::{Ask as Question, Wish};
use xml::schema::Validator as _;
use xml_schemas::{
    acm::{Addressee, GroupOperation, ProfileContent, ProvidedGroup, Urgency, UserProfile},
    ids::GroupId,
    migration::ProfileIndex,
    xsd,
};

use super::{Names, alias, role_of, user};
use crate::Failure;

/// What a partner's user can be asked.
#[derive(Subcommand, Debug)]
pub(in crate::acm) enum Ask {
    /// Tells a partner's user of groups that its users may join: group information provision, also called interconnection group
    /// identity provision (TS 23.280 10.17.4.2).
    ProvideGroups {
        #[command(flatten)]
        whom: Whom,
        /// Group IDs, such as `sip:fire@a.example`.
        #[arg(required = true, value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// Asks that users of ours become members of a group of the partner's, or are members no longer.
    UpdateMembers {
        #[command(flatten)]
        whom: Whom,
        /// The ID of a group of the partner's, such as `sip:rescue@b.example`.
        #[arg(long)]
        group: String,
        /// Which of the two.
        #[arg(value_enum)]
        operation: Operation,
        /// MC service IDs of ours.
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// Asks that users of ours may migrate to the partner (TS 23.280 10.17.5).
    AddUsers {
        #[command(flatten)]
        whom: Whom,
        /// MC service IDs of ours.
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// Asks that they may no longer.
    RemoveUsers {
        #[command(flatten)]
        whom: Whom,
        /// MC service IDs of ours.
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// Asks that the partner changes the profile that it gave to a user of ours (TS 23.280 10.17.7).
    UpdateProfile {
        #[command(flatten)]
        whom: Whom,
        /// The MC service ID that the partner gave the user.
        #[arg(long, value_name = "URI")]
        user: String,
        /// Which of his profiles.
        #[arg(long, value_name = "N")]
        profile: Option<u8>,
        /// The suggested profile, a file with a document of TS 24.484 8.3.
        #[arg(long, value_name = "FILE", required_unless_present = "uri", conflicts_with = "uri")]
        file: Option<PathBuf>,
        /// Or where it is.
        #[arg(long, value_name = "URI")]
        uri: Option<String>,
        /// With --uri: which version.
        #[arg(long, value_name = "ETAG", requires = "uri")]
        etag: Option<String>,
        /// What people should know of it.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

/// Whom, and how.
#[derive(Args, Debug)]
pub(in crate::acm) struct Whom {
    /// The partner's user who is asked, by name or by MC service ID.
    #[arg(long, value_name = "USER", required_unless_present = "to_alias", conflicts_with = "to_alias")]
    to: Option<String>,
    /// Or the role: a functional alias of the partner system.
    #[arg(long, value_name = "URI")]
    to_alias: Option<String>,
    /// The functional alias under which the user asks.
    #[arg(long, value_name = "URI")]
    alias: Option<String>,
    /// How much it hurries.
    #[arg(long, value_enum)]
    urgency: Option<Hurry>,
    /// For how long an answer is wanted, such as `2h` or `7d`.
    #[arg(long, value_name = "TIME", value_parser = span)]
    within: Option<Duration>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
pub(in crate::acm) enum Operation {
    /// They become members.
    Add,
    /// They are members no longer.
    Delete,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
pub(in crate::acm) enum Hurry {
    /// It can wait.
    Low,
    /// As others.
    Normal,
    /// Before others.
    High,
}

impl Ask {
    /// What is asked, with every identity read.
    pub(in crate::acm) fn read(&self, names: &Names) -> Result<Question, Failure> {
        let each =
            |users: &[String]| users.iter().map(|text| user(text, names)).collect::<Result<Vec<_>, _>>();
        let (whom, wish) = match self {
            Self::ProvideGroups { whom, groups } => {
                let provided = |text: &String| group(text).map(|id| ProvidedGroup { id, name: None });
                (whom, Wish::ProvideGroups(groups.iter().map(provided).collect::<Result<_, _>>()?))
            }
            Self::UpdateMembers { whom, group: of, operation, users } => {
                let operation = match operation {
                    Operation::Add => GroupOperation::Add,
                    Operation::Delete => GroupOperation::Delete,
                };
                (whom, Wish::UpdateMembers { group: group(of)?, users: each(users)?, operation })
            }
            Self::AddUsers { whom, users } => (whom, Wish::AddUsers(each(users)?)),
            Self::RemoveUsers { whom, users } => (whom, Wish::RemoveUsers(each(users)?)),
            Self::UpdateProfile { whom, user: of, profile, file, uri, etag, note } => {
                let index = profile.map(ProfileIndex);
                let content = content(file.as_ref(), uri.as_ref(), etag.as_ref())?;
                let profile = UserProfile { index, content };
                (whom, Wish::UpdateProfile { user: user(of, names)?, profile, information: note.clone() })
            }
        };
        whom.read(names, wish)
    }
}

impl Whom {
    fn read(&self, names: &Names, wish: Wish) -> Result<Question, Failure> {
        let target = match (&self.to, &self.to_alias) {
            (Some(to), _) => Addressee::User(user(to, names)?),
            (None, Some(role)) => Addressee::Alias(role_of(role)?),
            (None, None) => {
                return Err(Failure::Procedure("--to or --to-alias says who is asked".to_owned()));
            }
        };
        let urgency = self.urgency.map(|hurry| match hurry {
            Hurry::Low => Urgency::Low,
            Hurry::Normal => Urgency::Normal,
            Hurry::High => Urgency::High,
        });
        Ok(Question { target, alias: alias(self.alias.as_deref())?, urgency, within: self.within, wish })
    }
}

fn group(text: &str) -> Result<GroupId, Failure> {
    GroupId::new(text).map_err(|why| Failure::Procedure(format!("{text}: {why}")))
}

fn content(
    file: Option<&PathBuf>,
    uri: Option<&String>,
    etag: Option<&String>,
) -> Result<ProfileContent, Failure> {
    match (file, uri) {
        (Some(file), _) => {
            let octets = std::fs::read(file).map_err(|why| Failure::file(file, why))?;
            let document = xml::Document::parse(&octets, &xml::Limits::default());
            let wrong = |why: String| Failure::Procedure(format!("{}: {why}", file.display()));
            let document = document.map_err(|why| wrong(why.to_string()))?;
            is_valid(&document).map_err(wrong)?;
            Ok(ProfileContent::Document(document.root().to_raw()))
        }
        (None, Some(uri)) => Ok(ProfileContent::Reference { uri: uri.clone(), etag: etag.cloned() }),
        (None, None) => Err(Failure::Procedure("--file or --uri says which profile".to_owned())),
    }
}

/// What is wrong with a profile, and where, before anybody is asked to approve it.
fn is_valid(document: &xml::Document<'_>) -> Result<(), String> {
    let catalog = xsd::catalog().map_err(|why| why.to_string())?;
    let schemas = xsd::documents(&catalog).map_err(|why| why.to_string())?;
    schemas
        .validate(document)
        .map_err(|faults| faults.iter().take(FAULTS).map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// More faults than this are not told at once.
const FAULTS: usize = 4;

const DAY: u64 = 86_400;

/// In seconds: a hundred years.
const LONGEST: u64 = 36_500 * DAY;

/// A whole number with its unit: `90s`, `15m`, `2h`, `7d`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is no time such as 90s, 15m, 2h or 7d, up to {} days", LONGEST / DAY);
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        "d" => number.checked_mul(DAY),
        _ => None,
    };
    seconds.filter(|seconds| (1..=LONGEST).contains(seconds)).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{is_valid, span};

    #[test]
    fn a_profile_that_is_none_is_refused_with_the_place() {
        let judged = |status: &str| {
            let text = format!(
                "<mcptt-user-profile xmlns=\"urn:3gpp:mcptt:user-profile:1.0\" XUI-URI=\"sip:a@b.example\" \
                 user-profile-index=\"1\"><Status>{status}</Status></mcptt-user-profile>"
            );
            is_valid(&xml::Document::parse(text.as_bytes(), &xml::Limits::default()).unwrap())
        };
        assert_eq!(judged("true"), Ok(()));
        let why = judged("perhaps").unwrap_err();
        assert!(why.contains("Status"), "{why}");
    }

    #[test]
    fn a_time_has_its_unit() {
        assert_eq!(span("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(span("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in ["", "d", "0s", "2", "2w", "-1s", "99999999999999999999s", "36501d", "2ü"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
