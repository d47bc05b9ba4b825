//! The lines of a struct: one for each field, with its documentation, type, wire name and flags.
//! What the struct is stands in `area` and `event`.

use std::fmt::Write as _;

use super::docs;
use super::types::{self, Collection, Scope};
use crate::spec::model::{Field, Required};
use crate::spec::naming;

/// A struct and its fields.
pub fn all(out: &mut String, scope: Scope<'_>, owner: &str, fields: &[Field], sent: bool) {
    let _ = writeln!(out, "    pub struct {owner} {{");
    for field in types::callers(fields) {
        line(out, scope, owner, field, "", sent);
    }
    out.push_str("    }\n");
}

/// Says how a field is called on the wire where its name in Rust does not tell, and lets the search find it by that.
fn on_the_wire(out: &mut String, field: &Field) {
    let wire = &field.wire.value;
    let told = naming::snake_case(wire) == field.rust.value || field.flatten;
    if told && field.path.is_empty() {
        return;
    }
    let path: Vec<&str> = field.path.iter().chain([wire]).map(String::as_str).collect();
    let _ = writeln!(out, "        ///\n        /// On the wire: `{}`.", path.join("."));
    if !told {
        let _ = writeln!(out, "        #[doc(alias = {wire:?})]");
    }
}

/// One line of a struct.
pub fn line(
    out: &mut String,
    scope: Scope<'_>,
    owner: &str,
    field: &Field,
    location: &'static str,
    sent: bool,
) {
    docs::lines(out, "        ", &field.doc.value);
    if let Some(limits) = docs::limits(&field.limits) {
        let _ = writeln!(out, "        ///\n        /// {limits}");
    }
    if let Some(deprecated) = &field.deprecated {
        let _ = writeln!(out, "        ///\n        /// Deprecated: {deprecated}");
    }
    on_the_wire(out, field);
    let _ = write!(out, "        {}: {} = ", field.rust.value, scope.field(owner, field));
    for outer in &field.path {
        let _ = write!(out, "{outer:?} / ");
    }
    let _ = write!(out, "{:?}", field.wire.value);
    if !field.also.is_empty() {
        let also: Vec<String> = field.also.iter().map(|name| format!("{:?}", name.value)).collect();
        let _ = write!(out, " also [{}]", also.join(" "));
    }
    if sent {
        let how = if field.required == Required::No { "optional" } else { "required" };
        let _ = match types::collection(&field.ty.value) {
            Some(Collection::List(item)) => write!(out, " {how} each({})", scope.argument(item)),
            Some(Collection::Map(value)) => write!(out, " {how} pairs(impl Into<{}>)", scope.value(value)),
            None => write!(out, " {how}({})", scope.argument_of(owner, field)),
        };
    }
    let mut flags = Vec::new();
    flags.extend((!location.is_empty()).then_some(location));
    match field.required {
        Required::No => {}
        Required::Always => flags.push("required"),
        Required::Request => flags.extend(["required", "lax"]),
    }
    types::forms(&field.ty.value, &mut flags);
    flags.extend(field.secret.then_some("secret"));
    flags.extend(field.flatten.then_some("flatten"));
    let mut flags = flags.join(" ");
    if let Some(key) = &field.count {
        let _ = write!(flags, " {:?}", key.value);
    }
    if !flags.is_empty() {
        let _ = write!(out, " [{}]", flags.trim_start());
    }
    out.push_str(";\n");
}
