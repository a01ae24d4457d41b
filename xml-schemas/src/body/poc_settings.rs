//! `poc-settings`: how a client wants to be served, and under which of its user's profiles. RFC 4354; TS 24.379 7.2.2, 7.3.3 ·
//! media type [`crate::mime::POC_SETTINGS`]

use xml::{Element, Malformed, Raw, Writer};

use super::{Body, kept::once, migration_elements, open};
use crate::{
    lexical::Lexical as _,
    migration::ProfileIndex,
    mime::{
        self,
        namespace::{MCS_SETTINGS, POC_SETTINGS as NS},
    },
};

/// A `poc-settings` document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PocSettings {
    /// Each `entity`, at least one.
    pub entities: Vec<Settings>,
    /// Children of other names.
    pub kept: Vec<Raw>,
}

/// One `entity`: the settings of one client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// `id`: the MC service client ID.
    pub id: String,
    /// `mcs10Set:selected-user-profile-index`: which of the user's profiles.
    pub profile: Option<ProfileIndex>,
    /// Every other child, `am-settings` among them.
    pub kept: Vec<Raw>,
}

impl PocSettings {
    /// The settings of one client.
    #[must_use]
    pub fn of_client(id: impl Into<String>, profile: Option<ProfileIndex>) -> Self {
        Self { entities: vec![Settings { id: id.into(), profile, kept: Vec::new() }], kept: Vec::new() }
    }
}

impl Body for PocSettings {
    const MEDIA_TYPE: &'static str = mime::POC_SETTINGS;

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let document = open(bytes, NS, "poc-settings")?;
        let mut settings = Self::default();
        for child in document.root().children() {
            if child.is(NS, "entity") {
                settings.entities.push(Settings::read(child)?);
            } else {
                settings.kept.push(child.to_raw());
            }
        }
        if settings.entities.is_empty() {
            return Err(document.root().fault("a required element is missing: entity"));
        }
        Ok(settings)
    }

    fn write(&self) -> Vec<u8> {
        Writer::document("poc-settings", NS, &[("xmlns:mcs10Set", MCS_SETTINGS)], |w| {
            self.entities.iter().for_each(|entity| entity.write(w));
            self.kept.iter().for_each(|raw| w.raw(raw));
        })
    }
}

impl Settings {
    fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let id = element.required_attribute("id")?;
        let (mut profile, mut kept) = (None, Vec::new());
        for child in element.children() {
            if child.is(MCS_SETTINGS, "selected-user-profile-index") {
                once(&mut profile, child, migration_elements::profile(MCS_SETTINGS, child)?)?;
            } else {
                kept.push(child.to_raw());
            }
        }
        Ok(Self { id: id.to_owned(), profile, kept })
    }

    fn write(&self, w: &mut Writer) {
        w.element("entity", &[("id", &self.id)], |w| {
            self.kept.iter().for_each(|raw| w.raw(raw));
            if let Some(profile) = &self.profile {
                w.element("mcs10Set:selected-user-profile-index", &[], |w| {
                    w.leaf("mcs10Set:user-profile-index", &profile.write());
                });
            }
        });
    }
}
