//! The page that leads from a path of the platform to the method that calls it.

use super::docs;
use crate::spec::model::{Method, Spec};

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
            let row = |method_of_client: String| {
                format!("| `{}` | {method} | {method_of_client} | {name_zh} |", endpoint.path.value)
            };
            let linked = row(format!("[`{name}`](crate::Client::{name})"));
            let lines = match &area.feature {
                None => format!("/// {linked}\n"),
                // A link to a method that is switched off would lead nowhere.
                Some(feature) => {
                    let feature = &feature.value;
                    let named = row(format!("`{name}` (feature `{feature}`)"));
                    format!(
                        "#[cfg_attr(feature = {feature:?}, doc = {linked:?})]\n\
                         #[cfg_attr(not(feature = {feature:?}), doc = {named:?})]\n"
                    )
                }
            };
            (&endpoint.path.value, lines)
        })
        .collect();
    rows.sort();
    let head = "Every endpoint: from its path to the method of [`Client`].\n\n| path | | method | |\n|---|---|---|---|";
    docs::lines(out, "", head);
    for (_, lines) in rows {
        out.push_str(&lines);
    }
    out.push_str("pub mod index {}\n");
}
