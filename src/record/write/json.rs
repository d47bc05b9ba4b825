//! Records, unions and plain values as JSON, by the tree of each type's members. What must not come twice is watched
//! in `entries.rs`.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use super::super::form::Form;
use super::super::node::{Member, Node, Part};
use super::super::{unknown, Field, Location, Object, Record, Table, Union, ValueRef};
use super::constant::Constant;
use super::entries::{add, Entries};

static NOTHING: LazyLock<Object> = LazyLock::new(Object::new);

/// The object in what is unknown within a value, if it is one.
fn object(unknown: Option<&Value>) -> &Object {
    match unknown {
        Some(Value::Object(fields)) => fields,
        _ => &NOTHING,
    }
}

/// A record as one object.
#[derive(Clone, Copy)]
pub(super) struct Whole<'a> {
    pub(super) record: &'a dyn Record,
    /// Only the fields of this location; `None`: all.
    pub(super) location: Option<Location>,
    pub(super) constants: &'a [Constant<'a>],
    /// What the record around it knows of and it does not.
    pub(super) more: Option<&'a Value>,
}

impl<'a> Whole<'a> {
    pub(super) fn of(record: &'a dyn Record) -> Self {
        Self { record, location: None, constants: &[], more: None }
    }
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.record.with_values(|table, values| {
            let mut all = Cow::Borrowed(object(self.more));
            gather(table, values, &mut all);
            let mut out = Entries::new(&mut map, &all);
            let shown = Shown::of(table, values);
            put_constants(&mut out, self.constants, "")?;
            put_members(&mut out, shown, &table.layout().root, self.location, self.constants, None)?;
            out.finish()
        })?;
        map.end()
    }
}

/// Gathers what the spec does not know of an object: the unknown fields of the record and of what stands beside them.
fn gather<'a>(table: &Table, values: &[ValueRef<'a>], all: &mut Cow<'a, Object>) {
    add(all, unknown(values));
    if table.layout().flattens {
        let beside = table.fields().iter().zip(values).filter(|(field, _)| field.flatten());
        beside.for_each(|(_, value)| gather_beside(*value, all));
    }
}

fn gather_beside<'a>(value: ValueRef<'a>, all: &mut Cow<'a, Object>) {
    match value {
        ValueRef::Record(record) => record.with_values(|table, values| gather(table, values, all)),
        ValueRef::Union(union) => match union.get() {
            Some((_, payload @ ValueRef::Record(_))) if !union.table().keyed => gather_beside(payload, all),
            Some(_) => {}
            None => {
                if let Some(unknown) = union.unknown() {
                    add(all, unknown.fields());
                }
            }
        },
        _ => {}
    }
}

/// A record that shows its fields.
#[derive(Clone, Copy)]
struct Shown<'s, 'a> {
    fields: &'s [Field],
    values: &'s [ValueRef<'a>],
    /// Users build it; else they only read it.
    sent: bool,
}

impl<'s, 'a> Shown<'s, 'a> {
    fn of(table: &'s Table, values: &'s [ValueRef<'a>]) -> Self {
        Self { fields: table.fields(), values, sent: table.is_sent() }
    }
}

fn put_constants<M: SerializeMap>(
    out: &mut Entries<'_, '_, M>,
    constants: &[Constant<'_>],
    after: &str,
) -> Result<(), M::Error> {
    let mut due = constants.iter().filter(|constant| constant.after == after);
    due.try_for_each(|constant| out.put(constant.name, &constant.value))
}

/// Writes the members of an object. A `tag` comes right before the first object among them, or first of all where
/// there is none.
fn put_members<M: SerializeMap>(
    out: &mut Entries<'_, '_, M>,
    shown: Shown<'_, '_>,
    node: &Node,
    location: Option<Location>,
    constants: &[Constant<'_>],
    mut tag: Option<(&str, &str)>,
) -> Result<(), M::Error> {
    let nested = |member: &Member| matches!(member.part, Part::Object(_));
    if let Some((key, value)) = tag.take_if(|_| !node.members().iter().any(nested)) {
        out.put(key, value)?;
    }
    for member in node.members() {
        if let Some((key, value)) = tag.take_if(|_| nested(member)) {
            out.put(key, value)?;
        }
        if location.is_none_or(|location| location == member.location(shown.fields)) {
            put_counts(out, shown, member)?;
            put_member(out, shown, member)?;
        }
        for constant in constants.iter().filter(|constant| !constant.after.is_empty()) {
            if member.holds(shown.fields, constant.after) {
                out.put(constant.name, &constant.value)?;
            }
        }
    }
    Ok(())
}

/// The lengths of lists, right before the lists or the objects around them.
fn put_counts<M: SerializeMap>(
    out: &mut Entries<'_, '_, M>,
    shown: Shown<'_, '_>,
    member: &Member,
) -> Result<(), M::Error> {
    for (key, index) in member.counts() {
        match (shown.values.get(*index), shown.fields.get(*index)) {
            (Some(ValueRef::Seq(list)), Some(field)) if is_present(ValueRef::Seq(*list), field) => {
                out.put(key, &list.size())?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn put_member<M: SerializeMap>(
    out: &mut Entries<'_, '_, M>,
    shown: Shown<'_, '_>,
    member: &Member,
) -> Result<(), M::Error> {
    match &member.part {
        Part::Field(index) => {
            let (field, value) = (&shown.fields[*index], shown.values[*index]);
            if !is_present(value, field) {
                return Ok(());
            }
            let more = out.within(member.name);
            match more.filter(|_| !shown.sent && is_blank(value)) {
                // What did not fit the field of a push.
                Some(kept) => out.put(member.name, kept),
                None => out.put(member.name, &Item { value, form: field.form(), more }),
            }
        }
        Part::Object(node) => {
            let kept = out.within(member.name);
            let more = object(kept);
            let group = Group { shown, node, more };
            if let Some(kept) = kept.filter(|kept| !shown.sent && !kept.is_object() && group.is_blank()) {
                return out.put(member.name, kept);
            }
            if more.is_empty() && !group.is_present() {
                return Ok(());
            }
            out.put(member.name, &group)
        }
        Part::Beside(index) => match shown.values[*index] {
            ValueRef::Union(union) => {
                // The tag may be a field of the record too.
                let written = |field: &Field| !field.flatten() && Some(field.wire) == union.table().tag;
                put_union(out, union, !shown.fields.iter().any(written))
            }
            ValueRef::Record(record) => put_beside(out, record, None),
            _ => Ok(()),
        },
    }
}

pub(super) fn is_present(value: ValueRef<'_>, field: &Field) -> bool {
    match value {
        ValueRef::Absent => false,
        ValueRef::Seq(list) => field.required() || list.size() > 0,
        ValueRef::Map(map) => field.required() || map.size() > 0,
        _ => true,
    }
}

/// What a field is that nothing was read into.
fn is_blank(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Absent => true,
        ValueRef::Bool(value) => !value,
        ValueRef::Int(value) => value == 0,
        ValueRef::Uint(value) => value == 0,
        ValueRef::Float(value) => value == 0.0,
        ValueRef::Str(value) => value.is_empty(),
        ValueRef::Seq(list) => list.size() == 0,
        ValueRef::Map(map) => map.size() == 0,
        _ => false,
    }
}

/// All of a record's fields, into the object that it is part of.
fn put_beside<M: SerializeMap>(
    out: &mut Entries<'_, '_, M>,
    record: &dyn Record,
    tag: Option<(&str, &str)>,
) -> Result<(), M::Error> {
    record.with_values(|table, values| {
        put_members(out, Shown::of(table, values), &table.layout().root, None, &[], tag)
    })
}

/// The entries of a union in an object that has the `taken` keys already.
#[cfg(feature = "callback")]
pub(crate) fn write_union<M: SerializeMap>(
    map: &mut M,
    union: &dyn Union,
    taken: &[&'static str],
) -> Result<(), M::Error> {
    write_union_with(map, union, None, taken)
}

fn write_union_with<M: SerializeMap>(
    map: &mut M,
    union: &dyn Union,
    more: Option<&Value>,
    taken: &[&'static str],
) -> Result<(), M::Error> {
    let mut all = Cow::Borrowed(object(more));
    gather_beside(ValueRef::Union(union), &mut all);
    let mut out = Entries::new(map, &all);
    taken.iter().for_each(|key| out.take(key));
    put_union(&mut out, union, true)?;
    out.finish()
}

/// The entries of a union, perhaps without its tag. Those of an unknown variant come with what is unknown beside it.
fn put_union<M: SerializeMap>(
    out: &mut Entries<'_, '_, M>,
    union: &dyn Union,
    tagged: bool,
) -> Result<(), M::Error> {
    let table = union.table();
    let Some((tag, payload)) = union.get() else {
        return match (table.tag, union.unknown()) {
            (Some(key), Some(unknown)) if tagged => match unknown.fields().get(key) {
                Some(tag) => out.put(key, tag),
                None => Ok(()),
            },
            _ => Ok(()),
        };
    };
    let entry = table.tag.filter(|_| tagged).map(|key| (key, tag));
    match payload {
        ValueRef::Record(record) if !table.keyed => put_beside(out, record, entry),
        payload => {
            if let Some((key, value)) = entry {
                out.put(key, value)?;
            }
            let variant = table.variants.iter().find(|variant| variant.tag == tag);
            match (payload, variant) {
                (ValueRef::Absent, _) | (_, None) => Ok(()),
                (value, Some(variant)) => {
                    let more = out.within(variant.key);
                    out.put(variant.key, &Item { value, form: Form::PLAIN, more })
                }
            }
        }
    }
}

/// An object around fields of a record.
struct Group<'s, 'a> {
    shown: Shown<'s, 'a>,
    node: &'s Node,
    /// What the spec does not know of it.
    more: &'s Object,
}

impl Group<'_, '_> {
    fn is_present(&self) -> bool {
        let Shown { fields, values, .. } = self.shown;
        self.node.fields().any(|index| is_present(values[index], &fields[index]))
    }

    fn is_blank(&self) -> bool {
        self.node.fields().all(|index| is_blank(self.shown.values[index]))
    }
}

impl Serialize for Group<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut out = Entries::new(&mut map, self.more);
        put_members(&mut out, self.shown, self.node, None, &[], None)?;
        out.finish()?;
        map.end()
    }
}

/// A value in its wire form.
pub(super) struct Item<'a> {
    value: ValueRef<'a>,
    form: Form,
    /// What the spec does not know within it and it can't hold itself.
    more: Option<&'a Value>,
}

impl<'a> Item<'a> {
    pub(super) fn of(value: ValueRef<'a>, form: Form) -> Self {
        Self { value, form, more: None }
    }

    fn list<S: Serializer>(&self, list: &dyn super::super::Seq, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(Some(list.size()))?;
        for index in 0..list.size() {
            let more = self.more.and_then(|more| more.get(index));
            out.serialize_element(&Item { value: list.item(index), form: self.form.inner(), more })?;
        }
        out.end()
    }

    fn dict<S: Serializer>(&self, dict: &dyn super::super::Dict, serializer: S) -> Result<S::Ok, S::Error> {
        let unknown = object(self.more);
        let mut map = serializer.serialize_map(unknown.is_empty().then(|| dict.size()))?;
        let mut out = Entries::new(&mut map, unknown);
        let mut result = Ok(());
        dict.each(&mut |key, value| {
            if result.is_ok() {
                let more = out.within(key);
                result = out.put(key, &Item { value, form: self.form.inner(), more });
            }
        });
        result?;
        out.finish()?;
        map.end()
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = self.form;
        if form.has(Form::JSON) {
            let inner = Item { value: self.value, form: form.without_json(), more: self.more };
            return serializer.serialize_str(&serde_json::to_string(&inner).map_err(S::Error::custom)?);
        }
        let text = form.has(Form::TEXT);
        match self.value {
            ValueRef::Absent | ValueRef::Unknown(_) => serializer.serialize_unit(),
            ValueRef::Bool(value) => match (form.has(Form::BOOL01), text) {
                (true, true) => serializer.serialize_str(if value { "1" } else { "0" }),
                (true, false) => serializer.serialize_u8(value.into()),
                (false, true) => serializer.serialize_str(if value { "true" } else { "false" }),
                (false, false) => serializer.serialize_bool(value),
            },
            ValueRef::Int(value) if text => serializer.collect_str(&value),
            ValueRef::Int(value) => serializer.serialize_i64(value),
            ValueRef::Uint(value) if text => serializer.collect_str(&value),
            ValueRef::Uint(value) => serializer.serialize_u64(value),
            ValueRef::Float(value) if text => serializer.collect_str(&value),
            ValueRef::Float(value) => serializer.serialize_f64(value),
            ValueRef::Str(value) => serializer.serialize_str(value),
            ValueRef::Value(value) => value.serialize(serializer),
            ValueRef::Seq(list) => self.list(list, serializer),
            ValueRef::Map(dict) => self.dict(dict, serializer),
            ValueRef::Record(record) => Whole { more: self.more, ..Whole::of(record) }.serialize(serializer),
            ValueRef::Union(union) => {
                let mut map = serializer.serialize_map(None)?;
                write_union_with(&mut map, union, self.more, &[])?;
                map.end()
            }
            ValueRef::File(file) => serializer.serialize_str(file.filename()),
        }
    }
}
