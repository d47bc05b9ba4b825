//! What is the same push, and doing its work once. Time is paused where it plays a part.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use weixin::callback::{Claim, Dedup, DeliveryKey, Push};

use crate::platform::{TEXT_JSON, TEXT_XML};

fn key(xml: &str) -> DeliveryKey {
    Push::from_xml(xml.as_bytes()).expect("a push").key()
}

const CLICK: &str = "<xml><ToUserName>gh_account</ToUserName><FromUserName>openid</FromUserName>\
    <CreateTime>1717200000</CreateTime><MsgType>event</MsgType><Event>CLICK</Event><EventKey>menu-1</EventKey></xml>";

#[test]
fn deliveries_of_one_push_have_one_key() {
    // As the platform repeats it: the same content, laid out or ordered in another way at most.
    let ordered = "<xml>\n<EventKey>menu-1</EventKey>\n<Event>CLICK</Event><MsgType>event</MsgType>\
        <CreateTime>1717200000</CreateTime><FromUserName>openid</FromUserName>\
        <ToUserName><![CDATA[gh_account]]></ToUserName></xml>";
    assert_eq!(key(CLICK), key(ordered));
    assert_eq!(key(TEXT_XML), Push::from_json(TEXT_JSON.as_bytes()).expect("a push").key());
    // A message is known by its number alone.
    assert_eq!(key(TEXT_XML), key(&TEXT_XML.replace("hello", "bye").replace("1717200000", "1717200005")));
}

#[test]
fn two_events_of_one_second_are_two() {
    let card = CLICK
        .replace("CLICK", "user_get_card")
        .replace("<EventKey>menu-1</EventKey>", "<CardId>card</CardId><UserCardCode>1</UserCardCode>");
    let keys = [
        key(CLICK),
        key(&CLICK.replace("menu-1", "menu-2")),
        key(&CLICK.replace("CLICK", "VIEW")),
        key(&CLICK.replace("CLICK", "SCAN")),
        key(&CLICK.replace("openid", "somebody")),
        key(&CLICK.replace("gh_account", "gh_another")),
        key(&CLICK.replace("1717200000", "1717200001")),
        key(&CLICK.replace("</xml>", "<Ticket>ticket</Ticket></xml>")),
        key(&card),
        key(&card.replace("<UserCardCode>1", "<UserCardCode>2")),
        // What an event calls so is no number of the push.
        key(&CLICK.replace("</xml>", "<MsgID>1</MsgID></xml>")),
        key(&CLICK.replace("</xml>", "<MsgID>2</MsgID></xml>")),
        key(TEXT_XML),
        key(&TEXT_XML.replace("6054768590064713728", "6054768590064713729")),
        key(&TEXT_XML.replace("openid", "somebody")),
        key(&TEXT_XML.replace("<MsgId>6054768590064713728</MsgId>", "")),
    ];
    for (index, one) in keys.iter().enumerate() {
        for another in &keys[..index] {
            assert_ne!(one, another);
        }
    }
}

#[test]
fn fields_do_not_flow_into_each_other() {
    let event = |fields: &str| key(&CLICK.replace("<EventKey>menu-1</EventKey>", fields));
    let keys = [
        event("<A>bc</A><D>e</D>"),
        event("<A>b</A><CD>e</CD>"),
        event("<A><B>c</B></A><D>e</D>"),
        event("<A><B>c</B><D>e</D></A>"),
        event("<A>b</A><A>c</A><D>e</D>"),
    ];
    for (index, one) in keys.iter().enumerate() {
        assert!(keys[..index].iter().all(|another| another != one), "{one:?}");
    }
}

#[tokio::test]
async fn the_work_is_done_once() {
    let dedup = Dedup::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let deliveries: Vec<_> = (0..100)
        .map(|_| {
            let (dedup, runs) = (dedup.clone(), Arc::clone(&runs));
            tokio::spawn(async move {
                let work = || async {
                    runs.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    Ok::<_, ()>("done")
                };
                dedup.run(DeliveryKey::new("push"), work).await
            })
        })
        .collect();
    for delivery in deliveries {
        assert_eq!(delivery.await.expect("no panic"), Ok("done"));
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(dedup.len(), 1);
}

#[tokio::test]
async fn work_that_fails_or_is_dropped_is_done_again() {
    let dedup = Dedup::<u32>::new();
    let push = || DeliveryKey::new("push");
    assert_eq!(dedup.run(push(), || async { Err("failed") }).await, Err("failed"));
    assert!(dedup.is_empty());

    let Claim::New(ticket) = dedup.claim(push()) else { panic!("it failed before") };
    let Claim::Repeat(pending) = dedup.claim(push()) else { panic!("it is in flight") };
    let waiting = tokio::spawn({
        let dedup = dedup.clone();
        async move { dedup.run(push(), || async { Ok::<_, ()>(2) }).await }
    });
    tokio::task::yield_now().await;
    drop(ticket);
    assert_eq!(pending.wait().await, None);
    // The one that waited does it in turn, and from then on it is done.
    assert_eq!(waiting.await.expect("no panic"), Ok(2));
    assert_eq!(dedup.run(push(), || async { Ok::<_, ()>(3) }).await, Ok(2));
    // Nothing can be settled that was given up.
    assert_eq!(pending.settle(4), Err(4));
}

#[tokio::test]
async fn work_that_panics_is_done_again() {
    let dedup = Dedup::<u32>::new();
    let panicking = tokio::spawn({
        let dedup = dedup.clone();
        async move {
            let work = || async { panic!("on purpose") };
            dedup.run::<(), _, _>(DeliveryKey::new("push"), work).await
        }
    });
    panicking.await.expect_err("it panicked");
    assert_eq!(dedup.run(DeliveryKey::new("push"), || async { Ok::<_, ()>(2) }).await, Ok(2));
}

#[tokio::test]
async fn the_first_result_counts() {
    let dedup = Dedup::new();
    let Claim::New(ticket) = dedup.claim(DeliveryKey::new("push")) else { panic!("it is new") };
    assert_eq!(ticket.pending().settle("acknowledged"), Ok(()));
    assert_eq!(ticket.settle("reply"), Err("reply"));
    drop(ticket);
    let Claim::Repeat(pending) = dedup.claim(DeliveryKey::new("push")) else { panic!("it is settled") };
    assert_eq!(pending.wait().await, Some("acknowledged"));
}

#[tokio::test(start_paused = true)]
async fn settled_pushes_are_forgotten_after_a_while() {
    let dedup = Dedup::with_limits(100, Duration::from_secs(60));
    let Claim::New(slow) = dedup.claim(DeliveryKey::new("slow")) else { panic!("it is new") };
    let Claim::New(quick) = dedup.claim(DeliveryKey::new("quick")) else { panic!("it is new") };
    assert_eq!(quick.settle(1), Ok(()));
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(matches!(dedup.claim(DeliveryKey::new("quick")), Claim::Repeat(_)));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(matches!(dedup.claim(DeliveryKey::new("quick")), Claim::New(_)));
    // One in flight is remembered, and its time begins when it is settled.
    assert!(matches!(dedup.claim(DeliveryKey::new("slow")), Claim::Repeat(_)));
    assert_eq!(slow.settle(2), Ok(()));
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(matches!(dedup.claim(DeliveryKey::new("slow")), Claim::Repeat(_)));
}

#[tokio::test(start_paused = true)]
async fn memory_is_bounded() {
    let dedup = Dedup::with_limits(100, Duration::from_secs(60));
    let Claim::New(slow) = dedup.claim(DeliveryKey::new("slow")) else { panic!("it is new") };
    for number in 0..10_000 {
        let key = DeliveryKey::new(number.to_string());
        dedup.run(key, || async { Ok::<_, ()>(number) }).await.expect("done");
        assert!(dedup.len() <= 101, "{}", dedup.len());
    }
    // The latest are there, the oldest are gone, and what is in flight stays.
    assert!(matches!(dedup.claim(DeliveryKey::new("9999")), Claim::Repeat(_)));
    assert!(matches!(dedup.claim(DeliveryKey::new("9900")), Claim::Repeat(_)));
    assert!(matches!(dedup.claim(DeliveryKey::new("9899")), Claim::New(_)));
    assert!(matches!(dedup.claim(DeliveryKey::new("slow")), Claim::Repeat(_)));
    drop(slow);
}

#[tokio::test]
async fn a_memory_of_nothing_still_serves_those_who_wait() {
    let dedup = Dedup::with_limits(0, Duration::from_secs(60));
    let Claim::New(ticket) = dedup.claim(DeliveryKey::new("push")) else { panic!("it is new") };
    let Claim::Repeat(pending) = dedup.claim(DeliveryKey::new("push")) else { panic!("it is in flight") };
    assert_eq!(ticket.settle(1), Ok(()));
    assert_eq!(pending.wait().await, Some(1));
    assert!(dedup.is_empty());
}
