//! Requests for tokens that a source repeats because the first one broke: they count, and keep their distance.
//! Over which connection they are repeated is tested in `tests/it/wire/broken.rs`.

use super::super::pace::Pace;
use super::*;
use crate::wire::transport::{RequestBody, ResponseBody, Sent, Transport, TransportError};
use crate::RemoteSource;

/// What becomes of a request.
#[derive(Clone, Copy)]
enum Fate {
    Token,
    Gateway,
    /// It broke, and may have arrived.
    Broken,
    /// It has certainly reached nobody.
    Unsent,
}
use Fate::{Broken, Gateway, Unsent};

/// Gives each request its fate in order and then tokens; knows when each was sent, by the hand's clock.
#[derive(Clone)]
struct Network {
    fates: Arc<Mutex<VecDeque<Fate>>>,
    sent: Arc<Mutex<Vec<f64>>>,
    clock: HandClock,
}

impl Network {
    fn new(fates: impl IntoIterator<Item = Fate>) -> Self {
        let fates = Arc::new(Mutex::new(fates.into_iter().collect()));
        Self { fates, sent: Arc::default(), clock: HandClock::default() }
    }

    fn cache(&self) -> TokenCache {
        let source = RemoteSource::with_transport("http://tokens.example/", self.clone()).unwrap();
        TokenCache::with_clock(source, TokenPolicy::new(SourceKind::Custom), self.clock.clone())
    }

    fn sent(&self) -> Vec<f64> {
        self.sent.lock().unwrap().clone()
    }
}

impl Transport for Network {
    fn send(
        &self,
        _: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<http::Response<ResponseBody>, TransportError>> {
        let number = {
            let mut sent = self.sent.lock().unwrap();
            sent.push(self.clock.now().as_secs_f64());
            sent.len()
        };
        let fate = self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Token);
        let answered = |status: u16, body: String| {
            let mut response = http::Response::new(ResponseBody::from(body));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            Ok(response)
        };
        let answer = match fate {
            Fate::Token => answered(200, format!(r#"{{"access_token":"81_{number}","expires_in":7200}}"#)),
            Gateway => answered(502, String::new()),
            Broken => Err(TransportError::new(Sent::Maybe, "broken")),
            Unsent => Err(TransportError::new(Sent::No, "unsent")),
        };
        Box::pin(std::future::ready(answer))
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_and_what_follows_it_keep_their_distance() {
    for (fates, due) in [
        (vec![Broken], vec![0.0, 1.0, 2.0]),
        (vec![Gateway], vec![0.0, 1.0, 2.0]),
        // Only what reached nobody is repeated at once; the next one keeps its distance from the repeat.
        (vec![Unsent], vec![0.0, 0.0, 1.0]),
        (vec![Fate::Token, Unsent], vec![0.0, 1.0, 1.0]),
        (vec![Fate::Token, Broken], vec![0.0, 1.0, 2.0]),
    ] {
        let network = Network::new(fates);
        let cache = network.cache();
        value(&cache).await;
        cache.invalidate();
        value(&cache).await;
        assert_eq!(network.sent(), due);
    }
    // A repeat that fails too is the end of it, and the pause after a failure counts from there.
    let network = Network::new([Broken, Broken]);
    let cache = network.cache();
    assert_eq!(cache.get().await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(network.sent(), [0.0, 1.0]);
    network.clock.pass(1.0);
    value(&cache).await;
    assert_eq!(network.sent(), [0.0, 1.0, 2.0]);
}

#[tokio::test(start_paused = true)]
async fn others_who_ask_for_the_same_account_keep_their_distance_from_it() {
    for first in [Broken, Gateway, Unsent] {
        let network = Network::new([first]);
        let pace = Pace::default();
        let caches: Vec<_> = (0..5).map(|_| Arc::new(network.cache().with_pace(pace.clone()))).collect();
        let waiting: Vec<_> = caches
            .iter()
            .map(|cache| {
                let cache = Arc::clone(cache);
                tokio::spawn(async move { value(&cache).await })
            })
            .collect();
        for task in waiting {
            task.await.unwrap();
        }
        let mut sent = network.sent();
        assert_eq!(sent.len(), 6);
        if matches!(first, Unsent) {
            // It reached nobody.
            sent.remove(0);
        }
        assert!(sent.windows(2).all(|pair| pair[1] - pair[0] >= 1.0), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ten_seconds_have_at_most_ten_requests_with_all_repeats() {
    let fates = (0..30).map(|number| [Unsent, Broken, Fate::Token][number % 3]);
    let network = Network::new(fates);
    let cache = network.cache();
    for _ in 0..30 {
        let _ = cache.get().await;
        cache.invalidate();
    }
    let sent = network.sent();
    assert!(sent.len() > 30, "{}", sent.len());
    // Those that were repeated at once reached nobody.
    let arrived: Vec<f64> = sent
        .iter()
        .enumerate()
        .filter(|(number, _)| *number >= 30 || number % 3 > 0)
        .map(|(_, at)| *at)
        .collect();
    assert!(arrived.windows(2).all(|pair| pair[1] - pair[0] >= 1.0), "{arrived:?}");
    assert!(arrived.windows(11).all(|ten| ten[10] - ten[0] >= 10.0), "{arrived:?}");
}
