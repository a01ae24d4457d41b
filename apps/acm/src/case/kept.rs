//! A flow as it is kept: its bodies, as they travel.

use audit::Digest;
use serde::{Deserialize, Serialize};
use xml_schemas::{
    acm::{Request, Response},
    flow::{self, BadBody, Carriage, Flow, Part},
};

/// Octets that count as one request.
const BLOCK: usize = 4 * 1024;

/// In the place of a media type, where a digest is all that is kept.
const DIGEST: &str = "sha-256";

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

    /// Of how much room it takes, in parts of 4 KiB that have begun: so many requests it counts for.
    #[must_use]
    pub fn weight(&self) -> usize {
        Self::weight_of([self])
    }

    /// The same of several together.
    #[must_use]
    pub fn weight_of<'k>(kept: impl IntoIterator<Item = &'k Self>) -> usize {
        let bodies = kept.into_iter().flat_map(|each| &each.bodies);
        bodies.map(|(_, body)| body.len()).sum::<usize>().div_ceil(BLOCK).max(1)
    }

    /// What is left of it where nobody has to read it again: by this its repeat is known.
    #[must_use]
    pub fn digest(&self) -> Self {
        if self.is_digest() {
            return self.clone();
        }
        Self { name: self.name.clone(), bodies: vec![(DIGEST.to_owned(), self.sum().to_string())] }
    }

    /// Itself where it is short, its digest where it is long.
    #[must_use]
    pub fn brief(&self) -> Self {
        if self.weight() > 1 { self.digest() } else { self.clone() }
    }

    /// The digest of what it was: of all its bodies, one after the other.
    #[must_use]
    pub fn sum(&self) -> Digest {
        match self.bodies.as_slice() {
            [(media_type, sum)] if media_type == DIGEST => {
                Digest::read(sum).unwrap_or_else(|| Digest::of(b""))
            }
            bodies => Digest::of(&bodies.iter().flat_map(|(_, body)| body.bytes()).collect::<Vec<u8>>()),
        }
    }

    /// Whether no more is left than the digest.
    #[must_use]
    pub fn is_digest(&self) -> bool {
        matches!(self.bodies.as_slice(), [(media_type, _)] if media_type == DIGEST)
    }

    /// Whether that came again.
    #[must_use]
    pub fn is(&self, came: &Self) -> bool {
        if self.is_digest() { *self == came.digest() } else { self == came }
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
