//! Asking policy, and a person where policy says so.

use std::borrow::Cow;

use super::Cx;
use crate::{
    permit::Permit,
    policy::{Answer, Deferred, Policy, Question, Verdict},
};

impl<S> Cx<S> {
    /// Asks policy. The decision is recorded with the rule that made it; the permit, if it is one, owns the question.
    pub fn decide<Q: Question>(&self, question: Q) -> Verdict<Q>
    where
        S: Policy<Q>,
    {
        self.decide_by(question).0
    }

    /// The same, with the rule that made the decision: for whoever keeps both. The rules are looked at once, so that a configuration
    /// that is read again meanwhile puts no other rule's name to what was decided.
    pub fn decide_by<Q: Question>(&self, question: Q) -> (Verdict<Q>, Cow<'static, str>)
    where
        S: Policy<Q>,
    {
        let ruling = (**self).rule(&question);
        let verdict = match &ruling.answer {
            Answer::Allow => "allow".to_owned(),
            Answer::Refuse(cause) => format!("refuse {cause}"),
            Answer::Defer(_) => "defer".to_owned(),
        };
        self.decided(Q::NAME, &verdict, &ruling.rule);
        let verdict = match ruling.answer {
            Answer::Allow => Verdict::Allow(Permit::grant(question)),
            Answer::Refuse(cause) => Verdict::Refuse(cause),
            Answer::Defer(person) => Verdict::Defer(Deferred::new(question, person)),
        };
        (verdict, ruling.rule)
    }

    /// A person's yes, with the same proof as a rule's: called where the answer of that very person has been received.
    pub fn consent<Q: Question>(&self, deferred: Deferred<Q>) -> Permit<Q> {
        self.decided(Q::NAME, "allow", "the person asked");
        deferred.granted()
    }
}
