//! Why a procedure stops: the three kinds of error, never mixed.

use std::{borrow::Cow, fmt};

use crate::refusal::{Cause, Refusal};

/// What a procedure returns.
pub type Done<T> = Result<T, Stop>;

/// Why a procedure stopped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// What the peer sent breaks a rule; the place says where and which.
    Malformed(String),
    /// The peer or policy refuses.
    Refused(Refusal),
    /// Our own fault: logged, and on the wire only as such.
    Fault(Fault),
}

/// A fault of ours. The text is for logs, never for the wire, and holds no personal data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault(Cow<'static, str>);

impl Fault {
    /// A fault, in words for the operator.
    #[must_use]
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(what.into())
    }
}

impl Stop {
    /// What the other side is told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Malformed(place) => Refusal::at(Cause::MalformedBody, place),
            Self::Refused(refusal) => refusal.clone(),
            Self::Fault(_) => Cause::Fault.into(),
        }
    }

    /// The cause in [`Stop::refusal`].
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Malformed(_) => Cause::MalformedBody,
            Self::Refused(refusal) => refusal.cause,
            Self::Fault(_) => Cause::Fault,
        }
    }
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Refused(cause.into())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(place) => write!(f, "malformed: {place}"),
            Self::Refused(refusal) => write!(f, "refused: {}", refusal.cause),
            Self::Fault(fault) => write!(f, "fault: {fault}"),
        }
    }
}

impl std::error::Error for Fault {}
impl std::error::Error for Stop {}
