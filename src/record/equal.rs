//! Equality of generated types, field by field. `PartialEq` of every generated type comes here.

use super::{Record, Ref, Union};

/// Two records of one type hold equal values.
pub fn record_equal(a: &dyn Record, b: &dyn Record) -> bool {
    a.seen(|table, a| {
        b.seen(|other, b| std::ptr::eq(table, other) && a.iter().zip(b).all(|(a, b)| equal(*a, *b)))
    })
}

/// Two unions of one type are the same variant with equal payloads.
pub fn union_equal(a: &dyn Union, b: &dyn Union) -> bool {
    match (a.get(), b.get()) {
        (Some((tag_a, a)), Some((tag_b, b))) => tag_a == tag_b && equal(a, b),
        (None, None) => a.unknown() == b.unknown(),
        _ => false,
    }
}

fn equal(a: Ref<'_>, b: Ref<'_>) -> bool {
    match (a, b) {
        (Ref::Absent, Ref::Absent) => true,
        (Ref::Bool(a), Ref::Bool(b)) => a == b,
        (Ref::Int(a), Ref::Int(b)) => a == b,
        (Ref::Uint(a), Ref::Uint(b)) => a == b,
        (Ref::Float(a), Ref::Float(b)) => a == b,
        (Ref::Str(a), Ref::Str(b)) => a == b,
        (Ref::Value(a), Ref::Value(b)) => a == b,
        (Ref::Seq(a), Ref::Seq(b)) => {
            a.size() == b.size() && (0..a.size()).all(|index| equal(a.item(index), b.item(index)))
        }
        (Ref::Map(a), Ref::Map(b)) => {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            a.each(&mut |key, value| left.push((key, value)));
            b.each(&mut |key, value| right.push((key, value)));
            left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| a.0 == b.0 && equal(a.1, b.1))
        }
        (Ref::Record(a), Ref::Record(b)) => record_equal(a, b),
        (Ref::Union(a), Ref::Union(b)) => union_equal(a, b),
        (Ref::File(a), Ref::File(b)) => a == b,
        (Ref::Unknown(a), Ref::Unknown(b)) => a == b,
        _ => false,
    }
}
