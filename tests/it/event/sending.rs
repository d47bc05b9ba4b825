//! What became of mass messages, template messages, subscription notices and drafts, by the official samples.

use weixin::callback::Event;
use weixin::event_message::{
    MassCopyrightAudit, MassCopyrightState, MassSendStatus, NoticeChoice, NoticeScene, TemplateSendStatus,
};
use weixin::id::MsgId;
use weixin::publish::PublishStatus;

use super::{event, json, payload};

const MASS: &str = "<Event><![CDATA[MASSSENDJOBFINISH]]></Event>
  <MsgID>1000001625</MsgID>
  <Status><![CDATA[err(30003)]]></Status>
  <TotalCount>0</TotalCount>
  <FilterCount>0</FilterCount>
  <SentCount>0</SentCount>
  <ErrorCount>0</ErrorCount>
  <CopyrightCheckResult>
    <Count>2</Count>
    <ResultList>
      <item>
        <ArticleIdx>1</ArticleIdx>
        <UserDeclareState>0</UserDeclareState>
        <AuditState>2</AuditState>
        <OriginalArticleUrl><![CDATA[Url_1]]></OriginalArticleUrl>
        <OriginalArticleType>1</OriginalArticleType>
        <CanReprint>1</CanReprint>
        <NeedReplaceContent>1</NeedReplaceContent>
        <NeedShowReprintSource>1</NeedShowReprintSource>
      </item>
      <item>
        <ArticleIdx>2</ArticleIdx>
        <UserDeclareState>0</UserDeclareState>
        <AuditState>2</AuditState>
        <OriginalArticleUrl><![CDATA[Url_2]]></OriginalArticleUrl>
        <OriginalArticleType>1</OriginalArticleType>
        <CanReprint>0</CanReprint>
        <NeedReplaceContent>1</NeedReplaceContent>
        <NeedShowReprintSource>1</NeedShowReprintSource>
      </item>
    </ResultList>
    <CheckState>2</CheckState>
  </CopyrightCheckResult>
  <ArticleUrlResult>
    <Count>1</Count>
    <ResultList>
      <item>
        <ArticleIdx>1</ArticleIdx>
        <ArticleUrl><![CDATA[Url]]></ArticleUrl>
      </item>
    </ResultList>
  </ArticleUrlResult>";

#[test]
fn a_mass_message() {
    let mass = payload!(event(MASS), Event::MassSendFinished);
    assert_eq!(mass.msg_id, 1_000_001_625);
    assert_eq!(mass.status, MassSendStatus::CheckFoundReprint);
    assert_eq!((mass.total_count, mass.filter_count, mass.sent_count, mass.error_count), (0, 0, 0, 0));
    let check = mass.copyright_check_result.expect("a check");
    assert_eq!((check.count, check.check_state), (2, MassCopyrightState::Reprinted));
    assert_eq!(check.articles.len(), 2);
    let second = &check.articles[1];
    assert_eq!((second.article_idx, second.user_declare_state), (2, 0));
    assert_eq!(second.audit_state, MassCopyrightAudit::Reprint);
    assert_eq!(second.original_article_url.as_deref(), Some("Url_2"));
    assert_eq!(second.original_article_type, Some(1));
    assert_eq!((second.can_reprint, second.need_replace_content), (Some(false), Some(true)));
    assert_eq!(second.need_show_reprint_source, Some(true));
    assert_eq!((mass.articles[0].article_idx, mass.articles[0].article_url.as_str()), (1, "Url"));
    assert_eq!(mass.article_count, Some(1));

    let plain = event(
        "<Event><![CDATA[MASSSENDJOBFINISH]]></Event><MsgID>1988</MsgID><Status><![CDATA[sendsuccess]]></Status>\
         <TotalCount>100</TotalCount><FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount>",
    );
    let plain = payload!(plain, Event::MassSendFinished);
    // A word that nobody listed.
    assert_eq!(plain.status.as_str(), "sendsuccess");
    assert_eq!((plain.sent_count, plain.error_count), (75, 5));
    assert!(plain.copyright_check_result.is_none() && plain.articles.is_empty());
}

#[test]
fn a_mass_message_as_json() {
    // Lists stand there bare, without `item`.
    let push = json(
        "event",
        r#""Event":"MASSSENDJOBFINISH","MsgID":1000001625,"Status":"send success","TotalCount":1,"FilterCount":1,
        "SentCount":1,"ErrorCount":0,"CopyrightCheckResult":{"Count":1,"ResultList":[{"ArticleIdx":1}],"CheckState":1},
        "ArticleUrlResult":{"Count":1,"ResultList":[{"ArticleIdx":1,"ArticleUrl":"Url"}]}"#,
    );
    let mass = payload!(push.event.expect("an event"), Event::MassSendFinished);
    assert_eq!(mass.status, MassSendStatus::Sent);
    assert_eq!(mass.copyright_check_result.expect("a check").articles[0].article_idx, 1);
    assert_eq!(mass.articles[0].article_url, "Url");
}

#[test]
fn a_mass_message_without_articles() {
    // As they really arrive: nothing was checked, and empty elements with white space in them.
    let mass = event(
        "<Event><![CDATA[MASSSENDJOBFINISH]]></Event>\n<MsgID>1000000003</MsgID>\n\
         <Status><![CDATA[send success]]></Status>\n<TotalCount>4</TotalCount>\n<FilterCount>4</FilterCount>\n\
         <SentCount>4</SentCount>\n<ErrorCount>0</ErrorCount>\n<CopyrightCheckResult><Count>0</Count>\n\
         <ResultList></ResultList>\n<CheckState>0</CheckState>\n</CopyrightCheckResult>\n<ArticleUrlResult>\n\n\
         </ArticleUrlResult>",
    );
    let mass = payload!(mass, Event::MassSendFinished);
    let check = mass.copyright_check_result.expect("a check");
    assert_eq!((check.count, check.check_state), (0, MassCopyrightState::Unchecked));
    assert!(check.articles.is_empty() && mass.articles.is_empty());
    let push = json(
        "event",
        r#""Event":"MASSSENDJOBFINISH","MsgID":"1000000338","Status":"send success","TotalCount":"296",
        "FilterCount":"295","SentCount":"295","ErrorCount":"0","CopyrightCheckResult":"\n\n\n","ArticleUrlResult":"\n\n""#,
    );
    let mass = payload!(push.event.expect("an event"), Event::MassSendFinished);
    assert_eq!((mass.msg_id, mass.sent_count), (MsgId(1_000_000_338), 295));
    assert!(mass.copyright_check_result.is_none() && mass.articles.is_empty());
}

#[test]
fn a_template_message() {
    for (word, due) in [
        ("success", TemplateSendStatus::Delivered),
        ("failed:user block", TemplateSendStatus::Blocked),
        ("failed: system failed", TemplateSendStatus::Failed),
    ] {
        let sent = event(&format!(
            "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>200163836</MsgID>\
             <Status><![CDATA[{word}]]></Status>"
        ));
        let sent = payload!(sent, Event::TemplateSendFinished);
        assert_eq!((sent.msg_id, sent.status), (MsgId(200_163_836), due));
    }
}

#[test]
fn notices_answered() {
    let answered = event(
        "<Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>\
         <List><TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>\
         <SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString><PopupScene>2</PopupScene></List>\
         <List><TemplateId><![CDATA[9nLIlbOQZC5Y89AZteFEux3WCXRRRG5Wfzkpssu4bLI]]></TemplateId>\
         <SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString><PopupScene>2</PopupScene></List>\
         </SubscribeMsgPopupEvent>",
    );
    let answers = payload!(answered, Event::NoticeAnswered).answers;
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0].template_id, "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc");
    assert_eq!((&answers[0].choice, &answers[0].scene), (&NoticeChoice::Accepted, &NoticeScene::Article));
    assert_eq!(answers[1].choice, NoticeChoice::Refused);
    // In JSON the list stands beside the other fields, and one answer is a bare object.
    for list in [
        r#"[{"TemplateId":"t","SubscribeStatusString":"accept","PopupScene":"0"}]"#,
        r#"{"TemplateId":"t","SubscribeStatusString":"accept","PopupScene":"0"}"#,
    ] {
        let push = json("event", &format!(r#""Event":"subscribe_msg_popup_event","List":{list}"#));
        assert!(push.unknown_fields.is_empty(), "{push:?}");
        let answers = payload!(push.event.expect("an event"), Event::NoticeAnswered).answers;
        assert_eq!(answers.len(), 1);
        // A place that the official page does not list.
        assert_eq!((answers[0].template_id.as_str(), answers[0].scene.as_str()), ("t", "0"));
    }
}

#[test]
fn notices_changed_and_sent() {
    let changed = event(
        "<Event><![CDATA[subscribe_msg_change_event]]></Event><SubscribeMsgChangeEvent><List>\
         <TemplateId><![CDATA[VRR0]]></TemplateId><SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>\
         </List></SubscribeMsgChangeEvent>",
    );
    let settings = payload!(changed, Event::NoticeSettingChanged).settings;
    assert_eq!((settings[0].template_id.as_str(), &settings[0].choice), ("VRR0", &NoticeChoice::Refused));
    let sent = event(
        "<Event><![CDATA[subscribe_msg_sent_event]]></Event><SubscribeMsgSentEvent><List>\
         <TemplateId><![CDATA[VRR0]]></TemplateId><MsgID>1700827132819554304</MsgID><ErrorCode>0</ErrorCode>\
         <ErrorStatus><![CDATA[success]]></ErrorStatus></List></SubscribeMsgSentEvent>",
    );
    let deliveries = payload!(sent, Event::NoticeSent).deliveries;
    assert_eq!(deliveries[0].msg_id, Some(MsgId(1_700_827_132_819_554_304)));
    assert_eq!((deliveries[0].error_code, deliveries[0].error_status.as_str()), (0, "success"));
    let push = json(
        "event",
        r#""Event":"subscribe_msg_sent_event","List":[{"TemplateId":"BEwX0BO","MsgID":"1864323726461255680",
        "ErrorCode":"0","ErrorStatus":"success"}]"#,
    );
    let deliveries = payload!(push.event.expect("an event"), Event::NoticeSent).deliveries;
    assert_eq!(deliveries[0].msg_id, Some(MsgId(1_864_323_726_461_255_680)));
}

#[test]
fn a_draft_is_published() {
    for word in ["PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH"] {
        let published = event(&format!(
            "<Event><![CDATA[{word}]]></Event><PublishEventInfo><publish_id>2247503051</publish_id>\
             <publish_status>0</publish_status><article_id><![CDATA[b5O2OUs25HBxRceL7hfReg]]></article_id>\
             <article_detail><count>1</count><item><idx>1</idx><article_url><![CDATA[ARTICLE_URL]]></article_url>\
             </item></article_detail></PublishEventInfo>"
        ));
        let published = payload!(published, Event::PublishFinished);
        assert_eq!(published.publish_id, 2_247_503_051);
        assert_eq!(published.publish_status, PublishStatus::from(0));
        assert_eq!(published.article_id.as_ref().map(AsRef::as_ref), Some("b5O2OUs25HBxRceL7hfReg"));
        assert_eq!((published.article_count, published.articles.len()), (Some(1), 1));
        assert_eq!(
            (published.articles[0].index, published.articles[0].article_url.as_str()),
            (1, "ARTICLE_URL")
        );
        assert!(published.failed.is_empty());
    }
    let refused = event(
        "<Event><![CDATA[PUBLISHJOBFINISH]]></Event><PublishEventInfo><publish_id>2247503051</publish_id>\
         <publish_status>2</publish_status><fail_idx>1</fail_idx><fail_idx>2</fail_idx></PublishEventInfo>",
    );
    let refused = payload!(refused, Event::PublishFinished);
    assert_eq!(refused.publish_status, PublishStatus::from(2));
    assert_eq!(refused.failed, [1, 2]);
    let one = event(
        "<Event><![CDATA[PUBLISHJOBFINISH]]></Event><PublishEventInfo><publish_id>2247503051</publish_id>\
         <publish_status>4</publish_status><fail_idx>1</fail_idx></PublishEventInfo>",
    );
    assert_eq!(payload!(one, Event::PublishFinished).failed, [1]);
}
