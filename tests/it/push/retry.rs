//! Servers that are slow, fail or are not there: how often a push is delivered, and what the handler sees of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use weixin::callback::{Receiver, Reply, Responder};
use weixin::sandbox::{CallbackTarget, Sandbox};
use weixin::ErrorKind;

use super::loopback::{plain, respond, Seen, Server, TOKEN};
use super::message::reply;

async fn sandbox() -> Sandbox {
    Sandbox::builder().followers(["o1"]).start().await.unwrap()
}

/// Short, so that tests don't wait long for a server that never answers.
const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_failing_server_gets_the_same_push_again() {
    let (sandbox, seen) = (sandbox().await, Seen::default());
    let (responder, count) = (seen.responder(plain(), Some(reply())), Arc::new(AtomicUsize::new(0)));
    let server = Server::start(move |request| {
        let (responder, number) = (responder.clone(), count.fetch_add(1, Ordering::SeqCst));
        async move {
            // The handler has run, but what it said is lost on the way.
            let answer = respond(responder, request).await;
            if number < 2 {
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            } else {
                answer
            }
        }
    })
    .await;
    sandbox.set_callback(server.target()).unwrap();
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    let statuses: Vec<_> = report.attempts().iter().map(|attempt| attempt.status()).collect();
    assert_eq!(statuses, [Some(500), Some(500), Some(200)]);
    assert_eq!(report.attempts()[0].error().map(|error| error.kind()), Some(ErrorKind::Status));
    assert!(report.attempts()[2].error().is_none() && report.error().is_none());
    assert_eq!(report.reply(), Some(&reply()));
    assert_eq!(seen.pushes().len(), 1, "the handler ran once");
    assert_eq!(sandbox.sent_messages("o1").len(), 1, "the user reads one reply");

    let arrived = server.arrived();
    assert_eq!(arrived.len(), 3);
    assert!(arrived.iter().all(|delivery| delivery.body == arrived[0].body));
    assert_ne!(arrived[0].query("nonce"), arrived[1].query("nonce"), "each is signed anew");
}

#[tokio::test]
async fn nobody_tries_a_fourth_time() {
    let sandbox = sandbox().await;
    let server = Server::script([(500, ""), (302, ""), (404, "success")]).await;
    sandbox.set_callback(server.target()).unwrap();
    let report = sandbox.click_menu("o1", "key").await.unwrap();
    let statuses: Vec<_> = report.attempts().iter().map(|attempt| attempt.status()).collect();
    assert_eq!(statuses, [Some(500), Some(302), Some(404)]);
    assert_eq!(
        report.error().map(|error| (error.kind(), error.status())),
        Some((ErrorKind::Status, Some(404)))
    );
    assert_eq!(server.arrived().len(), 3);
}

/// The handler waits for the second delivery, so the first one is in vain whatever the clock says.
#[tokio::test]
async fn a_slow_handler_answers_a_later_delivery() {
    let (sandbox, runs, go) = (sandbox().await, Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let responder = {
        let (runs, go) = (runs.clone(), go.clone());
        Responder::builder(plain(), move |_| {
            let (number, go) = (runs.fetch_add(1, Ordering::SeqCst), go.clone());
            async move {
                go.notified().await;
                Reply::text(format!("run {number}"))
            }
        })
        .build()
    };
    let deliveries = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |request| {
        if deliveries.fetch_add(1, Ordering::SeqCst) == 1 {
            go.notify_one();
        }
        respond(responder.clone(), request)
    })
    .await;
    sandbox.set_callback(server.target().patience(Duration::from_secs(1))).unwrap();
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    assert_eq!(report.attempts()[0].error().map(|error| error.kind()), Some(ErrorKind::Timeout));
    assert_eq!(report.reply(), Some(&Reply::text("run 0")));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let sandbox = sandbox().await;
    let server = Server::start(|_| std::future::pending()).await;
    sandbox.set_callback(server.target().patience(SHORT)).unwrap();
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    assert_eq!(report.attempts().len(), 3);
    assert!(report.attempts().iter().all(|attempt| attempt.status().is_none()));
    assert_eq!(report.error().map(|error| error.kind()), Some(ErrorKind::Timeout));
}

#[tokio::test]
async fn a_connection_that_is_closed_or_refused() {
    let sandbox = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let accepting = tokio::spawn(async move {
        let mut count = 0;
        while count < 3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            assert!(read > 0);
            count += 1;
        }
        count
    });
    sandbox.set_callback(CallbackTarget::new(&url, TOKEN)).unwrap();
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    assert_eq!(report.error().map(|error| error.kind()), Some(ErrorKind::Transport));
    assert_eq!(accepting.await.unwrap(), 3, "three connections, none used twice");

    // The listener is gone.
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    assert_eq!(report.attempts().len(), 3);
    assert_eq!(report.error().map(|error| error.kind()), Some(ErrorKind::Connect));
    assert!(!format!("{report:?}").contains(&url), "no URL in errors");
}

#[tokio::test]
async fn a_server_with_another_token_refuses() {
    let (sandbox, seen) = (sandbox().await, Seen::default());
    let wrong = Receiver::builder("another").build().unwrap();
    let server = Server::responder(seen.responder(wrong, Some(reply()))).await;
    sandbox.set_callback(server.target()).unwrap();
    let report = sandbox.push_user_text("o1", "hello").await.unwrap();
    assert_eq!(report.attempts().len(), 3);
    assert_eq!(report.error().and_then(|error| error.status()), Some(403));
    assert!(seen.pushes().is_empty() && sandbox.sent_messages("o1").is_empty());
}
