//! Reading of what stands beside the fields of a record: unions and objects whose fields are in the same object. They
//! are taken from what the record itself does not know.

use serde_json::Value;

use super::super::node::Need;
use super::super::{Object, Table, ValueMut};
use super::clear::clear;
use super::context::{Context, Level};
use super::union;

/// Whether a union beside the fields has been told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    No,
    Yes,
}

/// Fills the field at `index` from what is left of the object, and takes that out.
pub(super) fn read(
    table: &Table,
    values: &mut [ValueMut<'_>],
    index: usize,
    rest: &mut Object,
    told: &mut Told,
    level: Level,
    context: &mut Context,
) {
    let need = need(table, index);
    match shared_tag(table, values, index) {
        // What the record says itself tells the union, unless another has been told already.
        Some(_) if *told == Told::Yes => clear(values[index].reborrow()),
        Some((key, tag)) => {
            rest.insert(key.to_owned(), Value::String(tag));
            fill(values[index].reborrow(), rest, need, level, context);
        }
        None => {
            if fill(values[index].reborrow(), rest, need, level, context) {
                *told = Told::Yes;
            }
        }
    }
}

fn need(table: &Table, index: usize) -> Need {
    match table.fields().get(index) {
        Some(field) if field.required() && !field.lax() => Need::Always,
        Some(field) if field.required() => Need::Sent,
        _ => Need::No,
    }
}

/// The tag of a union, if it is a field of the record too, and its value.
fn shared_tag(table: &Table, values: &mut [ValueMut<'_>], index: usize) -> Option<(&'static str, String)> {
    let tag = match &mut values[index] {
        ValueMut::Opt(inner) => {
            let tag = match inner.insert() {
                ValueMut::Union(union) => union.table().tag,
                _ => None,
            };
            inner.unset();
            tag
        }
        ValueMut::Union(union) => union.table().tag,
        _ => None,
    }?;
    let holder = table.fields().iter().position(|field| field.wire == tag && !field.flatten())?;
    Some((tag, values.get(holder)?.text()?.to_owned()))
}

/// Fills a union or an object, and says whether it was a union that has been told.
fn fill(target: ValueMut<'_>, rest: &mut Object, need: Need, level: Level, context: &mut Context) -> bool {
    match target {
        ValueMut::Opt(inner) => match inner.insert() {
            ValueMut::Union(union) => {
                let told = union::read(union, rest, level, context);
                if !told {
                    inner.unset();
                }
                told
            }
            target => {
                if !union::read_object(target, rest, level, context) {
                    inner.unset();
                }
                false
            }
        },
        ValueMut::Union(union) => {
            let told = union::read(union, rest, level, context);
            if !told {
                union::untold(union, need, level, context);
            }
            told
        }
        target => {
            union::read_object(target, rest, level, context);
            false
        }
    }
}
