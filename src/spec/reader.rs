//! Reads the model from the bytes that `writer.rs` made of it, into the same types.
//!
//! The bytes are read by the build that wrote them, so they have no version; a mismatch is still told, not guessed at.
//! Tests start the sandbox without optimisation, so loops are written out where iterators would be slow.

use super::id;
use super::model::{
    Account, Area, At, Auth, Const, Endpoint, EnumValue, Envelope, ErrorCode, Event, Example,
    ExampleDownload, Field, FieldErrors, Host, Id, Limits, Method, Object, OpenEnum, Origin, Paging,
    PagingCursor, PagingNext, PagingNumber, Pushed, Required, Response, Returns, Span, Spec, Type, Union,
    Variant,
};
use super::serial::for_each_part;

/// The spec that was written, or `None` where these are not the bytes of one.
pub fn read(bytes: &[u8]) -> Option<Spec> {
    let mut from = Reader(bytes);
    let spec = Spec::read(&mut from)?;
    from.0.is_empty().then_some(spec)
}

/// What is not read yet.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        let [first, rest @ ..] = self.0 else { return None };
        self.0 = rest;
        Some(*first)
    }
}

/// A part of the model that can be read.
trait Read: Sized {
    fn read(from: &mut Reader) -> Option<Self>;
}

/// Seven bits a byte, the lowest first.
impl Read for u64 {
    fn read(from: &mut Reader) -> Option<Self> {
        let mut byte = from.byte()?;
        let mut value = u64::from(byte & 0x7f);
        let mut shift = 7;
        while byte >= 0x80 {
            byte = from.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
        }
        Some(value)
    }
}

impl Read for i64 {
    fn read(from: &mut Reader) -> Option<Self> {
        u64::read(from).map(u64::cast_signed)
    }
}

impl Read for u32 {
    fn read(from: &mut Reader) -> Option<Self> {
        u64::read(from)?.try_into().ok()
    }
}

impl Read for bool {
    fn read(from: &mut Reader) -> Option<Self> {
        match from.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Read for String {
    fn read(from: &mut Reader) -> Option<Self> {
        let length = u64::read(from)?.try_into().ok()?;
        std::str::from_utf8(from.take(length)?).ok().map(str::to_owned)
    }
}

impl Read for &'static Id {
    fn read(from: &mut Reader) -> Option<Self> {
        id::find(&String::read(from)?)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(from: &mut Reader) -> Option<Self> {
        match bool::read(from)? {
            true => T::read(from).map(Some),
            false => Some(None),
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(from: &mut Reader) -> Option<Self> {
        let mut left = u64::read(from)?;
        let mut items = Vec::new();
        while left > 0 {
            items.push(T::read(from)?);
            left -= 1;
        }
        Some(items)
    }
}

impl<T: Read> Read for Box<T> {
    fn read(from: &mut Reader) -> Option<Self> {
        T::read(from).map(Self::new)
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(from: &mut Reader) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl<T: Read> Read for At<T> {
    fn read(from: &mut Reader) -> Option<Self> {
        Some(Self { value: T::read(from)?, span: Span::default() })
    }
}

macro_rules! structs {
    ($($name:ident { $($field:ident)*; $($left:ident)* })*) => {$(
        impl Read for $name {
            fn read(from: &mut Reader) -> Option<Self> {
                Some(Self { $($field: Read::read(from)?,)* $($left: Default::default(),)* })
            }
        }
    )*};
}

/// A byte says whether there is more than nothing to read.
macro_rules! sparse {
    ($($name:ident { $($field:ident)*; })*) => {$(
        impl Read for $name {
            fn read(from: &mut Reader) -> Option<Self> {
                match bool::read(from)? {
                    true => Some(Self { $($field: Read::read(from)?,)* }),
                    false => Some(Self::default()),
                }
            }
        }
    )*};
}

macro_rules! enums {
    ($($name:ident { $($number:literal => $variant:ident $(($held:ident))?,)* })*) => {$(
        impl Read for $name {
            fn read(from: &mut Reader) -> Option<Self> {
                Some(match from.byte()? {
                    $($number => {
                        $(let $held = Read::read(from)?;)?
                        Self::$variant $(($held))?
                    })*
                    _ => return None,
                })
            }
        }
    )*};
}

for_each_part!();
