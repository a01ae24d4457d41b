//! A publication at its event state compositor.
//! RFC 3903 clause 6.
//!
//! The four operations of table 1 differ by what a PUBLISH carries; [`Request::read`] tells them apart, and
//! [`Publication`] says what each does to what is kept.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sip::{Expires, Malformed, Message, SipIfMatch};

/// What a PUBLISH asks for: RFC 3903 table 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// A body, and no entity tag.
    Initial,
    /// An entity tag, and no body: it goes on.
    Refresh(String),
    /// An entity tag and a body: it changes.
    Modify(String),
    /// An entity tag and a lifetime of zero.
    Remove(String),
}

/// Why a PUBLISH is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// 400: it carries neither a body nor an entity tag, or what it carries cannot be read.
    Malformed(Malformed),
    /// 412: the entity tag is not, or no longer, that of a publication.
    NoSuchTag,
    /// 423: so long at least, for Min-Expires.
    TooBrief(Duration),
}

impl Request {
    /// Which operation it is, and the lifetime asked for where there is one.
    ///
    /// # Errors
    /// [`Malformed`] for more than one entity tag (RFC 3903 11.3.2), for neither tag nor body, and for what cannot be read.
    pub fn read(request: &Message) -> Result<(Self, Option<Duration>), Malformed> {
        let expires = request.typed::<Expires>()?.map(|Expires(seconds)| Duration::from_secs(seconds.into()));
        let tag = tag(request)?;
        let operation = match (tag, request.body().is_empty(), expires) {
            (Some(tag), _, Some(Duration::ZERO)) => Self::Remove(tag),
            (Some(tag), true, _) => Self::Refresh(tag),
            (Some(tag), false, _) => Self::Modify(tag),
            (None, false, _) => Self::Initial,
            (None, true, _) => return Err(Malformed::new("a PUBLISH without entity tag needs a body", 0)),
        };
        Ok((operation, expires))
    }
}

fn tag(request: &Message) -> Result<Option<String>, Malformed> {
    let name = sip::Name::SipIfMatch;
    if request.values(name).count() > 1 {
        return Err(Malformed::new("more than one entity tag", 0).of(name));
    }
    let tag = request.typed::<SipIfMatch<'_>>()?;
    Ok(tag.map(|tag| String::from_utf8_lossy(tag.0).into_owned()))
}

/// One publication that is kept. Its body is kept beside it by whoever keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Publication {
    tag: String,
    expires: SystemTime,
}

impl Publication {
    /// What an initial publication becomes.
    #[must_use]
    pub fn new(now: SystemTime, tag: impl Into<String>, granted: Duration) -> Self {
        Self { tag: tag.into(), expires: now.checked_add(granted).unwrap_or(now) }
    }

    /// Whether an entity tag names it: the last one that was given, and only until it expires (clause 6 step 4).
    ///
    /// # Errors
    /// [`Refused::NoSuchTag`] otherwise.
    pub fn matches(&self, now: SystemTime, tag: &str) -> Result<(), Refused> {
        if self.tag == tag && now < self.expires { Ok(()) } else { Err(Refused::NoSuchTag) }
    }

    /// It goes on, under the new entity tag that every success gives (clause 6 step 6).
    pub fn renew(&mut self, now: SystemTime, tag: impl Into<String>, granted: Duration) {
        *self = Self::new(now, tag, granted);
    }

    /// The entity tag: the value of SIP-ETag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// When it ends unless it is refreshed.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.expires
    }
}

#[cfg(test)]
mod tests;
