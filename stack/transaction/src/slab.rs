//! Places that are used again, whose keys notice when what they named is gone.
//!
//! They stand in pages of a fixed size, so that growing never moves what is there: to copy one vector of them would hold
//! a shard with tens of thousands of transactions up for as many microseconds.

use std::num::NonZeroU32;

/// Names one value; never another one that later takes its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    index: u32,
    generation: NonZeroU32,
}

/// Slots of one page.
const PAGE: usize = 256;

/// Values by [`Key`], each put in, found and taken out in constant time.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    /// All but the last are full of slots.
    pages: Vec<Vec<Slot<T>>>,
    /// The first of a chain of empty slots.
    free: Option<u32>,
    len: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: NonZeroU32,
    content: Content<T>,
}

#[derive(Debug)]
enum Content<T> {
    Full(T),
    Empty { next: Option<u32> },
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { pages: Vec::new(), free: None, len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// None when all 2^32 slots are full.
    pub(crate) fn insert(&mut self, value: T) -> Option<Key> {
        let index = match self.free {
            Some(index) => index,
            None => self.grow()?,
        };
        let slot = slot_mut(&mut self.pages, index)?;
        if let Content::Empty { next } = slot.content {
            self.free = next;
        }
        slot.content = Content::Full(value);
        self.len += 1;
        Some(Key { index, generation: slot.generation })
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        match slot(&self.pages, key.index)? {
            Slot { generation, content: Content::Full(value) } if *generation == key.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match slot_mut(&mut self.pages, key.index)? {
            Slot { generation, content: Content::Full(value) } if *generation == key.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        self.get(key)?;
        let slot = slot_mut(&mut self.pages, key.index)?;
        slot.generation = slot.generation.checked_add(1).unwrap_or(NonZeroU32::MIN);
        let Content::Full(value) = std::mem::replace(&mut slot.content, Content::Empty { next: self.free })
        else {
            return None;
        };
        self.free = Some(key.index);
        self.len -= 1;
        Some(value)
    }

    fn grow(&mut self) -> Option<u32> {
        if self.pages.last().is_none_or(|page| page.len() == PAGE) {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        let before = (self.pages.len() - 1) * PAGE;
        let page = self.pages.last_mut()?;
        let index = u32::try_from(before + page.len()).ok()?;
        page.push(Slot { generation: NonZeroU32::MIN, content: Content::Empty { next: None } });
        Some(index)
    }
}

fn slot<T>(pages: &[Vec<Slot<T>>], index: u32) -> Option<&Slot<T>> {
    let index = index as usize;
    pages.get(index / PAGE)?.get(index % PAGE)
}

fn slot_mut<T>(pages: &mut [Vec<Slot<T>>], index: u32) -> Option<&mut Slot<T>> {
    let index = index as usize;
    pages.get_mut(index / PAGE)?.get_mut(index % PAGE)
}

#[cfg(test)]
mod tests;
