//! Cloning of generated types, field by field. `Clone` of every generated type comes here: derived, it would be the
//! longest function of each.

use super::{Mut, Record, Ref, Slot, Union};

/// A value equal to this one. Never inlined: in the `clone` of each type, a call of it is all that there is to compile.
#[inline(never)]
pub fn copied<T: Slot>(value: &T) -> T {
    let mut copy = T::blank();
    fill(copy.place(), value.show());
    copy
}

/// Fills a place, blank before, with a value of the same type.
fn fill(place: Mut<'_>, value: Ref<'_>) {
    match (place, value) {
        (Mut::Opt(_), Ref::Absent) => {}
        (Mut::Opt(place), value) => fill(place.fill(), value),
        (Mut::Bool(place), Ref::Bool(value)) => *place = value,
        // The value came out of a place of the same type, so it fits.
        (Mut::I32(place), Ref::Int(value)) => *place = value.try_into().unwrap_or_default(),
        (Mut::I64(place), Ref::Int(value)) => *place = value,
        (Mut::U32(place), Ref::Uint(value)) => *place = value.try_into().unwrap_or_default(),
        (Mut::U64(place), Ref::Uint(value)) => *place = value,
        (Mut::Float(place), Ref::Float(value)) => *place = value,
        (Mut::Str(place), Ref::Str(value)) => value.clone_into(place),
        (Mut::Text(place), Ref::Str(value)) => place.set(value),
        (Mut::Integer(place), Ref::Int(value)) => place.set(value),
        (Mut::Value(place), Ref::Value(value)) => place.clone_from(value),
        (Mut::File(place), Ref::File(value)) => place.clone_from(value),
        (Mut::Seq(place), Ref::Seq(value)) => {
            (0..value.size()).for_each(|index| fill(place.grow(), value.item(index)));
        }
        (Mut::Map(place), Ref::Map(value)) => {
            value.each(&mut |key, value| fill(place.entry(key.to_owned()), value));
        }
        (Mut::Record(place), Ref::Record(value)) => fill_record(place, value),
        (Mut::Union(place), Ref::Union(value)) => fill_union(place, value),
        (Mut::Unknown(place), Ref::Unknown(value)) => place.clone_from(value),
        _ => {}
    }
}

fn fill_record(place: &mut dyn Record, value: &dyn Record) {
    value.seen(|_, refs| {
        place.filled(|_, slots| {
            for (slot, value) in slots.iter_mut().zip(refs) {
                fill(slot.reborrow(), *value);
            }
        });
    });
}

fn fill_union(place: &mut dyn Union, value: &dyn Union) {
    match (value.get(), value.unknown()) {
        (Some((tag, value)), _) => {
            if let Some(place) = place.select(tag) {
                fill(place, value);
            }
        }
        (None, Some(unknown)) => place.set_unknown(unknown.clone()),
        (None, None) => {}
    }
}
