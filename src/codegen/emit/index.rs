//! The page that leads from a path of the platform to the method that calls it.

use std::fmt::Write as _;

use super::super::model::{Method, Spec};
use super::docs;

pub fn emit(out: &mut String, spec: &Spec) {
    let mut rows: Vec<_> = spec
        .areas
        .iter()
        .flat_map(|area| area.endpoints.iter().map(move |endpoint| (area, endpoint)))
        .map(|(area, endpoint)| {
            let method = match endpoint.method {
                Method::Get => "GET",
                Method::Post => "POST",
                Method::Browser => "browser",
            };
            let name = &endpoint.name.value;
            let name_zh = endpoint.name_zh.as_deref().unwrap_or_default();
            let feature = area.feature.as_ref().map_or("", |feature| feature.value.as_str());
            let link = match feature {
                "" => format!("[`{name}`](crate::Client::{name})"),
                feature => format!("`{name}` (feature `{feature}`)"),
            };
            (&endpoint.path.value, format!("| `{}` | {method} | {link} | {name_zh} |", endpoint.path.value))
        })
        .collect();
    rows.sort();
    let mut text = String::from("Every endpoint: from its path to the method of [`Client`].\n\n");
    text.push_str("| path | | method | |\n|---|---|---|---|\n");
    for (_, row) in rows {
        let _ = writeln!(text, "{row}");
    }
    docs::lines(out, "", &text);
    out.push_str("pub mod index {}\n");
}
