//! Subscription notices: a small public library, the templates that the account took from it, and what is sent.
//! That users have agreed is taken for granted; a fault (43101) makes one who has not.

use serde_json::{json, Value};

use super::outbox::SentKind;
use super::template;
use super::user::Users;
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// A template of the public library.
struct Public {
    tid: u32,
    title: &'static str,
    category: u32,
    /// Name, kind and an example of each keyword; the first has number 1.
    keywords: &'static [(&'static str, &'static str, &'static str)],
}

const LIBRARY: [Public; 3] = [
    Public {
        tid: 99,
        title: "付款成功通知",
        category: 616,
        keywords: &[("物品名称", "thing", "名称"), ("付款金额", "amount", "￥100")],
    },
    Public {
        tid: 401,
        title: "报名结果通知",
        category: 616,
        keywords: &[
            ("会议地点", "thing", "TIT会议室"),
            ("会议时间", "date", "2016年8月8日"),
            ("报名结果", "phrase", "审核通过"),
        ],
    },
    Public {
        tid: 1856,
        title: "快递签收通知",
        category: 287,
        keywords: &[
            ("快递公司", "thing", "顺丰速运"),
            ("快递单号", "character_string", "SF0001"),
            ("签收时间", "time", "15:01"),
        ],
    },
];

/// The templates that the account has taken.
#[derive(Debug, Default)]
pub(crate) struct Notices(Vec<Template>);

#[derive(Debug)]
struct Template {
    id: String,
    /// What it was made of; `None` for one that a test has given.
    origin: Option<(u32, Vec<usize>)>,
    title: String,
    content: String,
    example: String,
}

impl Notices {
    /// Gives the account a template that a test has chosen; it takes the place of one with the same id.
    pub(crate) fn insert(&mut self, id: String, content: String) {
        self.0.retain(|template| template.id != id);
        let title = format!("模板{id}");
        self.0.push(Template { id, origin: None, title, content, example: String::new() });
    }
}

fn public(tid: &str) -> Result<&'static Public, Refusal> {
    let found = LIBRARY.iter().find(|public| public.tid.to_string() == tid);
    found.ok_or_else(|| unknown(200014, format!("`tid` is `{tid}`; the library has no such template")))
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("GET", "/wxaapi/newtmpl/getpubtemplatetitles") => titles(call),
        ("GET", "/wxaapi/newtmpl/getpubtemplatekeywords") => keywords(call).into(),
        ("POST", "/wxaapi/newtmpl/addtemplate") => add(call).into(),
        ("GET", "/wxaapi/newtmpl/gettemplate") => list(call),
        ("POST", "/wxaapi/newtmpl/deltemplate") => delete(call).into(),
        ("POST", "/cgi-bin/message/subscribe/bizsend") => send(call).into(),
        _ => return None,
    })
}

fn titles(call: &Call<'_>) -> Answer {
    let categories: Vec<&str> = call.query("ids").split(',').map(str::trim).collect();
    let number = |name: &str| call.query(name).parse().unwrap_or(usize::MAX);
    let wanted = |public: &&Public| categories.contains(&public.category.to_string().as_str());
    let found: Vec<&Public> = LIBRARY.iter().filter(wanted).collect();
    let described = |public: &&Public| json!({"tid": public.tid, "title": public.title, "type": 2, "categoryId": public.category});
    let page = found.iter().skip(number("start")).take(number("limit"));
    let page: Vec<Value> = page.map(described).collect();
    Answer::ok_with(&[("count", json!(found.len())), ("data", json!(page))])
}

fn keywords(call: &Call<'_>) -> Result<Answer, Refusal> {
    let numbered = public(call.query("tid"))?.keywords.iter().zip(1..);
    let described = numbered.map(|((name, rule, example), number)| {
        json!({"kid": number, "name": name, "example": example, "rule": rule})
    });
    let keywords: Vec<Value> = described.collect();
    Ok(Answer::ok_with(&[("count", json!(keywords.len())), ("data", json!(keywords))]))
}

fn add(call: &Call<'_>) -> Result<Answer, Refusal> {
    let public = public(&call.id("tid"))?;
    let mut template = Template {
        id: call.state.idents.text(43),
        origin: None,
        title: public.title.to_owned(),
        content: String::new(),
        example: String::new(),
    };
    let mut chosen = Vec::new();
    let given = call.body.get("kidList").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (index, number) in given.iter().enumerate() {
        let number = number.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
        let found = number.checked_sub(1).and_then(|place| public.keywords.get(place));
        let (name, rule, example) = found.ok_or_else(|| {
            refused_for(200020, format!("`kidList[{index}]` is {number}; there is no such keyword"))
        })?;
        if chosen.contains(&number) {
            return Err(refused_for(200020, format!("`kidList[{index}]` is {number}, as one before it")));
        }
        chosen.push(number);
        template.content.push_str(&format!("{name}:{{{{{rule}{number}.DATA}}}}\n"));
        template.example.push_str(&format!("{name}:{example}\n"));
    }
    template.origin = Some((public.tid, chosen));
    let mut taken = call.state.of::<Notices>();
    if taken.0.iter().any(|other| other.origin == template.origin) {
        return Err(refused_for(200022, "`tid` and `kidList` are those of a template of the account"));
    }
    let answer = Answer::ok_with(&[("priTmplId", json!(template.id))]);
    taken.0.push(template);
    Ok(answer)
}

fn list(call: &Call<'_>) -> Answer {
    let described = |template: &Template| {
        json!({
            "priTmplId": template.id,
            "title": template.title,
            "content": template.content,
            "example": template.example,
            "type": 2,
        })
    };
    let listed: Vec<Value> = call.state.of::<Notices>().0.iter().map(described).collect();
    Answer::ok_with(&[("data", json!(listed))])
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.body("priTmplId");
    let mut taken = call.state.of::<Notices>();
    let found = taken.0.iter().position(|template| template.id == id);
    let place = found.ok_or_else(|| unknown(200014, "`priTmplId` is that of no template of the account"))?;
    taken.0.remove(place);
    Ok(Answer::ok())
}

fn send(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (openid, id) = (call.body("touser"), call.body("template_id"));
    // Users need not follow.
    call.state.of::<Users>().get(openid)?;
    {
        let taken = call.state.of::<Notices>();
        let found = taken.0.iter().find(|template| template.id == id);
        let missing = || unknown(40037, "`template_id` is that of no template of the account");
        for name in template::keywords(&found.ok_or_else(missing)?.content) {
            let value = call.inner("data", name).and_then(|given| given["value"].as_str());
            if value.unwrap_or_default().is_empty() {
                return Err(refused_for(47003, format!("`data.{name}.value` is empty")));
            }
        }
    }
    call.state.deliver(SentKind::Notice, call.body, [openid]);
    Ok(Answer::ok())
}
