//! Cloning of generated types, field by field. `Clone` of every generated type comes here: derived, it would be the
//! longest function of each.

use super::{FieldType, Record, Union, ValueMut, ValueRef};

/// A value equal to this one. Never inlined: in the `clone` of each type, a call of it is all that there is to compile.
#[inline(never)]
pub fn cloned<T: FieldType>(value: &T) -> T {
    let mut copy = T::blank();
    clone_into(copy.value_mut(), value.value_ref());
    copy
}

/// Fills a target, blank before, with a value of the same type.
fn clone_into(target: ValueMut<'_>, value: ValueRef<'_>) {
    match (target, value) {
        (ValueMut::Opt(_), ValueRef::Absent) => {}
        (ValueMut::Opt(target), value) => clone_into(target.insert(), value),
        (ValueMut::Bool(target), ValueRef::Bool(value)) => *target = value,
        // The value came out of a target of the same type, so it fits.
        (ValueMut::I32(target), ValueRef::Int(value)) => *target = value.try_into().unwrap_or_default(),
        (ValueMut::I64(target), ValueRef::Int(value)) => *target = value,
        (ValueMut::U32(target), ValueRef::Uint(value)) => *target = value.try_into().unwrap_or_default(),
        (ValueMut::U64(target), ValueRef::Uint(value)) => *target = value,
        (ValueMut::Float(target), ValueRef::Float(value)) => *target = value,
        (ValueMut::Str(target), ValueRef::Str(value)) => value.clone_into(target),
        (ValueMut::Text(target), ValueRef::Str(value)) => target.set(value),
        (ValueMut::Integer(target), ValueRef::Int(value)) => target.set(value),
        (ValueMut::Value(target), ValueRef::Value(value)) => target.clone_from(value),
        (ValueMut::File(target), ValueRef::File(value)) => target.clone_from(value),
        (ValueMut::Seq(target), ValueRef::Seq(value)) => {
            (0..value.size()).for_each(|index| clone_into(target.grow(), value.item(index)));
        }
        (ValueMut::Map(target), ValueRef::Map(value)) => {
            value.each(&mut |key, value| clone_into(target.entry(key.to_owned()), value));
        }
        (ValueMut::Record(target), ValueRef::Record(value)) => clone_record(target, value),
        (ValueMut::Union(target), ValueRef::Union(value)) => clone_union(target, value),
        (ValueMut::Unknown(target), ValueRef::Unknown(value)) => target.clone_from(value),
        _ => {}
    }
}

fn clone_record(target: &mut dyn Record, value: &dyn Record) {
    value.with_values(|_, values| {
        target.with_values_mut(|_, targets| {
            for (target, value) in targets.iter_mut().zip(values) {
                clone_into(target.reborrow(), *value);
            }
        });
    });
}

fn clone_union(target: &mut dyn Union, value: &dyn Union) {
    match (value.get(), value.unknown()) {
        (Some((tag, value)), _) => {
            if let Some(target) = target.select(tag) {
                clone_into(target, value);
            }
        }
        (None, Some(unknown)) => target.set_unknown(unknown.clone()),
        (None, None) => {}
    }
}
