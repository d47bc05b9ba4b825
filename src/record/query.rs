//! Query strings, encoded as RFC 3986 has it.
//! Which fields go into a query is decided by the endpoint, see `record.rs`.

use percent_encoding::{utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};

/// Everything but RFC 3986's unreserved characters. A space becomes `%20`, never `+`, and the `==` at the end
/// of a ticket becomes `%3D%3D`: the platform reads both ways of neither.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The bytes that are sent as they are.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        #[allow(clippy::cast_possible_truncation)]
        let ascii = byte as u8;
        plain[byte] = ascii.is_ascii_alphanumeric() || matches!(ascii, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    plain
};

/// Appends `name=value`, both encoded, with an `&` where something other than a `?` or an `&` precedes it.
///
/// `query` may be a bare query or a whole URL that ends where the query goes on.
pub(crate) fn push_pair(query: &mut String, name: &str, value: &str) {
    if !(query.is_empty() || query.ends_with(['?', '&'])) {
        query.push('&');
    }
    push(query, name);
    query.push('=');
    push(query, value);
}

fn push(query: &mut String, text: &str) {
    // Most names and values, tokens above all, are sent as they are.
    if text.bytes().all(|byte| PLAIN[usize::from(byte)]) {
        query.push_str(text);
    } else {
        query.extend(utf8_percent_encode(text, RESERVED));
    }
}

#[cfg(test)]
mod tests {
    use super::push_pair;

    #[test]
    fn encodes_all_but_the_unreserved() {
        let mut query = String::new();
        push_pair(&mut query, "ticket", "gQH+8/Dw==");
        push_pair(&mut query, "q", "AZaz09-._~");
        push_pair(&mut query, "a b&c=d", " +%&=?#/:@!$'()*,;[]\"<>\\^`{|}\r\n\0\u{7f}");
        push_pair(&mut query, "名", "中😀");
        push_pair(&mut query, "empty", "");
        assert_eq!(
            query,
            "ticket=gQH%2B8%2FDw%3D%3D&q=AZaz09-._~\
             &a%20b%26c%3Dd=%20%2B%25%26%3D%3F%23%2F%3A%40%21%24%27%28%29%2A%2C%3B%5B%5D%22%3C%3E%5C\
             %5E%60%7B%7C%7D\
             %0D%0A%00%7F&%E5%90%8D=%E4%B8%AD%F0%9F%98%80&empty="
        );
    }

    #[test]
    fn joins_with_an_ampersand_only_where_one_is_due() {
        let mut url = String::from("https://api.weixin.qq.com/cgi-bin/x?");
        push_pair(&mut url, "a", "1");
        push_pair(&mut url, "b", "2");
        assert_eq!(url, "https://api.weixin.qq.com/cgi-bin/x?a=1&b=2");
        let mut query = String::from("a=1&");
        push_pair(&mut query, "b", "2");
        assert_eq!(query, "a=1&b=2");
    }
}
