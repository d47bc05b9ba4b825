//! The list of ids, for `spec/id.rs`, which knows how they are written, and `record/id.rs`, which makes their types.

/// Hands the list to a macro of the caller.
macro_rules! for_each_id {
    ($apply:ident) => {
        $apply! {
            /// A user's OpenID: another account sees another one of the same user.
            OpenId = "openid": String;
            /// A user's UnionID: the same for all accounts of one open-platform account.
            UnionId = "unionid": String;
            /// A file on the platform, temporary or permanent, or a draft: all are a `media_id` there.
            MediaId = "media_id": String;
            /// A kind of card or coupon.
            CardId = "card_id": String;
            /// The code of one user's card.
            CardCode = "card_code": String;
            /// A template of template messages or subscription messages.
            TemplateId = "template_id": String;
            /// A tag that followers have.
            TagId = "tag_id": U32;
            /// What the picture of a QR code is asked for with.
            QrTicket = "qr_ticket": String;
            /// An account of a customer-service agent, such as `agent@gh_name`.
            KfAccount = "kf_account": String;
            /// A published article.
            ArticleId = "article_id": String;
            /// The publication of a draft, while it is under way and afterwards.
            PublishId = "publish_id": I64;
            /// A message that was sent: to one user by a template, or to many.
            MsgId = "msg_id": I64;
            /// The content of a mass message or publication; its articles' comments and figures are kept under it.
            MsgDataId = "msg_data_id": I64;
            /// A comment on an article.
            CommentId = "comment_id": U64;
            /// A conditional menu.
            MenuId = "menu_id": String;
            /// A store on the platform's map.
            PoiId = "poi_id": String;
            /// A group of customers in the shopping guide.
            GuideGroupId = "guide_group_id": U64;
            /// A guide of the shopping guide, by WeChat ID.
            GuideAccount = "guide_account": String;
            /// A task that was set in the shopping guide.
            GuideTaskId = "guide_task_id": U64;
            /// A page of gift cards.
            GiftCardPageId = "gift_card_page_id": String;
            /// An application for one-item-one-code QR codes.
            UniqueCodeApplicationId = "unique_code_application_id": U64;
            /// An invoice's PDF file that was uploaded.
            InvoicePdfId = "invoice_pdf_id": String;
            /// A text that was stored to get a short key.
            ShortKey = "short_key": String;
        }
    };
}
pub(crate) use for_each_id;
