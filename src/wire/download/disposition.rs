//! File names out of `Content-Disposition` headers, the regular ones and those really sent.
//! Nothing here touches the file system: a name is text until somebody saves under it.

use percent_encoding::percent_decode;

/// The file name in a `Content-Disposition` header, reduced to a base name; `None` if nothing is left.
///
/// Read are `filename*` (RFC 5987, in UTF-8 or ISO-8859-1) and, where there is none that can be read,
/// `filename`: quoted or not, with raw UTF-8 or with backslash escapes.
pub fn filename(header: &[u8]) -> Option<String> {
    let mut plain = None;
    let mut rest = header;
    while !rest.is_empty() {
        let (name, value, after) = parameter(rest);
        rest = after;
        if name.eq_ignore_ascii_case(b"filename*") {
            // The better of the two wherever it stands.
            if let Some(name) = extended(&value).and_then(|name| base_name(&name)) {
                return Some(name);
            }
        } else if name.eq_ignore_ascii_case(b"filename") && plain.is_none() {
            plain = base_name(&String::from_utf8_lossy(&value));
        }
    }
    plain
}

/// The name and the value of the parameter that `header` begins with, and what follows its semicolon. A word
/// without `=`, like `attachment`, is a parameter without a name.
fn parameter(header: &[u8]) -> (&[u8], Vec<u8>, &[u8]) {
    let end = header.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(header.len());
    let (name, rest) = header.split_at(end);
    let Some(value) = rest.strip_prefix(b"=") else {
        return (b"", Vec::new(), rest.get(1..).unwrap_or_default());
    };
    let name = name.trim_ascii();
    match value.trim_ascii_start().strip_prefix(b"\"") {
        Some(quoted) => {
            let (value, rest) = unquote(quoted);
            let (_, after) = split(rest);
            (name, value, after)
        }
        None => {
            let (value, after) = split(value);
            (name, value.trim_ascii().to_vec(), after)
        }
    }
}

/// What stands before the next semicolon, and what after it.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b';').unwrap_or(bytes.len());
    let (before, after) = bytes.split_at(end);
    (before, after.get(1..).unwrap_or_default())
}

/// The text up to the closing quote, or to the end if there is none, and what follows. A backslash escapes a
/// quote or itself; any other is taken for a part of a Windows path, as some servers send it.
fn unquote(mut rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut out = Vec::new();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail.split_first()) {
            (b'"', _) => break,
            (b'\\', Some((&next @ (b'"' | b'\\'), after))) => {
                out.push(next);
                rest = after;
            }
            _ => out.push(byte),
        }
    }
    (out, rest)
}

/// An extended value, `charset'language'percent-encoded`; `None` if the charset is another or the bytes don't
/// fit it.
fn extended(value: &[u8]) -> Option<String> {
    let mut pieces = value.splitn(3, |byte| *byte == b'\'');
    let charset = pieces.next()?.trim_ascii();
    let _language = pieces.next()?;
    let bytes: Vec<u8> = percent_decode(pieces.next()?).collect();
    if charset.eq_ignore_ascii_case(b"utf-8") || charset.eq_ignore_ascii_case(b"utf8") {
        String::from_utf8(bytes).ok()
    } else if charset.eq_ignore_ascii_case(b"iso-8859-1") {
        // The first 256 code points of Unicode are this charset.
        Some(bytes.into_iter().map(char::from).collect())
    } else {
        None
    }
}

/// The last piece of a path in either style, without a drive and without characters that can't be seen.
fn base_name(path: &str) -> Option<String> {
    let visible: String = path.chars().filter(|c| !is_invisible(*c)).collect();
    let mut name = visible.rsplit(['/', '\\']).next().unwrap_or_default();
    // Joined to a folder on Windows, `C:name` would leave the folder.
    if let [drive, b':', ..] = name.as_bytes()
        && drive.is_ascii_alphabetic()
    {
        name = name.get(2..).unwrap_or_default();
    }
    let name = name.trim();
    let only_dots = name.bytes().all(|byte| byte == b'.' || byte == b' ');
    (!only_dots).then(|| name.to_owned())
}

/// Control characters, and those that turn the direction of the text: they make `exe.jpg` of `gpj.exe`.
fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::filename;

    #[track_caller]
    fn check(header: impl AsRef<[u8]>, expected: Option<&str>) {
        let header = header.as_ref();
        assert_eq!(filename(header).as_deref(), expected, "{}", header.escape_ascii());
    }

    #[test]
    fn reads_the_usual_forms() {
        check(r#"attachment; filename="MEDIA_ID.jpg""#, Some("MEDIA_ID.jpg"));
        check("attachment;filename=a.jpg", Some("a.jpg"));
        check(r#"ATTACHMENT; FileName = "a.jpg" ; size=3"#, Some("a.jpg"));
        check("attachment; filename=my photo.jpg ; x=y", Some("my photo.jpg"));
        check(r#"filename="bare.jpg""#, Some("bare.jpg"));
        check(r#"attachment; filename="a;b=c.jpg"; filename="second.jpg""#, Some("a;b=c.jpg"));
        check(r#"attachment; x="filename=no.jpg"; filename=yes.jpg"#, Some("yes.jpg"));
        check("attachment", None);
        check("", None);
    }

    #[test]
    fn reads_raw_utf8_and_survives_other_bytes() {
        check("attachment; filename=\"二维码😀.jpg\"", Some("二维码😀.jpg"));
        check("attachment; filename=二维码.jpg", Some("二维码.jpg"));
        check(b"attachment; filename=\"\xff\xfe.jpg\"", Some("\u{fffd}\u{fffd}.jpg"));
    }

    #[test]
    fn reads_escapes() {
        check(r#"attachment; filename="a\"b.jpg""#, Some("a\"b.jpg"));
        check(r#"attachment; filename="a\";b.jpg"; x=1"#, Some("a\";b.jpg"));
        check(r#"attachment; filename="C:\dir\new.jpg""#, Some("new.jpg"));
        check(r#"attachment; filename="C:\\dir\\new.jpg""#, Some("new.jpg"));
        check(r#"attachment; filename="100%25.jpg""#, Some("100%25.jpg"));
    }

    #[test]
    fn prefers_the_extended_form() {
        check("attachment; filename=\"x.jpg\"; filename*=UTF-8''%E4%B8%AD%20%e2%82%ac.jpg", Some("中 €.jpg"));
        check("attachment; filename*=utf-8'zh-CN'%E4%B8%AD.jpg; filename=x.jpg", Some("中.jpg"));
        check("attachment; filename*=iso-8859-1'en'%A3%20rates.txt", Some("£ rates.txt"));
        check("attachment; filename*=\"UTF-8''a%20b.jpg\"", Some("a b.jpg"));
        check("attachment; filename*=UTF-8''it's.jpg", Some("it's.jpg"));
        // What can't be read falls back to the plain one.
        check("attachment; filename*=gbk''%D6%D0.jpg; filename=x.jpg", Some("x.jpg"));
        check("attachment; filename*=UTF-8''%FF.jpg; filename=x.jpg", Some("x.jpg"));
        check("attachment; filename=x.jpg; filename*=UTF-8''..", Some("x.jpg"));
        check("attachment; filename*=nonsense; filename=x.jpg", Some("x.jpg"));
        check("attachment; filename*=UTF-8''%FF", None);
        check("attachment; filename*=UTF-8''%zz%4.jpg", Some("%zz%4.jpg"));
    }

    #[test]
    fn gives_base_names_only() {
        check(r#"attachment; filename="../../etc/passwd""#, Some("passwd"));
        check(r#"attachment; filename="/etc/passwd""#, Some("passwd"));
        check(r#"attachment; filename="..\..\boot.ini""#, Some("boot.ini"));
        check("attachment; filename*=UTF-8''..%2F..%5C%2e%2e%2fx.jpg", Some("x.jpg"));
        check("attachment; filename=C:evil.exe", Some("evil.exe"));
        check("attachment; filename=12:30.jpg", Some("12:30.jpg"));
        for name in ["..", ".", "...", "a/..", "a/", "\\\\", "", " ", ". .", "..\0", "\0", "C:", "C:.."] {
            check(format!("attachment; filename=\"{name}\""), None);
        }
        check(b"attachment; filename=\"a\0b\r\n\x1b[2Jc\x7f.jpg\"", Some("ab[2Jc.jpg"));
        check("attachment; filename*=UTF-8''a%00b%0D%0Ac%C2%85.jpg", Some("abc.jpg"));
        check("attachment; filename=\"a\u{202e}gpj.exe\"", Some("agpj.exe"));
        check("attachment; filename=\".\u{202e}./x/.\0.\"", None);
    }

    #[test]
    fn survives_anything() {
        check(r#"attachment; filename="open.jpg"#, Some("open.jpg"));
        check(r#"attachment; filename=""#, None);
        check(r#"attachment; filename="\"#, None);
        check(r#"attachment; filename="a\"#, None);
        for header in
            ["=", ";", "==;;==", "filename", "filename=", "filename*=", "filename*=''", "filename*='''"]
        {
            check(header, None);
        }
        // Every header of up to four of the characters that mean something, and every cut of a full one.
        let letters = b"f=;\"\\'*%/ .";
        for number in 0..letters.len().pow(4) {
            let mut header = b"filename=".to_vec();
            let mut number = number;
            for _ in 0..4 {
                header.push(letters[number % letters.len()]);
                number /= letters.len();
            }
            let name = filename(&header).unwrap_or_else(|| "-".to_owned());
            assert!(
                !name.is_empty() && !name.contains(['/', '\\']) && name != "..",
                "{}",
                header.escape_ascii()
            );
        }
        let full = "attachment; filename=\"a\\\"b\"; filename*=UTF-8''%E4%B8%AD".as_bytes();
        for end in 0..full.len() {
            let _ = filename(&full[..end]);
        }
    }
}
