//! Endpoints of the program's own, and templates that a test gives the account.
//! The helpers stand in `tests/it/sandbox.rs`.

use serde_json::json;
use weixin::sandbox::{Fault, Sandbox};
use weixin::{Endpoint as _, ErrorCode};

use super::{call, get, refused};

weixin::endpoint! {
    /// Asks for the weather of a city.
    pub struct GetWeather => Weather {
        /// Name of the city.
        city: String = "city" required(impl Into<String>) [required];
    }
    name: "get_weather",
    method: POST,
    path: "/weather/get",
}

weixin::response! {
    /// The weather of a city.
    pub struct Weather {
        /// Degrees Celsius.
        temperature: f64 = "temperature" [required];
    }
}

#[tokio::test]
async fn an_endpoint_of_ones_own_is_answered() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    assert_eq!(client.send(GetWeather::new("深圳")).await.unwrap_err().status(), Some(404));
    sandbox.stub::<GetWeather>(|request| {
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        match body["city"].as_str() {
            Some("深圳") => json!({"temperature": 31.5}),
            _ => json!({"errcode": 40097, "errmsg": "no such city"}),
        }
    });
    assert_eq!(client.send(GetWeather::new("深圳")).await.unwrap().temperature, 31.5);
    let unknown = client.send(GetWeather::new("Atlantis")).await.unwrap_err();
    assert_eq!(unknown.code(), Some(ErrorCode(40097)));
    // Method and token are checked as everywhere, and the log and the faults know it by its name.
    let path = GetWeather::META.path();
    assert_eq!(get(&sandbox, &format!("{path}?access_token={{token}}")).await.code(), 43002);
    assert_eq!(super::post(&sandbox, path, "{}").await.code(), 41001);
    let first = sandbox.requests().into_iter().find(|request| request.path() == path).unwrap();
    assert_eq!(first.endpoint(), None);
    sandbox.inject_fault("get_weather", Fault::code(45009)).unwrap();
    assert_eq!(client.send(GetWeather::new("深圳")).await.unwrap_err().code(), Some(ErrorCode(45009)));
    assert_eq!(sandbox.request_count("get_weather"), 5);
    // A token that went bad is replaced, as with any other call.
    sandbox.revoke_tokens();
    assert_eq!(client.send(GetWeather::new("深圳")).await.unwrap().temperature, 31.5);
}

#[tokio::test]
async fn a_test_gives_the_account_its_templates() {
    let sandbox = Sandbox::builder().followers(["o1"]).start().await.unwrap();
    sandbox.add_template(
        "shipped",
        "{{first.DATA}}\n订单：{{character_string1.DATA}}\n时间：{{time2.DATA}}\n{{remark.DATA}}",
    );
    let send = "/cgi-bin/message/template/send";
    let data = |data| json!({"touser": "o1", "template_id": "shipped", "data": data});
    let whole = json!({"character_string1": {"value": "SF1"}, "time2": {"value": "15:01"}});
    assert_eq!(call(&sandbox, send, data(whole)).await.code(), 0);
    let part = data(json!({"character_string1": {"value": "SF1"}}));
    refused(&sandbox, send, part, 47003, "`data.time2.value`").await;
    // A failed assertion shows what was sent.
    let sent = format!("{:?}", sandbox.sent_messages("o1"));
    assert!(sent.contains("SF1") && sent.contains("shipped") && sent.contains("o1"), "{sent}");
    sandbox.add_template("shipped", "没有关键词");
    assert_eq!(call(&sandbox, send, data(json!({}))).await.code(), 0);

    sandbox.add_notice_template("paid", "金额:{{amount1.DATA}}\n");
    let notice = "/cgi-bin/message/subscribe/bizsend";
    let paid = |data| json!({"touser": "o1", "template_id": "paid", "data": data});
    assert_eq!(call(&sandbox, notice, paid(json!({"amount1": {"value": "￥100"}}))).await.code(), 0);
    refused(&sandbox, notice, paid(json!({"amount2": {"value": "1"}})), 47003, "`data.amount1.value`").await;
}
