//! The one way in which a call travels: token, request, answer, and the few reasons to send it again.
//! Not generic over the endpoint.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use bytes::Bytes;
use reqwest::header::{HeaderValue, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use serde_json::Value;

use crate::client::account::Account;
use crate::client::shared::Shared;
use crate::error::{Error, ErrorKind, Result};
use crate::meta::{Auth, Body, Meta, Method};
use crate::part::PartValue;
use crate::record::{self, Place, Record, Ref, Target};
use crate::token::Token;
use crate::wire::decode::{self, Answer, Head, Kind};
use crate::wire::download;
use crate::wire::mask;
use crate::wire::query::push_pair;
use crate::wire::upload::{self, Upload};

/// What is asked for.
pub(crate) enum Request {
    Record(Box<dyn Record>),
    /// A call without a description.
    Raw {
        path: String,
        query: Vec<(String, String)>,
        body: Option<Value>,
    },
}

/// The options of one call; what is not set is the client's.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) retries: Option<u32>,
}

/// A call before it is sent.
pub(crate) struct Plan {
    pub(crate) shared: Arc<Shared>,
    pub(crate) meta: &'static Meta,
    pub(crate) request: Request,
    pub(crate) kind: Kind,
    pub(crate) target: fn() -> Option<Box<dyn Target>>,
    pub(crate) options: Options,
}

/// Makes the call, within its time: a transfer may take as long as it moves, everything else has a limit in
/// all.
pub(crate) async fn perform(plan: Plan) -> Result<Answer> {
    let endpoint = plan.meta.name;
    let limit = match (plan.options.timeout, plan.kind, plan.meta.body_kind()) {
        (Some(limit), ..) => Some(limit),
        (None, Kind::Json, Body::None | Body::Json) => Some(plan.shared.account.timeouts.call),
        (None, ..) => None,
    };
    // In its place from the beginning: it is large, and each move of it is a copy.
    let run = pin!(run(&plan));
    let result = match limit {
        Some(limit) => within(limit, run).await,
        None => run.await,
    };
    result.map_err(|error| error.with_endpoint(endpoint))
}

/// Sends once, once more with a new token if the token was refused, and again while the platform is busy if
/// that is safe.
async fn run(plan: &Plan) -> Result<Answer> {
    let shared = &*plan.shared;
    let meta = plan.meta;
    let retries = match plan.options.retries {
        _ if !meta.is_idempotent() => 0,
        Some(retries) => retries,
        None => shared.account.retries,
    };
    let mut pauses = None;
    let mut replayed = false;
    let mut fresh = None;
    loop {
        let token = match meta.auth {
            Auth::AccessToken => Some(match fresh.take() {
                Some(token) => token,
                None => current_token(plan).await?,
            }),
            Auth::None | Auth::App | Auth::UserToken => None,
        };
        let exposed = token.as_ref().map(Token::expose);
        let error = match attempt(&shared.account, plan, exposed).await {
            Ok(answer) => return Ok(answer),
            Err(error) => mask::without(error, &sent_secrets(plan, exposed)),
        };
        if let Some(token) = token.filter(|_| error.is_token_invalid()) {
            shared.tokens.provider().report(&token).await;
            if replayed {
                return Err(error);
            }
            replayed = true;
            // Where the source has nothing newer, sending again could only fail again.
            match current_token(plan).await {
                Ok(next) if next.ptr_eq(&token) => return Err(error),
                Ok(next) => {
                    tracing::debug!(
                        target: "weixin::token",
                        account = shared.account.app_id,
                        event = "replay",
                        endpoint = meta.name,
                        reason = error.code().map(|code| code.0),
                        "sending again with a new token"
                    );
                    fresh = Some(next);
                    continue;
                }
                Err(failed) => return Err(failed),
            }
        }
        // Only what the platform itself reports as busy: a broken connection may have carried the call out.
        let busy = error.kind() == ErrorKind::Api && error.is_retryable();
        let pause = pauses.get_or_insert_with(|| self::pauses(retries)).next();
        match pause.filter(|_| busy) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(error),
        }
    }
}

/// All secrets that the request holds.
fn sent_secrets<'a>(plan: &'a Plan, token: Option<&'a str>) -> Vec<&'a str> {
    let mut secrets = vec![plan.shared.account.secret.as_str()];
    secrets.extend(token);
    if let Request::Record(record) = &plan.request {
        record.seen(|table, refs| {
            for (field, value) in table.fields().iter().zip(refs) {
                if let (true, Ref::Str(value)) = (field.secret(), value) {
                    secrets.push(*value);
                }
            }
        });
    }
    secrets
}

fn pauses(retries: u32) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(retries as usize)
        .with_jitter()
        .build()
}

async fn current_token(plan: &Plan) -> Result<Token> {
    let provider = plan.shared.tokens.provider();
    match provider.cached() {
        Some(token) => Ok(token),
        None => provider.get().await,
    }
}

/// Makes a call that needs no token: for the sources of tokens themselves.
pub(crate) async fn perform_without_token(
    account: &Account,
    meta: &'static Meta,
    request: &dyn Record,
    target: &mut dyn Target,
) -> Result<()> {
    let url = account.url(meta, None, request)?;
    let body = match meta.body_kind() {
        Body::Json => Some(record::body_json(request, &account.fixed_body(meta)?)?),
        _ => None,
    };
    let outgoing = Outgoing::json(meta.method, url, body);
    let exchange = async {
        let mut response = exchange(account, outgoing, None).await?;
        let head = head_of(&response);
        let json = read(&mut response, &head, account.json_limit, None).await?;
        decode::decode(meta, &head, &json, target)
    };
    let result = within(account.timeouts.call, pin!(exchange)).await;
    result.map_err(|error| mask::without(error, &[&account.secret]).with_endpoint(meta.name))
}

/// A request on its way out.
struct Outgoing {
    method: reqwest::Method,
    url: String,
    content_type: ContentType,
    length: Option<u64>,
    body: Option<reqwest::Body>,
    activity: Option<upload::Activity>,
}

enum ContentType {
    /// There is no body.
    None,
    Json,
    Other(String),
}

impl Outgoing {
    fn json(method: Method, url: String, body: Option<Vec<u8>>) -> Self {
        Self {
            method: http_method(method),
            url,
            content_type: if body.is_some() { ContentType::Json } else { ContentType::None },
            length: None,
            body: body.map(reqwest::Body::from),
            activity: None,
        }
    }

    fn upload(method: Method, url: String, upload: Upload, content_type: Option<&str>) -> Self {
        Self {
            method: http_method(method),
            url,
            content_type: ContentType::Other(content_type.map_or(upload.content_type, str::to_owned)),
            length: Some(upload.length),
            body: Some(upload.body),
            activity: Some(upload.activity),
        }
    }
}

fn http_method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    }
}

/// Builds the request anew: a replay must carry the new token, and a file is opened again.
async fn outgoing(
    account: &Account,
    meta: &Meta,
    request: &Request,
    token: Option<&str>,
    idle: Duration,
) -> Result<Outgoing> {
    let request = match request {
        Request::Record(request) => &**request,
        Request::Raw { path, query, body } => {
            return raw_outgoing(account, meta, path, query, body.as_ref(), token)
        }
    };
    let url = account.url(meta, token, request)?;
    Ok(match meta.body_kind() {
        Body::None => Outgoing::json(meta.method, url, None),
        Body::Json => {
            let body = record::body_json(request, &account.fixed_body(meta)?)?;
            Outgoing::json(meta.method, url, Some(body))
        }
        Body::Multipart => {
            let parts = record::parts(request, Place::Part)?;
            if parts.is_empty() {
                Outgoing::json(meta.method, url, None)
            } else {
                Outgoing::upload(meta.method, url, upload::multipart(&parts, idle).await?, None)
            }
        }
        Body::Raw => match record::parts(request, Place::Raw)?.into_iter().next().map(|part| part.value) {
            Some(PartValue::File(file)) => {
                let described = Some(meta.content_type).filter(|content_type| !content_type.is_empty());
                let content_type = file.explicit_content_type().or(described);
                Outgoing::upload(meta.method, url, upload::raw(&file, idle).await?, content_type)
            }
            Some(PartValue::Text(text)) => {
                let mut outgoing = Outgoing::json(meta.method, url, Some(text.into_bytes()));
                let described = Some(meta.content_type).filter(|content_type| !content_type.is_empty());
                let content_type = described.unwrap_or("text/plain; charset=utf-8");
                outgoing.content_type = ContentType::Other(content_type.to_owned());
                outgoing
            }
            None => Outgoing::json(meta.method, url, Some(Vec::new())),
        },
    })
}

fn raw_outgoing(
    account: &Account,
    meta: &Meta,
    path: &str,
    query: &[(String, String)],
    body: Option<&Value>,
    token: Option<&str>,
) -> Result<Outgoing> {
    if !path.starts_with('/')
        || !path.bytes().all(|byte| byte.is_ascii_graphic())
        || path.contains(['?', '#'])
    {
        return Err(Error::config(format!("{path:?} is not a path: it begins with `/` and holds no query")));
    }
    let mut pairs = String::new();
    if let Some(token) = token {
        push_pair(&mut pairs, "access_token", token);
    }
    for (name, value) in query {
        push_pair(&mut pairs, name, value);
    }
    let url = format!("{}{path}?{pairs}", account.hosts.get(meta.host));
    let body = body.map(serde_json::to_vec).transpose();
    let body = body.map_err(|error| Error::config("the body can't be written as JSON").with_source(error))?;
    Ok(Outgoing::json(meta.method, url, body))
}

/// Sends once and judges the answer.
async fn attempt(account: &Account, plan: &Plan, token: Option<&str>) -> Result<Answer> {
    let meta = plan.meta;
    let idle = plan.options.idle.unwrap_or(account.timeouts.idle);
    let mut outgoing = outgoing(account, meta, &plan.request, token, idle).await?;
    // Held until the response is read: letting go of it cancels the upload.
    let activity = outgoing.activity.take();
    // Where a limit in all stands guard, waiting for the answer to begin is no silence.
    let patience = (plan.kind != Kind::Json && plan.options.timeout.is_none()).then_some(idle);
    let exchange = exchange(account, outgoing, patience.filter(|_| activity.is_none()));
    let mut response = match &activity {
        None => exchange.await?,
        Some(activity) => tokio::select! {
            response = exchange => response?,
            () = activity.stalled(idle) => return Err(timeout(idle)),
        },
    };
    if plan.kind == Kind::Json {
        let head = head_of(&response);
        // The limit of the call stands guard, and for an upload the silence.
        let idle = activity.as_ref().map(|_| idle);
        let json = read(&mut response, &head, account.json_limit, idle).await?;
        return judge(plan, &head, &json);
    }
    // In a box, so that a call whose answer is JSON carries no room for it.
    Box::pin(open(account, plan, response, idle, patience)).await
}

fn judge(plan: &Plan, head: &Head, json: &[u8]) -> Result<Answer> {
    match (plan.target)() {
        Some(mut target) => {
            decode::decode(plan.meta, head, json, &mut *target)?;
            Ok(Answer::Json(target))
        }
        None => Err(decode::judge_unwanted(plan.meta, head, json)),
    }
}

/// An answer that may be bytes.
async fn open(
    account: &Account,
    plan: &Plan,
    response: reqwest::Response,
    idle: Duration,
    patience: Option<Duration>,
) -> Result<Answer> {
    const MOST_REDIRECTS: usize = 5;
    let mut response = response;
    for _ in 0..MOST_REDIRECTS {
        let Some(next) = redirect_of(&response, plan.meta) else { break };
        // A new request, which carries neither the query of the first nor a `Referer`.
        let request = Outgoing::json(Method::Get, next, None);
        response = exchange(account, request, patience).await?;
    }
    let head = head_of(&response);
    if !head.is_success() {
        let json = read(&mut response, &head, account.json_limit, Some(idle)).await?;
        return Err(decode::judge_unwanted(plan.meta, &head, &json));
    }
    match download::open(plan.meta.name, response, Some(idle), account.json_limit).await? {
        download::Body::Binary(download) => Ok(Answer::Bytes(download)),
        download::Body::Json(json) => judge(plan, &head, &json),
    }
}

/// The body of an answer that is, or may be, JSON. One that is too large to be read does not hide the status
/// that it came with.
async fn read(
    response: &mut reqwest::Response,
    head: &Head,
    limit: usize,
    idle: Option<Duration>,
) -> Result<Bytes> {
    match download::read_json(response, limit, idle).await {
        Err(error) if error.kind() == ErrorKind::TooLarge && !head.is_success() => Ok(Bytes::new()),
        read => read,
    }
}

/// Where a download is to be had instead.
fn redirect_of(response: &reqwest::Response, meta: &Meta) -> Option<String> {
    if !response.status().is_redirection() || meta.method != Method::Get {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let next = response.url().join(location).ok()?;
    // Never from a protected connection to an open one.
    let protected = response.url().scheme() == "https";
    (next.scheme() == "https" || next.scheme() == "http" && !protected).then(|| next.into())
}

/// One request and the head of its answer.
async fn exchange(
    account: &Account,
    outgoing: Outgoing,
    idle: Option<Duration>,
) -> Result<reqwest::Response> {
    let mut request = account.http.request(outgoing.method, outgoing.url);
    match outgoing.content_type {
        ContentType::None => {}
        ContentType::Json => {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        }
        ContentType::Other(content_type) => request = request.header(CONTENT_TYPE, content_type),
    }
    if let Some(length) = outgoing.length {
        request = request.header(CONTENT_LENGTH, length);
    }
    if let Some(body) = outgoing.body {
        request = request.body(body);
    }
    let mut sending = request.send();
    match idle {
        Some(idle) => within(idle, async { (&mut sending).await.map_err(http_error) }).await,
        None => sending.await.map_err(http_error),
    }
}

/// What the connection reports; the reason why a body of ours could not be read comes first.
fn http_error(error: reqwest::Error) -> Error {
    upload::failure(&error).unwrap_or_else(|| Error::http(error))
}

fn head_of(response: &reqwest::Response) -> Head {
    let header = |name| response.headers().get(name).cloned();
    Head {
        status: response.status().as_u16(),
        content_type: header(CONTENT_TYPE),
        retry_after: header(RETRY_AFTER),
    }
}

async fn within<T>(limit: Duration, step: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(limit, step).await.unwrap_or_else(|_| Err(timeout(limit)))
}

fn timeout(limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("no answer within {limit:?}"))
}
