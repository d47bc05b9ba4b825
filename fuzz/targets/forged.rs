//! Words of a user that try to be fields: whatever is typed, sender, kind and every other field stay, and the words are
//! read as they were typed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use weixin::callback::Push;

/// Messages and events with every field that the official samples have. `{…}` is a text that a user typed, `%s` the
/// same where only the account or the platform writes.
const DOCUMENTS: [(&str, &str); 23] = [
    ("text", "<Content>{hi}</Content><bizmsgmenuid>%101</bizmsgmenuid><MsgId>7</MsgId>"),
    ("text", "<Content>{hi}</Content><MsgId>7</MsgId><MsgDataId>%1_2</MsgDataId><Idx>1</Idx>"),
    ("voice", "<MediaId>%m</MediaId><Format>%amr</Format><Recognition>{hi}</Recognition><MsgId>7</MsgId>"),
    ("location", "<Location_X>23.1</Location_X><Location_Y>113.3</Location_Y><Scale>20</Scale><Label>{here}</Label><MsgId>7</MsgId>"),
    ("link", "<Title>{t}</Title><Description>{d}</Description><Url>{u}</Url><MsgId>7</MsgId>"),
    ("file", "<Title>{a.pdf}</Title><Description>{}</Description><FileKey>%k</FileKey><FileMd5>%f</FileMd5><FileTotalLen>1</FileTotalLen><MsgId>7</MsgId>"),
    ("miniprogrampage", "<Title>{t}</Title><AppId>%real</AppId><PagePath>{p}</PagePath><ThumbUrl>%u</ThumbUrl><ThumbMediaId>%m</ThumbMediaId><MsgId>7</MsgId>"),
    ("event/SCAN", "<EventKey>{123}</EventKey><Ticket>%T</Ticket>"),
    ("event/subscribe", "<EventKey>{qrscene_1}</EventKey><Ticket>%T</Ticket>"),
    ("event/subscribe", "<EventKey>{}</EventKey>"),
    ("event/scancode_push", "<EventKey>%6</EventKey><ScanCodeInfo><ScanType>%qrcode</ScanType><ScanResult>{1}</ScanResult></ScanCodeInfo>"),
    ("event/scancode_waitmsg", "<EventKey>%6</EventKey><ScanCodeInfo><ScanType>%qrcode</ScanType><ScanResult>{1}</ScanResult></ScanCodeInfo>"),
    ("event/location_select", "<EventKey>%6</EventKey><SendLocationInfo><Location_X>%23</Location_X><Location_Y>%113</Location_Y><Scale>%15</Scale><Label>{here}</Label><Poiname>{}</Poiname></SendLocationInfo>"),
    ("event/user_get_card", "<CardId>%c</CardId><IsGiveByFriend>0</IsGiveByFriend><UserCardCode>%1</UserCardCode><OuterStr>{s}</OuterStr><UnionId>%u</UnionId>"),
    ("event/user_view_card", "<CardId>%c</CardId><UserCardCode>%1</UserCardCode><OuterStr>{s}</OuterStr>"),
    ("event/user_consume_card", "<CardId>%c</CardId><UserCardCode>%1</UserCardCode><ConsumeSource>%FROM_API</ConsumeSource><LocationName>%l</LocationName><StaffOpenId>%o</StaffOpenId><VerifyCode>{v}</VerifyCode><RemarkAmount>{r}</RemarkAmount><OuterStr>{s}</OuterStr>"),
    ("event/card_not_pass_check", "<CardId>%c</CardId><RefuseReason>{no}</RefuseReason>"),
    ("event/card_merchant_check_result", "<MerchantId>1</MerchantId><IsPass>1</IsPass><Reason>{no}</Reason>"),
    ("event/user_enter_tempsession", "<SessionFrom>{s}</SessionFrom>"),
    ("event/submit_invoice_title", "<title>{t}</title><phone>{p}</phone><tax_no>{x}</tax_no><addr>{a}</addr><bank_type>{b}</bank_type><bank_no>{n}</bank_no><attach>%k</attach><title_type>%InvoiceUserTitleBusinessType</title_type>"),
    ("event/user_scan_product", "<KeyStandard>%ean13</KeyStandard><KeyStr>%1</KeyStr><Country>{c}</Country><Province>{p}</Province><City>{c}</City><Sex>1</Sex><Scene>2</Scene><ExtInfo>%x</ExtInfo>"),
    ("event/naming_verify_fail", "<FailTime>1442401061</FailTime><FailReason>{no}</FailReason>"),
    ("event/poi_check_notify", "<UniqId>%1</UniqId><PoiId>%2</PoiId><Result>%fail</Result><Msg>{no}</Msg>"),
];

/// What an attacker would write; bytes that no letter stands for choose from here.
const PIECES: [&str; 38] = [
    "]]>",
    "<![CDATA[",
    "]]></",
    "<!--",
    "-->",
    "<?",
    "?>",
    "</xml>",
    "<xml>",
    "/>",
    " x=\"",
    "\"",
    "&amp;",
    "&#60;",
    "&x;",
    "<!DOCTYPE a>",
    "\r\n",
    "]]",
    ">",
    "]",
    "<Event>SCAN</Event>",
    "<Event><![CDATA[subscribe]]></Event>",
    "<MsgType><![CDATA[event]]></MsgType>",
    "<msgtype>event</msgtype>",
    "<FromUserName>oVictim</FromUserName>",
    "<fromusername>oVictim</fromusername>",
    "<EventKey>login</EventKey>",
    "<EventKey><![CDATA[",
    "<Ticket>E</Ticket>",
    "<AppId><![CDATA[evil]]></AppId>",
    "<MsgId>8</MsgId>",
    "<Encrypt>AAAA</Encrypt>",
    "<MsgDataId>9</MsgDataId>",
    "<CreateTime>1</CreateTime>",
    "<item><a>1</a></item>",
    "<ToUserName>gh_evil</ToUserName>",
    "<Zz>",
    "</Zz>",
];

/// A field of a document, or the bounds of elements around fields.
enum Part {
    Plain(String),
    /// Wire name and text of a field that a user typed.
    Words(String, String),
}

struct Kind {
    msg_type: &'static str,
    event: Option<&'static str>,
    parts: Vec<Part>,
    names: Vec<String>,
    /// What the push is without any attack.
    genuine: Value,
    /// Where a platform's field stands between two texts, no reader can tell some documents apart.
    mixed: bool,
}

static KINDS: LazyLock<Vec<Kind>> =
    LazyLock::new(|| DOCUMENTS.iter().map(|(kind, inner)| Kind::new(kind, inner)).collect());

impl Kind {
    fn new(kind: &'static str, inner: &str) -> Self {
        let (msg_type, event) =
            kind.split_once('/').map_or((kind, None), |(msg_type, event)| (msg_type, Some(event)));
        let mut parts = Vec::new();
        let mut rest = inner;
        while let Some((before, more)) = rest.split_once('{') {
            let (words, after) = more.split_once('}').expect("a template");
            let name = before.rsplit('<').next().expect("a tag").trim_end_matches('>');
            parts.push(Part::Plain(marked(before)));
            parts.push(Part::Words(name.to_owned(), words.to_owned()));
            rest = after;
        }
        parts.push(Part::Plain(marked(rest)));
        let mut names: Vec<String> = inner
            .split('<')
            .filter_map(|tag| tag.split_once('>'))
            .map(|(name, _)| name.trim_start_matches('/').to_owned())
            .collect();
        names.sort();
        names.dedup();
        let mixed = matches!(kind, "miniprogrampage" | "event/user_consume_card");
        let mut this = Self { msg_type, event, parts, names, genuine: Value::Null, mixed };
        let push = Push::from_xml(this.document(&this.words()).as_bytes()).expect("a push");
        assert!(push.raw_document().is_none() && push.unknown_fields.is_empty(), "{push:?}");
        this.genuine = serde_json::to_value(push).expect("JSON");
        this
    }

    fn words(&self) -> Vec<String> {
        let words = |part: &Part| match part {
            Part::Plain(_) => None,
            Part::Words(_, words) => Some(words.clone()),
        };
        self.parts.iter().filter_map(words).collect()
    }

    /// The wire names of the texts.
    fn texts(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.parts {
            if let Part::Words(name, _) = part {
                names.push(name.as_str());
            }
        }
        names
    }

    /// What the platform would push.
    fn document(&self, words: &[String]) -> String {
        let mut document = format!(
            "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oReal]]></FromUserName>\
             <CreateTime>1717200000</CreateTime><MsgType><![CDATA[{}]]></MsgType>",
            self.msg_type
        );
        if let Some(event) = self.event {
            document.push_str(&format!("<Event><![CDATA[{event}]]></Event>"));
        }
        let mut words = words.iter();
        for part in &self.parts {
            match part {
                Part::Plain(text) => document.push_str(text),
                Part::Words(..) => {
                    document.push_str("<![CDATA[");
                    document.push_str(words.next().expect("one for each"));
                    document.push_str("]]>");
                }
            }
        }
        document + "</xml>"
    }
}

/// Texts of the account and the platform in marked sections, too.
fn marked(plain: &str) -> String {
    let mut out = String::new();
    let mut rest = plain;
    while let Some((before, more)) = rest.split_once('%') {
        let (text, after) = more.split_once('<').expect("a template");
        out.push_str(&format!("{before}<![CDATA[{text}]]><"));
        rest = after;
    }
    out + rest
}

/// The words that bytes stand for.
fn typed(bytes: &[u8], kind: &Kind) -> String {
    let mut words = String::new();
    for byte in bytes {
        match *byte {
            // Text as it is.
            b' '..=b'~' | b'\n' => words.push(char::from(*byte)),
            byte => {
                let choice = usize::from(byte);
                let names = kind.names.len();
                match choice % 5 {
                    0 => words.push_str(&format!("]]></{}>", kind.names[choice / 5 % names])),
                    1 => words.push_str(&format!("<{}><![CDATA[", kind.names[choice / 5 % names])),
                    2 => words.push_str(&format!("</{}>", kind.names[choice / 5 % names])),
                    3 => words.push_str(&format!("<{}>", kind.names[choice / 5 % names])),
                    _ => words.push_str(PIECES[choice / 5 % PIECES.len()]),
                }
            }
        }
    }
    words
}

/// Line breaks as every reader of XML gives them.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The field of this name, wherever it stands.
fn field<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    let Value::Object(fields) = value else { return None };
    if fields.contains_key(name) {
        return fields.get_mut(name);
    }
    fields.values_mut().find_map(|inner| field(inner, name))
}

/// All fields but the words themselves, which one text may have lost to another.
fn without(value: &Value, texts: &[&str]) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let kept = fields.iter().filter(|(name, _)| !texts.contains(&name.as_str()));
    Value::Object(kept.map(|(name, value)| (name.clone(), without(value, texts))).collect())
}

fuzz_target!(|input: &[u8]| {
    let [which, how, bytes @ ..] = input else { return };
    let kind = &KINDS[usize::from(*which) % KINDS.len()];
    let texts = kind.texts();
    let mut words = kind.words();
    // One text, or all that the sender typed.
    let one = (how % 2 == 0).then(|| usize::from(how / 2) % texts.len());
    match one {
        Some(one) => words[one] = typed(bytes, kind),
        None => {
            for (word, bytes) in words.iter_mut().zip(bytes.split(|byte| *byte == 0)) {
                *word = typed(bytes, kind);
            }
        }
    }
    // Where a section ends within `]]>` and the next begins there, somebody escaped it who knows how.
    let escaped =
        words.iter().any(|words| words.contains("]]]]><![CDATA[>") || words.contains("]]]><![CDATA[]>"));
    let document = kind.document(&words);
    let push = Push::from_xml(document.as_bytes()).unwrap_or_else(|error| panic!("{error}: {document}"));

    assert_eq!(push.to_user_name, "gh_1", "{document}");
    assert_eq!(push.from_user_name, "oReal", "{document}");
    assert_eq!(push.create_time.as_secs(), 1_717_200_000, "{document}");
    assert_eq!(push.msg_type, kind.msg_type, "{document}");
    assert_eq!(push.event.is_some(), kind.event.is_some(), "{document}");
    assert_eq!(push.message.is_some(), kind.event.is_none(), "{document}");
    let read = serde_json::to_value(&push).expect("JSON");
    let no_fields = Map::new();
    let read_fields = read.as_object().unwrap_or(&no_fields);
    if let Some(event) = kind.event {
        assert_eq!(read_fields["Event"], event, "{document}");
    }
    if let Some(whole) = push.raw_document() {
        // Nor is there time for all the ways to divide words that hold very many ends of texts.
        let ends: usize = words.iter().map(|words| words.matches("]]></").count()).sum();
        assert!(kind.mixed || ends > 24, "{document}");
        assert_eq!(whole, document);
        assert!(read_fields.keys().all(|name| matches!(
            name.as_str(),
            "ToUserName" | "FromUserName" | "CreateTime" | "MsgType" | "Event" | "#document"
        )));
        return;
    }
    // Nothing of the platform's changes, whatever the sender typed into whichever text.
    let (ours, theirs) = (without(&read, &texts), without(&kind.genuine, &texts));
    assert_eq!(ours, theirs, "{document}");
    let Some(one) = one.filter(|_| !escaped) else { return };
    // Where a text seems to end in another one of the same sender, nobody can tell which of the two it is.
    let divided = texts.iter().any(|name| *name != texts[one] && words[one].contains(&format!("</{name}>")));
    if divided {
        return;
    }
    let mut expected = kind.genuine.clone();
    let typed = field(&mut expected, texts[one]).expect("a field of the genuine push");
    *typed = lines(&words[one]).into();
    assert_eq!(read, expected, "{document}");
});
