//! The platform's side of a callback: signs and encrypts pushes and opens replies, by the `openssl` command.
//! Nothing of the crate is used here.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Mutex;

pub const TOKEN: &str = "AAAAA";
pub const APP_ID: &str = "wx_appid";
pub const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
pub const NOW: u64 = 1_717_200_000;

pub const TEXT_XML: &str = "<xml><ToUserName><![CDATA[gh_account]]></ToUserName>\
    <FromUserName><![CDATA[openid]]></FromUserName><CreateTime>1717200000</CreateTime>\
    <MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello 你好]]></Content>\
    <MsgId>6054768590064713728</MsgId></xml>";
pub const TEXT_JSON: &str = r#"{"ToUserName":"gh_account","FromUserName":"openid","CreateTime":1717200000,"MsgType":"text","Content":"hello 你好","MsgId":6054768590064713728}"#;

/// One account, as the platform knows it.
#[derive(Clone)]
pub struct Platform {
    pub token: String,
    pub app_id: String,
    pub key: String,
    pub timestamp: String,
    pub nonce: String,
}

/// A request that the platform sends.
#[derive(Clone)]
pub struct Request {
    pub query: String,
    pub body: Vec<u8>,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            token: TOKEN.to_owned(),
            app_id: APP_ID.to_owned(),
            key: KEY.to_owned(),
            timestamp: NOW.to_string(),
            nonce: "415670741".to_owned(),
        }
    }
}

impl Platform {
    /// A push in plain mode.
    pub fn plain(&self, message: &str) -> Request {
        let signature = sign(&[&self.token, &self.timestamp, &self.nonce]);
        let query = format!("signature={signature}&timestamp={}&nonce={}", self.timestamp, self.nonce);
        Request { query, body: message.as_bytes().to_vec() }
    }

    /// A push in encrypted mode.
    pub fn encrypted(&self, message: &str) -> Request {
        let sealed = self.seal(&self.content(message.as_bytes()));
        self.request(&sealed, &envelope(message, &sealed))
    }

    /// A push in compatible mode: the same with all of it in the clear, too.
    pub fn compatible(&self, message: &str) -> Request {
        let sealed = self.seal(&self.content(message.as_bytes()));
        let mut request = self.request(&sealed, &beside(message, &sealed));
        let signature = sign(&[&self.token, &self.timestamp, &self.nonce]);
        request.query.insert_str(0, &format!("signature={signature}&"));
        request
    }

    /// A request that is signed for this ciphertext and has this body.
    pub fn request(&self, sealed: &str, body: &str) -> Request {
        let (timestamp, nonce) = (&self.timestamp, &self.nonce);
        let signature = sign(&[&self.token, timestamp, nonce, sealed]);
        let query = format!(
            "timestamp={timestamp}&nonce={nonce}&openid=openid&encrypt_type=aes&msg_signature={signature}"
        );
        Request { query, body: body.as_bytes().to_vec() }
    }

    /// What is encrypted: random text, length, message, AppID and padding.
    pub fn content(&self, message: &[u8]) -> Vec<u8> {
        let mut content = b"a8eedb185eb2fecf".to_vec();
        content.extend((message.len() as u32).to_be_bytes());
        content.extend(message);
        content.extend(self.app_id.as_bytes());
        let pad = 32 - content.len() % 32;
        content.extend(vec![pad as u8; pad]);
        content
    }

    /// Encrypts what is a whole number of blocks.
    pub fn seal(&self, content: &[u8]) -> String {
        String::from_utf8(self.cipher("-e", content)).expect("base64")
    }

    /// Opens a sealed reply: checks its signature, and what is around the message.
    pub fn open(&self, encrypt: &str, signature: &str, timestamp: &str, nonce: &str) -> String {
        assert_eq!(signature, sign(&[&self.token, timestamp, nonce, encrypt]));
        let content = self.cipher("-d", encrypt.as_bytes());
        assert_eq!(content.len() % 32, 0);
        assert!(content[..16].iter().all(u8::is_ascii_graphic), "the random part is text");
        let pad = usize::from(*content.last().expect("content"));
        assert!((1..=32).contains(&pad));
        let content = &content[..content.len() - pad];
        let length = u32::from_be_bytes(content[16..20].try_into().expect("four bytes")) as usize;
        assert_eq!(&content[20 + length..], self.app_id.as_bytes());
        String::from_utf8(content[20..20 + length].to_vec()).expect("UTF-8")
    }

    /// From bytes to base64, or back.
    fn cipher(&self, direction: &str, input: &[u8]) -> Vec<u8> {
        let key = key(&self.key);
        let (key, iv) = (key.as_str(), &key[..32]);
        openssl(&["enc", "-aes-256-cbc", "-nopad", "-a", "-A", direction, "-K", key, "-iv", iv], input)
    }
}

/// The body of an encrypted push, in the format of its message.
pub fn envelope(message: &str, sealed: &str) -> String {
    if message.starts_with('<') {
        format!(
            "<xml>\n    <ToUserName><![CDATA[gh_account]]></ToUserName>\n    \
             <Encrypt><![CDATA[{sealed}]]></Encrypt>\n</xml>\n"
        )
    } else {
        format!("{{\n    \"ToUserName\": \"gh_account\",\n    \"Encrypt\": \"{sealed}\"\n}}")
    }
}

/// The body of a push in compatible mode.
pub fn beside(message: &str, sealed: &str) -> String {
    if message.starts_with('<') {
        message.replace("</xml>", &format!("<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"))
    } else {
        message.replacen('{', &format!("{{\"Encrypt\":\"{sealed}\","), 1)
    }
}

/// SHA-1 of the sorted and joined parts.
pub fn sign(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    let output = openssl(&["dgst", "-sha1", "-r"], parts.concat().as_bytes());
    String::from_utf8_lossy(&output[..40]).into_owned()
}

/// The key as openssl wants it, kept so that each costs one process only.
fn key(encoded: &str) -> String {
    static KEYS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let decode = || {
        let bytes = openssl(&["base64", "-d", "-A"], format!("{encoded}=").as_bytes());
        assert_eq!(bytes.len(), 32);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    KEYS.lock().expect("no panic").entry(encoded.to_owned()).or_insert_with(decode).clone()
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed: see tests/run");
    child.stdin.take().expect("a pipe").write_all(input).expect("openssl reads");
    let output = child.wait_with_output().expect("openssl ends");
    assert!(output.status.success(), "openssl {arguments:?}: {}", output.status);
    output.stdout
}
