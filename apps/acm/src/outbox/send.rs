//! One attempt to tell a partner, and what follows from its success or refusal.

use std::time::Duration;

use kit::{Cause, Covers, Cx, Done, Fault, Stop, To, Verdict};
use xml_schemas::{
    acm::{
        AddMigrationUsersRequest, AddMigrationUsersResponse, AuditReceipt, GroupInformationProvisionRequest,
        GroupInformationProvisionResponse, GroupMembershipUpdateRequest, GroupMembershipUpdateResponse, Kind,
        ProcessIndication, RemoveMigrationUsersRequest, RemoveMigrationUsersResponse,
        UserProfileUpdateRequest, UserProfileUpdateResponse, WithdrawalRequest, WithdrawalResponse,
    },
    flow::Flow,
};

use super::Letter;
use crate::{
    Acm,
    book::{Changes, Written, keys, millis},
    case::{Seq, Stage},
    engine::{ended, steps_of, withdrawal_stays},
    policy::Recall,
};

/// What came of an attempt.
pub(super) enum Sent {
    /// The letter is settled.
    Done,
    /// It is tried again.
    Later {
        /// Why.
        cause: Cause,
        /// Whether it is the partner that cannot take anything now, and not this letter alone.
        is_partner: bool,
    },
}

/// Sends a letter, and keeps what came of that.
pub(super) async fn deliver(cx: &Cx<Acm>, seq: Seq) -> Sent {
    match attempt(cx, seq).await {
        Ok(sent) => sent,
        Err(fault) => {
            tracing::error!(target: "mcx::fault", entity = %cx.profile().name, %fault);
            Sent::Later { cause: fault.cause(), is_partner: false }
        }
    }
}

/// What another process has written into the same lane before is told before, by whoever comes first: should both tell it, the
/// partner has it twice, which changes nothing.
async fn attempt(cx: &Cx<Acm>, seq: Seq) -> Result<Sent, Fault> {
    let Some(letter) = read(cx, seq).await? else { return Ok(Sent::Done) };
    while letter.is_ordered() {
        let first = cx.book().first_of(&letter.partner, &letter.lane).await?;
        let Some(earlier) = first.filter(|first| *first < seq) else { break };
        let sent = match read(cx, earlier).await? {
            Some(earlier_letter) => one(cx, earlier, &earlier_letter).await?,
            None => settle(cx, Changes::new().no_letter(earlier, &letter)).await?,
        };
        if let Sent::Later { .. } = sent {
            return Ok(sent);
        }
    }
    one(cx, seq, &letter).await
}

/// None where it has been told, or cannot be read: then it keeps nothing behind it.
async fn read(cx: &Cx<Acm>, seq: Seq) -> Result<Option<Letter>, Fault> {
    let Some(record) = cx.book().store().get(keys::letter(seq).as_bytes()).await? else { return Ok(None) };
    let letter = Letter::decode(&record.value);
    if letter.is_none() {
        cx.book().unreadable(&seq.to_string(), "a letter");
        cx.book().write(Changes::new().forgotten(keys::letter(seq))).await?.done();
    }
    Ok(letter)
}

async fn one(cx: &Cx<Acm>, seq: Seq, letter: &Letter) -> Result<Sent, Fault> {
    let cx = cx.for_flow(letter.case.request_id());
    if cx.partners().named(&letter.partner).is_none() {
        // It may become one again: a configuration is soon mended.
        return Ok(Sent::Later { cause: Cause::UnknownPartner, is_partner: true });
    }
    if is_request(letter.kept.name()) && has_ended(&cx, letter).await? {
        return settle(&cx, Changes::new().no_letter(seq, letter)).await;
    }
    match send(&cx, letter).await {
        Ok(()) => accepted(&cx, seq, letter).await,
        Err(Stop::Fault(fault)) => Err(fault),
        Err(stop) if is_final(letter.kept.name(), stop.cause()) || !letter.kept.is_readable() => {
            refused(&cx, seq, letter, stop.cause()).await
        }
        Err(stop) if stop.cause() == Cause::OwnServerAway && is_request(letter.kept.name()) => {
            unjudged(&cx, seq, letter).await
        }
        Err(stop) => Ok(Sent::Later { cause: stop.cause(), is_partner: is_partners(stop.cause()) }),
    }
}

/// The partner's server cannot judge a request, and so does not have it. What its initiator wants back goes there no more; what cannot
/// be judged for as long as a decision may take to be carried out, whatever else came between, is refused.
async fn unjudged(cx: &Cx<Acm>, seq: Seq, letter: &Letter) -> Result<Sent, Fault> {
    let seen = cx.book().case(&letter.case).await?;
    if seen.is_some_and(|(case, _)| case.is_withdrawing) {
        let end = (Stage::Withdrawn, Cause::RequestWithdrawn);
        ended::on_the_way(cx, &letter.case, (seq, letter), end).await?;
        return Ok(Sent::Done);
    }
    let millis_of = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (within, [_, longest]) = (millis_of(cx.config().carry_out_within), cx.config().retry);
    let now = millis(cx.world().clock.wall());
    let so_long = cx.outbox().unjudged_for((seq, letter), now, millis_of(longest).saturating_mul(2));
    if so_long >= within {
        return refused(cx, seq, letter, Cause::OwnServerAway).await;
    }
    if so_long.saturating_sub(letter.unjudged) >= within / PARTS {
        remember(cx, seq, so_long).await?;
    }
    Ok(Sent::Later { cause: Cause::OwnServerAway, is_partner: false })
}

/// In so many parts it is kept how long a request could not be judged: a process that begins anew has lost one of them at most.
const PARTS: u64 = 24;

/// Whoever tells it next, also after a restart, counts on from there; unless it has been told meanwhile.
async fn remember(cx: &Cx<Acm>, seq: Seq, so_long: u64) -> Result<(), Fault> {
    let key = keys::letter(seq);
    let Some(record) = cx.book().store().get(key.as_bytes()).await? else { return Ok(()) };
    let Some(letter) = Letter::decode(&record.value) else { return Ok(()) };
    let kept = Letter { unjudged: so_long.max(letter.unjudged), ..letter }.encode();
    cx.book().write(Changes::new().replaced(key, kept, Some(record.version))).await.map(drop)
}

/// Whether nothing can come of a request any more: its end is known.
async fn has_ended(cx: &Cx<Acm>, letter: &Letter) -> Result<bool, Fault> {
    Ok(cx.book().case(&letter.case).await?.is_some_and(|(case, _)| case.stage.is_end()))
}

/// Whether a repeat would be refused again: somebody has refused, and was not merely not there. What the partner has to know of a
/// request of its own is told until its server takes it or knows nothing of the request: a gateway that refuses, or an agreement that
/// was changed, would leave both sides with different ends.
fn is_final(name: &str, cause: Cause) -> bool {
    let may_end = is_request(name) || [WithdrawalRequest::NAME, AuditReceipt::NAME].contains(&name);
    match cause {
        Cause::UnmatchedReport | Cause::NoSuchRequest => true,
        _ => may_end && !cause.may_pass(),
    }
}

fn is_request(name: &str) -> bool {
    Kind::of(name).is_some_and(|kind| kind.request() == name)
}

/// Whether nothing else would get through either.
fn is_partners(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::UnknownPartner
            | Cause::PartnerUnreachable
            | Cause::ServerUnreachable
            | Cause::TimedOut
            | Cause::Overloaded
            | Cause::StoreUnavailable
            | Cause::NoSpace
    )
}

/// Whatever it holds, as the flow that it is.
async fn send(cx: &Cx<Acm>, letter: &Letter) -> Done<()> {
    match letter.kept.name() {
        GroupInformationProvisionRequest::NAME => tell::<GroupInformationProvisionRequest>(cx, letter).await,
        GroupInformationProvisionResponse::NAME => {
            tell::<GroupInformationProvisionResponse>(cx, letter).await
        }
        GroupMembershipUpdateRequest::NAME => tell::<GroupMembershipUpdateRequest>(cx, letter).await,
        GroupMembershipUpdateResponse::NAME => tell::<GroupMembershipUpdateResponse>(cx, letter).await,
        AddMigrationUsersRequest::NAME => tell::<AddMigrationUsersRequest>(cx, letter).await,
        AddMigrationUsersResponse::NAME => tell::<AddMigrationUsersResponse>(cx, letter).await,
        RemoveMigrationUsersRequest::NAME => tell::<RemoveMigrationUsersRequest>(cx, letter).await,
        RemoveMigrationUsersResponse::NAME => tell::<RemoveMigrationUsersResponse>(cx, letter).await,
        UserProfileUpdateRequest::NAME => tell::<UserProfileUpdateRequest>(cx, letter).await,
        UserProfileUpdateResponse::NAME => tell::<UserProfileUpdateResponse>(cx, letter).await,
        ProcessIndication::NAME => tell::<ProcessIndication>(cx, letter).await,
        WithdrawalRequest::NAME => tell::<WithdrawalRequest>(cx, letter).await,
        WithdrawalResponse::NAME => tell::<WithdrawalResponse>(cx, letter).await,
        AuditReceipt::NAME => tell::<AuditReceipt>(cx, letter).await,
        _ => Err(Cause::UnknownRequestType.into()),
    }
}

async fn tell<F: Flow>(cx: &Cx<Acm>, letter: &Letter) -> Done<()>
where
    Recall: Covers<F>,
{
    let flow: F = letter.kept.read()?;
    let partners = cx.partners();
    let partner = partners.named(&letter.partner).ok_or(Cause::UnknownPartner)?;
    if let Some(kind) = Kind::of(F::NAME) {
        let steps = steps_of(cx, kind);
        let step = if kind.request() == F::NAME { steps.forwarded } else { steps.returned };
        cx.step(steps.clause, step);
    }
    match cx.decide(Recall::of(&flow)) {
        Verdict::Allow(permit) => cx.tell(To::Partner(partner), &permit.release(flow)?).await,
        Verdict::Refuse(cause) => Err(cause.into()),
        Verdict::Defer(_) => Err(Cause::NotPermitted.into()),
    }
}

/// The partner's server has it.
async fn accepted(cx: &Cx<Acm>, seq: Seq, letter: &Letter) -> Result<Sent, Fault> {
    loop {
        let now = millis(cx.world().clock.wall());
        let changes = Changes::new().settled(seq, letter, now).happens("delivered");
        let seen = if is_request(letter.kept.name()) { cx.book().case(&letter.case).await? } else { None };
        let changes = match seen {
            Some((mut case, version)) if case.stage == Stage::Asked => {
                case.stage = Stage::Forwarded;
                changes.case(&case, Some(version), None)
            }
            _ => changes,
        };
        if let Written::Done(_) = cx.book().write(changes).await? {
            return Ok(Sent::Done);
        }
    }
}

/// The partner's server, or what lies between, refuses it for good. A request comes to nothing by that; whatever else it was, the
/// partner knows better.
async fn refused(cx: &Cx<Acm>, seq: Seq, letter: &Letter, cause: Cause) -> Result<Sent, Fault> {
    tracing::warn!(target: "mcx::acm", entity = %cx.profile().name, flow = cx.flow_id(), what = letter.kept.name(), %cause, "could not be told");
    if is_request(letter.kept.name()) {
        ended::on_the_way(cx, &letter.case, (seq, letter), (Stage::Refused, cause)).await?;
        return Ok(Sent::Done);
    }
    if letter.kept.name() == WithdrawalRequest::NAME {
        // Before the letter goes: a process that ends in between finds it again.
        withdrawal_stays(cx, &letter.case, None).await?;
        // What the partner's server has not, or has no more, can be answered by nobody.
        if cause == Cause::NoSuchRequest {
            let end = (Stage::Withdrawn, Cause::RequestWithdrawn);
            ended::on_the_way(cx, &letter.case, (seq, letter), end).await?;
        }
    }
    let now = millis(cx.world().clock.wall());
    settle(cx, Changes::new().settled(seq, letter, now).happens("undelivered")).await
}

/// What depends on nothing that others write.
async fn settle(cx: &Cx<Acm>, changes: Changes) -> Result<Sent, Fault> {
    match cx.book().write(changes).await? {
        Written::Done(_) | Written::Conflict => Ok(Sent::Done),
    }
}
