//! Reading of an object into a record: its fields, what is missing, and what nobody knows. Which member a key names
//! stands in `name.rs`; what stands beside the fields is read in `beside.rs`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::super::node::{Member, Need, Node, Part};
use super::super::{Field, Object, Table, ValueMut};
use super::beside::{self, Told};
use super::clear::clear;
use super::context::{Context, Level, Segment};
use super::field_set::FieldSet;
use super::fields::Fields;
use super::name::{Key, KeyIn, Names};
use super::nested::Nested;
use super::seed::ValueSeed;
use super::skip;

impl<'de> Visitor<'de> for Fields<'_, '_, '_> {
    /// The fields that the spec does not know.
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let Self { table, node, values, level, context } = self;
        let fields = table.fields();
        let names = Names { fields, node, any_case: context.push() };
        let mut reader = Reader {
            table,
            fields,
            node,
            values,
            level,
            context,
            seen: FieldSet::default(),
            rest: Object::new(),
            kept: Object::new(),
            likely: 0,
        };
        while let Some(key) = map.next_key_seed(KeyIn { names: &names, likely: reader.likely })? {
            match key {
                Key::Member(found) => reader.member(found, &mut map)?,
                Key::Deep { member, field } => reader.deep(member, field, &mut map)?,
                Key::Other(key) => reader.other(key, &names, &mut map)?,
            }
        }
        reader.finish();
        let Reader { mut rest, mut kept, .. } = reader;
        if !kept.is_empty() {
            rest.append(&mut kept);
        }
        Ok(rest)
    }
}

struct Reader<'s, 'a, 'c> {
    table: &'static Table,
    fields: &'static [Field],
    node: &'static Node,
    values: &'s mut [ValueMut<'a>],
    level: Level,
    context: &'c mut Context,
    /// The members that have been read.
    seen: FieldSet,
    /// What is unknown here.
    rest: Object,
    /// What is unknown within the members, or does not fit, under their names: nobody else takes it.
    kept: Object,
    /// Where the next member is likely to be.
    likely: usize,
}

impl Reader<'_, '_, '_> {
    #[inline]
    fn member<'de, A: MapAccess<'de>>(&mut self, found: usize, map: &mut A) -> Result<(), A::Error> {
        let member = &self.node.members()[found];
        self.likely = found + 1;
        if self.seen.has(found) {
            self.forget(found);
        }
        let present = if self.context.push() {
            let value: Value = map.next_value()?;
            self.keeping(value, |reader, map| reader.part(member, map)).unwrap_or_else(|value| {
                self.forget(found);
                self.keep_misfit(member, value);
                true
            })
        } else {
            self.part(member, map)?
        };
        if present {
            self.seen.insert(found);
        }
        Ok(())
    }

    /// Keeps a value of a push that does not fit. What every push has must fit, or it is none.
    fn keep_misfit(&mut self, member: &'static Member, value: Value) {
        if self.level != Level::Inner && member.need(self.fields) == Need::Always {
            self.context.within(
                || Segment::Key(Cow::Borrowed(member.name)),
                |context| context.issue("a required field does not fit"),
            );
        }
        self.kept.insert(member.name.to_owned(), value);
    }

    #[inline]
    fn part<'de, A: MapAccess<'de>>(
        &mut self,
        member: &'static Member,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        match &member.part {
            Part::Field(index) => self.value(member.name, *index, map),
            Part::Object(node) => self.nested(member.name, node, map),
            // It has no key that could be found.
            Part::Beside(_) => Ok(false),
        }
    }

    #[inline]
    fn value<'de, A: MapAccess<'de>>(
        &mut self,
        name: &'static str,
        index: usize,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        let (target, form) = (&mut self.values[index], self.fields[index].form());
        let present = self.context.within(
            || Segment::Key(Cow::Borrowed(name)),
            |context| map.next_value_seed(&mut ValueSeed { target, form, level: Level::Inner, context }),
        )?;
        if let Some(unknown) = self.context.take_leftover() {
            self.kept.insert(name.to_owned(), unknown);
        }
        Ok(present)
    }

    fn nested<'de, A: MapAccess<'de>>(
        &mut self,
        name: &'static str,
        node: &'static Node,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        let (table, values, level) = (self.table, &mut *self.values, self.level.nested());
        let rest = self.context.within(
            || Segment::Key(Cow::Borrowed(name)),
            |context| map.next_value_seed(Nested(Fields { table, node, values, level, context })),
        )?;
        let present = rest.is_some();
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            self.kept.insert(name.to_owned(), Value::Object(rest));
        }
        Ok(present)
    }

    /// Reads a value of a push. If it does not fit, it costs nothing but itself, and comes back to be kept.
    fn keeping(
        &mut self,
        value: Value,
        read: impl FnOnce(&mut Self, &mut AtHand<'_>) -> Result<bool, serde_json::Error>,
    ) -> Result<bool, Value> {
        let misfits = self.context.misfits();
        let present = read(self, &mut AtHand(&value)).unwrap_or_else(|error| {
            self.context.misfit(|| error.to_string());
            true
        });
        if self.context.misfits() == misfits {
            return Ok(present);
        }
        self.context.settle(misfits);
        Err(value)
    }

    #[cold]
    fn deep<'de, A: MapAccess<'de>>(
        &mut self,
        member: usize,
        field: usize,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let name = self.fields[field].wire;
        let value: Value = map.next_value()?;
        let present =
            self.keeping(value, |reader, map| reader.value(name, field, map)).unwrap_or_else(|value| {
                clear(self.values[field].reborrow());
                self.kept.insert(name.to_owned(), value);
                true
            });
        if present {
            self.seen.insert(member);
        }
        Ok(())
    }

    #[cold]
    fn other<'de, A: MapAccess<'de>>(
        &mut self,
        key: String,
        names: &Names<'_>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match names.renamed(&key) {
            // The field's own name wins, whichever comes first.
            Some(found) if !self.seen.has(found) => return self.member(found, map),
            Some(_) => {}
            None if skip::number(&key, map, self.context)? => return Ok(()),
            None if self.level == Level::Envelope && self.context.watches(&key) => {
                let value: Value = map.next_value()?;
                if !self.context.watch(&key, &value) {
                    self.rest.insert(key, value);
                }
                return Ok(());
            }
            // The list itself says how long it is.
            None if self.counts(&key) => {
                map.next_value::<IgnoredAny>()?;
                return Ok(());
            }
            None => {}
        }
        self.rest.insert(key, map.next_value()?);
        Ok(())
    }

    fn counts(&self, key: &str) -> bool {
        let mut counts = self.node.members().iter().flat_map(Member::counts);
        counts.any(|(count, _)| self.context.same(count, key))
    }

    /// Forgets what a key gave that stands there a second time: the last one counts.
    #[cold]
    fn forget(&mut self, found: usize) {
        let member = &self.node.members()[found];
        match &member.part {
            Part::Field(index) | Part::Beside(index) => clear(self.values[*index].reborrow()),
            Part::Object(node) => node.fields().for_each(|index| clear(self.values[index].reborrow())),
        }
        self.kept.retain(|key, _| key != member.name);
        self.seen.remove(found);
    }

    /// Reads what stands beside the fields and finds what is missing.
    fn finish(&mut self) {
        let mut told = Told::No;
        for (found, member) in self.node.members().iter().enumerate() {
            if let Part::Beside(index) = member.part {
                let level = self.context.beside(self.level);
                beside::read(self.table, self.values, index, &mut self.rest, &mut told, level, self.context);
            } else if !self.seen.has(found) {
                let need = member.need(self.fields);
                self.context.within(
                    || Segment::Key(Cow::Borrowed(member.name)),
                    |context| context.missing(need, self.level, "a required field is missing"),
                );
            }
        }
        if self.context.strict()
            && let Some(key) = self.rest.keys().next().cloned()
        {
            self.context.within(
                || Segment::Key(Cow::Owned(key)),
                |context| context.issue("the spec does not know this field"),
            );
        }
    }
}

/// A value at hand, as if it were the next of a map.
struct AtHand<'v>(&'v Value);

impl<'v> MapAccess<'v> for AtHand<'v> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'v>>(&mut self, _: K) -> Result<Option<K::Value>, Self::Error> {
        Ok(None)
    }
    fn next_value_seed<V: DeserializeSeed<'v>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        seed.deserialize(self.0)
    }
}
