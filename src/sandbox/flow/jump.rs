//! Rules that make a QR code open a mini program: added, published, deleted.
//! Whether the mini program is linked and released can't be known here and is taken for granted.

use serde_json::{json, Map, Value};

use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// How many rules can be published within a month.
const PUBLISHED: usize = 100;
/// A month, in seconds of the sandbox's clock.
const MONTH: u64 = 30 * 86_400;
/// How many rules an answer lists at most.
const LISTED: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Jumps {
    /// In the order in which they were added.
    rules: Vec<Rule>,
    /// When rules were published.
    published: Vec<u64>,
}

#[derive(Debug)]
struct Rule {
    appid: String,
    prefix: String,
    published: bool,
    /// What the rule was added with, besides.
    more: Map<String, Value>,
}

impl Rule {
    fn described(&self) -> Value {
        let mut rule = self.more.clone();
        rule.insert("prefix".to_owned(), json!(self.prefix));
        rule.insert("state".to_owned(), json!(if self.published { 2 } else { 1 }));
        Value::Object(rule)
    }
}

impl Jumps {
    fn left(&self, now: u64) -> usize {
        let counted = self.published.iter().filter(|at| at.saturating_add(MONTH) > now).count();
        PUBLISHED.saturating_sub(counted)
    }

    fn find(&mut self, prefix: &str) -> Result<&mut Rule, Refusal> {
        let found = self.rules.iter_mut().find(|rule| rule.prefix == prefix);
        found.ok_or_else(|| unknown(40097, "`prefix` is that of no rule"))
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/wxopen/qrcodejumpadd") => add(call).into(),
        ("POST", "/cgi-bin/wxopen/qrcodejumpget") => list(call),
        ("POST", "/cgi-bin/wxopen/qrcodejumppublish") => publish(call).into(),
        ("POST", "/cgi-bin/wxopen/qrcodejumpdelete") => delete(call).into(),
        _ => return None,
    })
}

fn add(call: &Call<'_>) -> Result<Answer, Refusal> {
    let prefix = call.body("prefix");
    for (index, url) in call.texts("debug_url").iter().enumerate() {
        if !url.starts_with(prefix) {
            return Err(refused_for(85068, format!("`debug_url[{index}]` does not begin with `prefix`")));
        }
    }
    let mut more = call.body.clone();
    more.retain(|name, _| !matches!(name.as_str(), "prefix" | "appid" | "is_edit"));
    let (prefix, appid) = (prefix.to_owned(), call.body("appid").to_owned());
    let mut jumps = call.state.of::<Jumps>();
    if call.number("is_edit") == Some(1) {
        let rule = jumps.find(&prefix)?;
        if rule.published {
            return Err(refused_for(40097, "`prefix` is that of a published rule"));
        }
        (rule.appid, rule.more) = (appid, more);
        return Ok(Answer::ok());
    }
    if jumps.find(&prefix).is_ok() {
        return Err(refused_for(85071, "`prefix` has a rule already"));
    }
    jumps.rules.push(Rule { appid, prefix, published: false, more });
    Ok(Answer::ok())
}

fn list(call: &Call<'_>) -> Answer {
    let (appid, prefixes) = (call.body("appid"), call.texts("prefix_list"));
    let jumps = call.state.of::<Jumps>();
    let own: Vec<&Rule> = jumps.rules.iter().filter(|rule| rule.appid == appid).collect();
    let rules: Vec<Value> = match call.number("get_type") {
        Some(1) => {
            let wanted = own.iter().filter(|rule| prefixes.contains(&rule.prefix.as_str()));
            wanted.map(|rule| rule.described()).collect()
        }
        Some(2) => {
            let size = call.index("page_size");
            let skip = call.index("page_num").saturating_sub(1).saturating_mul(size);
            own.iter().skip(skip).take(size).map(|rule| rule.described()).collect()
        }
        _ => own.iter().rev().take(LISTED).map(|rule| rule.described()).collect(),
    };
    Answer::ok_with(&[
        ("list_size", json!(rules.len())),
        ("rule_list", json!(rules)),
        ("qrcodejump_open", json!(1)),
        ("qrcodejump_pub_quota", json!(jumps.left(call.state.clock.seconds()))),
        ("total_count", json!(own.len())),
    ])
}

fn publish(call: &Call<'_>) -> Result<Answer, Refusal> {
    let now = call.state.clock.seconds();
    let mut jumps = call.state.of::<Jumps>();
    let left = jumps.left(now);
    let rule = jumps.find(call.body("prefix"))?;
    if rule.published {
        return Err(refused_for(40097, "`prefix` is that of a published rule"));
    }
    if left == 0 {
        return Err(refused_for(886_000, format!("{PUBLISHED} rules were published within a month")));
    }
    rule.published = true;
    jumps.published.push(now);
    Ok(Answer::ok())
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (prefix, appid) = (call.body("prefix"), call.body("appid"));
    let mut jumps = call.state.of::<Jumps>();
    if jumps.find(prefix)?.appid != appid {
        return Err(refused_for(40166, "`appid` is not the one that the rule opens"));
    }
    jumps.rules.retain(|rule| rule.prefix != prefix);
    Ok(Answer::ok())
}
