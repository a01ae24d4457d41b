//! A vector with holes that are used again, whose keys notice when what they named is gone.

use std::num::NonZeroU32;

/// Names one value; never another one that later takes its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    index: u32,
    generation: NonZeroU32,
}

/// Values by [`Key`], each put in, found and taken out in constant time.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    slots: Vec<Slot<T>>,
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
        Self { slots: Vec::new(), free: None, len: 0 }
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
        let slot = self.slots.get_mut(index as usize)?;
        if let Content::Empty { next } = slot.content {
            self.free = next;
        }
        slot.content = Content::Full(value);
        self.len += 1;
        Some(Key { index, generation: slot.generation })
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        match self.slots.get(key.index as usize)? {
            Slot { generation, content: Content::Full(value) } if *generation == key.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.slots.get_mut(key.index as usize)? {
            Slot { generation, content: Content::Full(value) } if *generation == key.generation => {
                Some(value)
            }
            _ => None,
        }
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        self.get(key)?;
        let slot = self.slots.get_mut(key.index as usize)?;
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
        let index = u32::try_from(self.slots.len()).ok()?;
        self.slots.push(Slot { generation: NonZeroU32::MIN, content: Content::Empty { next: None } });
        Some(index)
    }
}

#[cfg(test)]
mod tests;
