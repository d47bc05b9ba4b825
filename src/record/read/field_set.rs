//! Which fields of an object have been read.

/// A set of fields, by their positions in the object. Nearly all types have at most 64 fields: they need no memory of their own.
#[derive(Debug, Default)]
pub(super) struct FieldSet {
    first: u64,
    /// The ones from 64 on.
    others: Vec<u64>,
}

impl FieldSet {
    #[inline]
    pub(super) fn has(&self, index: usize) -> bool {
        let word = match index / 64 {
            0 => self.first,
            word => self.others.get(word - 1).copied().unwrap_or_default(),
        };
        word & (1 << (index % 64)) != 0
    }

    #[inline]
    pub(super) fn insert(&mut self, index: usize) {
        *self.word(index) |= 1 << (index % 64);
    }

    #[inline]
    pub(super) fn remove(&mut self, index: usize) {
        *self.word(index) &= !(1 << (index % 64));
    }

    #[inline]
    fn word(&mut self, index: usize) -> &mut u64 {
        match index / 64 {
            0 => &mut self.first,
            word => self.other(word - 1),
        }
    }

    #[cold]
    fn other(&mut self, word: usize) -> &mut u64 {
        if self.others.len() <= word {
            self.others.resize(word + 1, 0);
        }
        &mut self.others[word]
    }
}
