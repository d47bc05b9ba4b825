//! The way of one request: which endpoint it is for, who sends it, whether it fits, who answers.
//! Sockets are the work of `server.rs`; what is remembered, that of the flows.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value};

use super::answer::{refused, refused_for, usual_text, Answer, Refusal, Reply};
use super::call::Call;
use super::check::{Checker, Given, Item};
use super::fault::{Fault, FaultKind};
use super::flow;
use super::log::LoggedRequest;
use super::request::{json_object, pairs, scalar, Part, Received};
use super::state::{State, FILES};
use super::stub::Stub;
use super::tables::{constant, is_binary, is_required, method, needs_token, Tables};
use super::wire::Wire;
use super::{example, picture};
use crate::sandbox::flow::token::Tokens;
use crate::sandbox::flow::user::Users;
use crate::spec::layout;
use crate::spec::model::{Const, Content, Endpoint, Envelope, Field, Origin, Type};

/// The largest body that the sandbox reads.
const LARGEST: usize = 128 << 20;

/// What a path and a method lead to.
enum Route<'a> {
    Endpoint(&'a Endpoint),
    /// The path is known, the method is not.
    WrongMethod(&'a Endpoint),
    File(String),
    /// A browser that asks who its visitor is.
    Authorize,
    /// An endpoint that the test answers.
    Stub(Stub),
    Unknown,
}

impl<'a> Route<'a> {
    fn find(state: &'a State, received: &Received) -> Self {
        if let Some(id) = received.path.strip_prefix(FILES) {
            return Self::File(id.to_owned());
        }
        if received.method == "GET" && received.path == flow::oauth::AUTHORIZE {
            return Self::Authorize;
        }
        if let Some(stub) = state.stubs.at(&received.path) {
            return Self::Stub(stub);
        }
        let mut at_path = state.tables.at_path(&received.path);
        let suited: Vec<_> =
            state.tables.at_path(&received.path).filter(|e| method(e) == received.method).collect();
        match suited.as_slice() {
            [] => at_path.next().map_or(Self::Unknown, Self::WrongMethod),
            [endpoint] => Self::Endpoint(endpoint),
            // Constants tell them apart. If none fits, the checks will say so of the first one.
            [first, ..] => {
                let query = pairs(&received.query);
                let body = serde_json::from_slice::<Map<String, Value>>(&received.body).unwrap_or_default();
                let fits = |endpoint: &&&Endpoint| constants_fit(endpoint, &query, &body);
                Self::Endpoint(suited.iter().find(fits).unwrap_or(first))
            }
        }
    }

    fn endpoint(&self) -> Option<&'a Endpoint> {
        match self {
            Self::Endpoint(endpoint) | Self::WrongMethod(endpoint) => Some(endpoint),
            Self::File(_) | Self::Authorize | Self::Stub(_) | Self::Unknown => None,
        }
    }

    /// The name of the endpoint, for the log and for faults.
    fn name(&self) -> Option<&str> {
        match self {
            Self::Stub(stub) => Some(stub.meta.name),
            route => route.endpoint().map(|endpoint| endpoint.name.value.as_str()),
        }
    }
}

fn constants_fit(endpoint: &Endpoint, query: &[(String, String)], body: &Map<String, Value>) -> bool {
    let constant = |field: &Field| constant(field).as_ref().map(scalar);
    let in_query = endpoint.query.iter().filter_map(|field| Some((&field.wire.value, constant(field)?)));
    let mut fits = in_query.map(|(name, value)| query.iter().any(|pair| pair.0 == *name && pair.1 == value));
    let body_fields = match endpoint.content() {
        Content::Json(fields) => fields,
        _ => &[],
    };
    let given = Given::Json(body);
    let mut body_fits = body_fields.iter().filter_map(|field| {
        let path = keys(field);
        let due = constant(field)?;
        Some(matches!(given.at(&path), Ok(Some(Item::Json(value))) if scalar(value) == due))
    });
    fits.all(|fits| fits) && body_fits.all(|fits| fits)
}

/// The keys that lead to a field.
fn keys(field: &Field) -> Vec<&str> {
    field.path.iter().chain([&field.wire.value]).map(String::as_str).collect()
}

/// Answers one request.
pub(crate) async fn handle(
    state: Arc<State>,
    wire: Wire,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let mut reply = Reply::page(StatusCode::PAYLOAD_TOO_LARGE);
            reply.set_header(CONNECTION, HeaderValue::from_static("close"));
            return Ok(reply.into_response());
        }
        // The sender is gone, or broke the protocol in the middle of the body.
        Err(_) => return wire.write(Bytes::new()).await,
    };
    let received = Received {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let route = Route::find(&state, &received);
    let name = route.name();
    let number = state.log.arrive(received.clone(), name);
    let Some(fault) = state.faults.take(name, &received.path) else {
        let reply = regular(&state, &received, &route).await;
        state.log.answered(number, reply.status.as_u16(), reply.code);
        return Ok(reply.into_response());
    };
    if fault.delay > Duration::ZERO {
        tokio::time::sleep(fault.delay).await;
    }
    let mut reply = match &fault.kind {
        FaultKind::Close => return wire.write(Bytes::new()).await,
        FaultKind::Raw(bytes) => return wire.write(bytes.clone()).await,
        FaultKind::Hang => return std::future::pending().await,
        FaultKind::Pass => regular(&state, &received, &route).await,
        FaultKind::Code(code, message) => faulty(&state, *code, message.as_deref(), route.endpoint()),
        FaultKind::Respond(status, body) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Reply::new(status, "application/json; encoding=utf-8", body.clone())
        }
    };
    fault.wire_headers().for_each(|(name, value)| reply.set_header(name, value));
    state.log.answered(number, reply.status.as_u16(), reply.code);
    match &fault {
        Fault { promise: None, keep: None, .. } => Ok(reply.into_response()),
        cut => wire.write(reply.into_bytes(cut.promise, cut.keep)).await,
    }
}

/// The words of an error: what the code means, what is wrong here, the id of the request.
fn message(state: &State, refusal: &Refusal) -> String {
    let usual = usual_text(refusal.code).or_else(|| state.tables.meaning(refusal.code)).unwrap_or("error");
    let (detail, separator) = (&refusal.detail, if refusal.detail.is_empty() { "" } else { ": " });
    let number = state.idents.number();
    let seconds = state.clock.seconds() as u32;
    format!("{usual}{separator}{detail} rid: {seconds:08x}-{:08x}-{:08x}", number >> 32, number as u32)
}

fn error(state: &State, refusal: &Refusal, endpoint: Option<&Endpoint>) -> Reply {
    let envelope = endpoint.map_or(Envelope::Errcode, |endpoint| endpoint.envelope);
    let binary = endpoint.is_some_and(is_binary);
    Reply::error(refusal.code, &message(state, refusal), &refusal.more, envelope, binary)
}

fn faulty(state: &State, code: i64, message: Option<&str>, endpoint: Option<&Endpoint>) -> Reply {
    match message {
        None => error(state, &refused(code), endpoint),
        Some(text) => {
            let envelope = endpoint.map_or(Envelope::Errcode, |endpoint| endpoint.envelope);
            Reply::error(code, text, &[], envelope, endpoint.is_some_and(is_binary))
        }
    }
}

/// What the platform would answer.
async fn regular(state: &State, received: &Received, route: &Route<'_>) -> Reply {
    let answer = match route {
        Route::Unknown => Answer::NotFound,
        Route::File(id) => flow::material::served(state, id).map_or(Answer::NotFound, Answer::File),
        Route::Authorize => {
            let visitor = state.of::<Users>().followers().into_iter().next().unwrap_or_default();
            let sent_back = flow::oauth::authorize(state, &received.query, &visitor);
            sent_back.map_or(Answer::NotFound, Answer::Redirect)
        }
        Route::WrongMethod(endpoint) => wrong_method(method(endpoint)).into(),
        Route::Stub(stub) => stubbed(state, received, stub).unwrap_or_else(Answer::from),
        Route::Endpoint(endpoint) => carry_out(state, received, endpoint).await.unwrap_or_else(Answer::from),
    };
    match answer {
        Answer::Json(text) => Reply::json(text, 0),
        Answer::Refused(refusal) => error(state, &refusal, route.endpoint()),
        Answer::File(file) => Reply::file(file),
        Answer::Redirect(location) => Reply::redirect(&location),
        Answer::NotFound => Reply::page(StatusCode::NOT_FOUND),
        Answer::Picture(text) => {
            // Drawing takes milliseconds, which the other connections need not wait for.
            let drawn = tokio::task::spawn_blocking(move || picture::jpeg(&text)).await;
            match drawn.ok().flatten() {
                Some(bytes) => Reply::picture(bytes),
                None => Reply::page(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
    }
}

fn wrong_method(due: &str) -> Refusal {
    refused(if due == "POST" { 43002 } else { 43001 })
}

/// What the test answers for an endpoint of its own, once the platform's own checks are passed.
fn stubbed(state: &State, received: &Received, stub: &Stub) -> Result<Answer, Refusal> {
    if received.method != stub.method() {
        return Err(wrong_method(stub.method()));
    }
    if stub.needs_token() {
        check_token(state, &mut pairs(&received.query))?;
    }
    let response = stub.respond(&LoggedRequest::arriving(received.clone(), Some(stub.meta.name)));
    Ok(Answer::Json(response.to_string()))
}

async fn carry_out(state: &State, received: &Received, endpoint: &Endpoint) -> Result<Answer, Refusal> {
    let mut query = pairs(&received.query);
    if needs_token(endpoint) {
        check_token(state, &mut query)?;
    } else if !endpoint.query.iter().any(|field| field.wire.value == "access_token") {
        // Some clients send the token with every call; where none is due, nobody looks at it.
        query.retain(|(name, _)| name != "access_token");
    }
    if !endpoint.accounts.is_empty() && !endpoint.accounts.contains(&state.account) {
        return Err(refused(48001));
    }
    let mut body = Map::new();
    let mut parts: Vec<Part> = Vec::new();
    let content = endpoint.content();
    match content {
        Content::Nothing if !received.body.is_empty() => {
            return Err(refused_for(40097, "this call has no body"));
        }
        Content::Nothing | Content::Raw(_) => {}
        Content::Json(_) => body = json_object(&received.body)?,
        Content::Parts(fields) => {
            parts = strays(state.tables, fields, &mut query);
            if parts.is_empty() || !received.body.is_empty() {
                parts.extend(received.parts().await?);
            }
            parts.retain(|part| !flow::unread(endpoint, &query, &part.name) && !says_nothing(fields, part));
        }
    }
    let given_query = Given::pairs(&query);
    let given_body = Given::Json(&body);
    check_account(state, &endpoint.query, &given_query)?;
    let checker = Checker::new(state.tables, &state.echoes);
    if let Content::Json(fields) = content {
        check_account(state, fields, &given_body)?;
    }
    checker.record(&endpoint.query, &given_query, "")?;
    match content {
        Content::Json(fields) => checker.record(fields, &given_body, "")?,
        Content::Parts(fields) => checker.record(fields, &Given::parts(&parts), "")?,
        Content::Raw(field) => checker.raw(field, &received.body)?,
        Content::Nothing => {}
    }
    let call = Call { state, endpoint, query: &query, body: &body, parts: &parts };
    Ok(match flow::answer(&call) {
        // What the examples of the spec name exists only in them, so nobody but them can answer.
        Some(Answer::Refused(refusal)) if refusal.unknown => {
            let shown = example::exactly(endpoint, &query, &body);
            shown.map_or(Answer::Refused(refusal), example::answer_of)
        }
        Some(answer) => answer,
        None => example::answer(endpoint, &query, &body),
    })
}

/// Whether an optional part that holds an object says no more than its absence would.
fn says_nothing(fields: &[Field], part: &Part) -> bool {
    let object = |field: &&Field| matches!(field.ty.value, Type::Named(_) | Type::JsonText(_) | Type::Map(_));
    let optional =
        fields.iter().filter(object).any(|field| field.wire.value == part.name && !is_required(field));
    let text = part.bytes.trim_ascii();
    optional && part.filename.is_none() && matches!(text, b"" | b"{}" | b"null")
}

/// Takes from the query what belongs to a choice among the parts: a variant that is no file is sent there.
pub(crate) fn strays<'s>(
    tables: &Tables<'s>,
    fields: &'s [Field],
    query: &mut Vec<(String, String)>,
) -> Vec<Part> {
    let mut parts = Vec::new();
    for variant in layout::strays(&tables.index, fields) {
        while let Some(index) = query.iter().position(|(name, _)| *name == variant.key) {
            let (name, value) = query.remove(index);
            parts.push(Part { name, filename: None, content_type: None, bytes: value.into() });
        }
    }
    parts
}

/// Takes the access token out of the query and judges it.
fn check_token(state: &State, query: &mut Vec<(String, String)>) -> Result<(), Refusal> {
    let token = query.iter().position(|(name, _)| name == "access_token").map(|index| query.remove(index).1);
    match token {
        Some(token) if !token.is_empty() => state.of::<Tokens>().check(&token, state.clock.millis()),
        _ => Err(refused(41001)),
    }
}

/// Judges AppID and secret where an endpoint takes them, and the kind of credential it asks for. The codes
/// are the platform's own and the same everywhere.
fn check_account(state: &State, fields: &[Field], given: &Given<'_>) -> Result<(), Refusal> {
    let text = |field: &Field| -> Result<String, Refusal> {
        let path = keys(field);
        Ok(match given.at(&path)? {
            Some(Item::Text(text)) => text.to_owned(),
            Some(Item::Json(value)) if !value.is_null() => scalar(value),
            _ => String::new(),
        })
    };
    let mut found = Vec::new();
    for field in fields {
        match field.origin {
            Origin::AppId => found.push(((41002, 40013, &state.app_id), text(field)?)),
            Origin::Secret => found.push(((41004, 40125, &state.secret), text(field)?)),
            Origin::Caller | Origin::Const(_) => {}
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    for ((missing, ..), value) in &found {
        if value.is_empty() {
            return Err(refused(*missing));
        }
    }
    for field in fields.iter().filter(|field| field.wire.value == "grant_type") {
        if let Origin::Const(Const::Text(due)) = &field.origin
            && text(field)? != *due
        {
            return Err(refused(40002));
        }
    }
    for ((_, wrong, due), value) in &found {
        if value != *due {
            return Err(refused(*wrong));
        }
    }
    Ok(())
}
