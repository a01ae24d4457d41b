//! What stands in the audit log of migrations: TS 22.280 [R-6.1-004], TS 33.180 clause 10. It follows from what is written, so that
//! nobody who writes can leave it out.

use audit::Entry;
use kit::{Cause, Cx, audit::ruled};
use xml_schemas::{
    ids::McServiceId,
    lexical::Lexical as _,
    migration::{Outcome, Refusal},
};

use super::Step;
use crate::{
    Mcs,
    migration::{
        Migrations, Stage,
        letter::What,
        policy::MayMigrate,
        record::{Mark, Visit},
    },
};

pub(super) fn of(cx: &Cx<Mcs>, steps: &[Step], by: Option<&str>) -> Vec<Entry> {
    let Some(migrations) = cx.migrations() else { return Vec::new() };
    let ends = Ends { by: by.unwrap_or(cx.profile().psi.as_str()), why: reason(steps) };
    steps.iter().flat_map(|step| entries(cx, migrations, step, &ends)).collect()
}

/// What is said of whatever ends.
struct Ends<'s> {
    /// By whose word.
    by: &'s str,
    why: Option<Cause>,
}

fn entries(cx: &Cx<Mcs>, migrations: &Migrations, step: &Step, ends: &Ends<'_>) -> Vec<Entry> {
    match step {
        Step::PutMark(mark) | Step::RestoreMark(mark) => {
            let known = migrations.mark(mark.service, &mark.primary);
            let is_restored = matches!(step, Step::RestoreMark(_));
            let new = if is_restored {
                Some(of_mark(cx, "migration.restored", cx.profile().psi.as_str(), mark))
            } else {
                put(cx, mark, known.as_ref())
            };
            let stay = [Some(mark), mark.former.as_deref()];
            over(cx, known.as_ref(), &stay, ends).into_iter().chain(new).collect()
        }
        Step::DropMark((service, primary)) => {
            over(cx, migrations.mark(*service, primary).as_ref(), &[], ends)
        }
        Step::PutVisit(visit) => {
            let known = migrations.visit(visit.service, &visit.partner);
            let was = known.filter(|known| known.primary == visit.primary).map(|known| known.stage);
            let entry = match (was, visit.stage) {
                (None | Some(Stage::Asking), Stage::Asking) | (_, Stage::Renewing) => Some(asked(cx, visit)),
                (was, Stage::Admitted) if was != Some(Stage::Admitted) => {
                    Some(of_visit(cx, "migration.visit.admitted", &visit.system, visit))
                }
                _ => None,
            };
            Vec::from_iter(entry)
        }
        Step::DropVisit((service, partner)) => {
            let Some(visit) = migrations.visit(*service, partner) else { return Vec::new() };
            let act = if visit.is_admitted() { "migration.visit.ended" } else { "migration.visit.refused" };
            vec![with(of_visit(cx, act, ends.by, &visit), ends.why)]
        }
        Step::Letter(..) | Step::NoLetter(_) => Vec::new(),
    }
}

/// A mark is new, or says something else than the one that is known.
fn put(cx: &Cx<Mcs>, mark: &Mark, known: Option<&Mark>) -> Option<Entry> {
    match known.filter(|known| known.is_of(&mark.system, &mark.partner)) {
        None => Some(marked(cx, mark)),
        Some(known) if known.profile != mark.profile => Some(marked(cx, mark)),
        Some(known) if known.is_confirmed != mark.is_confirmed => {
            Some(of_mark(cx, "migration.confirmed", &mark.system, mark))
        }
        Some(_) => None,
    }
}

/// Of the mark that is known, and of the one in whose place it was to come, those end that are in none of these any more.
fn over(cx: &Cx<Mcs>, known: Option<&Mark>, stay: &[Option<&Mark>], ends: &Ends<'_>) -> Vec<Entry> {
    let known = known.into_iter().flat_map(|known| [Some(known), known.former.as_deref()]).flatten();
    let stays = |mark: &Mark| stay.iter().flatten().any(|stay| stay.is_of(&mark.system, &mark.partner));
    let ended = known.filter(|mark| !stays(mark));
    ended.map(|mark| with(of_mark(cx, "migration.ended", ends.by, mark), ends.why)).collect()
}

/// Why something ends: what the other side, or the client, is told in the same commit.
fn reason(steps: &[Step]) -> Option<Cause> {
    let said = |refusal: &Refusal| refusal.code.and_then(Cause::from_code);
    steps.iter().find_map(|step| match step {
        Step::Letter(_, letter) => match &letter.what {
            What::Ended(ended) => said(&ended.reason),
            What::Answer(answer) => match &answer.outcome {
                Outcome::Failure(why) => said(why),
                Outcome::Success => None,
            },
            What::Changed(_) => None,
        },
        _ => None,
    })
}

fn with(entry: Entry, why: Option<Cause>) -> Entry {
    why.into_iter().fold(entry, |entry, cause| entry.with("cause", cause.name()))
}

/// Step 7, and the rule of step 6.
fn marked(cx: &Cx<Mcs>, mark: &Mark) -> Entry {
    let question = MayMigrate {
        system: mark.system.clone(),
        service: mark.service,
        primary: mark.primary.clone(),
        profile: mark.profile,
    };
    let ruling = kit::Policy::rule(&**cx, &question);
    ruled(of_mark(cx, "migration.marked", &mark.system, mark), &ruling)
}

/// Step 1; the rule of step 2 decides after it, and stands where it says no.
fn asked(cx: &Cx<Mcs>, visit: &Visit) -> Entry {
    of_visit(cx, "migration.visit.asked", visit.partner.as_str(), visit)
}

fn of_mark(cx: &Cx<Mcs>, act: &str, by: &str, mark: &Mark) -> Entry {
    let entry = users(cx, act, by, [&mark.primary, &mark.partner]).partner(&*mark.system);
    let entry = entry.with("service", mark.service.write()).with("profile", mark.profile.0.to_string());
    match &mark.request_id {
        Some(request_id) => entry.of(request_id.as_str()),
        None => entry,
    }
}

fn of_visit(cx: &Cx<Mcs>, act: &str, by: &str, visit: &Visit) -> Entry {
    let entry = users(cx, act, by, [&visit.primary, &visit.partner]).partner(&*visit.system);
    entry.with("service", visit.service.write()).of(visit.request_id.as_str())
}

fn users(cx: &Cx<Mcs>, act: &str, by: &str, of: [&McServiceId; 2]) -> Entry {
    of.into_iter().fold(cx.log().act(act, by), |entry, id| entry.on(id.as_str()))
}
