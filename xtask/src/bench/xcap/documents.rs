//! The group documents that are asked for.

use std::fmt::Write as _;

/// Below the XCAP root: the tree of the administrator, who may everything.
pub const TREE: &str = "/org.openmobilealliance.groups/users/sip:admin@primary.example/";

/// The media type of a group document.
pub const MEDIA_TYPE: &str = "application/vnd.oma.poc.groups+xml";

/// The media type of an element (RFC 4825 clause 8.2.2).
pub const ELEMENT: &str = "application/xcap-el+xml";

/// Members of a group whose document has 2 kB.
pub const SMALL: usize = 10;

/// Members of a group whose document has 4 kB.
pub const MIDDLING: usize = 22;

/// Members of a group whose document has 59 kB.
pub const LARGE: usize = 336;

/// A group with so many members. Its identity has a number in it, which is `variable` for the load driver to replace.
pub fn group(stem: &str, variable: &str, members: usize) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<group xmlns=\"urn:oma:xml:poc:list-service\" xmlns:rl=\"urn:ietf:params:xml:ns:resource-lists\" xmlns:mcpttgi=\"urn:3gpp:ns:mcpttGroupInfo:1.0\">\n  <list-service uri=\"sip:{stem}{variable}@primary.example\">\n    <list>\n"
    );
    for number in 0..members {
        // A write to text cannot fail.
        let _ = writeln!(
            text,
            "      <entry uri=\"{}\">\n        <rl:display-name>Member {number}</rl:display-name>\n        <mcpttgi:user-priority>5</mcpttgi:user-priority>\n      </entry>",
            member(number)
        );
    }
    text.push_str("    </list>\n  </list-service>\n</group>\n");
    text
}

/// The path of one member's entry in the document of each connection.
pub fn element(stem: &str, number: usize) -> String {
    let member = member(number);
    format!("{TREE}{stem}{{c}}/~~/group/list-service/list/entry%5B@uri=%22{member}%22%5D")
}

/// The entry itself, with a name that is another one each time.
pub fn entry(number: usize) -> String {
    format!(
        "<entry uri=\"{}\"><rl:display-name>Member {{k}}</rl:display-name><mcpttgi:user-priority>5</mcpttgi:user-priority></entry>",
        member(number)
    )
}

fn member(number: usize) -> String {
    format!("sip:member{number}@primary.example")
}
