//! A strict JSON reader that knows where everything stands, for the check of examples only: numbers stay the
//! text they are, and what a lenient reader would forgive is a mistake here.

use std::ops::Range;

/// A value and its place in the text.
#[derive(Clone, Debug)]
pub struct Json {
    /// The bytes of the text that it takes.
    pub span: Range<usize>,
    pub value: Value,
}

/// A value without its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// The number as it is written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    /// In the order of the text.
    Object(Vec<Member>),
}

/// A key of an object and what stands under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub key: String,
    /// Where the key stands.
    pub place: Range<usize>,
    pub json: Json,
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Json {
    /// What stands under a key; nothing if this is no object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        let Value::Object(members) = &self.value else { return None };
        members.iter().find(|member| member.key == key).map(|member| &member.json)
    }

    /// For messages: what kind of value it is.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Byte offset in the text.
    pub offset: usize,
    pub message: String,
}

/// What could be read, and what is wrong with it.
#[derive(Debug)]
pub struct Document {
    /// `None`: the text is no JSON at all.
    pub root: Option<Json>,
    /// Where it ceases to be JSON; keys that stand twice.
    pub errors: Vec<JsonError>,
    /// Where a character is escaped that could stand for itself (`\/`, `\u4e2d`).
    pub escapes: Vec<usize>,
}

/// Deeper nesting is a mistake, and must not exhaust the stack.
const MAX_DEPTH: usize = 64;

/// Reads a text that is one JSON value.
pub fn read(text: &str) -> Document {
    let mut reader = Reader { text, offset: 0, errors: Vec::new(), escapes: Vec::new() };
    reader.space();
    let root = reader.value(0).and_then(|root| {
        reader.space();
        match reader.peek() {
            None => Ok(root),
            Some(found) => Err(reader.error(format!("`{found}` after the end of the JSON"))),
        }
    });
    let root = match root {
        Ok(root) => Some(root),
        Err(error) => {
            reader.errors.push(error);
            None
        }
    };
    Document { root, errors: reader.errors, escapes: reader.escapes }
}

struct Reader<'t> {
    text: &'t str,
    offset: usize,
    errors: Vec<JsonError>,
    escapes: Vec<usize>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.offset += next.len_utf8();
        Some(next)
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.offset += expected.len_utf8();
        }
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.offset += 1;
        }
    }

    fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { offset: self.offset, message: message.into() }
    }

    fn unexpected(&self, due: &str) -> JsonError {
        match self.peek() {
            None => self.error(format!("the JSON ends where {due} is due")),
            Some(found) => self.error(format!("`{found}` where {due} is due")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error("JSON this deeply nested"));
        }
        let start = self.offset;
        let value = match self.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Value::Text(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Json { span: start..self.offset, value })
    }

    fn word(&mut self) -> Result<Value, JsonError> {
        for (word, value) in
            [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
        {
            if self.rest().starts_with(word) {
                self.offset += word.len();
                return Ok(value);
            }
        }
        Err(self.unexpected("a value"))
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.eat('{');
        let mut members: Vec<Member> = Vec::new();
        self.space();
        if self.eat('}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            let start = self.offset;
            if self.peek() != Some('"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            let place = start..self.offset;
            if members.iter().any(|member| member.key == key) {
                self.errors.push(JsonError { offset: start, message: format!("key `{key}` stands twice") });
            }
            self.space();
            if !self.eat(':') {
                return Err(self.unexpected("`:`"));
            }
            self.space();
            let json = self.value(depth + 1)?;
            members.push(Member { key, place, json });
            self.space();
            if self.eat('}') {
                return Ok(Value::Object(members));
            }
            if !self.eat(',') {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.eat('[');
        let mut items = Vec::new();
        self.space();
        if self.eat(']') {
            return Ok(Value::List(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat(']') {
                return Ok(Value::List(items));
            }
            if !self.eat(',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.offset;
        self.eat('-');
        if self.eat('0') {
            if matches!(self.peek(), Some('0'..='9')) {
                return Err(JsonError {
                    offset: start,
                    message: "a number begins with a zero too many".to_owned(),
                });
            }
        } else {
            self.digits()?;
        }
        if self.eat('.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.offset += 1;
            if !self.eat('+') {
                self.eat('-');
            }
            self.digits()?;
        }
        Ok(Value::Number(self.text.get(start..self.offset).unwrap_or_default().to_owned()))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.offset;
        while matches!(self.peek(), Some('0'..='9')) {
            self.offset += 1;
        }
        if self.offset > start {
            Ok(())
        } else {
            Err(self.unexpected("a digit"))
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.eat('"');
        let mut text = String::new();
        loop {
            let start = self.offset;
            match self.bump() {
                None => return Err(self.error("the JSON ends within a string")),
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape(start)?),
                Some(control) if control < ' ' => {
                    let message =
                        format!("a raw control character (U+{:04X}) in a string", u32::from(control));
                    return Err(JsonError { offset: start, message });
                }
                Some(character) => text.push(character),
            }
        }
    }

    /// The character that an escape stands for; the backslash is read already.
    fn escape(&mut self, start: usize) -> Result<char, JsonError> {
        let character = match self.bump() {
            Some(plain @ ('"' | '\\')) => return Ok(plain),
            Some('/') => '/',
            Some('b') => return Ok('\u{8}'),
            Some('f') => return Ok('\u{c}'),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('u') => self.unicode(start)?,
            _ => {
                return Err(JsonError {
                    offset: start,
                    message: "an escape that JSON does not know".to_owned(),
                })
            }
        };
        if character >= ' ' {
            self.escapes.push(start);
        }
        Ok(character)
    }

    fn unicode(&mut self, start: usize) -> Result<char, JsonError> {
        let lone = || JsonError { offset: start, message: "half of a surrogate pair".to_owned() };
        let high = self.hex(start)?;
        let code = match high {
            0xd800..=0xdbff => {
                if !self.rest().starts_with("\\u") {
                    return Err(lone());
                }
                self.offset += 2;
                let low = self.hex(start)?;
                if !(0xdc00..=0xdfff).contains(&low) {
                    return Err(lone());
                }
                0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(lone)
    }

    fn hex(&mut self, start: usize) -> Result<u32, JsonError> {
        let digits =
            self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code
            .ok_or_else(|| JsonError { offset: start, message: "`\\u` lacks its four digits".to_owned() })?;
        self.offset += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_places() {
        let document = read(" {\"a\": [1, -2.50e+3, true], \"b\": {\"c\": \"\\u00e9\\n\"}} ");
        assert!(document.errors.is_empty());
        assert_eq!(document.escapes, [40]);
        let root = document.root.unwrap();
        assert_eq!(root.span, 1..51);
        let Some(Value::List(items)) = root.get("a").map(|json| json.value.clone()) else { panic!() };
        assert_eq!(items[1].value, Value::Number("-2.50e+3".to_owned()));
        assert_eq!(items[1].span, 11..19);
        assert_eq!(root.get("b").unwrap().get("c").unwrap().value, Value::Text("é\n".to_owned()));
    }

    #[test]
    fn pairs_of_surrogates_are_one_character() {
        let Some(Json { value: Value::Text(text), .. }) = read(r#""\ud83d\ude00""#).root else { panic!() };
        assert_eq!(text, "😀");
    }

    #[test]
    fn mistakes_say_where() {
        for (text, offset, message) in [
            ("", 0, "the JSON ends where a value is due"),
            ("{", 1, "the JSON ends where a key in double quotes is due"),
            ("{\"a\" 1}", 5, "`1` where `:` is due"),
            ("{\"a\": 1,}", 8, "`}` where a key in double quotes is due"),
            ("[1 2]", 3, "`2` where `,` or `]` is due"),
            ("01", 0, "a number begins with a zero too many"),
            ("-", 1, "the JSON ends where a digit is due"),
            ("1.", 2, "the JSON ends where a digit is due"),
            ("\"a", 2, "the JSON ends within a string"),
            ("\"a\nb\"", 2, "a raw control character (U+000A) in a string"),
            ("\"\\x\"", 1, "an escape that JSON does not know"),
            ("\"\\u12\"", 1, "`\\u` lacks its four digits"),
            ("\"\\ud83d\"", 1, "half of a surrogate pair"),
            ("\"\\ud83d\\u0041\"", 1, "half of a surrogate pair"),
            ("\"\\ude00\"", 1, "half of a surrogate pair"),
            ("nul", 0, "`n` where a value is due"),
            ("1 x", 2, "`x` after the end of the JSON"),
        ] {
            let document = read(text);
            assert_eq!(document.errors, [JsonError { offset, message: message.to_owned() }], "{text}");
            assert!(document.root.is_none());
        }
        let twice = read("{\"a\": 1, \"a\": 2}");
        assert_eq!(twice.errors, [JsonError { offset: 9, message: "key `a` stands twice".to_owned() }]);
        assert!(twice.root.is_some());
        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep).errors[0].message, "JSON this deeply nested");
    }
}
