//! Names of generated things, from the spec's own words.

use crate::spec::model::Endpoint;
use crate::spec::naming;

/// The type of an endpoint's request: `create_qrcode` → `CreateQrcode`.
pub fn request(endpoint: &Endpoint) -> String {
    naming::upper_camel_case(&endpoint.name.value)
}

/// The type of an endpoint's own answer: `create_qrcode` → `CreateQrcodeResponse`.
pub fn response(endpoint: &Endpoint) -> String {
    format!("{}Response", request(endpoint))
}

/// The variant of `ErrorClass`.
pub fn class(class: &str) -> String {
    naming::upper_camel_case(class)
}

/// A Chinese name for rustdoc's search: without punctuation, as it reads.
pub fn alias_zh(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// What Chinese names of calls begin with. Rustdoc's search looks at the beginning, and people look for the noun.
const VERBS: [&str; 24] = [
    "批量获取",
    "批量查询",
    "批量拉取",
    "获取",
    "查询",
    "拉取",
    "创建",
    "生成",
    "新建",
    "新增",
    "添加",
    "增加",
    "设置",
    "修改",
    "更新",
    "更改",
    "编辑",
    "删除",
    "取消",
    "发送",
    "下发",
    "上传",
    "查看",
    "批量",
];

/// A Chinese name without its verb; empty where it has none.
pub fn without_verb(name: &str) -> &str {
    VERBS.iter().find_map(|verb| name.strip_prefix(verb)).unwrap_or_default()
}

/// A name for rustdoc's search, which can't read punctuation: `/cgi-bin/qrcode/create` → `cgi_bin_qrcode_create`.
pub fn alias(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}
