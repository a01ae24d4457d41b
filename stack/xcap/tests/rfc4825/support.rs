//! A server of one document, without a store.

use xcap::{
    Answer, Body, Check, Commit, Conditions, Current, Documents, Etag, EtagList, Method, Outcome, Request,
    Root, Rules, Target, Usage, Usages, XcapError, decide, usages,
};
use xml::{
    Document, Limits, Place,
    path::Name,
    schema::{Validator, Verdict},
};

pub const LISTS: &str = "/xcap/resource-lists/users/sip:bill@example.com/index";

/// The document of RFC 4825's examples of lists.
pub const FRIENDS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
 <list name="friends">
  <entry uri="sip:nancy@example.com"/>
  <entry uri="sip:joe@example.com"><display-name>Joe</display-name></entry>
 </list>
</resource-lists>
"#;

/// Refuses documents that hold an element `invalid`.
pub struct NoInvalid;

impl Validator for NoInvalid {
    fn validate(&self, document: &Document<'_>) -> Verdict {
        let bad = |text: &str| text.contains("<invalid");
        if !bad(document.text()) {
            return Ok(());
        }
        let place = Place { line: 3, column: 1, path: "/resource-lists/invalid".to_owned() };
        Err(vec![xml::schema::Fault { place, rule: "the element is not declared", constraint: "cvc-elt.1" }])
    }
}

pub fn served() -> Usages {
    let test = Usage {
        users: Some(Documents::named(&["*"])),
        global: Some(Documents::named(&["index"])),
        checks: vec![Check::UniqueInDocument {
            element: Name::new("test-app", "key"),
            attribute: "id".to_owned(),
        }],
        ..Usage::new("test-app", "application/test-app+xml", "test-app")
    };
    usages::built_in().with(test)
}

/// One document and what has been made of it.
pub struct Server {
    pub usages: Usages,
    pub root: Root,
    pub limits: Limits,
    pub current: Option<Current>,
    version: u32,
}

/// What a request came to.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub etag: Option<String>,
    pub media_type: String,
    pub body: String,
    pub allow: Option<&'static str>,
    pub error: Option<XcapError>,
}

impl Told {
    pub fn error_name(&self) -> &'static str {
        self.error.as_ref().map_or("", XcapError::name)
    }
}

impl Server {
    pub fn new() -> Self {
        let root = Root::new("https://xcap.example.com/xcap").unwrap();
        Self { usages: served(), root, limits: Limits::default(), current: None, version: 0 }
    }

    pub fn with(text: &str) -> Self {
        let mut server = Self::new();
        server.keep(text);
        server
    }

    fn keep(&mut self, text: &str) {
        self.version += 1;
        self.current = Some(
            Current::read(text.as_bytes(), Etag::new(&format!("v{}", self.version))).expect("a document"),
        );
    }

    pub fn text(&self) -> &str {
        self.current.as_ref().map_or("", Current::text)
    }

    pub fn target(&self, uri: &str) -> Target {
        Target::parse(uri, &self.root, &self.usages).unwrap_or_else(|bad| panic!("{uri}: {bad}"))
    }

    pub fn get(&mut self, uri: &str) -> Told {
        self.send("GET", uri, None, &[], b"")
    }

    pub fn delete(&mut self, uri: &str) -> Told {
        self.send("DELETE", uri, None, &[], b"")
    }

    /// With the media type that the target asks for.
    pub fn put(&mut self, uri: &str, body: &str) -> Told {
        self.put_if(uri, &[], body)
    }

    pub fn put_if(&mut self, uri: &str, conditions: &[(&str, &str)], body: &str) -> Told {
        let target = self.target(uri);
        let of_usage = self.usages.get(&target.auid).unwrap().media_type.clone();
        let media_type = match &target.node {
            None => of_usage,
            Some(node) if node.path.terminal.is_some() => xcap::ATTRIBUTE.to_owned(),
            Some(_) => xcap::ELEMENT.to_owned(),
        };
        self.send("PUT", uri, Some(&media_type), conditions, body.as_bytes())
    }

    pub fn send(
        &mut self,
        method: &str,
        uri: &str,
        content_type: Option<&str>,
        conditions: &[(&str, &str)],
        body: &[u8],
    ) -> Told {
        let target = self.target(uri);
        let list =
            |name: &str| conditions.iter().find(|(n, _)| *n == name).map(|(_, value)| EtagList::parse(value));
        let conditions = Conditions { if_match: list("If-Match"), if_none_match: list("If-None-Match") };
        let request =
            Request { method: Method::new(method), target: &target, content_type, conditions, body };
        let usage = self.usages.get(&target.auid).unwrap();
        let schema = usage.schema.as_ref().map(|_| &NoInvalid as &dyn Validator);
        let rules = Rules { usage, schema, root: &self.root, limits: &self.limits };
        match decide(&rules, &request, self.current.as_ref()) {
            Outcome::Answer(answer) => told(answer),
            Outcome::Commit(commit) => {
                let status = commit.status();
                match commit {
                    Commit::Put { text, .. } => self.keep(&text),
                    Commit::Delete => self.current = None,
                }
                told(Answer {
                    etag: self.current.as_ref().map(|current| current.etag().clone()),
                    ..Answer::status(status)
                })
            }
        }
    }
}

fn told(answer: Answer) -> Told {
    let error = match &answer.body {
        Body::Error(error) => Some((**error).clone()),
        _ => None,
    };
    let (status, allow, etag) = (answer.status, answer.allow, answer.etag.map(|etag| etag.to_string()));
    let (media_type, bytes) = answer.body.into_parts().unwrap_or_default();
    Told { status, etag, media_type, body: String::from_utf8(bytes.to_vec()).unwrap(), allow, error }
}

impl Server {
    pub fn etag_is(&self, tag: &str) -> bool {
        self.current.as_ref().is_some_and(|current| current.etag().as_str() == tag)
    }
}
