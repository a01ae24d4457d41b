//! The information document of an MC service (`mcptt-info`, `mcvideo-info`): who calls, and of a migrating user which flow it is
//! and who he is in both systems. TS 24.379 F.1, TS 24.281 F.1; TS 23.280 10.6.3.3 steps 4, 5, 9 and 10
//!
//! These identities are what a border routes on and answers for, so they stand in clear between systems.

use kit::refusal::{Cause, Refusal};
use smallvec::SmallVec;
use xml_schemas::{
    mime::{self, kind},
    names,
};

use super::{ENCRYPTED, Part, Sense, Text, leaves};

/// What an information document says.
#[derive(Clone, Default, Debug)]
pub(crate) struct Info<'m> {
    /// `mcptt-calling-user-id` and its twins.
    pub callers: SmallVec<[Text<'m>; 2]>,
    request: Option<Text<'m>>,
    response: Option<Text<'m>>,
    partner: Option<Text<'m>>,
    primary: Option<Text<'m>>,
    /// An element that may occur once occurred twice.
    is_repeated: bool,
    is_encrypted: bool,
}

/// A message about the migration of a user.
#[derive(Clone, Debug)]
pub(crate) struct Migrant<'m> {
    pub sense: Sense,
    /// The value of `req-type` or `resp-type`.
    pub flow: Text<'m>,
    /// The MC service ID that the partner system gave.
    pub partner: Text<'m>,
    /// The MC service ID in the primary system.
    pub primary: Text<'m>,
}

/// Which of the two IDs is of the sending system.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    Partner,
    Primary,
    /// Either, but not both.
    One,
}

/// Whether a body is an information document.
pub(super) fn is_info(part: &Part<'_>) -> bool {
    part.is(mime::MCPTT_INFO) || part.is(mime::MCVIDEO_INFO)
}

impl<'m> Info<'m> {
    /// Reads the information documents of a message.
    ///
    /// # Errors
    /// [`Cause::MalformedBody`] where one has no single reading; [`Cause::EncryptedBody`] where what a border has to know is
    /// hidden from it.
    pub fn read(parts: &[Part<'m>]) -> Result<Self, Refusal> {
        let mut whole = Self::default();
        for part in parts.iter().filter(|part| is_info(part)) {
            let (info, _) = leaves(part.body, Self::note)?;
            if info.is_encrypted {
                return Err(Cause::EncryptedBody.into());
            }
            let ids = info.partner.is_some() || info.primary.is_some();
            let says = info.request.is_some() || info.response.is_some() || ids;
            if info.is_repeated || (says && (whole.request.is_some() || whole.response.is_some())) {
                return Err(Refusal::at(Cause::MalformedBody, "information document"));
            }
            let callers = std::mem::take(&mut whole.callers);
            whole = if says { info } else { Self { callers: info.callers, ..whole } };
            whole.callers.extend(callers);
        }
        Ok(whole)
    }

    fn note(&mut self, path: &[&str], text: Text<'m>) {
        let [.., element, child] = path else { return };
        let is_value = names::is_value(child);
        let place = match *element {
            "mcptt-calling-user-id" | "mcvideo-calling-user-id" if is_value => {
                return self.callers.push(text);
            }
            "req-type" => &mut self.request,
            "resp-type" => &mut self.response,
            "partner-mcptt-id" | "partner-mcvideo-id" => &mut self.partner,
            "primary-mcptt-id" | "primary-mcvideo-id" => &mut self.primary,
            "mcptt-calling-user-id" | "mcvideo-calling-user-id" => {
                self.is_encrypted |= *child == ENCRYPTED;
                return;
            }
            _ => return,
        };
        if *child == ENCRYPTED {
            self.is_encrypted = true;
        } else if is_value {
            self.is_repeated |= place.replace(text).is_some();
        }
    }

    /// What it says of a migration; none where it is about something else, of which it names no flow.
    ///
    /// # Errors
    /// [`Cause::MalformedBody`] where it asks and answers at once, or does not say of whom.
    pub fn migrant(&self) -> Result<Option<Migrant<'m>>, Refusal> {
        let (sense, flow) = match (&self.request, &self.response) {
            (None, None) => return Ok(None),
            (Some(flow), None) => (Sense::Request, flow.clone()),
            (None, Some(flow)) => (Sense::Response, flow.clone()),
            (Some(_), Some(_)) => return Err(Refusal::at(Cause::MalformedBody, "req-type and resp-type")),
        };
        let missing = |element| move || Refusal::at(Cause::MalformedBody, element);
        if !is_migration(&flow) {
            // A flow of others, which is relayed as far as it is agreed.
            let nobody = Text::Borrowed("");
            return Ok(Some(Migrant { sense, flow, partner: nobody.clone(), primary: nobody }));
        }
        let partner = self.partner.clone().ok_or_else(missing("partner-mcptt-id or partner-mcvideo-id"))?;
        let primary = self.primary.clone().ok_or_else(missing("primary-mcptt-id or primary-mcvideo-id"))?;
        Ok(Some(Migrant { sense, flow, partner, primary }))
    }
}

#[cfg(test)]
impl<'m> Info<'m> {
    /// All that it reads of flows and identities.
    pub(super) fn texts(self) -> impl Iterator<Item = Text<'m>> {
        let once = [self.request, self.response, self.partner, self.primary];
        once.into_iter().flatten().chain(self.callers)
    }
}

/// Whether a flow is about a migration.
pub(super) fn is_migration(flow: &str) -> bool {
    crate::agreement::MIGRATION.contains(&flow)
}

impl Migrant<'_> {
    /// Whether it is about a migration, and not a flow of others.
    pub fn is_ours(&self) -> bool {
        is_migration(&self.flow)
    }

    /// Both IDs; one of them is a user of ours.
    pub fn ids(&self) -> [&str; 2] {
        [&self.primary, &self.partner]
    }

    /// Which of the two IDs is of the sending system: the partner system asks, the primary answers; either may tell or ask what
    /// has become of it.
    pub fn speaks(&self) -> Speaks {
        match &*self.flow {
            kind::MIGRATION_REQUEST => Speaks::Partner,
            kind::MIGRATION_RESPONSE => Speaks::Primary,
            _ => Speaks::One,
        }
    }
}
