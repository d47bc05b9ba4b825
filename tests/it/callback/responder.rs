//! A handler and the platform's five seconds. Time is paused, so that nothing depends on the machine.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, Notify};
use tokio::time::{advance, sleep, Instant};
use weixin::callback::{CallbackResponse, Reply, Responder, ResponderBuilder};
use weixin::id::OpenId;
use weixin::media::{MediaKind, UploadMedia};
use weixin::passive_reply::{MusicReply, ReplyArticle};
use weixin::sandbox::Sandbox;
use weixin::{Error, ErrorKind, FilePart};

use super::mode::{encrypted, plain};
use crate::platform::{Platform, Request, TEXT_XML};

type Errors = Arc<Mutex<Vec<String>>>;

fn errors() -> (Errors, impl Fn(&Error) + Send + Sync + 'static) {
    let errors = Errors::default();
    let hook = Arc::clone(&errors);
    (errors, move |error: &Error| hook.lock().expect("no panic").push(error.to_string()))
}

fn taken(errors: &Errors) -> Vec<String> {
    std::mem::take(&mut *errors.lock().expect("no panic"))
}

async fn deliver(responder: &Responder, request: &Request) -> CallbackResponse {
    responder.respond("POST", &request.query, &request.body).await
}

/// One delivery as the platform makes it: it hangs up after five seconds.
async fn attempt(responder: &Responder, request: &Request) -> Option<CallbackResponse> {
    tokio::time::timeout(Duration::from_secs(5), deliver(responder, request)).await.ok()
}

/// A handler that counts its runs and takes its time.
fn slow(seconds: u64, runs: &Arc<AtomicUsize>) -> ResponderBuilder {
    let runs = Arc::clone(runs);
    Responder::builder(plain(), move |_| {
        runs.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(Duration::from_secs(seconds)).await;
            Some(Reply::text("at last"))
        }
    })
}

/// Sends late replies into a channel.
fn late(builder: ResponderBuilder) -> (ResponderBuilder, mpsc::UnboundedReceiver<(OpenId, Reply)>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let builder =
        builder.late_replies_by(move |openid, reply| {
            let sender = sender.clone();
            async move {
                sender.send((openid, reply)).map_err(|_| Error::new(ErrorKind::Handler, "nobody listens"))
            }
        });
    (builder, receiver)
}

fn push() -> Request {
    Platform::default().plain(TEXT_XML)
}

#[tokio::test(start_paused = true)]
async fn a_quick_handler_answers_all_deliveries_and_runs_once() {
    let runs = Arc::default();
    let responder = slow(1, &runs).build();
    let first = deliver(&responder, &push()).await;
    assert!(first.body.contains("<Content><![CDATA[at last]]></Content>"), "{first:?}");
    for _ in 0..2 {
        assert_eq!(deliver(&responder, &push()).await, first);
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_answers_the_third_delivery() {
    let runs = Arc::default();
    let responder = slow(12, &runs).build();
    let began = Instant::now();
    assert_eq!(attempt(&responder, &push()).await, None);
    assert_eq!(attempt(&responder, &push()).await, None);
    let answer = attempt(&responder, &push()).await.expect("within its five seconds");
    assert!(answer.body.contains("at last"), "{answer:?}");
    assert_eq!(began.elapsed(), Duration::from_secs(12));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn each_delivery_is_sealed_for_itself() {
    let responder = Responder::builder(encrypted(), |_| async { Reply::text("hi") }).build();
    for nonce in ["1", "2"] {
        let platform = Platform { nonce: nonce.to_owned(), ..Platform::default() };
        let answer = deliver(&responder, &platform.encrypted(TEXT_XML)).await;
        let [encrypt, signature, timestamp, answered] = super::mode::parts(&answer);
        assert_eq!(answered, nonce);
        assert!(platform.open(&encrypt, &signature, &timestamp, &answered).contains("hi"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_follows_the_acknowledgement() {
    let runs = Arc::default();
    let (builder, mut replies) = late(slow(30, &runs));
    let responder = builder.build();
    let began = Instant::now();
    assert_eq!(attempt(&responder, &push()).await, Some(CallbackResponse::success()));
    assert_eq!(began.elapsed(), Duration::from_millis(4500));
    // It was lost on the way; the second delivery is acknowledged at once.
    assert_eq!(attempt(&responder, &push()).await, Some(CallbackResponse::success()));
    assert_eq!(began.elapsed(), Duration::from_millis(4500));

    let (openid, reply) = replies.recv().await.expect("a late reply");
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    assert_eq!((openid.as_str(), reply), ("openid", Reply::text("at last")));
    // Nor does the user get it twice.
    assert_eq!(attempt(&responder, &push()).await, Some(CallbackResponse::success()));
    responder.shutdown().await;
    replies.try_recv().expect_err("one late reply");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

/// As long as it takes is a limit like any other.
#[tokio::test(start_paused = true)]
async fn a_limit_beyond_all_clocks() {
    for limit in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
        let responder = slow(30, &Arc::default()).answer_within(limit).build();
        assert!(deliver(&responder, &push()).await.body.contains("at last"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_in_time_is_not_late() {
    let (builder, mut replies) = late(slow(4, &Arc::default()));
    let responder = builder.build();
    assert!(deliver(&responder, &push()).await.body.contains("at last"));
    responder.shutdown().await;
    replies.try_recv().expect_err("no late reply");
}

#[tokio::test(start_paused = true)]
async fn a_reply_whose_connection_broke_waits_for_the_next_delivery() {
    let (builder, mut replies) = late(slow(4, &Arc::default()));
    let responder = builder.build();
    let broken = tokio::time::timeout(Duration::from_secs(1), deliver(&responder, &push())).await;
    broken.expect_err("the connection broke");
    sleep(Duration::from_secs(4)).await;
    assert!(deliver(&responder, &push()).await.body.contains("at last"));
    replies.try_recv().expect_err("no late reply");
}

#[tokio::test(start_paused = true)]
async fn everything_can_be_acknowledged_at_once() {
    let (builder, mut replies) = late(slow(1, &Arc::default()));
    let responder = builder.answer_within(Duration::ZERO).build();
    let began = Instant::now();
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success());
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(replies.recv().await.expect("a late reply").1, Reply::text("at last"));
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_that_nobody_sends_is_reported() {
    let (errors, hook) = errors();
    let responder = slow(9, &Arc::default()).answer_within(Duration::from_secs(2)).on_error(hook).build();
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success());
    responder.shutdown().await;
    assert_eq!(taken(&errors), ["the reply came too late, and nobody sends late ones"]);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_fails_runs_again_with_the_next_delivery() {
    let (errors, hook) = errors();
    let runs = AtomicUsize::new(0);
    let responder = Responder::builder(plain(), move |_| {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        async move {
            match run {
                0 => Err("the database is away"),
                1 => panic!("on purpose"),
                _ => Ok(Reply::text("at last")),
            }
        }
    })
    .on_error(hook)
    .build();
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::refused());
    assert_eq!(taken(&errors), ["the handler failed"]);
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::refused());
    assert_eq!(taken(&errors), ["the handler panicked"]);
    assert!(deliver(&responder, &push()).await.body.contains("at last"));
    assert!(taken(&errors).is_empty());
}

#[tokio::test]
async fn the_cause_of_a_failure_is_told() {
    let seen = Arc::new(Mutex::new(None));
    let hook = Arc::clone(&seen);
    let responder = Responder::builder(plain(), |_| async {
        Err::<(), _>(Box::<dyn std::error::Error + Send + Sync>::from("no such table"))
    })
    .on_error(move |error| *hook.lock().expect("no panic") = Some(error.clone()))
    .build();
    deliver(&responder, &push()).await;
    let error = seen.lock().expect("no panic").take().expect("an error");
    assert_eq!(error.kind(), ErrorKind::Handler);
    assert_eq!(std::error::Error::source(&error).expect("a cause").to_string(), "no such table");
}

#[tokio::test(start_paused = true)]
async fn handlers_may_return_what_they_like() {
    let answer = |builder: ResponderBuilder| async move { deliver(&builder.build(), &push()).await.body };
    assert_eq!(answer(Responder::builder(plain(), |_| async {})).await, "success");
    assert_eq!(answer(Responder::builder(plain(), |_| async { None })).await, "success");
    assert_eq!(answer(Responder::builder(plain(), |_| async { Ok::<(), Error>(()) })).await, "success");
    let reply = |_| async { Ok::<_, Error>(Some(Reply::text("hi"))) };
    assert!(answer(Responder::builder(plain(), reply)).await.contains("hi"));
}

#[tokio::test(start_paused = true)]
async fn tasks_end_with_their_owner() {
    let dropped = Arc::new(Notify::new());
    struct Guard(Arc<Notify>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let guard = Arc::clone(&dropped);
    let responder = Responder::builder(plain(), move |_| {
        let guard = Guard(Arc::clone(&guard));
        async move {
            let _guard = guard;
            pending::<()>().await;
        }
    })
    .answer_within(Duration::from_secs(1))
    .build();
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success());
    drop(responder.clone());
    assert!(
        tokio::time::timeout(Duration::from_secs(3600), dropped.notified()).await.is_err(),
        "still owned"
    );
    drop(responder);
    dropped.notified().await;
}

#[tokio::test(start_paused = true)]
async fn shutting_down_waits_for_late_replies_and_accepts_no_more() {
    let (errors, hook) = errors();
    let (builder, mut replies) = late(slow(60, &Arc::default()));
    let responder = builder.on_error(hook).build();
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success());
    let shutdown = tokio::spawn({
        let responder = responder.clone();
        async move { responder.shutdown().await }
    });
    advance(Duration::from_secs(1)).await;
    let mut another = push();
    another.body = TEXT_XML.replace("6054768590064713728", "7").into_bytes();
    assert_eq!(deliver(&responder, &another).await, CallbackResponse::refused());
    assert_eq!(taken(&errors), ["the responder is shut down"]);
    assert!(!shutdown.is_finished());
    shutdown.await.expect("no panic");
    assert_eq!(replies.try_recv().expect("it was sent before").1, Reply::text("at last"));
    // A second time there is nothing to wait for.
    responder.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_the_end_is_not_acknowledged_even_where_that_happens_at_once() {
    let runs = Arc::default();
    let responder = slow(1, &runs).answer_within(Duration::ZERO).build();
    responder.shutdown().await;
    for _ in 0..2 {
        assert_eq!(deliver(&responder, &push()).await, CallbackResponse::refused());
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

/// Against the sandbox, so that a real client sends a real message.
#[tokio::test]
async fn late_replies_go_out_as_customer_service_messages() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    sandbox.record_follow("openid");
    let client = sandbox.client().expect("a client");
    let article = || ReplyArticle::new("Title", "Text", "https://example.com/a.jpg", "https://example.com/a");
    // The sandbox knows media that were uploaded, and no others.
    let upload = async |kind, name: &str| {
        let file = FilePart::bytes(name, "content");
        client.upload_media(UploadMedia::new(kind, file)).await.expect("an upload").media_id
    };
    let image = upload(MediaKind::Image, "a.jpg").await;
    let voice = upload(MediaKind::Voice, "a.amr").await;
    let thumb = upload(MediaKind::Thumb, "a.jpg").await;
    let music = MusicReply::new(&thumb).title("Song").music_url("https://example.com/a.mp3");
    let sent_image = format!(r#"{{"touser":"openid","msgtype":"image","image":{{"media_id":"{image}"}}}}"#);
    let sent_voice = format!(r#"{{"touser":"openid","msgtype":"voice","voice":{{"media_id":"{voice}"}}}}"#);
    let sent_music = format!(
        r#"{{"touser":"openid","msgtype":"music","music":{{"title":"Song","description":"","musicurl":"https://example.com/a.mp3","thumb_media_id":"{thumb}"}}}}"#
    );
    let replies = [
        (Reply::text("hi"), Ok(r#"{"touser":"openid","msgtype":"text","text":{"content":"hi"}}"#)),
        (Reply::image(&image), Ok(sent_image.as_str())),
        (Reply::voice(&voice), Ok(sent_voice.as_str())),
        (Reply::Music(music), Ok(sent_music.as_str())),
        (
            Reply::news([article()]),
            Ok(
                r#"{"touser":"openid","msgtype":"news","news":{"articles":[{"title":"Title","description":"Text","url":"https://example.com/a","picurl":"https://example.com/a.jpg"}]}}"#,
            ),
        ),
        (Reply::news([article(), article()]), Err("a news reply of several articles")),
        (Reply::Music(MusicReply::new("thumb")), Err("a music reply without `MusicUrl`")),
        (Reply::video("id"), Err("a video reply, which has no `thumb_media_id`,")),
        (Reply::transfer_customer_service(), Err("a transfer to customer service")),
        (Reply::transfer_to_ai(), Err("a transfer to the account's AI")),
    ];
    for (reply, expected) in replies {
        let (errors, hook) = errors();
        let responder = Responder::builder(plain(), move |_| {
            let reply = reply.clone();
            async move { reply }
        })
        .late_replies(client.clone())
        .answer_within(Duration::ZERO)
        .on_error(hook)
        .build();
        let before = sandbox.requests().len();
        assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success());
        responder.shutdown().await;
        let sent: Vec<_> = sandbox.requests().split_off(before);
        let sent: Vec<_> =
            sent.iter().filter(|request| request.path() == "/cgi-bin/message/custom/send").collect();
        match expected {
            Ok(body) => {
                assert_eq!(taken(&errors), [""; 0]);
                assert_eq!(sent.len(), 1);
                assert_eq!(String::from_utf8_lossy(sent[0].body()), body);
            }
            Err(what) => {
                assert!(sent.is_empty());
                let message = format!("{what} can't be sent late, as a customer-service message");
                assert_eq!(taken(&errors), [message]);
            }
        }
    }
}

/// What would be empty on the wire makes the platform tell the user that the account is out of order.
#[tokio::test(start_paused = true)]
async fn an_empty_reply_is_not_sent() {
    for reply in [
        Reply::text(""),
        Reply::text("\u{0}\u{1f}"),
        Reply::image(""),
        Reply::voice(""),
        Reply::video(""),
        Reply::music(""),
        Reply::news(Vec::<ReplyArticle>::new()),
    ] {
        let (errors, hook) = errors();
        let shown = format!("{reply:?}");
        let said = reply.clone();
        let responder =
            Responder::builder(plain(), move |_| std::future::ready(said.clone())).on_error(hook).build();
        for _ in 0..3 {
            assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success(), "{shown}");
        }
        let told =
            "the reply is empty and was not sent: the platform would tell the user that the account is out of order; to \
             say nothing, return `None`";
        assert_eq!(taken(&errors), [told], "{shown}");
        assert!(reply.is_empty(), "{shown}");
    }
    for reply in [Reply::text(" "), Reply::text("0"), Reply::image("m"), Reply::transfer_customer_service()] {
        assert!(!reply.is_empty(), "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_reply_is_not_sent_late_either() {
    let (errors, hook) = errors();
    let builder = Responder::builder(plain(), |_| async {
        sleep(Duration::from_secs(9)).await;
        Some(Reply::text(""))
    });
    let (builder, mut sent) = late(builder);
    let responder = builder.on_error(hook).build();
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success());
    responder.shutdown().await;
    assert_eq!(taken(&errors).len(), 1);
    drop(responder);
    assert!(sent.recv().await.is_none());
}

/// A closed stderr is enough to make a hook panic. While a handler's panic unwinds, that would end the process.
#[tokio::test(start_paused = true)]
async fn a_hook_that_panics_ends_nothing() {
    let told = Arc::new(AtomicUsize::new(0));
    let runs = Arc::new(AtomicUsize::new(0));
    let (hook, counted) = (Arc::clone(&told), Arc::clone(&runs));
    let responder = Responder::builder(plain(), move |_| {
        let run = counted.fetch_add(1, Ordering::SeqCst);
        // One that fails before it returns its future, too.
        assert_ne!(run, 1, "on purpose");
        async move {
            assert_ne!(run, 0, "on purpose");
            if run == 2 {
                Err("the database is away")
            } else {
                Ok(Reply::text("at last"))
            }
        }
    })
    .on_error(move |_| {
        hook.fetch_add(1, Ordering::SeqCst);
        panic!("failed printing to stderr");
    })
    .build();
    for failed in 1..=3 {
        assert_eq!(deliver(&responder, &push()).await, CallbackResponse::refused());
        assert_eq!(told.load(Ordering::SeqCst), failed);
    }
    assert!(deliver(&responder, &push()).await.body.contains("at last"));
    // What never reached a handler is told by another way.
    let stranger = responder.respond("POST", "", b"").await;
    assert_eq!((stranger, told.load(Ordering::SeqCst)), (CallbackResponse::refused(), 4));
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_what_sends_late_replies_is_told() {
    let (errors, hook) = errors();
    let responder = slow(9, &Arc::default())
        .late_replies_by(|_, _| async { panic!("on purpose") })
        .on_error(hook)
        .build();
    assert_eq!(deliver(&responder, &push()).await, CallbackResponse::success());
    responder.shutdown().await;
    assert_eq!(taken(&errors), ["sending a late reply panicked"]);
}

/// The hook is no part of the unwinding: it may block, and it sees the thread as it is.
#[tokio::test(start_paused = true)]
async fn the_hook_hears_of_a_panic_when_that_is_over() {
    let unwinding = Arc::new(Mutex::new(None));
    let hook = Arc::clone(&unwinding);
    let responder = Responder::builder(plain(), |_| async { panic!("on purpose") as () })
        .on_error(move |_| *hook.lock().expect("no panic") = Some(std::thread::panicking()))
        .build();
    deliver(&responder, &push()).await;
    assert_eq!(*unwinding.lock().expect("no panic"), Some(false));
}
