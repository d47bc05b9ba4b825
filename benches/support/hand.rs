//! What somebody writes by hand who needs these two calls only: structs with serde derive, and the check of the
//! error code. How the calls are made stands in the benchmark.

#![allow(dead_code)]

use std::error::Error;

use serde::{Deserialize, Serialize};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

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
pub struct Ticket {
    #[serde(default)]
    pub errcode: i64,
    #[serde(default)]
    pub errmsg: String,
    #[serde(default)]
    pub ticket: String,
    pub expire_seconds: Option<u32>,
    #[serde(default)]
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
pub struct Users {
    #[serde(default)]
    pub errcode: i64,
    #[serde(default)]
    pub errmsg: String,
    #[serde(default)]
    pub user_info_list: Vec<User>,
}

#[derive(Deserialize)]
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
pub struct UserInfo {
    #[serde(default)]
    pub errcode: i64,
    #[serde(default)]
    pub errmsg: String,
    #[serde(default)]
    pub subscribe: u8,
    #[serde(default)]
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

/// Where the platform says whether a call worked: beside the fields of the response.
pub trait Response: for<'de> Deserialize<'de> {
    fn status(&self) -> (i64, &str);
}

impl Response for Ticket {
    fn status(&self) -> (i64, &str) {
        (self.errcode, &self.errmsg)
    }
}

impl Response for UserInfo {
    fn status(&self) -> (i64, &str) {
        (self.errcode, &self.errmsg)
    }
}

impl Response for Users {
    fn status(&self) -> (i64, &str) {
        (self.errcode, &self.errmsg)
    }
}

/// Parses once.
pub fn decode<R: Response>(body: &[u8]) -> Outcome<R> {
    let response: R = serde_json::from_slice(body)?;
    match response.status() {
        (0, _) => Ok(response),
        (code, message) => Err(format!("{code}: {message}").into()),
    }
}
