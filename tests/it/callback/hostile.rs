//! Requests that no platform sends. All of them get the same answer, and no handler hears of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use weixin::callback::{CallbackResponse, Receiver, Reply, Responder};
use weixin::ErrorKind;

use super::mode::{builder, compatible, encrypted, plain, receive};
use crate::platform::{envelope, sign, Platform, Request, TEXT_JSON, TEXT_XML};

/// Bad requests, all for one receiver.
#[derive(Default)]
struct Bad(Vec<(String, &'static str, Request)>);

impl Bad {
    fn add(&mut self, why: impl Into<String>, request: Request) {
        self.0.push((why.into(), "POST", request));
    }

    fn body(&mut self, why: impl Into<String>, good: &Request, body: impl Into<Vec<u8>>) {
        self.add(why, Request { query: good.query.clone(), body: body.into() });
    }

    fn query(&mut self, why: impl Into<String>, good: &Request, query: impl Into<String>) {
        self.add(why, Request { query: query.into(), body: good.body.clone() });
    }

    /// Sends all of them, and gives their number.
    async fn refused_by(self, receiver: Receiver) -> usize {
        let reported = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reported);
        let responder = Responder::builder(receiver, |push| async move {
            assert!(push.msg_type.is_empty(), "a handler heard of {push:?}");
            None::<Reply>
        })
        .on_error(move |error| {
            assert_ne!(error.kind(), ErrorKind::Handler, "{error}");
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .build();
        let count = self.0.len();
        for (why, method, request) in self.0 {
            let answer = responder.respond(method, &request.query, &request.body).await;
            assert_eq!(answer, CallbackResponse::refused(), "{why}: {request}", request = show(&request));
        }
        assert_eq!(reported.load(Ordering::SeqCst), count);
        count
    }
}

fn show(request: &Request) -> String {
    format!("{} {}", request.query, String::from_utf8_lossy(&request.body))
}

/// What anybody can do to a request without knowing a secret.
fn tampered(good: &Request, signature: &str) -> Bad {
    let mut bad = Bad::default();
    let parameter = |name: &str| {
        let (_, rest) = good.query.split_once(&format!("{name}=")).expect(name);
        rest.split('&').next().expect("a value").to_owned()
    };
    let right = parameter(signature);
    let name = if signature == "signature" { "signature=" } else { "msg_signature=" };
    let with = |value: &str| good.query.replacen(&format!("{name}{right}"), &format!("{name}{value}"), 1);
    for at in 0..40 {
        let mut wrong = right.clone().into_bytes();
        wrong[at] = if wrong[at] == b'f' { b'0' } else { b'f' };
        bad.query(format!("digit {at}"), good, with(&String::from_utf8_lossy(&wrong)));
        bad.query(format!("{at} digits"), good, with(&right[..at]));
    }
    bad.query("upper case", good, with(&right.to_uppercase()));
    bad.query("one digit more", good, with(&format!("{right}0")));
    bad.query("twice", good, format!("{}&{name}{right}", good.query));
    bad.query("no query", good, "");
    bad.query("a long query", good, format!("{}&x={}", good.query, "x".repeat(5000)));
    for name in ["timestamp", "nonce"] {
        let pair = format!("{name}={}", parameter(name));
        for wrong in [String::new(), format!("{name}="), format!("{pair}0"), format!("{pair}&{pair}")] {
            bad.query(format!("{name}: {wrong}"), good, good.query.replacen(&pair, &wrong, 1));
        }
        bad.query("not UTF-8", good, good.query.replacen(&pair, &format!("{name}=%ff"), 1));
    }
    for method in ["", "PUT", "get", "post", "HEAD", "OPTIONS", "DELETE", "GET"] {
        bad.0.push((format!("method {method}"), method, good.clone()));
    }
    bad
}

/// Bodies that are no push, whoever signs.
fn garbage(good: &Request) -> Bad {
    let mut bad = Bad::default();
    for end in 0..good.body.len() {
        bad.body(format!("{end} bytes of it"), good, &good.body[..end]);
    }
    let deep = 100_000;
    for body in [
        "success".to_owned(),
        "<xml></xml>".to_owned(),
        "<xml/>".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "\u{feff}".to_owned(),
        "<!DOCTYPE xml SYSTEM \"file:///etc/passwd\"><xml/>".to_owned(),
        "<a>".repeat(deep),
        format!("{}{}", "<a>".repeat(40), "</a>".repeat(40)),
        "{\"a\":".repeat(deep / 3),
        format!("{{\"a\":{}}}", "[".repeat(deep)),
        format!("<xml {}", "a='b' ".repeat(deep / 3)),
        format!("<xml {}/>", "xmlns:a='b' ".repeat(deep / 6)),
        "&amp;".repeat(deep / 3),
        format!("<xml>{}", "<a/>".repeat(deep / 2)),
        format!("<xml>{}</xml>", "<a/>".repeat(deep / 2)),
        "<![CDATA[".repeat(deep / 5),
        "<!--".repeat(deep / 3),
        "<?".repeat(deep),
        "x".repeat((256 << 10) + 1),
    ] {
        bad.body(body.chars().take(40).collect::<String>(), good, body);
    }
    let text = String::from_utf8_lossy(&good.body).into_owned();
    bad.body("a document type", good, format!("<!DOCTYPE xml [<!ENTITY a \"a\">]>{text}"));
    bad.body("two roots", good, format!("{text}{text}\n<xml/>"));
    bad.body("too large", good, format!("{text}{}", " ".repeat(256 << 10)));
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..300 {
        let length = random.usize(0..400);
        let mut bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
        // Half of them get past the first look.
        if random.bool() {
            bytes.insert(0, if random.bool() { b'<' } else { b'{' });
        }
        bad.body("random bytes", good, bytes);
    }
    bad
}

#[tokio::test]
async fn tampered_encrypted_pushes() {
    let platform = Platform::default();
    let mut count = 0;
    for message in [TEXT_XML, TEXT_JSON] {
        let sealed = platform.seal(&platform.content(message.as_bytes()));
        let good = platform.request(&sealed, envelope(message, &sealed).trim());
        receive(&encrypted(), &good).expect("as long as nobody tampers with it");
        count += tampered(&good, "msg_signature").refused_by(encrypted()).await;
        count += garbage(&good).refused_by(encrypted()).await;

        let mut bad = Bad::default();
        let body = String::from_utf8_lossy(&good.body).into_owned();
        // One bit of every character of the ciphertext.
        let start = body.find(&sealed).expect("the ciphertext");
        for at in start..start + sealed.len() {
            for bit in [0, 3] {
                let mut flipped = good.body.clone();
                flipped[at] ^= 1 << bit;
                bad.body(format!("bit {bit} of character {at}"), &good, flipped);
            }
        }
        // A plain push is refused, however well it is signed.
        bad.add("plain", platform.plain(message));
        bad.body("a plain body", &good, message);
        bad.body("another name", &good, body.replace("Encrypt", "Encrypted"));
        for token in ["", "aaaaa", "AAAA", "AAAAAA"] {
            let stranger = Platform { token: token.to_owned(), ..Platform::default() };
            bad.add("another token", stranger.request(&sealed, &envelope(message, &sealed)));
        }
        count += bad.refused_by(encrypted()).await;
    }
    assert!(count > 2900, "{count}");
    println!("{count} tampered encrypted pushes refused");
}

#[tokio::test]
async fn tampered_plain_pushes() {
    let platform = Platform::default();
    let mut count = 0;
    for message in [TEXT_XML, TEXT_JSON] {
        let good = platform.plain(message);
        receive(&plain(), &good).expect("as long as nobody tampers with it");
        receive(&compatible(), &good).expect("as long as nobody tampers with it");
        for receiver in [plain(), compatible()] {
            count += tampered(&good, "signature").refused_by(receiver.clone()).await;
            count += garbage(&good).refused_by(receiver).await;
        }
    }
    assert!(count > 2500, "{count}");
    println!("{count} tampered plain pushes refused");
}

/// Ciphertexts that are signed with the right token, and wrong all the same.
#[tokio::test]
async fn ciphertexts_that_do_not_open() {
    let platform = Platform::default();
    let mut bad = Bad::default();
    let mut sealed = |why: String, sealed: &str| {
        bad.add(why, platform.request(sealed, &envelope(TEXT_XML, sealed)));
    };
    let content = platform.content(TEXT_XML.as_bytes());
    let end = content.len();
    let pad = usize::from(content[end - 1]);
    let unpadded = &content[..end - pad];

    for last in (0..=255_u8).filter(|last| usize::from(*last) != pad) {
        let mut wrong = content.clone();
        wrong[end - 1] = last;
        sealed(format!("padding {last}"), &platform.seal(&wrong));
    }
    for at in end - pad..end - 1 {
        let mut wrong = content.clone();
        wrong[at] ^= 1;
        sealed(format!("byte {at} of the padding"), &platform.seal(&wrong));
    }
    // Whole blocks of AES that are no whole blocks of the platform.
    let half = (16 - unpadded.len() % 16) as u8;
    let mut wrong = unpadded.to_vec();
    wrong.extend(vec![half; usize::from(half)]);
    if wrong.len() % 32 == 0 {
        wrong.extend([16; 16]);
    }
    sealed("padded to 16 bytes".to_owned(), &platform.seal(&wrong));
    for blocks in 0..end / 16 {
        sealed(format!("{blocks} blocks of it"), &platform.seal(&content[..blocks * 16]));
    }
    for length in [0, 1, 100, u32::MAX, i32::MAX as u32, 1 << 31]
        .into_iter()
        .chain((1..8).flat_map(|off| [TEXT_XML.len() as u32 - off, TEXT_XML.len() as u32 + off]))
    {
        let mut wrong = content.clone();
        wrong[16..20].copy_from_slice(&length.to_be_bytes());
        sealed(format!("length {length}"), &platform.seal(&wrong));
    }
    let mut wrong = content.clone();
    wrong[16..20].reverse();
    sealed("little-endian length".to_owned(), &platform.seal(&wrong));
    for app_id in ["", "w", "wx_appi", "wx_appidx", "WX_APPID", "wx_appid\0", "wx134c8103faa5a59e"] {
        let stranger = Platform { app_id: app_id.to_owned(), ..Platform::default() };
        let content = stranger.content(TEXT_XML.as_bytes());
        sealed(format!("AppID {app_id}"), &platform.seal(&content));
    }
    let stranger = Platform { key: "A".repeat(43), ..Platform::default() };
    sealed("another key".to_owned(), &stranger.seal(&content));
    let right = platform.seal(&content);
    for text in [
        String::new(),
        " ".to_owned(),
        right[1..].to_owned(),
        format!("{right}="),
        format!("{right}{right}"),
        format!("{right}\n"),
        right.replacen(&right[8..9], "*", 1),
        right.replacen(&right[8..9], "_", 1),
        right.trim_end_matches('=')[1..].to_owned(),
    ] {
        sealed(format!("ciphertext {text}"), &text);
    }
    // Sealed as it should be, but no push.
    for message in [
        "",
        "hello",
        "<xml>",
        "<xml></xml>",
        "{}",
        "[1]",
        "<xml><ToUserName>a</ToUserName></xml>",
        "<!DOCTYPE a><xml/>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><xml><ToUserName>&a;</ToUserName></xml>",
    ] {
        sealed(format!("message {message}"), &platform.seal(&platform.content(message.as_bytes())));
    }
    for (from, to) in [
        ("<xml>", "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml>"),
        ("<CreateTime>1717200000", "<CreateTime>soon"),
        ("<FromUserName><![CDATA[openid]]></FromUserName>", ""),
    ] {
        let message = TEXT_XML.replacen(from, to, 1);
        assert_ne!(message, TEXT_XML);
        sealed(message.clone(), &platform.seal(&platform.content(message.as_bytes())));
    }
    // More than one ciphertext, or something else in its place.
    let two = envelope(TEXT_XML, &right).replace("</xml>", &format!("<Encrypt>{right}</Encrypt></xml>"));
    bad.add("two ciphertexts", platform.request(&right, &two));
    for value in ["1", "null", "true", "{}", "[]"] {
        let body = format!("{{\"ToUserName\":\"a\",\"Encrypt\":{value}}}");
        bad.add(body.clone(), platform.request(value, &body));
    }
    let count = bad.refused_by(encrypted()).await;
    assert!(count > 330, "{count}");
    println!("{count} ciphertexts that do not open refused");
}

/// Moving a digit from the nonce to the time leaves what is signed as it is.
#[tokio::test]
async fn the_border_between_time_and_nonce_is_guarded_by_the_window() {
    let platform = Platform::default();
    let signature = sign(&[&platform.token, &platform.timestamp, &platform.nonce]);
    let window = std::time::Duration::from_secs(300);
    let receiver = builder().max_age(window).build().expect("a receiver");
    let mut bad = Bad::default();
    for shift in 1..platform.nonce.len() {
        let joined = format!("{}{}", platform.timestamp, platform.nonce);
        for at in [platform.timestamp.len() - shift, platform.timestamp.len() + shift] {
            let (timestamp, nonce) = joined.split_at(at);
            let query = format!("signature={signature}&timestamp={timestamp}&nonce={nonce}");
            bad.add("moved", Request { query, body: TEXT_XML.into() });
        }
    }
    assert_eq!(bad.refused_by(receiver).await, 16);
}

/// As many elements of one name as fit, in a list as they should be.
#[test]
fn many_elements_of_one_name_are_a_list() {
    let many = format!("<Items>{}</Items>", "<Item><A>1</A><A>2</A></Item>".repeat(8000));
    let message = TEXT_XML.replace("</xml>", &format!("{many}</xml>"));
    let delivery = receive(&plain(), &Platform::default().plain(&message)).expect("a push");
    let fields = serde_json::to_value(&delivery.push).expect("a push can be written");
    assert_eq!(fields["Items"]["Item"].as_array().map(Vec::len), Some(8000));
}

/// Nor do many names cost more than their number.
#[test]
fn many_elements_of_many_names() {
    let many: String = (0..20_000).map(|number| format!("<n{number}/>")).collect();
    let message = TEXT_XML.replace("</xml>", &format!("{many}</xml>"));
    let delivery = receive(&plain(), &Platform::default().plain(&message)).expect("a push");
    assert_eq!(delivery.push.unknown_fields.len(), 20_000);
}
