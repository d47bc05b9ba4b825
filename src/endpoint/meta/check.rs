//! What the compiler refuses about an endpoint, whoever declares it: what the generator's lints see in a spec is seen
//! here in a user's own `endpoint!`. The fields by themselves are checked with their table.

use super::{Body, FixedLocation, Meta, Method};
use crate::record::{has_word, Location, Table};

#[doc(hidden)]
impl Meta {
    /// Fails the build for what can't be sent. `keys`: those that were given, with spaces between them.
    #[track_caller]
    pub const fn checked(self, keys: &str, table: &Table) -> Self {
        assert!(has_word(keys, "method", 1), "an endpoint needs a `method`: `method: GET` or `method: POST`");
        const KEYS: [&str; 13] = [
            "name",
            "method",
            "path",
            "host",
            "auth",
            "idempotent",
            "body",
            "fixed",
            "content_type",
            "envelope",
            "not_found",
            "sensitive",
            "fragment",
        ];
        let mut index = 0;
        while index < KEYS.len() {
            assert!(!has_word(keys, KEYS[index], 2), "a key of an endpoint is given twice");
            index += 1;
        }
        self.checked_url(table)
    }

    /// The same for a URL that is never called.
    #[track_caller]
    pub const fn checked_url(self, table: &Table) -> Self {
        check_path(self.path.as_bytes());
        assert!(
            !(matches!(self.method, Method::Get)
                && matches!(self.body, Some(Body::Json | Body::Multipart | Body::Raw))),
            "an endpoint with `method: GET` has no body"
        );
        let mut index = 0;
        while index < self.fixed.len() {
            assert!(
                matches!(self.fixed[index].location, FixedLocation::Query) || matches!(self.body_kind(), Body::Json),
                "a value in `fixed` that goes into the `body` needs a JSON body: `method: POST`, `body: json`"
            );
            index += 1;
        }
        self.check_fields(table);
        self
    }

    /// A field that is written where this endpoint sends nothing would disappear without a word.
    #[track_caller]
    const fn check_fields(&self, table: &Table) {
        let (body, part, raw) =
            (table.writes(Location::Body), table.writes(Location::Part), table.writes(Location::Raw));
        match self.body_kind() {
            Body::None => assert!(
                !(body || part || raw),
                "an endpoint without a body sends its fields in the query: mark them `[query]`, or write `method: POST`"
            ),
            Body::Json => assert!(
                !(part || raw),
                "a field marked `part` needs `body: multipart`, and one marked `raw` needs `body: raw`"
            ),
            Body::Multipart => {
                assert!(!(body || raw), "with `body: multipart` each field is marked `part` or `query`");
            }
            Body::Raw => assert!(!(body || part), "with `body: raw` each field is marked `raw` or `query`"),
        }
    }
}

#[track_caller]
const fn check_path(path: &[u8]) {
    assert!(!path.is_empty(), "an endpoint needs a `path`, like `path: \"/cgi-bin/qrcode/create\"`");
    assert!(path[0] == b'/', "the `path` of an endpoint must begin with `/`");
    let mut index = 0;
    while index < path.len() {
        let byte = path[index];
        assert!(byte.is_ascii_graphic(), "the `path` of an endpoint must be ASCII without spaces");
        assert!(byte != b'?' && byte != b'#', "the `path` of an endpoint holds no query: use `query` fields");
        index += 1;
    }
}
