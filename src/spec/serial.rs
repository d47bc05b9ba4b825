//! The model as bytes: the build writes it, the sandbox reads it back into the same types. Where things stand in the
//! files is left out, and so are the texts of the files. Nothing here knows what an endpoint is.
//!
//! The bytes are read by the build that wrote them, so they have no version; a mismatch is still told, not guessed at.

use super::model::{
    Account, Area, At, Auth, CodeByAuth, Const, Deprecated, Endpoint, EnumValue, Envelope, ErrorCode, Event,
    EventExample, Example, ExampleDownload, Field, FieldErrors, Host, Limits, Method, Object, OpenEnum,
    Origin, Paging, PagingCursor, PagingNext, PagingNumber, Pushed, Required, Response, Returns, Span, Spec,
    Type, Union, Variant,
};

/// The bytes of a spec.
pub fn write(spec: &Spec) -> Vec<u8> {
    let mut out = Vec::new();
    spec.write(&mut out);
    out
}

/// The spec that was written, or `None` where these are not the bytes of one.
pub fn read(bytes: &[u8]) -> Option<Spec> {
    let mut from = Reader(bytes);
    let spec = Spec::read(&mut from)?;
    from.0.is_empty().then_some(spec)
}

/// What is not read yet.
pub struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }
}

/// A part of the model that can be written and read.
pub trait Serial: Sized {
    fn write(&self, out: &mut Vec<u8>);
    fn read(from: &mut Reader) -> Option<Self>;
}

/// Seven bits a byte, the lowest first; most numbers are small.
impl Serial for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        let mut left = *self;
        while left >= 0x80 {
            out.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        out.push(left as u8);
    }

    fn read(from: &mut Reader) -> Option<Self> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = from.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Serial for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        self.cast_unsigned().write(out);
    }

    fn read(from: &mut Reader) -> Option<Self> {
        u64::read(from).map(u64::cast_signed)
    }
}

impl Serial for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }

    fn read(from: &mut Reader) -> Option<Self> {
        u64::read(from)?.try_into().ok()
    }
}

impl Serial for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(from: &mut Reader) -> Option<Self> {
        match from.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Serial for String {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn read(from: &mut Reader) -> Option<Self> {
        let length = u64::read(from)?.try_into().ok()?;
        std::str::from_utf8(from.take(length)?).ok().map(str::to_owned)
    }
}

impl<T: Serial> Serial for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(from: &mut Reader) -> Option<Self> {
        match bool::read(from)? {
            true => T::read(from).map(Some),
            false => Some(None),
        }
    }
}

impl<T: Serial> Serial for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        for item in self {
            item.write(out);
        }
    }

    fn read(from: &mut Reader) -> Option<Self> {
        let length = u64::read(from)?;
        (0..length).map(|_| T::read(from)).collect()
    }
}

impl<T: Serial> Serial for Box<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }

    fn read(from: &mut Reader) -> Option<Self> {
        T::read(from).map(Self::new)
    }
}

impl<A: Serial, B: Serial> Serial for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(from: &mut Reader) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl<T: Serial> Serial for At<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.value.write(out);
    }

    fn read(from: &mut Reader) -> Option<Self> {
        Some(Self { value: T::read(from)?, span: Span::default() })
    }
}

/// A struct: its fields one after another. Those behind the semicolon are left out, and blank when read.
macro_rules! structs {
    ($($name:ident { $($field:ident)* $(; $($left:ident)*)? })*) => {$(
        impl Serial for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)*
            }

            fn read(from: &mut Reader) -> Option<Self> {
                Some(Self { $($field: Serial::read(from)?,)* $($($left: Default::default(),)*)? })
            }
        }
    )*};
}

/// An enum: a byte for the variant, then what it holds.
macro_rules! enums {
    ($($name:ident { $($number:literal => $variant:ident $(($held:ident))?,)* })*) => {$(
        impl Serial for $name {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($held))? => {
                        out.push($number);
                        $($held.write(out);)?
                    })*
                }
            }

            fn read(from: &mut Reader) -> Option<Self> {
                Some(match from.byte()? {
                    $($number => {
                        $(let $held = Serial::read(from)?;)?
                        Self::$variant $(($held))?
                    })*
                    _ => return None,
                })
            }
        }
    )*};
}

structs! {
    Spec { areas errors; files }
    Area { name title name_zh doc example link feature reexports endpoints objects enums unions events replies; span }
    Endpoint {
        name formerly summary doc name_zh name_en link method path host fragment accounts verified auth idempotent
        errors deprecated query body parts raw content_type returns response envelope not_found paging examples; keys }
    Deprecated { since instead doc; span }
    Paging { cursor offset page count total pages short_is_last items; span }
    PagingCursor { field next }
    PagingNumber { field first if_given }
    Example { title query body parts raw response download url; span }
    ExampleDownload { content_type filename text base64; span }
    Field { wire rust ty origin required doc secret path also flatten free_text count limits deprecated; keys }
    Limits { min max min_chars max_chars max_bytes min_items max_items error }
    FieldErrors { missing empty small large kind value other }
    Object { name doc fields }
    OpenEnum { name doc integer values }
    EnumValue { wire rust doc }
    Union { name doc tag keyed variants }
    Variant { tag default rust ty key doc }
    Event { kind name ty msg_type event also summary doc name_zh link fields examples }
    EventExample { xml json; span }
    ErrorCode { code name class doc hint lasting by_auth }
    CodeByAuth { auth class hint }
}

enums! {
    Method { 0 => Get, 1 => Post, 2 => Browser, }
    Host { 0 => Api, 1 => Mp, 2 => Open, }
    Auth { 0 => AccessToken, 1 => None, 2 => App, 3 => UserToken, }
    Returns { 0 => Json, 1 => Binary, 2 => Either, }
    Envelope { 0 => Errcode, 1 => BaseResp, }
    Account { 0 => Service, 1 => Subscription, }
    Response { 0 => Missing, 1 => Fields(fields), 2 => Named(name), }
    PagingNext { 0 => Answer(field), 1 => LastItem(field), }
    Required { 0 => No, 1 => Request, 2 => Always, }
    Const { 0 => Text(value), 1 => Integer(value), 2 => Bool(value), }
    Origin { 0 => Caller, 1 => Const(value), 2 => AppId, 3 => Secret, }
    Pushed { 0 => Event, 1 => Message, 2 => Reply, }
    Type {
        0 => String, 1 => I32, 2 => I64, 3 => U32, 4 => U64, 5 => Decimal, 6 => Bool, 7 => Bool01, 8 => Date,
        9 => Timestamp, 10 => Json, 11 => File, 12 => List(inner), 13 => Map(inner), 14 => Many(inner),
        15 => Text(inner), 16 => JsonText(inner), 17 => Named(name),
    }
}
