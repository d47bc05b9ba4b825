//! A reply that comes too late for an answer, as a customer-service message. When that happens is decided in
//! `responder.rs`.

use super::Reply;
use crate::custom_message::{CustomMessage, CustomMusic, CustomNews, CustomNewsArticle};
use crate::error::{Error, ErrorKind, Result};
use crate::future::BoxFuture;
use crate::id::OpenId;

/// Sends a reply to the user with this OpenID.
pub(super) type SendLate = Box<dyn Fn(OpenId, Reply) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// The same content as a customer-service message.
pub(super) fn custom_message(reply: Reply) -> Result<CustomMessage> {
    match reply {
        Reply::Text(text) => Ok(CustomMessage::text(text.content)),
        Reply::Image(image) => Ok(CustomMessage::image(image.media_id)),
        Reply::Voice(voice) => Ok(CustomMessage::voice(voice.media_id)),
        Reply::Music(music) => {
            let url = music.music_url.ok_or_else(|| impossible("a music reply without `MusicUrl`"))?;
            let (title, description) = (music.title, music.description);
            let mut message = CustomMusic::new(
                title.unwrap_or_default(),
                description.unwrap_or_default(),
                url,
                music.thumb_media_id,
            );
            message.hqmusicurl = music.hq_music_url;
            Ok(CustomMessage::Music(message))
        }
        Reply::News(news) => {
            let mut articles = news.articles.into_iter();
            let (Some(article), None) = (articles.next(), articles.next()) else {
                return Err(impossible("a news reply of several articles"));
            };
            let article =
                CustomNewsArticle::new(article.title, article.description, article.url, article.pic_url);
            Ok(CustomMessage::News(CustomNews::new([article])))
        }
        Reply::Video(_) => Err(impossible("a video reply, which has no `thumb_media_id`,")),
        Reply::TransferCustomerService(_) => Err(impossible("a transfer to customer service")),
        Reply::TransferToAi(_) => Err(impossible("a transfer to the account's AI")),
        _ => Err(impossible("a reply that the crate does not know")),
    }
}

fn impossible(what: &str) -> Error {
    Error::new(ErrorKind::Handler, format!("{what} can't be sent late, as a customer-service message"))
}
