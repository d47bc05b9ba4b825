//! Endpoints of a user's own: every key, every kind of answer.

#![deny(warnings)]

use weixin::{BrowserUrl as _, Download, Empty, Endpoint, FilePart, Payload};

weixin::endpoint! {
    /// Every key that goes with a JSON body.
    #[must_use]
    pub struct SetThing => ThingAnswer {
        /// In the query.
        lang: Option<String> = "lang" optional(impl Into<String>) [query];
        /// In the body.
        id: u64 = "id" required(u64) [required];
        /// In the body, hidden.
        password: Option<String> = "password" optional(impl Into<String>) [secret];
    }
    name: "set_thing",
    method: POST,
    host: mp,
    path: "/cgi-bin/thing/set",
    auth: app,
    idempotent: true,
    body: json,
    fixed: {
        query "type" = "thing";
        query "appid" = app_id after "lang";
        body "secret" = app_secret;
        body "version" = (2);
        body "dry" = false after "id";
    },
    content_type: "application/json",
    envelope: base_resp,
    not_found: "the thing is unknown",
    sensitive: true,
}

weixin::response! {
    /// What comes back.
    #[doc(alias = "answer")]
    pub struct ThingAnswer {
        /// Its number.
        id: Option<u64> = "id";
    }
}

weixin::endpoint! {
    /// The fewest keys.
    pub struct GetNothing => Empty {}
    method: GET,
    path: "/nothing",
}

weixin::endpoint! {
    /// Bytes.
    pub struct GetBytes => Download {
        /// Which ones.
        id: String = "id" required(impl Into<String>) [query required];
    }
    method: GET,
    host: open,
    path: "/bytes",
    auth: none,
}

weixin::endpoint! {
    /// Bytes or JSON.
    pub struct GetEither => Payload<ThingAnswer> {
        /// Which ones.
        id: String = "id" required(impl Into<String>) [required];
    }
    method: POST,
    path: "/either",
    auth: user_token,
    envelope: errcode,
}

weixin::endpoint! {
    /// A form with a file.
    pub struct PutFile => weixin::__private::Value {
        /// The file.
        media: FilePart = "media" required(FilePart) [part required];
        /// Something about it.
        title: Option<String> = "title" optional(impl Into<String>) [part];
    }
    method: POST,
    path: "/form",
    body: multipart,
    idempotent: false,
}

weixin::endpoint! {
    /// A body of its own kind.
    pub struct PutRaw => Empty {
        /// All of the body.
        text: String = "text" required(impl Into<String>) [raw required];
    }
    method: POST,
    host: api,
    path: "/raw",
    body: raw,
    content_type: "text/xml",
    auth: access_token,
}

fn is_endpoint<E: Endpoint>(request: &E) -> (&'static str, &'static str, bool) {
    let _ = request;
    (E::META.name(), E::META.path(), E::META.is_idempotent())
}

/// A call of it type-checks with the response that was declared.
#[allow(dead_code)]
async fn call(client: weixin::Client) -> weixin::Result<Option<u64>> {
    let _: Empty = client.send(GetNothing::new()).await?;
    let _: Download = client.send(GetBytes::new("7")).await?;
    if let Payload::Json(answer) = client.send(GetEither::new("7")).await? {
        return Ok(answer.id);
    }
    let answer: ThingAnswer = client.send(SetThing::new(7).lang("en")).await?;
    Ok(answer.id)
}

fn main() {
    let request = SetThing::new(7_u64).lang("en").password("hush");
    assert_eq!(is_endpoint(&request), ("set_thing", "/cgi-bin/thing/set", true));
    assert_eq!(format!("{request:?}"), r#"SetThing { lang: "en", id: 7, password: *** }"#);
    assert!(request == request.clone());
    assert_eq!(is_endpoint(&GetNothing::new()), ("GetNothing", "/nothing", true));
    assert_eq!(is_endpoint(&GetBytes::new("7")), ("GetBytes", "/bytes", true));
    assert_eq!(is_endpoint(&GetEither::new("7")), ("GetEither", "/either", false));
    assert_eq!(is_endpoint(&PutFile::new(FilePart::bytes("a.jpg", "jpeg"))).2, false);
    assert_eq!(is_endpoint(&PutRaw::new("<xml/>")).1, "/raw");
    let url = weixin::oauth::AuthorizeUrl::META;
    assert_eq!(url.name(), "authorize_url");
}
