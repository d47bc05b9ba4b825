//! The one way in which a call travels, and the few reasons to send it again. Not generic over the endpoint.
//! The stages (encode, transport, decode) stand in `wire`.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::sync::SemaphorePermit;

use crate::auth::Auth;
use crate::client::account::Account;
use crate::client::secret;
use crate::client::shared::Shared;
use crate::endpoint::meta::{Body, Meta, Method};
use crate::endpoint::{Decoded, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Record, Target, ValueRef};
use crate::token::pace::before_repeat;
use crate::token::Token;
use crate::wire::decode::{self, Head};
use crate::wire::encode::{Encoded, RawCall};
use crate::wire::exchange::{self, head_of, read_json, timeout, within, Ask};
use crate::wire::interceptor::{Watch, Watched};
use crate::wire::mask;
use crate::wire::transport::{OwnConnection, RequestBody, ResponseBody};
use crate::wire::{download, upload::Activity};

/// What is asked for.
pub(crate) enum Request {
    Record(Box<dyn Record>),
    /// A call without a description.
    Raw(RawCall),
}

/// The options of one call; what is not set is the client's.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) retries: Option<u32>,
    /// Waits for no other call: what fetches a ticket must not wait for calls that wait for the ticket.
    pub(crate) unbounded: bool,
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

impl Plan {
    /// Whether it carries a file. What is a form on the wire may carry none: pictures are given by address, too.
    fn uploads(&self) -> bool {
        match (&self.request, self.meta.body_kind()) {
            (Request::Record(record), Body::Multipart | Body::Raw) => {
                record.with_values(|_, values| values.iter().any(is_file))
            }
            _ => false,
        }
    }
}

fn is_file(value: &ValueRef<'_>) -> bool {
    match value {
        ValueRef::File(_) => true,
        ValueRef::Union(union) => union.get().is_some_and(|(_, payload)| is_file(&payload)),
        ValueRef::Seq(list) => (0..list.size()).any(|index| is_file(&list.item(index))),
        _ => false,
    }
}

/// Makes the call, within its time: a transfer may take as long as it moves, everything else has a total limit.
pub(crate) async fn perform(plan: Plan) -> Result<Decoded> {
    let endpoint = plan.meta.name;
    let limit = match (plan.options.timeout, plan.kind) {
        (Some(limit), _) => Some(limit),
        (None, Kind::Json) if !plan.uploads() => Some(plan.shared.account.timeouts.call),
        (None, _) => None,
    };
    let mut course = Course::new(&plan);
    // In its place from the beginning: it is large, and each move of it is a copy.
    let result = match limit {
        Some(limit) => {
            let ended = tokio::time::timeout(limit, pin!(run(&plan, &mut course))).await;
            ended.unwrap_or_else(|_| Err(course.telling(timeout(limit))))
        }
        None => pin!(run(&plan, &mut course)).await,
    };
    result.map_err(|error| error.with_endpoint(endpoint))
}

async fn run(plan: &Plan, course: &mut Course<'_>) -> Result<Decoded> {
    loop {
        let token = course.token().await?;
        let exposed = token.as_ref().map(Token::expose);
        course.attempts += 1;
        let mut failure = match attempt(plan, exposed, course).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        failure.error = mask::without(failure.error, &sent_secrets(plan, exposed));
        course.again(failure, token).await?;
    }
}

/// What became of a call so far, and whether it is sent again.
struct Course<'a> {
    plan: &'a Plan,
    retries: u32,
    pauses: Option<ExponentialBackoff>,
    /// The token to send again with.
    fresh: Option<Token>,
    /// How often it was sent.
    attempts: u32,
    /// It was sent again with a new token.
    replayed: bool,
    /// It was sent again over a new connection.
    reconnected: bool,
    /// Why it was sent again.
    seen: Option<Error>,
}

impl<'a> Course<'a> {
    fn new(plan: &'a Plan) -> Self {
        let retries = match plan.options.retries {
            _ if !plan.meta.is_idempotent() => 0,
            Some(retries) => retries,
            None => plan.shared.account.max_retries,
        };
        Self {
            plan,
            retries,
            pauses: None,
            fresh: None,
            attempts: 0,
            replayed: false,
            reconnected: false,
            seen: None,
        }
    }

    /// The token to send with, if the endpoint wants one.
    async fn token(&mut self) -> Result<Option<Token>> {
        Ok(match (self.plan.meta.auth, self.fresh.take()) {
            (Auth::AccessToken, Some(token)) => Some(token),
            (Auth::AccessToken, None) => Some(current_token(self.plan).await?),
            (Auth::None | Auth::App | Auth::UserToken, _) => None,
        })
    }

    /// Prepares for sending again: once with a new token if the token was refused; once over a new connection if it
    /// broke before the response began, and while the platform is busy, if the endpoint is idempotent.
    ///
    /// # Errors
    /// What the caller is told if it is not sent again.
    async fn again(&mut self, failure: Failure, token: Option<Token>) -> Result<()> {
        let Failure { error, stage } = failure;
        match stage {
            // A body that can be had only once. What the platform said to it tells more.
            Stage::Unsent => return Err(self.seen.take().unwrap_or(error)),
            Stage::Broken if self.plan.meta.is_idempotent() && !self.reconnected => {
                self.reconnected = true;
                self.seen.get_or_insert(error);
                return Ok(());
            }
            Stage::Broken => return Err(self.telling(error)),
            Stage::Answered => {}
        }
        if let Some(token) = token.filter(|_| error.is_token_invalid()) {
            return self.replay(error, &token).await;
        }
        // Only what the platform itself reports as busy: anything else may have carried the call out.
        if error.kind() == ErrorKind::Api && error.is_retryable() {
            let retries = self.retries;
            if let Some(pause) = self.pauses.get_or_insert_with(|| pauses(retries)).next() {
                self.seen = Some(error);
                tokio::time::sleep(pause).await;
                return Ok(());
            }
        }
        Err(self.telling(error))
    }

    /// Gets a new token, unless that was tried already.
    async fn replay(&mut self, error: Error, token: &Token) -> Result<()> {
        let shared = &self.plan.shared;
        shared.tokens.provider().report(token).await;
        if self.replayed {
            return Err(error);
        }
        self.replayed = true;
        // Where the source has nothing newer, sending again could only fail again.
        let next = current_token(self.plan).await?;
        if next.ptr_eq(token) {
            return Err(error);
        }
        tracing::debug!(
            target: "weixin::token",
            account = shared.account.encoder.app_id,
            event = "replay",
            endpoint = self.plan.meta.name,
            reason = error.code().map(|code| code.0),
            "sending again with a new token"
        );
        self.fresh = Some(next);
        self.seen = Some(error);
        Ok(())
    }

    /// The error that tells the caller most: what the platform said before, if the repeat had no response. A refused
    /// token was replaced, so it is no longer the reason.
    fn telling(&mut self, last: Error) -> Error {
        let unanswered =
            matches!(last.kind(), ErrorKind::Timeout | ErrorKind::Connect | ErrorKind::Transport);
        let said = |seen: &mut Error| {
            matches!(seen.kind(), ErrorKind::Api | ErrorKind::Status) && !seen.is_token_invalid()
        };
        if unanswered {
            self.seen.take_if(said).unwrap_or(last)
        } else {
            last
        }
    }
}

/// Why an attempt failed, and how far it had come.
struct Failure {
    error: Error,
    stage: Stage,
}

enum Stage {
    /// Before anything was sent.
    Unsent,
    /// Before the response began, through no fault of the request, and not for its slowness.
    Broken,
    /// At a response, or after too long a time.
    Answered,
}

impl Failure {
    fn unsent(error: Error) -> Self {
        Self { error, stage: Stage::Unsent }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let stage = if exchange::is_gateway(&error) { Stage::Broken } else { Stage::Answered };
        Self { error, stage }
    }
}

/// Makes the request, and sends it once if all interceptors let it pass.
async fn attempt(plan: &Plan, token: Option<&str>, course: &Course<'_>) -> Result<Decoded, Failure> {
    let account = &*plan.shared.account;
    let idle = plan.options.idle.unwrap_or(account.timeouts.idle);
    let encoded = match &plan.request {
        Request::Record(record) => account.encoder.encode(plan.meta, &**record, token, idle).await,
        Request::Raw(call) => account.encoder.raw(plan.meta, call, token),
    };
    let Encoded { mut request, activity } = encoded.map_err(Failure::unsent)?;
    if course.reconnected {
        request.extensions_mut().insert(OwnConnection);
    }
    let app_id = &account.encoder.app_id;
    match Watch::begin(&account.interceptors, app_id, plan.meta, course.attempts, &request) {
        None => once(plan, request, activity, idle, &mut None).await,
        Some(watching) => {
            let mut watched = Some(watching.await.map_err(Failure::unsent)?);
            let ended = Box::pin(once(plan, request, activity, idle, &mut watched)).await;
            if let Some(watch) = &mut watched {
                watch.end(ended.as_ref().err().map(|failure| &failure.error));
            }
            ended
        }
    }
}

/// Sends once and judges the response.
async fn once(
    plan: &Plan,
    mut request: http::Request<RequestBody>,
    activity: Option<Activity>,
    idle: Duration,
    watched: &mut Watched,
) -> Result<Decoded, Failure> {
    let account = &*plan.shared.account;
    // Held until the head of the response is read, of JSON its body; taken when everything else is at hand. So
    // nothing that a call waits for can wait for the call.
    let permit = if plan.options.unbounded { None } else { account.calls.acquire().await.ok() };
    if let Some(activity) = &activity {
        // To wait for a place, or for an interceptor, is no silence.
        activity.touch();
    }
    if let Some(watch) = watched {
        watch.sending(&mut request);
    }
    if plan.kind != Kind::Json {
        // In a box, so that a call whose response is JSON carries no room for it.
        return Box::pin(transfer(plan, request, activity, idle, permit, watched)).await;
    }
    let response = send(account, request, None, activity.as_ref().map(|activity| (activity, idle))).await?;
    let head = head_of(&response);
    if let Some(watch) = watched {
        watch.answered(head.status, response.body().announced());
    }
    // The limit of the call stands guard, and for an upload the silence.
    let idle = activity.as_ref().map(|_| idle);
    let json = read_json(&mut response.into_body(), &head, account.max_json_bytes, idle).await?;
    if let Some(watch) = watched {
        watch.read(json.len());
    }
    drop(permit);
    Ok(judge(plan, &head, &json)?)
}

/// Sends once, for the head of the response: within `patience` if there is one, and while an upload moves.
async fn send(
    account: &Account,
    request: http::Request<RequestBody>,
    patience: Option<Duration>,
    activity: Option<(&Activity, Duration)>,
) -> Result<http::Response<ResponseBody>, Failure> {
    let address = request.uri().clone();
    let exchange = async {
        account.transport.send(request).await.map_err(|error| {
            let slow = error.is_timeout();
            let error = error.unanswered(&address);
            let broken = !slow && matches!(error.kind(), ErrorKind::Connect | ErrorKind::Transport);
            Failure { stage: if broken { Stage::Broken } else { Stage::Answered }, error }
        })
    };
    match (activity, patience) {
        (Some((activity, idle)), _) => tokio::select! {
            response = exchange => response,
            () = activity.stalled(idle) => Err(timeout(idle).into()),
        },
        (None, Some(patience)) => {
            let ended = tokio::time::timeout(patience, exchange).await;
            ended.unwrap_or_else(|_| Err(timeout(patience).into()))
        }
        (None, None) => exchange.await,
    }
}

fn judge(plan: &Plan, head: &Head, json: &[u8]) -> Result<Decoded> {
    match (plan.target)() {
        Some(mut target) => {
            decode::decode(plan.meta, head, json, &mut *target)?;
            Ok(target)
        }
        None => Err(decode::judge_unwanted(plan.meta, head, json)),
    }
}

/// A call whose response may be bytes.
async fn transfer(
    plan: &Plan,
    request: http::Request<RequestBody>,
    activity: Option<Activity>,
    idle: Duration,
    permit: Option<SemaphorePermit<'_>>,
    watched: &mut Watched,
) -> Result<Decoded, Failure> {
    const MOST_REDIRECTS: usize = 5;
    let (account, meta) = (&*plan.shared.account, plan.meta);
    // Where a total limit stands guard, waiting for the response to begin is no silence.
    let patience = plan.options.timeout.is_none().then_some(idle);
    let mut address = request.uri().clone();
    let moving = activity.as_ref().map(|activity| (activity, idle));
    let mut response = send(account, request, patience, moving).await?;
    for _ in 0..MOST_REDIRECTS {
        let next = exchange::redirect(&address, response.status(), response.headers());
        let Some(next) = next.filter(|_| meta.method == Method::Get) else { break };
        // A new request, which carries neither the query of the first nor a `Referer`.
        let mut request = http::Request::new(RequestBody::empty());
        *request.uri_mut() = next.clone();
        response = send(account, request, patience, None).await?;
        address = next;
    }
    drop(permit);
    let head = head_of(&response);
    if let Some(watch) = watched {
        watch.answered(head.status, response.body().announced());
    }
    if !head.is_success() {
        let mut body = response.into_body();
        let json = read_json(&mut body, &head, account.max_json_bytes, Some(idle)).await?;
        return Err(decode::judge_unwanted(meta, &head, &json).into());
    }
    match download::open(meta.name, response, Some(idle), account.max_json_bytes).await? {
        download::Body::Binary(download) => Ok(download),
        download::Body::Json(json) => Ok(judge(plan, &head, &json)?),
    }
}

/// All secrets that the request holds. Of a call without a description nobody knows which values are secret, so all
/// texts of some length count.
fn sent_secrets<'a>(plan: &'a Plan, token: Option<&'a str>) -> Vec<&'a str> {
    let mut secrets = vec![plan.shared.account.encoder.secret.as_str()];
    secrets.extend(token);
    match &plan.request {
        Request::Record(record) => secret::in_record(&**record, &mut secrets),
        Request::Raw(call) => secret::in_raw(call, &mut secrets),
    }
    secrets
}

fn pauses(retries: u32) -> ExponentialBackoff {
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

/// Makes a call that needs no token: for the sources of tokens themselves. It waits for no other call. `repeatable`
/// says whether it may be sent again if its connection broke.
pub(crate) async fn perform_without_token(
    account: &Account,
    meta: &'static Meta,
    request: &(dyn Record + Sync),
    repeatable: bool,
    target: &mut dyn Target,
) -> Result<()> {
    let make = || account.encoder.plain(meta, request, None);
    let ask = Ask {
        transport: &*account.transport,
        interceptors: &account.interceptors,
        app_id: &account.encoder.app_id,
        meta,
        repeatable,
        before_repeat: |reached| Box::pin(before_repeat(reached)),
        largest: account.max_json_bytes,
    };
    let result = within(account.timeouts.call, pin!(ask.json(&make, target))).await;
    result.map_err(|error| mask::without(error, &[&account.encoder.secret]).with_endpoint(meta.name))
}
