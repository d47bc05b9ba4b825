//! What somebody writes by hand who needs these two calls only: structs with serde derive, and the check of the
//! error code. How the calls are made stands in the benchmark.

#![allow(dead_code)]

use std::error::Error;

use serde::{Deserialize, Serialize};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Serialize)]
pub struct CreateQrcode {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_seconds: Option<u32>,
    pub action_name: String,
    pub action_info: ActionInfo,
}

#[derive(Serialize)]
pub struct ActionInfo {
    pub scene: Scene,
}

#[derive(Serialize)]
pub struct Scene {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene_str: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
pub struct Ticket {
    pub ticket: String,
    pub expire_seconds: Option<u32>,
    pub url: String,
}

#[derive(Serialize)]
pub struct BatchGetUsers {
    pub user_list: Vec<UserQuery>,
}

#[derive(Serialize)]
pub struct UserQuery {
    pub openid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
pub struct Users {
    #[serde(default)]
    pub user_info_list: Vec<User>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
pub struct User {
    pub subscribe: u8,
    pub openid: String,
    pub language: Option<String>,
    pub subscribe_time: Option<i64>,
    pub unionid: Option<String>,
    pub remark: Option<String>,
    pub groupid: Option<u32>,
    #[serde(default)]
    pub tagid_list: Vec<u32>,
    pub subscribe_scene: Option<String>,
    pub qr_scene: Option<u32>,
    pub qr_scene_str: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

pub fn decode<R: for<'de> Deserialize<'de>>(answer: &[u8]) -> Outcome<R> {
    let status: Status = serde_json::from_slice(answer)?;
    if status.errcode != 0 {
        return Err(format!("{}: {}", status.errcode, status.errmsg).into());
    }
    Ok(serde_json::from_slice(answer)?)
}
