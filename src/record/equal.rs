//! Equality of generated types, field by field. `PartialEq` of every generated type comes here.

use super::{Record, Union, ValueRef};

/// Two records of one type hold equal values.
pub fn record_equal(a: &dyn Record, b: &dyn Record) -> bool {
    a.with_values(|table, a| {
        b.with_values(|other, b| std::ptr::eq(table, other) && a.iter().zip(b).all(|(a, b)| equal(*a, *b)))
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

fn equal(a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    match (a, b) {
        (ValueRef::Absent, ValueRef::Absent) => true,
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a == b,
        (ValueRef::Int(a), ValueRef::Int(b)) => a == b,
        (ValueRef::Uint(a), ValueRef::Uint(b)) => a == b,
        (ValueRef::Float(a), ValueRef::Float(b)) => a == b,
        (ValueRef::Str(a), ValueRef::Str(b)) => a == b,
        (ValueRef::Value(a), ValueRef::Value(b)) => a == b,
        (ValueRef::Seq(a), ValueRef::Seq(b)) => {
            a.size() == b.size() && (0..a.size()).all(|index| equal(a.item(index), b.item(index)))
        }
        (ValueRef::Map(a), ValueRef::Map(b)) => {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            a.each(&mut |key, value| left.push((key, value)));
            b.each(&mut |key, value| right.push((key, value)));
            left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| a.0 == b.0 && equal(a.1, b.1))
        }
        (ValueRef::Record(a), ValueRef::Record(b)) => record_equal(a, b),
        (ValueRef::Union(a), ValueRef::Union(b)) => union_equal(a, b),
        (ValueRef::File(a), ValueRef::File(b)) => a == b,
        (ValueRef::Unknown(a), ValueRef::Unknown(b)) => a == b,
        _ => false,
    }
}
