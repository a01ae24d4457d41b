//! What is in a flow about a migration: who, with which profile, and what came of it. TS 23.280 10.6.3.2

use std::fmt::Write as _;

use xml_schemas::{
    body::interconnection_info::McService,
    flow::{self, Carriage as _, Flow as _, Part},
    ids::McServiceId,
    migration::{
        MigrationEnded, MigrationServiceAuthorizationRequest, MigrationServiceAuthorizationResponse, Outcome,
        ProfileIndex, Publication, Refusal,
    },
};

/// Lines for a migration, or for the settings that a client publishes; none for anything else.
pub(super) fn summary(parts: &[Part<'_>]) -> String {
    match flow::name_of(parts) {
        Ok(MigrationServiceAuthorizationRequest::NAME) => asked(parts).or_else(|| published(parts)),
        Ok(MigrationServiceAuthorizationResponse::NAME) => answered(parts),
        Ok(MigrationEnded::NAME) => ended(parts),
        Ok(_) => None,
        Err(_) => published(parts),
    }
    .unwrap_or_default()
}

fn asked(parts: &[Part<'_>]) -> Option<String> {
    let flow = MigrationServiceAuthorizationRequest::join(parts).ok()?;
    Some(who(flow.service, &flow.primary, Some(&flow.partner)) + &with(flow.profile))
}

fn answered(parts: &[Part<'_>]) -> Option<String> {
    let flow = MigrationServiceAuthorizationResponse::join(parts).ok()?;
    let outcome = match &flow.outcome {
        Outcome::Success => "migrated\n".to_owned(),
        Outcome::Failure(refusal) => reason("refused", refusal),
    };
    Some(who(flow.service, &flow.primary, Some(&flow.partner)) + &outcome)
}

fn ended(parts: &[Part<'_>]) -> Option<String> {
    let flow = MigrationEnded::join(parts).ok()?;
    Some(who(flow.service, &flow.primary, Some(&flow.partner)) + &reason("ended", &flow.reason))
}

/// Never the token.
fn published(parts: &[Part<'_>]) -> Option<String> {
    let said = Publication::read(parts).ok()?;
    let migrates = said.migrates.as_ref();
    let who = migrates.map(|migrates| who(said.service, &migrates.primary, migrates.partner.as_ref()));
    Some(who.unwrap_or_default() + &said.profile.map(with).unwrap_or_default())
}

fn who(service: McService, primary: &McServiceId, partner: Option<&McServiceId>) -> String {
    let here = partner.map(|partner| format!(" is here {}", partner.as_str())).unwrap_or_default();
    let service = match service {
        McService::Mcptt => "mcptt",
        McService::McVideo => "mcvideo",
        McService::McData => "mcdata",
    };
    format!("{service}, {}{here}\n", primary.as_str())
}

fn with(profile: ProfileIndex) -> String {
    format!("user profile {}\n", profile.0)
}

fn reason(outcome: &str, refusal: &Refusal) -> String {
    let mut line = format!("{outcome},");
    if let Some(code) = refusal.code {
        let _ = write!(line, " {code}");
    }
    if let Some(text) = &refusal.text {
        let _ = write!(line, " {text}");
    }
    line + "\n"
}
