//! The wire forms of a field that its Rust type does not tell: 0/1, number as text, JSON as text, one or many.
//! How they are read and written stands in `read` and `write`.

/// A set of forms. `JSON` and `MANY` speak of the whole value, the others of the values in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form(u8);

impl Form {
    pub const PLAIN: Self = Self(0);
    /// `true` is written `1`, `false` `0`.
    pub const BOOL01: Self = Self(1);
    /// A number is written as text.
    pub const TEXT: Self = Self(2);
    /// The value is JSON inside a string.
    pub const JSON: Self = Self(4);
    /// A list that may arrive as one bare object.
    pub const MANY: Self = Self(8);

    /// The forms among the flags of a field.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub const fn of(flags: u16) -> Self {
        Self((flags & 0b1111) as u8)
    }
    /// Its bits among the flags of a field.
    pub const fn flags(self) -> u16 {
        self.0 as u16
    }
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    /// The form of the value that is inside the string or the list.
    pub const fn inner(self) -> Self {
        Self(self.0 & (Self::BOOL01.0 | Self::TEXT.0))
    }
    pub const fn without_json(self) -> Self {
        Self(self.0 & !Self::JSON.0)
    }
}
