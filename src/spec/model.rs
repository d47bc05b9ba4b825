//! The spec as data: what the TOML files say, with the place of everything that a message may point at.
//! Nothing here checks or writes; `parse` fills it, `lint` judges it, `emit` and `catalogue` read it.

/// A place in a spec file: the file's index in [`Spec::files`] and a range of bytes in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

/// The text of one spec file, kept for messages.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// As shown in messages: `api-spec/qrcode.toml`.
    pub name: String,
    pub text: String,
}

impl SourceFile {
    /// The place of a byte within a text that stands in this file. A text with escapes can't be followed
    /// byte by byte: then it is the place where the text begins.
    pub fn within(&self, text: &At<String>, offset: usize) -> Span {
        let raw = self.text.get(text.span.start..text.span.end).unwrap_or_default();
        let quotes = ["'''\n", "'''", "\"\"\"\n", "\"\"\"", "'", "\""];
        let quote = quotes.iter().find(|quote| raw.starts_with(**quote)).map_or(0, |quote| quote.len());
        let verbatim = raw.get(quote..).is_some_and(|inner| inner.starts_with(&text.value));
        if quote == 0 || !verbatim {
            return text.span;
        }
        let start = text.span.start + quote + offset;
        Span { start, end: text.span.end.max(start), ..text.span }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Spec {
    pub files: Vec<SourceFile>,
    pub areas: Vec<Area>,
    pub errors: Vec<ErrorCode>,
}

/// One file: the area that it describes.
#[derive(Clone, Debug, Default)]
pub struct Area {
    /// The file's stem, which is also the module's name.
    pub name: String,
    pub span: Span,
    pub title: String,
    pub name_zh: String,
    pub doc: String,
    /// Rust code that uses the area, as it stands in an async function that has a `client`.
    pub example: Option<At<String>>,
    pub link: Option<String>,
    pub feature: Option<At<String>>,
    /// Types of other areas that can be named by this one's path too.
    pub reexports: Vec<At<String>>,
    pub endpoints: Vec<Endpoint>,
    pub objects: Vec<Object>,
    pub enums: Vec<OpenEnum>,
    pub unions: Vec<Union>,
    pub events: Vec<Event>,
    pub replies: Vec<Event>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    #[default]
    Get,
    Post,
    Browser,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Host {
    #[default]
    Api,
    Mp,
    Open,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    #[default]
    AccessToken,
    None,
    App,
    UserToken,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Returns {
    #[default]
    Json,
    Binary,
    Either,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Envelope {
    #[default]
    Errcode,
    BaseResp,
}

#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    pub name: At<String>,
    /// Names that it had before, kept as deprecated aliases.
    pub formerly: Vec<At<String>>,
    pub summary: At<String>,
    pub doc: Option<At<String>>,
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
    pub link: At<String>,
    pub method: Method,
    pub path: At<String>,
    pub host: Host,
    pub fragment: Option<String>,
    pub accounts: Vec<Account>,
    pub verified: bool,
    pub auth: At<Auth>,
    /// What the spec says, or the default of the method.
    pub idempotent: bool,
    pub errors: Vec<At<i64>>,
    pub deprecated: Option<Deprecated>,
    pub query: Vec<Field>,
    /// `None`: the endpoint has no `body` table.
    pub body: Option<Vec<Field>>,
    pub parts: Option<Vec<Field>>,
    pub raw: Option<Box<Field>>,
    pub content_type: Option<String>,
    pub returns: Returns,
    pub response: Response,
    pub envelope: Envelope,
    /// What HTTP status 404 means here.
    pub not_found: Option<String>,
    pub paging: Option<Paging>,
    pub examples: Vec<Example>,
    /// The keys that are given, and where.
    pub keys: Vec<At<String>>,
}

impl Endpoint {
    /// Where a key is given; else where the name stands.
    pub fn place(&self, key: &str) -> Span {
        self.keys.iter().find(|given| given.value == key).map_or(self.name.span, |given| given.span)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    Service,
    Subscription,
}

#[derive(Clone, Debug, Default)]
pub enum Response {
    /// No `response` key.
    #[default]
    Missing,
    /// An inline table; without fields, the answer says only whether it worked.
    Fields(Vec<Field>),
    /// The name of an object or a union.
    Named(At<String>),
}

#[derive(Clone, Debug)]
pub struct Deprecated {
    pub since: String,
    pub instead: Option<At<String>>,
    pub doc: String,
    pub span: Span,
}

/// How a list comes in pages: by cursor, by offset or by number; by cursor and number at once, too.
#[derive(Clone, Debug)]
pub struct Paging {
    pub span: Span,
    pub cursor: Option<PagingCursor>,
    /// The request field that counts the items before the page.
    pub offset: Option<At<String>>,
    pub page: Option<PagingNumber>,
    /// The request field that says how many items a page holds.
    pub count: Option<At<String>>,
    /// How many items there are.
    pub total: Option<At<String>>,
    /// How many pages there are.
    pub pages: Option<At<String>>,
    /// A page that is not full is the last.
    pub short_is_last: bool,
    pub items: At<String>,
}

#[derive(Clone, Debug)]
pub struct PagingCursor {
    /// The request field.
    pub field: At<String>,
    pub next: PagingNext,
}

/// Where the next cursor stands.
#[derive(Clone, Debug)]
pub enum PagingNext {
    /// In a field of the answer.
    Answer(At<String>),
    /// In a field of the last item.
    LastItem(At<String>),
}

#[derive(Clone, Debug)]
pub struct PagingNumber {
    /// The request field.
    pub field: At<String>,
    /// The number of the first page.
    pub first: u32,
    /// A request that leaves the number out is answered with everything at once.
    pub if_given: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Example {
    pub span: Span,
    pub title: Option<String>,
    pub query: Option<At<String>>,
    pub body: Option<At<String>>,
    pub parts: Vec<(String, At<String>)>,
    pub raw: Option<At<String>>,
    pub response: Option<At<String>>,
    pub download: Option<ExampleDownload>,
    pub url: Option<At<String>>,
}

#[derive(Clone, Debug, Default)]
pub struct ExampleDownload {
    pub content_type: String,
    pub filename: Option<String>,
    pub text: Option<String>,
    pub base64: Option<String>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Required {
    #[default]
    No,
    /// Needed to build the value; an answer may leave it out.
    Request,
    Always,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    Text(String),
    Integer(i64),
    Bool(bool),
}

/// Where a field's value comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Origin {
    /// The caller.
    #[default]
    Caller,
    Const(Const),
    AppId,
    Secret,
}

#[derive(Clone, Debug)]
pub struct Field {
    /// The name on the wire, and where the line begins.
    pub wire: At<String>,
    /// The name in Rust, given or derived, and where it is given (else the wire name's place).
    pub rust: At<String>,
    /// `Type::String` for constants and the account's values.
    pub ty: At<Type>,
    pub origin: Origin,
    pub required: Required,
    pub doc: At<String>,
    pub secret: bool,
    /// The objects that the field is nested in, outermost first.
    pub path: Vec<String>,
    /// Other wire names under which an answer may have it.
    pub also: Vec<At<String>>,
    pub flatten: bool,
    /// Words that a user typed, in a push.
    pub free_text: bool,
    /// The key that holds the list's length, written right before the list.
    pub count: Option<At<String>>,
    pub limits: Limits,
    pub deprecated: Option<String>,
    /// The keys that are given, and where.
    pub keys: Vec<At<String>>,
}

impl Field {
    /// Where a key is given; else where the line begins.
    pub fn place(&self, key: &str) -> Span {
        self.keys.iter().find(|given| given.value == key).map_or(self.wire.span, |given| given.span)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub min_chars: Option<u64>,
    pub max_chars: Option<u64>,
    pub max_bytes: Option<u64>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub error: FieldErrors,
}

/// The platform's error codes for what can be wrong with a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldErrors {
    /// Not there, or a file without a name.
    pub missing: Option<At<i64>>,
    /// There, but empty.
    pub empty: Option<At<i64>>,
    /// Below a lower limit.
    pub small: Option<At<i64>>,
    /// Above an upper limit.
    pub large: Option<At<i64>>,
    /// Of another type.
    pub kind: Option<At<i64>>,
    /// None of those allowed.
    pub value: Option<At<i64>>,
    /// Whatever else is wrong, but for the type.
    pub other: Option<At<i64>>,
}

impl FieldErrors {
    /// The codes that are given, by the words of the spec.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, &At<i64>)> {
        let all = [
            ("missing", &self.missing),
            ("empty", &self.empty),
            ("small", &self.small),
            ("large", &self.large),
            ("type", &self.kind),
            ("value", &self.value),
            ("other", &self.other),
        ];
        all.into_iter().filter_map(|(word, code)| code.as_ref().map(|code| (word, code)))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    String,
    I32,
    I64,
    U32,
    U64,
    Decimal,
    Bool,
    Bool01,
    Date,
    Timestamp,
    /// Anything.
    Json,
    File,
    List(Box<Type>),
    Map(Box<Type>),
    /// A list that may arrive as one bare object.
    Many(Box<Type>),
    /// A number or 0/1 written as text.
    Text(Box<Type>),
    /// JSON inside a string.
    JsonText(Box<Type>),
    /// An object, enum or union; the name stands somewhere in the spec.
    Named(String),
}

#[derive(Clone, Debug, Default)]
pub struct Object {
    pub name: At<String>,
    pub doc: At<String>,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug, Default)]
pub struct OpenEnum {
    pub name: At<String>,
    pub doc: At<String>,
    /// Integers on the wire, else strings.
    pub integer: bool,
    pub values: Vec<EnumValue>,
}

#[derive(Clone, Debug)]
pub struct EnumValue {
    pub wire: At<String>,
    /// The variant's name, given or derived.
    pub rust: At<String>,
    pub doc: At<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Union {
    pub name: At<String>,
    pub doc: At<String>,
    pub tag: Option<At<String>>,
    /// The payload stands under a key of its own, else beside the tag.
    pub keyed: bool,
    pub variants: Vec<Variant>,
}

impl Union {
    /// The variant that a missing tag means.
    pub fn default_variant(&self) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.default.value)
    }
}

#[derive(Clone, Debug)]
pub struct Variant {
    /// The tag's value, or without a tag the key that tells the variant.
    pub tag: At<String>,
    /// A missing tag means this variant.
    pub default: At<bool>,
    /// The variant's name in Rust, given or derived.
    pub rust: At<String>,
    pub ty: Option<At<Type>>,
    /// The payload's key (`keyed` only): given, or the tag's value.
    pub key: String,
    pub doc: At<String>,
}

/// What a push, or the answer to one, is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pushed {
    #[default]
    Event,
    Message,
    Reply,
}

impl Pushed {
    /// For messages of the generator.
    pub fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Message => "message",
            Self::Reply => "reply",
        }
    }
}

/// An event or a message that the platform pushes, or a reply to one.
#[derive(Clone, Debug, Default)]
pub struct Event {
    pub kind: Pushed,
    /// The name of its variant.
    pub name: At<String>,
    /// The name of its type: of a message `TextMessage`, of a reply `TextReply`.
    pub ty: At<String>,
    /// The value of `MsgType`; `event` for events.
    pub msg_type: String,
    /// The value of `Event`, for events.
    pub event: Option<At<String>>,
    /// Other values of it that mean the same.
    pub also: Vec<At<String>>,
    pub summary: At<String>,
    pub doc: Option<At<String>>,
    pub name_zh: Option<String>,
    pub link: At<String>,
    pub fields: Vec<Field>,
    pub examples: Vec<EventExample>,
}

#[derive(Clone, Debug, Default)]
pub struct EventExample {
    pub xml: Option<At<String>>,
    pub json: Option<At<String>>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct ErrorCode {
    pub code: At<i64>,
    pub name: At<String>,
    pub class: String,
    pub doc: At<String>,
    pub hint: Option<At<String>>,
    /// A failed fetch of a token with this code fails until somebody changes the account or the program.
    pub lasting: bool,
    /// What differs where a call carries something other than the account's token.
    pub by_auth: Vec<CodeByAuth>,
}

/// What an error code means to calls that are authorised in one way.
#[derive(Clone, Debug)]
pub struct CodeByAuth {
    pub auth: Auth,
    pub class: String,
    pub hint: Option<At<String>>,
}
