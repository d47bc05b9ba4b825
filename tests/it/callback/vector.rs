//! The documentation's own samples, and pushes that others recorded from the platform.

use weixin::callback::{Delivery, Event, Push, Received, Receiver};

/// Decodes a request that must be a push.
fn push(receiver: &Receiver, query: &str, body: &str) -> Box<Delivery> {
    match receiver.receive("POST", query, body.as_bytes()) {
        Ok(Received::Push(delivery)) => delivery,
        other => panic!("{other:?}"),
    }
}

fn fields(push: &Push) -> serde_json::Value {
    serde_json::to_value(push).expect("a push can be written")
}

const ZERO_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const DOCUMENTED_QUERY: &str = "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445\
    &nonce=415670741&openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes\
    &msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
const DOCUMENTED_BODY: &str = r#"{
    "ToUserName": "gh_97417a04a28d",
    "Encrypt": "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
}"#;

#[test]
fn the_documented_verification_of_the_url() {
    let plain = Receiver::builder("AAAAA").build().expect("a receiver");
    let encrypted = Receiver::builder("AAAAA").encrypted("wx_appid", ZERO_KEY).build().expect("a receiver");
    let query = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249\
        &timestamp=1714036504&nonce=1514711492";
    for receiver in [plain, encrypted] {
        let Ok(Received::Verification(answer)) = receiver.receive("GET", query, b"") else {
            panic!("not verified by {receiver:?}")
        };
        assert_eq!((answer.status, answer.body.as_str()), (200, "4375120948345356249"));
        assert_eq!(answer.content_type, "text/plain; charset=utf-8");
    }
}

#[test]
fn the_documented_push_in_plain_mode() {
    let receiver = Receiver::builder("AAAAA").build().expect("a receiver");
    let delivery = push(
        &receiver,
        "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656",
        r#"{
    "ToUserName": "gh_97417a04a28d",
    "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
    "CreateTime": 1714037059,
    "MsgType": "event",
    "Event": "debug_demo",
    "debug_str": "hello world"
}"#,
    );
    assert_eq!(delivery.push.create_time.as_secs(), 1_714_037_059);
    let Some(Event::Unknown(event)) = &delivery.push.event else { panic!("{delivery:?}") };
    assert_eq!((event.tag(), &event.fields()["debug_str"]), ("debug_demo", &"hello world".into()));
}

#[test]
fn the_documented_push_in_encrypted_mode() {
    let receiver =
        Receiver::builder("AAAAA").encrypted("wxba5fad812f8e6fb9", ZERO_KEY).build().expect("a receiver");
    let delivery = push(&receiver, DOCUMENTED_QUERY, DOCUMENTED_BODY);
    assert_eq!(
        fields(&delivery.push),
        serde_json::json!({
            "ToUserName": "gh_97417a04a28d", "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
            "CreateTime": 1_714_112_445, "MsgType": "event", "Event": "debug_demo", "debug_str": "hello world",
        })
    );
}

#[test]
fn the_documented_push_of_another_account_is_refused() {
    let receiver =
        Receiver::builder("AAAAA").encrypted("wxba5fad812f8e6fb8", ZERO_KEY).build().expect("a receiver");
    receiver.receive("POST", DOCUMENTED_QUERY, DOCUMENTED_BODY.as_bytes()).expect_err("another AppID");
}

#[test]
fn the_documented_push_as_xml() {
    let receiver =
        Receiver::builder("AAAAA").encrypted("wx134c8103faa5a59e", ZERO_KEY).build().expect("a receiver");
    let delivery = push(
        &receiver,
        "signature=cc0c594499c1634947d5b502f158ee518947db27&timestamp=1715943329&nonce=1590219412\
         &openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes\
         &msg_signature=6c12a4205838198b8fa631b3220723bb07f1015c",
        "<xml>
    <ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>
    <Encrypt><![CDATA[D7yzvUNAL930rd28wf21s4hvXhz0L6Uit/p2Di6C5DHyYGpEgdBRnKjBec34JwoQXicwaZC7fOVihW80F4VtsdvE//1vr7oAbqjDv8KenVp+ajKYpJnyQ4zMRhIC+a31fCVOMC03FfzV/QuC94kBP55a+Za3sJgvAn+ZbsNqZI5DkyuzkhQN8OBqCzFhizGmy0xpM0MEA4agpvE+RuNO1rhHTtuJB5yltw1FiYzecSXJ+y/D2r81VkRn2eYjh2ltsoyfbDR7Is6ookXIFxTfyeNyeHxMeT4KN5WpCDmSbTcUYrbBUlkGLJ9n/rU8YOywma6G7aTb7KZKOqCxgfoUlYEZPk4FUL/TK7ShriFDMVCLyjQJ15Ob++agDWtcxhfUfe6HIoIpRW8mKNBQiY/Jd1svvuskA1wLef1RTtzKfMpagSCX/laZINmdnX4zrF6kIaR9P4xQrWXbsTFHTYe0Mg==]]></Encrypt>
</xml>",
    );
    assert_eq!(
        fields(&delivery.push),
        serde_json::json!({
            "ToUserName": "gh_97417a04a28d", "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
            "CreateTime": 1_715_943_329, "MsgType": "event", "Event": "debug_demo", "debug_str": "hello world",
        })
    );
}

/// From the platform's sample code of 2014, which many libraries test with. The key's last character carries bits
/// that are not zero.
#[test]
fn the_push_of_the_sample_code() {
    let receiver = Receiver::builder("QDG6eK")
        .encrypted("wx5823bf96d3bd56c7", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
        .build()
        .expect("a receiver");
    let delivery = push(
        &receiver,
        "timestamp=1409659813&nonce=1372623149&msg_signature=477715d11cdb4164915debcba66cb864d751f3e6",
        "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><Encrypt><![CDATA[RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==]]></Encrypt></xml>",
    );
    let fields = fields(&delivery.push);
    assert_eq!(fields["FromUserName"], "mycreate");
    assert_eq!(fields["MsgType"], "text");
    assert_eq!(fields["Content"], "hello");
}

const RECORDED_KEY: &str = "mNnY5GekpChwqhy2c4NBH90g3hND6GeI4gii2YCvKLY";

/// Recorded from the platform in compatible mode.
#[test]
fn a_recorded_push_in_compatible_mode() {
    let query = "signature=e3203b6433eb554dd2fcba78fa48cb948fcb4801&timestamp=1414387151&nonce=917222494\
        &encrypt_type=aes&msg_signature=ae70d4e343d946fc0477a5c760b95be0947fddbb";
    let body = "<xml>
    <ToUserName><![CDATA[gh_a96a4a619366]]></ToUserName>
    <FromUserName><![CDATA[olPjZjsXuQPJoV0HlruZkNzKc91E]]></FromUserName>
    <CreateTime>1414387151</CreateTime>
    <MsgType><![CDATA[text]]></MsgType>
    <Content><![CDATA[你好]]></Content>
    <MsgId>6074746557628292943</MsgId>
    <Encrypt><![CDATA[2gUBUpAeuPFKBS+gkcvrR1cBq1VjTOQluB7+FQF00VnybRpYR3xko4S4wh0qD+64cWmJfF93ZNLm+HLZBexjHLAdJBs5RBG2rP1AJnU0/1vQU/Ac9Q1Nq7vfC4l3ciF8YwhQW0o/GE4MYWWakgdwnp0hQ7aVVwqMLd67A5bsURQHJiFY/cH0fVlsKe6J3aazGhRXFCxceOq2VTJ2Eulc8aBDVSM5/lAIUA/JPq5Z2RzomM0+aoa5XIfGyAtAdlBXD0ADTemxgfYAKI5EMfKtH5za3dKV2UWbGAlJQZ0fwrwPx6Rs8MsoEtyxeQ52gO94gafA+/kIVjamKTVLSgudLLz5rAdGneKkBVhXyfyfousm1DoDRjQdAdqMWpwbeG5hanoJyJiH+humW/1q8PAAiaEfA+BOuvBk/a5xL0Q2l2k=]]></Encrypt>
</xml>";
    let plain = Receiver::builder("weixin").build().expect("a receiver");
    let compatible = Receiver::builder("weixin")
        .compatible("wx669ef95216eef885", RECORDED_KEY)
        .build()
        .expect("a receiver");
    let encrypted = Receiver::builder("weixin")
        .encrypted("wx669ef95216eef885", RECORDED_KEY)
        .build()
        .expect("a receiver");
    for receiver in [plain, compatible, encrypted] {
        let delivery = push(&receiver, query, body);
        let fields = fields(&delivery.push);
        assert_eq!(fields["Content"], "你好", "{receiver:?}");
        assert_eq!(fields["FromUserName"], "olPjZjsXuQPJoV0HlruZkNzKc91E");
        assert_eq!(fields["MsgId"].to_string().trim_matches('"'), "6074746557628292943");
        assert_eq!(fields.get("Encrypt"), None);
    }
}
