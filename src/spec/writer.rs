//! Writes the model as bytes, for `reader.rs` of the same build. Nothing here knows what an endpoint is.

use super::model::{
    Account, Area, At, Auth, Const, Endpoint, EnumValue, Envelope, ErrorCode, Event, Example,
    ExampleDownload, Field, FieldErrors, Host, Id, Limits, Method, Object, OpenEnum, Origin, Paging,
    PagingCursor, PagingNext, PagingNumber, Pushed, Required, Response, Returns, Spec, Type, Union, Variant,
};
use super::serial::for_each_part;

/// The bytes of a spec.
pub fn write(spec: &Spec) -> Vec<u8> {
    let mut out = Vec::new();
    spec.write(&mut out);
    out
}

/// A part of the model that can be written.
trait Write {
    fn write(&self, out: &mut Vec<u8>);
}

/// Seven bits a byte, the lowest first; most numbers are small.
impl Write for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        let mut left = *self;
        while left >= 0x80 {
            out.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        out.push(left as u8);
    }
}

impl Write for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        self.cast_unsigned().write(out);
    }
}

impl Write for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }
}

impl Write for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Write for String {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        out.extend_from_slice(self.as_bytes());
    }
}

impl Write for &'static Id {
    fn write(&self, out: &mut Vec<u8>) {
        self.name.to_owned().write(out);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        for item in self {
            item.write(out);
        }
    }
}

impl<T: Write> Write for Box<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<A: Write, B: Write> Write for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
}

impl<T: Write> Write for At<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.value.write(out);
    }
}

macro_rules! structs {
    ($($name:ident { $($field:ident)*; $($left:ident)* })*) => {$(
        impl Write for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)*
            }
        }
    )*};
}

macro_rules! sparse {
    ($($name:ident { $($field:ident)*; })*) => {$(
        impl Write for $name {
            fn write(&self, out: &mut Vec<u8>) {
                let given = *self != Self::default();
                given.write(out);
                if given {
                    $(self.$field.write(out);)*
                }
            }
        }
    )*};
}

macro_rules! enums {
    ($($name:ident { $($number:literal => $variant:ident $(($held:ident))?,)* })*) => {$(
        impl Write for $name {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($held))? => {
                        out.push($number);
                        $($held.write(out);)?
                    })*
                }
            }
        }
    )*};
}

for_each_part!();
