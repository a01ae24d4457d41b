//! `Report` of `location-info`.

use xml::{Element, Malformed, Writer};

use super::{CurrentLocation, NS, OWN};
use crate::{
    body::{
        Kept,
        kept::{fields, once},
    },
    ids::{McServiceId, RequestId},
    lexical::{attribute_of, text_of},
};

/// Why a report is made (`ReportType`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReportType {
    /// The user is in an emergency.
    Emergency,
    /// The user is not.
    NonEmergency,
}

/// F.3 `tReportType`: where a user is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// `ReportType`.
    pub report_type: ReportType,
    /// `ReportID`: the request that is answered; absent in reports that a trigger caused.
    pub id: Option<RequestId>,
    /// `TriggerId`: which triggers caused it.
    pub triggers: Vec<String>,
    /// `mcptt-reporting-uri`: who reports.
    pub reporting: Option<McServiceId>,
    /// `CurrentLocation`.
    pub location: CurrentLocation,
    /// Every other child.
    pub kept: Kept,
}

impl Report {
    pub(super) fn read(element: Element<'_>) -> Result<Self, Malformed> {
        let report_type = match element.required_attribute("ReportType")? {
            "Emergency" => ReportType::Emergency,
            "NonEmergency" => ReportType::NonEmergency,
            _ => return Err(element.fault("attribute ReportType: neither Emergency nor NonEmergency")),
        };
        let id = attribute_of(element, "ReportID")?;
        let (mut triggers, mut reporting, mut location, mut kept) = (Vec::new(), None, None, Kept::default());
        for field in fields(element, NS) {
            match field.name(NS) {
                "TriggerId" => triggers.push(text_of(field.element)?),
                "mcptt-reporting-uri" => once(&mut reporting, field.element, text_of(field.element)?)?,
                "CurrentLocation" => {
                    once(&mut location, field.element, CurrentLocation::read(field.element)?)?
                }
                _ => kept.keep(field, OWN),
            }
        }
        let location =
            location.ok_or_else(|| element.fault("a required element is missing: CurrentLocation"))?;
        Ok(Self { report_type, id, triggers, reporting, location, kept })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        let report_type = match self.report_type {
            ReportType::Emergency => "Emergency",
            ReportType::NonEmergency => "NonEmergency",
        };
        let id = self.id.as_ref().map_or("", RequestId::as_str);
        let attributes = [("ReportType", report_type), ("ReportID", id)];
        let attributes = if self.id.is_some() { attributes.as_slice() } else { attributes.split_at(1).0 };
        w.element("Report", attributes, |w| {
            self.triggers.iter().for_each(|trigger| w.leaf("TriggerId", trigger));
            if let Some(reporting) = &self.reporting {
                w.leaf("mcptt-reporting-uri", reporting.as_str());
            }
            w.element("CurrentLocation", &[], |w| self.location.write(w));
            self.kept.write_end(w, OWN, None);
        });
    }
}
