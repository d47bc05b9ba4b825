//! Comments below articles that were published or sent: what readers wrote and what the account made of it.
//! Readers write through the sandbox's handle.

use std::collections::HashMap;

use serde_json::{json, Map, Value};

use crate::sandbox::answer::{refused_for, unknown, Answer, Refusal};
use crate::sandbox::call::{Call, RequestLine};

/// The articles that can have comments, by the number of their message.
#[derive(Debug, Default)]
pub(crate) struct Comments(HashMap<u64, Vec<Article>>);

#[derive(Debug, Default)]
struct Article {
    open: bool,
    only_fans: bool,
    latest: u64,
    comments: Vec<Comment>,
}

#[derive(Debug)]
struct Comment {
    id: u64,
    openid: String,
    content: String,
    written: u64,
    elected: bool,
    /// Its author took it back.
    withdrawn: bool,
    reply: Option<(String, u64)>,
}

impl Comments {
    /// Notes the articles of a message that was published or sent.
    pub(super) fn register(&mut self, message: u64, articles: &[Map<String, Value>]) {
        let flag =
            |article: &Map<String, Value>, name: &str| article.get(name).is_some_and(|flag| *flag == 1);
        let article = |article: &Map<String, Value>| Article {
            open: flag(article, "need_open_comment"),
            only_fans: flag(article, "only_fans_can_comment"),
            ..Article::default()
        };
        self.0.insert(message, articles.iter().map(article).collect());
    }

    fn article(&mut self, message: u64, index: usize) -> Result<&mut Article, Refusal> {
        let Some(articles) = self.0.get_mut(&message) else {
            return Err(unknown(88001, format!("`msg_data_id` is {message}; there is no such message")));
        };
        let count = articles.len();
        let beyond = || refused_for(88001, format!("`index` is {index}; the message has {count} articles"));
        articles.get_mut(index).ok_or_else(beyond)
    }

    /// Adds what a reader wrote; its number, or why it can't be written.
    pub(crate) fn write(
        &mut self,
        message: u64,
        index: usize,
        openid: &str,
        follows: bool,
        content: &str,
        now: u64,
    ) -> Result<u64, String> {
        let article = self.article(message, index).map_err(|refusal| refusal.detail)?;
        if !article.open {
            return Err("the article takes no comments".to_owned());
        }
        if article.only_fans && !follows {
            return Err("the article takes comments of followers only".to_owned());
        }
        article.latest += 1;
        article.comments.push(Comment {
            id: article.latest,
            openid: openid.to_owned(),
            content: content.to_owned(),
            written: now,
            elected: false,
            withdrawn: false,
            reply: None,
        });
        Ok(article.latest)
    }

    /// Takes a comment back for its author.
    pub(crate) fn withdraw(&mut self, message: u64, index: usize, id: u64) -> Result<(), String> {
        let article = self.article(message, index).map_err(|refusal| refusal.detail)?;
        let comment = article.comments.iter_mut().find(|comment| comment.id == id);
        comment.ok_or("the article has no such comment")?.withdrawn = true;
        Ok(())
    }
}

impl Comment {
    fn described(&self) -> Value {
        let mut comment = json!({
            "user_comment_id": self.id,
            "create_time": self.written,
            "content": self.content,
            "comment_type": u8::from(self.elected),
            "openid": self.openid,
        });
        if let Some((content, given)) = &self.reply {
            comment["reply"] = json!({"content": content, "create_time": given});
        }
        comment
    }
}

/// The calls of this flow.
pub(super) fn answer(call: &Call<'_>, line: RequestLine<'_>) -> Option<Answer> {
    Some(match line {
        ("POST", "/cgi-bin/comment/open") => switch(call, true).into(),
        ("POST", "/cgi-bin/comment/close") => switch(call, false).into(),
        ("POST", "/cgi-bin/comment/list") => list(call).into(),
        ("POST", "/cgi-bin/comment/markelect") => mark(call, true).into(),
        ("POST", "/cgi-bin/comment/unmarkelect") => mark(call, false).into(),
        ("POST", "/cgi-bin/comment/delete") => delete(call).into(),
        ("POST", "/cgi-bin/comment/reply/add") => reply(call).into(),
        ("POST", "/cgi-bin/comment/reply/delete") => delete_reply(call).into(),
        _ => return None,
    })
}

/// Does something with the article that the request names.
fn with_article<T>(
    call: &Call<'_>,
    act: impl FnOnce(&mut Article) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut comments = call.state.of::<Comments>();
    act(comments.article(call.number("msg_data_id").unwrap_or_default(), call.index("index"))?)
}

/// Does something with the comment that the request names.
fn with_comment(
    call: &Call<'_>,
    act: impl FnOnce(&mut Comment) -> Result<(), Refusal>,
) -> Result<Answer, Refusal> {
    let id = call.number("user_comment_id").unwrap_or_default();
    with_article(call, |article| {
        let comment = article.comments.iter_mut().find(|comment| comment.id == id);
        act(comment.ok_or_else(|| missing(id))?)
    })?;
    Ok(Answer::ok())
}

fn missing(id: u64) -> Refusal {
    refused_for(88008, format!("`user_comment_id` is {id}; the article has no such comment"))
}

fn switch(call: &Call<'_>, open: bool) -> Result<Answer, Refusal> {
    with_article(call, |article| {
        article.open = open;
        Ok(Answer::ok())
    })
}

fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let kind = call.number("type").unwrap_or_default();
    with_article(call, |article| {
        let wanted = |comment: &&Comment| match kind {
            1 => !comment.elected,
            2 => comment.elected,
            _ => true,
        };
        let found: Vec<&Comment> = article.comments.iter().rev().filter(wanted).collect();
        let page = found.iter().skip(call.index("begin")).take(call.index("count"));
        let page: Vec<Value> = page.map(|comment| comment.described()).collect();
        Ok(Answer::ok_with(&[("total", json!(found.len())), ("comment", json!(page))]))
    })
}

fn mark(call: &Call<'_>, elected: bool) -> Result<Answer, Refusal> {
    with_comment(call, |comment| {
        if elected && comment.withdrawn {
            let detail = format!("`user_comment_id` is {}, which its author took back", comment.id);
            return Err(refused_for(88004, detail));
        }
        comment.elected = elected;
        Ok(())
    })
}

fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.number("user_comment_id").unwrap_or_default();
    with_article(call, |article| {
        let before = article.comments.len();
        article.comments.retain(|comment| comment.id != id);
        if article.comments.len() == before {
            return Err(missing(id));
        }
        Ok(Answer::ok())
    })
}

fn reply(call: &Call<'_>) -> Result<Answer, Refusal> {
    let (content, now) = (call.body("content").to_owned(), call.state.clock.seconds());
    with_comment(call, |comment| {
        if comment.reply.is_some() {
            let detail = format!("`user_comment_id` is {}, which has an answer", comment.id);
            return Err(refused_for(88005, detail));
        }
        comment.reply = Some((content, now));
        Ok(())
    })
}

fn delete_reply(call: &Call<'_>) -> Result<Answer, Refusal> {
    with_comment(call, |comment| {
        let none = || {
            let detail = format!("`user_comment_id` is {}, which has no answer", comment.id);
            refused_for(87009, detail)
        };
        comment.reply.is_some().then_some(()).ok_or_else(none)?;
        comment.reply = None;
        Ok(())
    })
}
