//! The spec as data: what the TOML files say, with the place of everything that a message may point at.
//! Nothing here checks or writes: `parse` fills it, `lint` judges it, `emit` and the sandbox read it. It is compiled into
//! the generator and, with the feature `sandbox`, into the library.

mod field;

pub use self::field::{
    Const, EnumValue, Field, FieldErrors, Id, Limits, Object, OpenEnum, Origin, Required, Type, Union,
    Variant,
};

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
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFile {
    /// As shown in messages: `api-spec/qrcode.toml`.
    pub name: String,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    pub files: Vec<SourceFile>,
    pub areas: Vec<Area>,
    pub errors: Vec<ErrorCode>,
}

/// One file: the area that it describes.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// What people look for, beside the names: found by the search of the documentation.
    pub keywords: Vec<At<String>>,
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

#[derive(Clone, Debug, Default, PartialEq)]
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

/// What the body of a request is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content<'s> {
    Nothing,
    Json(&'s [Field]),
    Parts(&'s [Field]),
    Raw(&'s Field),
}

impl Endpoint {
    /// What the body of its requests is.
    pub fn content(&self) -> Content<'_> {
        match (&self.parts, &self.raw) {
            (Some(parts), _) => Content::Parts(parts),
            (None, Some(raw)) => Content::Raw(raw),
            (None, None) if self.method == Method::Post || self.body.is_some() => {
                Content::Json(self.body.as_deref().unwrap_or_default())
            }
            (None, None) => Content::Nothing,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    Service,
    Subscription,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Response {
    /// No `response` key.
    #[default]
    Missing,
    /// An inline table; without fields, the answer says only whether it worked.
    Fields(Vec<Field>),
    /// The name of an object or a union.
    Named(At<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Deprecated {
    pub since: String,
    pub instead: Option<At<String>>,
    pub doc: String,
    pub span: Span,
}

/// How a list comes in pages: by cursor, by offset or by number; by cursor and number at once, too.
#[derive(Clone, Debug, PartialEq)]
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

#[derive(Clone, Debug, PartialEq)]
pub struct PagingCursor {
    /// The request field.
    pub field: At<String>,
    pub next: PagingNext,
}

/// Where the next cursor stands.
#[derive(Clone, Debug, PartialEq)]
pub enum PagingNext {
    /// In a field of the answer.
    Answer(At<String>),
    /// In a field of the last item.
    LastItem(At<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct PagingNumber {
    /// The request field.
    pub field: At<String>,
    /// The number of the first page.
    pub first: u32,
    /// A request that leaves the number out is answered with everything at once.
    pub if_given: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExampleDownload {
    pub content_type: String,
    pub filename: Option<String>,
    pub text: Option<String>,
    pub base64: Option<String>,
    pub span: Span,
}

/// What a push, or the answer to one, is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pushed {
    #[default]
    Event,
    Message,
    Reply,
}

/// An event or a message that the platform pushes, or a reply to one.
#[derive(Clone, Debug, Default, PartialEq)]
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventExample {
    pub xml: Option<At<String>>,
    pub json: Option<At<String>>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct CodeByAuth {
    pub auth: Auth,
    pub class: String,
    pub hint: Option<At<String>>,
}
