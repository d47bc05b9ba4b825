//! Requests that no client means: every endpoint is called with values of the wrong kind, and the server with what is
//! hardly HTTP. It answers with an error of the platform, or hangs up, and never breaks.

use std::io::{Read, Write};
use std::net::Shutdown;

use serde_json::Value;
use weixin::sandbox::Sandbox;

use super::{connect, get, raw};

/// An endpoint of the spec: method, path, and the bodies of its examples.
struct Described {
    method: String,
    path: String,
    bodies: Vec<Value>,
}

/// All endpoints that the spec describes and a server answers.
fn described() -> Vec<Described> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/api-spec")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let table = toml::de::DeTable::parse(&text).unwrap().into_inner();
            found.extend(tables(&table, "endpoint").filter_map(endpoint));
        }
    }
    found
}

fn endpoint(table: &toml::de::DeTable<'_>) -> Option<Described> {
    let method = text(table, "method").filter(|method| *method == "GET" || *method == "POST")?.to_owned();
    let examples = tables(table, "example").filter_map(|example| text(example, "body"));
    let bodies = examples.map(|body| serde_json::from_str(body).unwrap()).collect();
    Some(Described { method, path: text(table, "path")?.to_owned(), bodies })
}

fn tables<'t, 'd>(
    table: &'t toml::de::DeTable<'d>,
    key: &str,
) -> impl Iterator<Item = &'t toml::de::DeTable<'d>> {
    let list = table.get(key).and_then(|value| value.get_ref().as_array());
    list.into_iter().flatten().filter_map(|item| item.get_ref().as_table())
}

fn text<'t>(table: &'t toml::de::DeTable<'_>, key: &str) -> Option<&'t str> {
    table.get(key)?.get_ref().as_str()
}

/// Sends all requests over one connection, and gives the status and the body of each answer.
fn conversation(sandbox: &Sandbox, requests: &[Vec<u8>]) -> Vec<(u16, Vec<u8>)> {
    let mut stream = connect(sandbox);
    let mut writer = stream.try_clone().unwrap();
    let bytes =
        [requests.concat(), b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec()].concat();
    let sending = std::thread::spawn(move || {
        let _ = writer.write_all(&bytes);
    });
    let mut answered = Vec::new();
    let _ = stream.read_to_end(&mut answered);
    sending.join().unwrap();
    let mut answers = Vec::new();
    let mut rest = answered.as_slice();
    while let Some(at) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&rest[..at]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let length: usize = length.unwrap_or_default();
        answers.push((status, rest[at + 4..at + 4 + length].to_vec()));
        rest = &rest[at + 4 + length..];
    }
    answers
}

fn http(method: &str, target: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// What no endpoint asks for.
fn bodies() -> Vec<Vec<u8>> {
    let deep = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    let mut bodies: Vec<Vec<u8>> = [
        "",
        "{}",
        "null",
        "[]",
        "\"\"",
        "0",
        "{",
        "{\"a\":",
        "[{}]",
        "\u{feff}{}",
        "{\"\":\"\"}",
        "{\"\\u0000\":1}",
        "{\"a\":1e999}",
        "{\"a\":1,\"a\":2}",
        "{\"\\ud800\":1}",
    ]
    .map(|body| body.as_bytes().to_vec())
    .to_vec();
    bodies.push(b"{\"a\":\"\xff\xfe\"}".to_vec());
    bodies.push(deep("[", "]", 10_000).into_bytes());
    bodies.push(deep("{\"a\":", "}", 10_000).into_bytes());
    bodies.push(deep("{\"a\":", "}", 120).into_bytes());
    bodies
}

/// Every field of an example replaced by each of these.
fn odd() -> Vec<Value> {
    let long = "9".repeat(400);
    vec![
        Value::Null,
        "".into(),
        " ".into(),
        "\u{0}\u{feff}\u{202e}😀".into(),
        long.into(),
        "中".repeat(20_000).into(),
        0.into(),
        (-1).into(),
        u64::MAX.into(),
        i64::MIN.into(),
        1e300.into(),
        0.5.into(),
        true.into(),
        serde_json::json!({}),
        serde_json::json!([]),
        serde_json::json!([[]]),
        serde_json::json!([null]),
        serde_json::json!([{}]),
        serde_json::json!({"": null}),
        serde_json::json!(vec![1; 5000]),
    ]
}

fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| {
            let here = format!("{at}/{key}");
            out.push(here.clone());
            pointers(inner, &here, out);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, inner)| {
            let here = format!("{at}/{index}");
            out.push(here.clone());
            pointers(inner, &here, out);
        }),
        _ => {}
    }
}

/// Answers an error of the platform, or what the call asked for.
fn check(what: &str, request: &[u8], answer: Option<&(u16, Vec<u8>)>) -> Result<(), String> {
    let shown = || String::from_utf8_lossy(&request[..request.len().min(700)]).into_owned();
    match answer {
        None => Err(format!("{what}: hung up over {}", shown())),
        Some((status, body)) if *status == 200 && !body.is_empty() => Ok(()),
        Some((404, _)) if request.windows(10).any(|ten| ten == b"showqrcode") => Ok(()),
        Some((status, body)) => {
            Err(format!("{what}: {status} {} over {}", String::from_utf8_lossy(body), shown()))
        }
    }
}

#[tokio::test]
async fn every_endpoint_answers_whatever_it_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let endpoints = described();
    assert!(endpoints.len() > 350, "{}", endpoints.len());
    let long = "9".repeat(3000);
    let mut failures = Vec::new();
    let mut count = 0;
    for Described { method, path, .. } in &endpoints {
        let token = sandbox.access_token();
        let target = format!("{path}?access_token={token}");
        let mut requests = Vec::new();
        for body in bodies() {
            requests.push(http(method, &target, "application/json", &body));
        }
        for content_type in
            ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\"\""]
        {
            for body in [
                "",
                "--x--",
                "--x\r\n\r\n\r\n--x--\r\n",
                "--x\r\nContent-Disposition: form-data; name=\"media\"; filename=\"\"\r\n\r\n\r\n--x--\r\n",
            ] {
                requests.push(http(method, &target, content_type, body.as_bytes()));
            }
        }
        for query in [
            "&&&=&=&a",
            "&type=%ff&type=%00&media_id=%F0%9F&ticket=%",
            &format!("&ticket={long}&media_id={long}&type={long}&openid={long}&lang={long}"),
        ] {
            requests.push(http(method, &format!("{target}{query}"), "application/json", b"{}"));
            requests.push(http("GET", &format!("{target}{query}"), "application/json", b""));
        }
        let answers = conversation(&sandbox, &requests);
        for (index, request) in requests.iter().enumerate() {
            count += 1;
            failures.extend(check(path, request, answers.get(index)).err());
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count}:\n{}",
        failures.len(),
        failures[..failures.len().min(15)].join("\n")
    );
}

#[tokio::test]
async fn every_field_may_hold_anything() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut failures = Vec::new();
    let mut count = 0;
    for Described { method, path, bodies } in described() {
        let mut requests = Vec::new();
        let token = sandbox.access_token();
        for example in bodies.iter().take(2) {
            let mut all = Vec::new();
            pointers(example, "", &mut all);
            for (index, pointer) in all.iter().enumerate() {
                // Each field meets some of the values, and each value some of the fields.
                for value in odd().into_iter().skip(index % 4).step_by(4) {
                    let mut body = example.clone();
                    *body.pointer_mut(pointer).unwrap() = value;
                    let target = format!("{path}?access_token={token}");
                    requests.push(http(&method, &target, "application/json", body.to_string().as_bytes()));
                }
            }
        }
        let answers = conversation(&sandbox, &requests);
        for (index, request) in requests.iter().enumerate() {
            count += 1;
            failures.extend(check(&path, request, answers.get(index)).err());
        }
    }
    assert!(count > 5_000, "{count}");
    assert!(
        failures.is_empty(),
        "{} of {count}:\n{}",
        failures.len(),
        failures[..failures.len().min(15)].join("\n")
    );
}

/// Writes these bytes, says that no more will come, and reads to the end.
fn said(sandbox: &Sandbox, bytes: &[u8]) -> String {
    let mut stream = connect(sandbox);
    // Whoever is refused early can't write the rest.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// What is hardly HTTP is refused or cut off, and the next client is served.
#[tokio::test]
async fn what_is_hardly_http() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.access_token();
    let body = "{\"tag\":{\"name\":\"x\"}}";
    let post = |head: &str, body: &str| {
        format!("POST /cgi-bin/tags/create?access_token={token} HTTP/1.1\r\nHost: x\r\n{head}\r\n{body}")
    };
    let many: String = (0..5000).map(|number| format!("X-{number}: y\r\n")).collect();
    let wide = format!("X: {}\r\n", "y".repeat(2 << 20));
    for request in [
        "\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        "CONNECT a:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(70_000)),
        post(&format!("{many}Content-Length: 2\r\nConnection: close\r\n"), "{}"),
        post(&format!("{wide}Content-Length: 2\r\nConnection: close\r\n"), "{}"),
        post("Content-Length: -1\r\nConnection: close\r\n", "{}"),
        post("Content-Length: 99999999999999999999999\r\nConnection: close\r\n", "{}"),
        post("Content-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n", "{}"),
        post("Transfer-Encoding: chunked\r\nConnection: close\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\nConnection: close\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        post("Content-Type: multipart/form-data; boundary=\u{7f}\r\nContent-Length: 2\r\nConnection: close\r\n", "{}"),
    ] {
        let answer = said(&sandbox, request.as_bytes());
        assert!(!answer.starts_with("HTTP/1.1 5"), "{answer} over {}", &request[..request.len().min(200)]);
    }
    // Three requests in one piece, the last of HTTP/1.0, one with the whole address in its first line.
    let one = |target: &str, version: &str| {
        format!("POST {target}?access_token={token} HTTP/{version}\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let answers = raw(
        &sandbox,
        [
            one("/cgi-bin/tags/create", "1.1"),
            one("http://api.weixin.qq.com/cgi-bin/tags/create", "1.1"),
            one("/cgi-bin/tags/create", "1.0"),
        ]
        .concat()
        .as_bytes(),
    );
    assert_eq!(answers.matches(" 200 OK").count(), 3, "{answers}");
    // A thousand that say nothing, or half of something, keep nobody from being served.
    let silent: Vec<_> = (0..500)
        .map(|number| {
            let mut stream = connect(&sandbox);
            if number % 2 == 0 {
                stream
                    .write_all(b"POST /cgi-bin/tags/create HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n{")
                    .unwrap();
            }
            stream
        })
        .collect();
    assert_eq!(get(&sandbox, "/cgi-bin/tags/get?access_token={token}").await.status, 200);
    drop(silent);
    assert_eq!(get(&sandbox, "/cgi-bin/tags/get?access_token={token}").await.status, 200);
}

/// All that a test can tell the clock, and all at once.
#[tokio::test]
async fn a_thousand_clients_and_a_clock_that_runs() {
    let sandbox = Sandbox::start().await.unwrap();
    let clients: Vec<_> = (0..1000)
        .map(|number| {
            let mut stream = connect(&sandbox);
            let body = format!("{{\"tag\":{{\"name\":\"t{number}\"}}}}");
            let token = sandbox.access_token();
            let request = format!(
                "POST /cgi-bin/tags/create?access_token={token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(request.as_bytes()).unwrap();
            stream
        })
        .collect();
    for mut client in clients {
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    for by in [0, 1, u64::MAX / 1000, u64::MAX] {
        sandbox.advance(std::time::Duration::from_secs(by));
        let answer = get(&sandbox, "/cgi-bin/user/get?access_token={token}").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let _ = sandbox.now();
        let token = super::stable_token(&sandbox, true).await;
        assert_eq!(token.status, 200, "{}", token.text());
    }
}

/// Settings and questions at their limits.
#[tokio::test]
async fn a_handle_that_is_asked_anything() {
    use std::time::Duration;

    for life in [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(u64::MAX), Duration::MAX] {
        let builder =
            Sandbox::builder().token_life(life).publish_delay(life).page_size(0).followers(["o1", "o1", ""]);
        let sandbox = builder.start().await.unwrap();
        for by in [Duration::ZERO, life] {
            sandbox.advance(by);
            for force in [false, true] {
                let answer = super::stable_token(&sandbox, force).await;
                assert_eq!(answer.status, 200, "{life:?}: {}", answer.text());
            }
            let answer = get(&sandbox, "/cgi-bin/user/get?access_token={token}").await;
            assert_eq!(answer.status, 200, "{life:?}: {}", answer.text());
        }
    }
    let sandbox = Sandbox::start().await.unwrap();
    for odd in [
        "",
        " ",
        "\u{0}",
        "]]>",
        "\u{202e}",
        "../..",
        "%",
        "http://",
        "http://x/?redirect_uri=%zz",
        "o\r\nX: y",
    ] {
        sandbox.record_follow(odd);
        sandbox.record_user_text(odd, odd);
        sandbox.move_user(odd, odd, odd);
        sandbox.add_template(odd, odd);
        sandbox.add_notice_template(odd, odd);
        let _ = (sandbox.remark(odd), sandbox.tags(odd), sandbox.is_blocked(odd), sandbox.is_follower(odd));
        let _ = (sandbox.media(odd), sandbox.sent_messages(odd), sandbox.request_count(odd));
        let _ = (sandbox.authorize(odd, odd), sandbox.authorize(odd, "o1"));
        for number in [i64::MIN, -1, 0, i64::MAX] {
            let _ = sandbox.add_comment(number, usize::MAX, odd, odd);
            let _ = sandbox.withdraw_comment(number, usize::MAX, u64::MAX);
        }
        sandbox.record_unfollow(odd);
        sandbox.remove_user(odd);
        sandbox.revoke_token(odd);
        let answer = get(&sandbox, "/cgi-bin/user/get?access_token={token}").await;
        assert_eq!(answer.status, 200, "{odd:?}: {}", answer.text());
    }
}
