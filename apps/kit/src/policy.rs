//! Policy is asked typed questions, and every answer names the rule that gave it.

use std::{borrow::Cow, sync::Arc};

use crate::{permit::Permit, refusal::Cause};

/// Something that only policy may answer. The value says who, whom and what: all that a rule may look at.
pub trait Question: Sized + Send + Sync + 'static {
    /// The name in ladders and logs, for instance `ask-location`.
    const NAME: &'static str;
}

/// What decides questions of one type for an entity; the entity's state implements it.
pub trait Policy<Q: Question>: Send + Sync {
    /// Decides, without waiting: what needs a person is deferred to one.
    fn rule(&self, question: &Q) -> Ruling;
}

/// What policy said, and by which rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ruling {
    /// Yes, no, or who is to say.
    pub answer: Answer,
    /// The configured or built-in name of the rule; no personal data.
    pub rule: Cow<'static, str>,
}

/// Yes, no, or who is to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Yes.
    Allow,
    /// No.
    Refuse(Cause),
    /// This person is asked (TS 23.280 10.17.3.1, manual handling; 10.9.3.2, the user's own permission).
    Defer(Person),
}

impl Ruling {
    /// Yes, by this rule.
    #[must_use]
    pub fn allow(rule: impl Into<Cow<'static, str>>) -> Self {
        Self { answer: Answer::Allow, rule: rule.into() }
    }

    /// No, by this rule.
    #[must_use]
    pub fn refuse(cause: Cause, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { answer: Answer::Refuse(cause), rule: rule.into() }
    }

    /// A person decides, by this rule.
    #[must_use]
    pub fn defer(person: Person, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { answer: Answer::Defer(person), rule: rule.into() }
    }
}

/// Who is to decide: an MC service ID.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Person(pub Arc<str>);

/// Policy's answer as a procedure receives it.
#[derive(Debug)]
pub enum Verdict<Q: Question> {
    /// Yes, and the proof of it.
    Allow(Permit<Q>),
    /// No.
    Refuse(Cause),
    /// Not decided until this person has said so: the question waits, and turns into a permit only through
    /// [`crate::Cx::consent`].
    Defer(Deferred<Q>),
}

/// A question that waits for a person.
#[derive(Debug)]
pub struct Deferred<Q: Question> {
    question: Q,
    /// Who decides.
    pub person: Person,
}

impl<Q: Question> Deferred<Q> {
    pub(crate) fn new(question: Q, person: Person) -> Self {
        Self { question, person }
    }

    /// What is asked.
    #[must_use]
    pub fn question(&self) -> &Q {
        &self.question
    }

    /// The person said yes, proved by the answer that [`crate::Cx::consent`] received from them.
    pub(crate) fn granted(self) -> Permit<Q> {
        Permit::grant(self.question)
    }
}
