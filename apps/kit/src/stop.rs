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
pub struct Fault {
    what: Cow<'static, str>,
    cause: Cause,
}

impl Fault {
    /// A fault, in words for the operator.
    #[must_use]
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), cause: Cause::Fault }
    }

    /// What the other side is told: [`Cause::Fault`], unless it can do something about it, such as to come again.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The same, told to the other side as this cause.
    #[must_use]
    pub fn told_as(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }
}

/// The store may be there again when the other side comes again.
impl From<store::Fault> for Fault {
    fn from(fault: store::Fault) -> Self {
        let cause = match fault.kind() {
            store::Kind::Full => Cause::NoSpace,
            store::Kind::Overloaded => Cause::Overloaded,
            _ => Cause::StoreUnavailable,
        };
        Self::new(fault.to_string()).told_as(cause)
    }
}

/// A conflict that nobody made good means that others were first too often.
impl From<store::CommitError> for Fault {
    fn from(error: store::CommitError) -> Self {
        match error {
            store::CommitError::Fault(fault) => fault.into(),
            store::CommitError::Conflict(conflict) => {
                Self::new(conflict.to_string()).told_as(Cause::Overloaded)
            }
        }
    }
}

impl Stop {
    /// What the other side is told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Malformed(place) => Refusal::at(Cause::MalformedBody, place),
            Self::Refused(refusal) => refusal.clone(),
            Self::Fault(fault) => fault.cause.into(),
        }
    }

    /// The cause in [`Stop::refusal`].
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Malformed(_) => Cause::MalformedBody,
            Self::Refused(refusal) => refusal.cause,
            Self::Fault(fault) => fault.cause,
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
        f.write_str(&self.what)
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
