//! Checks the examples of what the platform pushes, in XML or in JSON.
//! The envelope is the same for all of them and described nowhere else.

use super::xml::{self, Element};
use super::{Check, Places, Side};
use crate::codegen::json::{Json, Value};
use crate::spec::index::Kind;
use crate::spec::model::{Event, EventExample, Field, Required, Type};
use crate::spec::naming;

/// What surrounds every message; `Event` only where it is an event.
const ENVELOPE: &[&str] = &["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"];

/// The keys of the envelope, and those that count a list.
fn watched(event: &Event) -> Vec<&str> {
    let counts = event.fields.iter().filter_map(|field| field.count.as_ref());
    ENVELOPE.iter().copied().chain(counts.map(|key| key.value.as_str())).collect()
}

impl<'s> Check<'s, '_> {
    pub fn event(&mut self, event: &'s Event, example: &'s EventExample) {
        match (&example.xml, &example.json) {
            (Some(text), None) => {
                let places = self.places(text);
                match xml::read(&text.value) {
                    Ok(root) => self.event_xml(event, &root, places),
                    Err(error) => self.error(places, error.offset, error.message),
                }
            }
            (None, Some(text)) => {
                let places = self.places(text);
                if let Some(json) = self.json(&text.value, places) {
                    self.event_json(event, &json, places);
                }
            }
            _ => self.out.error(example.span, "the example of an event is either `xml` or `json`"),
        }
    }

    /// A text of the envelope, as it must be.
    fn envelope_text(
        &mut self,
        event: &Event,
        key: &str,
        text: Option<(&str, usize)>,
        start: usize,
        places: Places,
    ) {
        let due = match key {
            "MsgType" => Some(event.msg_type.as_str()),
            "Event" => event.event.as_ref().map(|word| word.value.as_str()),
            _ => None,
        };
        let other = |text: &str| key == "Event" && event.also.iter().any(|word| word.value == text);
        match (text, due) {
            (None, None) if key == "Event" => {}
            (None, _) => self.error(places, start, format!("`{key}` is missing, which every message has")),
            (Some((text, offset)), Some(due)) if text != due && !other(text) => {
                self.error(places, offset, format!("`{key}` is {text:?}, not {due:?}"));
            }
            (Some((text, offset)), _) if key == "CreateTime" && text.parse::<u64>().is_err() => {
                self.error(places, offset, "`CreateTime` is Unix seconds");
            }
            _ => {}
        }
    }

    fn event_json(&mut self, event: &'s Event, json: &Json, places: Places) {
        for key in ENVELOPE {
            let found = json.get(key);
            let text = found.and_then(|json| match &json.value {
                Value::Text(text) | Value::Number(text) => Some((text.as_str(), json.span.start)),
                _ => None,
            });
            self.envelope_text(event, key, text, json.span.start, places);
        }
        let mut watched = watched(event);
        // In JSON, what XML nests may stand beside the other fields.
        for field in event.fields.iter().filter(|field| !field.path.is_empty()) {
            if let Some(found) = json.get(&field.wire.value) {
                watched.push(&field.wire.value);
                self.value(found, &field.ty.value, Side::Answer, places);
            }
        }
        self.object(json, &event.fields, Side::Answer, places, &watched);
    }

    fn event_xml(&mut self, event: &'s Event, root: &Element, places: Places) {
        if root.name != "xml" {
            self.error(places, root.span.start, "a message stands in `<xml>`");
        }
        for key in ENVELOPE {
            let found = root.children.iter().find(|child| child.name == *key);
            let text = found.map(|child| (child.text.as_str(), child.span.start));
            self.envelope_text(event, key, text, root.span.start, places);
        }
        let watched = watched(event);
        self.elements(root, &event.fields.iter().collect::<Vec<_>>(), 0, places, &watched);
    }

    /// The children of an element: fields of which `depth` keys of the path lie behind.
    fn elements(
        &mut self,
        parent: &Element,
        fields: &[&'s Field],
        depth: usize,
        places: Places,
        watched: &[&str],
    ) {
        // A variant can't be told before the callback reader exists; its keys are known to nobody.
        let open = fields.iter().any(|field| field.flatten);
        let head = |field: &'s Field| field.path.get(depth).unwrap_or(&field.wire.value).as_str();
        for child in &parent.children {
            let meant: Vec<&'s Field> =
                fields.iter().copied().filter(|field| !field.flatten && head(field) == child.name).collect();
            let Some(first) = meant.first() else {
                if !open && !watched.contains(&child.name.as_str()) {
                    let near = naming::suggestion(&child.name, fields.iter().map(|field| head(field)));
                    let message = format!("`{}` is not a field that the spec knows{near}", child.name);
                    self.error(places, child.span.start, message);
                }
                continue;
            };
            if first.path.len() > depth {
                self.elements(child, &meant, depth + 1, places, &[]);
            } else {
                self.element(child, &first.ty.value, places);
            }
        }
        for field in fields.iter().filter(|field| field.required == Required::Always && !field.flatten) {
            if field.path.len() == depth
                && !parent.children.iter().any(|child| child.name == field.wire.value)
            {
                let message = format!("`{}` is missing, which is required", field.wire.value);
                self.error(places, parent.span.start, message);
            }
        }
    }

    fn element(&mut self, element: &Element, ty: &'s Type, places: Places) {
        match ty {
            // A list is an element that comes several times, or one that holds items.
            Type::List(inner) | Type::Many(inner) => {
                let items: Vec<&Element> =
                    element.children.iter().filter(|child| child.name == "item").collect();
                if !items.is_empty() && items.len() == element.children.len() {
                    items.into_iter().for_each(|item| self.element(item, inner, places));
                } else if !element.children.is_empty() || !element.text.is_empty() {
                    self.element(element, inner, places);
                }
            }
            Type::Json | Type::Map(_) => {}
            ty => match self.index.kind(ty) {
                Some(Kind::Object(object)) if self.is_sound(&object.name.value) => {
                    self.elements(element, &object.fields.iter().collect::<Vec<_>>(), 0, places, &[]);
                }
                Some(Kind::Object(_) | Kind::Union(_)) => {}
                _ if !element.children.is_empty() => {
                    self.error(
                        places,
                        element.span.start,
                        format!("`{}` holds elements where a value is due", element.name),
                    );
                }
                _ => {
                    if let Err(message) = self.text_fits(&element.text, ty) {
                        self.error(places, element.span.start, format!("`{}`: {message}", element.name));
                    }
                }
            },
        }
    }
}
