//! The proof that policy said yes.
//!
//! Nothing guarded leaves an entity without one. A [`Permit`] owns the question that was asked and has no public
//! constructor: only a decision of policy, by rule or by a person, makes one. A guarded flow becomes a
//! [`Permitted`] only through permits whose questions cover what is in it, so that the permit of one case cannot
//! serve another, and nothing but a [`Permitted`] can be sent.

use xml_schemas::flow::{Flow, Open};

use crate::{policy::Question, stop::Fault};

/// Which flows a question's yes can release.
pub trait Covers<F: Flow>: Question {
    /// Whether these questions, all of them answered yes, cover everything in the flow that is guarded.
    fn cover(questions: &[&Self], flow: &F) -> bool;
}

/// Which flows the yes to questions of this kind releases only together with the yes to others.
pub trait CoversWith<B: Question, F: Flow>: Question {
    /// Whether all of these questions and of those, answered yes, cover everything in the flow that is guarded.
    fn cover_with(questions: &[&Self], others: &[&B], flow: &F) -> bool;
}

/// Policy's yes to one question.
#[derive(Debug)]
pub struct Permit<Q> {
    question: Q,
}

impl<Q: Question> Permit<Q> {
    /// Only [`crate::Cx`] makes permits, from what policy ruled.
    pub(crate) fn grant(question: Q) -> Self {
        Self { question }
    }

    /// What was asked; effects read their subject here and nowhere else.
    #[must_use]
    pub fn question(&self) -> &Q {
        &self.question
    }

    /// Lets a flow go that this permit alone covers.
    ///
    /// # Errors
    /// [`Fault`] where something in the flow is not covered: a mistake of ours, never of the peer.
    pub fn release<F: Flow>(&self, flow: F) -> Result<Permitted<F>, Fault>
    where
        Q: Covers<F>,
    {
        covered(&[&self.question], flow)
    }
}

/// The permits of several decisions that stand behind one flow.
#[derive(Debug)]
pub struct Permits<Q>(Vec<Permit<Q>>);

impl<Q> Default for Permits<Q> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<Q> FromIterator<Permit<Q>> for Permits<Q> {
    fn from_iter<I: IntoIterator<Item = Permit<Q>>>(permits: I) -> Self {
        Self(permits.into_iter().collect())
    }
}

impl<Q> Extend<Permit<Q>> for Permits<Q> {
    fn extend<I: IntoIterator<Item = Permit<Q>>>(&mut self, permits: I) {
        self.0.extend(permits);
    }
}

impl<Q> IntoIterator for Permits<Q> {
    type Item = Permit<Q>;
    type IntoIter = std::vec::IntoIter<Permit<Q>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<Q: Question> Permits<Q> {
    /// One more.
    pub fn push(&mut self, permit: Permit<Q>) {
        self.0.push(permit);
    }

    /// What was asked and allowed.
    pub fn questions(&self) -> impl Iterator<Item = &Q> {
        self.0.iter().map(Permit::question)
    }

    /// Whether nothing was allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lets a flow go that these permits cover together.
    ///
    /// # Errors
    /// [`Fault`] where something in the flow is not covered: a mistake of ours, never of the peer.
    pub fn release<F: Flow>(&self, flow: F) -> Result<Permitted<F>, Fault>
    where
        Q: Covers<F>,
    {
        covered(&self.questions().collect::<Vec<_>>(), flow)
    }

    /// Lets a flow go that these permits cover together with those of another question.
    ///
    /// # Errors
    /// [`Fault`] where something in the flow is not covered: a mistake of ours, never of the peer.
    pub fn release_with<B: Question, F: Flow>(
        &self,
        others: &Permits<B>,
        flow: F,
    ) -> Result<Permitted<F>, Fault>
    where
        Q: CoversWith<B, F>,
    {
        let (own, others) = (self.questions().collect::<Vec<_>>(), others.questions().collect::<Vec<_>>());
        if Q::cover_with(&own, &others, &flow) { Ok(Permitted(flow)) } else { Err(uncovered::<Q, F>()) }
    }
}

fn covered<Q: Covers<F>, F: Flow>(questions: &[&Q], flow: F) -> Result<Permitted<F>, Fault> {
    if Q::cover(questions, &flow) { Ok(Permitted(flow)) } else { Err(uncovered::<Q, F>()) }
}

fn uncovered<Q: Question, F: Flow>() -> Fault {
    Fault::new(format!("{} holds more than {} permits", F::NAME, Q::NAME))
}

/// A flow that may be sent.
#[derive(Clone, Debug)]
pub struct Permitted<F>(F);

impl<F: Flow> Permitted<F> {
    /// What may be sent.
    #[must_use]
    pub fn flow(&self) -> &F {
        &self.0
    }
}

impl<F: Flow<Guard = Open>> Permitted<F> {
    /// A flow that nothing guards.
    #[must_use]
    pub fn open(flow: F) -> Self {
        Self(flow)
    }
}
