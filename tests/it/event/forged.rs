//! Words that look like fields. The platform does not escape what users type, so they can end their own text early:
//! neither sender nor kind nor any other field may change by that, and the words are read as they were typed.

use weixin::callback::{Event, Message, Push};

use super::payload;

/// A push from `oReal` around what is its own.
fn document(msg_type: &str, inner: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oReal]]></FromUserName>\
         <CreateTime>1717200000</CreateTime><MsgType><![CDATA[{msg_type}]]></MsgType>{inner}</xml>"
    )
}

/// Reads it; the envelope is that of the document, whatever follows.
fn read(msg_type: &str, inner: &str) -> Push {
    let text = document(msg_type, inner);
    let push = Push::from_xml(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(push.to_user_name, "gh_1", "{text}");
    assert_eq!(push.from_user_name, "oReal", "{text}");
    assert_eq!(push.create_time.as_secs(), 1_717_200_000, "{text}");
    assert_eq!(push.msg_type, msg_type, "{text}");
    push
}

fn event(word: &str, inner: &str) -> Push {
    let push = read("event", &format!("<Event><![CDATA[{word}]]></Event>{inner}"));
    assert!(push.message.is_none(), "{push:?}");
    push
}

/// What a text message with these words is read as.
fn typed(words: &str) -> String {
    let push = read("text", &format!("<Content><![CDATA[{words}]]></Content><MsgId>7</MsgId>"));
    assert!(push.event.is_none() && push.raw_document().is_none(), "{words}: {push:?}");
    assert!(push.unknown_fields.is_empty(), "{words}: {push:?}");
    let text = payload!(push.message.expect("a message"), Message::Text);
    assert_eq!((text.msg_id, text.msg_data_id, text.menu_option_id), (7, None, None), "{words}");
    text.content
}

#[test]
fn a_text_can_be_no_scan_of_somebody_else() {
    let words =
        "x]]></Content><fromusername>oVictim</fromusername><msgtype>event</msgtype><Event>SCAN</Event>\
                 <EventKey>login-42</EventKey><Content><![CDATA[y";
    assert_eq!(typed(words), words);
    let push = read("text", &format!("<Content><![CDATA[{words}]]></Content><MsgId>7</MsgId>"));
    assert_eq!((push.scene(), push.ticket(), push.msg_id()), (None, None, Some(7)));
}

#[test]
fn words_are_read_as_they_were_typed() {
    for words in [
        "x]]></Content><Event>subscribe</Event><Content><![CDATA[y",
        "x]]></Content><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[SCAN]]></Event><Content><![CDATA[y",
        "x]]></Content><content><![CDATA[z]]></content><Content><![CDATA[y",
        "x]]></Content><FROMUSERNAME>oVictim</FROMUSERNAME><Content><![CDATA[y",
        "x]]></Content><MsgId>8</MsgId><Content><![CDATA[y",
        "x]]></Content><MsgId>8</MsgId></xml>",
        "x]]></Content></xml><xml><Content><![CDATA[y",
        "x]]></Content></xml><!--",
        "x]]></Content><!-- ",
        "x]]></Content><![CDATA[",
        "x]]></Content><?pi ",
        "x]]></Content><a b=\"",
        "x]]></Content><Event/><Content><![CDATA[y",
        "x]]></Content><Event /><Content ><![CDATA[y",
        "x]]></Content ><Content><![CDATA[y",
        "x]]></Content\n><Event>SCAN</Event><Content><![CDATA[y",
        "x]]> </Content><Event>SCAN</Event><Content> <![CDATA[y",
        "x]]></Content>&lt;&#60;&unknown;<Content><![CDATA[y",
        "x]]></Content><bizmsgmenuid>1</bizmsgmenuid><Content><![CDATA[y",
        "x]]></Content><Encrypt>abc</Encrypt><Content><![CDATA[y",
        "x]]></Content><MsgDataId>1</MsgDataId><Idx>2</Idx><Content><![CDATA[y",
        "]]></Content><Content><![CDATA[",
        "]]></Content>",
        "a[b[0]]>1",
        "]]>",
        "]]>]]>",
        "a]]> b",
        "a]]><![CDATA[b",
        "a]]> <![CDATA[b",
        "see <m><a><![CDATA[x]]></a></m>",
        "see <m><a><![CDATA[x]]></a></m> and ]]></Content> there",
        "<![CDATA[x]]><a></a>",
        "<![CDATA[x]]><!DOCTYPE y>",
        "<!DOCTYPE y [<!ENTITY z \"z\">]>]]>&z;",
        "<Event>SCAN</Event>",
        "&amp; &lt; \" '",
        "  two  ",
        "",
    ] {
        assert_eq!(typed(words), words);
    }
}

#[test]
fn many_ways_to_read_it_cost_little_time_and_change_nothing() {
    for piece in [
        "]]></Content>",
        "]]></Content><Content><![CDATA[",
        "]]></Content><MsgId>",
        "]]></Content><MsgId><![CDATA[",
        "]]></Content><MsgId>8</MsgId></xml>",
    ] {
        let words = piece.repeat(4_000);
        assert_eq!(typed(&words), words);
    }
}

/// A line break is read as every reader of XML reads it, which needs a copy of the words: one, not one for each end
/// that they could have.
#[test]
fn many_ends_behind_a_line_break() {
    let ends = "]]></Content>".repeat(14_000);
    assert_eq!(typed(&format!("\r{ends}")), format!("\n{ends}"));
    let newer = format!("<Content><![CDATA[\r{ends}]]></Content><MsgId>7</MsgId><NewField>1</NewField>");
    let push = read("text", &newer);
    assert!(push.raw_document().is_some_and(|whole| whole.contains(&ends)));

    let ends = "]]></Title>".repeat(18_000);
    let card = format!(
        "<Title><![CDATA[\r{ends}]]></Title><AppId><![CDATA[wx1]]></AppId><PagePath><![CDATA[p]]></PagePath>\
         <ThumbUrl><![CDATA[u]]></ThumbUrl><ThumbMediaId><![CDATA[m]]></ThumbMediaId><MsgId>7</MsgId>"
    );
    let card = payload!(read("miniprogrampage", &card).message.expect("a message"), Message::MiniProgramPage);
    assert_eq!((card.title, card.app_id.as_deref()), (format!("\n{ends}"), Some("wx1")));
}

/// What was looked at in vain counts among the work that a document may cost.
#[test]
fn sections_that_never_end_are_not_looked_for_again_and_again() {
    // Between the texts of a card the platform writes fields of its own, so all ends are tried.
    let card = |title: &str| {
        read(
            "miniprogrampage",
            &format!("<Title>{title}</Title><AppId>wx1</AppId><PagePath>p</PagePath><MsgId>7</MsgId>"),
        )
    };
    let words = "</Title><AppId><![CDATA[".repeat(10_000);
    assert!(card(&words).raw_document().is_some_and(|whole| whole.contains(&words)));
    let words = "</Title><AppId><![CDATA[".repeat(100);
    let card = payload!(card(&words).message.expect("a message"), Message::MiniProgramPage);
    assert_eq!((card.title, card.app_id.as_deref()), (words, Some("wx1")));
}

#[test]
fn words_that_are_not_marked() {
    for words in
        ["x</Content><Event>SCAN</Event><Content>y", "a < b", "<a>b</a>", "<br>", "x</Content></xml>"]
    {
        let push = read("text", &format!("<Content>{words}</Content><MsgId>7</MsgId>"));
        let text = payload!(push.message.expect("a message"), Message::Text);
        assert_eq!((text.content.as_str(), text.msg_id), (words, 7));
    }
    let push = read("text", "<Content>a &lt; b</Content><MsgId>7</MsgId>");
    assert_eq!(payload!(push.message.expect("a message"), Message::Text).content, "a < b");
    let loose = "<Content>\n<![CDATA[x]]></Content><Event>SCAN</Event><Content><![CDATA[y]]> </Content><MsgId>7</MsgId>";
    let push = read("text", loose);
    let text = payload!(push.message.expect("a message"), Message::Text);
    assert_eq!(text.content, "x]]></Content><Event>SCAN</Event><Content><![CDATA[y");
}

#[test]
fn a_link_is_no_payment() {
    let forged =
        "x]]></Title><MsgType>event</MsgType><Event>user_pay_from_pay_cell</Event><CardId>c</CardId>\
                  <UserCardCode>1</UserCardCode><Fee>1</Fee><OriginalFee>1</OriginalFee><Title><![CDATA[y";
    let push = read(
        "link",
        &format!(
            "<Title><![CDATA[{forged}]]></Title><Description><![CDATA[d]]></Description><Url><![CDATA[u]]></Url>\
             <MsgId>7</MsgId>"
        ),
    );
    assert!(push.event.is_none(), "{push:?}");
    let link = payload!(push.message.expect("a message"), Message::Link);
    assert_eq!((link.title.as_str(), link.description.as_str(), link.url.as_str()), (forged, "d", "u"));
    assert_eq!(link.msg_id, 7);
}

#[test]
fn each_text_of_a_link_alone() {
    let forged = |name: &str| {
        [
            format!("x]]></{name}><MsgDataId>9</MsgDataId><{name}><![CDATA[y"),
            format!("x]]></{name}><MsgId>9</MsgId></xml>"),
            format!("x]]></{name}><!--"),
            "]]>".to_owned(),
        ]
    };
    for (at, name) in ["Title", "Description", "Url"].into_iter().enumerate() {
        for words in forged(name) {
            let mut texts = ["t", "d", "u"].map(str::to_owned);
            texts[at] = words;
            let [title, description, url] = &texts;
            let push = read(
                "link",
                &format!(
                    "<Title><![CDATA[{title}]]></Title><Description><![CDATA[{description}]]></Description>\
                     <Url><![CDATA[{url}]]></Url><MsgId>7</MsgId>"
                ),
            );
            let link = payload!(push.message.expect("a message"), Message::Link);
            assert_eq!([link.title, link.description, link.url], texts);
            assert_eq!((link.msg_id, link.msg_data_id), (7, None), "{texts:?}");
        }
    }
}

/// Two texts of one sender may be divided in another place; what the platform says stays.
#[test]
fn words_that_reach_from_one_text_to_the_next() {
    for (title, description) in [
        ("a]]></Title><!--", "--><Description><![CDATA[d"),
        ("a", "d]]></Title><MsgDataId>9</MsgDataId><Description><![CDATA[e"),
        (
            "a]]></Title><MsgDataId>9</MsgDataId><Description><![CDATA[b",
            "c]]></Title><Description><![CDATA[e",
        ),
        ("a]]></Title><MsgDataId x=\"", "\"/><Description><![CDATA[d"),
        ("a]]></Title><MsgDataId>9</MsgDataId><?", "?><Description><![CDATA[d"),
    ] {
        let push = read(
            "link",
            &format!(
                "<Title><![CDATA[{title}]]></Title><Description><![CDATA[{description}]]></Description>\
                 <Url><![CDATA[u]]></Url><MsgId>7</MsgId>"
            ),
        );
        let link = payload!(push.message.expect("a message"), Message::Link);
        assert_eq!(
            (link.url.as_str(), link.msg_id, link.msg_data_id),
            ("u", 7, None),
            "{title} {description}"
        );
        let all = format!("{title}]]></Title><Description><![CDATA[{description}");
        assert_eq!(format!("{}]]></Title><Description><![CDATA[{}", link.title, link.description), all);
    }
}

#[test]
fn the_mini_program_of_a_card_stays() {
    let page = |title: &str, path: &str| {
        read(
            "miniprogrampage",
            &format!(
                "<Title><![CDATA[{title}]]></Title><AppId><![CDATA[real]]></AppId><PagePath><![CDATA[{path}]]></PagePath>\
                 <ThumbUrl><![CDATA[u]]></ThumbUrl><ThumbMediaId><![CDATA[m]]></ThumbMediaId><MsgId>7</MsgId>"
            ),
        )
    };
    for (title, path) in [
        ("x]]></Title><AppId><![CDATA[evil]]></AppId><Title><![CDATA[y", "p"),
        ("t", "x]]></PagePath><AppId>evil</AppId><PagePath><![CDATA[y"),
        ("a]]></Title><AppId>evil</AppId><!--", "--><PagePath><![CDATA[p"),
        ("a]]></Title><AppId>evil</AppId><PagePath x=\"", "\"><![CDATA[p"),
    ] {
        let push = page(title, path);
        let card = payload!(push.message.expect("a message"), Message::MiniProgramPage);
        assert_eq!((card.title.as_str(), card.page_path.as_str()), (title, path));
        assert_eq!((card.app_id.as_deref(), card.msg_id), (Some("real"), 7));
    }
    // Here nobody can tell which of the two mini programs the platform means.
    for (title, path) in [
        ("a]]></Title><AppId><![CDATA[evil]]></AppId><PagePath><![CDATA[b", "p"),
        ("t", "x]]></Title><AppId><![CDATA[evil]]></AppId><PagePath><![CDATA[y"),
        (
            "a]]></Title><AppId>evil</AppId><PagePath><![CDATA[b",
            "x]]></Title><AppId>evil</AppId><PagePath><![CDATA[y",
        ),
    ] {
        let push = page(title, path);
        let whole = push.raw_document().expect("the whole").to_owned();
        assert!(whole.contains(title) && whole.contains(path), "{whole}");
        let unknown = payload!(push.message.expect("a message"), Message::Unknown);
        assert_eq!((unknown.tag(), unknown.fields().get("AppId")), ("miniprogrampage", None));
    }
}

#[test]
fn words_inside_another_element() {
    for (result, label) in [
        ("x]]></ScanResult></ScanCodeInfo><Ticket>T</Ticket><ScanCodeInfo><ScanResult><![CDATA[y", "l"),
        ("x]]></ScanResult><ScanType>evil</ScanType><ScanResult><![CDATA[y", "x]]></Label><Label><![CDATA["),
        ("x]]></EventKey><ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult><![CDATA[y", "]]>"),
        (
            "x]]></ScanResult></ScanCodeInfo><EventKey>evil</EventKey><ScanCodeInfo><ScanResult><![CDATA[y",
            "<!--",
        ),
        ("x]]></ScanResult></ScanCodeInfo></xml>", "x]]></Label><Scale>9</Scale><Label><![CDATA[y"),
    ] {
        let push = event(
            "scancode_push",
            &format!(
                "<EventKey><![CDATA[6]]></EventKey><ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType>\
                 <ScanResult><![CDATA[{result}]]></ScanResult></ScanCodeInfo>"
            ),
        );
        let scan = payload!(push.event.expect("an event"), Event::ScanCodePush);
        assert_eq!(
            (scan.event_key.as_str(), scan.scan_type.as_str(), scan.scan_result.as_str()),
            ("6", "qrcode", result)
        );
        assert!(push.unknown_fields.is_empty(), "{result}");
        let push = event(
            "location_select",
            &format!(
                "<EventKey><![CDATA[6]]></EventKey><SendLocationInfo><Location_X><![CDATA[23]]></Location_X>\
                 <Location_Y><![CDATA[113]]></Location_Y><Scale><![CDATA[15]]></Scale>\
                 <Label><![CDATA[{label}]]></Label><Poiname><![CDATA[]]></Poiname></SendLocationInfo>"
            ),
        );
        let place = payload!(push.event.expect("an event"), Event::LocationChosen);
        assert_eq!((place.event_key.as_str(), place.label.as_str(), place.scale), ("6", label, 15.0));
    }
}

#[test]
fn a_place_a_recording_a_file() {
    let words = "x]]></Label><MsgId>9</MsgId><Label><![CDATA[y";
    let push = read(
        "location",
        &format!(
            "<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y><Scale>20</Scale>\
             <Label><![CDATA[{words}]]></Label><MsgId>7</MsgId>"
        ),
    );
    let place = payload!(push.message.expect("a message"), Message::Location);
    assert_eq!((place.label.as_str(), place.msg_id), (words, 7));
    let words = "x]]></Recognition><MediaId>evil</MediaId><Recognition><![CDATA[y";
    let push = read(
        "voice",
        &format!(
            "<MediaId><![CDATA[m]]></MediaId><Format><![CDATA[amr]]></Format>\
             <Recognition><![CDATA[{words}]]></Recognition><MsgId>7</MsgId>"
        ),
    );
    let voice = payload!(push.message.expect("a message"), Message::Voice);
    assert_eq!((voice.recognition.as_deref(), voice.media_id.as_str(), voice.msg_id), (Some(words), "m", 7));
    let words = "x]]></Title><FileKey>evil</FileKey><Title><![CDATA[y.pdf";
    let push = read(
        "file",
        &format!(
            "<Title><![CDATA[{words}]]></Title><Description><![CDATA[]]></Description>\
             <FileKey><![CDATA[k]]></FileKey><FileMd5><![CDATA[f]]></FileMd5><FileTotalLen>1</FileTotalLen>\
             <MsgId>7</MsgId>"
        ),
    );
    let file = payload!(push.message.expect("a message"), Message::File);
    assert_eq!(
        (file.title.as_str(), file.file_key.as_deref(), file.file_total_len),
        (words, Some("k"), Some(1))
    );
}

#[test]
fn nobody_follows_with_a_code_that_was_not_scanned() {
    let words = "qrscene_x]]></EventKey><Ticket><![CDATA[T]]></Ticket><EventKey><![CDATA[y";
    let push = event("subscribe", &format!("<EventKey><![CDATA[{words}]]></EventKey>"));
    assert_eq!(push.ticket(), None);
    assert_eq!(push.scene().as_deref(), Some(&words["qrscene_".len()..]));
    let scan = event("SCAN", "<EventKey><![CDATA[a]]>b]]></EventKey><Ticket><![CDATA[T]]></Ticket>");
    assert_eq!((scan.scene().as_deref(), scan.ticket().unwrap().as_str()), (Some("a]]>b"), "T"));
}

#[test]
fn the_codes_of_a_card_stay() {
    let words = "x]]></OuterStr><UserCardCode>evil</UserCardCode><OuterStr><![CDATA[y";
    let push = event(
        "user_view_card",
        &format!(
            "<CardId><![CDATA[c]]></CardId><UserCardCode><![CDATA[1]]></UserCardCode>\
             <OuterStr><![CDATA[{words}]]></OuterStr>"
        ),
    );
    let viewed = payload!(push.event.expect("an event"), Event::CardViewed);
    assert_eq!((viewed.user_card_code.as_str(), viewed.outer_str.as_deref()), ("1", Some(words)));
}

#[test]
fn what_fits_nothing_is_unknown_with_its_sender() {
    // Words where the spec knows of none, and a field behind the words that it does not know.
    let push = event(
        "CLICK",
        "<EventKey><![CDATA[x]]></EventKey><Event>SCAN</Event><EventKey><![CDATA[y]]></EventKey>",
    );
    assert!(push.raw_document().is_some_and(|whole| whole.starts_with("<xml><ToUserName>")), "{push:?}");
    let unknown = payload!(push.event.expect("an event"), Event::Unknown);
    assert_eq!((unknown.tag(), unknown.fields().get("EventKey")), ("CLICK", None));
    let push = read("text", "<Content><![CDATA[a]]>b]]></Content><MsgId>7</MsgId><New><![CDATA[n]]></New>");
    assert!(push.raw_document().is_some() && push.event.is_none(), "{push:?}");
    assert_eq!(push.msg_id(), None);
    assert!(matches!(push.message, Some(Message::Unknown(_))));
    // A kind that the spec does not know.
    let push = read(
        "hologram",
        "<Content><![CDATA[x]]></Content><Event>SCAN</Event><Content><![CDATA[y]]></Content>",
    );
    assert!(push.raw_document().is_some() && push.event.is_none(), "{push:?}");
    // Whoever sends the same again is the same; other words are another push.
    let again = read(
        "hologram",
        "<Content><![CDATA[x]]></Content><Event>SCAN</Event><Content><![CDATA[y]]></Content>",
    );
    let other = read(
        "hologram",
        "<Content><![CDATA[x]]></Content><Event>SCAN</Event><Content><![CDATA[z]]></Content>",
    );
    assert!(push.key() == again.key() && push.key() != other.key());
}

#[test]
fn an_event_is_one_only_if_its_type_says_so() {
    let push = read(
        "text",
        "<Event><![CDATA[SCAN]]></Event><EventKey>k</EventKey><Content>hi</Content><MsgId>7</MsgId>",
    );
    assert!(push.event.is_none() && push.scene().is_none(), "{push:?}");
    assert_eq!(payload!(push.message.as_ref().expect("a message"), Message::Text).content, "hi");
    assert_eq!(push.unknown_fields["Event"], "SCAN");
    let json = br#"{"ToUserName":"a","FromUserName":"b","CreateTime":1,"MsgType":"text","event":"SCAN","Content":"hi","MsgId":7}"#;
    let push = Push::from_json(json).expect("a push");
    assert!(push.event.is_none() && matches!(push.message, Some(Message::Text(_))), "{push:?}");
}

#[test]
fn keys_of_json_that_come_again() {
    let head = r#""ToUserName":"gh_1","FromUserName":"oReal","CreateTime":1717200000,"MsgType":"text""#;
    for more in [
        r#""Content":"hi","MsgId":7,"MsgType":"event","Event":"SCAN","EventKey":"k""#,
        r#""Content":"hi","FromUserName":"oVictim","MsgId":7"#,
        r#""Content":"hi","fromusername":"oVictim","MsgId":7"#,
        r#""Content":"hi","MsgId":7,"msgtype":"event","event":"SCAN""#,
        r#""Content":"hi"," MsgType":"event","event":"SCAN""#,
        r#""Content":"hi","MsgId":7,"MsgId":8"#,
    ] {
        let push = Push::from_json(format!("{{{head},{more}}}").as_bytes()).expect(more);
        assert_eq!((push.to_user_name.as_str(), push.from_user_name.as_str()), ("gh_1", "oReal"), "{more}");
        assert_eq!((push.msg_type.as_str(), push.event.is_none()), ("text", true), "{more}");
        assert_eq!(push.raw_document().map(|whole| whole.contains(more)), Some(true), "{more}");
    }
    let first = r#"{"Content":"x","fromusername":"oVictim","FromUserName":"oReal","ToUserName":"gh_1","CreateTime":1,"MsgType":"text"}"#;
    assert!(Push::from_json(first.as_bytes()).is_err(), "the sender is not in the head");
}

#[test]
fn lists_are_no_forgery() {
    let push = event(
        "pic_weixin",
        "<EventKey>k</EventKey><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item>\
         <item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>",
    );
    assert_eq!(payload!(push.event.expect("an event"), Event::AlbumChosen).pictures.len(), 2);
    // New lists of a known kind stay with it, as long as they stand in something new.
    let push = event("CLICK", "<EventKey>k</EventKey><New><a>1</a><a>2</a></New>");
    assert_eq!(payload!(push.event.expect("an event"), Event::Click).event_key, "k");
    assert_eq!(push.unknown_fields["New"]["a"][1], "2");
}

#[test]
fn comments_are_for_hands() {
    let push = Push::from_xml(
        b"<?xml version=\"1.0\"?><!-- by hand --><xml a='b'><!-- to --><ToUserName>a</ToUserName>\
          <FromUserName>b</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><!-- words -->\
          <Content>hi</Content><MsgId>7</MsgId></xml>",
    )
    .expect("a push");
    assert_eq!(payload!(push.message.expect("a message"), Message::Text).content, "hi");
}

/// In compatible mode the ciphertext stands behind everything else, so none stands between the words of a sender.
#[test]
fn words_hold_no_ciphertext() {
    for words in [
        "u]]></Title><Encrypt>AAAA</Encrypt><Description><![CDATA[d]]></Description><Url><![CDATA[v",
        "u]]></Title><Encrypt><![CDATA[AAAA]]></Encrypt><Url><![CDATA[v",
        "u]]></Description><Encrypt>AAAA</Encrypt><Url><![CDATA[v",
    ] {
        let push = read(
            "link",
            &format!(
                "<Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description>\
                 <Url><![CDATA[{words}]]></Url><MsgId>7</MsgId>"
            ),
        );
        assert!(push.unknown_fields.is_empty(), "{words}: {push:?}");
        assert_eq!(push.msg_id(), Some(7), "{words}");
        let link = payload!(push.message.expect("a message"), Message::Link);
        assert!(!link.unknown_fields.contains_key("Encrypt"), "{words}: {link:?}");
    }
    // The genuine one is where it belongs.
    let push = read("link", "<Title><![CDATA[a]]>b]]></Title><Description>d</Description><Url>u</Url><MsgId>7</MsgId><Encrypt><![CDATA[AAAA]]></Encrypt>");
    assert_eq!(push.msg_id(), Some(7));
    assert_eq!(payload!(push.message.expect("a message"), Message::Link).title, "a]]>b");
}

/// A sender with two texts opens an element in one and closes it in the other, around what the platform says.
#[test]
fn nothing_is_wrapped_away() {
    let push = read(
        "miniprogrampage",
        "<Title><![CDATA[t]]></Title><AppId><![CDATA[wxEVIL]]></AppId><Zz><Title><![CDATA[x]]></Title>\
         <AppId><![CDATA[wxREAL]]></AppId><PagePath><![CDATA[y]]></PagePath></Zz><PagePath><![CDATA[p]]></PagePath>\
         <ThumbUrl><![CDATA[u]]></ThumbUrl><ThumbMediaId><![CDATA[m]]></ThumbMediaId><MsgId>7</MsgId>",
    );
    let shown = format!("{push:?}");
    assert!(push.raw_document().is_some() || !shown.contains("app_id: Some(\"wxEVIL\")"), "{shown}");
    let push = read(
        "link",
        "<Title><![CDATA[t]]></Title><Ticket>E</Ticket><Zz><Title><![CDATA[x]]></Title>\
         <Description><![CDATA[y]]></Description></Zz><Description><![CDATA[d]]></Description>\
         <Url><![CDATA[u]]></Url><MsgId>7</MsgId>",
    );
    assert!(push.unknown_fields.is_empty() && push.ticket().is_none(), "{push:?}");
}
