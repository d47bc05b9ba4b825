//! Template messages: the industries and templates of the account, and what is sent with them.
//! Subscription notices, which have templates of their own, stand in `flow/notice.rs`.

use std::collections::HashMap;

use serde_json::{json, Value};

use super::outbox::SentKind;
use super::user::Users;
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// How many templates an account has at most.
const TEMPLATES: usize = 25;
/// How long a name of the sender's own keeps a message from being sent twice, in seconds.
const UNIQUE: u64 = 600;
/// The numbers of messages begin behind this one.
const FIRST: u64 = 2_400_000_000_000_000_000;

/// The platform's industries, in the order of their numbers: at large, and the branch.
const INDUSTRIES: [(&str, &str); 41] = [
    ("IT科技", "互联网|电子商务"),
    ("IT科技", "IT软件与服务"),
    ("IT科技", "IT硬件与设备"),
    ("IT科技", "电子技术"),
    ("IT科技", "通信与运营商"),
    ("IT科技", "网络游戏"),
    ("金融业", "银行"),
    ("金融业", "基金理财信托"),
    ("金融业", "保险"),
    ("餐饮", "餐饮"),
    ("酒店旅游", "酒店"),
    ("酒店旅游", "旅游"),
    ("运输与仓储", "快递"),
    ("运输与仓储", "物流"),
    ("运输与仓储", "仓储"),
    ("教育", "培训"),
    ("教育", "院校"),
    ("政府与公共事业", "学术科研"),
    ("政府与公共事业", "交警"),
    ("政府与公共事业", "博物馆"),
    ("政府与公共事业", "公共事业|非盈利机构"),
    ("医药护理", "医药医疗"),
    ("医药护理", "护理美容"),
    ("医药护理", "保健与卫生"),
    ("交通工具", "汽车相关"),
    ("交通工具", "摩托车相关"),
    ("交通工具", "火车相关"),
    ("交通工具", "飞机相关"),
    ("房地产", "建筑"),
    ("房地产", "物业"),
    ("消费品", "消费品"),
    ("商业服务", "法律"),
    ("商业服务", "会展"),
    ("商业服务", "中介服务"),
    ("商业服务", "认证"),
    ("商业服务", "审计"),
    ("文体娱乐", "传媒"),
    ("文体娱乐", "体育"),
    ("文体娱乐", "娱乐休闲"),
    ("印刷", "印刷"),
    ("其它", "其它"),
];

#[derive(Debug, Default)]
pub(crate) struct Templates {
    industries: Option<[usize; 2]>,
    /// In the order in which they were taken.
    taken: Vec<Template>,
    sent: u64,
    /// Messages by recipient and the sender's name for them, with their number and time.
    named: HashMap<(String, String), (u64, u64)>,
}

#[derive(Debug)]
struct Template {
    id: String,
    title: String,
    content: String,
    example: String,
}

impl Template {
    /// The keywords for which a message must have a value. Beginning and end of a message (`first`, `remark`) are no
    /// longer shown, and need not be sent.
    fn keywords(&self) -> impl Iterator<Item = &str> {
        keywords(&self.content).filter(|keyword| !matches!(*keyword, "first" | "remark"))
    }
}

/// The names between `{{` and `.DATA}}`.
pub(super) fn keywords(content: &str) -> impl Iterator<Item = &str> {
    let marked = content.split("{{").skip(1);
    marked.filter_map(|rest| rest.split_once(".DATA}}")).map(|(keyword, _)| keyword)
}

impl Templates {
    /// Gives the account a template that a test has chosen; it takes the place of one with the same id.
    pub(crate) fn insert(&mut self, id: String, content: String) {
        self.taken.retain(|template| template.id != id);
        self.taken.push(Template { title: format!("模板{id}"), example: String::new(), id, content });
    }

    fn find(&self, id: &str) -> Result<&Template, Refusal> {
        let found = self.taken.iter().find(|template| template.id == id);
        found.ok_or_else(|| unknown(40037, "`template_id` is that of no template of the account"))
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/template/api_set_industry") => set_industry(call).into(),
        ("GET", "/cgi-bin/template/get_industry") => return get_industry(call),
        ("POST", "/cgi-bin/template/api_add_template") => add(call).into(),
        ("GET", "/cgi-bin/template/get_all_private_template") => list(call),
        ("POST", "/cgi-bin/template/del_private_template") => delete(call).into(),
        ("POST", "/cgi-bin/message/template/send") => send(call).into(),
        ("POST", "/cgi-bin/message/template/subscribe") => send_once(call).into(),
        _ => return None,
    })
}

fn set_industry(call: &Call<'_>) -> Result<Answer, Refusal> {
    let number = |name: &str| {
        let number: Option<usize> = call.body(name).parse().ok();
        let known = number.filter(|number| (1..=INDUSTRIES.len()).contains(number));
        known.ok_or_else(|| refused_for(40103, format!("`{name}` is no industry")))
    };
    let chosen = [number("industry_id1")?, number("industry_id2")?];
    call.state.of::<Templates>().industries = Some(chosen);
    Ok(Answer::ok())
}

/// An account without industries has those of the spec's example.
fn get_industry(call: &Call<'_>) -> Option<Answer> {
    let [first, second] = call.state.of::<Templates>().industries?;
    let described = |number: usize| {
        let (at_large, branch) = INDUSTRIES.get(number - 1).copied().unwrap_or_default();
        json!({"first_class": at_large, "second_class": branch})
    };
    Some(Answer::object(&[("primary_industry", described(first)), ("secondary_industry", described(second))]))
}

fn add(call: &Call<'_>) -> Result<Answer, Refusal> {
    let keywords = call.texts("keyword_name_list");
    if let Some(index) = keywords.iter().position(|keyword| keyword.is_empty()) {
        return Err(refused_for(40246, format!("`keyword_name_list[{index}]` is empty")));
    }
    let id = call.state.idents.text(43);
    let mut templates = call.state.of::<Templates>();
    if templates.taken.len() >= TEMPLATES {
        return Err(refused_for(45026, format!("the account has {TEMPLATES} templates")));
    }
    let numbered = keywords.iter().zip(1..);
    let content = numbered.map(|(name, number)| format!("{name}：{{{{thing{number}.DATA}}}}\n")).collect();
    let example = keywords.iter().map(|name| format!("{name}：示例\n")).collect();
    let title = format!("模板{}", call.body("template_id_short"));
    templates.taken.push(Template { id: id.clone(), title, content, example });
    Ok(Answer::ok_with(&[("template_id", json!(id))]))
}

fn list(call: &Call<'_>) -> Answer {
    let templates = call.state.of::<Templates>();
    let described = |template: &Template| {
        json!({
            "template_id": template.id,
            "title": template.title,
            "primary_industry": "",
            "deputy_industry": "",
            "content": template.content,
            "example": template.example,
        })
    };
    let listed: Vec<Value> = templates.taken.iter().map(described).collect();
    Answer::object(&[("template_list", json!(listed))])
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.body("template_id");
    let mut templates = call.state.of::<Templates>();
    templates.find(id)?;
    templates.taken.retain(|template| template.id != id);
    Ok(Answer::ok())
}

fn send(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (openid, name, now) = (call.body("touser"), call.body("client_msg_id"), call.state.clock.seconds());
    call.state.of::<Users>().recipient(openid)?;
    let mut templates = call.state.of::<Templates>();
    let template = templates.find(call.body("template_id"))?;
    for keyword in template.keywords() {
        let value = call.inner("data", keyword).and_then(|given| given["value"].as_str());
        if value.unwrap_or_default().is_empty() {
            return Err(refused_for(47003, format!("`data.{keyword}.value` is empty")));
        }
    }
    let key = (openid.to_owned(), name.to_owned());
    let sent_before = templates.named.get(&key).filter(|(_, at)| now < at.saturating_add(UNIQUE));
    if let (false, Some((number, _))) = (name.is_empty(), sent_before) {
        return Ok(Answer::ok_with(&[("msgid", json!(number))]));
    }
    templates.sent += 1;
    let number = FIRST + templates.sent;
    if !name.is_empty() {
        templates.named.insert(key, (number, now));
    }
    drop(templates);
    call.state.deliver(SentKind::Template, call.body, [openid]);
    Ok(Answer::ok_with(&[("msgid", json!(number))]))
}

/// A one-time message: the user has agreed to it and need not follow.
fn send_once(call: &Call<'_>) -> Result<Answer, Refusal> {
    let openid = call.body("touser");
    call.state.of::<Users>().get(openid)?;
    call.state.deliver(SentKind::OneTime, call.body, [openid]);
    Ok(Answer::ok())
}
