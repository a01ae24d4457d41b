//! Letters: each is sent until it is accepted, refused for good, or of no use any more. TS 23.280 10.6.3.3 steps 8 and 11
//!
//! The answer that a user has migrated is how the two systems come to agree. Accepted, the mark is confirmed ([`told`]); refused, because
//! the partner has given up or knows nothing of it, the mark is taken back.

use std::time::Duration;

use futures::{FutureExt as _, future};
use kit::{Cause, Cx, Done, Permitted, To, Verdict};
use xml_schemas::migration::Outcome;

use super::{
    CLAUSE,
    book::{Migrations, Written, write},
    lanes::{Job, Next},
    letter::{Addressee, Letter, What},
    policy::TellOutcome,
    told,
};
use crate::{Mcs, authorization::millis};

/// The first pause after a failure, and the longest.
pub(super) const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// How long a letter is left to the process that wrote it: somewhat less than anybody waits for it.
pub(super) const TAKE_UP: Duration = Duration::from_secs(30);

/// Until when something that somebody is waiting for is still of use.
pub(super) fn short(cx: &Cx<Mcs>) -> u64 {
    after(cx, Duration::from_secs(64))
}

/// When a system that has not been reached is told no more that a migration is over.
pub(super) fn long(cx: &Cx<Mcs>) -> u64 {
    after(cx, Duration::from_secs(7 * 86_400))
}

/// When an answer that holds for good is told no more.
pub(super) fn longest(cx: &Cx<Mcs>) -> u64 {
    after(cx, Duration::from_secs(365 * 86_400))
}

fn after(cx: &Cx<Mcs>, some: Duration) -> u64 {
    millis(cx.world().clock.wall() + some)
}

/// Whether a repeat would be refused again: the other side has refused, and was not merely not there.
pub(super) fn is_final(cause: Cause) -> bool {
    !cause.may_pass()
}

/// Delivers them, beside whatever goes on.
pub(crate) fn send(cx: &Cx<Mcs>, letters: Vec<(String, Letter)>) {
    for (key, letter) in letters {
        put(cx, &letter.to, Job { key, has_begun: false, pause: PAUSES[0] }, Duration::ZERO);
    }
}

/// What another process of the same server has to tell is told here where that does not come to it: nobody knows whether it lives.
pub(super) fn take_up(cx: &Cx<Mcs>, key: String, letter: &Letter) {
    put(cx, &letter.to, Job { key, has_begun: false, pause: PAUSES[0] }, TAKE_UP);
}

/// It is tried after this time.
fn put(cx: &Cx<Mcs>, to: &Addressee, job: Job, after: Duration) {
    let Some(migrations) = cx.migrations() else { return };
    if migrations.lanes().put(to, job, cx.world().clock.now() + after) {
        begin(cx, to);
    }
}

/// One more task delivers what waits for this addressee.
fn begin(cx: &Cx<Mcs>, to: &Addressee) {
    cx.world().tasks.clone().spawn(work(cx.clone(), to.clone()).boxed());
}

async fn work(cx: Cx<Mcs>, to: Addressee) {
    let Some(migrations) = cx.migrations() else { return };
    loop {
        match migrations.lanes().next(&to, cx.world().clock.now()) {
            Next::Try(job, is_more) => {
                if is_more {
                    begin(&cx, &to);
                }
                attempt(&cx, migrations, &to, job).await;
            }
            Next::Sleep(long, rung) => {
                future::select(cx.world().clock.sleep(long), rung).await;
            }
            Next::End => return,
        }
    }
}

/// Tries one once; it is tried again later where it was not accepted.
async fn attempt(cx: &Cx<Mcs>, migrations: &Migrations, to: &Addressee, job: Job) {
    let Job { key, has_begun, pause } = job;
    if !has_begun && !migrations.delivers(&key) {
        return;
    }
    let Some((key, letter)) = migrations.letter(&key) else { return };
    let cx = &cx.for_flow(letter.request_id());
    match (&letter.to, &letter.what) {
        (Addressee::System(_), What::Answer(_)) if !has_begun => cx.step(CLAUSE, 8), // towards the partner system
        (Addressee::Client(_), What::Answer(_)) if !has_begun => cx.step(CLAUSE, 11), // to the client
        _ => {}
    }
    know(cx, &letter).await;
    if !migrations.is_letter(&key) {
        return;
    }
    let refused = match tell(cx, &letter).await {
        Ok(()) => return told::told(cx, key, letter),
        Err(stop) => stop.cause(),
    };
    let is_late = millis(cx.world().clock.wall()) >= letter.until;
    if is_final(refused) || is_late {
        migrations.happened("undelivered");
        tracing::warn!(target: "mcx::migration", server = %cx.profile().name, flow = cx.flow_id(), cause = %refused, "could not be told");
        return give_up(cx, &key, &letter).await;
    }
    put(cx, to, Job { key, has_begun: true, pause: (pause * 2).min(PAUSES[1]) }, pause);
}

/// What the letter is about is looked up before it is acted on.
async fn know(cx: &Cx<Mcs>, letter: &Letter) {
    for user in letter.users() {
        while let Err(fault) = cx.know(user).await {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            cx.world().clock.sleep(PAUSES[0]).await;
        }
    }
}

/// Tells it once.
///
/// # Errors
/// Why it was not accepted.
pub(super) async fn tell(cx: &Cx<Mcs>, letter: &Letter) -> Done<()> {
    let (partners, server);
    partners = cx.partners();
    let (to, system) = match &letter.to {
        Addressee::System(name) => {
            let partner = partners.named(name).ok_or(Cause::UnknownPartner)?;
            (To::Partner(partner), Some(name.clone()))
        }
        Addressee::Client(impu) => (To::User(impu), None),
        Addressee::Own(own) => {
            server = own.server(cx).ok_or(Cause::UnknownTarget)?;
            (To::Server(&server), None)
        }
    };
    let answer = match &letter.what {
        What::Ended(ended) => return cx.tell(to, &Permitted::open(ended.clone())).await,
        What::Changed(changed) => return cx.tell(to, &Permitted::open(changed.clone())).await,
        What::Answer(answer) => answer,
    };
    let verdict = cx.decide(TellOutcome {
        system,
        service: answer.service,
        partner: answer.partner.clone(),
        primary: answer.primary.clone(),
        is_success: answer.outcome == Outcome::Success,
    });
    match verdict {
        Verdict::Allow(permit) => cx.tell(to, &permit.release(answer.clone())?).await,
        Verdict::Refuse(cause) => Err(cause.into()),
        Verdict::Defer(_) => Err(Cause::NotMigrated.into()),
    }
}

/// The letter is done with, and nobody has taken it; what that says of a mark is kept with it.
async fn give_up(cx: &Cx<Mcs>, key: &str, letter: &Letter) {
    let Some(migrations) = cx.migrations() else { return };
    loop {
        let (changes, gone) = match told::refused(cx, key, letter) {
            Ok(refused) => refused,
            Err(stop) => {
                tracing::error!(target: "mcx::migration", server = %cx.profile().name, %stop, "a letter is not settled");
                return;
            }
        };
        match write(cx, changes).await {
            Ok(Written::Done(made)) => {
                send(cx, made.letters);
                if let Some(mark) = gone {
                    migrations.happened("taken-back");
                    tracing::warn!(target: "mcx::migration", server = %cx.profile().name, user = %mark.primary, to = %mark.system, "the partner system does not have the user: the mark is taken back");
                }
                return;
            }
            Ok(Written::Conflict) => {}
            Err(fault) => {
                tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
                cx.world().clock.sleep(PAUSES[0]).await;
            }
        }
    }
}
