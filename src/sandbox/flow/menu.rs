//! Menus: the one for everybody, conditional ones, and who sees which.
//! The fields of buttons are judged by the spec; here is what only the account knows.

use std::collections::BTreeSet;

use serde_json::{json, Map, Value};

use super::material::Library;
use super::publish::Articles;
use super::tag::Tags;
use super::user::Users;
use crate::record::take_out;
use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{number, Call, RequestLine};
use crate::sandbox::state::State;

/// The system of every phone in a sandbox, as a conditional menu names it: iOS.
const PLATFORM: &str = "1";
/// How many domains a conditional menu may lead to.
const DOMAINS: usize = 3;
/// The numbers of menus begin behind this one.
const FIRST: u64 = 208_380_000;

#[derive(Debug, Default)]
pub(crate) struct Menus {
    /// The buttons that everybody sees, and the number of their menu.
    main: Option<(u64, Vec<Value>)>,
    /// The newest last.
    conditional: Vec<Conditional>,
    made: u64,
}

#[derive(Debug)]
struct Conditional {
    id: u64,
    buttons: Vec<Value>,
    rule: Map<String, Value>,
}

impl Menus {
    fn number(&mut self) -> u64 {
        self.made += 1;
        FIRST + self.made
    }

    /// What buttons send or open.
    fn materials(&self) -> BTreeSet<String> {
        let main = self.main.iter().map(|(_, buttons)| buttons);
        let all = main.chain(self.conditional.iter().map(|menu| &menu.buttons));
        let ids =
            all.flat_map(|buttons| leaves(buttons)).filter_map(|(_, button)| button["media_id"].as_str());
        ids.map(str::to_owned).collect()
    }
}

/// Buttons that do something, each with its place.
fn leaves(buttons: &[Value]) -> impl Iterator<Item = (String, &Value)> {
    buttons.iter().enumerate().flat_map(|(index, button)| {
        let place = format!("button[{index}]");
        let below = sub_buttons(button);
        if below.is_empty() {
            return vec![(place, button)];
        }
        let numbered = below.iter().enumerate();
        numbered.map(|(number, button)| (format!("{place}.sub_button[{number}]"), button)).collect()
    })
}

fn sub_buttons(button: &Value) -> &[Value] {
    button["sub_button"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn buttons(call: &Call<'_>) -> Result<Vec<Value>, Refusal> {
    let buttons = call.body.get("button").and_then(Value::as_array).cloned().unwrap_or_default();
    for (place, button) in leaves(&buttons) {
        if button["type"].is_null() {
            return Err(refused_for(41007, format!("`{place}.sub_button` is missing, and so is an action")));
        }
        if let Some(id) = button["media_id"].as_str()
            && !call.state.of::<Library>().has(id)
        {
            return Err(unknown(40007, format!("`{place}.media_id` is no material of the library")));
        }
        if let Some(id) = button["article_id"].as_str()
            && !call.state.of::<Articles>().has(id, call.state.clock.millis())
        {
            return Err(unknown(53600, format!("`{place}.article_id` is unknown")));
        }
    }
    Ok(buttons)
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/menu/create") => changed(call, create(call)),
        ("GET", "/cgi-bin/menu/get") => get(call).into(),
        ("GET", "/cgi-bin/menu/delete") => changed(call, Ok(delete(call))),
        ("POST", "/cgi-bin/menu/addconditional") => changed(call, add_conditional(call)),
        ("POST", "/cgi-bin/menu/delconditional") => changed(call, delete_conditional(call)),
        ("POST", "/cgi-bin/menu/trymatch") => try_match(call).into(),
        ("GET", "/cgi-bin/get_current_selfmenu_info") => in_use(call),
        _ => return None,
    })
}

/// Tells the library what the menus use, now that they have changed.
fn changed(call: &Call<'_>, outcome: Result<Answer, Refusal>) -> Answer {
    let used = call.state.of::<Menus>().materials();
    call.state.of::<Library>().set_in_menus(used);
    outcome.into()
}

fn create(call: &Call<'_>) -> Result<Answer, Refusal> {
    let buttons = buttons(call)?;
    let mut menus = call.state.of::<Menus>();
    let number = menus.number();
    menus.main = Some((number, buttons));
    Ok(Answer::ok())
}

/// Buttons as the platform lists them: each with a list of those below, even where there are none.
fn listed(buttons: &[Value]) -> Vec<Value> {
    let listed = buttons.iter().map(|button| {
        let mut button = button.clone();
        let below = listed(sub_buttons(&button));
        button["sub_button"] = json!(below);
        button
    });
    listed.collect()
}

fn none() -> Refusal {
    refused_for(46003, "the account has no menu")
}

fn get(call: &Call<'_>) -> Result<Answer, Refusal> {
    let menus = call.state.of::<Menus>();
    let (number, buttons) = menus.main.as_ref().ok_or_else(none)?;
    let mut menu = json!({ "button": listed(buttons) });
    if menus.conditional.is_empty() {
        return Ok(Answer::object(&[("menu", menu)]));
    }
    menu["menuid"] = json!(number.to_string());
    let conditional = menus.conditional.iter().rev().map(|menu| {
        json!({"button": listed(&menu.buttons), "matchrule": told(&menu.rule), "menuid": menu.id.to_string()})
    });
    let conditional: Vec<Value> = conditional.collect();
    Ok(Answer::object(&[("menu", menu), ("conditionalmenu", json!(conditional))]))
}

/// A rule as it is given back: the platform still calls the tag by the name of the groups that tags have replaced.
fn told(rule: &Map<String, Value>) -> Value {
    let name = |key: &String| if key == "tag_id" { "group_id".to_owned() } else { key.clone() };
    Value::Object(rule.iter().map(|(key, value)| (name(key), value.clone())).collect())
}

fn delete(call: &Call<'_>) -> Answer {
    let mut menus = call.state.of::<Menus>();
    menus.main = None;
    menus.conditional.clear();
    Answer::ok()
}

/// The sites that buttons lead to.
fn domains(buttons: &[Value]) -> BTreeSet<String> {
    let urls = leaves(buttons).filter_map(|(_, button)| button["url"].as_str());
    let host = |url: &str| {
        let (_, rest) = url.split_once("://")?;
        rest.split(['/', '?', '#']).next().map(str::to_ascii_lowercase)
    };
    urls.filter_map(host).collect()
}

fn add_conditional(call: &Call<'_>) -> Result<Answer, Refusal> {
    let buttons = buttons(call)?;
    let rule = call.body.get("matchrule").and_then(Value::as_object).cloned().unwrap_or_default();
    if rule.is_empty() {
        return Err(refused_for(65304, "`matchrule` holds no condition"));
    }
    if domains(&buttons).len() > DOMAINS {
        return Err(refused_for(65316, format!("`button` leads to more than {DOMAINS} domains")));
    }
    if call.state.of::<Menus>().main.is_none() {
        return Err(refused_for(65303, "there is no menu for everybody"));
    }
    if let Some(tag) = tag(&rule) {
        call.state.of::<Tags>().check(tag, "matchrule.tag_id")?;
    }
    let mut menus = call.state.of::<Menus>();
    let id = menus.number();
    menus.conditional.push(Conditional { id, buttons, rule });
    Ok(Answer::object(&[("menuid", json!(id.to_string()))]))
}

fn tag(rule: &Map<String, Value>) -> Option<u32> {
    // Under the name of the groups it is given back, and comes back.
    let id = rule.get("tag_id").or_else(|| rule.get("group_id"))?;
    number(id).and_then(|id| u32::try_from(id).ok())
}

fn delete_conditional(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.number("menuid");
    let mut menus = call.state.of::<Menus>();
    let found = menus.conditional.iter().position(|menu| Some(menu.id) == id);
    let index = found.ok_or_else(|| unknown(65301, "`menuid` is that of no menu"))?;
    menus.conditional.remove(index);
    Ok(Answer::ok())
}

fn try_match(call: &Call<'_>) -> Result<Answer, Refusal> {
    let openid = call.body("user_id");
    let missing = || unknown(65302, format!("`user_id` is `{openid}`; there is no such follower"));
    let tags =
        call.state.of::<Users>().follower(openid).map(|user| user.tags.clone()).map_err(|_| missing())?;
    let menus = call.state.of::<Menus>();
    let (_, main) = menus.main.as_ref().ok_or_else(none)?;
    let fits = |menu: &&Conditional| {
        let platform = menu.rule.get("client_platform_type").and_then(Value::as_str);
        tag(&menu.rule).is_none_or(|tag| tags.contains(&tag)) && platform.is_none_or(|due| due == PLATFORM)
    };
    let chosen = menus.conditional.iter().rev().find(fits);
    Ok(Answer::object(&[("button", json!(listed(chosen.map_or(main, |menu| &menu.buttons))))]))
}

/// The menu in use wraps the second level once more, and leaves it out where there is none.
fn in_use(call: &Call<'_>) -> Answer {
    let Some((_, buttons)) = main(call.state) else {
        return Answer::object(&[("is_menu_open", json!(0))]);
    };
    let wrapped = buttons.into_iter().map(|mut button| {
        let below = sub_buttons(&button).to_vec();
        if let Some(members) = button.as_object_mut() {
            take_out(members, "sub_button");
            if !below.is_empty() {
                members.insert("sub_button".to_owned(), json!({ "list": below }));
            }
        }
        button
    });
    let wrapped: Vec<Value> = wrapped.collect();
    Answer::object(&[("is_menu_open", json!(1)), ("selfmenu_info", json!({ "button": wrapped }))])
}

fn main(state: &State) -> Option<(u64, Vec<Value>)> {
    state.of::<Menus>().main.clone()
}
