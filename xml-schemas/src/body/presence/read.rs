//! Reading a `presence` document.

use xml::{Element, Malformed};

use super::{AliasStatus, Presence, Scope, Standing, Tuple};
use crate::{
    body::kept::once,
    lexical::{Lexical, attribute_of, text_of},
    mime::namespace::{FUNCTIONAL_ALIAS, MCPTT_PRESENCE, PIDF},
};

pub(super) fn presence(root: Element<'_>) -> Result<Presence, Malformed> {
    let entity = root.required_attribute("entity")?.to_owned();
    let scope = own(root, "scope")?.unwrap_or_default();
    let mut presence = Presence { entity, scope, ..Presence::default() };
    for child in root.children() {
        if child.is(PIDF, "tuple") {
            presence.tuples.push(tuple(child)?);
        } else if child.is(MCPTT_PRESENCE, "p-id-fa") {
            once(&mut presence.p_id, child, text_of(child)?)?;
        } else {
            presence.kept.push(child.to_raw());
        }
    }
    Ok(presence)
}

fn tuple(element: Element<'_>) -> Result<Tuple, Malformed> {
    let id = element.required_attribute("id")?.to_owned();
    let mut tuple = Tuple { id, ..Tuple::default() };
    let status = element.required(PIDF, "status")?;
    // Two readers may each take another of two.
    if let Some(second) = element.children().filter(|child| child.is(PIDF, "status")).nth(1) {
        return Err(second.fault("an element is there twice: status"));
    }
    for child in status.children() {
        if child.is(MCPTT_PRESENCE, "functionalAlias") {
            tuple.aliases.push(alias(child)?);
        } else {
            tuple.kept.push(child.to_raw());
        }
    }
    Ok(tuple)
}

fn alias(element: Element<'_>) -> Result<AliasStatus, Malformed> {
    let alias = attribute_of(element, "functionalAliasID")?;
    let alias = alias.ok_or_else(|| element.fault("a required attribute is missing: functionalAliasID"))?;
    Ok(AliasStatus {
        user: attribute_of(element, "user")?,
        status: attribute_of::<Standing>(element, "status")?,
        expires: attribute_of(element, "expires")?,
        since: own(element, "since")?,
        client: own(element, "client")?,
        takes_over: own(element, "take-over")?.unwrap_or_default(),
        ..AliasStatus::of(alias)
    })
}

/// An attribute of the provisional namespace.
fn own<T: Lexical>(element: Element<'_>, name: &str) -> Result<Option<T>, Malformed> {
    let is_it = |(namespace, local, _): &(&str, &str, &str)| *namespace == FUNCTIONAL_ALIAS && *local == name;
    let value = element.attributes().find(is_it).map(|(_, _, value)| T::read(value.trim()));
    value.transpose().map_err(|rule| element.fault(format!("attribute {name}: {rule}")))
}

impl Lexical for Scope {
    fn read(text: &str) -> Result<Self, std::borrow::Cow<'static, str>> {
        match text {
            "whole" => Ok(Self::Whole),
            "changes" => Ok(Self::Changes),
            _ => Err("neither whole nor changes".into()),
        }
    }

    fn write(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Whole => "whole".into(),
            Self::Changes => "changes".into(),
        }
    }
}
