//! A flow as it is kept: its bodies, as they travel.

use serde::{Deserialize, Serialize};
use xml_schemas::{
    acm::{Request, Response},
    flow::{self, BadBody, Carriage, Flow, Part},
};

/// The bodies of a flow, without the token that a client's message may have held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The flow's name.
    #[serde(rename = "n")]
    name: String,
    /// Media types and bodies.
    #[serde(rename = "b")]
    bodies: Vec<(String, String)>,
}

impl Kept {
    /// A flow.
    #[must_use]
    pub fn of<F: Flow>(flow: &F) -> Self {
        Self::parts_of(F::NAME, flow.split())
    }

    /// Any request.
    #[must_use]
    pub fn request(request: &Request) -> Self {
        Self::parts_of(request.kind().request(), request.split())
    }

    /// Any response.
    #[must_use]
    pub fn response(response: &Response) -> Self {
        Self::parts_of(response.kind().response(), response.split())
    }

    fn parts_of(name: &str, parts: Vec<Part<'_>>) -> Self {
        let text = |part: Part<'_>| {
            (part.content_type.to_owned(), String::from_utf8_lossy(&part.bytes).into_owned())
        };
        Self { name: name.to_owned(), bodies: parts.into_iter().map(text).collect() }
    }

    /// The flow's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bodies.
    #[must_use]
    pub fn parts(&self) -> Vec<Part<'_>> {
        self.bodies.iter().map(|(media_type, body)| Part::borrowed(media_type, body.as_bytes())).collect()
    }

    /// Whether it is a flow at all.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        flow::name_of(&self.parts()).is_ok()
    }

    /// The flow again.
    ///
    /// # Errors
    /// [`BadBody`] where it is another flow's, or of a version of this program that wrote it otherwise.
    pub fn read<F: Carriage>(&self) -> Result<F, BadBody> {
        F::join(&self.parts())
    }

    /// Whichever request it is.
    ///
    /// # Errors
    /// As [`Kept::read`].
    pub fn as_request(&self) -> Result<Request, BadBody> {
        Request::read(&self.parts())
    }

    /// Whichever response it is.
    ///
    /// # Errors
    /// As [`Kept::read`].
    pub fn as_response(&self) -> Result<Response, BadBody> {
        Response::read(&self.parts())
    }
}
