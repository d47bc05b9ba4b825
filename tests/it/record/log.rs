//! What is survived is told to the log, with its path.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::record::read;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        self.0.lock().expect("no panic").push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

weixin::response! {
    /// A list.
    pub struct Listed {
        /// Items.
        items: Vec<Item> = "data" / "items";
    }
}
weixin::response! {
    /// An item.
    pub struct Item {
        /// A number.
        n: u32 = "n" [required];
    }
}

/// The events of a step.
fn told(step: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), step);

    lines.0.lock().expect("no panic").clone()
}

#[test]
fn a_missing_field_of_an_item_is_told() {
    let lines = told(|| {
        assert_eq!(read::<Listed>(r#"{"data":{"items":[{"n":1},{}]}}"#).items.len(), 2);
    });
    let line = r#"weixin::record message=a required field is missing type="Listed" path="data.items[1].n""#;
    assert_eq!(lines, [line]);
    assert!(told(|| assert_eq!(read::<Listed>(r#"{"data":{"items":[{"n":1}]}}"#).items.len(), 1)).is_empty());
}

/// A long list of broken items fills no log.
#[test]
fn of_many_a_few_are_told() {
    let lines = told(|| {
        let json = format!(r#"{{"data":{{"items":[{}]}}}}"#, vec!["{}"; 100].join(","));
        assert_eq!(read::<Listed>(&json).items.len(), 100);
    });
    assert_eq!(lines.len(), 17);
    assert!(lines[15].contains("data.items[15].n"), "{lines:?}");
    assert!(lines[16].contains("84 more values"), "{lines:?}");
}

#[cfg(feature = "callback")]
#[test]
fn a_value_of_a_push_that_does_not_fit_is_told() {
    let xml = "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime>\
               <MsgType>location</MsgType><Location_X>1.5</Location_X><Location_Y>2.5</Location_Y><Scale>-</Scale>\
               <Label>here</Label><MsgId>7</MsgId></xml>";
    let lines = told(|| {
        let push = weixin::callback::Push::from_xml(xml.as_bytes()).expect("a push");
        let Some(weixin::callback::Message::Location(message)) = &push.message else { panic!("{push:?}") };
        assert_eq!((message.label.as_str(), message.scale), ("here", 0.0));
        assert_eq!(message.unknown_fields["Scale"], "-");
    });
    let line = r#"weixin::record message=expected a number, found a string type="Push" path="Scale""#;
    assert_eq!(lines, [line]);
}
