//! Macros that go through all endpoints, events and replies by their types, for tests alone: the library includes
//! none of them, since a list of all endpoints would link every one of them into every program.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{name, types};
use crate::spec::model::{Area, Endpoint, Method, Response, Returns, Spec};

pub fn emit(spec: &Spec) -> String {
    let mut out = String::from("macro_rules! for_each_endpoint {\n    ($each:ident) => {\n");
    for area in &spec.areas {
        for endpoint in &area.endpoints {
            let request = format!("::weixin::{}::{}", area.name, name::request(endpoint));
            let answer = answer(spec, area, endpoint);
            entry(&mut out, area, &format!("{} {request} => {answer}", endpoint.name.value));
        }
    }
    out.push_str("    };\n}\n\nmacro_rules! for_each_event {\n    ($each:ident) => {\n");
    for area in &spec.areas {
        for event in &area.events {
            let name = &event.ty.value;
            out.push_str("        #[cfg(feature = \"callback\")]\n");
            entry(&mut out, area, &format!("{name} ::weixin::{}::{name}", area.name));
        }
    }
    out.push_str("    };\n}\n\nmacro_rules! for_each_reply {\n    ($each:ident) => {\n");
    for area in &spec.areas {
        for reply in &area.replies {
            let name = &reply.ty.value;
            out.push_str("        #[cfg(feature = \"callback\")]\n");
            entry(&mut out, area, &format!("{name} ::weixin::{}::{name}", area.name));
        }
    }
    out.push_str("    };\n}\n\nconst FEATURES: &[(&str, bool)] = &[\n");
    let features: BTreeSet<&str> = spec
        .areas
        .iter()
        .filter_map(|area| area.feature.as_ref())
        .map(|feature| feature.value.as_str())
        .collect();
    for feature in features {
        let _ = writeln!(out, "    ({feature:?}, cfg!(feature = {feature:?})),");
    }
    out.push_str("];\n");
    out
}

fn entry(out: &mut String, area: &Area, text: &str) {
    if let Some(feature) = &area.feature {
        let _ = writeln!(out, "        #[cfg(feature = {:?})]", feature.value);
    }
    let _ = writeln!(out, "        $each! {{ {} {text} }}", area.name);
}

/// How the endpoint answers, and the type of its JSON answer.
fn answer(spec: &Spec, area: &Area, endpoint: &Endpoint) -> String {
    let json = match &endpoint.response {
        Response::Missing => String::new(),
        Response::Fields(fields) if fields.is_empty() => " ::weixin::Empty".to_owned(),
        Response::Fields(_) => format!(" ::weixin::{}::{}", area.name, name::response(endpoint)),
        Response::Named(named) => {
            let home = types::find(spec, &named.value).map_or(area, |(home, _)| home);
            format!(" ::weixin::{}::{}", home.name, named.value)
        }
    };
    match (endpoint.method, endpoint.returns) {
        (Method::Browser, _) => "browser".to_owned(),
        (_, Returns::Json) => format!("json{json}"),
        (_, Returns::Binary) => "bytes".to_owned(),
        (_, Returns::Either) => format!("either{json}"),
    }
}
