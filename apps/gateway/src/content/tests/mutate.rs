//! What a hostile writer makes of a valid body.

use std::ops::Range;

use proptest::prelude::*;

/// One change of one element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    InsertFirst(&'static str),
    InsertLast(&'static str),
    Cdata,
    Twice,
    Away,
    Around(&'static str, &'static str),
    Swap,
    Prefixed,
    Namespace(&'static str),
    Foreign,
    Named(&'static str),
}

const INSERTS: [&str; 14] = [
    "<x/>",
    "<q:x xmlns:q='urn:q'/>",
    "<q:x xmlns:q='urn:q'>sip:eve@z.example</q:x>",
    "<!-- c -->",
    "<?p i?>",
    "<![CDATA[sip:eve@z.example]]>",
    "sip:eve@z.example",
    "&#32;",
    "&#x73;",
    "<anyExt/>",
    "<mcsURI>sip:eve@z.example</mcsURI>",
    "<mcsString>sip:eve@z.example</mcsString>",
    "<mcpttString>sip:eve@z.example</mcpttString>",
    "<mcvideoString>sip:eve@z.example</mcvideoString>",
];

pub(super) fn change() -> impl Strategy<Value = Change> {
    let insert = || prop::sample::select(INSERTS.to_vec());
    let around = [
        ("<anyExt>", "</anyExt>"),
        ("<x>", "</x>"),
        ("<q:x xmlns:q='urn:q'>", "</q:x>"),
        ("<anyExt xmlns='urn:q'>", "</anyExt>"),
    ];
    let name = prop::sample::select(vec!["mcs-id", "mcsURI", "resp-type", "functional-alias-URI", "anyExt"]);
    prop_oneof![
        insert().prop_map(Change::InsertFirst),
        insert().prop_map(Change::InsertLast),
        Just(Change::Cdata),
        Just(Change::Twice),
        Just(Change::Away),
        prop::sample::select(around.to_vec()).prop_map(|(before, after)| Change::Around(before, after)),
        Just(Change::Swap),
        Just(Change::Prefixed),
        prop::sample::select(vec!["", "urn:q"]).prop_map(Change::Namespace),
        Just(Change::Foreign),
        name.prop_map(Change::Named),
    ]
}

/// The texts of an element's start tag, content and end tag, and its name; none of one without content.
fn tags(element: &str) -> Option<(&str, &str, &str, &str)> {
    let (open, close) = (element.find('>')? + 1, element.rfind("</")?);
    let name = element.get(1..open)?.split([' ', '>']).next()?;
    Some((element.get(..open)?, element.get(open..close)?, element.get(close..)?, name))
}

/// The element with the change, where it can be changed so.
fn changed(element: &str, namespace: &str, change: Change) -> Option<String> {
    let (start, inside, end, name) = tags(element)?;
    let renamed = |to: &str| format!("{}{inside}</{to}>", start.replacen(name, to, 1));
    Some(match change {
        Change::InsertFirst(what) => format!("{start}{what}{inside}{end}"),
        Change::InsertLast(what) => format!("{start}{inside}{what}{end}"),
        Change::Cdata if !inside.contains('<') => format!("{start}<![CDATA[{inside}]]>{end}"),
        Change::Twice => format!("{element}{element}"),
        Change::Away => String::new(),
        Change::Around(before, after) => format!("{before}{element}{after}"),
        Change::Swap if name.ends_with("URI") => renamed(&name.replace("URI", "String")),
        Change::Swap if name.ends_with("String") => renamed(&name.replace("String", "URI")),
        Change::Prefixed => {
            let to = format!("p:{name}");
            let start = start.replacen(name, &format!("{to} xmlns:p='{namespace}'"), 1);
            format!("{start}{inside}</{to}>")
        }
        Change::Namespace(other) => {
            format!("{}{inside}{end}", start.replacen(name, &format!("{name} xmlns='{other}'"), 1))
        }
        Change::Foreign => element.replace("x.example", "z.example"),
        Change::Named(to) => renamed(to),
        Change::Cdata | Change::Swap => return None,
    })
}

/// The ranges of all elements below the root.
fn ranges(element: xml::Element<'_>, found: &mut Vec<Range<usize>>) {
    for child in element.children() {
        found.push(child.range());
        ranges(child, found);
    }
}

/// The body with the changes that can be made, each of an element of what the changes before it have left.
pub(super) fn mutated(body: &str, namespace: &str, changes: &[(prop::sample::Index, Change)]) -> String {
    let mut text = body.to_owned();
    for (place, change) in changes {
        let mut found = Vec::new();
        let Ok(document) = xml::Document::parse(text.as_bytes(), &xml::Limits::default()) else { break };
        ranges(document.root(), &mut found);
        let Some(range) = (!found.is_empty()).then(|| place.get(&found).clone()) else { break };
        if let Some(element) = changed(&text[range.clone()], namespace, *change) {
            text.replace_range(range, &element);
        }
    }
    text
}
