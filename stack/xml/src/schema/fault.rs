//! What is wrong with a document, by the rules of its schema.

use std::fmt;

use crate::Place;

/// One broken rule. Says where and which rule; never what the document held there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where: the element, or with `/@name` at the end of the path one of its attributes.
    pub place: Place,
    /// The rule as a phrase (`the value is too large or too long`).
    pub rule: &'static str,
    /// The validation rule's name in XML Schema Part 1 or 2 (`cvc-maxInclusive-valid`).
    pub constraint: &'static str,
}

impl Fault {
    pub(crate) fn new(place: Place, constraint: &'static str) -> Self {
        Self { place, rule: phrase(constraint), constraint }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, path } = &self.place;
        write!(f, "{line}:{column} {path}: {}", self.rule)
    }
}

impl std::error::Error for Fault {}

/// The first row whose text begins the constraint's name counts.
const PHRASES: [(&str, &str); 27] = [
    ("cvc-elt.1", "the element is not declared"),
    ("cvc-elt.2", "an abstract element stands where one that substitutes it must"),
    ("cvc-elt.3", "xsi:nil is not allowed here"),
    ("cvc-elt.4", "xsi:type does not name a type that fits here"),
    ("cvc-elt.5", "the element does not have its fixed value"),
    ("cvc-complex-type.2.1", "the element must be empty"),
    ("cvc-complex-type.2.2", "the element must hold a simple value"),
    ("cvc-complex-type.2.3", "text is not allowed here"),
    ("cvc-complex-type.2.4", "an element is missing, out of place, or too many"),
    ("cvc-complex-type.3", "an attribute is not allowed here"),
    ("cvc-complex-type.4", "a required attribute is missing"),
    ("cvc-complex-type.5", "an element has two identifiers"),
    ("cvc-attribute", "the attribute's value is not allowed"),
    ("cvc-au", "the attribute does not have its fixed value"),
    ("cvc-assess-attr", "the attribute is not declared"),
    ("cvc-enumeration-valid", "the value is not one of those allowed"),
    ("cvc-pattern-valid", "the value does not have the required form"),
    ("cvc-min", "the value is too small or too short"),
    ("cvc-max", "the value is too large or too long"),
    ("cvc-length-valid", "the value does not have the required length"),
    ("cvc-totalDigits-valid", "the value has too many digits"),
    ("cvc-fractionDigits-valid", "the value has too many digits"),
    ("cvc-datatype-valid", "the value is not of its type"),
    ("cvc-simple-type", "the value is not of its type"),
    ("cvc-type", "the content is not of its type"),
    ("cvc-id", "an identifier appears twice or is not there"),
    ("cvc-identity-constraint", "a key is missing or appears twice"),
];

fn phrase(constraint: &str) -> &'static str {
    let row = PHRASES.iter().find(|(beginning, _)| constraint.starts_with(beginning));
    row.map_or("the document does not fit its schema", |(_, phrase)| phrase)
}
