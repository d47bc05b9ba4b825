//! Calls that are dropped at each point where they wait: none is sent twice, and their places come back.
//! What breaks on the way is tested in `tests/it/wire/broken.rs`.

use std::future::{poll_fn, Future as _};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::task::yield_now;
use weixin::custom_message::{CustomText, SendCustomMessage};
use weixin::transport::{RequestBody, ResponseBody, Transport, TransportError};
use weixin::{BoxFuture, Client, Result, Token, TokenProvider};

use crate::account::{SECRET, TOKEN};

/// A body that comes in pieces, each after a pause.
struct Pieces(Vec<&'static str>, bool);

impl Body for Pieces {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.1 = !self.1;
        if self.1 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes())))))
    }
}

/// Pauses before and after it sends; counts what it has sent.
#[derive(Clone, Default)]
struct Slow(Arc<AtomicUsize>);

impl Transport for Slow {
    fn send(
        &self,
        _: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
        Box::pin(async move {
            yield_now().await;
            self.0.fetch_add(1, Ordering::SeqCst);
            yield_now().await;
            let body = Pieces(vec![r#":"ok"}"#, r#""errmsg""#, r#"{"errcode":0,"#], false);
            Ok(http::Response::new(ResponseBody::new(body)))
        })
    }
}

/// Takes its time.
struct Thoughtful;

impl TokenProvider for Thoughtful {
    fn get(&self) -> BoxFuture<'_, Result<Token>> {
        Box::pin(async {
            yield_now().await;
            Ok(Token::new(TOKEN))
        })
    }

    fn report(&self, _: &Token) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn message() -> SendCustomMessage {
    SendCustomMessage::new("OPENID", CustomText::new("x"))
}

fn client() -> (Client, Arc<AtomicUsize>) {
    let transport = Slow::default();
    let sent = Arc::clone(&transport.0);
    let client = Client::builder("wx_appid", SECRET).transport(transport).token_provider(Thoughtful);
    (client.max_concurrent_calls(1).build().unwrap(), sent)
}

/// On a paused clock a place that does not come back is a call that runs out of time.
#[tokio::test(start_paused = true)]
async fn a_call_dropped_anywhere_gives_its_place_back() {
    let (client, sent) = client();
    for polls in 0..1000 {
        let before = sent.load(Ordering::SeqCst);
        let mut call = Box::pin(client.send_custom_message(message()));
        let mut done = false;
        for _ in 0..polls {
            match poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
                Poll::Ready(outcome) => {
                    outcome.unwrap();
                    done = true;
                    break;
                }
                Poll::Pending => yield_now().await,
            }
        }
        drop(call);
        let dropped = sent.load(Ordering::SeqCst) - before;
        assert!(dropped <= 1, "after {polls} turns");
        client.send_custom_message(message()).await.unwrap();
        assert_eq!(sent.load(Ordering::SeqCst) - before, dropped + 1, "after {polls} turns");
        if done {
            assert!(dropped == 1 && polls > 6, "{polls}");
            return;
        }
    }
    panic!("the call never ends");
}

#[tokio::test(start_paused = true)]
async fn so_does_one_that_was_dropped_while_it_waited_for_a_place() {
    let (client, sent) = client();
    for polls in 1..10 {
        let before = sent.load(Ordering::SeqCst);
        let mut first = Box::pin(client.send_custom_message(message()));
        while sent.load(Ordering::SeqCst) == before {
            assert!(poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await.is_pending());
            yield_now().await;
        }
        let mut second = Box::pin(client.send_custom_message(message()));
        for _ in 0..polls {
            assert!(poll_fn(|context| Poll::Ready(second.as_mut().poll(context))).await.is_pending());
            yield_now().await;
        }
        drop(second);
        first.await.unwrap();
        client.send_custom_message(message()).await.unwrap();
        assert_eq!(sent.load(Ordering::SeqCst) - before, 2, "after {polls} turns");
    }
}
