//! The users of a sandbox through its handle: who they are, what they do, what they received; and the templates of
//! what they receive.
//! What the account does with them goes over the wire, to the flows.

use super::flow::outbox::SentMessage;
use super::flow::{oauth, tag};
use super::Sandbox;
use crate::id::{CommentId, MsgDataId, OpenId, TemplateId};
use crate::sandbox::flow::comment::Comments;
use crate::sandbox::flow::notice::Notices;
use crate::sandbox::flow::outbox::Outbox;
use crate::sandbox::flow::template::Templates;
use crate::sandbox::flow::user::{follow, Users};
use crate::{Error, Result};

impl Sandbox {
    /// Makes somebody follow the account; without effect on a follower.
    pub fn record_follow(&self, openid: impl Into<OpenId>) {
        let openid = openid.into();
        let openid = openid.as_str();
        follow(&self.state, openid);
    }

    /// Makes a follower leave. The platform goes on knowing them, with `subscribe` = 0 and without tags.
    pub fn record_unfollow(&self, openid: impl Into<OpenId>) {
        let openid = openid.into();
        let openid = openid.as_str();
        self.state.of::<Users>().unfollow(openid);
    }

    /// Forgets a user: calls about them are answered 40003.
    pub fn remove_user(&self, openid: impl Into<OpenId>) {
        let openid = openid.into();
        let openid = openid.as_str();
        self.state.of::<Users>().remove(openid);
    }

    /// Makes somebody follow who followed another account, of this AppID, that was moved here: `convert_openids`
    /// translates their old OpenID.
    pub fn move_user(&self, from_app_id: &str, old_openid: impl Into<OpenId>, openid: impl Into<OpenId>) {
        let old_openid = old_openid.into();
        let old_openid = old_openid.as_str();
        let openid = openid.into();
        let openid = openid.as_str();
        follow(&self.state, openid);
        self.state.of::<Users>().moved(from_app_id, old_openid, openid);
    }

    /// Whether the user follows the account.
    pub fn is_follower(&self, openid: impl Into<OpenId>) -> bool {
        let openid = openid.into();
        let openid = openid.as_str();
        self.state.of::<Users>().follows(openid)
    }

    /// The followers, in the order in which they followed.
    pub fn followers(&self) -> Vec<OpenId> {
        self.state.of::<Users>().followers().into_iter().map(Into::into).collect()
    }

    /// The remark that is stored for a user; `None` for an unknown one.
    pub fn remark(&self, openid: impl Into<OpenId>) -> Option<String> {
        let openid = openid.into();
        let openid = openid.as_str();
        self.state.of::<Users>().remark(openid)
    }

    /// The names of the tags that a user carries, in the order in which they were put on.
    pub fn tags(&self, openid: impl Into<OpenId>) -> Vec<String> {
        let openid = openid.into();
        let openid = openid.as_str();
        tag::names_on(&self.state, openid)
    }

    /// Whether the user is on the blacklist.
    pub fn is_blocked(&self, openid: impl Into<OpenId>) -> bool {
        let openid = openid.into();
        let openid = openid.as_str();
        self.state.of::<Users>().is_blocked(openid)
    }

    /// Notes that a user wrote to the account: for 48 hours from now it may send customer-service messages to
    /// them, as it may to a new follower. A user who talks with a colleague of the customer service has the words
    /// put into the records; anybody else waits for one.
    ///
    /// Nothing is pushed to a callback address by this; `push_user_text` does the same with a push.
    pub fn record_user_text(&self, openid: impl Into<OpenId>, text: &str) {
        let openid = openid.into();
        let openid = openid.as_str();
        self.state.customer_wrote(openid, text);
    }

    /// Gives the account a template for template messages, as the platform lists it: `content` names the keywords
    /// that a message must have values for, like `订单：{{character_string1.DATA}}`. It takes the place of a template
    /// with the same id.
    pub fn add_template(&self, id: impl Into<TemplateId>, content: impl Into<String>) {
        self.state.of::<Templates>().insert(id.into().into_string(), content.into());
    }

    /// The same for subscription notices, which have templates of their own.
    pub fn add_notice_template(&self, id: impl Into<TemplateId>, content: impl Into<String>) {
        self.state.of::<Notices>().insert(id.into().into_string(), content.into());
    }

    /// Makes a user comment on an article that was published or sent as a mass message: `msg_data_id` names the
    /// message, `index` the article, beginning with 0. The comment's number is answered.
    ///
    /// # Errors
    ///
    /// When there is no such article, or it takes no comments from this user
    /// ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub fn add_comment(
        &self,
        msg_data_id: impl Into<MsgDataId>,
        index: usize,
        openid: impl Into<OpenId>,
        content: &str,
    ) -> Result<CommentId> {
        let openid = openid.into();
        let openid = openid.as_str();
        let (follows, now) = (self.is_follower(openid), self.state.clock.seconds());
        let written = self.state.of::<Comments>().write(
            number(msg_data_id.into().0),
            index,
            openid,
            follows,
            content,
            now,
        );
        written.map(CommentId).map_err(|why| Error::config(format!("nobody can comment: {why}")))
    }

    /// Makes the author of a comment take it back. It stays listed, and can't be selected any more (88004).
    ///
    /// # Errors
    ///
    /// When there is no such comment ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub fn withdraw_comment(
        &self,
        msg_data_id: impl Into<MsgDataId>,
        index: usize,
        comment: impl Into<CommentId>,
    ) -> Result<()> {
        let withdrawn =
            self.state.of::<Comments>().withdraw(number(msg_data_id.into().0), index, comment.into().0);
        withdrawn.map_err(|why| Error::config(format!("no comment can be taken back: {why}")))
    }

    /// What a user received, in its order: customer-service, template, one-time and mass messages, notices,
    /// previews, and replies to pushes.
    pub fn sent_messages(&self, openid: impl Into<OpenId>) -> Vec<SentMessage> {
        let openid = openid.into();
        let openid = openid.as_str();
        self.state.of::<Outbox>().to(openid)
    }

    /// What all users received, in its order.
    pub fn all_sent_messages(&self) -> Vec<SentMessage> {
        self.state.of::<Outbox>().all()
    }

    /// Opens an address made by `authorize_url` as a visitor inside WeChat would, who consents to whatever is asked:
    /// the address of the page that they are sent back to, with `code` and `state`. The visitor need not follow the
    /// account.
    ///
    /// A browser can be sent to such an address too, as long as the client's `browser_base_url` is the sandbox, as
    /// that of [`client`](Self::client) is: its visitor is the first follower.
    ///
    /// # Errors
    ///
    /// What WeChat shows as an error page: another AppID, an unknown scope, no page to go back to
    /// ([`ErrorKind::Config`](crate::ErrorKind::Config)).
    pub fn authorize(&self, url: &str, openid: impl Into<OpenId>) -> Result<String> {
        let openid = openid.into();
        let openid = openid.as_str();
        let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        if !path.ends_with(oauth::AUTHORIZE) || fragment != "wechat_redirect" {
            return Err(Error::config("an authorise address is what `authorize_url` builds, unchanged"));
        }
        oauth::authorize(&self.state, query, openid)
    }
}

/// The sandbox numbers from 1; 0 is nobody's.
fn number(id: i64) -> u64 {
    u64::try_from(id).unwrap_or_default()
}
