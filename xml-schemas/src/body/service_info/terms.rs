//! What the information document of one MC service calls its elements. TS 24.379 F.1, TS 24.281 F.1

use super::super::migration_elements::Names;

/// What the document of one MC service calls its elements.
pub trait Vocabulary: Sized {
    /// Its media type.
    const MEDIA_TYPE: &'static str;
    /// Its terms.
    #[doc(hidden)]
    const TERMS: Terms;
}

/// The terms of a [`Vocabulary`].
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The document's element, and the one in it that holds all others.
    pub(in crate::body) root: &'static str,
    pub(in crate::body) params: &'static str,
    /// The children of that one in the schema's order. Those that no field names are kept as they come.
    pub(in crate::body) order: &'static [&'static str],
    pub(in crate::body) access_token: &'static str,
    pub(in crate::body) request_uri: &'static str,
    pub(in crate::body) calling_user_id: &'static str,
    pub(in crate::body) client_id: &'static str,
    /// None where the schema has none.
    pub(in crate::body) functional_alias: Option<&'static str>,
    pub(in crate::body) names: Names,
}

/// The vocabulary of one MC service: its word in the names that all of them have, and what its schema alone has, after
/// `mc-org` and last.
macro_rules! vocabulary {
    (
        $(#[$about:meta])*
        $service:ident: $word:literal, $media_type:path, $namespace:path, $values:path;
        functional_alias: $alias:expr;
        after_mc_org: [$($after:literal),*];
        last: [$($last:literal),*];
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct $service;

        impl $crate::body::service_info::Vocabulary for $service {
            const MEDIA_TYPE: &'static str = $media_type;
            const TERMS: $crate::body::service_info::Terms = $crate::body::service_info::Terms {
                root: concat!($word, "info"),
                params: concat!($word, "-Params"),
                order: &[
                    concat!($word, "-access-token"),
                    "session-type",
                    concat!($word, "-request-uri"),
                    concat!($word, "-calling-user-id"),
                    concat!($word, "-called-party-id"),
                    concat!($word, "-calling-group-id"),
                    "required",
                    "emergency-ind",
                    "alert-ind",
                    "imminentperil-ind",
                    "broadcast-ind",
                    "mc-org",
                    $($after,)*
                    "associated-group-id",
                    "originated-by",
                    "MKFC-GKTPs",
                    concat!($word, "-client-id"),
                    "alert-ind-rcvd",
                    $($last,)*
                ],
                access_token: concat!($word, "-access-token"),
                request_uri: concat!($word, "-request-uri"),
                calling_user_id: concat!($word, "-calling-user-id"),
                client_id: concat!($word, "-client-id"),
                functional_alias: $alias,
                names: $crate::body::migration_elements::Names {
                    namespace: $namespace,
                    uri: $values[0],
                    string: $values[1],
                    boolean: concat!($word, "Boolean"),
                    partner: concat!("partner-", $word, "-id"),
                    primary: concat!("primary-", $word, "-id"),
                },
            };
        }
    };
}
pub(in crate::body) use vocabulary;
