//! What is more than one NOTIFY holds: it is told by several, one after the other.

use bytes::Bytes;
use xcap::diff::{Change, Content, DocumentChange, XcapDiff};
use xml::Limits;

use crate::{
    refusal::{Cause, Refusal},
    stop::Done,
};

/// Octets of one body: subscribers read no document of more than 256 KiB ([`xml::Limits`]), and those of others may read less.
pub(super) const MOST: usize = 192 << 10;

/// Changes in one body, each of which is an element or more: subscribers read no more nodes than 20,000.
const CHANGES: usize = 5_000;

/// What is told of one resource, all of it or nothing.
pub(super) struct Piece {
    /// By which the resource is known here.
    name: String,
    changes: Vec<Change>,
}

/// What one NOTIFY tells.
pub(super) struct Part {
    pub(super) bytes: Bytes,
    /// Of which resources it tells nothing, though there is something to tell.
    pub(super) rest: Vec<String>,
}

impl Piece {
    /// None where nothing is told of it.
    pub(super) fn of_document(name: String, changes: Vec<DocumentChange>) -> Option<Self> {
        let changes: Vec<Change> = changes.into_iter().map(Change::Document).collect();
        (!changes.is_empty()).then_some(Self { name, changes })
    }

    pub(super) fn of_node(change: Change) -> Self {
        let name = match &change {
            Change::Document(document) => document.sel.clone(),
            Change::Element(node) => node.sel.clone(),
            Change::Attribute(node) => node.sel.clone(),
        };
        Self { name, changes: vec![change] }
    }

    /// The same without patches: the entity tags from before the first change until after the last, which RFC 5874 3.2 knows in every
    /// mode. None where it is not of a document.
    fn untold(&self) -> Option<Self> {
        let (Change::Document(first), Change::Document(last)) = (self.changes.first()?, self.changes.last()?)
        else {
            return None;
        };
        let (sel, content) = (first.sel.clone(), Content::Untold);
        let (previous, new) = (first.previous.clone(), last.new.clone());
        let change = Change::Document(DocumentChange { sel, previous, new, content });
        Some(Self { name: self.name.clone(), changes: vec![change] })
    }
}

/// As much as one NOTIFY holds, in the order in which it is given; all of it where that fits.
///
/// # Errors
/// [`Cause::TooLarge`] where what there is of one node is more than that.
pub(super) fn first(root: &str, pieces: Vec<Piece>) -> Done<Part> {
    let bytes = written(root, &pieces);
    if is_readable(&pieces, &bytes) {
        return Ok(Part { bytes, rest: Vec::new() });
    }
    let around = written(root, &[]).len();
    let mut fitting = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let (piece, octets) = fit(root, piece)?;
        fitting.push((piece, octets.saturating_sub(around)));
    }
    let (mut octets, mut changes) = (around, 0);
    let fits = |(piece, size): &&(Piece, usize)| {
        (octets, changes) = (octets + size, changes + piece.changes.len());
        octets <= MOST && changes <= CHANGES
    };
    let mut count = fitting.iter().take_while(fits).count();
    let mut told: Vec<Piece> = fitting.into_iter().map(|(piece, _)| piece).collect();
    let mut rest = Vec::new();
    loop {
        let put_off = told.split_off(count.max(1).min(told.len()));
        rest.splice(0..0, put_off.into_iter().map(|piece| piece.name));
        let bytes = written(root, &told);
        if told.len() <= 1 || is_readable(&told, &bytes) {
            return Ok(Part { bytes, rest });
        }
        // Each can be read, and all of them have too many nodes, or names of namespaces.
        count = told.len() / 2;
    }
}

/// Without its patches where it does not fit with them; and its octets, with those around it.
fn fit(root: &str, piece: Piece) -> Done<(Piece, usize)> {
    let alone = [piece];
    let bytes = written(root, &alone);
    if is_readable(&alone, &bytes) {
        let [piece] = alone;
        return Ok((piece, bytes.len()));
    }
    let untold = alone.iter().find_map(Piece::untold).map(|untold| [untold]);
    let untold = untold.map(|untold| (written(root, &untold), untold));
    match untold {
        Some((bytes, [piece])) if bytes.len() <= MOST => Ok((piece, bytes.len())),
        _ => Err(Refusal::at(Cause::TooLarge, "nodes").into()),
    }
}

/// Whether a subscriber can read it, as we do. Tags alone are what they are: only patches and nodes have to be looked at.
fn is_readable(pieces: &[Piece], bytes: &Bytes) -> bool {
    let changes = || pieces.iter().flat_map(|piece| &piece.changes);
    let is_plain =
        |change: &Change| matches!(change, Change::Document(DocumentChange { content: Content::Untold, .. }));
    let is_small = bytes.len() <= MOST && changes().count() <= CHANGES;
    is_small && (changes().all(is_plain) || XcapDiff::read(bytes, &Limits::default()).is_ok())
}

fn written(root: &str, pieces: &[Piece]) -> Bytes {
    let changes = pieces.iter().flat_map(|piece| &piece.changes).cloned().collect();
    Bytes::from(XcapDiff { root: root.to_owned(), changes }.write())
}
