//! Writing of the platform's XML: objects are elements, lists are elements that come again, text stands in CDATA
//! and numbers stand as they are. What is written, and in which order, is decided by the record engine.

use std::fmt::{self, Write as _};

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::error::{Error, ErrorKind, Result};

/// A document with the root element `<xml>`.
pub(crate) fn write(value: &impl Serialize) -> Result<String> {
    let mut out = String::with_capacity(512);
    value.serialize(Element { name: "xml", out: &mut out }).map_err(|error| {
        Error::new(ErrorKind::Config, format!("the reply can't be written as XML: {error}"))
    })?;
    Ok(out)
}

/// An element that is about to be written.
struct Element<'a> {
    name: &'a str,
    out: &'a mut String,
}

impl Element<'_> {
    fn plain(self, value: impl fmt::Display) -> Result<(), Fault> {
        let Self { name, out } = self;
        write!(out, "<{name}>{value}</{name}>")?;
        Ok(())
    }
}

/// Text in CDATA, where nothing but `]]>` has a meaning: there the section is ended and the next one begins.
/// Characters that XML 1.0 can't hold at all are left out, so that one of them in a user's name fails no reply.
fn push_text(out: &mut String, text: &str) {
    out.push_str("<![CDATA[");
    // Nearly all text is as harmless as this.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b']') {
        out.push_str(text);
        out.push_str("]]>");
        return;
    }
    let mut brackets = 0;
    for character in text.chars().filter(|character| is_allowed(*character)) {
        if character == '>' && brackets >= 2 {
            out.push_str("]]><![CDATA[");
        }
        brackets = if character == ']' { brackets + 1 } else { 0 };
        out.push(character);
    }
    out.push_str("]]>");
}

/// Whether XML can hold this character.
pub(crate) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a key can be the name of an element. More is allowed in XML; the platform uses no more.
fn is_name(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Why a value can't be written.
#[derive(Debug)]
struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl From<fmt::Error> for Fault {
    fn from(error: fmt::Error) -> Self {
        Self(error.to_string())
    }
}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A scalar as text, by way of serde's own serializer for formatters.
struct Shown<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

macro_rules! plain {
    ($($method:ident: $ty:ty;)*) => { $(
        fn $method(self, value: $ty) -> Result<(), Fault> {
            self.plain(value)
        }
    )* };
}

impl<'a> Serializer for Element<'a> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Impossible<(), Fault>;
    type SerializeTupleStruct = Impossible<(), Fault>;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = Children<'a>;
    type SerializeStruct = Number<'a>;
    type SerializeStructVariant = Impossible<(), Fault>;

    plain! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_f32: f32;
        serialize_f64: f64;
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        let Self { name, out } = self;
        write!(out, "<{name}>")?;
        push_text(out, value);
        write!(out, "</{name}>")?;
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Fault> {
        Err(ser::Error::custom("bytes have no form"))
    }
    fn serialize_none(self) -> Result<(), Fault> {
        self.plain("")
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Fault> {
        self.plain("")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.plain("")
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Fault> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Fault> {
        Err(ser::Error::custom("a variant has no form"))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Fault> {
        Ok(Items(self))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Fault> {
        Err(ser::Error::custom("a tuple has no form"))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Fault> {
        Err(ser::Error::custom("a tuple has no form"))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        Err(ser::Error::custom("a tuple has no form"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Children<'a>, Fault> {
        write!(self.out, "<{}>", self.name)?;
        Ok(Children { element: self, key: String::new() })
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Number<'a>, Fault> {
        Ok(Number(self))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        Err(ser::Error::custom("a variant has no form"))
    }
}

/// A list: the element comes again for each item.
struct Items<'a>(Element<'a>);

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(Element { name: self.0.name, out: &mut *self.0.out })
    }
    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

/// A number of serde_json, which comes as a struct of one field with its `arbitrary_precision`. Nothing else of the
/// crate is a struct for serde.
struct Number<'a>(Element<'a>);

impl SerializeStruct for Number<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Fault> {
        Element { name: self.0.name, out: &mut *self.0.out }.plain(Shown(value))
    }
    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

/// An object: an element for each of its entries.
struct Children<'a> {
    element: Element<'a>,
    key: String,
}

impl SerializeMap for Children<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key.clear();
        write!(self.key, "{}", Shown(key))?;
        if is_name(&self.key) {
            Ok(())
        } else {
            Err(ser::Error::custom(format_args!("{:?} is no name of an element", self.key)))
        }
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(Element { name: &self.key, out: &mut *self.element.out })
    }
    fn end(self) -> Result<(), Fault> {
        let Element { name, out } = self.element;
        write!(out, "</{name}>")?;
        Ok(())
    }
}
