//! What is missing: in what the platform answers it costs the whole only at the outermost level, in what users send
//! everywhere.

use super::{read, refusal, write};

weixin::response! {
    /// An answer.
    pub struct Answer {
        /// Without it the answer is pointless.
        id: String = "id" [required];
        /// In an object of the answer, and no less important.
        ticket: String = "data" / "ticket" [required];
        /// Items.
        items: Vec<Item> = "items";
        /// An object that is only read.
        one: Option<Item> = "one";
        /// An object that is sent too.
        page: Option<Page> = "page";
    }
}
weixin::response! {
    /// An item.
    pub struct Item {
        /// A text.
        name: String = "name" [required];
        /// A number.
        count: u32 = "deep" / "count" [required];
        /// A flag.
        flag: bool = "flag" [required bool01];
        /// A list.
        list: Vec<u32> = "list" [required];
        /// A time.
        time: weixin::Timestamp = "time" [required];
        /// One of several.
        kind: Kind = "kind" [required flatten];
        /// An object.
        page: Page = "page" [required];
        /// May be missing.
        note: Option<String> = "note";
    }
}
weixin::object! {
    /// What is sent and read.
    pub struct Page {
        /// Must be sent.
        title: String = "title" required(impl Into<String>) [required];
        /// Must be sent, and is not always answered.
        url: String = "url" required(impl Into<String>) [required lax];
        /// May be left out.
        note: Option<String> = "note" optional(impl Into<String>);
        /// Inner ones.
        pages: Vec<Page> = "pages" optional(impl Into<Vec<Page>>);
    }
}
weixin::one_of! {
    /// A kind.
    pub enum Kind (beside, tag "type") {
        /// A page.
        Page(Page) = "page" [from];
    }
}
weixin::object! {
    /// A request.
    pub struct Change {
        /// What changes.
        page: Page = "page" required(Page) [required];
        /// Which kind.
        kind: Kind = "kind" required(impl Into<Kind>) [required flatten];
    }
}

#[test]
fn a_missing_field_of_an_item_costs_nothing() {
    let answer: Answer = read(
        r#"{"id":"a","data":{"ticket":"t"},"items":[{"name":"n"},{},{"flag":"","list":{}}],"one":{},"page":{}}"#,
    );
    assert_eq!(answer.items.len(), 3);
    assert_eq!((answer.items[0].name.as_str(), answer.items[1].name.as_str()), ("n", ""));
    let blank = &answer.items[1];
    assert_eq!((blank.count, blank.flag, blank.list.len(), blank.time.0), (0, false, 0, 0));
    assert_eq!((blank.page.title.as_str(), &blank.note), ("", &None));
    assert!(answer.one.is_some());
    assert_eq!(answer.page.as_ref().map(|page| page.title.as_str()), Some(""));
    // Written and read again, it is the same.
    assert_eq!(read::<Answer>(&write(&answer)), answer);
    // A value that is there and does not fit is an error all the same.
    assert_eq!(
        refusal::<Answer>(r#"{"id":"a","data":{"ticket":"t"},"items":[{"list":["x"]}]}"#),
        "expected an integer, found a string at `items[0].list[0]`"
    );
}

#[test]
fn a_missing_field_of_the_answer_itself_costs_the_answer() {
    assert_eq!(refusal::<Answer>(r#"{"data":{"ticket":"t"}}"#), "a required field is missing at `id`");
    assert_eq!(refusal::<Answer>(r#"{"id":"a"}"#), "a required field is missing at `data`");
    assert_eq!(refusal::<Answer>(r#"{"id":"a","data":{}}"#), "a required field is missing at `data.ticket`");
    assert_eq!(
        refusal::<Answer>(r#"{"id":null,"data":{"ticket":"t"}}"#),
        "a required field is missing at `id`"
    );
}

#[test]
fn a_missing_field_of_a_request_is_never_invented() {
    let kind = r#""type":"page","title":"k","url":"u""#;
    let change: Change = read(&format!(r#"{{"page":{{"title":"t","url":"u"}},{kind}}}"#));
    assert_eq!(write(&change), format!(r#"{{"page":{{"title":"t","url":"u"}},{kind}}}"#));
    for (page, path) in [
        ("{}", "page.title"),
        (r#"{"title":"t"}"#, "page.url"),
        (r#"{"title":null,"url":"u"}"#, "page.title"),
        (r#"{"title":"t","url":"u","pages":[{"title":"t","url":"u"},{"title":"t"}]}"#, "page.pages[1].url"),
        ("null", "page"),
    ] {
        let json = format!(r#"{{"page":{page},{kind}}}"#);
        assert_eq!(refusal::<Change>(&json), format!("a required field is missing at `{path}`"), "{json}");
    }
    let page = r#""page":{"title":"t","url":"u"}"#;
    assert_eq!(
        refusal::<Change>(&format!(r#"{{{page},"type":"page","title":"k"}}"#)),
        "a required field is missing at `url`"
    );
    assert_eq!(
        refusal::<Change>(&format!("{{{page}}}")),
        "`type` is missing, which says what kind of Kind it is"
    );
    // By itself, what is sent is read as it is sent.
    assert_eq!(refusal::<Page>(r#"{"title":"t"}"#), "a required field is missing at `url`");
    assert_eq!(refusal::<Kind>(r#"{"type":"page","title":"t"}"#), "a required field is missing at `url`");
}
